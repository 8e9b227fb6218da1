/* Login by PAM: one conversation in which a user name and a password are all there is to say. */
#ifndef HUBWARD_XAUTH_PAM_H
#define HUBWARD_XAUTH_PAM_H

#include "base/cursor.h"
#include "base/rc.h"
#include "select/decision.h"

struct pam_ask {
    const char *service;
    const char *confdir; /* directory of the service files; NULL: the system's */
    const char *user;
    const char *source;   /* PAM_RHOST */
    struct span password; /* without octet 0 */
};

/* Authenticate and check the account; no session, no credentials. *code: what PAM returned.
 * RC_AUTH_FAILED: wrong user or password, or the account is locked, expired or wants a new
 * password. RC_NOT_FOUND: the modules say that they know no such user, before any of them has seen
 * the password be right. RC_AGAIN: the service itself is broken. */
MUST_USE enum rc pam_login(const struct pam_ask *ask, int *code);

/* The rule that refuses a login with this code. */
enum decision_rule pam_rule(uint32_t code);

/* What a code means, in English; never NULL. */
const char *pam_text(uint32_t code);

#endif
