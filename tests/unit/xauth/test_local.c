/* Local users: each kind of stored password, and names that are not there. */
#include "xauth/local.h"

#include "crypto/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static char type9_text[PASSWORD_STORED_MAX];

static struct config_user rows[] = {
    {.name = "clear", .type = 0, .stored = "correct horse"},
    {.name = "md5", .type = 5, .stored = "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"}, /* of "password" */
    {.name = "scrypt", .type = 9, .stored = type9_text},
};

static const struct users all = {.users = rows, .user_count = 3};

static int make_texts(void **state)
{
    (void)state;
    struct rng rng = random_rng();
    return password_make_type9(&rng, (struct span){(const uint8_t *)"tr0ub4dor", 9}, type9_text) ==
                   RC_OK
               ? 0
               : -1;
}

static enum rc login(const struct users *users, const char *name, const char *password)
{
    struct job job = {.method = AAA_LOCAL};
    assert_int_equal(local_prepare(users, name, &job), RC_OK);
    job.password_len = strlen(password);
    memcpy(job.password, password, job.password_len);
    return local_verify(&job);
}

static void right_passwords_are_let_in_and_wrong_ones_are_not(void **state)
{
    (void)state;
    assert_int_equal(login(&all, "clear", "correct horse"), RC_OK);
    assert_int_equal(login(&all, "clear", "correct hors"), RC_AUTH_FAILED);
    assert_int_equal(login(&all, "clear", ""), RC_AUTH_FAILED);
    assert_int_equal(login(&all, "scrypt", "tr0ub4dor"), RC_OK);
    assert_int_equal(login(&all, "scrypt", "tr0ub4dor3"), RC_AUTH_FAILED);
    assert_int_equal(login(&all, "md5", "password"), RC_OK);
    assert_int_equal(login(&all, "md5", "Password"), RC_AUTH_FAILED);
}

static void names_are_compared_exactly(void **state)
{
    (void)state;
    assert_int_equal(login(&all, "Clear", "correct horse"), RC_AUTH_FAILED);
    assert_int_equal(login(&all, "clear ", "correct horse"), RC_AUTH_FAILED);
    assert_int_equal(login(&all, "clea", "correct horse"), RC_AUTH_FAILED);
}

/* What stands in for a user is well-formed, or verifying it would cost nothing. */
static void an_unknown_name_is_verified_against_a_text_of_the_costliest_type(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 3; n++) {
        const struct users some = {.users = rows, .user_count = n};
        struct job job = {.method = AAA_LOCAL};
        assert_int_equal(local_prepare(&some, "nobody", &job), RC_OK);
        assert_false(job.known);
        assert_int_equal(job.type, n == 1 ? 0 : n == 2 ? 5 : 9);
        assert_true(password_well_formed(job.type, job.stored));
    }
    struct config_user eight = {.name = "x", .type = 8, .stored = "y"};
    const struct users users = {.users = &eight, .user_count = 1};
    struct job job = {.method = AAA_LOCAL};
    assert_int_equal(local_prepare(&users, "nobody", &job), RC_OK);
    assert_int_equal(job.type, 8);
    assert_true(password_well_formed(job.type, job.stored));
}

static void the_text_that_stands_in_lets_nobody_in(void **state)
{
    (void)state;
    struct job job = {.method = AAA_LOCAL};
    const struct users some = {.users = rows, .user_count = 1};
    assert_int_equal(local_prepare(&some, "nobody", &job), RC_OK);
    assert_int_equal(job.type, 0); /* so the text itself is what would match */
    job.password_len = strlen(job.stored);
    memcpy(job.password, job.stored, job.password_len);
    assert_true(
        password_verify(job.type, job.stored, (struct span){job.password, job.password_len}));
    assert_int_equal(local_verify(&job), RC_AUTH_FAILED);
}

static double cpu_ms_of(const char *name)
{
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (int i = 0; i < 5; i++)
        assert_int_equal(login(&all, name, "wrong"), RC_AUTH_FAILED);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    return (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

static void an_unknown_name_costs_the_work_of_a_known_one(void **state)
{
    (void)state;
    double known = cpu_ms_of("scrypt"), unknown = cpu_ms_of("nobody");
    print_message("5 known: %.1f ms, 5 unknown: %.1f ms\n", known, unknown);
    assert_true(unknown > known / 2 && unknown < known * 2);
}

static void a_disabled_user_is_like_one_who_is_not_there(void **state)
{
    (void)state;
    struct config_user some[] = {rows[0], rows[2]};
    const struct users users = {.users = some, .user_count = 2};
    struct job disabled = {.method = AAA_LOCAL}, unknown = {.method = AAA_LOCAL};
    assert_int_equal(login(&users, "clear", "correct horse"), RC_OK);
    some[0].disabled = true;
    assert_int_equal(login(&users, "clear", "correct horse"), RC_AUTH_FAILED);
    assert_int_equal(login(&users, "scrypt", "tr0ub4dor"), RC_OK);
    assert_int_equal(local_prepare(&users, "clear", &disabled), RC_OK);
    assert_int_equal(local_prepare(&users, "nobody", &unknown), RC_OK);
    assert_memory_equal(&disabled, &unknown, sizeof unknown);
}

static void a_text_longer_than_any_that_verifies_is_no_job(void **state)
{
    (void)state;
    char text[PASSWORD_STORED_MAX + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct config_user user = {.name = "long", .type = 0, .stored = text};
    const struct users users = {.users = &user, .user_count = 1};
    struct job job;
    assert_int_equal(local_prepare(&users, "long", &job), RC_FULL);
    text[PASSWORD_STORED_MAX - 1] = '\0';
    assert_int_equal(local_prepare(&users, "long", &job), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_passwords_are_let_in_and_wrong_ones_are_not),
        cmocka_unit_test(names_are_compared_exactly),
        cmocka_unit_test(an_unknown_name_is_verified_against_a_text_of_the_costliest_type),
        cmocka_unit_test(the_text_that_stands_in_lets_nobody_in),
        cmocka_unit_test(an_unknown_name_costs_the_work_of_a_known_one),
        cmocka_unit_test(a_disabled_user_is_like_one_who_is_not_there),
        cmocka_unit_test(a_text_longer_than_any_that_verifies_is_no_job),
    };
    return cmocka_run_group_tests(tests, make_texts, NULL);
}
