/* Events: rendered lines against the wording of IOS, hostile octets, buffers of every size, and the
 * IPC form with each of its truncations. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/event.h"
#include "base/rng.h"
#include "unit/base/octets.h"

enum { WIRE = 2048 };

/* Every field at its longest, texts full of octets that grow fourfold when escaped. */
static struct event widest(enum event_kind kind)
{
    struct event event = {.kind = kind, .conn = UINT32_MAX};
    struct octets ones = octets_repeat(0xff, 16), texts = octets_repeat(0xff, EVENT_TEXT + 44);
    assert_int_equal(addr_from_bytes(&event.local.addr, octets_span(&ones)), RC_OK);
    event.local.port = UINT16_MAX;
    event.peer = event.local;
    for (size_t i = 0; i < 4; i++)
        event.n[i] = UINT64_MAX;
    for (size_t i = 0; i < 3; i++)
        event_octets(&event, i, octets_span(&texts));
    return event;
}

static struct event plain(enum event_kind kind)
{
    struct event event = {.kind = kind, .conn = 7};
    event.local = (struct endpoint){addr_v4(0x0a30436f), 500};
    event.peer = (struct endpoint){addr_v4(0x0a000001), 4500};
    for (size_t i = 0; i < 4; i++)
        event.n[i] = 100 + i;
    event_text(&event, 0, "first");
    event_text(&event, 1, "second");
    event_text(&event, 2, "third");
    return event;
}

static void assert_line(const struct event *event, const char *want)
{
    char line[EVENT_LINE];
    assert_ptr_equal(event_render(event, line, sizeof line), line);
    assert_string_equal(line, want);
}

static void lines_have_the_wording_of_ios(void **state)
{
    (void)state;
    struct event event = plain(EV_AUTHENTICATED);
    assert_line(&event, "ISAKMP (0:7): SA has been authenticated with 10.0.0.1");
    event.conn = 0;
    assert_line(&event, "ISAKMP: SA has been authenticated with 10.0.0.1");
    event = plain(EV_PACKET_IN);
    assert_line(&event, "ISAKMP (0:7): received packet from 10.0.0.1 dport 500 sport 4500 Global "
                        "(first) second");
    event = plain(EV_STATE);
    assert_line(&event, "ISAKMP (0:7): Old State = first  New State = second");
    event = plain(EV_SPI_ASKED);
    event.n[0] = 0xdeadbeef;
    assert_line(&event, "IPSEC (0:7): getting spi 0xDEADBEEF for SA from 10.48.67.111 to 10.0.0.1");
}

static void message_ids_are_signed_as_ios_prints_them(void **state)
{
    (void)state;
    struct event event = plain(EV_PAYLOAD);
    event.n[0] = 0x7aa0426c;
    assert_line(&event, "ISAKMP (0:7): processing first payload. message ID = 2057323116");
    event.n[0] = 0x9fd49458;
    assert_line(&event, "ISAKMP (0:7): processing first payload. message ID = -1613458344");
    event.n[0] = 0x80000000;
    assert_line(&event, "ISAKMP (0:7): processing first payload. message ID = -2147483648");
}

/* No template is left with a placeholder that nobody fills in. */
static void every_kind_renders_every_field(void **state)
{
    static const char *const areas[AREA_COUNT] = {"ISAKMP", "IPSEC", "CRYPTO_ENGINE", "AAA",
                                                  "SYSTEM"};
    (void)state;
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
        struct event event = plain((enum event_kind)kind);
        char line[EVENT_LINE];
        event_render(&event, line, sizeof line);
        assert_null(strpbrk(line, "{}"));
        assert_true(strlen(line) > strlen("AAA: "));
        assert_true(event_area(event.kind) < AREA_COUNT);
        assert_true(event_level(event.kind) <= LEVEL_ERROR);
        assert_int_equal(
            strncmp(line, areas[event_area(event.kind)], strlen(areas[event_area(event.kind)])), 0);
    }
}

static void no_kind_overruns_a_buffer_of_any_size(void **state)
{
    (void)state;
    static char whole[16 * EVENT_LINE];
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
        struct event event = widest((enum event_kind)kind);
        event_render(&event, whole, sizeof whole);
        for (size_t size = 1; size <= EVENT_LINE; size++) {
            char *line = malloc(size); /* exact: ASan guards its end */
            assert_non_null(line);
            memset(line, 'x', size);
            assert_ptr_equal(event_render(&event, line, size), line);
            size_t len = strlen(whole) < size ? strlen(whole) : size - 1;
            assert_int_equal(strnlen(line, size), len);
            assert_memory_equal(line, whole, len);
            free(line);
        }
    }
}

/* The last line a log, a terminal or a page could be tricked with. */
static void hostile_octets_come_out_as_hexadecimal(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 256; c++) {
        struct event event = {.kind = EV_SYSTEM};
        const uint8_t octets[] = {'a', (uint8_t)c, 'b'};
        char want[32];
        event_octets(&event, 0, (struct span){octets, sizeof octets});
        if (c >= 0x20 && c < 0x7f && c != '\\')
            snprintf(want, sizeof want, "SYSTEM: a%cb", (char)c);
        else
            snprintf(want, sizeof want, "SYSTEM: a\\x%02xb", c);
        assert_line(&event, want);
    }
}

static void braces_in_a_text_are_not_placeholders(void **state)
{
    (void)state;
    struct event event = {.kind = EV_SYSTEM};
    event_text(&event, 0, "{t1}{peer} %s %n {");
    event_text(&event, 1, "secret");
    assert_line(&event, "SYSTEM: {t1}{peer} %s %n {");
}

static void whatever_is_rendered_is_printable(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 3);
    for (unsigned round = 0; round < 2000; round++) {
        struct event event;
        char line[EVENT_LINE];
        rng_bytes(&rng, &event, sizeof event);
        event.kind = (enum event_kind)(round % EVENT_COUNT);
        event.local.addr.family = round % 3 ? ADDR_V6 : ADDR_V4;
        event.peer.addr.family = round % 2 ? ADDR_V4 : ADDR_NONE;
        for (size_t i = 0; i < 3; i++)
            event.text[i][EVENT_TEXT - 1] = '\0';
        event_render(&event, line, sizeof line);
        for (const char *at = line; *at; at++)
            assert_true(isprint((unsigned char)*at));
    }
}

static void texts_are_cut_to_fit(void **state)
{
    (void)state;
    struct octets octets = octets_repeat('t', EVENT_TEXT + 44);
    for (size_t n = 0; n <= octets.len; n++) {
        struct event event = {.kind = EV_SYSTEM};
        uint8_t *exact = octets_exact(octets.bytes, n);
        event_octets(&event, 1, (struct span){exact, n});
        assert_int_equal(strlen(event.text[1]), n < EVENT_TEXT ? n : EVENT_TEXT - 1);
        assert_string_equal(event.text[0], "");
        assert_string_equal(event.text[2], "");
        free(exact);
    }
    struct event event = {.kind = EV_SYSTEM};
    event_text(&event, 0, "something");
    event_text(&event, 0, NULL);
    assert_string_equal(event.text[0], "");
}

static void assert_same(const struct event *a, const struct event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->conn, b->conn);
    assert_true(endpoint_equal(a->local, b->local));
    assert_true(endpoint_equal(a->peer, b->peer));
    for (size_t i = 0; i < 4; i++)
        assert_true(a->n[i] == b->n[i]);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(a->text[i], b->text[i]);
}

static void the_ipc_form_comes_back_and_its_truncations_do_not(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
        const struct event events[] = {plain((enum event_kind)kind),
                                       widest((enum event_kind)kind),
                                       {.kind = (enum event_kind)kind}};
        for (size_t e = 0; e < 3; e++) {
            uint8_t wire[WIRE];
            struct builder b = builder_of(wire, sizeof wire);
            event_put(&b, &events[e]);
            assert_false(b.bad);
            for (size_t n = 0; n <= builder_len(&b); n++) {
                uint8_t *exact = octets_exact(wire, n);
                struct cursor c = cursor_of(exact, n);
                struct event back;
                event_get(&c, &back);
                assert_int_equal(c.bad, n < builder_len(&b));
                if (!c.bad)
                    assert_same(&back, &events[e]);
                free(exact);
            }
        }
    }
}

static void a_kind_outside_the_table_poisons(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind <= UINT16_MAX; kind++) {
        struct event event = plain(EV_SYSTEM), back;
        uint8_t wire[WIRE];
        struct builder b = builder_of(wire, sizeof wire);
        event_put(&b, &event);
        wire[0] = (uint8_t)(kind >> 8);
        wire[1] = (uint8_t)kind;
        struct cursor c = cursor_over(builder_span(&b));
        event_get(&c, &back);
        assert_int_equal(c.bad, kind >= EVENT_COUNT);
        assert_true(back.kind < EVENT_COUNT); /* safe to look up even so */
    }
}

/* Whatever arrives, an event that was not poisoned is one that can be rendered and sent on. */
static void random_octets_are_refused_or_a_whole_event(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 4);
    unsigned good = 0;
    for (unsigned round = 0; round < 20000; round++) {
        struct event event = plain((enum event_kind)(round % EVENT_COUNT)), back;
        uint8_t wire[WIRE], again[WIRE];
        char line[EVENT_LINE];
        struct builder b = builder_of(wire, sizeof wire), second = builder_of(again, sizeof again);
        event_put(&b, &event);
        wire[rng_u32(&rng) % builder_len(&b)] ^= (uint8_t)(1 + rng_u32(&rng) % 255);
        struct cursor c = cursor_over(builder_span(&b));
        event_get(&c, &back);
        if (!cursor_done(&c))
            continue;
        good++;
        event_render(&back, line, sizeof line);
        event_put(&second, &back);
        assert_true(span_equal(builder_span(&b), builder_span(&second)));
    }
    assert_true(good > 1000);
}

struct values {
    char names[8][16], texts[8][32];
    bool numbers[8];
    size_t count;
};

static void take_value(void *context, const char *name, const char *text, bool number)
{
    struct values *values = context;
    size_t i = values->count++;
    assert_true(i < 8);
    snprintf(values->names[i], sizeof values->names[i], "%s", name);
    snprintf(values->texts[i], sizeof values->texts[i], "%s", text);
    values->numbers[i] = number;
}

static void values_come_with_their_names(void **state)
{
    (void)state;
    struct values values = {.count = 0};
    struct event event = plain(EV_SA_CREATED);
    event.n[0] = 0xabc;
    event_values(&event, take_value, &values);
    assert_int_equal(values.count, 5);
    assert_string_equal(values.names[0], "spi_in");
    assert_string_equal(values.texts[0], "0xABC");
    assert_false(values.numbers[0]);
    assert_string_equal(values.names[2], "suite");
    assert_string_equal(values.texts[2], "first");
    assert_string_equal(values.names[4], "theirs");
    values.count = 0;
    event = plain(EV_PAYLOAD);
    event.n[0] = UINT32_MAX; /* a message id: IOS prints it with its sign */
    event_values(&event, take_value, &values);
    assert_int_equal(values.count, 2);
    assert_string_equal(values.names[1], "d0");
    assert_string_equal(values.texts[1], "-1");
    assert_true(values.numbers[1]);
    values.count = 0;
    event = plain(EV_AUTHENTICATED);
    event_values(&event, take_value, &values);
    assert_int_equal(values.count, 0);
}

/* Two values of one name would be one key twice; a value without a name is nothing to search for,
 * and the log holds what is of level INFO and above. */
static void what_the_log_holds_has_a_name_of_its_own_each(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
        struct values values = {.count = 0};
        struct event event = plain((enum event_kind)kind);
        event_values(&event, take_value, &values);
        for (size_t i = 0; i < values.count; i++) {
            bool bare = strlen(values.names[i]) == 2;
            assert_false(bare && event_level(event.kind) >= LEVEL_INFO);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(values.names[i], values.names[j]);
        }
    }
}

static void codes_are_the_names_of_the_table(void **state)
{
    (void)state;
    assert_string_equal(event_name(EV_PACKET_IN), "PACKET_IN");
    assert_string_equal(event_name(EV_SYSTEM_WARNING), "SYSTEM_WARNING");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_with_their_names),
        cmocka_unit_test(what_the_log_holds_has_a_name_of_its_own_each),
        cmocka_unit_test(codes_are_the_names_of_the_table),
        cmocka_unit_test(lines_have_the_wording_of_ios),
        cmocka_unit_test(message_ids_are_signed_as_ios_prints_them),
        cmocka_unit_test(every_kind_renders_every_field),
        cmocka_unit_test(no_kind_overruns_a_buffer_of_any_size),
        cmocka_unit_test(hostile_octets_come_out_as_hexadecimal),
        cmocka_unit_test(braces_in_a_text_are_not_placeholders),
        cmocka_unit_test(whatever_is_rendered_is_printable),
        cmocka_unit_test(texts_are_cut_to_fit),
        cmocka_unit_test(the_ipc_form_comes_back_and_its_truncations_do_not),
        cmocka_unit_test(a_kind_outside_the_table_poisons),
        cmocka_unit_test(random_octets_are_refused_or_a_whole_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
