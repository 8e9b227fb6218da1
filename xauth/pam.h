/* Login by PAM: one conversation, in which a user name and a password are there from the start, and
 * the user can be asked for what a module wants besides, such as a one-time code. */
#ifndef HUBWARD_XAUTH_PAM_H
#define HUBWARD_XAUTH_PAM_H

#include "base/cursor.h"
#include "base/rc.h"
#include "ike/effect.h"
#include "ike/grant.h"
#include "select/decision.h"

struct pam_ask {
    const char *service;
    const char *confdir; /* directory of the service files; NULL: the system's */
    const char *user;
    const char *source;   /* PAM_RHOST */
    struct span password; /* without octet 0 */
    bool attributes;      /* what modules say of the user is wanted */
    /* Have the user asked; answer has room for LOGIN_TEXT octets, *len are written. Not RC_OK:
     * there is no answer, and the login fails. NULL: nobody can be asked. */
    enum rc (*ask_user)(void *context, const char *prompt, uint8_t *answer, size_t *len);
    void *context;
};

/* How a login ended. */
struct pam_end {
    int code;     /* what PAM returned */
    bool account; /* in the account check, that is, after the password was found right */
    struct login_grant grant;
    const char *bad_item; /* whose value is too long or no address, so that no success counts; NULL:
                             none */
};

/* Authenticate and check the account; no session, no credentials. RC_AUTH_FAILED: wrong user or
 * password, or the account is locked, expired or wants a new password. RC_NOT_FOUND: the modules
 * say that they know no such user, before any of them has seen the password be right. RC_AGAIN: the
 * service itself is broken, or what it says of the user is. */
MUST_USE enum rc pam_login(const struct pam_ask *ask, struct pam_end *end);

/* The rule that refuses a login with this code. account: the password was right, and the account
 * check said it; before that "permission denied" is what a stack says in which no module had an
 * opinion, such as that of pam_faillock for a wrong password. */
enum decision_rule pam_rule(uint32_t code, bool account);

/* What a code means, in English; never NULL. */
const char *pam_text(uint32_t code);

#endif
