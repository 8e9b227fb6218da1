/* Payload chains: cutting, rules, writing; notification and deletion bodies; and the recorded
 * session with every truncation and every flipped bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/payload.h"
#include "unit/base/octets.h"
#include "unit/ike/chain.h"
#include "unit/ike/golden_session.h"

/* HASH of 2 octets, NONCE of 3, VENDOR of none. */
static const char three[] = "0a000006aabb"
                            "0d000007010203"
                            "00000004";

static enum rc parse_hex(uint8_t first, const char *hex, struct ike_chain *chain)
{
    static struct octets octets;
    octets = octets_hex(hex);
    return ike_chain_parse(first, octets_span(&octets), chain);
}

static void a_chain_is_cut_into_its_payloads(void **state)
{
    (void)state;
    struct ike_chain chain;
    assert_int_equal(parse_hex(PAYLOAD_HASH, three, &chain), RC_OK);
    assert_int_equal(chain.count, 3);
    assert_int_equal(chain.items[0].type, PAYLOAD_HASH);
    assert_int_equal(chain.items[1].type, PAYLOAD_NONCE);
    assert_int_equal(chain.items[2].type, PAYLOAD_VENDOR);
    assert_int_equal(chain.items[1].body.len, 3);
    assert_memory_equal(chain.items[1].body.at, "\x01\x02\x03", 3);
    assert_int_equal(chain.items[1].whole.len, 7);
    assert_int_equal(chain.items[2].body.len, 0);
    assert_int_equal(chain.octets.len, 17);
}

static void every_truncation_of_a_chain_is_short_and_sets_nothing(void **state)
{
    (void)state;
    struct octets octets = octets_hex(three);
    for (size_t n = 0; n < octets.len; n++) {
        uint8_t *exact = octets_exact(octets.bytes, n);
        struct ike_chain chain = {.count = 99};
        assert_int_equal(ike_chain_parse(PAYLOAD_HASH, (struct span){exact, n}, &chain), RC_SHORT);
        assert_int_equal(chain.count, 99);
        free(exact);
    }
}

static void padding_behind_the_last_payload_is_not_part_of_the_chain(void **state)
{
    (void)state;
    struct ike_chain chain;
    assert_int_equal(parse_hex(PAYLOAD_NONCE, "0000000701020300000000000000000009", &chain), RC_OK);
    assert_int_equal(chain.count, 1);
    assert_int_equal(chain.octets.len, 7);
}

static void a_length_below_4_is_malformed(void **state)
{
    (void)state;
    struct ike_chain chain;
    assert_int_equal(parse_hex(PAYLOAD_HASH, "00000000", &chain), RC_MALFORMED);
    assert_int_equal(parse_hex(PAYLOAD_HASH, "00000003", &chain), RC_MALFORMED);
    assert_int_equal(parse_hex(PAYLOAD_HASH, "00000004", &chain), RC_OK);
}

static void a_reserved_octet_that_is_not_zero_is_malformed(void **state)
{
    (void)state;
    struct ike_chain chain;
    for (unsigned bit = 0; bit < 8; bit++) {
        struct octets octets = octets_hex(three);
        octets.bytes[7] = (uint8_t)(1u << bit);
        assert_int_equal(ike_chain_parse(PAYLOAD_HASH, octets_span(&octets), &chain), RC_MALFORMED);
    }
}

static void no_payload_at_all_is_malformed(void **state)
{
    (void)state;
    struct ike_chain chain;
    assert_int_equal(parse_hex(PAYLOAD_NONE, "00000004", &chain), RC_MALFORMED);
    assert_int_equal(parse_hex(PAYLOAD_NONE, "", &chain), RC_MALFORMED);
}

static void thirty_two_payloads_pass_and_one_more_does_not(void **state)
{
    (void)state;
    struct octets octets = {.len = 0};
    for (size_t i = 0; i < IKE_CHAIN_MAX + 1; i++) {
        octets.bytes[octets.len] = PAYLOAD_VENDOR;
        octets.bytes[octets.len + 3] = 4;
        octets.len += 4;
    }
    struct ike_chain chain;
    octets.bytes[(IKE_CHAIN_MAX - 1) * 4] = PAYLOAD_NONE;
    assert_int_equal(ike_chain_parse(PAYLOAD_VENDOR, octets_span(&octets), &chain), RC_OK);
    assert_int_equal(chain.count, IKE_CHAIN_MAX);
    octets.bytes[(IKE_CHAIN_MAX - 1) * 4] = PAYLOAD_VENDOR;
    octets.bytes[IKE_CHAIN_MAX * 4] = PAYLOAD_NONE;
    assert_int_equal(ike_chain_parse(PAYLOAD_VENDOR, octets_span(&octets), &chain), RC_FULL);
}

static void payloads_are_found_by_type_and_number(void **state)
{
    (void)state;
    struct ike_chain chain;
    assert_int_equal(parse_hex(PAYLOAD_ID,
                               "0d000005010500000502"
                               "0000000503",
                               &chain),
                     RC_OK);
    assert_int_equal(ike_chain_count(&chain, PAYLOAD_ID), 2);
    assert_int_equal(ike_chain_count(&chain, PAYLOAD_VENDOR), 1);
    assert_int_equal(ike_chain_count(&chain, PAYLOAD_KE), 0);
    assert_int_equal(ike_chain_find(&chain, PAYLOAD_ID, 0)->body.at[0], 1);
    assert_int_equal(ike_chain_find(&chain, PAYLOAD_ID, 1)->body.at[0], 3);
    assert_null(ike_chain_find(&chain, PAYLOAD_ID, 2));
    assert_null(ike_chain_find(&chain, PAYLOAD_KE, 0));
}

static void what_a_hash_covers_starts_behind_the_first_payload(void **state)
{
    (void)state;
    struct ike_chain chain;
    assert_int_equal(parse_hex(PAYLOAD_HASH, "0a000006aabb0000000601020000", &chain), RC_OK);
    struct span covered = ike_chain_after_first(&chain);
    assert_int_equal(covered.len, 6);
    assert_memory_equal(covered.at, "\0\0\0\6\1\2", 6);
    assert_int_equal(parse_hex(PAYLOAD_HASH, "00000006aabb", &chain), RC_OK);
    assert_int_equal(ike_chain_after_first(&chain).len, 0);
}

/* A chain of these types, bodies empty. */
static struct ike_chain chain_of(const uint8_t *types, size_t count)
{
    struct ike_chain chain = {.count = count};
    for (size_t i = 0; i < count; i++)
        chain.items[i].type = types[i];
    return chain;
}

#define CHECK(rule, ...)                                                                           \
    check_types(rule, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static enum rc check_types(const struct ike_rule *rule, const uint8_t *types, size_t count)
{
    struct ike_chain chain = chain_of(types, count);
    return ike_rule_check(rule, &chain);
}

static void needed_payloads_stand_exactly_once(void **state)
{
    (void)state;
    static const struct ike_rule rule = {.needed = P_KE | P_NONCE, .allowed = P_VENDOR};
    assert_int_equal(CHECK(&rule, PAYLOAD_KE, PAYLOAD_NONCE), RC_OK);
    assert_int_equal(CHECK(&rule, PAYLOAD_NONCE, PAYLOAD_KE), RC_OK);
    assert_int_equal(CHECK(&rule, PAYLOAD_KE), RC_MALFORMED);
    assert_int_equal(CHECK(&rule, PAYLOAD_NONCE), RC_MALFORMED);
    assert_int_equal(CHECK(&rule, PAYLOAD_KE, PAYLOAD_NONCE, PAYLOAD_KE), RC_MALFORMED);
}

static void allowed_payloads_stand_any_number_of_times_and_others_never(void **state)
{
    (void)state;
    static const struct ike_rule rule = {.needed = P_KE, .allowed = P_VENDOR | P_NATD};
    assert_int_equal(CHECK(&rule, PAYLOAD_KE, PAYLOAD_VENDOR, PAYLOAD_VENDOR), RC_OK);
    assert_int_equal(CHECK(&rule, PAYLOAD_NATD, PAYLOAD_KE, PAYLOAD_NATD_DRAFT), RC_OK);
    assert_int_equal(CHECK(&rule, PAYLOAD_KE, PAYLOAD_HASH), RC_MALFORMED);
    assert_int_equal(CHECK(&rule, PAYLOAD_KE, PAYLOAD_ID), RC_MALFORMED);
    assert_int_equal(CHECK(&rule, PAYLOAD_KE, PAYLOAD_FRAGMENT), RC_MALFORMED);
}

static void proposals_never_stand_outside_an_sa_payload(void **state)
{
    (void)state;
    static const struct ike_rule rule = {.needed = P_SA, .allowed = UINT32_MAX};
    assert_int_equal(CHECK(&rule, PAYLOAD_SA, 200), RC_OK);
    assert_int_equal(CHECK(&rule, PAYLOAD_SA, PAYLOAD_PROPOSAL), RC_MALFORMED);
    assert_int_equal(CHECK(&rule, PAYLOAD_SA, PAYLOAD_TRANSFORM), RC_MALFORMED);
}

static void the_first_payload_must_be_the_one_of_the_rule(void **state)
{
    (void)state;
    static const struct ike_rule rule = {
        .needed = P_HASH | P_SA, .allowed = 0, .first = PAYLOAD_HASH};
    assert_int_equal(CHECK(&rule, PAYLOAD_HASH, PAYLOAD_SA), RC_OK);
    assert_int_equal(CHECK(&rule, PAYLOAD_SA, PAYLOAD_HASH), RC_MALFORMED);
}

static void identities_are_counted(void **state)
{
    (void)state;
    static const struct ike_rule one = {.needed = P_HASH | P_ID, .id_least = 1, .id_most = 1};
    static const struct ike_rule implied = {.needed = P_HASH | P_ID};
    static const struct ike_rule two = {.needed = P_HASH, .allowed = P_ID, .id_most = 2};
    static const struct ike_rule none = {.needed = P_HASH};
    static const struct {
        const struct ike_rule *rule;
        enum rc by_count[4];
    } rows[] = {
        {&one, {RC_MALFORMED, RC_OK, RC_MALFORMED, RC_MALFORMED}},
        {&implied, {RC_MALFORMED, RC_OK, RC_MALFORMED, RC_MALFORMED}},
        {&two, {RC_OK, RC_OK, RC_OK, RC_MALFORMED}},
        {&none, {RC_OK, RC_MALFORMED, RC_MALFORMED, RC_MALFORMED}},
    };
    static const uint8_t types[] = {PAYLOAD_HASH, PAYLOAD_ID, PAYLOAD_ID, PAYLOAD_ID};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t ids = 0; ids < 4; ids++)
            assert_int_equal(check_types(rows[i].rule, types, 1 + ids), rows[i].by_count[ids]);
}

static void unknown_payloads_pass_only_where_they_are_allowed(void **state)
{
    (void)state;
    static const struct ike_rule clear = {.needed = P_SA, .allowed = P_UNKNOWN};
    static const struct ike_rule sealed = {.needed = P_SA};
    assert_int_equal(CHECK(&clear, PAYLOAD_SA, 129), RC_OK);
    assert_int_equal(CHECK(&sealed, PAYLOAD_SA, 129), RC_MALFORMED);
}

static void an_empty_chain_keeps_no_rule(void **state)
{
    (void)state;
    static const struct ike_rule rule = {.allowed = UINT32_MAX};
    static const struct ike_rule first = {.allowed = UINT32_MAX, .first = PAYLOAD_HASH};
    struct ike_chain chain = {.count = 0};
    assert_int_equal(ike_rule_check(&rule, &chain), RC_MALFORMED);
    assert_int_equal(ike_rule_check(&first, &chain), RC_MALFORMED);
}

static const struct ike_header header = {
    .cky_i = {1}, .version = IKE_VERSION_1, .exchange = EXCHANGE_MAIN, .next = 77, .length = 77};

static void a_message_is_linked_and_measured(void **state)
{
    (void)state;
    uint8_t buffer[256];
    struct ike_writer w;
    ike_writer_start(&w, buffer, sizeof buffer, &header);
    ike_writer_add(&w, PAYLOAD_NONCE, (struct span){(const uint8_t *)"abc", 3});
    ike_writer_open(&w, PAYLOAD_VENDOR);
    builder_u16(&w.b, 0x1234);
    ike_writer_close(&w);
    struct span message = ike_writer_finish(&w);
    struct ike_header out;
    struct span body;
    struct ike_chain chain;
    assert_int_equal(message.len, 28 + 7 + 6);
    assert_int_equal(ike_header_parse(message, &out, &body), DROP_NONE);
    assert_int_equal(out.next, PAYLOAD_NONCE);
    assert_int_equal(ike_chain_parse(out.next, body, &chain), RC_OK);
    assert_int_equal(chain.count, 2);
    assert_memory_equal(chain.items[0].body.at, "abc", 3);
    assert_memory_equal(chain.items[1].body.at, "\x12\x34", 2);
    assert_int_equal(chain.octets.len, body.len);
}

static void a_chain_without_header_tells_its_first_type(void **state)
{
    (void)state;
    uint8_t buffer[64];
    uint8_t first = 99;
    struct ike_writer w;
    chain_start(&w, buffer, sizeof buffer);
    ike_writer_add(&w, PAYLOAD_HASH, (struct span){(const uint8_t *)"ab", 2});
    ike_writer_add(&w, PAYLOAD_NONCE, (struct span){(const uint8_t *)"cde", 3});
    ike_writer_add(&w, PAYLOAD_VENDOR, (struct span){NULL, 0});
    struct span octets = chain_finish(&w, &first);
    struct ike_chain chain;
    assert_int_equal(first, PAYLOAD_HASH);
    assert_int_equal(octets.len, 17);
    assert_int_equal(ike_chain_parse(first, octets, &chain), RC_OK);
    assert_int_equal(chain.count, 3);
    assert_int_equal(chain.items[2].type, PAYLOAD_VENDOR);
}

static void a_message_that_does_not_fit_has_no_octets(void **state)
{
    (void)state;
    for (size_t room = 0; room < 28 + 7; room++) {
        uint8_t *buffer = malloc(room);
        struct ike_writer w;
        assert_non_null(buffer);
        ike_writer_start(&w, buffer, room, &header);
        ike_writer_add(&w, PAYLOAD_NONCE, (struct span){(const uint8_t *)"abc", 3});
        assert_int_equal(ike_writer_finish(&w).len, 0);
        free(buffer);
    }
}

static void a_payload_longer_than_its_length_field_has_no_octets(void **state)
{
    (void)state;
    static uint8_t buffer[UINT16_MAX + 64];
    static const uint8_t body[UINT16_MAX - 3];
    struct ike_writer w;
    ike_writer_start(&w, buffer, sizeof buffer, &header);
    ike_writer_add(&w, PAYLOAD_NONCE, (struct span){body, sizeof body - 1});
    assert_int_equal(ike_writer_finish(&w).len, 28 + UINT16_MAX);
    ike_writer_start(&w, buffer, sizeof buffer, &header);
    ike_writer_add(&w, PAYLOAD_NONCE, (struct span){body, sizeof body});
    assert_int_equal(ike_writer_finish(&w).len, 0);
}

static void open_payloads_neither_nest_nor_stay_open(void **state)
{
    (void)state;
    uint8_t buffer[128];
    struct ike_writer w;
    ike_writer_start(&w, buffer, sizeof buffer, &header);
    ike_writer_open(&w, PAYLOAD_NONCE);
    assert_int_equal(ike_writer_finish(&w).len, 0);
    ike_writer_open(&w, PAYLOAD_NONCE);
    ike_writer_close(&w);
    assert_int_equal(ike_writer_finish(&w).len, 0);
    ike_writer_start(&w, buffer, sizeof buffer, &header);
    ike_writer_close(&w);
    assert_int_equal(ike_writer_finish(&w).len, 0);
}

static void a_notification_reads_back_as_written(void **state)
{
    (void)state;
    uint8_t buffer[64];
    uint8_t first;
    struct ike_writer w;
    const struct ike_notification sent = {.protocol = PROTOCOL_ESP,
                                          .type = NOTIFY_RESPONDER_LIFETIME,
                                          .spi = {(const uint8_t *)"\1\2\3\4", 4},
                                          .data = {(const uint8_t *)"\x80\1\0\1", 4}};
    chain_start(&w, buffer, sizeof buffer);
    ike_notification_put(&w, &sent);
    struct span octets = chain_finish(&w, &first);
    struct octets want = octets_hex("00000014"
                                    "00000001"
                                    "03046000"
                                    "01020304"
                                    "80010001");
    assert_int_equal(first, PAYLOAD_NOTIFY);
    assert_int_equal(octets.len, want.len);
    assert_memory_equal(octets.at, want.bytes, want.len);
    struct ike_notification out;
    struct span body = {octets.at + 4, octets.len - 4};
    assert_int_equal(ike_notification_parse(body, &out), RC_OK);
    assert_int_equal(out.protocol, PROTOCOL_ESP);
    assert_int_equal(out.type, NOTIFY_RESPONDER_LIFETIME);
    assert_true(span_equal(out.spi, sent.spi));
    assert_true(span_equal(out.data, sent.data));
}

static enum rc parse_notification(const char *hex, struct ike_notification *out)
{
    static struct octets octets;
    octets = octets_hex(hex);
    return ike_notification_parse(octets_span(&octets), out);
}

static void a_notification_may_name_the_generic_doi_and_no_spi(void **state)
{
    (void)state;
    struct ike_notification out;
    assert_int_equal(parse_notification("0000000001006002", &out), RC_OK);
    assert_int_equal(out.type, NOTIFY_INITIAL_CONTACT);
    assert_int_equal(out.spi.len, 0);
    assert_int_equal(out.data.len, 0);
    assert_int_equal(parse_notification("0000000201006002", &out), RC_UNSUPPORTED);
}

static void every_truncation_of_a_notification_before_its_data_is_short(void **state)
{
    (void)state;
    struct octets octets = octets_hex("000000010304000e01020304");
    for (size_t n = 0; n < octets.len; n++) {
        uint8_t *exact = octets_exact(octets.bytes, n);
        struct ike_notification out = {.type = 4242};
        assert_int_equal(ike_notification_parse((struct span){exact, n}, &out), RC_SHORT);
        assert_int_equal(out.type, 4242);
        free(exact);
    }
}

static void a_deletion_reads_back_as_written(void **state)
{
    (void)state;
    uint8_t buffer[64];
    uint8_t first;
    struct ike_writer w;
    const struct span spi = {(const uint8_t *)"\xde\xad\xbe\xef", 4};
    chain_start(&w, buffer, sizeof buffer);
    ike_deletion_put(&w, PROTOCOL_ESP, spi);
    struct span octets = chain_finish(&w, &first);
    struct ike_deletion out;
    assert_int_equal(first, PAYLOAD_DELETE);
    assert_int_equal(ike_deletion_parse((struct span){octets.at + 4, octets.len - 4}, &out), RC_OK);
    assert_int_equal(out.protocol, PROTOCOL_ESP);
    assert_int_equal(out.spi_count, 1);
    assert_true(span_equal(ike_deletion_spi(&out, 0), spi));
    assert_int_equal(ike_deletion_spi(&out, 1).len, 0);
}

static enum rc parse_deletion(const char *hex, struct ike_deletion *out)
{
    static struct octets octets;
    octets = octets_hex(hex);
    return ike_deletion_parse(octets_span(&octets), out);
}

static void a_deletion_must_fill_its_body_exactly(void **state)
{
    (void)state;
    struct ike_deletion out;
    assert_int_equal(parse_deletion("000000010304000201020304"
                                    "05060708",
                                    &out),
                     RC_OK);
    assert_int_equal(out.spi_count, 2);
    assert_memory_equal(ike_deletion_spi(&out, 1).at, "\5\6\7\x8", 4);
    assert_int_equal(parse_deletion("0000000103040002"
                                    "01020304"
                                    "050607",
                                    &out),
                     RC_MALFORMED);
    assert_int_equal(parse_deletion("0000000103040001"
                                    "01020304"
                                    "05",
                                    &out),
                     RC_MALFORMED);
    assert_int_equal(parse_deletion("000000010300ffff", &out), RC_MALFORMED);
    assert_int_equal(parse_deletion("00000001030400", &out), RC_SHORT);
    assert_int_equal(parse_deletion("0000000703040001"
                                    "01020304",
                                    &out),
                     RC_UNSUPPORTED);
}

static void what_cannot_be_an_spi_is_not_written(void **state)
{
    (void)state;
    static const uint8_t octets[UINT8_MAX + 1];
    static const size_t wrong[] = {0, UINT8_MAX + 1};
    for (size_t i = 0; i < 2; i++) {
        uint8_t buffer[1024];
        uint8_t first;
        struct ike_writer w;
        chain_start(&w, buffer, sizeof buffer);
        ike_deletion_put(&w, PROTOCOL_ESP, (struct span){octets, wrong[i]});
        assert_int_equal(chain_finish(&w, &first).len, 0);
    }
}

/* What a program sees of a message: the header's fields, and for clear ones the payloads. */
struct reading {
    enum drop_reason reason;
    enum rc rc;
    struct ike_header header;
    struct span body;
    struct ike_chain chain;
};

static void read_message(struct span wire, bool sealed, struct reading *out)
{
    *out = (struct reading){.rc = RC_BAD_STATE};
    out->reason = ike_header_parse(wire, &out->header, &out->body);
    if (out->reason == DROP_NONE && !sealed)
        out->rc = ike_chain_parse(out->header.next, out->body, &out->chain);
}

static bool chains_equal(const struct ike_chain *a, const struct ike_chain *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal =
            a->items[i].type == b->items[i].type && span_equal(a->items[i].body, b->items[i].body);
    return equal;
}

static bool reads_equal(const struct reading *a, const struct reading *b, bool sealed)
{
    return a->reason == b->reason && memcmp(&a->header, &b->header, sizeof a->header) == 0 &&
           (sealed ? span_equal(a->body, b->body)
                   : a->rc == b->rc && chains_equal(&a->chain, &b->chain));
}

static void every_truncation_of_a_recorded_message_is_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        for (size_t n = 0; n < m->wire.len; n++) {
            uint8_t *exact = octets_exact(m->wire.at, n);
            struct reading cut;
            read_message((struct span){exact, n}, m->plain.len, &cut);
            assert_int_equal(cut.reason, n < IKE_HEADER ? DROP_IKE_SHORT : DROP_IKE_LENGTH);
            free(exact);
        }
    }
}

static void no_flipped_bit_of_a_recorded_message_reads_as_the_original(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        uint8_t *exact = octets_exact(m->wire.at, m->wire.len);
        struct reading original;
        read_message(m->wire, m->plain.len, &original);
        for (size_t bit = 0; bit < m->wire.len * 8; bit++) {
            struct reading flipped;
            exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
            read_message((struct span){exact, m->wire.len}, m->plain.len, &flipped);
            assert_false(reads_equal(&original, &flipped, m->plain.len));
            exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(exact);
    }
}

static void sealed_messages_read_in_clear_with_every_bit_flipped_and_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        struct ike_chain original;
        struct ike_chain other;
        if (!m->plain.len)
            continue;
        uint8_t first = m->wire.at[16];
        uint8_t *exact = octets_exact(m->plain.at, m->payload_octets);
        assert_int_equal(ike_chain_parse(first, m->plain, &original), RC_OK);
        assert_int_equal(original.octets.len, m->payload_octets);
        for (size_t bit = 0; bit < m->payload_octets * 8; bit++) {
            exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (ike_chain_parse(first, (struct span){exact, m->payload_octets}, &other) == RC_OK)
                assert_false(chains_equal(&original, &other));
            exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(exact);
        for (size_t n = 0; n < m->payload_octets; n++) {
            uint8_t *cut = octets_exact(m->plain.at, n);
            assert_int_equal(ike_chain_parse(first, (struct span){cut, n}, &other), RC_SHORT);
            free(cut);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_cut_into_its_payloads),
        cmocka_unit_test(every_truncation_of_a_chain_is_short_and_sets_nothing),
        cmocka_unit_test(padding_behind_the_last_payload_is_not_part_of_the_chain),
        cmocka_unit_test(a_length_below_4_is_malformed),
        cmocka_unit_test(a_reserved_octet_that_is_not_zero_is_malformed),
        cmocka_unit_test(no_payload_at_all_is_malformed),
        cmocka_unit_test(thirty_two_payloads_pass_and_one_more_does_not),
        cmocka_unit_test(payloads_are_found_by_type_and_number),
        cmocka_unit_test(what_a_hash_covers_starts_behind_the_first_payload),
        cmocka_unit_test(needed_payloads_stand_exactly_once),
        cmocka_unit_test(allowed_payloads_stand_any_number_of_times_and_others_never),
        cmocka_unit_test(proposals_never_stand_outside_an_sa_payload),
        cmocka_unit_test(the_first_payload_must_be_the_one_of_the_rule),
        cmocka_unit_test(identities_are_counted),
        cmocka_unit_test(unknown_payloads_pass_only_where_they_are_allowed),
        cmocka_unit_test(an_empty_chain_keeps_no_rule),
        cmocka_unit_test(a_message_is_linked_and_measured),
        cmocka_unit_test(a_chain_without_header_tells_its_first_type),
        cmocka_unit_test(a_message_that_does_not_fit_has_no_octets),
        cmocka_unit_test(a_payload_longer_than_its_length_field_has_no_octets),
        cmocka_unit_test(open_payloads_neither_nest_nor_stay_open),
        cmocka_unit_test(a_notification_reads_back_as_written),
        cmocka_unit_test(a_notification_may_name_the_generic_doi_and_no_spi),
        cmocka_unit_test(every_truncation_of_a_notification_before_its_data_is_short),
        cmocka_unit_test(a_deletion_reads_back_as_written),
        cmocka_unit_test(a_deletion_must_fill_its_body_exactly),
        cmocka_unit_test(what_cannot_be_an_spi_is_not_written),
        cmocka_unit_test(every_truncation_of_a_recorded_message_is_dropped),
        cmocka_unit_test(no_flipped_bit_of_a_recorded_message_reads_as_the_original),
        cmocka_unit_test(sealed_messages_read_in_clear_with_every_bit_flipped_and_every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
