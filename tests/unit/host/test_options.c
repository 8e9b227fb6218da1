/* The command line of hubd and spoked. */
#include "host/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct options_defaults defaults = {
    .program = "hubd", .config = "/etc/c", .run_dir = "/run/r", .state_dir = "/var/s"};

static struct options options;
static char complaint[256];

/* words: one string, split at blanks. */
static enum rc parse(const char *words)
{
    char text[1024], program[] = "hubd", *argv[64] = {program};
    int argc = 1;
    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    complaint[0] = '\0';
    return options_parse(argc, argv, &defaults, &options, complaint, sizeof complaint);
}

static void nothing_said_means_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse(""), RC_OK);
    assert_int_equal(options.action, OPTIONS_RUN);
    assert_string_equal(options.config, "/etc/c");
    assert_string_equal(options.run_dir, "/run/r");
    assert_string_equal(options.state_dir, "/var/s");
    assert_string_equal(options.libexec, "");
    assert_string_equal(options.tun_prefix, "hubward");
    assert_int_equal(options.mapping_count, 0);
    assert_int_equal(options.log, LOG_AUTO);
}

static void the_log_has_one_of_three_forms(void **state)
{
    (void)state;
    assert_int_equal(parse("--log text"), RC_OK);
    assert_int_equal(options.log, LOG_TEXT);
    assert_int_equal(parse("--log=json"), RC_OK);
    assert_int_equal(options.log, LOG_JSON);
    assert_int_equal(parse("--log json --log auto"), RC_OK);
    assert_int_equal(options.log, LOG_AUTO);
}

static void every_option_takes_its_value_either_way(void **state)
{
    (void)state;
    assert_int_equal(parse("-c a --run-dir b --state-dir=c --libexec d --tun-prefix=e --check"),
                     RC_OK);
    assert_int_equal(options.action, OPTIONS_CHECK);
    assert_string_equal(options.config, "a");
    assert_string_equal(options.run_dir, "b");
    assert_string_equal(options.state_dir, "c");
    assert_string_equal(options.libexec, "d");
    assert_string_equal(options.tun_prefix, "e");
    assert_int_equal(parse("--config=a=b"), RC_OK);
    assert_string_equal(options.config, "a=b");
}

static void each_action_has_its_word(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum options_action action;
    } cases[] = {{"--check", OPTIONS_CHECK}, {"--down", OPTIONS_DOWN},
                 {"--help", OPTIONS_HELP},   {"--man", OPTIONS_MAN},
                 {"-h", OPTIONS_HELP},       {"--version", OPTIONS_VERSION}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i].word), RC_OK);
        assert_int_equal(options.action, cases[i].action);
    }
}

static void mappings_are_kept_in_order(void **state)
{
    (void)state;
    assert_int_equal(parse("--map FastEthernet0/0=eth0 --map=Ethernet1/0.5=vlan5"), RC_OK);
    assert_int_equal(options.mapping_count, 2);
    assert_string_equal(options.mappings[0].ios_name, "FastEthernet0/0");
    assert_string_equal(options.mappings[0].linux_name, "eth0");
    assert_string_equal(options.mappings[1].ios_name, "Ethernet1/0.5");
    assert_string_equal(options.mappings[1].linux_name, "vlan5");
}

static void more_mappings_than_fit_are_refused(void **state)
{
    (void)state;
    char program[] = "hubd", map[] = "--map", value[] = "a=b";
    char *argv[2 * OPTIONS_MAPPINGS + 3] = {program};
    int argc = 1;
    for (int i = 0; i < OPTIONS_MAPPINGS; i++) {
        argv[argc++] = map;
        argv[argc++] = value;
    }
    assert_int_equal(options_parse(argc, argv, &defaults, &options, complaint, sizeof complaint),
                     RC_OK);
    argv[argc++] = map;
    argv[argc++] = value;
    assert_int_not_equal(
        options_parse(argc, argv, &defaults, &options, complaint, sizeof complaint), RC_OK);
}

static void a_mapping_that_no_kernel_would_take_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "=",     "a",     "a=",    "=b",    "a=.",    "a=..",
        "a=b/c", "a=b:c", "a=b c", "a=b\n", "a=b\"", "a=\x80", "a=abcdefghijklmnop"};
    char ios[OPTIONS_NAME], name[OPTIONS_NAME];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(options_mapping(bad[i], ios, name), RC_MALFORMED);
    assert_int_equal(options_mapping("a=abcdefghijklmno", ios, name), RC_OK);
    assert_string_equal(name, "abcdefghijklmno");
}

static void an_ios_name_at_the_edge_of_its_room(void **state)
{
    (void)state;
    char text[OPTIONS_NAME + 8], ios[OPTIONS_NAME], name[OPTIONS_NAME];
    for (size_t n = OPTIONS_NAME - 2; n <= OPTIONS_NAME; n++) {
        memset(text, 'x', n);
        strcpy(text + n, "=eth0");
        assert_int_equal(options_mapping(text, ios, name), n < OPTIONS_NAME ? RC_OK : RC_MALFORMED);
    }
}

static void what_is_not_understood_is_said(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"--frob", "unknown option \"--frob\""},
        {"hub.conf", "unknown option \"hub.conf\""},
        {"--check=yes", "unknown option \"--check=yes\""},
        {"--run-di r", "unknown option \"--run-di\""},
        {"-c", "--config needs FILE"},
        {"--log", "--log needs auto|text|json"},
        {"--log journal", "--log: \"journal\" is not auto|text|json"},
        {"--map", "--map needs IOSIF=LINUXIF"},
        {"--map eth0", "--map: \"eth0\" is not IOSIF=LINUXIF"},
        {"--run-dir=", "--run-dir: \"\" is not DIR"},
        {"--tun-prefix a/b", "--tun-prefix: no device can be named \"a/b\""},
        {"--tun-prefix a%d", "--tun-prefix: no device can be named \"a%d\""},
        {"--tun-prefix abcdefghijkl", "--tun-prefix: \"abcdefghijkl\" is not NAME"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i][0]), RC_MALFORMED);
        assert_string_equal(complaint, cases[i][1]);
    }
}

static void a_path_longer_than_its_room_is_refused(void **state)
{
    (void)state;
    char words[OPTIONS_PATH + 32];
    snprintf(words, sizeof words, "-c %0*d", OPTIONS_PATH - 1, 0);
    assert_int_equal(parse(words), RC_OK);
    snprintf(words, sizeof words, "-c %0*d", OPTIONS_PATH, 0);
    assert_int_equal(parse(words), RC_MALFORMED);
}

static void help_names_every_option_and_fits_any_room(void **state)
{
    (void)state;
    char *exact;
    char text[4096];
    options_help(&defaults, text, sizeof text);
    assert_non_null(strstr(text, "usage: hubd"));
    assert_non_null(strstr(text, "-c, --config FILE"));
    assert_non_null(strstr(text, "--down"));
    assert_non_null(strstr(text, "the configuration (/etc/c)"));
    assert_non_null(strstr(text, "(/run/r)"));
    assert_non_null(strstr(text, "(/var/s)"));
    for (size_t size = 1; size <= strlen(text) + 1; size++) {
        exact = malloc(size);
        assert_non_null(exact);
        options_help(&defaults, exact, size);
        assert_true(strlen(exact) < size);
        assert_memory_equal(exact, text, strlen(exact));
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_means_the_defaults),
        cmocka_unit_test(every_option_takes_its_value_either_way),
        cmocka_unit_test(the_log_has_one_of_three_forms),
        cmocka_unit_test(each_action_has_its_word),
        cmocka_unit_test(mappings_are_kept_in_order),
        cmocka_unit_test(more_mappings_than_fit_are_refused),
        cmocka_unit_test(a_mapping_that_no_kernel_would_take_is_refused),
        cmocka_unit_test(an_ios_name_at_the_edge_of_its_room),
        cmocka_unit_test(what_is_not_understood_is_said),
        cmocka_unit_test(a_path_longer_than_its_room_is_refused),
        cmocka_unit_test(help_names_every_option_and_fits_any_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
