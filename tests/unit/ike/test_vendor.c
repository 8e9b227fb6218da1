/* Vendor ids: each known one, prefixes, and what is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "ike/vendor.h"
#include "unit/base/octets.h"
#include "unit/ike/chain.h"
#include "unit/ike/golden_session.h"

static enum vendor vendor_hex(const char *hex)
{
    struct octets octets = octets_hex(hex);
    uint8_t *exact = octets_exact(octets.bytes, octets.len);
    enum vendor vendor = vendor_of((struct span){exact, octets.len});
    free(exact);
    return vendor;
}

static void ids_are_the_digests_of_the_drafts_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum vendor vendor;
        size_t len; /* octets of the digest that are the id */
    } rows[] = {
        {"draft-ietf-ipsra-isakmp-xauth-06.txt", VENDOR_XAUTH, 8},
        {"RFC 3947", VENDOR_NATT_RFC3947, 16},
        {"draft-ietf-ipsec-nat-t-ike-03", VENDOR_NATT_03, 16},
        {"draft-ietf-ipsec-nat-t-ike-02\n", VENDOR_NATT_02N, 16},
        {"draft-ietf-ipsec-nat-t-ike-02", VENDOR_NATT_02, 16},
        {"draft-ietf-ipsec-nat-t-ike-01", VENDOR_NATT_01, 16},
        {"draft-ietf-ipsec-nat-t-ike-00", VENDOR_NATT_00, 16},
        {"draft-ietf-ipsec-nat-t-ike-04", VENDOR_NATT_04_TO_08, 16},
        {"draft-ietf-ipsec-nat-t-ike-05", VENDOR_NATT_04_TO_08, 16},
        {"draft-ietf-ipsec-nat-t-ike-06", VENDOR_NATT_04_TO_08, 16},
        {"draft-ietf-ipsec-nat-t-ike-07", VENDOR_NATT_04_TO_08, 16},
        {"draft-ietf-ipsec-nat-t-ike-08", VENDOR_NATT_04_TO_08, 16},
        {"draft-ietf-ipsec-nat-t-ike", VENDOR_NATT_04_TO_08, 16},
        {"FRAGMENTATION", VENDOR_FRAGMENTATION, 16},
        {"strongSwan", VENDOR_STRONGSWAN, 16},
        {"Hubward", VENDOR_HUBWARD, 16},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t digest[16];
        struct span text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
        assert_int_equal(hash_compute(HASH_MD5, &text, 1, digest), RC_OK);
        assert_int_equal(vendor_of((struct span){digest, rows[i].len}), rows[i].vendor);
    }
}

static void ids_with_a_version_are_known_by_their_prefix(void **state)
{
    (void)state;
    assert_int_equal(vendor_hex("09002689dfd6b712"), VENDOR_XAUTH);
    assert_int_equal(vendor_hex("09002689dfd6b71280a224dec33b81e5"), VENDOR_XAUTH);
    assert_int_equal(vendor_hex("afcad71368a1f1c96b8696fc77570100"), VENDOR_DPD);
    assert_int_equal(vendor_hex("afcad71368a1f1c96b8696fc77570909"), VENDOR_DPD);
    assert_int_equal(vendor_hex("12f5f28c457168a9702d9fe274cc0204"), VENDOR_UNITY);
    assert_int_equal(vendor_hex("4048b7d56ebce88525e7de7f00d6c2d3c0000000"), VENDOR_FRAGMENTATION);
    assert_int_equal(vendor_hex("3e984048101e66cc659fd002b0ed3655"), VENDOR_IOS);
    assert_int_equal(vendor_hex("1f07f70eaa6514d3b0fa96542a500300"), VENDOR_CISCO_3000);
    assert_int_equal(vendor_hex("1e2b516905991c7d7c96fcbfb587e46100000009"), VENDOR_WINDOWS);
}

static void no_truncation_of_an_id_is_taken_for_it(void **state)
{
    (void)state;
    static const char whole[] = "4a131c81070358455c5728f20e95452f";
    struct octets octets = octets_hex(whole);
    for (size_t n = 0; n < octets.len; n++) {
        uint8_t *exact = octets_exact(octets.bytes, n);
        assert_int_equal(vendor_of((struct span){exact, n}), VENDOR_COUNT);
        free(exact);
    }
    assert_int_equal(vendor_hex("4a131c81070358455c5728f20e95452f00"), VENDOR_COUNT);
    assert_int_equal(vendor_hex("09002689dfd6b7"), VENDOR_COUNT);
    assert_int_equal(vendor_hex(""), VENDOR_COUNT);
}

static uint32_t set_of(const uint8_t *wire, size_t len, uint8_t first)
{
    struct ike_chain chain;
    assert_int_equal(ike_chain_parse(first, (struct span){wire, len}, &chain), RC_OK);
    return vendor_set(&chain);
}

static void recorded_messages_hold_the_ids_of_vpnc_and_strongswan(void **state)
{
    (void)state;
    uint32_t am1 = set_of(golden_am1 + IKE_HEADER, sizeof golden_am1 - IKE_HEADER, PAYLOAD_SA);
    uint32_t am2 = set_of(golden_am2 + IKE_HEADER, sizeof golden_am2 - IKE_HEADER, PAYLOAD_SA);
    uint32_t am3 = set_of(golden_am3_plain, sizeof golden_am3_plain, PAYLOAD_HASH);
    assert_int_equal(am1, 1u << VENDOR_XAUTH | 1u << VENDOR_UNITY | 1u << VENDOR_NATT_RFC3947 |
                              1u << VENDOR_NATT_03 | 1u << VENDOR_NATT_02N | 1u << VENDOR_NATT_02 |
                              1u << VENDOR_NATT_01 | 1u << VENDOR_NATT_00);
    assert_int_equal(am2, 1u << VENDOR_XAUTH | 1u << VENDOR_DPD | 1u << VENDOR_UNITY |
                              1u << VENDOR_NATT_RFC3947);
    assert_int_equal(am3, 1u << VENDOR_VPNC | 1u << VENDOR_UNITY);
    assert_string_equal(vendor_client(am1 | am3), "vpnc");
}

static void what_is_sent_is_known_again_and_the_rest_is_not_sent(void **state)
{
    (void)state;
    static const uint32_t sent =
        1u << VENDOR_XAUTH | 1u << VENDOR_DPD | 1u << VENDOR_UNITY | 1u << VENDOR_NATT_RFC3947 |
        1u << VENDOR_NATT_03 | 1u << VENDOR_NATT_02N | 1u << VENDOR_NATT_02 | 1u << VENDOR_HUBWARD;
    for (unsigned v = 0; v <= VENDOR_COUNT; v++) {
        uint8_t buffer[64];
        uint8_t first = 0;
        struct ike_writer w;
        chain_start(&w, buffer, sizeof buffer);
        vendor_put(&w, (enum vendor)v);
        struct span octets = chain_finish(&w, &first);
        if (v < VENDOR_COUNT && sent & 1u << v)
            assert_int_equal(set_of(octets.at, octets.len, first), 1u << v);
        else
            assert_int_equal(octets.len, 0);
    }
}

static void every_vendor_has_a_name(void **state)
{
    (void)state;
    for (unsigned v = 0; v < VENDOR_COUNT; v++)
        assert_true(strlen(vendor_name((enum vendor)v)) > 0);
    assert_string_equal(vendor_name(VENDOR_NATT_RFC3947), "NAT-T RFC 3947");
    assert_string_equal(vendor_name(VENDOR_COUNT), "unknown");
}

static void a_client_is_named_by_what_only_it_sends(void **state)
{
    (void)state;
    assert_string_equal(vendor_client(0), "");
    assert_string_equal(vendor_client(1u << VENDOR_DPD | 1u << VENDOR_XAUTH), "");
    assert_string_equal(vendor_client(1u << VENDOR_IOS | 1u << VENDOR_UNITY), "Cisco IOS");
    assert_string_equal(vendor_client(1u << VENDOR_STRONGSWAN | 1u << VENDOR_RACOON), "strongSwan");
    assert_string_equal(vendor_client(1u << VENDOR_HUBWARD), "Hubward");
    assert_string_equal(vendor_client(1u << VENDOR_FRAGMENTATION | 1u << VENDOR_NATT_04_TO_08 |
                                      1u << VENDOR_XAUTH | 1u << VENDOR_UNITY | 1u << VENDOR_DPD),
                        "iOS or macOS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_the_digests_of_the_drafts_names),
        cmocka_unit_test(ids_with_a_version_are_known_by_their_prefix),
        cmocka_unit_test(no_truncation_of_an_id_is_taken_for_it),
        cmocka_unit_test(recorded_messages_hold_the_ids_of_vpnc_and_strongswan),
        cmocka_unit_test(what_is_sent_is_known_again_and_the_rest_is_not_sent),
        cmocka_unit_test(every_vendor_has_a_name),
        cmocka_unit_test(a_client_is_named_by_what_only_it_sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
