/* Findings are kept whole, quote included, so that the text itself can be wiped after loading. */
#include "config/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_MAX = 5000, SENTENCE = 512, QUOTE_WIDTH = 160 };

struct place place_of(const struct word *word)
{
    return (struct place){word->line, word->column, (unsigned)strlen(word->text)};
}

struct place place_of_line(unsigned line)
{
    return (struct place){line, 1, 0};
}

enum hiding { HIDE_KNOWN, HIDE_FROM, HIDE_BEHIND };

/* A copy of the line without its secrets. */
static const char *quote(struct reporter *reporter, struct place place, enum hiding hiding)
{
    if (place.line == 0 || place.line > reporter->text->count)
        return "";
    char *copy = arena_strdup(&reporter->report->arena, reporter->text->lines[place.line - 1].text);
    if (!copy) {
        reporter->no_memory = true;
        return "";
    }
    text_redact(copy);
    size_t n = strlen(copy), from = n;
    if (hiding != HIDE_KNOWN)
        from = place.column - 1 + (hiding == HIDE_BEHIND ? place.length : 0);
    for (size_t i = from; i < n; i++)
        copy[i] = copy[i] == ' ' || copy[i] == '\t' ? copy[i] : '*';
    return copy;
}

__attribute__((format(printf, 6, 0))) static void
add(struct reporter *reporter, enum config_severity severity, struct place place, const char *rule,
    enum hiding hiding, const char *format, va_list args)
{
    struct config_report *report = reporter->report;
    char sentence[SENTENCE];
    report->errors += severity == CONFIG_ERROR;
    report->warnings += severity == CONFIG_WARNING;
    if (report->count >= FINDINGS_MAX)
        return; /* counted, no longer listed */
    vsnprintf(sentence, sizeof sentence, format, args);
    struct config_finding finding = {
        .severity = severity,
        .line = place.line,
        .column = place.column,
        .length = place.length,
        .rule = rule,
        .text = arena_strdup(&report->arena, sentence),
        .quote = severity == CONFIG_IGNORED ? "" : quote(reporter, place, hiding)};
    struct config_finding *findings =
        arena_grow(&report->arena, report->findings, report->count, sizeof *findings);
    if (!findings || !finding.text) {
        reporter->no_memory = true;
        return;
    }
    report->findings = findings;
    report->findings[report->count++] = finding;
}

void report_add(struct reporter *reporter, enum config_severity severity, struct place place,
                const char *rule, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(reporter, severity, place, rule, HIDE_KNOWN, format, args);
    va_end(args);
}

void report_add_secret(struct reporter *reporter, struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(reporter, CONFIG_ERROR, place, "", HIDE_FROM, format, args);
    va_end(args);
}

void report_add_secret_after(struct reporter *reporter, struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(reporter, CONFIG_ERROR, place, "", HIDE_BEHIND, format, args);
    va_end(args);
}

static int compare(const void *a, const void *b)
{
    const struct config_finding *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity < y->severity ? -1 : 1;
    return strcmp(x->text, y->text); /* qsort keeps no order of its own */
}

void report_sort(struct config_report *report)
{
    if (report->count)
        qsort(report->findings, report->count, sizeof *report->findings, compare);
}

static const char *severity_name(enum config_severity severity)
{
    switch (severity) {
    case CONFIG_IGNORED:
        return "ignored";
    case CONFIG_NOTE:
        return "note";
    case CONFIG_WARNING:
        return "warning";
    case CONFIG_ERROR:
        break;
    }
    return "error";
}

struct output {
    char *at;
    size_t left; /* with room for the terminator */
};

__attribute__((format(printf, 2, 3))) static void put(struct output *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out->at, out->left, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < out->left ? (size_t)n : out->left - 1;
    out->at += used;
    out->left -= used;
}

/* The line, or the part of a long one around the column, and the caret below. */
static void put_quote(struct output *out, const struct config_finding *finding)
{
    size_t n = strlen(finding->quote), column = finding->column ? finding->column - 1 : 0;
    size_t from = n > QUOTE_WIDTH && column > QUOTE_WIDTH / 2 ? column - QUOTE_WIDTH / 2 : 0;
    if (from > n)
        from = n;
    int width = (int)(n - from < QUOTE_WIDTH ? n - from : QUOTE_WIDTH);
    put(out, "%.*s\n", width, finding->quote + from);
    for (size_t i = from; i < column && i < n; i++)
        put(out, "%c", finding->quote[i] == '\t' ? '\t' : ' ');
    put(out, "^");
    for (size_t i = 1; i < finding->length && i < (size_t)width; i++)
        put(out, "~");
    put(out, "\n");
}

const char *config_finding_format(const struct config_report *report,
                                  const struct config_finding *finding, char *out, size_t size)
{
    struct output output = {out, size};
    if (size == 0)
        return out;
    put(&output, "%s:", report->file ? report->file : "configuration");
    if (finding->line)
        put(&output, "%u:%u:", finding->line, finding->column ? finding->column : 1);
    put(&output, " %s: %s", severity_name(finding->severity), finding->text);
    if (finding->rule[0])
        put(&output, " [%s]", finding->rule);
    put(&output, "\n");
    if (finding->line && finding->quote[0])
        put_quote(&output, finding);
    return out;
}

void config_report_wipe(struct config_report *report)
{
    arena_wipe(&report->arena);
    *report = (struct config_report){.file = NULL};
}
