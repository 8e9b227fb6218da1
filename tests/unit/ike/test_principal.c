/* Names of principals: one name for each, and the same one always. */
#include "ike/principal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char a[LEASE_PRINCIPAL], b[LEASE_PRINCIPAL];

static void a_user_is_named_by_group_and_name(void **state)
{
    (void)state;
    principal_of_user("testgroup", "alice", a);
    assert_string_equal(a, "testgroup/alice");
}

static void a_member_without_login_is_where_it_comes_from(void **state)
{
    (void)state;
    principal_of_member("testgroup", (struct endpoint){addr_v4(0x0a335264), 4500}, a);
    assert_string_equal(a, "testgroup//10.51.82.100:4500");
}

static void a_branch_is_named_by_its_key_entry_and_not_by_a_line(void **state)
{
    (void)state;
    char entry[NAME_MAX_LEN];
    struct keyring_entry at = {.kind = KEY_FOR_ADDRESS, .line = 12};
    at.prefix = (struct prefix){addr_v4(0x0a640000), 16};
    principal_key_entry(&at, entry);
    principal_of_key("spokes", entry, "10.100.2.102", a);
    assert_string_equal(a, "key/spokes/10.100.0.0%2f16/10.100.2.102");
    at.line = 99;
    principal_key_entry(&at, entry);
    principal_of_key("spokes", entry, "10.100.2.102", b);
    assert_string_equal(a, b);
}

static void a_host_entry_is_named_by_its_host(void **state)
{
    (void)state;
    char entry[NAME_MAX_LEN];
    const struct keyring_entry at = {.kind = KEY_FOR_HOSTNAME, .hostname = "branch7.example"};
    principal_key_entry(&at, entry);
    assert_string_equal(entry, "branch7.example");
}

/* Parts that would run into each other if they were only joined. */
static void no_two_principals_share_a_name(void **state)
{
    (void)state;
    static const char *const users[][2] = {
        {"a", "b/c"}, {"a/b", "c"},        {"a", "b%2fc"},      {"a\\", "b"}, {"a", "\\b"},
        {"a", "/b"},  {"key", "r/e/user"}, {"key/r", "e/user"}, {"", "a"},    {"a", ""},
    };
    enum { USERS = sizeof users / sizeof users[0] };
    for (size_t i = 0; i < USERS; i++)
        for (size_t j = 0; j < USERS; j++) {
            principal_of_user(users[i][0], users[i][1], a);
            principal_of_user(users[j][0], users[j][1], b);
            assert_int_equal(strcmp(a, b) == 0, i == j);
        }
    principal_of_key("r", "e", "user", b);
    for (size_t i = 0; i < USERS; i++) {
        principal_of_user(users[i][0], users[i][1], a);
        assert_string_not_equal(a, b);
    }
}

static void hostile_octets_do_not_come_through(void **state)
{
    (void)state;
    principal_of_user("g", "\n\x1b[31m\xc3\xa9 x", a);
    assert_string_equal(a, "g/%0a%1b[31m%c3%a9%20x");
}

static void long_names_stay_apart(void **state)
{
    (void)state;
    char long_one[256], long_two[256];
    memset(long_one, '/', 255);
    long_one[255] = '\0';
    memcpy(long_two, long_one, sizeof long_two);
    long_two[254] = 'x';
    principal_of_user("group", long_one, a);
    principal_of_user("group", long_two, b);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), LEASE_PRINCIPAL - 1);
    principal_of_user("group", long_one, b);
    assert_string_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_named_by_group_and_name),
        cmocka_unit_test(a_member_without_login_is_where_it_comes_from),
        cmocka_unit_test(a_branch_is_named_by_its_key_entry_and_not_by_a_line),
        cmocka_unit_test(a_host_entry_is_named_by_its_host),
        cmocka_unit_test(no_two_principals_share_a_name),
        cmocka_unit_test(hostile_octets_do_not_come_through),
        cmocka_unit_test(long_names_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
