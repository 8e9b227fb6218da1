/* What a stream is told: whole documents to who is new, and only what differs to the others. */
#include "web/changes.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, 0, &error);
    if (!document)
        fail_msg("%s: %s", text, error.text);
    return document;
}

static void take(struct changes *changes, const char *text, uint64_t now_ms, enum rc wanted)
{
    assert_int_equal(changes_take(changes, parsed(text), now_ms), wanted);
}

/* The next event is of this name and has this document. */
static void assert_event(struct changes *changes, uint64_t *seen, const char *name,
                         const char *document)
{
    struct event_text *event = changes_next(changes, seen);
    char begin[64];
    assert_non_null(event);
    snprintf(begin, sizeof begin, "event: %s\nid: ab-%u\ndata: ", name, (unsigned)*seen);
    assert_memory_equal(event->text, begin, strlen(begin));
    assert_string_equal(event->text + event->len - 2, "\n\n");
    assert_null(strchr(event->text + strlen(begin), '\r'));
    json_error_t error;
    json_t *data = json_loads(event->text + strlen(begin), JSON_DISABLE_EOF_CHECK, &error);
    json_t *wanted = parsed(document);
    if (!json_equal(data, wanted))
        fail_msg("%s", event->text);
    json_decref(data);
    json_decref(wanted);
    event_text_release(event);
}

static void assert_nothing(struct changes *changes, uint64_t *seen)
{
    assert_null(changes_next(changes, seen));
}

#define ROW_A "{\"id\":\"1\",\"user\":\"alice\",\"age_ms\":1000}"
#define ROW_B "{\"id\":\"2\",\"user\":\"bob\",\"age_ms\":50}"

static void who_is_new_gets_everything_and_then_what_differs(void **state)
{
    (void)state;
    struct changes changes = {.start = 0xab};
    uint64_t seen = 0;
    assert_nothing(&changes, &seen);
    take(&changes, "{\"live\":true,\"rows\":[" ROW_A "]}", 0, RC_OK);
    assert_event(&changes, &seen, "snapshot", "{\"live\":true,\"rows\":[" ROW_A "]}");
    assert_nothing(&changes, &seen);
    take(&changes, "{\"live\":true,\"rows\":[" ROW_A "," ROW_B "]}", 0, RC_OK);
    assert_event(&changes, &seen, "change", "{\"rows\":{\"length\":2,\"rows\":{\"1\":" ROW_B "}}}");
    take(&changes, "{\"live\":false,\"rows\":[" ROW_A "]}", 0, RC_OK);
    assert_event(&changes, &seen, "change", "{\"live\":false,\"rows\":{\"length\":1,\"rows\":{}}}");
    changes_wipe(&changes);
}

static void times_that_run_as_they_should_are_no_change(void **state)
{
    (void)state;
    struct changes changes = {.start = 0xab};
    uint64_t seen = 0;
    take(&changes, "{\"rows\":[{\"age_ms\":1000,\"remaining_ms\":5000,\"kept_ms\":100}]}", 10000,
         RC_OK);
    assert_event(&changes, &seen, "snapshot",
                 "{\"rows\":[{\"age_ms\":1000,\"remaining_ms\":5000,\"kept_ms\":100}]}");
    take(&changes, "{\"rows\":[{\"age_ms\":4200,\"remaining_ms\":1800,\"kept_ms\":0}]}", 13000,
         RC_EXISTS);
    assert_nothing(&changes, &seen);
    /* A sign of life, or a new lifetime. */
    take(&changes, "{\"rows\":[{\"age_ms\":20,\"remaining_ms\":1800,\"kept_ms\":0}]}", 13000,
         RC_OK);
    assert_event(&changes, &seen, "change",
                 "{\"rows\":{\"length\":1,\"rows\":{\"0\":{\"age_ms\":20,\"remaining_ms\":1800,"
                 "\"kept_ms\":0}}}}");
    changes_wipe(&changes);
}

static void a_stream_that_fell_behind_begins_anew(void **state)
{
    (void)state;
    struct changes changes = {.start = 0xab};
    uint64_t slow = 0, quick = 0;
    take(&changes, "{\"n\":1}", 0, RC_OK);
    assert_event(&changes, &slow, "snapshot", "{\"n\":1}");
    assert_event(&changes, &quick, "snapshot", "{\"n\":1}");
    take(&changes, "{\"n\":2}", 0, RC_OK);
    assert_event(&changes, &quick, "change", "{\"n\":2}");
    take(&changes, "{\"n\":3}", 0, RC_OK);
    assert_event(&changes, &quick, "change", "{\"n\":3}");
    assert_event(&changes, &slow, "snapshot", "{\"n\":3}");
    changes_wipe(&changes);
}

static void an_event_outlives_what_it_told_of(void **state)
{
    (void)state;
    struct changes changes = {.start = 0xab};
    uint64_t seen = 0;
    take(&changes, "{\"n\":1}", 0, RC_OK);
    struct event_text *event = changes_next(&changes, &seen);
    take(&changes, "{\"n\":2}", 0, RC_OK);
    changes_wipe(&changes);
    assert_non_null(strstr(event->text, "{\"n\": 1}"));
    event_text_release(event);
}

static void the_last_id_says_where_to_go_on(void **state)
{
    (void)state;
    struct changes changes = {.start = 0xab};
    take(&changes, "{\"n\":1}", 0, RC_OK);
    take(&changes, "{\"n\":2}", 0, RC_OK);
    take(&changes, "{\"n\":3}", 0, RC_OK);
    assert_int_equal(changes_resume(&changes, "ab-3"), 3);
    assert_int_equal(changes_resume(&changes, "ab-2"), 2);
    static const char *const others[] = {
        "ab-1", "ab-4", "ac-3", "ab-0",  "ab-3 ",
        "3",    "ab-",  "",     "ab--3", "ab-99999999999999999999999"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(changes_resume(&changes, others[i]), 0);
    assert_int_equal(changes_resume(&changes, NULL), 0);
    changes_wipe(&changes);
}

static void hostile_names_stay_in_one_line(void **state)
{
    (void)state;
    struct changes changes = {.start = 0xab};
    uint64_t seen = 0;
    take(&changes, "{\"rows\":[{\"user\":\"a\\n\\nevent: change\\ndata: {}\\r\\u2028\"}]}", 0,
         RC_OK);
    struct event_text *event = changes_next(&changes, &seen);
    size_t lines = 0;
    for (const char *at = event->text; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 4);
    assert_null(strchr(event->text, '\r'));
    event_text_release(event);
    changes_wipe(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_new_gets_everything_and_then_what_differs),
        cmocka_unit_test(times_that_run_as_they_should_are_no_change),
        cmocka_unit_test(a_stream_that_fell_behind_begins_anew),
        cmocka_unit_test(an_event_outlives_what_it_told_of),
        cmocka_unit_test(the_last_id_says_where_to_go_on),
        cmocka_unit_test(hostile_names_stay_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
