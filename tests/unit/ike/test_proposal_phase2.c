/* Phase 2 proposals: the recorded quick mode, every rule, PFS, lifetimes, words of refusals, our
 * own offers read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "ike/proposal.h"
#include "unit/ike/golden_session.h"
#include "unit/ike/proposal_kit.h"

#define SPI "633d37e2"

static const struct transform_set myset = {
    .name = "myset",
    .suite = {.cipher = PACKET_3DES_CBC, .integrity = HASH_SHA1, .icv_len = 12},
    .line = 71};
static const struct transform_set aes128 = {
    .name = "aes128",
    .suite = {.cipher = PACKET_AES_CBC, .key_bits = 128, .integrity = HASH_SHA1, .icv_len = 12},
    .line = 72};
static const struct transform_set gcm = {
    .name = "gcm", .suite = {.cipher = PACKET_AES_GCM, .key_bits = 256, .icv_len = 16}, .line = 73};

static const struct transform_set *const only_myset[] = {&myset};
static const struct ike_child_terms branch_terms = {
    .sets = only_myset, .set_count = 1, .lifetime_s = 3600, .lifetime_kb = 4608000};

struct outcome {
    enum rc rc;
    struct ike_child_suite suite;
    struct ike_choice choice;
    struct decision decision;
    uint8_t spi[4];
    struct octets echo; /* of the choice, with SPI 4e01d28b */
};

static struct outcome choose(struct span body, const struct ike_child_terms *terms, size_t ke_len)
{
    struct outcome out = {.suite.lifetime_s = 4242};
    uint8_t *exact = octets_exact(body.at, body.len);
    out.rc = ike_p2_choose((struct span){exact, body.len}, terms, ke_len, &out.suite, &out.choice,
                           &out.decision);
    if (out.rc == RC_OK) {
        struct builder b = builder_of(out.echo.bytes, sizeof out.echo.bytes);
        ike_p2_put_choice(&b, &out.choice, 0x4e01d28b);
        assert_false(b.bad);
        out.echo.len = builder_len(&b);
        assert_int_equal(out.choice.spi.len, 4);
        memcpy(out.spi, out.choice.spi.at, 4);
    }
    assert_int_equal(out.decision.stage, STAGE_TRANSFORM);
    assert_int_equal(out.decision.accepted, out.rc == RC_OK);
    free(exact);
    return out;
}

static struct outcome choose_one(uint8_t id, const char *attrs, const struct ike_child_terms *terms,
                                 size_t ke_len)
{
    const struct kit_proposal proposal = {1, PROTOCOL_ESP, SPI, {{1, id, attrs}}};
    struct octets body = kit_body(&proposal, 1);
    return choose(octets_span(&body), terms, ke_len);
}

static struct ike_child_terms terms_of(const struct transform_set *const *set, size_t count)
{
    struct ike_child_terms terms = branch_terms;
    terms.sets = set;
    terms.set_count = count;
    return terms;
}

static struct span recorded_sa(const uint8_t *plain, size_t len)
{
    static struct ike_chain chain;
    assert_int_equal(ike_chain_parse(PAYLOAD_HASH, (struct span){plain, len}, &chain), RC_OK);
    return ike_chain_find(&chain, PAYLOAD_SA, 0)->body;
}

static void the_recorded_quick_mode_is_chosen_and_echoed(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&aes128};
    struct ike_child_terms terms = terms_of(sets, 1);
    terms.natt = NATT_RFC;
    struct outcome out = choose(recorded_sa(golden_qm1_plain, sizeof golden_qm1_plain), &terms, 0);
    struct octets want = octets_hex("0000000100000001"
                                    "0000002c040304014e01d28b"
                                    "00000020000c0000"
                                    "80060080800400038005000280010001000200040020c49b");
    assert_int_equal(out.rc, RC_OK);
    assert_memory_equal(out.spi, "\x63\x3d\x37\xe2", 4);
    assert_int_equal(out.echo.len, want.len);
    assert_memory_equal(out.echo.bytes, want.bytes, want.len);
    assert_int_equal(out.suite.encapsulation, 3);
    assert_int_equal(out.suite.lifetime_s, 3600);
    assert_true(out.suite.tell_lifetime);
    assert_int_equal(out.suite.pfs_group, 0);
    assert_int_equal(packet_key_len(&out.suite.packet), sizeof golden_keymat_to_responder);
}

static void the_recorded_answer_is_accepted_by_who_offered_it(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&gcm, &aes128};
    struct ike_child_terms terms = terms_of(sets, 2);
    struct ike_child_suite suite;
    uint32_t spi = 0;
    terms.natt = NATT_RFC;
    terms.lifetime_s = 2147483;
    assert_int_equal(
        ike_p2_accept(recorded_sa(golden_qm2_plain, sizeof golden_qm2_plain), &terms, &suite, &spi),
        RC_OK);
    assert_int_equal(spi, GOLDEN_SPI_TO_RESPONDER);
    assert_int_equal(suite.packet.cipher, PACKET_AES_CBC);
    assert_int_equal(suite.packet.key_bits, 128);
    assert_int_equal(suite.lifetime_s, 2147483);
    assert_false(suite.tell_lifetime);
}

static void every_transform_id_is_the_cipher_of_its_rfc(void **state)
{
    (void)state;
    static const struct {
        uint8_t id;
        const char *attrs;
        struct packet_suite suite;
    } rows[] = {
        {2, "80050001", {PACKET_DES_CBC, 0, HASH_MD5, 12}},
        {3, "80050002", {PACKET_3DES_CBC, 0, HASH_SHA1, 12}},
        {11, "80050002", {PACKET_NULL, 0, HASH_SHA1, 12}},
        {12,
         "80050005"
         "80060080",
         {PACKET_AES_CBC, 128, HASH_SHA256, 16}},
        {12,
         "80050006"
         "800600c0",
         {PACKET_AES_CBC, 192, HASH_SHA384, 24}},
        {12,
         "80050007"
         "80060100",
         {PACKET_AES_CBC, 256, HASH_SHA512, 32}},
        {12, "80050002", {PACKET_AES_CBC, 128, HASH_SHA1, 12}},
        {13,
         "80050002"
         "80060100",
         {PACKET_AES_CTR, 256, HASH_SHA1, 12}},
        {18, "80060080", {PACKET_AES_GCM, 128, HASH_NONE, 8}},
        {19, "800600c0", {PACKET_AES_GCM, 192, HASH_NONE, 12}},
        {20, "80060100", {PACKET_AES_GCM, 256, HASH_NONE, 16}},
        {20, "", {PACKET_AES_GCM, 128, HASH_NONE, 16}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct transform_set set = {.name = "s", .suite = rows[i].suite};
        const struct transform_set *const sets[] = {&set};
        const struct ike_child_terms terms = terms_of(sets, 1);
        struct outcome out = choose_one(rows[i].id, rows[i].attrs, &terms, 0);
        assert_int_equal(out.rc, RC_OK);
        assert_int_equal(out.suite.packet.cipher, rows[i].suite.cipher);
        assert_int_equal(out.suite.packet.key_bits, rows[i].suite.key_bits);
        assert_int_equal(out.suite.packet.integrity, rows[i].suite.integrity);
        assert_int_equal(out.suite.packet.icv_len, rows[i].suite.icv_len);
        assert_true(packet_key_len(&out.suite.packet) > 0);
    }
}

static void each_value_that_differs_is_named_by_its_rule(void **state)
{
    (void)state;
    static const struct {
        uint8_t id;
        const char *attrs;
        enum decision_rule rule;
    } rows[] = {
        {2, "80050002", RULE_CIPHER},
        {12, "80050002", RULE_CIPHER},
        {22, "80050002", RULE_CIPHER},
        {0, "80050002", RULE_CIPHER},
        {3,
         "80050002"
         "800600c0",
         RULE_KEY_LENGTH},
        {3, "80050001", RULE_HASH_ALGORITHM},
        {3, "80050003", RULE_HASH_ALGORITHM},
        {3, "80040001", RULE_HASH_ALGORITHM},
        {3,
         "80050002"
         "80040002",
         RULE_ENCAPSULATION},
        {3,
         "80050002"
         "80040003",
         RULE_ENCAPSULATION},
        {3,
         "80050002"
         "80040004",
         RULE_ENCAPSULATION},
        {3,
         "80050002"
         "8004f003",
         RULE_ENCAPSULATION},
        {3,
         "80050002"
         "800b0001",
         RULE_UNSUPPORTED},
        {3,
         "80050002"
         "80050002",
         RULE_UNSUPPORTED},
        {3,
         "80050002"
         "800a0001",
         RULE_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome out = choose_one(rows[i].id, rows[i].attrs, &branch_terms, 0);
        assert_int_equal(out.rc, RC_NO_PROPOSAL);
        assert_int_equal(out.decision.rule, rows[i].rule);
        assert_int_equal(out.decision.candidates[0].rule, rows[i].rule);
        assert_string_equal(out.decision.candidates[0].name, "transform-set myset");
        assert_int_equal(out.decision.candidates[0].line, 71);
        assert_int_equal(out.suite.lifetime_s, 4242);
    }
}

static void gcm_has_no_authentication_attribute_and_its_tag_length_counts(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&gcm};
    const struct ike_child_terms terms = terms_of(sets, 1);
    assert_int_equal(choose_one(20, "80060100", &terms, 0).rc, RC_OK);
    struct outcome out = choose_one(20,
                                    "80060100"
                                    "80050002",
                                    &terms, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_int_equal(out.decision.rule, RULE_HASH_ALGORITHM);
    out = choose_one(18, "80060100", &terms, 0);
    assert_int_equal(out.decision.rule, RULE_CIPHER);
    out = choose_one(20, "", &terms, 0);
    assert_int_equal(out.decision.rule, RULE_KEY_LENGTH);
}

static void the_encapsulation_is_the_tunnel_of_the_paths_nat_dialect(void **state)
{
    (void)state;
    static const struct {
        enum ike_natt_kind natt;
        uint16_t tunnel;
        uint16_t transport;
    } rows[] = {{NATT_NONE, 1, 2}, {NATT_DRAFT, 61443, 61444}, {NATT_RFC, 3, 4}};
    struct ike_child_terms terms = branch_terms;
    for (size_t i = 0; i < 3; i++) {
        char attrs[64];
        terms.natt = rows[i].natt;
        for (size_t k = 0; k < 3; k++) {
            snprintf(attrs, sizeof attrs, "800500028004%04x", (unsigned)rows[k].tunnel);
            struct outcome out = choose_one(3, attrs, &terms, 0);
            assert_int_equal(out.rc, i == k ? RC_OK : RC_NO_PROPOSAL);
            if (i == k)
                assert_int_equal(out.suite.encapsulation, rows[i].tunnel);
            snprintf(attrs, sizeof attrs, "800500028004%04x", (unsigned)rows[k].transport);
            out = choose_one(3, attrs, &terms, 0);
            assert_int_equal(out.rc, RC_NO_PROPOSAL);
            assert_int_equal(out.decision.rule, RULE_ENCAPSULATION);
        }
        struct outcome out = choose_one(3, "80050002", &terms, 0);
        assert_int_equal(out.rc, RC_OK);
        assert_int_equal(out.suite.encapsulation, rows[i].tunnel);
    }
}

static void transport_mode_is_refused_in_words(void **state)
{
    (void)state;
    struct outcome out = choose_one(3, "8005000280040002", &branch_terms, 0);
    assert_string_equal(out.decision.ours,
                        "transform-set myset (line 71): esp-3des esp-sha-hmac tunnel");
    assert_string_equal(out.decision.theirs, "esp-3des esp-sha-hmac transport");
    assert_string_equal(out.decision.hint, "let the peer use mode tunnel");
}

static void group_and_key_exchange_must_agree_with_each_other_and_with_the_entry(void **state)
{
    (void)state;
    static const struct {
        uint16_t wanted;
        const char *attrs;
        size_t ke_len;
        uint16_t group; /* agreed on; UINT16_MAX: refused */
    } rows[] = {
        {0, "80050002", 0, 0},
        {0,
         "80050002"
         "80030002",
         128, 2},
        {0,
         "80050002"
         "8003000e",
         256, 14},
        {0,
         "80050002"
         "80030013",
         64, 19},
        {2,
         "80050002"
         "80030002",
         128, 2},
        {0,
         "80050002"
         "80030002",
         0, UINT16_MAX},
        {0,
         "80050002"
         "80030002",
         127, UINT16_MAX},
        {0,
         "80050002"
         "80030002",
         256, UINT16_MAX},
        {0, "80050002", 128, UINT16_MAX},
        {0,
         "80050002"
         "80030016",
         128, UINT16_MAX},
        {2, "80050002", 0, UINT16_MAX},
        {2, "80050002", 128, UINT16_MAX},
        {2,
         "80050002"
         "8003000e",
         256, UINT16_MAX},
        {14,
         "80050002"
         "80030002",
         128, UINT16_MAX},
    };
    struct ike_child_terms terms = branch_terms;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        terms.pfs_group = rows[i].wanted;
        struct outcome out = choose_one(3, rows[i].attrs, &terms, rows[i].ke_len);
        assert_int_equal(out.rc, rows[i].group == UINT16_MAX ? RC_NO_PROPOSAL : RC_OK);
        if (out.rc == RC_OK)
            assert_int_equal(out.suite.pfs_group, rows[i].group);
        else
            assert_int_equal(out.decision.rule, RULE_PFS);
    }
}

static void pfs_refusals_say_what_to_set(void **state)
{
    (void)state;
    struct ike_child_terms terms = branch_terms;
    terms.pfs_group = 2;
    struct outcome out = choose_one(3, "80050002", &terms, 0);
    assert_string_equal(out.decision.ours,
                        "transform-set myset (line 71): esp-3des esp-sha-hmac tunnel PFS group 2");
    assert_string_equal(out.decision.theirs, "esp-3des esp-sha-hmac");
    assert_string_equal(out.decision.hint,
                        "let the peer use PFS group 2, or remove set pfs from the map entry");
    out = choose_one(3, "800500028003000e", &terms, 256);
    assert_string_equal(out.decision.theirs, "esp-3des esp-sha-hmac PFS group 14");
    assert_string_equal(out.decision.hint,
                        "set pfs group14 in the map entry, or let the peer use PFS group 2");
}

static void the_shorter_lifetime_counts_and_ours_is_told_when_it_is_shorter(void **state)
{
    (void)state;
    static const struct {
        const char *attrs;
        uint32_t seconds;
        uint64_t kilobytes;
        bool tell;
    } rows[] = {
        {"80010001"
         "80020e10"
         "80010002"
         "0002000400465000",
         3600, 4608000, false},
        {"80010001"
         "80020078"
         "80010002"
         "00020004000003e8",
         120, 1000, false},
        {"80010001"
         "00020004"
         "0020c49b",
         3600, 4608000, true},
        {"80010001"
         "80020e10"
         "80010002"
         "00020004"
         "7fffffff",
         3600, 4608000, true},
        {"80010001"
         "80020e10",
         3600, 4608000, false},
        {"", 3600, 4608000, true}, /* 28800 s by default (RFC 2407, 4.5) */
        {"80010001"
         "0002000a"
         "ffffffffffffffffffff",
         3600, 4608000, true},
        {"80010001"
         "80020000",
         3600, 4608000, true},
        {"80010003"
         "80020001"
         "80010001"
         "80020e10",
         3600, 4608000, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char attrs[128];
        snprintf(attrs, sizeof attrs, "80050002%s", rows[i].attrs);
        struct outcome out = choose_one(3, attrs, &branch_terms, 0);
        assert_int_equal(out.rc, RC_OK);
        assert_int_equal(out.suite.lifetime_s, rows[i].seconds);
        assert_true(out.suite.lifetime_kb == rows[i].kilobytes);
        assert_int_equal(out.suite.tell_lifetime, rows[i].tell);
    }
}

static void without_limits_of_ours_the_peers_count(void **state)
{
    (void)state;
    struct ike_child_terms terms = branch_terms;
    terms.lifetime_s = 0;
    terms.lifetime_kb = 0;
    struct outcome out = choose_one(3, "80050002", &terms, 0);
    assert_int_equal(out.suite.lifetime_s, 28800);
    assert_int_equal(out.suite.lifetime_kb, 0);
    assert_false(out.suite.tell_lifetime);
}

static void sets_are_tried_in_order_and_inside_one_the_order_is_the_peers(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&aes128, &myset};
    const struct ike_child_terms terms = terms_of(sets, 2);
    const struct kit_proposal proposals[] = {
        {1, PROTOCOL_ESP, SPI, {{1, 3, "80050002"}}},
        {2, PROTOCOL_ESP, SPI, {{5, 12, "8005000580060080"}, {6, 12, "8005000280060080"}}},
        {3, PROTOCOL_ESP, "01020304", {{7, 12, "80050002"}}}};
    struct octets body = kit_body(proposals, 3);
    struct outcome out = choose(octets_span(&body), &terms, 0);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.choice.proposal_number, 2);
    assert_int_equal(out.echo.bytes[8 + 12 + 4], 6);
    assert_int_equal(out.decision.candidates[0].rule, RULE_CHOSEN);
    assert_int_equal(out.decision.candidates[1].rule, RULE_NOT_TRIED);
    assert_string_equal(out.decision.ours,
                        "transform-set aes128 (line 72): esp-aes esp-sha-hmac tunnel");
}

static void bundles_and_other_protocols_are_skipped(void **state)
{
    (void)state;
    const struct kit_proposal bundle[] = {{1, PROTOCOL_ESP, SPI, {{1, 3, "80050002"}}},
                                          {1, PROTOCOL_IPCOMP, "0002", {{1, 2, "80040001"}}},
                                          {2, PROTOCOL_AH, SPI, {{1, 3, "80050002"}}},
                                          {3, PROTOCOL_ESP, "01020304", {{1, 3, "80050002"}}}};
    struct octets body = kit_body(bundle, 4);
    struct outcome out = choose(octets_span(&body), &branch_terms, 0);
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(out.choice.proposal_number, 3);
    assert_memory_equal(out.spi, "\1\2\3\4", 4);
    body = kit_body(bundle, 2);
    out = choose(octets_span(&body), &branch_terms, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_int_equal(out.decision.rule, RULE_UNSUPPORTED);
    assert_string_equal(out.decision.theirs, "esp-3des esp-sha-hmac in a bundle");
    assert_string_equal(out.decision.hint,
                        "let the peer offer ESP alone with esp-3des esp-sha-hmac");
}

static void an_spi_must_have_4_octets_and_not_be_reserved(void **state)
{
    (void)state;
    static const struct {
        const char *spi;
        enum rc rc;
    } rows[] = {
        {"", RC_NO_PROPOSAL},           {"0100", RC_NO_PROPOSAL}, {"00000000", RC_NO_PROPOSAL},
        {"000000ff", RC_NO_PROPOSAL},   {"00000100", RC_OK},      {"ffffffff", RC_OK},
        {"0000010000", RC_NO_PROPOSAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct kit_proposal proposal = {1, PROTOCOL_ESP, rows[i].spi, {{1, 3, "80050002"}}};
        struct octets body = kit_body(&proposal, 1);
        assert_int_equal(choose(octets_span(&body), &branch_terms, 0).rc, rows[i].rc);
    }
}

static void a_refusal_names_both_sides_and_the_change(void **state)
{
    (void)state;
    struct outcome out = choose_one(12,
                                    "8005000580060100"
                                    "80040001",
                                    &branch_terms, 0);
    assert_int_equal(out.rc, RC_NO_PROPOSAL);
    assert_string_equal(out.decision.theirs, "esp-aes 256 esp-sha256-hmac tunnel");
    assert_string_equal(out.decision.hint,
                        "add a transform-set esp-aes 256 esp-sha256-hmac to the map entry, or let "
                        "the peer offer esp-3des esp-sha-hmac");
    out = choose_one(22, "80050009", &branch_terms, 0);
    assert_string_equal(out.decision.theirs, "ESP transform 22 authentication 9");
    const struct ike_child_terms none = terms_of(NULL, 0);
    out = choose_one(3, "80050002", &none, 0);
    assert_string_equal(out.decision.ours, "no transform-set");
}

static void a_malformed_payload_is_told_from_one_that_does_not_fit(void **state)
{
    (void)state;
    struct span body = recorded_sa(golden_qm1_plain, sizeof golden_qm1_plain);
    for (size_t n = 0; n < body.len; n++) {
        struct outcome out = choose((struct span){body.at, n}, &branch_terms, 0);
        assert_int_equal(out.rc, RC_MALFORMED);
        assert_int_equal(out.suite.lifetime_s, 4242);
    }
}

static void no_flipped_bit_of_the_recorded_offer_goes_unnoticed_by_the_sanitizer(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&gcm, &aes128, &myset};
    const struct ike_child_terms terms = terms_of(sets, 3);
    struct span body = recorded_sa(golden_qm1_plain, sizeof golden_qm1_plain);
    uint8_t *copy = octets_exact(body.at, body.len);
    for (size_t bit = 0; bit < body.len * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct outcome out = choose((struct span){copy, body.len}, &terms, 0);
        assert_true(out.rc == RC_OK || out.rc == RC_MALFORMED || out.rc == RC_NO_PROPOSAL);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recorded_quick_mode_is_chosen_and_echoed),
        cmocka_unit_test(the_recorded_answer_is_accepted_by_who_offered_it),
        cmocka_unit_test(every_transform_id_is_the_cipher_of_its_rfc),
        cmocka_unit_test(each_value_that_differs_is_named_by_its_rule),
        cmocka_unit_test(gcm_has_no_authentication_attribute_and_its_tag_length_counts),
        cmocka_unit_test(the_encapsulation_is_the_tunnel_of_the_paths_nat_dialect),
        cmocka_unit_test(transport_mode_is_refused_in_words),
        cmocka_unit_test(group_and_key_exchange_must_agree_with_each_other_and_with_the_entry),
        cmocka_unit_test(pfs_refusals_say_what_to_set),
        cmocka_unit_test(the_shorter_lifetime_counts_and_ours_is_told_when_it_is_shorter),
        cmocka_unit_test(without_limits_of_ours_the_peers_count),
        cmocka_unit_test(sets_are_tried_in_order_and_inside_one_the_order_is_the_peers),
        cmocka_unit_test(bundles_and_other_protocols_are_skipped),
        cmocka_unit_test(an_spi_must_have_4_octets_and_not_be_reserved),
        cmocka_unit_test(a_refusal_names_both_sides_and_the_change),
        cmocka_unit_test(a_malformed_payload_is_told_from_one_that_does_not_fit),
        cmocka_unit_test(no_flipped_bit_of_the_recorded_offer_goes_unnoticed_by_the_sanitizer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
