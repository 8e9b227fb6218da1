/* hubctl's own command line: options first or anywhere before a `|`, everything else is the
 * command. */
#ifndef HUBWARD_CLI_OPTIONS_H
#define HUBWARD_CLI_OPTIONS_H

#include "base/rc.h"
#include "base/sink.h"

#include <stdbool.h>

struct options {
    const char *run_dir;     /* borrowed from argv, or the default */
    const char *users_file;  /* --file; NULL: what the hub says */
    const char *config_file; /* --config; NULL: what the hub runs */
    const char *watch;       /* --watch; "": as often as usual; NULL: once */
    bool json;
    bool help;
    bool man;
    bool version;
    bool complete;
    struct sink line; /* the command's words with one blank between; free with sink_free */
};

/* A row of the table, for help and the manual. */
struct option_row {
    const char *name;
    const char *brief; /* one-letter form or NULL */
    const char *value; /* how help names it; "": it takes none; in brackets: digits or none */
    const char *help;
    size_t at; /* offset of its field in struct options */
};

extern const char options_run_dir[]; /* the default */

/* RC_MALFORMED: an unknown option or one without its value; problem then names it. RC_NO_MEMORY. */
MUST_USE enum rc options_parse(int argc, char *const argv[], struct options *out,
                               const char **problem);

/* The i-th row; NULL past the last. */
const struct option_row *options_row(size_t i);

/* The options that begin with this word, a line each. */
void options_complete(const char *word, struct sink *out);

#endif
