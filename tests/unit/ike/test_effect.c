/* The list of effects of one turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/effect.h"
#include "unit/base/octets.h"

static void effects_keep_their_order_and_kind(void **state)
{
    (void)state;
    static const enum effect_kind kinds[] = {EFFECT_SA_INSTALL, EFFECT_ROUTE, EFFECT_SA_DELETE,
                                             EFFECT_DECISION, EFFECT_SEND};
    struct effects effects = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_non_null(effects_add(&effects, kinds[i]));
    assert_int_equal(effects.count, 5);
    for (size_t i = 0; i < effects.count; i++)
        assert_int_equal(effects.items[i].kind, kinds[i]);
    effects_wipe(&effects);
}

static void every_body_is_zeroed_and_writable_to_its_end(void **state)
{
    (void)state;
    static const uint8_t zeros[sizeof(struct effect_ask_dh) + sizeof(struct effect_ask_password) +
                               sizeof(struct effect_decision)];
    struct effects effects = {0};
    struct {
        void *body;
        size_t size;
    } bodies[] = {
        {effects_add(&effects, EFFECT_SA_INSTALL)->install, sizeof(struct esp_params)},
        {effects_add(&effects, EFFECT_ASK_PASSWORD)->ask_password,
         sizeof(struct effect_ask_password)},
        {effects_add(&effects, EFFECT_ASK_DH)->ask_dh, sizeof(struct effect_ask_dh)},
        {effects_add(&effects, EFFECT_LEASE_SAVE)->lease_save, sizeof(struct effect_lease_save)},
        {effects_add(&effects, EFFECT_PEER_SAVE)->peer_save, sizeof(struct peer_row)},
        {effects_add(&effects, EFFECT_DECISION)->decision, sizeof(struct effect_decision)},
        {effects_add(&effects, EFFECT_EVENT)->event, sizeof(struct event)},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_true(bodies[i].size <= sizeof zeros);
        assert_memory_equal(bodies[i].body, zeros, bodies[i].size);
        memset(bodies[i].body, 0xa5, bodies[i].size);
    }
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_int_equal(((uint8_t *)bodies[i].body)[bodies[i].size - 1], 0xa5);
    effects_wipe(&effects);
}

static void sent_bytes_are_copied(void **state)
{
    (void)state;
    struct effects effects = {0};
    struct ike_path path = {.local = {addr_v4(0x0a4d0002), 4500}, .natt = true};
    struct octets bytes = octets_count(1, 300);
    effects_send(&effects, &path, octets_span(&bytes));
    memset(bytes.bytes, 0, bytes.len);
    struct octets want = octets_count(1, 300);
    assert_int_equal(effects.count, 1);
    const struct effect_send *send = &effects.items[0].send;
    assert_int_equal(send->bytes.len, 300);
    assert_memory_equal(send->bytes.at, want.bytes, 300);
    assert_true(endpoint_equal(send->path.local, path.local));
    assert_true(send->path.natt);
    assert_false(send->bare);
    effects_wipe(&effects);
}

static void an_empty_message_may_be_sent(void **state)
{
    (void)state;
    struct effects effects = {0};
    struct ike_path path = {.natt = false};
    effects_send(&effects, &path, (struct span){NULL, 0});
    assert_int_equal(effects.count, 1);
    assert_int_equal(effects.items[0].send.bytes.len, 0);
    assert_false(effects.lost);
    effects_wipe(&effects);
}

static void an_event_carries_its_kind(void **state)
{
    (void)state;
    struct effects effects = {0};
    struct event *event = effects_event(&effects, EV_AUTHENTICATED);
    assert_non_null(event);
    assert_int_equal(event->kind, EV_AUTHENTICATED);
    assert_ptr_equal(effects.items[0].event, event);
    effects_wipe(&effects);
}

static void bodies_stay_where_they_are_while_the_list_grows(void **state)
{
    (void)state;
    struct effects effects = {0};
    struct event *first = effects_event(&effects, EV_SKEYID);
    first->conn = 77;
    for (unsigned i = 1; i < 1000; i++)
        effects_event(&effects, EV_SKEYID)->conn = i;
    assert_int_equal(effects.count, 1000);
    assert_ptr_equal(effects.items[0].event, first);
    assert_int_equal(first->conn, 77);
    for (unsigned i = 1; i < 1000; i++)
        assert_int_equal(effects.items[i].event->conn, i);
    effects_wipe(&effects);
}

static void a_message_that_finds_no_memory_is_told_as_lost(void **state)
{
    (void)state;
    struct effects effects = {0};
    struct ike_path path = {.natt = false};
    uint8_t octet = 0;
    effects_send(&effects, &path, (struct span){&octet, SIZE_MAX});
    assert_true(effects.lost);
    assert_int_equal(effects.count, 0);
    effects_wipe(&effects);
    assert_false(effects.lost);
}

static void a_wiped_list_is_empty_and_usable(void **state)
{
    (void)state;
    struct effects effects = {0};
    assert_non_null(effects_event(&effects, EV_SKEYID));
    effects_wipe(&effects);
    assert_int_equal(effects.count, 0);
    assert_null(effects.items);
    assert_non_null(effects_add(&effects, EFFECT_ROUTE));
    assert_int_equal(effects.count, 1);
    effects_wipe(&effects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_keep_their_order_and_kind),
        cmocka_unit_test(every_body_is_zeroed_and_writable_to_its_end),
        cmocka_unit_test(sent_bytes_are_copied),
        cmocka_unit_test(an_empty_message_may_be_sent),
        cmocka_unit_test(an_event_carries_its_kind),
        cmocka_unit_test(bodies_stay_where_they_are_while_the_list_grows),
        cmocka_unit_test(a_message_that_finds_no_memory_is_told_as_lost),
        cmocka_unit_test(a_wiped_list_is_empty_and_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
