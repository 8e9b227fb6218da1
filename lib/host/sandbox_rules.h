/* The two halves of a sandbox that are tables: files (Landlock) and system calls (seccomp). For
 * host/sandbox.c and its tests. */
#ifndef HUBWARD_HOST_SANDBOX_RULES_H
#define HUBWARD_HOST_SANDBOX_RULES_H

#include "host/sandbox.h"

/* RC_OK also when the kernel has no Landlock. RC_DENIED. */
MUST_USE enum rc sandbox_landlock(enum sandbox_kind kind, const struct sandbox_options *options);
/* RC_DENIED, RC_NO_MEMORY. */
MUST_USE enum rc sandbox_filter(enum sandbox_kind kind);
/* Different system calls that the table gives this role, conditions not counted. */
size_t sandbox_call_count(enum sandbox_kind kind);

#endif
