/* NAT detection: the dialects, the hashes of the recorded session, and verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/natt.h"
#include "unit/base/octets.h"
#include "unit/ike/chain.h"
#include "unit/ike/golden_session.h"

static struct endpoint endpoint_of(uint32_t addr, uint16_t port)
{
    return (struct endpoint){addr_v4(addr), port};
}

enum { VPNC = 0x0a4d0001, STRONGSWAN = 0x0a4d0002 };

static void the_best_dialect_that_both_speak_is_chosen(void **state)
{
    (void)state;
    static const struct {
        uint32_t offered;
        enum ike_natt_kind kind;
        enum vendor answer;
    } rows[] = {
        {0, NATT_NONE, VENDOR_COUNT},
        {1u << VENDOR_DPD, NATT_NONE, VENDOR_COUNT},
        {1u << VENDOR_NATT_00 | 1u << VENDOR_NATT_01, NATT_NONE, VENDOR_COUNT},
        {1u << VENDOR_NATT_02, NATT_DRAFT, VENDOR_NATT_02},
        {1u << VENDOR_NATT_02 | 1u << VENDOR_NATT_02N, NATT_DRAFT, VENDOR_NATT_02N},
        {1u << VENDOR_NATT_02 | 1u << VENDOR_NATT_03, NATT_DRAFT, VENDOR_NATT_03},
        {1u << VENDOR_NATT_03 | 1u << VENDOR_NATT_04_TO_08, NATT_RFC, VENDOR_NATT_RFC3947},
        {UINT32_MAX >> (32 - VENDOR_COUNT), NATT_RFC, VENDOR_NATT_RFC3947},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(natt_choose(rows[i].offered), rows[i].kind);
        assert_int_equal(natt_answer(rows[i].offered), rows[i].answer);
    }
    assert_int_equal(natt_payload(NATT_RFC), PAYLOAD_NATD);
    assert_int_equal(natt_payload(NATT_DRAFT), PAYLOAD_NATD_DRAFT);
}

static void hashes_of_the_recorded_session_come_out(void **state)
{
    (void)state;
    static const struct {
        uint32_t addr;
        uint16_t port;
        const char *hex;
    } rows[] = {
        {VPNC, 500, "d2c2652f090647472363a84aea05c92ec80c4d50"},
        {STRONGSWAN, 500, "b3e2da412e6713f8be7148ae250cb1076af4f93d"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct octets want = octets_hex(rows[i].hex);
        uint8_t hash[HASH_MAX];
        assert_int_equal(natt_hash(HASH_SHA1, golden_cky_i, golden_cky_r,
                                   endpoint_of(rows[i].addr, rows[i].port), hash),
                         RC_OK);
        assert_memory_equal(hash, want.bytes, 20);
    }
    uint8_t hash[HASH_MAX];
    assert_int_equal(natt_hash(HASH_NONE, golden_cky_i, golden_cky_r, endpoint_of(VPNC, 500), hash),
                     RC_CRYPTO);
}

static void an_ipv6_endpoint_enters_with_16_octets(void **state)
{
    (void)state;
    struct endpoint endpoint = {.port = 500};
    uint8_t flat[8 + 8 + 16 + 2] = {0};
    uint8_t want[HASH_MAX];
    uint8_t got[HASH_MAX];
    assert_int_equal(addr_parse("2001:db8::3", &endpoint.addr), RC_OK);
    memcpy(flat, golden_cky_i, 8);
    memcpy(flat + 8, golden_cky_r, 8);
    memcpy(flat + 16, endpoint.addr.bytes, 16);
    flat[32] = 500 >> 8;
    flat[33] = 500 & 0xff;
    struct span part = {flat, sizeof flat};
    assert_int_equal(hash_compute(HASH_MD5, &part, 1, want), RC_OK);
    assert_int_equal(natt_hash(HASH_MD5, golden_cky_i, golden_cky_r, endpoint, got), RC_OK);
    assert_memory_equal(got, want, 16);
}

static struct natt_verdict judge(const struct ike_chain *chain, enum ike_natt_kind kind,
                                 struct endpoint local, struct endpoint remote, bool natt)
{
    const struct ike_path path = {local, remote, natt};
    struct natt_verdict verdict;
    assert_int_equal(
        natt_judge(chain, kind, HASH_SHA1, golden_cky_i, golden_cky_r, &path, &verdict), RC_OK);
    return verdict;
}

static void the_recorded_am2_says_that_only_the_forced_side_is_behind_nat(void **state)
{
    (void)state;
    struct ike_chain chain;
    struct span body = {golden_am2 + IKE_HEADER, sizeof golden_am2 - IKE_HEADER};
    assert_int_equal(ike_chain_parse(PAYLOAD_SA, body, &chain), RC_OK);
    struct natt_verdict verdict =
        judge(&chain, NATT_RFC, endpoint_of(VPNC, 500), endpoint_of(STRONGSWAN, 500), false);
    assert_true(verdict.present);
    assert_false(verdict.we_are_behind);
    assert_true(verdict.peer_is_behind);
}

static void
the_recorded_am3_floated_with_hashes_of_port_500_because_the_responder_forced_it(void **state)
{
    (void)state;
    struct ike_chain chain;
    struct span body = {golden_am3_plain, sizeof golden_am3_plain};
    assert_int_equal(ike_chain_parse(PAYLOAD_HASH, body, &chain), RC_OK);
    struct natt_verdict verdict =
        judge(&chain, NATT_RFC, endpoint_of(STRONGSWAN, 4500), endpoint_of(VPNC, 4500), true);
    assert_true(verdict.present);
    assert_true(verdict.we_are_behind);
    assert_false(verdict.peer_is_behind);
    verdict = judge(&chain, NATT_RFC, endpoint_of(STRONGSWAN, 4500), endpoint_of(0x05060708, 31234),
                    true);
    assert_false(verdict.we_are_behind);
    assert_true(verdict.peer_is_behind);
    verdict =
        judge(&chain, NATT_RFC, endpoint_of(STRONGSWAN, 4500), endpoint_of(VPNC, 4500), false);
    assert_true(verdict.we_are_behind && verdict.peer_is_behind);
}

/* What `from` writes and `at` sees, after a NAT has put `seen` in place of the writer's endpoint
 * and delivered to `local`. */
static struct natt_verdict exchange(struct endpoint from, struct endpoint to, struct endpoint seen,
                                    struct endpoint local, bool force)
{
    static uint8_t buffer[256];
    uint8_t first = 0;
    struct ike_writer w;
    struct ike_chain chain;
    const struct ike_path path = {.local = from, .remote = to};
    chain_start(&w, buffer, sizeof buffer);
    assert_int_equal(natt_put(&w, NATT_DRAFT, HASH_SHA1, golden_cky_i, golden_cky_r, &path, force),
                     RC_OK);
    struct span octets = chain_finish(&w, &first);
    assert_int_equal(ike_chain_parse(first, octets, &chain), RC_OK);
    assert_int_equal(ike_chain_count(&chain, PAYLOAD_NATD_DRAFT), 2);
    return judge(&chain, NATT_DRAFT, local, seen, false);
}

static void verdicts_follow_the_addresses_and_ports_that_changed(void **state)
{
    (void)state;
    const struct endpoint a = endpoint_of(0xc0a80102, 500);
    const struct endpoint b = endpoint_of(0xcb007109, 500);
    const struct endpoint outside = endpoint_of(0xc6336401, 500);
    const struct endpoint other_port = endpoint_of(0xc0a80102, 1024);
    struct natt_verdict verdict = exchange(a, b, a, b, false);
    assert_true(verdict.present && !verdict.we_are_behind && !verdict.peer_is_behind);
    verdict = exchange(a, b, outside, b, false);
    assert_true(!verdict.we_are_behind && verdict.peer_is_behind);
    verdict = exchange(a, b, other_port, b, false);
    assert_true(!verdict.we_are_behind && verdict.peer_is_behind);
    verdict = exchange(a, outside, a, b, false);
    assert_true(verdict.we_are_behind && !verdict.peer_is_behind);
    verdict = exchange(a, outside, outside, b, false);
    assert_true(verdict.we_are_behind && verdict.peer_is_behind);
}

static void a_forced_side_looks_as_if_behind_nat(void **state)
{
    (void)state;
    const struct endpoint a = endpoint_of(0xc0a80102, 500);
    const struct endpoint b = endpoint_of(0xcb007109, 500);
    struct natt_verdict verdict = exchange(a, b, a, b, true);
    assert_true(verdict.present && !verdict.we_are_behind && verdict.peer_is_behind);
}

static void payloads_of_another_dialect_are_not_looked_at(void **state)
{
    (void)state;
    struct ike_chain chain;
    struct span body = {golden_am2 + IKE_HEADER, sizeof golden_am2 - IKE_HEADER};
    assert_int_equal(ike_chain_parse(PAYLOAD_SA, body, &chain), RC_OK);
    static const enum ike_natt_kind others[] = {NATT_DRAFT, NATT_NONE};
    for (size_t i = 0; i < 2; i++) {
        struct natt_verdict verdict =
            judge(&chain, others[i], endpoint_of(VPNC, 500), endpoint_of(STRONGSWAN, 500), false);
        assert_false(verdict.present || verdict.we_are_behind || verdict.peer_is_behind);
    }
}

static void one_of_several_addresses_of_the_peer_is_enough(void **state)
{
    (void)state;
    static uint8_t buffer[256];
    uint8_t hash[HASH_MAX];
    uint8_t first = 0;
    struct ike_writer w;
    struct ike_chain chain;
    const struct endpoint us = endpoint_of(STRONGSWAN, 500);
    const struct endpoint them[] = {endpoint_of(1, 500), endpoint_of(2, 500), endpoint_of(3, 500)};
    chain_start(&w, buffer, sizeof buffer);
    assert_int_equal(natt_hash(HASH_SHA1, golden_cky_i, golden_cky_r, us, hash), RC_OK);
    ike_writer_add(&w, PAYLOAD_NATD, (struct span){hash, 20});
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(natt_hash(HASH_SHA1, golden_cky_i, golden_cky_r, them[i], hash), RC_OK);
        ike_writer_add(&w, PAYLOAD_NATD, (struct span){hash, 20});
    }
    struct span octets = chain_finish(&w, &first);
    assert_int_equal(ike_chain_parse(first, octets, &chain), RC_OK);
    for (size_t i = 0; i < 3; i++)
        assert_false(judge(&chain, NATT_RFC, us, them[i], false).peer_is_behind);
    assert_true(judge(&chain, NATT_RFC, us, endpoint_of(4, 500), false).peer_is_behind);
}

static void without_a_dialect_nothing_is_written(void **state)
{
    (void)state;
    uint8_t buffer[64];
    uint8_t first = 0;
    struct ike_writer w;
    const struct ike_path path = {endpoint_of(1, 500), endpoint_of(2, 500), false};
    chain_start(&w, buffer, sizeof buffer);
    assert_int_equal(natt_put(&w, NATT_NONE, HASH_SHA1, golden_cky_i, golden_cky_r, &path, false),
                     RC_OK);
    assert_int_equal(chain_finish(&w, &first).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_dialect_that_both_speak_is_chosen),
        cmocka_unit_test(hashes_of_the_recorded_session_come_out),
        cmocka_unit_test(an_ipv6_endpoint_enters_with_16_octets),
        cmocka_unit_test(the_recorded_am2_says_that_only_the_forced_side_is_behind_nat),
        cmocka_unit_test(
            the_recorded_am3_floated_with_hashes_of_port_500_because_the_responder_forced_it),
        cmocka_unit_test(verdicts_follow_the_addresses_and_ports_that_changed),
        cmocka_unit_test(a_forced_side_looks_as_if_behind_nat),
        cmocka_unit_test(payloads_of_another_dialect_are_not_looked_at),
        cmocka_unit_test(one_of_several_addresses_of_the_peer_is_enough),
        cmocka_unit_test(without_a_dialect_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
