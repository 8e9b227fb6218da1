/* What both phases share: the nest of an SA payload, lifetimes, texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/proposal_parse.h"
#include "unit/ike/golden_session.h"
#include "unit/ike/proposal_kit.h"

static enum rc open_exact(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = octets_exact(bytes, n);
    struct cursor c;
    enum rc rc = sa_open((struct span){exact, n}, &c);
    free(exact);
    return rc;
}

static const struct kit_proposal two[] = {
    {1, PROTOCOL_ESP, "01020304", {{1, 3, "80040001"}, {2, 12, "80040001800600c0"}}},
    {2, PROTOCOL_AH, "05060708", {{1, 3, "80050002"}}},
};

static void proposals_and_transforms_come_out_in_order(void **state)
{
    (void)state;
    struct octets body = kit_body(two, 2);
    struct cursor c;
    struct sa_proposal proposal;
    struct sa_transform transform;
    assert_int_equal(sa_open(octets_span(&body), &c), RC_OK);
    assert_true(sa_next_proposal(&c, &proposal));
    assert_int_equal(proposal.number, 1);
    assert_int_equal(proposal.protocol, PROTOCOL_ESP);
    assert_memory_equal(proposal.spi.at, "\1\2\3\4", 4);
    assert_int_equal(proposal.transform_count, 2);
    struct cursor inner = cursor_over(proposal.transforms);
    assert_true(sa_next_transform(&inner, &transform));
    assert_int_equal(transform.id, 3);
    assert_int_equal(transform.whole.len, 12);
    assert_true(sa_next_transform(&inner, &transform));
    assert_int_equal(transform.id, 12);
    assert_int_equal(transform.attrs.len, 8);
    assert_false(sa_next_transform(&inner, &transform));
    assert_true(sa_next_proposal(&c, &proposal));
    assert_int_equal(proposal.protocol, PROTOCOL_AH);
    assert_false(sa_next_proposal(&c, &proposal));
}

static void every_truncation_of_an_sa_payload_is_malformed(void **state)
{
    (void)state;
    struct octets body = kit_body(two, 2);
    for (size_t n = 0; n < body.len; n++)
        assert_int_equal(open_exact(body.bytes, n), RC_MALFORMED);
    assert_int_equal(open_exact(body.bytes, body.len), RC_OK);
    for (size_t n = 0; n < sizeof golden_sa_i_b; n++)
        assert_int_equal(open_exact(golden_sa_i_b, n), RC_MALFORMED);
}

static void octets_behind_the_last_proposal_are_malformed(void **state)
{
    (void)state;
    struct octets body = kit_body(two, 2);
    body.bytes[body.len] = 0;
    assert_int_equal(open_exact(body.bytes, body.len + 1), RC_MALFORMED);
}

static void only_the_ipsec_doi_and_identity_only_pass(void **state)
{
    (void)state;
    struct octets body = kit_body(two, 2);
    for (size_t bit = 0; bit < 64; bit++) {
        body.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(open_exact(body.bytes, body.len), RC_MALFORMED);
        body.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* Offsets in the body of `two`: the first proposal starts at 8, its first transform at 20, the
 * second at 32. */
static void every_field_that_must_fit_another_is_checked(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint8_t value;
    } rows[] = {
        {8, 0},   /* no next proposal, but one follows */
        {8, 1},   /* next payload is no proposal */
        {9, 1},   /* RESERVED */
        {11, 3},  /* length below the header */
        {11, 32}, /* length cuts the last transform */
        {14, 5},  /* SPI one octet longer: transforms start in the wrong place */
        {15, 1},  /* fewer transforms counted than there are */
        {15, 3},  /* more */
        {15, 0},  /* none */
        {20, 0},  /* no next transform, but one follows */
        {20, 2},  /* next payload is no transform */
        {21, 1},  /* RESERVED */
        {23, 11}, /* transform cuts its attribute */
        {23, 7},  /* and its header */
        {32, 3},  /* a next transform, but none follows */
    };
    struct octets body = kit_body(two, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t kept = body.bytes[rows[i].offset];
        assert_int_not_equal(kept, rows[i].value);
        body.bytes[rows[i].offset] = rows[i].value;
        assert_int_equal(open_exact(body.bytes, body.len), RC_MALFORMED);
        body.bytes[rows[i].offset] = kept;
    }
    assert_int_equal(open_exact(body.bytes, body.len), RC_OK);
}

static void an_sa_payload_without_proposal_is_malformed(void **state)
{
    (void)state;
    struct octets body = kit_body(two, 0);
    assert_int_equal(body.len, 8);
    assert_int_equal(open_exact(body.bytes, body.len), RC_MALFORMED);
}

static void an_attribute_that_leaves_its_transform_is_malformed(void **state)
{
    (void)state;
    static const struct kit_proposal wrong = {
        1, PROTOCOL_ESP, "01020304", {{1, 3, "000c000500000000"}}};
    static const struct kit_proposal padded = {
        1, PROTOCOL_ESP, "01020304", {{1, 3, "800400010000"}}};
    struct octets body = kit_body(&wrong, 1);
    assert_int_equal(open_exact(body.bytes, body.len), RC_MALFORMED);
    body = kit_body(&padded, 1);
    assert_int_equal(open_exact(body.bytes, body.len), RC_OK);
}

static void lifetimes_are_written_in_the_order_and_size_of_ios(void **state)
{
    (void)state;
    static const struct {
        uint32_t seconds;
        uint64_t kilobytes;
        const char *hex;
    } rows[] = {
        {3600, 4608000,
         "80010001"
         "80020e10"
         "80010002"
         "0002000400465000"},
        {65535, 0,
         "80010001"
         "8002ffff"},
        {65536, 0,
         "80010001"
         "0002000400010000"},
        {0, 1,
         "80010002"
         "0002000400000001"},
        {0, (uint64_t)UINT32_MAX + 1,
         "80010002"
         "00020004ffffffff"},
        {0, 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buffer[64];
        struct builder b = builder_of(buffer, sizeof buffer);
        struct octets want = octets_hex(rows[i].hex);
        ike_lifetime_put(&b, rows[i].seconds, rows[i].kilobytes);
        assert_int_equal(builder_len(&b), want.len);
        assert_memory_equal(buffer, want.bytes, want.len);
    }
}

static enum rc parse_lifetime(const char *hex, uint32_t *seconds, uint64_t *kilobytes)
{
    struct octets octets = octets_hex(hex);
    return ike_lifetime_parse(octets_span(&octets), seconds, kilobytes);
}

static void lifetimes_of_both_phases_are_read(void **state)
{
    (void)state;
    uint32_t seconds = 1;
    uint64_t kilobytes = 1;
    assert_int_equal(
        parse_lifetime("80010001800200788001000200020004004650000000", &seconds, &kilobytes),
        RC_OK);
    assert_int_equal(seconds, 120);
    assert_int_equal(kilobytes, 4608000);
    uint8_t buffer[16];
    struct builder b = builder_of(buffer, sizeof buffer);
    ike_lifetime_put_phase1(&b, 86400);
    struct octets want = octets_hex("800b0001000c000400015180");
    assert_memory_equal(buffer, want.bytes, want.len);
    assert_int_equal(ike_lifetime_parse(builder_span(&b), &seconds, &kilobytes), RC_OK);
    assert_int_equal(seconds, 86400);
    assert_int_equal(kilobytes, 0);
}

static void odd_lifetimes_saturate_or_do_not_count(void **state)
{
    (void)state;
    uint32_t seconds;
    uint64_t kilobytes;
    assert_int_equal(
        parse_lifetime("800100010002000800000001000000008001000300020001ff", &seconds, &kilobytes),
        RC_OK);
    assert_int_equal(seconds, UINT32_MAX);
    assert_int_equal(kilobytes, 0);
    assert_int_equal(parse_lifetime("8002000a", &seconds, &kilobytes), RC_OK);
    assert_int_equal(seconds, 0);
    assert_int_equal(parse_lifetime("80010001800200008001000180020e10", &seconds, &kilobytes),
                     RC_OK);
    assert_int_equal(seconds, 3600);
    seconds = 42;
    assert_int_equal(parse_lifetime("800100010002000400", &seconds, &kilobytes), RC_SHORT);
    assert_int_equal(seconds, 42);
}

static void weak_is_what_has_one_weak_part(void **state)
{
    (void)state;
    const struct ike_suite strong = {
        .cipher = CIPHER_AES, .key_bits = 128, .hash = HASH_SHA1, .group = 14};
    struct ike_suite suite = strong;
    assert_false(ike_suite_weak(&suite));
    suite.cipher = CIPHER_3DES;
    assert_true(ike_suite_weak(&suite));
    suite.cipher = CIPHER_DES;
    assert_true(ike_suite_weak(&suite));
    suite = strong;
    suite.hash = HASH_MD5;
    assert_true(ike_suite_weak(&suite));
    suite = strong;
    static const uint16_t groups[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++) {
        suite.group = groups[i];
        assert_true(ike_suite_weak(&suite));
    }
    suite.group = 19;
    assert_false(ike_suite_weak(&suite));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals_and_transforms_come_out_in_order),
        cmocka_unit_test(every_truncation_of_an_sa_payload_is_malformed),
        cmocka_unit_test(octets_behind_the_last_proposal_are_malformed),
        cmocka_unit_test(only_the_ipsec_doi_and_identity_only_pass),
        cmocka_unit_test(every_field_that_must_fit_another_is_checked),
        cmocka_unit_test(an_sa_payload_without_proposal_is_malformed),
        cmocka_unit_test(an_attribute_that_leaves_its_transform_is_malformed),
        cmocka_unit_test(lifetimes_are_written_in_the_order_and_size_of_ios),
        cmocka_unit_test(lifetimes_of_both_phases_are_read),
        cmocka_unit_test(odd_lifetimes_saturate_or_do_not_count),
        cmocka_unit_test(weak_is_what_has_one_weak_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
