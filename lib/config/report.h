/* Collecting findings while a text is read: where, how bad, one sentence, the line with its secrets
 * blanked. */
#ifndef HUBWARD_CONFIG_REPORT_H
#define HUBWARD_CONFIG_REPORT_H

#include "config/load.h"
#include "config/text.h"

struct reporter {
    struct config_report *report;
    const struct text *text;
    bool no_memory; /* a finding was lost */
};

struct place {
    unsigned line; /* 0: the text as a whole */
    unsigned column;
    unsigned length;
};

struct place place_of(const struct word *word);
/* The whole line. */
struct place place_of_line(unsigned line);

/* rule: "" or the id of a lint rule. The sentence must hold no secret. */
void report_add(struct reporter *reporter, enum config_severity severity, struct place place,
                const char *rule, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Errors on lines that may hold a secret where the reader could not see it: the quoted line is
 * blanked from the place on, or behind it. */
void report_add_secret(struct reporter *reporter, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_add_secret_after(struct reporter *reporter, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Order by line, column, severity, sentence. */
void report_sort(struct config_report *report);

#endif
