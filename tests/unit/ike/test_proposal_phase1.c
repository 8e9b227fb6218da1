/* Phase 1 choices: the recorded offer, every rule that makes a transform unacceptable, order,
 * lifetimes, and the words of refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "unit/ike/golden_session.h"
#include "unit/ike/phase1_kit.h"

/* One proposal with these transforms' attributes against the branch policy. */
static struct outcome choose_attrs(const char *attrs, const struct isakmp_policy *policy)
{
    const struct kit_proposal proposal = {1, PROTOCOL_ISAKMP, "", {{1, 1, attrs}}};
    struct octets body = kit_body(&proposal, 1);
    const struct config config = config_of(policy, 1);
    return choose(octets_span(&body), &config, BOTH, 0);
}

static struct span recorded_offer(void)
{
    return (struct span){golden_sa_i_b, sizeof golden_sa_i_b};
}

static void vpnc_gets_3des_with_xauth_from_the_policy_of_the_hub(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    struct outcome out = choose(recorded_offer(), &config, BOTH, 128);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.suite.cipher, CIPHER_3DES);
    assert_int_equal(out.suite.hash, HASH_SHA1);
    assert_int_equal(out.suite.group, 2);
    assert_int_equal(out.suite.auth_method, AUTH_XAUTH_INIT_PSK);
    assert_int_equal(out.suite.policy, 10);
    assert_int_equal(out.choice.transform_count_seen, 24);
    /* Offered for 2147483 s: ours is shorter, and told. */
    assert_int_equal(out.suite.lifetime_s, 86400);
    assert_int_equal(out.suite.policy_lifetime_s, 86400);
}

static void the_choice_is_echoed_with_its_numbers_and_attributes_unmodified(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    struct outcome out = choose(recorded_offer(), &config, BOTH, 128);
    struct octets want = octets_hex("0000000100000001"
                                    "0000002c00010001"
                                    "0000002406010000"
                                    "8001000580020002800400028003fde9800b0001000c00040020c49b");
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.echo.len, want.len);
    assert_memory_equal(out.echo.bytes, want.bytes, want.len);
}

static void with_plain_psk_allowed_only_the_transform_without_xauth_is_chosen(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    struct outcome out = choose(recorded_offer(), &config, ALLOW_PSK, 128);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.suite.auth_method, AUTH_PSK);
    assert_int_equal(out.echo.bytes[8 + 8 + 4], 0x12);
}

static void xauth_wins_even_where_plain_psk_has_the_better_policy(void **state)
{
    (void)state;
    const struct isakmp_policy policies[] = {branch, modern};
    const struct config config = config_of(policies, 2);
    const struct kit_proposal proposal = {1,
                                          PROTOCOL_ISAKMP,
                                          "",
                                          {{1, 1, A_3DES A_SHA A_PSK A_G2},
                                           {2, 1,
                                            A_AES "800e0100"
                                                  "80020004" A_XAUTH "8004000e"}}};
    struct octets body = kit_body(&proposal, 1);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.suite.policy, 20);
    assert_int_equal(out.suite.auth_method, AUTH_XAUTH_INIT_PSK);
    assert_int_equal(out.decision.candidates[0].rule, RULE_AUTH_METHOD);
    assert_int_equal(out.decision.candidates[1].rule, RULE_CHOSEN);
    out = choose(octets_span(&body), &config, ALLOW_PSK, 0);
    assert_int_equal(out.suite.policy, 10);
    assert_int_equal(out.decision.candidates[1].rule, RULE_NOT_TRIED);
}

static void policies_are_tried_by_priority_and_inside_one_the_order_is_the_peers(void **state)
{
    (void)state;
    struct isakmp_policy policies[] = {branch, modern};
    const struct config config = config_of(policies, 2);
    const struct kit_proposal proposal = {1,
                                          PROTOCOL_ISAKMP,
                                          "",
                                          {{7, 1,
                                            A_AES "800e0100"
                                                  "80020004" A_PSK "8004000e"},
                                           {8, 1, A_3DES A_SHA A_PSK A_G2 "800b0001800c0e10"},
                                           {9, 1, A_3DES A_SHA A_PSK A_G2 A_DAY}}};
    struct octets body = kit_body(&proposal, 1);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.suite.policy, 10);
    assert_int_equal(out.echo.bytes[8 + 8 + 4], 8);
    assert_int_equal(out.suite.lifetime_s, 3600);
    assert_int_equal(out.suite.policy_lifetime_s, 0);
}

static void attributes_may_come_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(choose_attrs(A_DAY A_PSK A_G2 A_SHA A_3DES, &branch).rc, RC_OK);
    assert_int_equal(choose_attrs("800e0100" A_AES "80020004"
                                  "8004000e" A_PSK A_DAY,
                                  &modern)
                         .rc,
                     RC_OK);
}

static void each_value_that_differs_is_named_by_its_rule(void **state)
{
    (void)state;
    static const struct {
        const char *attrs;
        enum decision_rule rule;
    } rows[] = {
        {"80010001" A_SHA A_PSK A_G2, RULE_CIPHER},
        {"80010008" A_SHA A_PSK A_G2, RULE_CIPHER},
        {A_SHA A_PSK A_G2, RULE_CIPHER},
        {A_3DES "800e00c0" A_SHA A_PSK A_G2, RULE_KEY_LENGTH},
        {A_3DES "80020001" A_PSK A_G2, RULE_HASH_ALGORITHM},
        {A_3DES A_PSK A_G2, RULE_HASH_ALGORITHM},
        {A_3DES A_SHA A_PSK "80040005", RULE_DH_GROUP},
        {A_3DES A_SHA A_PSK "80040016", RULE_DH_GROUP},
        {A_3DES A_SHA A_PSK, RULE_DH_GROUP},
        {A_3DES A_SHA "80030003" A_G2, RULE_AUTH_METHOD},
        {A_3DES A_SHA A_G2, RULE_AUTH_METHOD},
        {A_3DES A_SHA A_PSK A_G2 "800d0001", RULE_UNSUPPORTED},
        {A_3DES A_SHA A_PSK A_G2 "c0010000", RULE_UNSUPPORTED},
        {A_3DES A_3DES A_SHA A_PSK A_G2, RULE_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome out = choose_attrs(rows[i].attrs, &branch);
        assert_int_equal(out.rc, RC_NO_PROPOSAL);
        assert_int_equal(out.decision.rule, rows[i].rule);
        assert_int_equal(out.decision.candidate_count, 1);
        assert_int_equal(out.decision.candidates[0].rule, rows[i].rule);
        assert_int_equal(out.suite.policy, 4242);
    }
}

static void aes_needs_its_key_length(void **state)
{
    (void)state;
    struct isakmp_policy policy = modern;
    static const struct {
        unsigned bits;
        const char *attr;
        enum rc rc;
    } rows[] = {
        {256, "800e0100", RC_OK},
        {192, "800e00c0", RC_OK},
        {128, "800e0080", RC_OK},
        {128, "", RC_NO_PROPOSAL},
        {128, "800e0100", RC_NO_PROPOSAL},
        {256, "800e0080", RC_NO_PROPOSAL},
        {256, "000e0003010100", RC_NO_PROPOSAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char attrs[128];
        policy.key_bits = rows[i].bits;
        snprintf(attrs, sizeof attrs, "%s%s%s", A_AES, rows[i].attr, "80020004" A_PSK "8004000e");
        struct outcome out = choose_attrs(attrs, &policy);
        assert_int_equal(out.rc, rows[i].rc);
        if (rows[i].rc != RC_OK)
            assert_int_equal(out.decision.rule, RULE_KEY_LENGTH);
    }
}

static void transform_ids_other_than_key_ike_are_not_supported(void **state)
{
    (void)state;
    const struct kit_proposal proposal = {
        1, PROTOCOL_ISAKMP, "", {{1, 2, A_3DES A_SHA A_PSK A_G2}}};
    struct octets body = kit_body(&proposal, 1);
    const struct config config = config_of(&branch, 1);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_int_equal(out.decision.rule, RULE_UNSUPPORTED);
}

static void every_form_of_lifetime_is_accepted_and_the_shorter_one_counts(void **state)
{
    (void)state;
    static const struct {
        const char *attrs;
        uint32_t lifetime_s;
        uint32_t told;
    } rows[] = {
        {"", 86400, 0},
        {A_DAY, 86400, 0},
        {"800b0001800c0e10", 3600, 0},
        {"800b0001000c000100", 86400, 0},
        {"800b0001000c00040020c49b", 86400, 86400},
        {"800b0001000c00080000000100000000", 86400, 86400},
        {"800b0001000c000affffffffffffffffffff", 86400, 86400},
        {"800b0002000c000400000001", 86400, 0},
        {"800b0002000c000400000001800b0001800c0078", 120, 0},
        {"800b0001800c0078800b0002000c000400000001", 120, 0},
        {"800b0001800c0e10800b0001800c0078", 120, 0},
        {"800b0003800c0078", 86400, 0},
        {"800c0078", 86400, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char attrs[128];
        snprintf(attrs, sizeof attrs, "%s%s", A_3DES A_SHA A_PSK A_G2, rows[i].attrs);
        struct outcome out = choose_attrs(attrs, &branch);
        assert_int_equal(out.rc, RC_OK);
        assert_int_equal(out.suite.lifetime_s, rows[i].lifetime_s);
        assert_int_equal(out.suite.policy_lifetime_s, rows[i].told);
    }
}

static void spis_of_0_8_and_16_octets_are_ignored_and_others_malformed(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    char spi[64] = "";
    for (size_t n = 0; n <= 17; n++) {
        const struct kit_proposal proposal = {
            1, PROTOCOL_ISAKMP, spi, {{1, 1, A_3DES A_SHA A_PSK A_G2}}};
        struct octets body = kit_body(&proposal, 1);
        struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
        assert_int_equal(out.rc, n == 0 || n == 8 || n == 16 ? RC_OK : RC_MALFORMED);
        if (out.rc == RC_OK) {
            assert_int_equal(out.echo.bytes[8 + 6], 0);
            assert_int_equal(out.echo.len, 8 + 8 + 8 + 16);
        }
        strcat(spi, "5a");
    }
}

static void a_protocol_other_than_isakmp_is_malformed(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    const struct kit_proposal proposals[] = {
        {1, PROTOCOL_ISAKMP, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}}},
        {2, PROTOCOL_ESP, "", {{1, 3, "80040001"}}}};
    struct octets body = kit_body(proposals, 2);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_MALFORMED);
    assert_string_equal(out.decision.theirs, "a malformed SA payload");
    assert_int_equal(out.suite.policy, 4242);
}

static void a_later_proposal_may_win(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    const struct kit_proposal proposals[] = {
        {4, PROTOCOL_ISAKMP, "", {{1, 1, "80010001" A_SHA A_PSK A_G2}}},
        {5, PROTOCOL_ISAKMP, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}}}};
    struct octets body = kit_body(proposals, 2);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.choice.proposal_number, 5);
    assert_int_equal(out.echo.bytes[8 + 4], 5);
}

static void in_aggressive_mode_the_key_exchange_fixes_the_group(void **state)
{
    (void)state;
    const struct isakmp_policy policies[] = {modern, branch};
    const struct config config = config_of(policies, 2);
    const struct kit_proposal proposal = {1,
                                          PROTOCOL_ISAKMP,
                                          "",
                                          {{1, 1,
                                            A_AES "800e0100"
                                                  "80020004" A_PSK "8004000e"},
                                           {2, 1, A_3DES A_SHA A_PSK A_G2}}};
    struct octets body = kit_body(&proposal, 1);
    assert_int_equal(choose(octets_span(&body), &config, BOTH, 0).suite.policy, 20);
    assert_int_equal(choose(octets_span(&body), &config, BOTH, 256).suite.policy, 20);
    assert_int_equal(choose(octets_span(&body), &config, BOTH, 128).suite.policy, 10);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 96);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_int_equal(out.decision.rule, RULE_DH_GROUP);
    assert_string_equal(out.decision.theirs,
                        "aes-256 sha256 group 14 with a key exchange of 96 octets");
}

static void a_refusal_names_both_sides_and_the_change(void **state)
{
    (void)state;
    struct outcome out = choose_attrs(A_AES "800e0100"
                                            "80020004" A_PSK "8004000e",
                                      &branch);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_string_equal(out.decision.candidates[0].name, "policy 10");
    assert_int_equal(out.decision.candidates[0].line, 33);
    assert_string_equal(out.decision.ours, "policy 10 (line 33): 3des sha group 2");
    assert_string_equal(out.decision.theirs, "aes-256 sha256 group 14");
    assert_string_equal(out.decision.hint,
                        "add a policy with encr aes 256, hash sha256, group 14, or let the peer "
                        "offer 3des sha group 2");
}

static void what_no_policy_can_say_is_not_advised(void **state)
{
    (void)state;
    struct outcome out = choose_attrs("80010008"
                                      "800e0080"
                                      "80020003" A_PSK "80040016",
                                      &branch);
    assert_string_equal(out.decision.theirs, "cipher 8-128 hash 3 group 22");
    assert_string_equal(out.decision.hint, "let the peer offer 3des sha group 2");
}

static void the_nearest_policy_and_offer_explain_the_refusal(void **state)
{
    (void)state;
    const struct isakmp_policy policies[] = {branch, modern};
    const struct config config = config_of(policies, 2);
    const struct kit_proposal proposal = {1,
                                          PROTOCOL_ISAKMP,
                                          "",
                                          {{1, 1,
                                            "80010001"
                                            "80020001" A_PSK "80040001"},
                                           {2, 1,
                                            A_AES "800e0100"
                                                  "80020004" A_PSK "80040005"}}};
    struct octets body = kit_body(&proposal, 1);
    struct outcome out = choose(octets_span(&body), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_int_equal(out.decision.candidate_count, 2);
    assert_int_equal(out.decision.rule, RULE_DH_GROUP);
    assert_string_equal(out.decision.ours, "policy 20 (line 40): aes-256 sha256 group 14");
    assert_string_equal(out.decision.theirs, "aes-256 sha256 group 5");
}

static void authentication_methods_have_hints_of_their_own(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    const struct kit_proposal xauth = {1, PROTOCOL_ISAKMP, "", {{1, 1, A_3DES A_SHA A_XAUTH A_G2}}};
    const struct kit_proposal psk = {1, PROTOCOL_ISAKMP, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}}};
    struct octets body = kit_body(&xauth, 1);
    struct outcome out = choose(octets_span(&body), &config, ALLOW_PSK, 0);
    assert_int_equal(out.decision.rule, RULE_AUTH_METHOD);
    assert_string_equal(out.decision.theirs, "3des sha group 2 pre-share with Xauth");
    assert_string_equal(out.decision.hint,
                        "add a client authentication list to the profile, or let the peer offer "
                        "pre-share without Xauth");
    body = kit_body(&psk, 1);
    out = choose(octets_span(&body), &config, ALLOW_XAUTH, 0);
    assert_int_equal(out.decision.rule, RULE_AUTH_METHOD);
    assert_string_equal(out.decision.theirs, "3des sha group 2 pre-share");
    struct isakmp_policy signatures = branch;
    signatures.auth = ISAKMP_AUTH_RSA_SIG;
    out = choose_attrs(A_3DES A_SHA A_PSK A_G2, &signatures);
    assert_int_equal(out.decision.rule, RULE_AUTH_METHOD);
    assert_string_equal(out.decision.ours, "policy 10 (line 33): 3des sha group 2 rsa-sig");
    assert_string_equal(out.decision.hint, "add authentication pre-share to policy 10");
}

static void without_any_policy_the_refusal_says_so(void **state)
{
    (void)state;
    const struct config config = config_of(NULL, 0);
    struct outcome out = choose(recorded_offer(), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_string_equal(out.decision.ours, "no crypto isakmp policy");
}

static void more_transforms_than_are_looked_at_do_no_harm(void **state)
{
    (void)state;
    enum { EACH = 8 + 16 };
    static uint8_t body[8 + 2 * (8 + 255 * EACH)];
    struct builder b = builder_of(body, sizeof body);
    struct octets attrs = octets_hex("80010001" A_SHA A_PSK A_G2);
    builder_u32(&b, 1);
    builder_u32(&b, 1);
    for (size_t p = 0; p < 2; p++) {
        builder_uint(&b, (p == 0 ? 0x02000000u : 0) + 8 + 255 * EACH, 4);
        builder_uint(&b, 0x010100ff, 4);
        for (size_t t = 0; t < 255; t++) {
            builder_uint(&b, (t < 254 ? 0x03000000u : 0) + EACH, 4);
            builder_uint(&b, 0x01010000, 4);
            builder_add(&b, octets_span(&attrs));
        }
    }
    assert_int_equal(builder_len(&b), sizeof body);
    const struct config config = config_of(&branch, 1);
    struct outcome out = choose(builder_span(&b), &config, BOTH, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_int_equal(out.decision.rule, RULE_CIPHER);
}

static void no_flipped_bit_of_the_recorded_offer_goes_unnoticed_by_the_sanitizer(void **state)
{
    (void)state;
    const struct isakmp_policy policies[] = {branch, modern};
    const struct config config = config_of(policies, 2);
    uint8_t *body = octets_exact(golden_sa_i_b, sizeof golden_sa_i_b);
    for (size_t bit = 0; bit < sizeof golden_sa_i_b * 8; bit++) {
        body[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct outcome out = choose((struct span){body, sizeof golden_sa_i_b}, &config, BOTH, 128);
        assert_true(out.rc == RC_OK || out.rc == RC_MALFORMED || out.rc == RC_NO_PROPOSAL);
        body[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vpnc_gets_3des_with_xauth_from_the_policy_of_the_hub),
        cmocka_unit_test(the_choice_is_echoed_with_its_numbers_and_attributes_unmodified),
        cmocka_unit_test(with_plain_psk_allowed_only_the_transform_without_xauth_is_chosen),
        cmocka_unit_test(xauth_wins_even_where_plain_psk_has_the_better_policy),
        cmocka_unit_test(policies_are_tried_by_priority_and_inside_one_the_order_is_the_peers),
        cmocka_unit_test(attributes_may_come_in_any_order),
        cmocka_unit_test(each_value_that_differs_is_named_by_its_rule),
        cmocka_unit_test(aes_needs_its_key_length),
        cmocka_unit_test(transform_ids_other_than_key_ike_are_not_supported),
        cmocka_unit_test(every_form_of_lifetime_is_accepted_and_the_shorter_one_counts),
        cmocka_unit_test(spis_of_0_8_and_16_octets_are_ignored_and_others_malformed),
        cmocka_unit_test(a_protocol_other_than_isakmp_is_malformed),
        cmocka_unit_test(a_later_proposal_may_win),
        cmocka_unit_test(in_aggressive_mode_the_key_exchange_fixes_the_group),
        cmocka_unit_test(a_refusal_names_both_sides_and_the_change),
        cmocka_unit_test(what_no_policy_can_say_is_not_advised),
        cmocka_unit_test(the_nearest_policy_and_offer_explain_the_refusal),
        cmocka_unit_test(authentication_methods_have_hints_of_their_own),
        cmocka_unit_test(without_any_policy_the_refusal_says_so),
        cmocka_unit_test(more_transforms_than_are_looked_at_do_no_harm),
        cmocka_unit_test(no_flipped_bit_of_the_recorded_offer_goes_unnoticed_by_the_sanitizer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
