/* The worker: one process for one login, begun with a fresh exec so that it holds no other secret
 * than the one it is asked about. */
#ifndef HUBWARD_XAUTH_WORKER_H
#define HUBWARD_XAUTH_WORKER_H

enum { WORKER_FD = 3 };

struct worker_rules {
    const char *pam_confdir;     /* directory of PAM's service files; NULL: the system's */
    const char *const *services; /* it asks PAM, and only these; NULL-ended. NULL: anything */
};

/* Take one job from the descriptor, judge it, answer, and end the process. A job that the rules do
 * not allow is no job: who runs as root believes no one who says what is to run so. */
_Noreturn void worker_run(int fd, const struct worker_rules *rules);

#endif
