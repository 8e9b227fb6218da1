/* `show log` and `show events`: pieces put together, lines for people, documents for programs. */
#include "host/log_record.h"
#include "unit/cli/hub.h"
#include "unit/schema.h"

#include <cmocka.h>

static void add(struct log_ring *ring, const struct log_record *record)
{
    struct sink line = {0};
    log_record_json(&line, record);
    log_ring_add(ring, (struct span){(const uint8_t *)sink_string(&line), line.len},
                 record->event != NULL);
    sink_free(&line);
}

static void add_event(struct log_ring *ring, uint64_t unix_ms, const struct event *event)
{
    char line[EVENT_LINE];
    add(ring, &(struct log_record){.unix_ms = unix_ms,
                                   .level = event_level(event->kind),
                                   .role = ROLE_KEY,
                                   .text = event_render(event, line, sizeof line),
                                   .event = event});
}

static void add_text(struct log_ring *ring, uint64_t unix_ms, enum role role, const char *text)
{
    add(ring, &(struct log_record){
                  .unix_ms = unix_ms, .level = LEVEL_NOTICE, .role = role, .text = text});
}

/* A morning at the hub. */
static struct log_ring *a_log(const char *said)
{
    struct log_ring *ring = log_ring_new();
    struct event event = {.kind = EV_AUTHENTICATED,
                          .conn = 7,
                          .local = fixture_endpoint("10.48.67.181", 500),
                          .peer = fixture_endpoint("10.51.82.100", 4500)};
    assert_non_null(ring);
    add_text(ring, 1777637045123, ROLE_WARDEN, "hubd 0.1.0 is up, configuration hub.conf");
    add_event(ring, 1777637046000, &event);
    event.kind = EV_REFUSED;
    event_text(&event, 0, "Xauth login");
    event_text(&event, 1, said);
    event_text(&event, 2, "check the user's name");
    add_event(ring, 1777637047001, &event);
    event = (struct event){.kind = EV_DPD_DEAD, .peer = fixture_endpoint("2001:db8::3", 500)};
    event.n[0] = 5;
    add_event(ring, 1777637048999, &event);
    add_text(ring, 1777637049000, ROLE_STORE, said);
    return ring;
}

static void the_log_is_shown_as_it_was_written(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.log = a_log("user or password wrong");
    struct outcome got = run(&hub, "show log");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(
        got.out,
        "2026-05-01T12:04:05.123Z notice warden: hubd 0.1.0 is up, configuration hub.conf\n"
        "2026-05-01T12:04:06.000Z info key: ISAKMP (0:7): SA has been authenticated with "
        "10.51.82.100\n"
        "2026-05-01T12:04:07.001Z warning key: ISAKMP (0:7): 10.51.82.100 refused at Xauth login: "
        "user or password wrong; to accept it: check the user's name\n"
        "2026-05-01T12:04:08.999Z warning key: ISAKMP: peer 2001:db8::3 not responding, 5 probes "
        "unanswered\n"
        "2026-05-01T12:04:09.000Z notice store: user or password wrong\n");
    assert_int_equal(hub.log_asked.last, 100);
    assert_false(hub.log_asked.events);
    log_ring_free(hub.log);
    release(got);
}

static void events_are_shown_with_their_values(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.log = a_log("user or password wrong");
    struct outcome got = run(&hub, "show events");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(
        got.out,
        "2026-05-01T12:04:06.000Z AUTHENTICATED     7     10.51.82.100:4500\n"
        "2026-05-01T12:04:07.001Z REFUSED           7     10.51.82.100:4500     "
        "stage=\"Xauth login\" reason=\"user or password wrong\" "
        "remedy=\"check the user's name\"\n"
        "2026-05-01T12:04:08.999Z DPD_DEAD          0     2001:db8::3:500       probes=5\n");
    assert_true(hub.log_asked.events);
    log_ring_free(hub.log);
    release(got);
}

static void a_number_says_how_many(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        unsigned last;
        enum exit_code code;
    } rows[] = {{"show log 1 | count .", 1, EXIT_OK},
                {"show log 1000 | count .", 1000, EXIT_OK},
                {"show events 2 | count .", 2, EXIT_OK},
                {"show log 0", 0, EXIT_USAGE},
                {"show log 1001", 0, EXIT_USAGE},
                {"show events 18446744073709551615", 0, EXIT_USAGE}};
    static const unsigned shown[] = {1, 5, 2};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hub hub = a_hub();
        char want[64] = "";
        hub.log = a_log("x");
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, rows[i].code);
        assert_int_equal(hub.log_asked.last, rows[i].last);
        if (rows[i].code == EXIT_OK)
            snprintf(want, sizeof want, "Number of lines which match regexp = %u\n", shown[i]);
        assert_string_equal(got.out, want);
        log_ring_free(hub.log);
        release(got);
    }
}

static void a_long_log_comes_in_pieces(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    char text[300];
    hub.log = log_ring_new();
    for (unsigned i = 0; i < 1500; i++) {
        snprintf(text, sizeof text, "line %u %0200u", i, i);
        add_text(hub.log, i, ROLE_PATH, text);
    }
    struct outcome got = run(&hub, "show log 1000");
    assert_int_equal(got.code, EXIT_OK);
    assert_true(hub.log_pieces > 3);
    unsigned expected = 500;
    for (const char *at = got.out; *at; expected++) {
        unsigned number;
        at = strstr(at, "path: line ");
        assert_non_null(at);
        assert_int_equal(sscanf(at, "path: line %u", &number), 1);
        assert_int_equal(number, expected);
        at = strchr(at, '\n') + 1;
    }
    assert_int_equal(expected, 1500);
    log_ring_free(hub.log);
    release(got);
}

static void documents_hold_hostile_texts_and_keep_to_their_schema(void **state)
{
    (void)state;
    static const char *const keys[] = {"log", "events"};
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++)
        for (size_t k = 0; k < 2; k++) {
            struct schema schema = {.file_count = 0};
            struct hub hub = a_hub();
            char line[64], name[64];
            hub.log = a_log(fixture_hostile[i]);
            snprintf(line, sizeof line, "show %s --json", keys[k]);
            snprintf(name, sizeof name, "show-%s.json", keys[k]);
            struct outcome got = run(&hub, line);
            json_t *document = json_loads(got.out, JSON_REJECT_DUPLICATES, NULL);
            const char *complaint = schema_complaint(&schema, name, document);
            if (complaint)
                fail_msg("%s: %s", line, complaint);
            assert_int_equal(json_array_size(json_object_get(document, keys[k])), k ? 3 : 5);
            json_decref(document);
            schema_wipe(&schema);
            log_ring_free(hub.log);
            release(got);
        }
}

static void hostile_texts_reach_no_terminal(void **state)
{
    (void)state;
    static const char *const lines[] = {"show log", "show events"};
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++)
        for (size_t k = 0; k < 2; k++) {
            struct hub hub = a_hub();
            hub.log = a_log(fixture_hostile[i]);
            struct outcome got = run(&hub, lines[k]);
            assert_int_equal(got.code, EXIT_OK);
            for (const char *at = got.out; *at; at++)
                assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
            log_ring_free(hub.log);
            release(got);
        }
}

static void a_hub_that_breaks_the_rules_is_left(void **state)
{
    (void)state;
    static const enum mischief mischiefs[] = {WRONG_REQUEST, STANDS_STILL, WRONG_PAYLOAD};
    for (size_t i = 0; i < sizeof mischiefs / sizeof *mischiefs; i++) {
        struct hub hub = a_hub();
        hub.log = a_log("x");
        hub.mischief = mischiefs[i];
        struct outcome got = run(&hub, "show log");
        assert_int_equal(got.code, EXIT_FAILED);
        assert_string_equal(got.out, "");
        log_ring_free(hub.log);
        release(got);
    }
    struct hub hub = a_hub();
    hub.log = log_ring_new();
    log_ring_add(hub.log, (struct span){(const uint8_t *)"no JSON\n", 8}, false);
    struct outcome got = run(&hub, "show log");
    assert_int_equal(got.code, EXIT_FAILED);
    assert_string_equal(got.out, "");
    log_ring_free(hub.log);
    release(got);
}

static void a_log_that_cannot_be_read_is_said(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.result.rc = RC_AGAIN;
    struct outcome got = run(&hub, "show log");
    assert_int_equal(got.code, EXIT_FAILED);
    assert_string_equal(got.err, "% the log cannot be read now\n");
    release(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_is_shown_as_it_was_written),
        cmocka_unit_test(events_are_shown_with_their_values),
        cmocka_unit_test(a_number_says_how_many),
        cmocka_unit_test(a_long_log_comes_in_pieces),
        cmocka_unit_test(documents_hold_hostile_texts_and_keep_to_their_schema),
        cmocka_unit_test(hostile_texts_reach_no_terminal),
        cmocka_unit_test(a_hub_that_breaks_the_rules_is_left),
        cmocka_unit_test(a_log_that_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
