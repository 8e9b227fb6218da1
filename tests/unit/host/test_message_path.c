/* The messages between key and path: round trips, every truncation and every octet too many, values
 * out of range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/message_path.h"
#include "unit/base/octets.h"

static struct addr addr_of(const char *text)
{
    struct addr addr;
    if (addr_parse(text, &addr) != RC_OK)
        abort();
    return addr;
}

/* One message of each kind, and whether a get takes these octets. */
enum { DELETE, COUNTERS, EVENT, ACQUIRE, DATAGRAM, DROPS, KINDS };

static struct octets sample(int kind)
{
    struct octets out = {0};
    struct builder b = builder_of(out.bytes, sizeof out.bytes);
    const struct endpoint far = {addr_of("2001:db8::1"), 4500}, near = {addr_of("2001:db8::2"), 4};
    struct path_acquire acquire = {.tun = 7,
                                   .source = selector_of_addr(addr_of("2001:db8::3")),
                                   .destination = selector_of_addr(addr_of("2001:db8::4"))};
    acquire.source.protocol = acquire.destination.protocol = 17;
    acquire.destination.port = 53;
    if (kind == DELETE)
        path_delete_put(&b, &(struct path_delete){0x1122334455667788, 0x1000, ESP_OUTBOUND});
    if (kind == COUNTERS)
        path_counters_put(&b, &(struct path_counters_row){9, {1, 2, 3, 4, 10}, {5, 6, 7, 8, 11}});
    if (kind == EVENT)
        path_event_put(&b, &(struct path_event){SA_EVENT_MOVED, 9, far});
    if (kind == ACQUIRE)
        path_acquire_put(&b, &acquire);
    if (kind == DATAGRAM)
        path_datagram_put(&b, &(struct path_datagram){near, far, {(const uint8_t *)"abc", 3}});
    if (kind == DROPS)
        path_drops_put(&b, &(struct path_drops_row){DROP_OUT_SEND, 1ull << 40});
    assert_false(b.bad);
    out.len = builder_len(&b);
    return out;
}

static enum rc get(int kind, struct span bytes)
{
    union {
        struct path_delete delete;
        struct path_counters_row counters;
        struct path_event event;
        struct path_acquire acquire;
        struct path_datagram datagram;
        struct path_drops_row drops;
    } out;
    struct cursor c = cursor_over(bytes);
    return kind == DELETE     ? path_delete_get(&c, &out.delete)
           : kind == COUNTERS ? path_counters_get(&c, &out.counters)
           : kind == EVENT    ? path_event_get(&c, &out.event)
           : kind == ACQUIRE  ? path_acquire_get(&c, &out.acquire)
           : kind == DATAGRAM ? path_datagram_get(&c, &out.datagram)
                              : path_drops_get(&c, &out.drops);
}

static void the_longest_of_each_kind_fits_its_limit(void **state)
{
    (void)state;
    assert_int_equal(sample(DELETE).len, PATH_DELETE_LEN);
    assert_int_equal(sample(COUNTERS).len, PATH_COUNTERS_ROW_LEN);
    assert_int_equal(sample(EVENT).len, PATH_EVENT_MAX);
    assert_int_equal(sample(ACQUIRE).len, PATH_ACQUIRE_MAX);
    assert_int_equal(sample(DATAGRAM).len, PATH_DATAGRAM_HEADER_MAX + 3);
    assert_int_equal(sample(DROPS).len, PATH_DROPS_ROW_LEN);
    static const struct {
        enum message_kind kind;
        enum role from, to;
        size_t len;
    } rows[] = {
        {MSG_SA_DELETE, ROLE_KEY, ROLE_PATH, PATH_DELETE_LEN},
        {MSG_SA_COUNTERS, ROLE_PATH, ROLE_KEY, PATH_COUNTERS_ROWS_MAX * PATH_COUNTERS_ROW_LEN},
        {MSG_SA_EVENT, ROLE_PATH, ROLE_KEY, PATH_EVENT_MAX},
        {MSG_ACQUIRE, ROLE_PATH, ROLE_KEY, PATH_ACQUIRE_MAX},
        {MSG_IKE_DATAGRAM, ROLE_PATH, ROLE_KEY, PATH_DATAGRAM_HEADER_MAX + PATH_DATAGRAM_MAX},
        {MSG_DROPS, ROLE_PATH, ROLE_KEY, DROP_COUNT * PATH_DROPS_ROW_LEN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            message_allowed((uint16_t)rows[i].kind, rows[i].from, rows[i].to, rows[i].len, 0),
            RC_OK);
}

static void fields_survive(void **state)
{
    (void)state;
    struct octets text = sample(DELETE);
    struct cursor c = cursor_over(octets_span(&text));
    struct path_delete delete;
    assert_int_equal(path_delete_get(&c, &delete), RC_OK);
    assert_true(delete.tunnel == 0x1122334455667788 && delete.spi == 0x1000);
    assert_int_equal(delete.direction, ESP_OUTBOUND);
    text = sample(COUNTERS);
    c = cursor_over(octets_span(&text));
    struct path_counters_row row;
    assert_int_equal(path_counters_get(&c, &row), RC_OK);
    assert_true(row.tunnel == 9 && row.in.packets == 1 && row.in.bytes == 2 && row.in.errors == 3);
    assert_true(row.in.last_ms == 4 && row.out.packets == 5 && row.out.last_ms == 8);
    assert_true(row.in.sequence == 10 && row.out.sequence == 11);
    text = sample(EVENT);
    c = cursor_over(octets_span(&text));
    struct path_event event;
    assert_int_equal(path_event_get(&c, &event), RC_OK);
    assert_int_equal(event.event, SA_EVENT_MOVED);
    assert_int_equal(event.moved_to.port, 4500);
    text = sample(ACQUIRE);
    c = cursor_over(octets_span(&text));
    struct path_acquire acquire;
    assert_int_equal(path_acquire_get(&c, &acquire), RC_OK);
    assert_true(acquire.tun == 7 && acquire.destination.port == 53);
    text = sample(DATAGRAM);
    c = cursor_over(octets_span(&text));
    struct path_datagram datagram;
    assert_int_equal(path_datagram_get(&c, &datagram), RC_OK);
    assert_true(span_equal(datagram.bytes, (struct span){(const uint8_t *)"abc", 3}));
    assert_int_equal(datagram.local.port, 4);
    text = sample(DROPS);
    c = cursor_over(octets_span(&text));
    struct path_drops_row drops;
    assert_int_equal(path_drops_get(&c, &drops), RC_OK);
    assert_true(drops.reason == DROP_OUT_SEND && drops.total == 1ull << 40);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct octets text = sample(kind);
        assert_int_equal(get(kind, octets_span(&text)), RC_OK);
        size_t whole = kind == DATAGRAM ? text.len - 3 : text.len; /* its end is free */
        for (size_t n = 0; n < whole; n++) {
            uint8_t *exact = octets_exact(text.bytes, n);
            assert_int_equal(get(kind, (struct span){exact, n}), RC_MALFORMED);
            free(exact);
        }
    }
}

static void octets_left_over_are_refused_where_there_are_no_rows(void **state)
{
    (void)state;
    static const int kinds[] = {DELETE, EVENT, ACQUIRE};
    for (size_t i = 0; i < 3; i++) {
        struct octets text = sample(kinds[i]);
        text.bytes[text.len++] = 0;
        assert_int_equal(get(kinds[i], octets_span(&text)), RC_MALFORMED);
    }
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    struct octets text = sample(DELETE);
    text.bytes[12] = 2; /* direction */
    assert_int_equal(get(DELETE, octets_span(&text)), RC_MALFORMED);
    text = sample(EVENT);
    text.bytes[0] = SA_EVENT_COUNT;
    assert_int_equal(get(EVENT, octets_span(&text)), RC_MALFORMED);
    text = octets_hex("02"
                      "0000000000000001"
                      "00"
                      "0000"); /* moved, but nowhere */
    assert_int_equal(get(EVENT, octets_span(&text)), RC_MALFORMED);
    text.bytes[0] = SA_EVENT_USED;
    assert_int_equal(get(EVENT, octets_span(&text)), RC_OK);
    text = sample(DROPS);
    text.bytes[1] = DROP_COUNT;
    assert_int_equal(get(DROPS, octets_span(&text)), RC_MALFORMED);
    text = sample(ACQUIRE);
    text.bytes[4 + 17 + 16] ^= 1; /* last is not first */
    assert_int_equal(get(ACQUIRE, octets_span(&text)), RC_MALFORMED);
    text = octets_hex("04c0000201"
                      "0001"
                      "06"
                      "20010db8000000000000000000000001"
                      "0001"
                      "ff");
    assert_int_equal(get(DATAGRAM, octets_span(&text)), RC_MALFORMED); /* families differ */
}

static void rows_are_read_one_after_another(void **state)
{
    (void)state;
    struct octets text = sample(DROPS);
    memcpy(&text.bytes[text.len], text.bytes, text.len);
    text.len *= 2;
    struct cursor c = cursor_over(octets_span(&text));
    struct path_drops_row row;
    assert_int_equal(path_drops_get(&c, &row), RC_OK);
    assert_int_equal(path_drops_get(&c, &row), RC_OK);
    assert_true(cursor_done(&c));
    assert_int_equal(path_drops_get(&c, &row), RC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_of_each_kind_fits_its_limit),
        cmocka_unit_test(fields_survive),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(octets_left_over_are_refused_where_there_are_no_rows),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(rows_are_read_one_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
