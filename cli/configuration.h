/* The configuration that a command looks at: of the file that --config names, or the one that the
 * hub runs. Secrets are not for looking at: of a hub they never come, of a file nobody prints
 * them. */
#ifndef HUBWARD_CLI_CONFIGURATION_H
#define HUBWARD_CLI_CONFIGURATION_H

#include "cli/shell.h"
#include "config/config.h"

/* *out: for config_free. *lines: the text that the numbers of lines are about, "hub.conf" or
 * "show running-config"; borrowed from the shell. Failures are reported by the shell; both are
 * then untouched. */
MUST_USE enum exit_code configuration_get(struct shell *shell, struct config **out,
                                          const char **lines);

#endif
