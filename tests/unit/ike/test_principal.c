/* Texts that name one principal each: no choice of names makes one another. */
#include "ike/principal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_user(const char *group, const char *user, const char *want)
{
    char out[LEASE_PRINCIPAL];
    assert_true(principal_of_user(group, user, out));
    assert_string_equal(out, want);
}

static void a_user_is_group_and_name(void **state)
{
    (void)state;
    assert_user("testgroup", "alice", "testgroup/alice");
    assert_user("g", "alice@example.com", "g/alice@example.com");
}

static void a_slash_in_a_name_makes_nobody_another(void **state)
{
    (void)state;
    char member[LEASE_PRINCIPAL], key[LEASE_PRINCIPAL];
    assert_user("a", "b/c", "a/b%2Fc");
    assert_user("a/b", "c", "a%2Fb/c");
    assert_user("a", "b%2Fc", "a/b%252Fc");
    /* Nor one who is known by his place or his key. */
    const struct endpoint from = {.addr = addr_v4(0x0a000001), .port = 500};
    principal_of_member("a", from, member);
    assert_string_equal(member, "a//10.0.0.1:500");
    assert_user("a", "/10.0.0.1:500", "a/%2F10.0.0.1:500");
    struct ike_sa *sa = calloc(1, sizeof *sa);
    assert_non_null(sa);
    snprintf(sa->key_ring, sizeof sa->key_ring, "default");
    sa->key_line = 12;
    sa->identity = (struct identity){.type = ID_FQDN, .len = 3, .data = "r.x"};
    principal_of_key(sa, key);
    assert_memory_equal(key, "key/default/12/", 15);
    assert_user("key", "default/12/r.x", "key/default%2F12%2Fr.x");
    free(sa);
}

static void what_does_not_fit_whole_is_nobody(void **state)
{
    (void)state;
    char group[LOGIN_TEXT], user[LOGIN_TEXT], out[LEASE_PRINCIPAL] = "untouched";
    memset(group, 'g', sizeof group);
    memset(user, 'u', sizeof user);
    group[63] = user[255] = '\0';
    assert_true(principal_of_user(group, user, out));
    assert_int_equal(strlen(out), LEASE_PRINCIPAL - 1);
    group[63] = 'g';
    group[64] = '\0';
    snprintf(out, sizeof out, "untouched");
    assert_false(principal_of_user(group, user, out));
    memset(user, '/', 255);
    assert_false(principal_of_user("g", user, out));
    memset(group, 'g', 255);
    group[255] = '\0';
    memset(user, 'u', 255);
    assert_false(principal_of_user(group, user, out));
    assert_string_equal(out, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_group_and_name),
        cmocka_unit_test(a_slash_in_a_name_makes_nobody_another),
        cmocka_unit_test(what_does_not_fit_whole_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
