/* What one method is asked about one login: the form it takes names and passwords in, and the job
 * that goes to its worker. */
#ifndef HUBWARD_XAUTH_ERRAND_H
#define HUBWARD_XAUTH_ERRAND_H

#include "host/users.h"
#include "ike/effect.h"

/* Why no password of this form is right, or NULL. For the log: it says nothing about the content.
 */
const char *errand_password_fault(const struct effect_ask_password *ask);
/* Why this method can know no such user, or NULL. */
const char *errand_name_fault(const struct aaa_step *step, const struct effect_ask_password *ask);

/* Put the job into the worker's socket. The kernel holds it until the worker has started; no copy
 * of the password is left here. RC_FULL: a text of the configuration is too long. RC_IO,
 * RC_NO_MEMORY. */
MUST_USE enum rc errand_send(const struct users *users, const struct aaa_step *step,
                             const struct effect_ask_password *ask, int fd);

#endif
