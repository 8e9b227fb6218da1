/* Phase 1 offers of our own, read back by the responder, and answers to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ike/golden_session.h"
#include "unit/ike/phase1_kit.h"

static void our_offer_has_the_octets_of_ios(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    uint8_t buffer[128];
    struct builder b = builder_of(buffer, sizeof buffer);
    ike_p1_put_offer(&b, &config, AUTH_PSK, 0);
    struct octets want = octets_hex("0000000100000001"
                                    "0000002c01010001"
                                    "0000002401010000"
                                    "80010005800200028004000280030001800b0001000c000400015180");
    assert_false(b.bad);
    assert_int_equal(builder_len(&b), want.len);
    assert_memory_equal(buffer, want.bytes, want.len);
}

/* Initiator with one policy, responder with the same: both must end with the same suite. */
static void agree(const struct isakmp_policy *policy, uint16_t method)
{
    const struct config config = config_of(policy, 1);
    struct octets offer = {.len = 0};
    struct builder b = builder_of(offer.bytes, sizeof offer.bytes);
    ike_p1_put_offer(&b, &config, method, 0);
    assert_false(b.bad);
    struct outcome out = choose(builder_span(&b), &config, BOTH, 0);
    struct ike_suite suite;
    assert_int_equal(out.rc, RC_OK);
    assert_int_equal(ike_p1_accept(octets_span(&out.echo), &config, method, &suite), RC_OK);
    assert_int_equal(suite.cipher, policy->cipher);
    assert_int_equal(suite.key_bits, policy->key_bits);
    assert_int_equal(suite.hash, policy->hash);
    assert_int_equal(suite.group, policy->group);
    assert_int_equal(suite.auth_method, method);
    assert_int_equal(suite.lifetime_s, policy->lifetime_s);
    assert_int_equal(out.suite.cipher, policy->cipher);
    assert_int_equal(out.suite.hash, policy->hash);
    assert_int_equal(out.suite.group, policy->group);
}

static void both_sides_agree_on_every_algorithm(void **state)
{
    (void)state;
    static const struct {
        enum cipher_alg cipher;
        unsigned bits;
    } ciphers[] = {
        {CIPHER_DES, 0}, {CIPHER_3DES, 0}, {CIPHER_AES, 128}, {CIPHER_AES, 192}, {CIPHER_AES, 256}};
    static const enum hash_alg hashes[] = {HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384,
                                           HASH_SHA512};
    static const uint16_t groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21, 31};
    for (size_t c = 0; c < 5; c++)
        for (size_t h = 0; h < 5; h++)
            for (size_t g = 0; g < 10; g++) {
                const struct isakmp_policy policy = {.priority = 1,
                                                     .cipher = ciphers[c].cipher,
                                                     .key_bits = ciphers[c].bits,
                                                     .hash = hashes[h],
                                                     .group = groups[g],
                                                     .lifetime_s = 70000};
                agree(&policy, AUTH_PSK);
                agree(&policy, AUTH_XAUTH_INIT_PSK);
            }
}

static void an_offer_holds_every_psk_policy_of_the_group(void **state)
{
    (void)state;
    struct isakmp_policy policies[] = {branch, modern, branch, branch};
    policies[2].auth = ISAKMP_AUTH_RSA_SIG;
    policies[3].hash = HASH_MD5;
    const struct config config = config_of(policies, 4);
    static const struct {
        uint16_t group;
        uint8_t count;
    } rows[] = {{0, 3}, {2, 2}, {14, 1}};
    for (size_t i = 0; i < 3; i++) {
        uint8_t buffer[256];
        struct builder b = builder_of(buffer, sizeof buffer);
        ike_p1_put_offer(&b, &config, AUTH_PSK, rows[i].group);
        assert_false(b.bad);
        assert_int_equal(buffer[8 + 7], rows[i].count);
        struct outcome out = choose(builder_span(&b), &config, BOTH, 0);
        assert_int_equal(out.rc, RC_OK);
        assert_int_equal(out.choice.transform_count_seen, rows[i].count);
    }
    uint8_t buffer[256];
    struct builder b = builder_of(buffer, sizeof buffer);
    ike_p1_put_offer(&b, &config, AUTH_PSK, 5);
    assert_true(b.bad);
}

static void the_recorded_answer_of_strongswan_is_accepted(void **state)
{
    (void)state;
    const struct isakmp_policy policy = {.priority = 1,
                                         .cipher = CIPHER_AES,
                                         .key_bits = 128,
                                         .hash = HASH_SHA1,
                                         .group = 2,
                                         .lifetime_s = 86400};
    const struct config config = config_of(&policy, 1);
    struct span body = {golden_am2 + IKE_HEADER + 4, 0x3c - 4};
    struct ike_suite suite;
    assert_int_equal(ike_p1_accept(body, &config, AUTH_XAUTH_INIT_PSK, &suite), RC_OK);
    assert_int_equal(suite.lifetime_s, 86400);
    assert_int_equal(ike_p1_accept(body, &config, AUTH_PSK, &suite), RC_NO_PROPOSAL);
}

static void an_answer_that_is_not_one_transform_that_we_offered_is_refused(void **state)
{
    (void)state;
    const struct config config = config_of(&branch, 1);
    struct ike_suite suite = {.policy = 4242};
    static const struct {
        struct kit_proposal proposals[2];
        size_t count;
        enum rc rc;
    } rows[] = {
        {{{1, 1, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}, {2, 1, A_3DES A_SHA A_PSK A_G2}}}},
         1,
         RC_MALFORMED},
        {{{1, 1, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}}},
          {2, 1, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}}}},
         2,
         RC_MALFORMED},
        {{{1, 3, "", {{1, 1, A_3DES A_SHA A_PSK A_G2}}}}, 1, RC_MALFORMED},
        {{{1, 1, "", {{1, 1, "80010001" A_SHA A_PSK A_G2}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 1, "", {{1, 1, A_3DES A_SHA A_XAUTH A_G2}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 1, "", {{1, 1, A_3DES A_SHA A_PSK A_G2 "800d0001"}}}}, 1, RC_NO_PROPOSAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct octets body = kit_body(rows[i].proposals, rows[i].count);
        assert_int_equal(ike_p1_accept(octets_span(&body), &config, AUTH_PSK, &suite), rows[i].rc);
        assert_int_equal(suite.policy, 4242);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_offer_has_the_octets_of_ios),
        cmocka_unit_test(both_sides_agree_on_every_algorithm),
        cmocka_unit_test(an_offer_holds_every_psk_policy_of_the_group),
        cmocka_unit_test(the_recorded_answer_of_strongswan_is_accepted),
        cmocka_unit_test(an_answer_that_is_not_one_transform_that_we_offered_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
