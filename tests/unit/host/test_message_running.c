/* The question for the running configuration and its pieces. */
#include "host/message_running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t octets[MESSAGE_MAX];
static char text[RUNNING_PIECE + 1];

static void questions_come_back(void **state)
{
    (void)state;
    const struct running_question in = {UINT32_MAX, 7};
    struct running_question out;
    struct builder b = builder_of(octets, sizeof octets);
    running_question_put(&b, &in);
    assert_int_equal(message_allowed(MSG_RUNNING_GET, ROLE_OPERATOR, ROLE_KEY, builder_len(&b), 0),
                     RC_OK);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(running_question_get(&c, &out), RC_OK);
    assert_int_equal(out.at, in.at);
    assert_int_equal(out.request, in.request);
}

/* A piece lies in its text, and is empty at its end only. */
static void only_pieces_that_lead_on_pass(void **state)
{
    (void)state;
    static const struct {
        uint32_t at, total;
        size_t len;
        bool good;
    } rows[] = {
        {0, 3, 3, true},
        {0, 3, 2, true},
        {0, 0, 0, true},
        {3, 3, 0, true},
        {9, 3, 0, true},
        {0, RUNNING_PIECE, RUNNING_PIECE, true},
        {UINT32_MAX - 1, UINT32_MAX, 1, true},
        {0, 3, 0, false},
        {0, 3, 4, false},
        {2, 3, 2, false},
        {3, 3, 1, false},
        {UINT32_MAX, 3, 1, false},
        {0, RUNNING_PIECE + 1, RUNNING_PIECE + 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct running_piece in = {
            5, rows[i].at, rows[i].total, {(const uint8_t *)text, rows[i].len}};
        struct running_piece out = {.request = 0};
        struct builder b = builder_of(octets, sizeof octets);
        running_piece_put(&b, &in);
        assert_int_equal(!b.bad, rows[i].good);
        /* The same on the wire, without the writer's own check. */
        b = builder_of(octets, sizeof octets);
        builder_u32(&b, 5);
        builder_u32(&b, rows[i].at);
        builder_u32(&b, rows[i].total);
        builder_u16(&b, (uint16_t)rows[i].len);
        builder_bytes(&b, text, rows[i].len);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(running_piece_get(&c, &out), rows[i].good ? RC_OK : RC_MALFORMED);
        assert_int_equal(out.request, rows[i].good ? 5 : 0);
        assert_true(!rows[i].good || (out.at == in.at && out.total == in.total));
        assert_true(!rows[i].good || span_equal(out.text, in.text));
    }
}

static void every_truncation_and_every_leftover_is_refused(void **state)
{
    (void)state;
    struct builder b = builder_of(octets, sizeof octets);
    running_piece_put(&b, &(struct running_piece){1, 2, 9, {(const uint8_t *)"ab", 2}});
    size_t whole = builder_len(&b);
    builder_u8(&b, 0);
    for (size_t n = 0; n <= whole + 1; n++) {
        struct running_piece piece;
        struct running_question question;
        uint8_t *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, octets, n);
        struct cursor c = cursor_of(exact, n), d = c;
        assert_int_equal(running_piece_get(&c, &piece), n == whole ? RC_OK : RC_MALFORMED);
        assert_int_equal(running_question_get(&d, &question), n == 8 ? RC_OK : RC_MALFORMED);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_come_back),
        cmocka_unit_test(only_pieces_that_lead_on_pass),
        cmocka_unit_test(every_truncation_and_every_leftover_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
