/* The ISAKMP header: what passes without state, and what each other datagram is dropped for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/wire.h"
#include "unit/base/octets.h"
#include "unit/ike/golden_session.h"

static const struct ike_header sound = {
    .cky_i = {1, 2, 3, 4, 5, 6, 7, 8},
    .cky_r = {9, 10, 11, 12, 13, 14, 15, 16},
    .next = PAYLOAD_HASH,
    .version = IKE_VERSION_1,
    .exchange = EXCHANGE_QUICK,
    .flags = IKE_FLAG_ENCRYPTED,
    .message_id = 0x89abcdef,
    .length = IKE_HEADER + 16,
};

/* The header and a body of zeros up to its length, then `more` octets of this value. */
static uint8_t *datagram_of(const struct ike_header *header, size_t body, size_t more,
                            uint8_t value)
{
    uint8_t *datagram = malloc(IKE_HEADER + body + more);
    assert_non_null(datagram);
    struct builder b = builder_of(datagram, IKE_HEADER + body + more);
    ike_header_put(&b, header);
    builder_zeros(&b, body);
    assert_false(b.bad);
    memset(datagram + IKE_HEADER + body, value, more);
    return datagram;
}

static enum drop_reason parse(const struct ike_header *header, size_t body, size_t more,
                              uint8_t value)
{
    uint8_t *datagram = datagram_of(header, body, more, value);
    struct ike_header out;
    struct span rest;
    enum drop_reason reason =
        ike_header_parse((struct span){datagram, IKE_HEADER + body + more}, &out, &rest);
    free(datagram);
    return reason;
}

static void a_header_reads_back_as_written(void **state)
{
    (void)state;
    uint8_t *datagram = datagram_of(&sound, 16, 0, 0);
    struct ike_header out;
    struct span body;
    assert_int_equal(ike_header_parse((struct span){datagram, IKE_HEADER + 16}, &out, &body),
                     DROP_NONE);
    assert_memory_equal(&out, &sound, sizeof sound);
    assert_ptr_equal(body.at, datagram + IKE_HEADER);
    assert_int_equal(body.len, 16);
    free(datagram);
}

static void every_header_cut_short_is_dropped_and_nothing_is_set(void **state)
{
    (void)state;
    uint8_t *whole = datagram_of(&sound, 0, 0, 0);
    for (size_t n = 0; n < IKE_HEADER; n++) {
        uint8_t *exact = octets_exact(whole, n);
        struct ike_header out = {.message_id = 42};
        struct span body = {NULL, 42};
        assert_int_equal(ike_header_parse((struct span){exact, n}, &out, &body), DROP_IKE_SHORT);
        assert_int_equal(out.message_id, 42);
        assert_int_equal(body.len, 42);
        free(exact);
    }
    free(whole);
}

static void only_major_version_1_passes(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 256; version++) {
        struct ike_header header = sound;
        header.version = (uint8_t)version;
        assert_int_equal(parse(&header, 16, 0, 0),
                         version >> 4 == 1 ? DROP_NONE : DROP_IKE_VERSION);
    }
}

static void the_length_field_must_be_that_of_the_datagram(void **state)
{
    (void)state;
    static const uint32_t wrong[] = {0, 27, IKE_HEADER + 17, IKE_HEADER + 12, UINT32_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ike_header header = sound;
        header.length = wrong[i];
        assert_int_equal(parse(&header, 16, 0, 0), DROP_IKE_LENGTH);
    }
}

static void three_zero_octets_of_padding_pass_and_no_more(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 3; n++)
        assert_int_equal(parse(&sound, 16, n, 0), DROP_NONE);
    assert_int_equal(parse(&sound, 16, 4, 0), DROP_IKE_LENGTH);
    assert_int_equal(parse(&sound, 16, 1, 1), DROP_IKE_LENGTH);
    assert_int_equal(parse(&sound, 16, 3, 0xff), DROP_IKE_LENGTH);
}

static void a_message_as_long_as_allowed_passes_and_a_longer_one_does_not(void **state)
{
    (void)state;
    struct ike_header header = sound;
    header.length = IKE_MESSAGE_MAX;
    assert_int_equal(parse(&header, IKE_MESSAGE_MAX - IKE_HEADER, 0, 0), DROP_NONE);
    header.length++;
    assert_int_equal(parse(&header, IKE_MESSAGE_MAX - IKE_HEADER + 1, 0, 0), DROP_IKE_LENGTH);
}

static void an_initiator_cookie_of_zero_is_dropped(void **state)
{
    (void)state;
    struct ike_header header = sound;
    memset(header.cky_i, 0, IKE_COOKIE);
    assert_int_equal(parse(&header, 16, 0, 0), DROP_IKE_COOKIE);
    for (size_t i = 0; i < IKE_COOKIE; i++) {
        memset(header.cky_i, 0, IKE_COOKIE);
        header.cky_i[i] = 0x80;
        assert_int_equal(parse(&header, 16, 0, 0), DROP_NONE);
    }
}

static void only_the_exchanges_we_run_pass(void **state)
{
    (void)state;
    for (unsigned exchange = 0; exchange < 256; exchange++) {
        struct ike_header header = sound;
        header.exchange = (uint8_t)exchange;
        bool run =
            exchange == 2 || exchange == 4 || exchange == 5 || exchange == 6 || exchange == 32;
        assert_int_equal(parse(&header, 16, 0, 0), run ? DROP_NONE : DROP_IKE_EXCHANGE);
    }
}

static void every_recorded_message_has_a_sound_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        uint8_t *exact = octets_exact(m->wire.at, m->wire.len);
        struct ike_header header;
        struct span body;
        assert_int_equal(ike_header_parse((struct span){exact, m->wire.len}, &header, &body),
                         DROP_NONE);
        assert_memory_equal(header.cky_i, golden_cky_i, IKE_COOKIE);
        assert_int_equal(header.exchange, m->exchange);
        assert_int_equal(header.message_id, m->message_id);
        assert_int_equal(header.flags, m->plain.len ? IKE_FLAG_ENCRYPTED : 0);
        assert_int_equal(body.len, m->wire.len - IKE_HEADER);
        free(exact);
    }
}

static void numbers_have_the_names_of_the_rfcs(void **state)
{
    (void)state;
    assert_string_equal(ike_notify_name(NOTIFY_NO_PROPOSAL_CHOSEN), "NO_PROPOSAL_CHOSEN");
    assert_string_equal(ike_notify_name(NOTIFY_INITIAL_CONTACT), "INITIAL_CONTACT");
    assert_string_equal(ike_notify_name(NOTIFY_R_U_THERE_ACK), "R_U_THERE_ACK");
    assert_string_equal(ike_notify_name(0), "UNKNOWN");
    assert_string_equal(ike_notify_name(65535), "UNKNOWN");
    for (unsigned n = 0; n <= UINT16_MAX; n++)
        assert_non_null(ike_notify_name((uint16_t)n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_reads_back_as_written),
        cmocka_unit_test(every_header_cut_short_is_dropped_and_nothing_is_set),
        cmocka_unit_test(only_major_version_1_passes),
        cmocka_unit_test(the_length_field_must_be_that_of_the_datagram),
        cmocka_unit_test(three_zero_octets_of_padding_pass_and_no_more),
        cmocka_unit_test(a_message_as_long_as_allowed_passes_and_a_longer_one_does_not),
        cmocka_unit_test(an_initiator_cookie_of_zero_is_dropped),
        cmocka_unit_test(only_the_exchanges_we_run_pass),
        cmocka_unit_test(every_recorded_message_has_a_sound_header),
        cmocka_unit_test(numbers_have_the_names_of_the_rfcs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
