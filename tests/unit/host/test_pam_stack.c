/* Service files as PAM reads them, and what is said about them. */
#include "host/pam_stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static const char *places[] = {directory, NULL};
static char said[4096];

static const char *const files[] = {"svc", "common", "more", "round"};

static void file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int setup(void **state)
{
    (void)state;
    said[0] = '\0';
    strcpy(directory, "/tmp/hubward-pam-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
    char path[128];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static void add_line(void *context, const struct pam_stack_line *line)
{
    size_t len = strlen(said);
    (void)context;
    snprintf(said + len, sizeof said - len, "%s:%u %s(%s)\n", strrchr(line->file, '/') + 1,
             line->line, line->module, line->arguments);
}

static void add_sentence(void *context, const char *sentence)
{
    size_t len = strlen(said);
    (void)context;
    snprintf(said + len, sizeof said - len, "%s\n", sentence);
}

static void modules_of_auth_and_account_are_told_with_includes_followed(void **state)
{
    (void)state;
    file("svc", "# a comment\n\nauth requisite pam_one.so a=b c # rest\n"
                "-AUTH [success=1 default=ignore] /lib/security/pam_two.so \\\n  joined\n"
                "session required pam_not.so\npassword required pam_not.so\n"
                "@include common\nauth substack more\naccount include more\n");
    file("common", "account required pam_three.so\nauth required pam_four\n");
    file("more", "auth required pam_five.so\naccount required pam_six.so\n");
    assert_int_equal(pam_stack_walk(places, "svc", add_line, NULL), RC_OK);
    assert_string_equal(said, "svc:3 pam_one(a=b c )\nsvc:4 pam_two(joined)\n"
                              "common:1 pam_three()\ncommon:2 pam_four()\n"
                              "more:1 pam_five()\nmore:2 pam_six()\n");
}

static void a_service_without_a_file_and_one_without_end_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(pam_stack_walk(places, "svc", add_line, NULL), RC_NOT_FOUND);
    file("round", "@include round\n");
    assert_int_equal(pam_stack_walk(places, "round", add_line, NULL), RC_FULL);
    file("svc", "@include common\nauth required pam_one.so\n");
    assert_int_equal(pam_stack_walk(places, "svc", add_line, NULL), RC_OK);
    assert_string_equal(said, "svc:2 pam_one()\n");
}

static void advise(bool root, bool shadow)
{
    said[0] = '\0';
    pam_stack_advise(places, "svc", root, shadow, add_sentence, NULL);
}

static void modules_that_need_root_are_said_unless_they_have_it(void **state)
{
    (void)state;
    file("svc", "auth required pam_unix.so\n@include common\n");
    file("common", "auth required pam_faillock.so preauth\naccount required pam_lastlog.so\n");
    advise(false, true);
    assert_non_null(strstr(said, "common:1: pam_faillock wants to be root"));
    assert_non_null(strstr(said, "\"hubward pam user root svc\""));
    assert_null(strstr(said, "pam_lastlog")); /* writes for sessions only */
    assert_null(strstr(said, "pam_unix"));
    advise(true, true);
    assert_string_equal(said, "");
}

static void without_the_group_shadow_pam_unix_is_said(void **state)
{
    (void)state;
    file("svc", "auth required pam_unix.so\n");
    advise(false, false);
    assert_non_null(strstr(said, "svc:1: pam_unix reads /etc/shadow"));
    advise(true, false);
    assert_string_equal(said, "");
    advise(false, true);
    assert_string_equal(said, "");
}

static void state_in_a_place_of_others_is_said_even_as_root(void **state)
{
    (void)state;
    file("svc", "auth required pam_oath.so\n");
    advise(true, true);
    assert_non_null(strstr(said, "pam_oath keeps its state in a place that is not its own"));
    file("svc", "auth required pam_oath.so usersfile=/var/lib/oath/users\n");
    advise(true, true);
    assert_string_equal(said, "");
}

static void a_module_may_write_to_its_own_place_only(void **state)
{
    static const struct {
        const char *module, *arguments, *path; /* NULL: nowhere */
        bool directory;
    } rows[] = {
        {"pam_faillock", "preauth deny=3", "/run/faillock", true},
        {"pam_faillock", "dir=/srv/locks deny=3", "/srv/locks", true},
        {"pam_faillock", "dir=/etc", NULL, false},
        {"pam_faillock", "dir=/var/log", NULL, false},
        {"pam_faillock", "dir=/srv/x/../../etc/y", NULL, false},
        {"pam_faillock", "dir=/", NULL, false},
        {"pam_faillock", "dir=relative", NULL, false},
        {"pam_tally2", "", "/var/log/tallylog", false},
        {"pam_oath", "usersfile=/var/lib/oath/users", "/var/lib/oath", true},
        {"pam_oath", "", NULL, false},
        {"pam_google_authenticator", "", NULL, false},
        {"pam_google_authenticator", "secret=${HOME}/.secret", NULL, false},
        {"pam_google_authenticator", "secret=/var/lib/ga/${USER}", "/var/lib/ga", true},
        {"pam_google_authenticator", "secret=/home/${USER}/ga", NULL, false},
        {"pam_unix", "", NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pam_stack_line line = {"svc", 1, rows[i].module, rows[i].arguments};
        struct pam_stack_state out;
        enum rc rc = pam_stack_state_of(&line, &out);
        assert_int_equal(rc, rows[i].path ? RC_OK : RC_NOT_FOUND);
        if (rc != RC_OK)
            continue;
        assert_string_equal(out.path, rows[i].path);
        assert_int_equal(out.directory, rows[i].directory);
    }
}

#define STACK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STACK_TEST(modules_of_auth_and_account_are_told_with_includes_followed),
        STACK_TEST(a_service_without_a_file_and_one_without_end_are_told_apart),
        STACK_TEST(modules_that_need_root_are_said_unless_they_have_it),
        STACK_TEST(without_the_group_shadow_pam_unix_is_said),
        STACK_TEST(state_in_a_place_of_others_is_said_even_as_root),
        STACK_TEST(a_module_may_write_to_its_own_place_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
