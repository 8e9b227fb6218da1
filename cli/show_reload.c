/* Errors first, as `hubd --check` prints them; then the lines that differ, under their sections;
 * then who is not kept, and why. */
#include "cli/show_reload.h"

#include "cli/document.h"
#include "config/diff.h"
#include "config/load.h"
#include "ike/engine.h"

#include <string.h>

static const char *const fate_words[] = {
    [FATE_KEPT] = "kept", [FATE_REKEYED] = "rekeyed", [FATE_DROPPED] = "dropped"};
static const char *const severity_words[] = {[CONFIG_IGNORED] = "ignored",
                                             [CONFIG_NOTE] = "note",
                                             [CONFIG_WARNING] = "warning",
                                             [CONFIG_ERROR] = "error"};
static const char *const change_words[] = {
    [CONFIG_REMOVED] = "removed", [CONFIG_ADDED] = "added", [CONFIG_SECRET] = "secret"};
static const char *const mode_words[] = {
    [RELOAD_CHECK] = "check", [RELOAD_DIFF] = "diff", [RELOAD_APPLY] = "reload"};

#define WORD(words, i) ((i) < sizeof(words) / sizeof *(words) ? (words)[i] : "unknown")

/* What is being written, and what was counted on the way. */
struct writing {
    struct sink *out;
    const struct reload_view *view;
    char section[REPORT_ABOUT];
    size_t errors, warnings, changes;
    uint32_t totals[REPORT_FATES];
};

static void write_finding(struct writing *w, const struct report_row *row)
{
    const struct config_report report = {.file = w->view->file};
    const struct config_finding finding = {.severity = (enum config_severity)row->what,
                                           .line = row->line,
                                           .column = row->column,
                                           .length = row->length,
                                           .rule = row->about,
                                           .text = row->text,
                                           .quote = row->quote};
    char text[2 * REPORT_TEXT + 2 * REPORT_QUOTE];
    w->errors += row->what == CONFIG_ERROR;
    w->warnings += row->what == CONFIG_WARNING;
    /* What is weak is worth a look now and then, not with each reload. */
    if (row->what > CONFIG_ERROR || (w->view->mode != RELOAD_CHECK && row->what != CONFIG_ERROR))
        return;
    sink_text(w->out, config_finding_format(&report, &finding, text, sizeof text));
}

static void write_note(struct writing *w, const struct report_row *row)
{
    bool warning = strstr(row->text, ": warning: ") != NULL;
    w->warnings += warning;
    if (warning && w->view->mode != RELOAD_CHECK)
        return;
    sink_safe(w->out, row->text);
    sink_char(w->out, '\n');
}

static void write_change(struct writing *w, const struct report_row *row)
{
    static const char signs[] = {
        [CONFIG_REMOVED] = '-', [CONFIG_ADDED] = '+', [CONFIG_SECRET] = '*'};
    bool inside = row->about[0] != '\0';
    if (row->what >= sizeof signs)
        return;
    if (!w->changes++)
        sink_text(w->out, "Lines that differ:\n");
    if (inside && strcmp(row->about, w->section) != 0) {
        sink_text(w->out, "    ");
        sink_safe(w->out, row->about);
        sink_char(w->out, '\n');
    }
    memcpy(w->section, inside ? row->about : row->text, sizeof w->section);
    sink_format(w->out, "  %c %s", signs[row->what], inside ? "  " : "");
    sink_safe(w->out, row->text);
    sink_text(w->out, row->what == CONFIG_SECRET ? "   (another secret)\n" : "\n");
}

static void write_fate(struct writing *w, const struct report_row *row)
{
    char peer[ENDPOINT_TEXT];
    if (row->what == FATE_KEPT)
        return;
    sink_format(w->out, "%s %s ", WORD(fate_words, row->what), endpoint_format(row->peer, peer));
    sink_safe(w->out, row->about);
    if (row->line)
        sink_format(w->out, "\n    because line %u%s: ", row->line,
                    row->former ? " of the former configuration is gone" : "");
    else
        sink_text(w->out, "\n    because ");
    sink_safe(w->out, row->text);
    sink_char(w->out, '\n');
}

static void take_totals(struct writing *w, const struct report_row *row)
{
    memcpy(w->totals, row->totals, sizeof w->totals);
}

static void write_end(struct writing *w)
{
    const struct reload_view *view = w->view;
    bool judged = view->mode != RELOAD_CHECK && view->good;
    if (judged && !w->changes)
        sink_text(w->out, "No line differs.\n");
    if (judged && view->blind)
        sink_text(w->out, "Secrets were not compared: the hub does not show them.\n");
    if (judged && view->peers_judged)
        sink_format(w->out, "Peers: %u %s, %u rekeyed, %u dropped.\n", w->totals[FATE_KEPT],
                    view->mode == RELOAD_APPLY ? "kept" : "would be kept", w->totals[FATE_REKEYED],
                    w->totals[FATE_DROPPED]);
    if (w->warnings && view->mode != RELOAD_CHECK)
        sink_format(w->out, "%zu warnings: see `hubctl check`.\n", w->warnings);
    if (!view->good)
        sink_format(w->out, "%s: %s.\n", view->file,
                    view->mode == RELOAD_APPLY ? "not used, nothing has changed"
                                               : "cannot be used");
    else if (view->mode != RELOAD_DIFF)
        sink_format(w->out, "%s: %s.\n", view->file,
                    view->mode == RELOAD_APPLY ? "in force" : "can be used");
}

enum rc show_reload(struct sink *out, const struct reload_view *view)
{
    static void (*const write[REPORT_KIND_COUNT])(struct writing *, const struct report_row *) = {
        [REPORT_FINDING] = write_finding,
        [REPORT_NOTE] = write_note,
        [REPORT_CHANGE] = write_change,
        [REPORT_PEER] = write_fate,
        [REPORT_TOTALS] = take_totals};
    struct writing w = {.out = out, .view = view};
    struct cursor c = cursor_over(view->report);
    struct report_row row;
    while (c.at != c.end) {
        if (report_row_get(&c, &row) != RC_OK)
            return RC_MALFORMED;
        write[row.kind](&w, &row);
    }
    write_end(&w);
    return RC_OK;
}

/* -- JSON ----------------------------------------------------------------------------------------
 */

static json_t *finding_json(const struct report_row *row)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o}", "severity",
                     WORD(severity_words, row->what), "about", "configuration", "line",
                     (json_int_t)row->line, "column", (json_int_t)row->column, "length",
                     (json_int_t)row->length, "rule", document_text(row->about), "text",
                     document_text(row->text), "quote", document_text(row->quote));
}

static json_t *note_json(const struct report_row *row)
{
    const char *severity = strstr(row->text, ": error: ")  ? "error"
                           : strstr(row->text, ": note: ") ? "note"
                                                           : "warning";
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:o, s:s}", "severity", severity, "about",
                     "system", "line", 0, "column", 0, "length", 0, "rule", "", "text",
                     document_text(row->text), "quote", "");
}

static json_t *change_json(const struct report_row *row)
{
    return json_pack("{s:s, s:o, s:o}", "kind", WORD(change_words, row->what), "section",
                     document_text(row->about), "text", document_text(row->text));
}

static json_t *fate_json(const struct report_row *row)
{
    char peer[ENDPOINT_TEXT], id[24];
    snprintf(id, sizeof id, "%llu", (unsigned long long)row->id);
    return json_pack("{s:s, s:s, s:s, s:o, s:I, s:b, s:o}", "fate", WORD(fate_words, row->what),
                     "id", id, "peer", endpoint_format(row->peer, peer), "who",
                     document_text(row->about), "line", (json_int_t)row->line, "former",
                     row->former, "why", document_text(row->text));
}

static json_t *totals_json(const struct report_row *row)
{
    return json_pack("{s:I, s:I, s:I}", "kept", (json_int_t)row->totals[FATE_KEPT], "rekeyed",
                     (json_int_t)row->totals[FATE_REKEYED], "dropped",
                     (json_int_t)row->totals[FATE_DROPPED]);
}

static const struct {
    const char *list;
    json_t *(*make)(const struct report_row *row);
} members[REPORT_KIND_COUNT] = {[REPORT_FINDING] = {"findings", finding_json},
                                [REPORT_NOTE] = {"findings", note_json},
                                [REPORT_CHANGE] = {"changes", change_json},
                                [REPORT_PEER] = {"fates", fate_json},
                                [REPORT_TOTALS] = {"totals", totals_json}};

static int add(json_t *document, const struct report_row *row)
{
    json_t *one = members[row->kind].make(row);
    if (row->kind == REPORT_TOTALS)
        return json_object_set_new(document, members[row->kind].list, one);
    return json_array_append_new(json_object_get(document, members[row->kind].list), one);
}

json_t *reload_json(json_t *take_document, const struct reload_view *view)
{
    struct cursor c = cursor_over(view->report);
    struct report_row row;
    json_t *all = document_with(take_document, "file", document_text(view->file));
    all = document_with(all, "action", json_string(WORD(mode_words, view->mode)));
    all = document_with(all, "good", json_boolean(view->good));
    all = document_with(all, "secrets_compared", json_boolean(!view->blind));
    all = document_with(all, "findings", json_array());
    all = document_with(all, "changes", json_array());
    all = document_with(all, "fates", json_array());
    all = document_with(all, "totals", json_null());
    while (all && c.at != c.end)
        if (report_row_get(&c, &row) != RC_OK || add(all, &row) != 0) {
            json_decref(all);
            all = NULL;
        }
    return all;
}
