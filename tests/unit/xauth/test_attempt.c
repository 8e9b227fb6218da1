/* The table of logins under way and its limits. */
#include "xauth/attempt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct attempts table;

static int empty(void **state)
{
    (void)state;
    table = (struct attempts){.last_id = 0};
    return 0;
}

/* An ask whose every name is its own, of number n. */
static struct effect_ask_password distinct(unsigned n)
{
    struct effect_ask_password ask = {.password_len = 0};
    memcpy(ask.ticket.id, &n, sizeof n);
    ask.ticket.id[15] = 1;
    snprintf(ask.user, sizeof ask.user, "user%u", n);
    snprintf(ask.group, sizeof ask.group, "group%u", n);
    ask.source = addr_v4(0x0a000000 + n);
    return ask;
}

/* How many asks, made by change from distinct ones, find a place; and what the last one lacked. */
static size_t fill(enum aaa_method method, void (*change)(struct effect_ask_password *ask),
                   const char **limit)
{
    for (unsigned n = 0;; n++) {
        struct effect_ask_password ask = distinct(1000 + n);
        struct attempt *out;
        ask.ticket.id[14] = (uint8_t)method;
        if (change)
            change(&ask);
        if (attempts_new(&table, &ask, method, &out, limit) != RC_OK)
            return n;
    }
}

static void same_user(struct effect_ask_password *ask)
{
    strcpy(ask->user, "alice");
}

static void same_group(struct effect_ask_password *ask)
{
    strcpy(ask->group, "testgroup");
}

static void same_source(struct effect_ask_password *ask)
{
    ask->source = addr_v4(0xc0000201);
}

/* Addresses of one /64: the last octets differ. */
static void same_net(struct effect_ask_password *ask)
{
    uint8_t last = ask->source.bytes[3];
    ask->source = (struct addr){.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = last}};
}

/* Addresses of a /64 each. */
static void other_nets(struct effect_ask_password *ask)
{
    uint8_t last = ask->source.bytes[3];
    ask->source = (struct addr){.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8, [7] = last}};
}

static void there_are_32_places_and_24_of_them_for_pam(void **state)
{
    (void)state;
    const char *limit = NULL;
    assert_int_equal(fill(AAA_PAM, NULL, &limit), 24);
    assert_string_equal(limit, "logins by PAM");
    assert_int_equal(fill(AAA_LOCAL, NULL, &limit), 8);
    assert_string_equal(limit, "all logins");
}

static void local_users_can_have_all_places(void **state)
{
    (void)state;
    const char *limit = NULL;
    assert_int_equal(fill(AAA_LOCAL, NULL, &limit), 32);
}

static void a_user_has_4_places_a_source_8_a_group_16(void **state)
{
    static const struct {
        void (*change)(struct effect_ask_password *ask);
        size_t places;
        const char *limit;
    } rows[] = {{same_user, 4, "the user"},
                {same_source, 8, "the source"},
                {same_net, 8, "the source"},
                {same_group, 16, "the group"},
                {other_nets, 24, "logins by PAM"}};
    for (int method = 0; method < 2; method++)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const char *limit = NULL;
            empty(state);
            if (rows[i].change == other_nets && method != AAA_PAM)
                continue;
            assert_int_equal(fill((enum aaa_method)method, rows[i].change, &limit), rows[i].places);
            assert_string_equal(limit, rows[i].limit);
        }
}

static void hung_pam_logins_of_a_source_leave_its_local_users_their_places(void **state)
{
    (void)state;
    const char *limit = NULL;
    assert_int_equal(fill(AAA_PAM, same_source, &limit), 8);
    struct effect_ask_password ask = distinct(1);
    struct attempt *out;
    same_source(&ask);
    assert_int_equal(attempts_new(&table, &ask, AAA_LOCAL, &out, &limit), RC_OK);
}

static void a_place_given_back_can_be_had_again_under_another_id(void **state)
{
    (void)state;
    const char *limit;
    struct effect_ask_password ask = distinct(1);
    struct attempt *first, *second;
    assert_int_equal(attempts_new(&table, &ask, AAA_LOCAL, &first, &limit), RC_OK);
    uint64_t id = first->id;
    attempts_free(first);
    assert_null(attempts_by_ticket(&table, &ask.ticket));
    assert_int_equal(attempts_new(&table, &ask, AAA_LOCAL, &second, &limit), RC_OK);
    assert_true(second->id != id);
    assert_int_equal(second->fd, -1);
    assert_int_equal(second->outcome.rc, RC_AGAIN);
}

static void a_ticket_in_use_is_no_new_login(void **state)
{
    (void)state;
    const char *limit;
    struct effect_ask_password ask = distinct(1);
    struct attempt *out;
    assert_int_equal(attempts_new(&table, &ask, AAA_LOCAL, &out, &limit), RC_OK);
    assert_ptr_equal(attempts_by_ticket(&table, &ask.ticket), out);
    strcpy(ask.user, "somebody-else");
    assert_int_equal(attempts_new(&table, &ask, AAA_PAM, &out, &limit), RC_EXISTS);
}

static void the_first_due_is_found_among_those_in_use(void **state)
{
    (void)state;
    const char *limit;
    assert_null(attempts_first_due(&table));
    for (unsigned n = 0; n < 5; n++) {
        struct effect_ask_password ask = distinct(n);
        struct attempt *out;
        assert_int_equal(attempts_new(&table, &ask, AAA_LOCAL, &out, &limit), RC_OK);
        out->due_ms = 100 + (n * 3) % 5;
    }
    for (uint64_t due = 100; due < 105; due++) {
        struct attempt *first = attempts_first_due(&table);
        assert_non_null(first);
        assert_int_equal(first->due_ms, due);
        attempts_free(first);
    }
    assert_null(attempts_first_due(&table));
}

static void the_next_method_of_a_login_has_to_find_a_place_too(void **state)
{
    (void)state;
    const char *limit = "";
    struct attempt *moving;
    struct effect_ask_password ask = distinct(1);
    assert_int_equal(attempts_new(&table, &ask, AAA_LOCAL, &moving, &limit), RC_OK);
    assert_int_equal(fill(AAA_PAM, NULL, &limit), 24);
    assert_int_equal(attempts_move(&table, moving, AAA_PAM, &limit), RC_FULL);
    assert_string_equal(limit, "logins by PAM");
    assert_int_equal(moving->method, AAA_LOCAL);
    attempts_free(table.rows[0].id == moving->id ? &table.rows[1] : &table.rows[0]);
    assert_int_equal(attempts_move(&table, moving, AAA_PAM, &limit), RC_OK);
    assert_int_equal(moving->method, AAA_PAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(there_are_32_places_and_24_of_them_for_pam, empty),
        cmocka_unit_test_setup(local_users_can_have_all_places, empty),
        cmocka_unit_test_setup(a_user_has_4_places_a_source_8_a_group_16, empty),
        cmocka_unit_test_setup(hung_pam_logins_of_a_source_leave_its_local_users_their_places,
                               empty),
        cmocka_unit_test_setup(a_place_given_back_can_be_had_again_under_another_id, empty),
        cmocka_unit_test_setup(a_ticket_in_use_is_no_new_login, empty),
        cmocka_unit_test_setup(the_first_due_is_found_among_those_in_use, empty),
        cmocka_unit_test_setup(the_next_method_of_a_login_has_to_find_a_place_too, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
