/* Text to checked configuration: parse, check, lint, all findings in one report. A text with an
 * error yields no configuration and changes nothing. */
#ifndef HUBWARD_CONFIG_LOAD_H
#define HUBWARD_CONFIG_LOAD_H

#include "config/config.h"

enum config_severity {
    CONFIG_IGNORED, /* a command that has nothing to do with a VPN */
    CONFIG_NOTE,    /* an inherited default, a reading we decided */
    CONFIG_WARNING, /* survived damage, weak algorithm, lint */
    CONFIG_ERROR
};

/* One finding. line and column count from 1; 0 = about the text as a whole. */
struct config_finding {
    enum config_severity severity;
    unsigned line;
    unsigned column;
    unsigned length;   /* characters to underline */
    const char *rule;  /* lint rule id such as "weak-cipher", or "" */
    const char *text;  /* one sentence; never a secret */
    const char *quote; /* the line with its secrets blanked, "" for what is ignored */
};

struct config_report {
    struct arena arena;              /* owns the findings and a copy of the lines they quote */
    const char *file;                /* name for messages; borrowed */
    struct config_finding *findings; /* in order of line */
    size_t count;
    size_t errors;
    size_t warnings;
};

/* --map IOSIF=LINUXIF, wins over `hubward interface`. */
struct config_mapping {
    const char *ios_name;
    const char *linux_name;
};

/* Parse and check. text is borrowed for the call (findings keep copies of what they quote).
 * *out: a configuration the caller frees with config_free, set only on RC_OK. *report: set always,
 * the caller wipes it; file must live as long.
 * RC_MALFORMED: the report holds at least one error. RC_NO_MEMORY. */
MUST_USE enum rc config_load(struct span text, const char *file,
                             const struct config_mapping *mappings, size_t mapping_count,
                             struct config **out, struct config_report *report);

/* The same for a text of config_print, whose secrets read <hidden>: every key is taken to be that
 * word and no user with a password is there, which is good for looking at the configuration and for
 * nothing else. */
MUST_USE enum rc config_load_printed(struct span text, const char *file, struct config **out,
                                     struct config_report *report);

/* The file of `hubward users`: `username` lines and comments, nothing else, and no user whom the
 * file or `beside` (NULL allowed) has already. The result holds users only; else as config_load. */
MUST_USE enum rc config_load_users(struct span text, const char *file, const struct config *beside,
                                   struct config **out, struct config_report *report);

/* Wipes (keys and passwords live in the arena) and frees. NULL allowed. */
void config_free(struct config *config);
void config_report_wipe(struct config_report *report);

/* "hub.conf:12:3: error: unknown word \"encrr\"" + the line + a caret line, each ended by newline,
 * into out (terminated, cut to size). The quoted line never shows a secret: what follows `key` or
 * `password` is blanked. Returns out. */
const char *config_finding_format(const struct config_report *report,
                                  const struct config_finding *finding, char *out, size_t size);

#endif
