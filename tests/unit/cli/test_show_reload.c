/* What people and programs read of a configuration that was read anew. */
#include "cli/document.h"
#include "cli/show_reload.h"
#include "config/diff.h"
#include "config/load.h"
#include "ike/engine.h"
#include "unit/schema.h"
#include "unit/status_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct sink *report, struct report_row row, const char *about, const char *text,
                const char *quote)
{
    snprintf(row.about, sizeof row.about, "%s", about);
    snprintf(row.text, sizeof row.text, "%s", text);
    snprintf(row.quote, sizeof row.quote, "%s", quote);
    report_row_add(report, &row);
}

static void add_change(struct sink *report, enum config_change_kind kind, const char *section,
                       const char *text)
{
    add(report, (struct report_row){.kind = REPORT_CHANGE, .what = (uint8_t)kind}, section, text,
        "");
}

static void add_fate(struct sink *report, enum engine_fate_kind kind, unsigned line, bool former,
                     const char *who, const char *why)
{
    add(report,
        (struct report_row){.kind = REPORT_PEER,
                            .what = (uint8_t)kind,
                            .line = line,
                            .former = former,
                            .id = 7,
                            .peer = fixture_endpoint("10.100.2.102", 500)},
        who, why, "");
}

/* A text with one error, and a warning. */
static struct sink a_bad_report(void)
{
    struct sink report = {0};
    add(&report,
        (struct report_row){
            .kind = REPORT_FINDING, .what = CONFIG_WARNING, .line = 3, .column = 3, .length = 7},
        "weak-group-2", "isakmp policy 10 uses group 2", "  group 2");
    add(&report,
        (struct report_row){
            .kind = REPORT_FINDING, .what = CONFIG_ERROR, .line = 12, .column = 15, .length = 7},
        "", "unknown word \"pollicy\"", "crypto isakmp pollicy 10");
    return report;
}

static struct sink a_report(const char *said)
{
    struct sink report = {0};
    add(&report, (struct report_row){.kind = REPORT_NOTE}, "",
        "hub.conf: note: \"hubward web listen\" takes effect at the next start", "");
    add_change(&report, CONFIG_REMOVED, "crypto isakmp policy 10", "encryption 3des");
    add_change(&report, CONFIG_ADDED, "crypto isakmp policy 10", "encryption aes 256");
    add_change(&report, CONFIG_ADDED, "", "crypto isakmp client configuration group sales");
    add_change(&report, CONFIG_ADDED, "crypto isakmp client configuration group sales",
               "dns 1.1.1.1");
    add_change(&report, CONFIG_SECRET, "crypto keyring spokes",
               "pre-shared-key address 0.0.0.0 0.0.0.0 key <hidden>");
    add_fate(&report, FATE_KEPT, 0, false, "testgroup/alice", "");
    add_fate(&report, FATE_REKEYED, 28, true, "key/spokes/branch7",
             "no policy allows its phase 1 algorithms any more");
    add_fate(&report, FATE_DROPPED, 25, false, said, "its key in keyring spokes is another");
    struct report_row totals = {.kind = REPORT_TOTALS, .totals = {1, 1, 1}};
    report_row_add(&report, &totals);
    return report;
}

static struct reload_view view_of(const struct sink *report, enum reload_mode mode, bool good)
{
    return (struct reload_view){.mode = mode,
                                .file = "hub.conf",
                                .good = good,
                                .peers_judged = true,
                                .report = {(const uint8_t *)sink_string(report), report->len}};
}

static void assert_shown(struct sink report, enum reload_mode mode, bool good, const char *wanted)
{
    struct sink out = {0};
    const struct reload_view view = view_of(&report, mode, good);
    assert_int_equal(show_reload(&out, &view), RC_OK);
    assert_string_equal(sink_string(&out), wanted);
    sink_free(&out);
    sink_free(&report);
}

static void a_bad_text_is_answered_with_its_errors(void **state)
{
    (void)state;
    assert_shown(a_bad_report(), RELOAD_APPLY, false,
                 "hub.conf:12:15: error: unknown word \"pollicy\"\n"
                 "crypto isakmp pollicy 10\n"
                 "              ^~~~~~~\n"
                 "1 warnings: see `hubctl check`.\n"
                 "hub.conf: not used, nothing has changed.\n");
    assert_shown(a_bad_report(), RELOAD_CHECK, false,
                 "hub.conf:3:3: warning: isakmp policy 10 uses group 2 [weak-group-2]\n"
                 "  group 2\n"
                 "  ^~~~~~~\n"
                 "hub.conf:12:15: error: unknown word \"pollicy\"\n"
                 "crypto isakmp pollicy 10\n"
                 "              ^~~~~~~\n"
                 "hub.conf: cannot be used.\n");
}

static void a_difference_shows_lines_under_their_sections_and_who_is_not_kept(void **state)
{
    (void)state;
    assert_shown(
        a_report("key/spokes/branch9"), RELOAD_DIFF, true,
        "hub.conf: note: \"hubward web listen\" takes effect at the next start\n"
        "Lines that differ:\n"
        "    crypto isakmp policy 10\n"
        "  -   encryption 3des\n"
        "  +   encryption aes 256\n"
        "  + crypto isakmp client configuration group sales\n"
        "  +   dns 1.1.1.1\n"
        "    crypto keyring spokes\n"
        "  *   pre-shared-key address 0.0.0.0 0.0.0.0 key <hidden>   (another secret)\n"
        "rekeyed 10.100.2.102:500 key/spokes/branch7\n"
        "    because line 28 of the former configuration is gone: no policy allows its phase 1 "
        "algorithms any more\n"
        "dropped 10.100.2.102:500 key/spokes/branch9\n"
        "    because line 25: its key in keyring spokes is another\n"
        "Peers: 1 would be kept, 1 rekeyed, 1 dropped.\n");
}

static void nothing_to_change_is_said(void **state)
{
    (void)state;
    assert_shown((struct sink){0}, RELOAD_APPLY, true,
                 "No line differs.\nPeers: 0 kept, 0 rekeyed, 0 dropped.\nhub.conf: in force.\n");
}

static json_t *document_of(struct sink report, enum reload_mode mode, bool good)
{
    static const struct status_header header = {.hostname = "Hub", .version = "1"};
    const struct reload_view view = view_of(&report, mode, good);
    json_t *document = reload_json(status_document_json(&header), &view);
    sink_free(&report);
    return document;
}

static void documents_follow_their_schema_whatever_peers_call_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 + FIXTURE_HOSTILE; i++) {
        struct schema schema = {.file_count = 0};
        json_t *document = i == 0 ? document_of(a_bad_report(), RELOAD_CHECK, false)
                           : i == 1
                               ? document_of((struct sink){0}, RELOAD_DIFF, true)
                               : document_of(a_report(fixture_hostile[i - 2]), RELOAD_APPLY, true);
        assert_non_null(document);
        const char *complaint = schema_complaint(&schema, "reload.json", document);
        if (complaint)
            fail_msg("%s", complaint);
        json_decref(document);
        schema_wipe(&schema);
    }
}

static void what_is_no_report_is_refused(void **state)
{
    (void)state;
    struct sink report = a_report("x"), out = {0};
    for (size_t cut = 1; cut < 40; cut++) {
        struct reload_view view = view_of(&report, RELOAD_DIFF, true);
        view.report.len -= cut;
        assert_int_equal(show_reload(&out, &view), RC_MALFORMED);
        assert_null(reload_json(json_object(), &view));
    }
    sink_free(&out);
    sink_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_text_is_answered_with_its_errors),
        cmocka_unit_test(a_difference_shows_lines_under_their_sections_and_who_is_not_kept),
        cmocka_unit_test(nothing_to_change_is_said),
        cmocka_unit_test(documents_follow_their_schema_whatever_peers_call_themselves),
        cmocka_unit_test(what_is_no_report_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
