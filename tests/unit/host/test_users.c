/* The broker's part of the configuration: written, read back, and every damage refused. */
#include "host/users.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct aaa_list lists[] = {
    {.name = "clientauth", .steps = {{.method = AAA_LOCAL, .pam_service = NULL}}, .step_count = 1},
    {.name = "radius",
     .steps =
         {{.method = AAA_PAM, .pam_service = "hubward"},
          {.method = AAA_LOCAL},
          {.method = AAA_PAM, .pam_service = "late", .pam_root = true, .pam_attributes = true}},
     .step_count = 3},
};
static const struct config_user people[] = {
    {.name = "gfullage", .type = 0, .stored = "cisco"},
    {.name = "alice", .type = 9, .stored = "$9$salt$hash"},
    {.name = "nobody", .type = 5, .stored = NULL},
};
static const struct config config = {
    .aaa_lists = lists, .aaa_list_count = 2, .users = people, .user_count = 3};

/* What users_put writes, in a block of exactly its size. */
static uint8_t *written(size_t *len)
{
    *len = users_size(&config, NULL);
    uint8_t *octets = malloc(*len);
    assert_non_null(octets);
    struct builder b = builder_of(octets, *len);
    users_put(&b, &config, NULL);
    assert_false(b.bad);
    assert_int_equal(builder_len(&b), *len);
    return octets;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct users users;
    size_t len;
    uint8_t *octets = written(&len);
    struct cursor c = cursor_of(octets, len);
    assert_int_equal(users_get(&c, &users), RC_OK);
    free(octets);
    assert_int_equal(users.list_count, 2);
    assert_string_equal(users.lists[0].name, "clientauth");
    assert_int_equal(users.lists[0].steps[0].method, AAA_LOCAL);
    assert_string_equal(users_list(&users, "radius")->steps[0].pam_service, "hubward");
    const struct aaa_list *radius = users_list(&users, "radius");
    assert_int_equal(radius->step_count, 3);
    assert_int_equal(radius->steps[1].method, AAA_LOCAL);
    assert_string_equal(radius->steps[2].pam_service, "late");
    assert_true(radius->steps[2].pam_root);
    assert_true(radius->steps[2].pam_attributes);
    assert_false(radius->steps[0].pam_attributes);
    assert_int_equal(users.user_count, 3);
    assert_string_equal(users_user(&users, "alice")->stored, "$9$salt$hash");
    assert_int_equal(users_user(&users, "alice")->type, 9);
    assert_string_equal(users_user(&users, "nobody")->stored, "");
    assert_null(users_user(&users, "Alice"));
    assert_null(users_list(&users, "client"));
    users_wipe(&users);
    assert_int_equal(users.user_count, 0);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    size_t len;
    uint8_t *octets = written(&len);
    for (size_t n = 0; n < len; n++) {
        uint8_t *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact, octets, n);
        struct cursor c = cursor_of(exact, n);
        struct users users = {.user_count = 77};
        assert_int_equal(users_get(&c, &users), RC_MALFORMED);
        assert_int_equal(users.user_count, 77);
        free(exact);
    }
    free(octets);
}

static void an_octet_too_many_is_refused(void **state)
{
    (void)state;
    size_t len;
    uint8_t *octets = written(&len);
    uint8_t *longer = calloc(1, len + 1);
    assert_non_null(longer);
    memcpy(longer, octets, len);
    struct cursor c = cursor_of(longer, len + 1);
    struct users users;
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    free(longer);
    free(octets);
}

static void counts_that_cannot_be_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    static const uint32_t counts[][2] = {{UINT32_MAX, 0}, {0, UINT32_MAX}, {3, 0},
                                         {0, 3},          {100001, 0},     {1, UINT32_MAX}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint8_t octets[18] = {0};
        struct builder b = builder_of(octets, sizeof octets);
        builder_u32(&b, counts[i][0]);
        builder_u32(&b, counts[i][1]);
        struct cursor c = cursor_of(octets, sizeof octets);
        struct users users;
        assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    }
}

static void an_unknown_method_and_a_zero_inside_a_name_are_refused(void **state)
{
    (void)state;
    static const uint8_t octet_zero[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 0, 1, 0, 0, 0, 0, 0};
    static const uint8_t method[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 'b', 1, 2, 0, 0, 0, 0};
    static const uint8_t flag[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 'b', 1, 1, 2, 0, 0, 0};
    static const uint8_t second[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 'b', 1, 1, 0, 2, 0, 0};
    static const uint8_t none[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0};
    static const uint8_t many[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 'b', 5, 0, 0, 0, 0, 0, 0,
                                   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   0,   0, 0, 0, 0, 0, 0, 0};
    static const uint8_t good[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'a', 'b', 1, 1, 1, 0, 0, 0};
    struct users users;
    struct cursor c = cursor_of(octet_zero, sizeof octet_zero);
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    c = cursor_of(method, sizeof method);
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    c = cursor_of(flag, sizeof flag);
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    c = cursor_of(second, sizeof second);
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    c = cursor_of(none, sizeof none);
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    c = cursor_of(many, sizeof many);
    assert_int_equal(users_get(&c, &users), RC_MALFORMED);
    c = cursor_of(good, sizeof good);
    assert_int_equal(users_get(&c, &users), RC_OK);
    assert_true(users.lists[0].steps[0].pam_root);
    users_wipe(&users);
}

static void a_configuration_without_users_is_two_zeros(void **state)
{
    (void)state;
    static const struct config empty;
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    struct users users;
    assert_int_equal(users_size(&empty, NULL), sizeof octets);
    users_put(&b, &empty, NULL);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(users_get(&c, &users), RC_OK);
    assert_int_equal(users.list_count + users.user_count, 0);
    users_wipe(&users);
}

static void users_of_a_file_stand_beside_those_of_the_configuration(void **state)
{
    (void)state;
    static const struct config_user here = {.name = "here", .type = 0, .stored = "x"};
    static const struct config_user there = {
        .name = "there", .type = 9, .stored = "$9$s$h", .disabled = true};
    const struct config main = {.users = &here, .user_count = 1};
    const struct config file = {.users = &there, .user_count = 1};
    uint8_t octets[64];
    struct users users;
    struct builder b = builder_of(octets, sizeof octets);
    users_put(&b, &main, &file);
    assert_int_equal(builder_len(&b), users_size(&main, &file));
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(users_get(&c, &users), RC_OK);
    assert_int_equal(users.user_count, 2);
    assert_false(users_user(&users, "here")->disabled);
    assert_true(users_user(&users, "there")->disabled);
    assert_string_equal(users_user(&users, "there")->stored, "$9$s$h");
    users_wipe(&users);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(users_of_a_file_stand_beside_those_of_the_configuration),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(an_octet_too_many_is_refused),
        cmocka_unit_test(counts_that_cannot_be_are_refused_before_memory_is_taken),
        cmocka_unit_test(an_unknown_method_and_a_zero_inside_a_name_are_refused),
        cmocka_unit_test(a_configuration_without_users_is_two_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
