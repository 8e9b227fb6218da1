/* The worker: one process for one login, begun with a fresh exec so that it holds no other secret
 * than the one it is asked about. */
#ifndef HUBWARD_XAUTH_WORKER_H
#define HUBWARD_XAUTH_WORKER_H

enum { WORKER_FD = 3 };

/* Take one job from the descriptor, judge it, answer, and end the process. pam_confdir: directory
 * of PAM's service files; NULL: the system's. */
_Noreturn void worker_run(int fd, const char *pam_confdir);

#endif
