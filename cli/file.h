/* A file of the operator's, read whole. */
#ifndef HUBWARD_CLI_FILE_H
#define HUBWARD_CLI_FILE_H

#include "cli/shell.h"

/* Add its octets to *text. Failures are reported by the shell. */
MUST_USE enum exit_code file_read(struct shell *shell, const char *path, struct sink *text);

#endif
