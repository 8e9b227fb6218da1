/* The operator's messages. */
#include "host/message_control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t octets[MESSAGE_MAX];

static void clears_come_back(void **state)
{
    (void)state;
    const struct control_clear rows[] = {
        {.id = 0},
        {.id = UINT64_MAX},
        {.peer = {.family = ADDR_V4, .bytes = {10, 51, 82, 100}}},
        {.id = 7, .peer = {.family = ADDR_V6, .bytes = {0x20, 0x01, 0x0d, 0xb8}}},
        {.id = 9, .scope = CLEAR_ISAKMP},
        {.peer = {.family = ADDR_V4, .bytes = {1, 2, 3, 4}}, .scope = CLEAR_IPSEC},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct control_clear out;
        struct builder b = builder_of(octets, sizeof octets);
        control_clear_put(&b, &rows[i]);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(control_clear_get(&c, &out), RC_OK);
        assert_int_equal(out.id, rows[i].id);
        assert_true(addr_equal(out.peer, rows[i].peer));
        assert_int_equal(out.scope, rows[i].scope);
    }
}

static void a_clear_of_an_unknown_scope_is_refused(void **state)
{
    (void)state;
    for (unsigned scope = 0; scope < 256; scope++) {
        struct control_clear out;
        struct builder b = builder_of(octets, sizeof octets);
        control_clear_put(&b, &(struct control_clear){.id = 1});
        octets[builder_len(&b) - 1] = (uint8_t)scope;
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(control_clear_get(&c, &out), scope < CLEAR_SCOPES ? RC_OK : RC_MALFORMED);
    }
}

static void debugs_come_back_and_unknown_areas_are_refused(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        struct control_debug in = {.areas = 1u << bit, .on = bit % 2 == 0}, out = {0};
        struct builder b = builder_of(octets, sizeof octets);
        control_debug_put(&b, &in);
        struct cursor c = cursor_over(builder_span(&b));
        enum rc rc = control_debug_get(&c, &out);
        assert_int_equal(rc, bit < AREA_COUNT ? RC_OK : RC_MALFORMED);
        assert_int_equal(out.areas, rc == RC_OK ? in.areas : 0);
        assert_int_equal(out.on, rc == RC_OK && in.on);
    }
}

static void a_debug_switch_is_on_or_off_only(void **state)
{
    (void)state;
    for (unsigned on = 0; on < 256; on++) {
        uint8_t message[5] = {0, 0, 0, 1, (uint8_t)on};
        struct control_debug out;
        struct cursor c = cursor_of(message, sizeof message);
        assert_int_equal(control_debug_get(&c, &out), on < 2 ? RC_OK : RC_MALFORMED);
    }
}

static void events_come_back_with_their_time(void **state)
{
    (void)state;
    struct control_event in = {.unix_ms = 1700000000123, .event = {.kind = EV_STATE, .conn = 2}};
    struct control_event out;
    char a[EVENT_LINE], z[EVENT_LINE];
    event_text(&in.event, 0, "IKE_READY");
    event_text(&in.event, 1, "IKE_R_MM1");
    struct builder b = builder_of(octets, sizeof octets);
    control_event_put(&b, &in);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(control_event_get(&c, &out), RC_OK);
    assert_int_equal(out.unix_ms, 1700000000123);
    assert_string_equal(event_render(&in.event, a, sizeof a),
                        event_render(&out.event, z, sizeof z));
}

static void results_come_back_for_every_code_and_no_other(void **state)
{
    (void)state;
    for (unsigned rc = 0; rc < 256; rc++) {
        struct control_result in = {.rc = (enum rc)rc, .number = rc * 3}, out;
        memset(in.text, 't', sizeof in.text - 1);
        struct builder b = builder_of(octets, sizeof octets);
        control_result_put(&b, &in);
        assert_true(builder_len(&b) <= 1024); /* the table's limit */
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(control_result_get(&c, &out), rc <= RC_AGAIN ? RC_OK : RC_MALFORMED);
        if (rc > RC_AGAIN)
            continue;
        assert_int_equal(out.rc, rc);
        assert_int_equal(out.number, rc * 3);
        assert_string_equal(out.text, in.text);
    }
}

typedef enum rc any_get(struct cursor *c);

static enum rc get_clear(struct cursor *c)
{
    struct control_clear out;
    return control_clear_get(c, &out);
}

static enum rc get_debug(struct cursor *c)
{
    struct control_debug out;
    return control_debug_get(c, &out);
}

static enum rc get_event(struct cursor *c)
{
    struct control_event out;
    return control_event_get(c, &out);
}

static enum rc get_result(struct cursor *c)
{
    struct control_result out;
    return control_result_get(c, &out);
}

static void every_truncation_and_every_leftover_is_refused(void **state)
{
    (void)state;
    const struct control_clear clear = {.id = 5, .peer = {.family = ADDR_V4, .bytes = {1}}};
    const struct control_debug debug = {1, true};
    const struct control_event event = {.unix_ms = 1, .event = {.kind = EV_SYSTEM}};
    const struct control_result result = {.rc = RC_OK, .text = "2 sessions cleared"};
    for (size_t form = 0; form < 4; form++) {
        static any_get *const gets[4] = {get_clear, get_debug, get_event, get_result};
        struct builder b = builder_of(octets, sizeof octets);
        if (form == 0)
            control_clear_put(&b, &clear);
        if (form == 1)
            control_debug_put(&b, &debug);
        if (form == 2)
            control_event_put(&b, &event);
        if (form == 3)
            control_result_put(&b, &result);
        size_t whole = builder_len(&b);
        builder_u8(&b, 0);
        for (size_t n = 0; n <= whole + 1; n++) {
            uint8_t *exact = malloc(n ? n : 1);
            assert_non_null(exact);
            memcpy(exact, octets, n);
            struct cursor c = cursor_of(exact, n);
            assert_int_equal(gets[form](&c), n == whole ? RC_OK : RC_MALFORMED);
            free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clears_come_back),
        cmocka_unit_test(a_clear_of_an_unknown_scope_is_refused),
        cmocka_unit_test(debugs_come_back_and_unknown_areas_are_refused),
        cmocka_unit_test(a_debug_switch_is_on_or_off_only),
        cmocka_unit_test(events_come_back_with_their_time),
        cmocka_unit_test(results_come_back_for_every_code_and_no_other),
        cmocka_unit_test(every_truncation_and_every_leftover_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
