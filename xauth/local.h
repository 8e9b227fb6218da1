/* Login by the `username` lines. A name that does not exist, or whose user is disabled, costs the
 * same work as one that does: a stored text of the same type is verified, and the result thrown
 * away. */
#ifndef HUBWARD_XAUTH_LOCAL_H
#define HUBWARD_XAUTH_LOCAL_H

#include "host/users.h"
#include "xauth/job.h"

/* Fill in what verifies this user: known, type and stored of job. RC_FULL: the configured text is
 * longer than any that could verify. */
MUST_USE enum rc local_prepare(const struct users *users, const char *name, struct job *job);

/* In the worker: RC_OK or RC_AUTH_FAILED. */
MUST_USE enum rc local_verify(const struct job *job);

#endif
