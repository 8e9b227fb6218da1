/* Phase 2 offers of our own: their octets, the responder's reading of them, and the answers that
 * the initiator takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/proposal.h"
#include "unit/ike/proposal_kit.h"

static const struct transform_set des3 = {.name = "myset",
                                          .suite = {PACKET_3DES_CBC, 0, HASH_SHA1, 12}};
static const struct transform_set aes = {.name = "aes",
                                         .suite = {PACKET_AES_CBC, 256, HASH_SHA256, 16}};

static struct octets offer(const struct ike_child_terms *terms)
{
    struct octets body = {.len = 0};
    struct builder b = builder_of(body.bytes, sizeof body.bytes);
    ike_p2_put_offer(&b, terms, 0xf8b3bac8);
    assert_false(b.bad);
    body.len = builder_len(&b);
    return body;
}

static void attributes_stand_in_the_order_of_ios(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&aes};
    const struct ike_child_terms terms = {
        .sets = sets, .set_count = 1, .pfs_group = 14, .lifetime_s = 3600, .lifetime_kb = 4608000};
    struct octets body = offer(&terms);
    struct octets want = octets_hex("0000000100000001"
                                    "0000003801030401f8b3bac8"
                                    "0000002c010c0000"
                                    "80040001"
                                    "80010001"
                                    "80020e10"
                                    "80010002"
                                    "0002000400465000"
                                    "80050005"
                                    "80060100"
                                    "8003000e");
    assert_int_equal(body.len, want.len);
    assert_memory_equal(body.bytes, want.bytes, want.len);
}

static void each_set_is_a_proposal_with_the_same_spi(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&aes, &des3};
    const struct ike_child_terms terms = {
        .sets = sets, .set_count = 2, .lifetime_s = 100000, .natt = NATT_RFC};
    struct octets body = offer(&terms);
    struct octets want = octets_hex("0000000100000001"
                                    "0200002c01030401f8b3bac8"
                                    "00000020010c0000"
                                    "80040003"
                                    "80010001"
                                    "00020004000186a0"
                                    "80050005"
                                    "80060100"
                                    "0000002802030401f8b3bac8"
                                    "0000001c01030000"
                                    "80040003"
                                    "80010001"
                                    "00020004000186a0"
                                    "80050002");
    assert_int_equal(body.len, want.len);
    assert_memory_equal(body.bytes, want.bytes, want.len);
}

static void lifetimes_of_zero_are_left_out(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&des3};
    const struct ike_child_terms terms = {.sets = sets, .set_count = 1, .natt = NATT_DRAFT};
    struct octets body = offer(&terms);
    struct octets want = octets_hex("0000000100000001"
                                    "0000001c01030401f8b3bac8"
                                    "0000001001030000"
                                    "8004f00380050002");
    assert_int_equal(body.len, want.len);
    assert_memory_equal(body.bytes, want.bytes, want.len);
}

static void nothing_to_offer_poisons_the_builder(void **state)
{
    (void)state;
    const struct transform_set odd = {.name = "x", .suite = {PACKET_AES_GCM, 128, HASH_NONE, 10}};
    const struct transform_set *const sets[] = {&odd};
    const struct transform_set *const good[] = {&aes};
    const struct ike_child_terms wrong[] = {
        {.sets = NULL, .set_count = 0},
        {.sets = sets, .set_count = 1},
        {.sets = good, .set_count = 1, .pfs_group = 22},
    };
    for (size_t i = 0; i < 3; i++) {
        uint8_t buffer[256];
        struct builder b = builder_of(buffer, sizeof buffer);
        ike_p2_put_offer(&b, &wrong[i], 1000);
        assert_true(b.bad);
    }
}

/* One set on both sides: choice and acceptance end with the same suite. */
static void agree(const struct packet_suite *suite, uint16_t group, size_t ke_len)
{
    const struct transform_set set = {.name = "s", .suite = *suite};
    const struct transform_set *const sets[] = {&set};
    const struct ike_child_terms terms = {
        .sets = sets, .set_count = 1, .pfs_group = group, .lifetime_s = 3600, .lifetime_kb = 1000};
    struct octets body = offer(&terms);
    struct ike_child_suite chosen;
    struct ike_child_suite accepted;
    struct ike_choice choice;
    struct decision decision;
    uint8_t buffer[256];
    uint32_t spi = 0;
    struct builder b = builder_of(buffer, sizeof buffer);
    assert_int_equal(ike_p2_choose(octets_span(&body), &terms, ke_len, &chosen, &choice, &decision),
                     RC_OK);
    ike_p2_put_choice(&b, &choice, 0x68bc0109);
    assert_int_equal(ike_p2_accept(builder_span(&b), &terms, &accepted, &spi), RC_OK);
    assert_int_equal(spi, 0x68bc0109);
    assert_int_equal(accepted.packet.cipher, suite->cipher);
    assert_int_equal(accepted.packet.key_bits, suite->key_bits);
    assert_int_equal(accepted.packet.integrity, suite->integrity);
    assert_int_equal(accepted.packet.icv_len, suite->icv_len);
    assert_int_equal(chosen.packet.cipher, accepted.packet.cipher);
    assert_int_equal(accepted.pfs_group, group);
    assert_int_equal(accepted.lifetime_s, 3600);
    assert_int_equal(accepted.lifetime_kb, 1000);
    assert_false(chosen.tell_lifetime);
    struct transform_set again = ike_child_as_set(&accepted);
    assert_int_equal(again.suite.cipher, suite->cipher);
    assert_int_equal(again.suite.integrity, suite->integrity);
    assert_false(again.transport);
}

static void both_sides_agree_on_every_suite(void **state)
{
    (void)state;
    static const struct packet_suite ciphers[] = {
        {PACKET_DES_CBC, 0, HASH_NONE, 0},   {PACKET_3DES_CBC, 0, HASH_NONE, 0},
        {PACKET_NULL, 0, HASH_NONE, 0},      {PACKET_AES_CBC, 128, HASH_NONE, 0},
        {PACKET_AES_CBC, 192, HASH_NONE, 0}, {PACKET_AES_CBC, 256, HASH_NONE, 0},
        {PACKET_AES_CTR, 256, HASH_NONE, 0},
    };
    static const struct {
        enum hash_alg hash;
        uint8_t icv;
    } hashes[] = {
        {HASH_MD5, 12}, {HASH_SHA1, 12}, {HASH_SHA256, 16}, {HASH_SHA384, 24}, {HASH_SHA512, 32}};
    for (size_t c = 0; c < sizeof ciphers / sizeof *ciphers; c++)
        for (size_t h = 0; h < 5; h++) {
            struct packet_suite suite = ciphers[c];
            suite.integrity = hashes[h].hash;
            suite.icv_len = hashes[h].icv;
            agree(&suite, 0, 0);
            agree(&suite, 2, 128);
        }
    for (uint8_t tag = 8; tag <= 16; tag = (uint8_t)(tag + 4))
        for (uint16_t bits = 128; bits <= 256; bits = (uint16_t)(bits + 64)) {
            const struct packet_suite suite = {PACKET_AES_GCM, bits, HASH_NONE, tag};
            agree(&suite, 0, 0);
            agree(&suite, 31, 32);
        }
}

static void an_answer_that_we_did_not_offer_is_refused(void **state)
{
    (void)state;
    const struct transform_set *const sets[] = {&des3};
    struct ike_child_terms terms = {
        .sets = sets, .set_count = 1, .lifetime_s = 3600, .pfs_group = 2};
    static const struct {
        struct kit_proposal proposals[2];
        size_t count;
        enum rc rc;
    } rows[] = {
        {{{1, 3, "01020304", {{1, 3, "800400018005000280030002"}}}}, 1, RC_OK},
        {{{1, 3, "01020304", {{1, 3, "8005000280030002"}}}}, 1, RC_OK},
        {{{1, 3, "01020304", {{1, 3, "8005000280030002"}, {2, 3, "8005000280030002"}}}},
         1,
         RC_MALFORMED},
        {{{1, 3, "01020304", {{1, 3, "8005000280030002"}}},
          {2, 3, "01020304", {{1, 3, "8005000280030002"}}}},
         2,
         RC_MALFORMED},
        {{{1, 3, "01020304", {{1, 3, "80050002"}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 3, "01020304", {{1, 3, "800500028003000e"}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 3, "01020304", {{1, 2, "8005000280030002"}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 3, "01020304", {{1, 3, "8005000180030002"}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 3, "01020304", {{1, 3, "800500028003000280040002"}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 3, "000000ff", {{1, 3, "8005000280030002"}}}}, 1, RC_NO_PROPOSAL},
        {{{1, 2, "01020304", {{1, 3, "8005000280030002"}}}}, 1, RC_NO_PROPOSAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct octets body = kit_body(rows[i].proposals, rows[i].count);
        struct ike_child_suite suite = {.lifetime_s = 4242};
        uint32_t spi = 4242;
        assert_int_equal(ike_p2_accept(octets_span(&body), &terms, &suite, &spi), rows[i].rc);
        assert_int_equal(spi, rows[i].rc == RC_OK ? 0x01020304 : 4242);
        assert_int_equal(suite.lifetime_s, rows[i].rc == RC_OK ? 3600 : 4242);
    }
    /* And a group that was not asked for. */
    terms.pfs_group = 0;
    struct octets body = kit_body(rows[0].proposals, 1);
    struct ike_child_suite suite;
    uint32_t spi;
    assert_int_equal(ike_p2_accept(octets_span(&body), &terms, &suite, &spi), RC_NO_PROPOSAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_stand_in_the_order_of_ios),
        cmocka_unit_test(each_set_is_a_proposal_with_the_same_spi),
        cmocka_unit_test(lifetimes_of_zero_are_left_out),
        cmocka_unit_test(nothing_to_offer_poisons_the_builder),
        cmocka_unit_test(both_sides_agree_on_every_suite),
        cmocka_unit_test(an_answer_that_we_did_not_offer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
