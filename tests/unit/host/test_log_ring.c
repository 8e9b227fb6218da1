/* The ring of the log's latest records, and the pieces it is asked for in. */
#include "host/message_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct log_ring *ring;
static uint8_t text[LOG_PIECE];

static int begin(void **state)
{
    (void)state;
    ring = log_ring_new();
    return ring ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    log_ring_free(ring);
    return 0;
}

/* Line n of so many octets; every third is an event. */
static void add(unsigned n, size_t len)
{
    char *line = malloc(len + 1);
    assert_non_null(line);
    snprintf(line, len + 1, "%0*u\n", (int)len - 1, n);
    log_ring_add(ring, (struct span){(uint8_t *)line, len}, n % 3 == 0);
    free(line);
}

static unsigned number_of(struct span line)
{
    return (unsigned)strtoul((const char *)line.at, NULL, 10);
}

static void lines_come_back_in_order_and_the_oldest_go(void **state)
{
    (void)state;
    uint64_t at = 0;
    struct span line;
    assert_false(log_ring_next(ring, &at, false, &line));
    assert_int_equal(log_ring_end(ring), 1);
    for (unsigned n = 1; n <= 2500; n++)
        add(n, 20);
    assert_int_equal(log_ring_end(ring), 2501);
    unsigned expected = 2500 - LOG_RING_LINES + 1;
    while (log_ring_next(ring, &at, false, &line))
        assert_int_equal(number_of(line), expected++);
    assert_int_equal(expected, 2501);
    assert_int_equal(at, 2501);
}

static void the_ring_is_bounded_in_octets_too(void **state)
{
    (void)state;
    uint64_t at = 0;
    size_t octets = 0, lines = 0;
    struct span line;
    for (unsigned n = 1; n <= 200; n++)
        add(n, LOG_RING_LINE);
    for (; log_ring_next(ring, &at, false, &line); lines++)
        octets += line.len;
    assert_int_equal(lines, LOG_RING_OCTETS / LOG_RING_LINE);
    assert_int_equal(octets, LOG_RING_OCTETS);
    assert_int_equal(number_of(line), 200);
}

static void what_is_no_line_is_not_kept(void **state)
{
    (void)state;
    add(1, 20);
    add(2, LOG_RING_LINE + 1);
    log_ring_add(ring, (struct span){(const uint8_t *)"", 0}, false);
    assert_int_equal(log_ring_end(ring), 2);
}

static void the_start_counts_back_from_the_end(void **state)
{
    (void)state;
    assert_int_equal(log_ring_start(ring, 5, false), 1);
    for (unsigned n = 1; n <= 10; n++)
        add(n, 20);
    assert_int_equal(log_ring_start(ring, 0, false), 11);
    assert_int_equal(log_ring_start(ring, 1, false), 10);
    assert_int_equal(log_ring_start(ring, 10, false), 1);
    assert_int_equal(log_ring_start(ring, UINT32_MAX, false), 1);
    assert_int_equal(log_ring_start(ring, 1, true), 9);
    assert_int_equal(log_ring_start(ring, 2, true), 6);
    assert_int_equal(log_ring_start(ring, 9, true), 1);
}

/* All pieces together are all lines, each once, whatever their sizes. */
static void pieces_are_whole_lines_and_follow_each_other(void **state)
{
    (void)state;
    static const size_t sizes[] = {20, 1000, LOG_RING_LINE, LOG_RING_LINE / 2};
    for (unsigned n = 1; n <= 300; n++)
        add(n, sizes[n % 4]);
    for (int events = 0; events < 2; events++) {
        struct log_question question = {.request = 5, .last = 1000, .events = events};
        struct log_piece piece;
        uint64_t at = 0;
        struct span line;
        do {
            log_piece_fill(ring, &question, text, &piece);
            assert_int_equal(piece.request, 5);
            assert_int_equal(piece.end, 301);
            assert_true(piece.next > question.from);
            for (size_t done = 0; done < piece.text.len; done += line.len) {
                assert_true(log_ring_next(ring, &at, events, &line));
                assert_true(done + line.len <= piece.text.len);
                assert_memory_equal(piece.text.at + done, line.at, line.len);
            }
            question.from = piece.next;
        } while (piece.next < piece.end);
        assert_false(log_ring_next(ring, &at, events, &line));
    }
}

/* Somebody who is slow asks for lines that are gone. */
static void what_is_gone_is_passed_over(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 2500; n++)
        add(n, 20);
    const struct log_question question = {.from = 7};
    struct log_piece piece;
    log_piece_fill(ring, &question, text, &piece);
    assert_int_equal(number_of(piece.text), 1501);
    const struct log_question future = {.from = UINT64_MAX};
    log_piece_fill(ring, &future, text, &piece);
    assert_int_equal(piece.text.len, 0);
    assert_int_equal(piece.next, piece.end);
}

static void messages_come_out_as_they_went_in_and_only_whole(void **state)
{
    (void)state;
    static uint8_t octets[LOG_HEAD_LEN + LOG_PIECE + 1];
    const struct log_question question = {1, UINT64_MAX, 3, true};
    const struct log_piece piece = {7, 8, 9, {(const uint8_t *)"a\nb\n", 4}};
    struct log_question question_got = {.request = 0};
    struct log_piece piece_got = {.request = 0};
    for (int kind = 0; kind < 2; kind++) {
        struct builder b = builder_of(octets, sizeof octets);
        if (kind)
            log_piece_put(&b, &piece);
        else
            log_question_put(&b, &question);
        assert_false(b.bad);
        assert_int_equal(builder_len(&b), kind ? LOG_HEAD_LEN + 4 : LOG_QUESTION_LEN);
        builder_u8(&b, 0);
        for (size_t n = 0; n <= builder_len(&b); n++) {
            struct cursor c = cursor_of(octets, n);
            enum rc rc = kind ? log_piece_get(&c, &piece_got) : log_question_get(&c, &question_got);
            assert_int_equal(rc, n == builder_len(&b) - 1 ? RC_OK : RC_MALFORMED);
        }
    }
    assert_true(question_got.from == UINT64_MAX && question_got.last == 3 && question_got.events);
    assert_true(piece_got.next == 8 && piece_got.end == 9 && piece_got.text.len == 4);
}

static void pieces_that_would_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static const struct log_piece rows[] = {
        {1, 5, 4, {(const uint8_t *)"a\n", 2}}, /* beyond the end */
        {1, 5, 9, {(const uint8_t *)"", 0}},    /* nothing, and more to come */
        {1, 5, 9, {(const uint8_t *)"a", 1}},   /* half a line */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[64];
        struct builder b = builder_of(octets, sizeof octets);
        struct log_piece got;
        log_piece_put(&b, &rows[i]);
        assert_true(b.bad);
        b = builder_of(octets, sizeof octets);
        builder_u32(&b, rows[i].request);
        builder_u64(&b, rows[i].next);
        builder_u64(&b, rows[i].end);
        builder_u16(&b, (uint16_t)rows[i].text.len);
        builder_add(&b, rows[i].text);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(log_piece_get(&c, &got), RC_MALFORMED);
    }
}

#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(lines_come_back_in_order_and_the_oldest_go),
        RING_TEST(the_ring_is_bounded_in_octets_too),
        RING_TEST(what_is_no_line_is_not_kept),
        RING_TEST(the_start_counts_back_from_the_end),
        RING_TEST(pieces_are_whole_lines_and_follow_each_other),
        RING_TEST(what_is_gone_is_passed_over),
        RING_TEST(messages_come_out_as_they_went_in_and_only_whole),
        RING_TEST(pieces_that_would_lead_nowhere_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
