/* Rules about configurations that are correct and still not what anyone wants. A rule is a row: id,
 * severity, what happens on the wire, and the function that finds the lines. */
#ifndef HUBWARD_CONFIG_LINT_H
#define HUBWARD_CONFIG_LINT_H

#include "config/draft.h"
#include "config/report.h"

struct lint;
struct lint_rule {
    const char *id; /* NULL ends a table */
    enum config_severity severity;
    const char *wire; /* one clause, said behind each finding */
    void (*find)(struct lint *lint);
};

struct lint {
    const struct draft *draft; /* what was written */
    const struct config *config;
    struct reporter *reporter;
    const struct lint_rule *rule;
};

extern const struct lint_rule lint_algorithm_rules[];
extern const struct lint_rule lint_key_rules[];
extern const struct lint_rule lint_map_rules[];
extern const struct lint_rule lint_network_rules[];

/* Report the rule at a line: what was found, then the rule's clause. Never a secret. */
void lint_found(struct lint *lint, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* draft->config is complete. */
void lint_draft(const struct draft *draft, struct reporter *reporter);

/* Rule number index of all tables, NULL past the end: for the manual and for tests. */
const struct lint_rule *lint_rule_at(size_t index);

#endif
