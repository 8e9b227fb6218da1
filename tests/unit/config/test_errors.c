/* What bad input gets: file, line, column, word and caret, the nearest known word, and no secret;
 * and which unknown lines are errors and which are ignored. */
#include "unit/config/load_text.h"

static void an_error_shows_the_place_the_line_and_a_caret(void **state)
{
    char text[512];
    (void)state;
    struct loaded loaded = load_text("hostname h\ncrypto isakmp policy 10\n\tencrr 3des\n");
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_int_equal(loaded.report.count, 1);
    assert_string_equal(
        config_finding_format(&loaded.report, &loaded.report.findings[0], text, sizeof text),
        "test.conf:3:2: error: unknown word \"encrr\": did you mean \"encryption\"?\n"
        "\tencrr 3des\n"
        "\t^~~~~\n");
    unload(&loaded);
}

static void a_message_is_cut_to_any_size_and_terminated(void **state)
{
    (void)state;
    struct loaded loaded = load_text("crypto isakmp polcy 10\n");
    char whole[512];
    config_finding_format(&loaded.report, &loaded.report.findings[0], whole, sizeof whole);
    for (size_t size = 1; size < strlen(whole) + 2; size++) {
        char *exact = malloc(size);
        assert_non_null(exact);
        config_finding_format(&loaded.report, &loaded.report.findings[0], exact, size);
        assert_int_equal(strlen(exact), size - 1 < strlen(whole) ? size - 1 : strlen(whole));
        assert_memory_equal(exact, whole, strlen(exact));
        free(exact);
    }
    unload(&loaded);
}

static void a_long_line_is_shown_around_the_column(void **state)
{
    char text[2048] = "", message[1024];
    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(text, "                ");
    strcat(text, "crypto nonsense\n");
    struct loaded loaded = load_text(text);
    const struct config_finding *finding = &loaded.report.findings[0];
    assert_int_equal(finding->column, 968);
    config_finding_format(&loaded.report, finding, message, sizeof message);
    const char *quote = strchr(message, '\n') + 1;
    const char *word = strstr(quote, "nonsense"), *caret = strchr(quote, '^');
    assert_non_null(word);
    const char *below = strchr(quote, '\n') + 1;
    assert_int_equal(word - quote, caret - below);
    unload(&loaded);
}

static void the_nearest_word_is_suggested(void **state)
{
    (void)state;
    assert_one_error("crypto isakmpp policy 10\n", 1, 8, "did you mean \"isakmp\"");
    assert_one_error("crypto isakmp polciy 10\n", 1, 15, "did you mean \"policy\"");
    assert_one_error("crypto isakmp policy 10\n hash sha265\n", 2, 7, "did you mean \"sha256\"");
    assert_one_error("crypto ipsec transform-set s esp-3ds\n", 1, 30, "did you mean \"esp-3des\"?");
    assert_one_error("crypto isakmp policy 10\n frobnicate 7\n", 2, 2,
                     "here could stand \"encryption\"");
}

static void of_two_near_names_the_nearer_is_suggested(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp profile L2LA\ncrypto isakmp profile L2L\n"
                     "crypto dynamic-map d 1\n set isakmp-profile L2M\n",
                     4, 21, "did you mean \"L2L\"?");
}

static void a_word_that_is_no_slip_is_shown_with_its_line(void **state)
{
    char text[512];
    (void)state;
    struct loaded loaded = load_text("crypto frobnicate all things\n");
    assert_string_equal(
        config_finding_format(&loaded.report, &loaded.report.findings[0], text, sizeof text),
        "test.conf:1:8: error: unknown word \"frobnicate\": here could stand \"keyring\", "
        "\"isakmp\", \"logging\", \"pki\", \"ca\", \"key\", ...\n"
        "crypto frobnicate all things\n"
        "       ^~~~~~~~~~\n");
    unload(&loaded);
}

static void an_ambiguous_word_is_said_to_be_one(void **state)
{
    (void)state;
    assert_one_error("crypto is policy 10\ncrypto i policy 10\n", 2, 8, "ambiguous word \"i\"");
}

static void an_incomplete_command_says_what_must_follow(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp policy\n", 1, 21, "a number 1-10000 must follow");
    assert_one_error("crypto isakmp policy 10\n encr\n", 2, 6,
                     "\"des\", \"3des\" or \"aes\" must follow");
    assert_one_error("crypto keyring k\n pre-shared-key address 10.0.0.1 key\n", 2, 37,
                     "or a key must follow");
}

static void unknown_crypto_commands_are_errors(void **state)
{
    static const char *const lines[] = {"crypto pki trustpoint T",
                                        "crypto ikev2 policy P",
                                        "crypto engine accelerator",
                                        "crypto nonsense",
                                        "crypto key generate rsa",
                                        "crypto ca trustpoint T",
                                        "crypto isakmp invalid-spi-recovery",
                                        "no crypto nonsense",
                                        "crypto isakmp nonsense",
                                        "crypto ipsec nonsense"};
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(text, sizeof text, "%s\n", lines[i]);
        struct loaded loaded = load_text(text);
        assert_int_equal(loaded.rc, RC_MALFORMED);
        assert_int_equal(loaded.report.errors, 1);
        unload(&loaded);
    }
}

static void unknown_words_in_every_crypto_submode_are_errors(void **state)
{
    static const char *const headers[] = {"crypto keyring k",
                                          "crypto isakmp policy 1",
                                          "crypto isakmp profile p",
                                          "crypto isakmp client configuration group g",
                                          "crypto ipsec transform-set t esp-gcm",
                                          "crypto dynamic-map d 1",
                                          "crypto map m 1 ipsec-isakmp",
                                          "ip access-list extended x",
                                          "ip access-list standard y"};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        snprintf(text, sizeof text, "%s\n  frobnicate it\n", headers[i]);
        assert_one_error(text, 2, 3, "frobnicate");
        snprintf(text, sizeof text, "%s\n  no frobnicate it\n", headers[i]);
        assert_one_error(text, 2, 6, "frobnicate");
        snprintf(text, sizeof text, "%s\nfrobnicate it\n", headers[i]); /* no indentation */
        assert_one_error(text, 2, 1, "frobnicate");
    }
}

static void other_commands_leave_the_submode_and_are_ignored(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 1\n group 14\nsnmp-server enable traps\n"
                                     "crypto isakmp policy 1\n hash sha256\n!\nfrobnicate 1\n"
                                     "crypto isakmp policy 1\nlifetime 600\nmgcp\n");
    assert_int_equal(loaded.config->policies[0].lifetime_s, 600);
    assert_non_null(find_finding(&loaded, CONFIG_IGNORED, "snmp-server enable"));
    assert_non_null(find_finding(&loaded, CONFIG_IGNORED, "frobnicate 1"));
    assert_non_null(find_finding(&loaded, CONFIG_IGNORED, "mgcp"));
    unload(&loaded);
}

static void a_known_command_with_wrong_words_is_an_error_anywhere(void **state)
{
    (void)state;
    assert_one_error("ip local pool\n", 1, 14, "a name (POOL) must follow");
    assert_one_error("ip route 10.0.0.0 255.0.255.0 10.0.0.1\n", 1, 19, "a mask");
    assert_one_error("interface e0\n ip address nonsense\n", 2, 13, "here could stand");
    assert_one_error("interface e0\n crypto nap m\n", 2, 9, "did you mean \"map\"");
    assert_one_error("hostname a b\n", 1, 12, "the end of the line");
}

static void one_bad_line_is_one_error(void **state)
{
    (void)state;
    /* the lines below a refused header, and names that it would have defined */
    assert_one_error("crypto ipsec transform-set t esp-3des\n mode tunnel\n"
                     "crypto dynamic-map d 1\n set transform-set t\n",
                     1, 1, "lets anyone");
    assert_one_error("crypto isakmp policy 10001\n encr aes\n group 14\n", 1, 22, "1-10000");
}

static void all_errors_of_a_text_are_reported_in_order(void **state)
{
    (void)state;
    struct loaded loaded = load_text("crypto nonsense\nhostname h\ncrypto isakmp policy 1\n"
                                     " encr nonsense\n group 3\n hash 1\n");
    assert_int_equal(loaded.report.errors, 4);
    for (size_t i = 1; i < loaded.report.count; i++)
        assert_true(loaded.report.findings[i - 1].line <= loaded.report.findings[i].line);
    unload(&loaded);
}

static void no_secret_is_ever_shown(void **state)
{
    static const char *const lines[] = {
        "crypto isakmp key SESAME adress 10.0.0.1",
        "crypto isakmp key SESAME",
        "crypto isakmp key SESAME address 10.0.0",
        "crypto isakmp key 0 SESAME address",
        "crypto isakmp key 6 SESAME address 10.0.0.1",
        "crypto isakmp key 7 SESAME address 10.0.0.1",
        "crypto isakmp kye SESAME address 10.0.0.1",
        "crypto isakmp kx SESAME address 10.0.0.1",
        "crypto isakmp client configuration group g\n kx SESAME",
        "crypto isakmp client configuration group g\n cisco SESAME",
        "crypto isakmpp key SESAME address 10.0.0.1",
        "crypto keyring k\n pre-shared-key address 10.0.0.1 SESAME",
        "crypto keyring k\n pre-shared-key address 10.0.0.1 key 0 SESAME more",
        "crypto keyring k\n pre-shared-key address 10.0.0.1 255.255.0.255 key SESAME",
        "crypto keyring k\n pre-shared-kye address 10.0.0.1 key SESAME",
        "crypto keyring k\n pre-shared-key SESAME",
        "crypto keyring k\n pre-shared-key address 10.0.0.1 kex SESAME",
        "crypto isakmp client configuration group g\n keyy SESAME",
        "crypto isakmp client configuration group g\n kay SESAME",
        "crypto isakmp client configuration group g\n key SESAME SESAME",
        "crypto isakmp client configuration group g\n password SESAME",
        "username u pasword SESAME",
        "username u password 7 SESAME",
        "username u secret 9 SESAME",
        "username u secrt 0 SESAME",
        "username u SESAME",
        "enable secret SESAME\ncrypto nonsense",
        "enable password SESAME\ncrypto nonsense",
        "line vty 0 4\n password SESAME\ncrypto nonsense",
        "snmp-server community SESAME RO\ncrypto nonsense",
        "radius-server key SESAME\ncrypto nonsense",
        "R1#crypto isakmp key SESAME address 10.0.0.1",
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(text, sizeof text, "%s\n", lines[i]);
        struct loaded loaded = load_text(text);
        if (loaded.rc != RC_MALFORMED)
            print_message("%s", text);
        assert_int_equal(loaded.rc, RC_MALFORMED);
        assert_never_shown(&loaded, "SESAME");
        unload(&loaded);
    }
}

static void secrets_of_good_lines_are_not_shown_by_lint(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp key SESAME1 address 0.0.0.0 0.0.0.0\n"
                                     "crypto keyring k\n"
                                     "  pre-shared-key address 10.0.0.1 key SESAME2\n"
                                     "  pre-shared-key hostname h.example key SESAME4\n"
                                     "crypto isakmp client configuration group g\n  key SESAME3\n");
    assert_true(loaded.report.warnings > 0);
    assert_never_shown(&loaded, "SESAME");
    unload(&loaded);
}

static void names_that_no_line_defines_are_errors_with_the_near_name(void **state)
{
    (void)state;
    assert_one_error("ip local pool ippool 10.5.5.1 10.5.5.9\n"
                     "crypto isakmp client configuration group g\n pool ipool\n",
                     3, 7, "there is no pool \"ipool\" (did you mean \"ippool\"?)");
    assert_one_error("crypto isakmp client configuration group g\n acl SPLIT\n", 2, 6,
                     "there is no access list \"SPLIT\"");
    assert_one_error("crypto keyring spokes\ncrypto isakmp profile p\n keyring spoke\n", 3, 10,
                     "did you mean \"spokes\"");
    assert_one_error("aaa authentication login vpn local\ncrypto isakmp profile p\n"
                     " client authentication list VPN\n",
                     3, 29, "did you mean \"vpn\"");
    assert_one_error("crypto isakmp profile p\n isakmp authorization list N\n", 2, 28,
                     "\"aaa authorization network\" list \"N\"");
    assert_one_error("crypto dynamic-map d 1\n set transform-set t\n", 2, 20,
                     "transform set \"t\"");
    assert_one_error("crypto dynamic-map d 1\n set isakmp-profile p\n", 2, 21,
                     "isakmp profile \"p\"");
    assert_one_error("crypto map m 1 ipsec-isakmp dynamic d\n", 1, 37, "dynamic map \"d\"");
    assert_one_error("crypto map m 1 ipsec-isakmp\n match address 100\n", 2, 16,
                     "access list \"100\"");
    assert_one_error("crypto map m client authentication list L\n", 1, 41, "list \"L\"");
    assert_one_error("interface e0\n crypto map m\n", 2, 13, "crypto map \"m\"");
}

static void names_compare_exactly(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp client configuration group Staff\n"
                                     "crypto isakmp client configuration group staff\n");
    assert_int_equal(loaded.config->group_count, 2);
    assert_ptr_equal(config_group(loaded.config, (struct span){(const uint8_t *)"staff", 5}),
                     &loaded.config->groups[1]);
    assert_null(config_group(loaded.config, (struct span){(const uint8_t *)"staf", 4}));
    assert_null(config_group(loaded.config, (struct span){(const uint8_t *)"STAFF", 5}));
    unload(&loaded);
}

static void an_empty_text_is_an_empty_configuration(void **state)
{
    static const char *const texts[] = {"", "\n", "!\n", "end", "\r\n\r\n", "   \t "};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct loaded loaded = load_good(texts[i]);
        assert_int_equal(loaded.config->keyring_count, 1);
        assert_int_equal(loaded.config->policy_count, 0);
        assert_int_equal(loaded.report.count, 0);
        unload(&loaded);
    }
}

static void a_text_beyond_all_measure_is_refused(void **state)
{
    size_t n = 8 * 1024 * 1024 + 1;
    char *text = malloc(n);
    (void)state;
    assert_non_null(text);
    memset(text, '!', n);
    struct loaded loaded = load_octets(text, n, NULL, 0);
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_int_equal(loaded.report.errors, 1);
    unload(&loaded);
    free(text);
}

static void a_line_of_very_many_words_is_an_error_and_not_a_crash(void **state)
{
    char text[4096] = "crypto dynamic-map d 1\n set transform-set";
    (void)state;
    for (int i = 0; i < 900; i++)
        strcat(text, " t");
    strcat(text, "\n");
    struct loaded loaded = load_text(text);
    assert_int_equal(loaded.rc, RC_MALFORMED);
    unload(&loaded);
}

static void thousands_of_findings_are_counted_and_not_all_kept(void **state)
{
    size_t n = 0, lines = 6000;
    char *text = malloc(lines * 20);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < lines; i++)
        n += (size_t)sprintf(text + n, "crypto nonsense\n");
    struct loaded loaded = load_octets(text, n, NULL, 0);
    assert_int_equal(loaded.report.errors, lines);
    assert_true(loaded.report.count < lines);
    unload(&loaded);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_shows_the_place_the_line_and_a_caret),
        cmocka_unit_test(a_message_is_cut_to_any_size_and_terminated),
        cmocka_unit_test(a_long_line_is_shown_around_the_column),
        cmocka_unit_test(the_nearest_word_is_suggested),
        cmocka_unit_test(of_two_near_names_the_nearer_is_suggested),
        cmocka_unit_test(a_word_that_is_no_slip_is_shown_with_its_line),
        cmocka_unit_test(an_ambiguous_word_is_said_to_be_one),
        cmocka_unit_test(an_incomplete_command_says_what_must_follow),
        cmocka_unit_test(unknown_crypto_commands_are_errors),
        cmocka_unit_test(unknown_words_in_every_crypto_submode_are_errors),
        cmocka_unit_test(other_commands_leave_the_submode_and_are_ignored),
        cmocka_unit_test(a_known_command_with_wrong_words_is_an_error_anywhere),
        cmocka_unit_test(one_bad_line_is_one_error),
        cmocka_unit_test(all_errors_of_a_text_are_reported_in_order),
        cmocka_unit_test(no_secret_is_ever_shown),
        cmocka_unit_test(secrets_of_good_lines_are_not_shown_by_lint),
        cmocka_unit_test(names_that_no_line_defines_are_errors_with_the_near_name),
        cmocka_unit_test(names_compare_exactly),
        cmocka_unit_test(an_empty_text_is_an_empty_configuration),
        cmocka_unit_test(a_text_beyond_all_measure_is_refused),
        cmocka_unit_test(a_line_of_very_many_words_is_an_error_and_not_a_crash),
        cmocka_unit_test(thousands_of_findings_are_counted_and_not_all_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
