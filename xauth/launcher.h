/* The launcher: the only process of the login service that may fork and execute. It starts one
 * worker for each attempt, ends it with everything the worker started, and never sees a password.
 *
 *     key ──MSG_LOGIN──▶ broker ──job: name, password──▶ worker (fresh exec, PAM)
 *                          │  ◀──────result────────────     ▲
 *                          └──start N + socket, end N──▶ launcher
 *
 * Why three kinds of process. The broker holds every password that passes, so it shall be able to
 * do nothing but talk: no fork, no exec, no files, no signals. PAM modules need all of that, so
 * they run in a process that knows one password and lives for one attempt. A worker forked by the
 * broker would carry the broker's memory, with the passwords of others, into PAM; a broker that may
 * execute could be made to execute something else. So a third process, forked before the broker has
 * read anything, does the forking and takes two orders of fixed size; the worker's socket passes
 * through it as a descriptor, closed to it the moment the worker runs. */
#ifndef HUBWARD_XAUTH_LAUNCHER_H
#define HUBWARD_XAUTH_LAUNCHER_H

#include "base/rc.h"

#include <stdint.h>

/* Fork the launcher. Call it before anything secret is in memory and before any thread runs.
 * worker_argument: argv[1] of every worker, which executes this same program.
 * *fd: the broker's end; the launcher ends when it is closed. RC_IO. */
MUST_USE enum rc launcher_start(const char *worker_argument, int *fd);

/* Order a worker named id, which gets this descriptor as its number 3 (it stays the caller's here).
 * A worker that cannot be started shows as end of file on the other end. RC_IO: no launcher, or it
 * does not keep up. */
MUST_USE enum rc launcher_order_start(int launcher_fd, uint64_t id, int worker_fd);

/* Order the end of a worker, its process group and its orphans. Unknown ids are ignored. */
MUST_USE enum rc launcher_order_end(int launcher_fd, uint64_t id);

#endif
