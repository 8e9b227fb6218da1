/* Editing the users file: one line changes, everything else stays, and nothing that does not parse
 * is ever in its place. */
#include "cli/users_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HASH  "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto"
#define OTHER "$9$zzzzzzzzzzzzzz$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto"

static char directory[64], path[96];

static int setup(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/hubward-users-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/users", directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory); /* fails when something was left beside */
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *text)
{
    char found[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(found, text);
}

static enum rc change(enum users_change what, const char *user, const char *hash, const char *part)
{
    struct sink why = {0};
    enum rc rc = users_file_change(path, what, user, hash, &why);
    if (rc != RC_OK && !strstr(sink_string(&why), part))
        print_message("%s\n", sink_string(&why));
    assert_true(rc == RC_OK ? why.len == 0 : strstr(sink_string(&why), part) != NULL);
    sink_free(&why);
    return rc;
}

static void the_first_user_makes_the_file(void **state)
{
    struct stat st;
    (void)state;
    umask(0);
    assert_int_equal(change(USERS_ADD, "alice", HASH, ""), RC_OK);
    assert_file("username alice secret 9 " HASH "\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(change(USERS_ADD, "bob", OTHER, ""), RC_OK);
    assert_file("username alice secret 9 " HASH "\nusername bob secret 9 " OTHER "\n");
}

static void a_change_leaves_the_other_lines_as_they_are(void **state)
{
    (void)state;
    write_file("! people\n\nusername  alice  privilege 3 password 0 two words\n"
               "! more\nusername bob secret 9 " HASH);
    assert_int_equal(change(USERS_DISABLE, "alice", NULL, ""), RC_OK);
    assert_file("! people\n\nusername alice privilege 3 disabled password 0 two words\n"
                "! more\nusername bob secret 9 " HASH "\n");
    assert_int_equal(change(USERS_DISABLE, "alice", NULL, ""), RC_OK);
    assert_int_equal(change(USERS_PASSWD, "alice", OTHER, ""), RC_OK);
    assert_file("! people\n\nusername alice privilege 3 disabled secret 9 " OTHER "\n"
                "! more\nusername bob secret 9 " HASH "\n");
    assert_int_equal(change(USERS_ENABLE, "alice", NULL, ""), RC_OK);
    assert_int_equal(change(USERS_PASSWD, "bob", OTHER, ""), RC_OK);
    assert_file("! people\n\nusername alice privilege 3 secret 9 " OTHER "\n"
                "! more\nusername bob secret 9 " OTHER "\n");
}

static void words_that_were_cut_are_understood(void **state)
{
    (void)state;
    write_file("username a dis s 0 x\n");
    assert_int_equal(change(USERS_ENABLE, "a", NULL, ""), RC_OK);
    assert_file("username a s 0 x\n");
    write_file("username secret disabled pass 0 disabled\n");
    assert_int_equal(change(USERS_ENABLE, "secret", NULL, ""), RC_OK);
    assert_file("username secret pass 0 disabled\n");
}

static void who_is_there_is_not_added_and_who_is_not_is_not_changed(void **state)
{
    (void)state;
    static const char text[] = "username alice secret 9 " HASH "\n";
    write_file(text);
    assert_int_equal(change(USERS_ADD, "alice", OTHER, "there already"), RC_EXISTS);
    assert_int_equal(change(USERS_PASSWD, "bob", OTHER, "not there"), RC_NOT_FOUND);
    assert_int_equal(change(USERS_DISABLE, "Alice", NULL, "not there"), RC_NOT_FOUND);
    assert_file(text);
    unlink(path);
    assert_int_equal(change(USERS_DISABLE, "alice", NULL, "No such file"), RC_NOT_FOUND);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_file_that_does_not_parse_is_left_alone(void **state)
{
    (void)state;
    static const char text[] = "username alice secret 9 " HASH "\nhostname h\n";
    write_file(text);
    assert_int_equal(change(USERS_ADD, "bob", OTHER, "users:2:1: error"), RC_MALFORMED);
    assert_int_equal(change(USERS_DISABLE, "alice", NULL, "users:2:1: error"), RC_MALFORMED);
    assert_file(text);
}

static void a_name_that_would_be_another_line_is_refused(void **state)
{
    (void)state;
    static const char text[] = "username alice secret 9 " HASH "\n";
    static const char *const names[] = {"two words", "x\nusername y", "a\tb", ""};
    write_file(text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(change(USERS_ADD, names[i], HASH, "users"), RC_MALFORMED);
    assert_file(text);
}

static void a_link_is_not_followed(void **state)
{
    char aside[128];
    (void)state;
    snprintf(aside, sizeof aside, "%s.aside", path);
    write_file("username alice secret 9 " HASH "\n");
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(aside, path), 0);
    assert_int_equal(change(USERS_DISABLE, "alice", NULL, "symbolic links"), RC_IO);
    unlink(aside);
}

static void two_editors_wait_for_each_other(void **state)
{
    enum { EACH = 20 };
    struct sink why = {0};
    struct config *users;
    (void)state;
    for (int editor = 0; editor < 2; editor++) {
        if (fork() != 0)
            continue;
        int good = 0;
        for (int i = 0; i < EACH; i++) {
            char name[32];
            snprintf(name, sizeof name, "user%d-%d", editor, i);
            good += users_file_change(path, USERS_ADD, name, HASH, &why) == RC_OK;
        }
        _exit(good == EACH ? 0 : 1);
    }
    for (int status; wait(&status) > 0;)
        assert_int_equal(status, 0);
    assert_int_equal(users_file_read(path, &users, &why), RC_OK);
    assert_int_equal(users->user_count, 2 * EACH);
    config_free(users);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(the_first_user_makes_the_file),
        FILE_TEST(a_change_leaves_the_other_lines_as_they_are),
        FILE_TEST(words_that_were_cut_are_understood),
        FILE_TEST(who_is_there_is_not_added_and_who_is_not_is_not_changed),
        FILE_TEST(a_file_that_does_not_parse_is_left_alone),
        FILE_TEST(a_name_that_would_be_another_line_is_refused),
        FILE_TEST(a_link_is_not_followed),
        FILE_TEST(two_editors_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
