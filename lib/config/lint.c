/* Running the rules, table by table. */
#include "config/lint.h"

#include <stdarg.h>
#include <stdio.h>

static const struct lint_rule *const tables[] = {lint_algorithm_rules, lint_key_rules,
                                                 lint_map_rules, lint_network_rules};

void lint_found(struct lint *lint, unsigned line, const char *format, ...)
{
    char found[256];
    va_list args;
    va_start(args, format);
    vsnprintf(found, sizeof found, format, args);
    va_end(args);
    struct place place = place_of_line(line);
    if (line > 0 && line <= lint->reporter->text->count) {
        const struct text_line *text = &lint->reporter->text->lines[line - 1];
        place = (struct place){line, text->indent + 1, 0};
    }
    report_add(lint->reporter, lint->rule->severity, place, lint->rule->id, "%s: %s", found,
               lint->rule->wire);
}

const struct lint_rule *lint_rule_at(size_t index)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct lint_rule *rule = tables[i]; rule->id; rule++)
            if (index-- == 0)
                return rule;
    return NULL;
}

void lint_draft(const struct draft *draft, struct reporter *reporter)
{
    struct lint lint = {.draft = draft, .config = draft->config, .reporter = reporter};
    for (size_t i = 0; (lint.rule = lint_rule_at(i)); i++)
        lint.rule->find(&lint);
}
