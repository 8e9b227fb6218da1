/* Messages that forget a peer: whole or not at all. */
#include "host/message_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint8_t octets[MESSAGE_MAX];

static void a_wish_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct peer_forget in = {.number = UINT64_MAX}, out = {.number = 0};
    memset(in.who, 'w', sizeof in.who - 1); /* the longest */
    struct builder b = builder_of(octets, sizeof octets);
    peer_forget_put(&b, &in);
    assert_false(b.bad);
    assert_true(builder_len(&b) <= PEER_FORGET_MAX);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(peer_forget_get(&c, &out), RC_OK);
    assert_true(out.number == in.number);
    assert_string_equal(out.who, in.who);
}

static void nobody_is_no_name(void **state)
{
    (void)state;
    struct peer_forget wish = {.number = 1};
    struct builder b = builder_of(octets, sizeof octets);
    peer_forget_put(&b, &wish);
    assert_true(b.bad);
    b = builder_of(octets, sizeof octets);
    builder_u64(&b, 1);
    builder_string(&b, "");
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(peer_forget_get(&c, &wish), RC_MALFORMED);
}

static void an_answer_comes_out_as_it_went_in_and_no_unknown_result_does(void **state)
{
    (void)state;
    for (unsigned rc = 0; rc < 256; rc++) {
        const struct peer_forgotten in = {
            .number = 7, .rc = (enum rc)rc, .count = 3, .up = UINT32_MAX};
        struct peer_forgotten out = {.number = 0};
        struct builder b = builder_of(octets, sizeof octets);
        peer_forgotten_put(&b, &in);
        assert_int_equal(builder_len(&b), PEER_FORGOTTEN_LEN);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(peer_forgotten_get(&c, &out), rc <= RC_AGAIN ? RC_OK : RC_MALFORMED);
        assert_int_equal(out.number, rc <= RC_AGAIN ? 7 : 0);
        assert_int_equal(out.count, rc <= RC_AGAIN ? 3 : 0);
        assert_true(out.up == (rc <= RC_AGAIN ? UINT32_MAX : 0));
    }
}

static void every_truncation_and_every_leftover_is_refused(void **state)
{
    (void)state;
    struct peer_forget wish = {.number = 1, .who = "alice"};
    struct peer_forgotten answer = {.number = 1, .rc = RC_OK};
    for (int kind = 0; kind < 2; kind++) {
        struct builder b = builder_of(octets, sizeof octets);
        if (kind)
            peer_forgotten_put(&b, &answer);
        else
            peer_forget_put(&b, &wish);
        builder_u8(&b, 0);
        for (size_t n = 0; n <= builder_len(&b); n++) {
            struct cursor c = cursor_of(octets, n);
            enum rc rc = kind ? peer_forgotten_get(&c, &answer) : peer_forget_get(&c, &wish);
            assert_int_equal(rc, n == builder_len(&b) - 1 ? RC_OK : RC_MALFORMED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_comes_out_as_it_went_in),
        cmocka_unit_test(nobody_is_no_name),
        cmocka_unit_test(an_answer_comes_out_as_it_went_in_and_no_unknown_result_does),
        cmocka_unit_test(every_truncation_and_every_leftover_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
