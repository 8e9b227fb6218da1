/* The interactive prompt: history, TAB and `?`. */
#ifndef HUBWARD_CLI_PROMPT_H
#define HUBWARD_CLI_PROMPT_H

#include "cli/shell.h"

/* Read and run lines until `exit` or the end of input; the status is that of the last command.
 * json: every command's output. */
enum exit_code prompt_run(struct shell *shell, bool json);

#endif
