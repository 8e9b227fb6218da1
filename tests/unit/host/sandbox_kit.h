/* Acts in a forked child behind a role's sandbox, for the tests of sandboxes. */
#ifndef HUBWARD_TESTS_UNIT_HOST_SANDBOX_KIT_H
#define HUBWARD_TESTS_UNIT_HOST_SANDBOX_KIT_H

#include "host/sandbox.h"

#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#ifdef HUBWARD_SANITIZED
enum { RELAXED = 1 };
#else
enum { RELAXED = 0 };
#endif

/* What an act, or the sandbox in front of it, came to. */
enum { DONE = 42, REFUSED = 43, FAILED = 44, NOT_LOCKED = 45 };

typedef int deed(void); /* DONE, REFUSED (an error instead of death), FAILED */

/* Run the act inside the sandbox; returns the status of wait. */
static inline int kit_run(enum sandbox_kind kind, const struct sandbox_options *options, deed *act)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (sandbox_enter(kind, options) != RC_OK)
            _exit(NOT_LOCKED);
        _exit(act());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#endif
