/* The locks in their order: core dumps and tracing first, then Landlock and capabilities, which
 * need system calls of their own, and the filter of system calls last. */
#include "host/sandbox.h"

#include "host/sandbox_rules.h"

#include <cap-ng.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

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

enum rc sandbox_enter(enum sandbox_kind kind, const struct sandbox_options *options)
{
    const struct rlimit none = {0, 0};
    if ((unsigned)kind >= SANDBOX_KIND_COUNT)
        return RC_DENIED;
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return RC_DENIED;
    enum rc rc = sandbox_landlock(kind, options);
    if (rc == RC_OK)
        rc = drop_capabilities();
    if (rc == RC_OK)
        rc = sandbox_filter(kind);
    return rc;
}
