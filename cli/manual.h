/* What hubctl says of itself, from its tables of options, commands, filters and exit codes. */
#ifndef HUBWARD_CLI_MANUAL_H
#define HUBWARD_CLI_MANUAL_H

#include "base/sink.h"

/* The text of --help. */
void manual_help(struct sink *out);
/* hubctl(8), in mdoc. */
void manual_page(struct sink *out);

#endif
