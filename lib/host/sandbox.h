/* What a role may still do once it is set up: no new privileges, no capabilities, no core dumps, an
 * allow-list of system calls where every right has its reason, and, where the kernel has Landlock,
 * no files beyond a named directory. A forbidden call kills the process. */
#ifndef HUBWARD_HOST_SANDBOX_H
#define HUBWARD_HOST_SANDBOX_H

#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>

enum sandbox_kind {
    SANDBOX_KEY,   /* loop, datagrams, descriptors from peers, worker threads */
    SANDBOX_PATH,  /* loop, datagrams, TUN */
    SANDBOX_XAUTH, /* broker: loop, sockets to its workers; no files, no processes */
    SANDBOX_PAM, /* launcher and workers of logins: processes, PAM's files and modules, unix_chkpwd,
                  * name services; nothing can be written */
    SANDBOX_PAM_ROOT, /* the same as root without capabilities, for modules that write state as
                       * root: what was named can be written, and nobody else's files */
    SANDBOX_STORE,    /* loop, files under one directory */
    SANDBOX_WEB,      /* loop, accept and stream connections */
    SANDBOX_RESOLVER, /* loop, worker threads, the C library's resolver: its files in /etc, sockets
                       * that connect */
    SANDBOX_WARDEN,   /* as root with the capabilities that it has left: what was named can be
                       * written, everything read, and no call that none of its children needs */
    SANDBOX_KIND_COUNT
};

struct sandbox_options {
    int directory_fd; /* SANDBOX_STORE: the only directory it may touch, borrowed; else -1 */
    /* SANDBOX_PAM_ROOT, SANDBOX_WARDEN: files, and directories with what is below them; borrowed.
     * One that is not there is left out. */
    const char *const *writable;
    size_t writable_count;
};

/* Lock this process, all its threads and what it will fork. Cannot be undone. Landlock that the
 * kernel does not have is left out; anything else that fails is RC_DENIED and the caller must end.
 * All capabilities are dropped, but for the warden's.
 * Builds with sanitizers (HUBWARD_SANITIZED) kill only for plainly hostile calls (mount, module,
 * bpf, setuid and the like; execve except for xauth and pam) and leave Landlock out, because the
 * sanitizers' runtime has needs of its own. */
MUST_USE enum rc sandbox_enter(enum sandbox_kind kind, const struct sandbox_options *options);

/* Leave the host's network for an empty one; open sockets stay where they are. Needs no privilege
 * where the system gives user namespaces; ids of users look like "nobody" from then on. Before any
 * thread is started, and before sandbox_enter, which ends the capabilities that come with it.
 * RC_DENIED: nothing has changed; errno says why. */
MUST_USE enum rc sandbox_leave_network(void);

/* No memory of this process, and of those it forks and executes, is part of a core dump, whoever
 * turns dumps on again. RC_IO: there is no /proc, or it cannot be written. */
MUST_USE enum rc sandbox_no_dump(void);

/* From here on this process and those it becomes or forks can signal nobody, itself not excepted:
 * without capabilities root can still signal all of root's processes. On top of any other filter.
 * RC_DENIED, RC_NO_MEMORY. */
MUST_USE enum rc sandbox_no_signals(void);

/* Does the running kernel have Landlock? Without it nothing keeps a root process from root's
 * files. */
bool sandbox_has_landlock(void);

/* Without a filter: no core dumps, not traceable, dies with its parent. For the first lines of a
 * program, before anything secret is read. */
MUST_USE enum rc sandbox_prepare(void);

#endif
