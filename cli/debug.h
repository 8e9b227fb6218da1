/* Streaming of events, apart from its command so that its time can be set. */
#ifndef HUBWARD_CLI_DEBUG_H
#define HUBWARD_CLI_DEBUG_H

#include "cli/shell.h"

/* Ask for the events of the areas and print them until SIGINT, SIGTERM or for limit_ms. */
enum exit_code debug_run(struct shell *shell, uint32_t areas, uint64_t limit_ms);

#endif
