/* docs/schema/check.json says what stands in the document. */
#include "role/warden_check.h"

#include <stdio.h>
#include <string.h>

enum { CHECK_SCHEMA = 1 };

static const char *const severities[] = {[CONFIG_IGNORED] = "ignored",
                                         [CONFIG_NOTE] = "note",
                                         [CONFIG_WARNING] = "warning",
                                         [CONFIG_ERROR] = "error"};

json_t *check_document(const char *file)
{
    return json_pack("{s:i, s:s, s:b, s:i, s:i, s:[]}", "schema", CHECK_SCHEMA, "file", file,
                     "good", 0, "errors", 0, "warnings", 0, "findings");
}

static void add(json_t *document, json_t *finding)
{
    /* Without memory a finding is missing, and the count of errors tells. */
    if (json_array_append_new(json_object_get(document, "findings"), finding) != 0)
        json_object_set_new(document, "incomplete", json_true());
}

/* Latin-1 and worse may stand in a configuration; JSON has UTF-8 only. */
static json_t *text_of(const char *text)
{
    json_t *plain = json_string(text);
    return plain ? plain : json_string("(not UTF-8)");
}

void check_add_report(json_t *document, const struct config_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct config_finding *finding = &report->findings[i];
        add(document, json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:o, s:o}", "severity",
                                severities[finding->severity], "about", "configuration", "line",
                                (int)finding->line, "column", (int)finding->column, "length",
                                (int)finding->length, "rule", finding->rule, "text",
                                text_of(finding->text), "quote", text_of(finding->quote)));
    }
}

void check_add_system(json_t *document, enum event_level level, const char *lines)
{
    char first[512];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(lines, "\n"), lines);
    const char *severity = level == LEVEL_ERROR     ? "error"
                           : level == LEVEL_WARNING ? "warning"
                                                    : "note";
    add(document, json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:o, s:s}", "severity", severity,
                            "about", "system", "line", 0, "column", 0, "length", 0, "rule", "",
                            "text", text_of(first), "quote", ""));
}

static int count(const json_t *document, const char *severity)
{
    const json_t *findings = json_object_get(document, "findings");
    int found = 0;
    for (size_t i = 0; i < json_array_size(findings); i++)
        found += strcmp(json_string_value(json_object_get(json_array_get(findings, i), "severity")),
                        severity) == 0;
    return found;
}

void check_print(json_t *document, bool good)
{
    json_object_set_new(document, "good", json_boolean(good));
    json_object_set_new(document, "errors", json_integer(count(document, "error")));
    json_object_set_new(document, "warnings", json_integer(count(document, "warning")));
    json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(document);
}
