/* `show processes`: the parts of the daemon, as the warden sees them. */
#ifndef HUBWARD_CLI_SHOW_PROCESS_H
#define HUBWARD_CLI_SHOW_PROCESS_H

#include "base/sink.h"
#include "host/status_rows.h"

void show_processes(struct sink *out, const struct status_process *rows, size_t count);

#endif
