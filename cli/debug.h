/* Streaming of events, apart from its command so that its time can be set. */
#ifndef HUBWARD_CLI_DEBUG_H
#define HUBWARD_CLI_DEBUG_H

#include "cli/shell.h"
#include "host/message_control.h"

/* "Nov 20 10:02:03.456: ISAKMP (0:1): …" and a newline, in local time. */
void debug_line(struct sink *out, const struct control_event *event);

/* Ask for the events of the areas and print them until SIGINT, SIGTERM or for limit_ms. */
enum exit_code debug_run(struct shell *shell, uint32_t areas, uint64_t limit_ms);

#endif
