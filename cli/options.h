/* hubctl's own command line: options first or anywhere before a `|`, everything else is the
 * command. */
#ifndef HUBWARD_CLI_OPTIONS_H
#define HUBWARD_CLI_OPTIONS_H

#include "base/rc.h"
#include "base/sink.h"

#include <stdbool.h>

struct options {
    const char *run_dir;    /* borrowed from argv, or the default */
    const char *users_file; /* --file; NULL: what the hub says */
    bool json;
    bool help;
    bool version;
    struct sink line; /* the command's words with one blank between; free with sink_free */
};

/* RC_MALFORMED: an unknown option or one without its value; problem then names it. RC_NO_MEMORY. */
MUST_USE enum rc options_parse(int argc, char *const argv[], struct options *out,
                               const char **problem);

#endif
