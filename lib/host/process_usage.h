/* What a process uses of the machine, as the kernel tells it in /proc. */
#ifndef HUBWARD_HOST_PROCESS_USAGE_H
#define HUBWARD_HOST_PROCESS_USAGE_H

#include "base/rc.h"

#include <stdint.h>
#include <sys/types.h>

struct process_usage {
    uint64_t rss_kb; /* memory that is resident */
    uint64_t cpu_ms; /* user and system time so far */
};

/* RC_NOT_FOUND: no such process, or it has been reaped. RC_MALFORMED: the kernel said something
 * else than expected. */
MUST_USE enum rc process_usage(pid_t pid, struct process_usage *out);

#endif
