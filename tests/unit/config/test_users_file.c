/* The file of `hubward users`: what may stand in it, and what a bad one is told. */
#include "unit/config/load_text.h"

#define SCRYPT "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto"

static struct loaded load_users(const char *text, const struct config *beside)
{
    struct loaded loaded = {.config = NULL};
    size_t n = strlen(text);
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, text, n);
    loaded.rc =
        config_load_users((struct span){exact, n}, "users", beside, &loaded.config, &loaded.report);
    free(exact);
    return loaded;
}

static void assert_refused(const char *text, const struct config *beside, unsigned line,
                           unsigned column, const char *part)
{
    struct loaded loaded = load_users(text, beside);
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_null(loaded.config);
    const struct config_finding *finding = find_finding(&loaded, CONFIG_ERROR, part);
    assert_non_null(finding);
    assert_int_equal(finding->line, line);
    assert_int_equal(finding->column, column);
    assert_never_shown(&loaded, "SESAME");
    unload(&loaded);
}

static void its_users_are_read_and_comments_are_not(void **state)
{
    (void)state;
    struct loaded loaded = load_users("! kept by hubctl user\n\nusername alice secret 9 " SCRYPT
                                      "\nusername bob disabled secret 9 " SCRYPT
                                      "\nusername carol password two words\n",
                                      NULL);
    assert_int_equal(loaded.rc, RC_OK);
    assert_int_equal(loaded.config->user_count, 3);
    assert_string_equal(loaded.config->users[0].name, "alice");
    assert_string_equal(loaded.config->users[0].stored, SCRYPT);
    assert_int_equal(loaded.config->users[0].line, 3);
    assert_false(loaded.config->users[0].disabled);
    assert_true(loaded.config->users[1].disabled);
    assert_int_equal(loaded.config->users[1].type, 9);
    assert_string_equal(loaded.config->users[2].stored, "two words");
    unload(&loaded);
}

static void an_empty_file_is_no_users(void **state)
{
    (void)state;
    struct loaded loaded = load_users("", NULL);
    assert_int_equal(loaded.rc, RC_OK);
    assert_int_equal(loaded.config->user_count, 0);
    assert_int_equal(loaded.report.count, 0);
    unload(&loaded);
}

static void other_commands_are_refused_where_they_stand(void **state)
{
    (void)state;
    assert_refused("username a secret x\n crypto isakmp key SESAME address 10.0.0.1\n", NULL, 2, 2,
                   "\"username\" lines");
    assert_refused("no username a\n", NULL, 1, 1, "\"username\" lines");
    assert_refused("hostname h\n", NULL, 1, 1, "\"username\" lines");
    assert_refused("user a secret SESAME\n", NULL, 1, 1, "\"username\" lines");
    assert_refused("end\n", NULL, 1, 1, "\"username\" lines");
}

static void a_broken_hash_is_refused_where_it_stands(void **state)
{
    (void)state;
    assert_refused("username a secret 9 SESAME\n", NULL, 1, 21, "not a type 9 text");
    assert_refused("\nusername a secret <hidden>\n", NULL, 2, 19, "hidden");
}

static void a_user_has_one_line(void **state)
{
    (void)state;
    struct loaded main = load_good("hostname h\nusername dave secret x\n");
    assert_refused("username a secret x\nusername b secret x\nusername a secret y\n", NULL, 1, 10,
                   "line 3, too");
    assert_refused("username a secret x\nusername dave secret y\n", main.config, 2, 10,
                   "line 2 of the configuration");
    struct loaded loaded = load_users("username Dave secret y\n", main.config);
    assert_int_equal(loaded.rc, RC_OK);
    unload(&loaded);
    unload(&main);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_users_are_read_and_comments_are_not),
        cmocka_unit_test(an_empty_file_is_no_users),
        cmocka_unit_test(other_commands_are_refused_where_they_stand),
        cmocka_unit_test(a_broken_hash_is_refused_where_it_stands),
        cmocka_unit_test(a_user_has_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
