/* Reading commands out of a text that may be damaged. Configurations are pasted from PDF documents,
 * whose extraction glues a comment to the command behind it and breaks lines anywhere:
 *
 *     !--- Two instances of the dynamic crypto map !---        a comment, wrapped,
 *     reference the two previous IPsec profiles. crypto        runs into a command,
 *     dynamic-map dynmap 5                                     which is wrapped itself
 *
 * A line is only ever read differently from how it stands when it cannot be read as it stands AND
 * the words up to its end are a whole command of the table. An undamaged text has no such lines, so
 * it is never touched. Every repair is a warning that says what was read. */
#ifndef HUBWARD_CONFIG_REPAIR_H
#define HUBWARD_CONFIG_REPAIR_H

#include "config/report.h"
#include "config/row.h"
#include "config/text.h"

struct reader {
    const struct text *text;
    struct arena *scratch;
    struct reporter *reporter;
    size_t at;          /* next line of the text */
    size_t word;        /* its first word that was not read: a comment behind a command */
    bool layout_warned; /* once a text is enough */
};

/* A command as it was meant. */
struct reader_line {
    const struct word *words;
    size_t count; /* 0: end of the text */
    unsigned indent;
    bool separated; /* a bare `!` stood in front */
};

/* The next command; mode: where the parser stands, because what can be read depends on it.
 * RC_NO_MEMORY. */
MUST_USE enum rc reader_next(struct reader *reader, enum config_mode mode, struct reader_line *out);

#endif
