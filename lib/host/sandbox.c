/* The locks in their order: core dumps and tracing first, then Landlock and capabilities, which
 * need system calls of their own, and the filter of system calls last. */
#include "host/sandbox.h"

#include "host/sandbox_rules.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum rc sandbox_prepare(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return RC_DENIED;
    return RC_OK;
}

/* A process that was never root has none; this is for tests as root and for what may come. The
 * bounding set can only be emptied by who may change it; without new privileges it means
 * nothing. */
static enum rc drop_capabilities(void)
{
    capng_select_t what = CAPNG_SELECT_CAPS;
    if (capng_get_caps_process() != 0)
        return RC_DENIED;
    if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
        what = CAPNG_SELECT_BOTH;
    capng_clear(what);
    if (capng_apply(what) != 0 || capng_get_caps_process() != 0)
        return RC_DENIED;
    return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE ? RC_OK : RC_DENIED;
}

/* After the change of credentials the process no longer dies with its parent, and whether it can be
 * traced is as the system has it. */
enum rc sandbox_leave_network(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return RC_DENIED;
    return sandbox_prepare();
}

enum rc sandbox_no_dump(void)
{
    int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return RC_IO;
    enum rc rc = write(fd, "0", 1) == 1 ? RC_OK : RC_IO;
    close(fd);
    return rc;
}

/* The leak check of sanitizer builds traces its own process, and the warden has one. */
static int set_untraceable(enum sandbox_kind kind)
{
#ifdef HUBWARD_SANITIZED
    if (kind == SANDBOX_WARDEN)
        return 0;
#else
    (void)kind;
#endif
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum rc sandbox_enter(enum sandbox_kind kind, const struct sandbox_options *options)
{
    const struct rlimit none = {0, 0};
    if ((unsigned)kind >= SANDBOX_KIND_COUNT)
        return RC_DENIED;
    if (setrlimit(RLIMIT_CORE, &none) != 0 || set_untraceable(kind) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return RC_DENIED;
    enum rc rc = sandbox_landlock(kind, options);
    if (rc == RC_OK && kind != SANDBOX_WARDEN)
        rc = drop_capabilities();
    if (rc == RC_OK)
        rc = sandbox_filter(kind);
    return rc;
}
