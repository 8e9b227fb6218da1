/* Reading damaged text: every kind of damage of the documents, and clean texts that look a little
 * like it and must not be touched. */
#include "unit/config/load_text.h"

static void assert_untouched(const char *text)
{
    struct loaded loaded = load_good(text);
    assert_null(find_rule(&loaded, "glued-comment"));
    assert_null(find_rule(&loaded, "broken-line"));
    unload(&loaded);
}

static void a_comment_that_runs_into_a_command_is_cut_off(void **state)
{
    (void)state;
    struct loaded loaded = load_good("!--- The group (this name is configured in the\n"
                                     "client). crypto isakmp client\n"
                                     "configuration group g1\n"
                                     "  key one-two-three-four\n");
    assert_int_equal(loaded.config->group_count, 1);
    assert_string_equal(loaded.config->groups[0].name, "g1");
    assert_int_equal(loaded.config->groups[0].line, 2);
    assert_true(span_is(loaded.config->groups[0].secret, "one-two-three-four"));
    const struct config_finding *finding = find_rule(&loaded, "glued-comment");
    assert_non_null(finding);
    assert_int_equal(finding->severity, CONFIG_WARNING);
    assert_int_equal(finding->line, 2);
    assert_int_equal(finding->column, 10);
    assert_non_null(strstr(finding->text, "\"crypto isakmp client configuration group g1\""));
    unload(&loaded);
}

static void a_page_break_inside_a_command_is_skipped(void **state)
{
    (void)state;
    struct loaded loaded = load_good("! --- Keys. crypto\n```\n\n```\n\nkeyring k1\n"
                                     "  pre-shared-key address 10.0.0.1 key abc\n");
    assert_int_equal(loaded.config->keyring_count, 2);
    assert_int_equal(loaded.config->keyrings[1].entry_count, 1);
    unload(&loaded);
}

static void a_word_hyphenated_over_two_lines_is_one_word(void **state)
{
    (void)state;
    struct loaded loaded = load_good("!--- This is all that changes. access-\n"
                                     "list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0\n"
                                     "0.0.255.255\n!\n");
    assert_int_equal(loaded.config->acl_count, 1);
    assert_int_equal(loaded.config->acls[0].entry_count, 1);
    assert_int_equal(loaded.config->acls[0].entries[0].line, 1);
    unload(&loaded);
}

static void prose_that_names_commands_is_not_mistaken_for_them(void **state)
{
    (void)state;
    struct loaded loaded = load_good("!--- Two instances of the dynamic crypto map !---\n"
                                     "reference the two IPsec profiles of crypto map 10. crypto\n"
                                     "dynamic-map dynmap 5\n"
                                     "  set transform-set t\n"
                                     "crypto ipsec transform-set t esp-aes esp-sha-hmac\n");
    assert_int_equal(loaded.config->dynamic_map_count, 1);
    assert_int_equal(loaded.config->crypto_map_count, 0);
    assert_int_equal(loaded.config->dynamic_maps[0].entries[0].set_count, 1);
    unload(&loaded);
}

static void a_comment_behind_a_command_is_left_out(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp profile p !the only one\n"
                                     "  match identity address 192.0.2.1 255.255.255.255 !R2\n"
                                     "  match identity address 0.0.0.0 !--- everyone\n");
    assert_int_equal(loaded.config->profiles[0].match_count, 2);
    assert_true(prefix_is(loaded.config->profiles[0].matches[0].prefix, "192.0.2.1/32"));
    assert_true(prefix_is(loaded.config->profiles[0].matches[1].prefix, "0.0.0.0/0"));
    unload(&loaded);
}

static void a_comment_behind_a_command_may_run_into_the_next_one(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp profile a\n"
                                     "  match identity address 0.0.0.0 !--- Profile for\n"
                                     "clients, that matches !--- the group. crypto isakmp\n"
                                     "profile b\n"
                                     "  description second\n");
    assert_int_equal(loaded.config->profile_count, 2);
    assert_int_equal(loaded.config->profiles[0].match_count, 1);
    assert_string_equal(loaded.config->profiles[1].name, "b");
    assert_string_equal(loaded.config->profiles[1].description, "second");
    unload(&loaded);
}

static void a_key_may_begin_with_an_exclamation_mark(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp key !secret address 10.0.0.1\n"
                                     "crypto isakmp key a!b address 10.0.0.2 ! branch\n");
    assert_true(span_is(loaded.config->keyrings[0].entries[0].secret, "!secret"));
    assert_true(span_is(loaded.config->keyrings[0].entries[1].secret, "a!b"));
    unload(&loaded);
}

static void a_glued_command_is_known_by_the_line_below_it(void **state)
{
    (void)state;
    struct loaded loaded = load_good("!--- Keys of the branches. crypto keyring k\n"
                                     "  pre-shared-key address 10.0.0.1 key abc\n");
    assert_int_equal(loaded.config->keyring_count, 2);
    assert_non_null(find_rule(&loaded, "glued-comment"));
    unload(&loaded);
}

static void a_command_broken_over_lines_is_joined(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto ipsec transform-set t esp-aes esp-sha-hmac\n"
                                     "crypto dynamic-map d 1\n"
                                     "  set transform-set\n"
                                     "t\n"
                                     "crypto map m 10\n"
                                     "ipsec-isakmp dynamic\n"
                                     "d\n"
                                     "access-list 100 permit ip 10.0.0.0\n"
                                     "0.0.0.255 any\n"
                                     "crypto dynamic-\n"
                                     "map d 2\n"
                                     "  set transform-set t\n");
    assert_int_equal(loaded.config->dynamic_maps[0].entry_count, 2);
    assert_int_equal(loaded.config->dynamic_maps[0].entries[0].set_count, 1);
    assert_ptr_equal(loaded.config->crypto_maps[0].entries[0].dynamic,
                     &loaded.config->dynamic_maps[0]);
    assert_int_equal(loaded.config->acls[0].entry_count, 1);
    const struct config_finding *finding = find_rule(&loaded, "broken-line");
    assert_non_null(finding);
    assert_int_equal(finding->line, 3);
    unload(&loaded);
}

static void a_joined_secret_is_not_shown(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto keyring k\n"
                                     "  pre-shared-key address 10.0.0.1 key\n"
                                     "sesame\n");
    assert_true(span_is(loaded.config->keyrings[1].entries[0].secret, "sesame"));
    assert_non_null(find_rule(&loaded, "broken-line"));
    assert_never_shown(&loaded, "sesame");
    unload(&loaded);
}

static void a_secret_on_a_line_of_its_own_is_not_shown_when_it_cannot_be_joined(void **state)
{
    (void)state;
    struct loaded loaded = load_text("crypto keyring k\n"
                                     "  pre-shared-key address 10.0.0.1 key\n"
                                     "  sesame open\n");
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_int_equal(loaded.report.errors, 2);
    assert_never_shown(&loaded, "sesame");
    assert_never_shown(&loaded, "open");
    unload(&loaded);
}

static void commented_commands_stay_comments(void **state)
{
    (void)state;
    assert_untouched("! crypto keyring old\n"
                     "!crypto isakmp policy 10\n"
                     "!--- crypto map mymap 10 ipsec-isakmp dynamic dynmap\n"
                     "!--- for example: crypto isakmp key abc address 10.0.0.1\n"
                     "!--- access-list 100 permit ip any any\n"
                     "hostname h\n"
                     "!--- see crypto\n"
                     "hostname h\n");
}

static void a_comment_before_a_line_that_is_not_ours_is_a_comment(void **state)
{
    (void)state;
    struct loaded loaded = load_good("!--- remember the crypto keyring\n"
                                     "mgcp\n"
                                     "!--- and the crypto map\n"
                                     "snmp-server community public RO\n"
                                     "!--- as well as crypto\n"
                                     "ip cef\n");
    assert_int_equal(loaded.config->keyring_count, 1);
    assert_int_equal(loaded.config->crypto_map_count, 0);
    assert_int_equal(loaded.report.warnings, 0);
    unload(&loaded);
}

static void a_clean_configuration_of_every_style_is_untouched(void **state)
{
    (void)state;
    /* as `show running-config` prints it */
    assert_untouched("!\nversion 15.1\nservice timestamps log datetime msec\n!\nhostname R1\n!\n"
                     "boot-start-marker\nboot-end-marker\n!\naaa new-model\n!\n"
                     "crypto isakmp policy 1\n encr aes 256\n authentication pre-share\n group 14\n"
                     "crypto isakmp key abcdefgh address 192.0.2.7\n!\n!\n"
                     "crypto ipsec transform-set T esp-aes esp-sha-hmac \n mode tunnel\n!\n"
                     "crypto map M 10 ipsec-isakmp \n set peer 192.0.2.7\n set transform-set T \n"
                     " match address 101\n!\ninterface Ethernet0/0\n ip address 192.0.2.1 "
                     "255.255.255.0\n duplex auto\n crypto map M\n!\nip forward-protocol nd\n"
                     "no ip http server\n!\naccess-list 101 permit ip 10.0.0.0 0.0.0.255 10.0.1.0 "
                     "0.0.0.255\n!\ncontrol-plane\n!\nline con 0\n logging synchronous\nline vty 0 "
                     "4\n login\n transport input all\n!\nend\n");
    /* as people type it: no indentation, abbreviations, comments */
    assert_untouched("! the hub\nhost R1\ncry isa pol 1\nencr aes\nauth pre\ngr 14\n"
                     "! keys\ncry isa key abcdefgh addr 192.0.2.7 ! branch 7\n"
                     "cry ips trans T esp-aes esp-sha-hmac\nmode tun\n"
                     "cry map M 10 ipsec-i\nset peer 192.0.2.7\nset trans T\nmatch add 101\n"
                     "int e0/0\nip add 192.0.2.1 255.255.255.0\ncry map M\nno shut\n"
                     "ip access-list ext 101\npermit ip any any\n");
}

static void crlf_byte_order_mark_tabs_and_no_break_spaces_are_blanks(void **state)
{
    (void)state;
    struct loaded loaded = load_good("\xef\xbb\xbfhostname R1\r\n\tip domain name\texample.com\r\n"
                                     "crypto\xc2\xa0keyring k\r\n"
                                     "\xc2\xa0\xc2\xa0pre-shared-key address 10.0.0.1 key abc\r\n");
    assert_string_equal(loaded.config->hostname, "R1");
    assert_string_equal(loaded.config->domain_name, "example.com");
    assert_int_equal(loaded.config->keyrings[1].entry_count, 1);
    unload(&loaded);
}

static void a_text_with_zeros_and_control_characters_is_read_to_its_end(void **state)
{
    static const char text[] = "hostname R\0\x01x\nip domain name example.com\n";
    (void)state;
    struct loaded loaded = load_octets(text, sizeof text - 1, NULL, 0);
    assert_int_equal(loaded.rc, RC_OK);
    assert_string_equal(loaded.config->domain_name, "example.com");
    const struct config_finding *finding = find_rule(&loaded, "control-character");
    assert_non_null(finding);
    assert_int_equal(finding->column, 11);
    unload(&loaded);
}

static void banners_are_never_read_as_commands(void **state)
{
    (void)state;
    struct loaded loaded = load_good("banner motd ^C\ncrypto isakmp policy 10\n encr nonsense\n"
                                     "^C\nbanner login # one line #\nbanner exec \x03\n"
                                     "crypto nonsense\n\x03\nhostname R1\n");
    assert_string_equal(loaded.config->hostname, "R1");
    assert_int_equal(loaded.config->policy_count, 0);
    unload(&loaded);
}

static void a_banner_without_an_end_is_an_error_that_says_so(void **state)
{
    (void)state;
    assert_one_error("banner motd ^C\nhostname R1\n", 1, 13, "no closing delimiter");
    assert_one_error("crypto isakmp client configuration group g\n banner #hello\n key abc\n", 2, 9,
                     "no closing delimiter");
}

static void lines_of_the_document_are_skipped_with_one_warning(void **state)
{
    (void)state;
    struct loaded loaded = load_good("```\nhostname R1\n```\n\n```\n");
    assert_int_equal(loaded.report.warnings, 1);
    assert_int_equal(find_rule(&loaded, "document-layout")->line, 1);
    unload(&loaded);
}

static void several_commands_on_one_line_are_an_error_and_not_lost(void **state)
{
    (void)state;
    assert_one_error("R1#show running-config hostname R1 crypto isakmp policy 10 encr 3des\n", 1,
                     36, "behind words that are none");
    struct loaded loaded = load_text("R1#show crypto isakmp key sesame address 10.0.0.1\n");
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_never_shown(&loaded, "sesame");
    unload(&loaded);
}

static void lines_below_an_unreadable_header_are_an_error_and_not_lost(void **state)
{
    (void)state;
    assert_one_error("ipsec-isakmpp\n  set peer 10.0.0.1\n", 2, 3, "line 1 is none");
}

static void what_stands_below_a_foreign_command_is_its_business(void **state)
{
    (void)state;
    struct loaded loaded = load_good("line vty 0 4\n password 7 121A0C041104\n login local\n"
                                     "router bgp 65000\n neighbor 10.0.0.1 remote-as 1\n"
                                     " network 10.0.0.0\n"
                                     "event manager applet X\n action 1 cli command \"clear crypto "
                                     "isakmp\"\nhostname R1\n");
    assert_string_equal(loaded.config->hostname, "R1");
    assert_never_shown(&loaded, "121A0C041104");
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_comment_that_runs_into_a_command_is_cut_off),
        cmocka_unit_test(a_page_break_inside_a_command_is_skipped),
        cmocka_unit_test(a_word_hyphenated_over_two_lines_is_one_word),
        cmocka_unit_test(prose_that_names_commands_is_not_mistaken_for_them),
        cmocka_unit_test(a_comment_behind_a_command_is_left_out),
        cmocka_unit_test(a_comment_behind_a_command_may_run_into_the_next_one),
        cmocka_unit_test(a_key_may_begin_with_an_exclamation_mark),
        cmocka_unit_test(a_glued_command_is_known_by_the_line_below_it),
        cmocka_unit_test(a_command_broken_over_lines_is_joined),
        cmocka_unit_test(a_joined_secret_is_not_shown),
        cmocka_unit_test(a_secret_on_a_line_of_its_own_is_not_shown_when_it_cannot_be_joined),
        cmocka_unit_test(commented_commands_stay_comments),
        cmocka_unit_test(a_comment_before_a_line_that_is_not_ours_is_a_comment),
        cmocka_unit_test(a_clean_configuration_of_every_style_is_untouched),
        cmocka_unit_test(crlf_byte_order_mark_tabs_and_no_break_spaces_are_blanks),
        cmocka_unit_test(a_text_with_zeros_and_control_characters_is_read_to_its_end),
        cmocka_unit_test(banners_are_never_read_as_commands),
        cmocka_unit_test(a_banner_without_an_end_is_an_error_that_says_so),
        cmocka_unit_test(lines_of_the_document_are_skipped_with_one_warning),
        cmocka_unit_test(several_commands_on_one_line_are_an_error_and_not_lost),
        cmocka_unit_test(lines_below_an_unreadable_header_are_an_error_and_not_lost),
        cmocka_unit_test(what_stands_below_a_foreign_command_is_its_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
