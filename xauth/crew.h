/* The workers below a launcher: started by order, ended with everything that they started. */
#ifndef HUBWARD_XAUTH_CREW_H
#define HUBWARD_XAUTH_CREW_H

#include "xauth/attempt.h"

#include <sys/types.h>

/* An ended worker is a row until it is waited for, so there are more rows than attempts. */
enum { CREW_MAX = 2 * ATTEMPTS_MAX, CREW_ARGUMENTS = 72 };

/* What every worker is started with. */
struct crew_rules {
    const char *const *arguments; /* argv[1] and on, NULL at the end, fewer than CREW_ARGUMENTS */
    uint64_t file_octets;         /* the most it may write to a file */
    bool harmless;                /* it may send no signals; see sandbox_no_signals */
};

struct crew {
    struct crew_rules rules;
    struct crew_row {
        uint64_t id;
        pid_t pid; /* 0: free */
    } rows[CREW_MAX];
    int signal_fd;   /* readable when crew_reap has something to do */
    int children_fd; /* /proc/…/children of this thread; -1: the kernel does not have it */
};

/* Become the one who is told of every death: SIGCHLD is blocked, orphans come to this process, the
 * death of its parent does not kill it. From the main thread. RC_IO. */
MUST_USE enum rc crew_init(struct crew *crew, const struct crew_rules *rules);

/* Start a worker; it gets the descriptor as its number 3. One that cannot be started shows as end
 * of file on the other end. */
void crew_start(struct crew *crew, uint64_t id, int take_fd);
/* Kill a worker and its process group. It stays a row until crew_reap has met its death. Unknown
 * ids are ignored. */
void crew_end(struct crew *crew, uint64_t id);
void crew_end_all(struct crew *crew);

/* Take the deaths there are, kill what they left behind. wait: until there is no child any more. */
void crew_reap(struct crew *crew, bool wait);

#endif
