/* The messages between key and the xauth broker: MSG_LOGIN, MSG_LOGIN_CANCEL, MSG_VERDICT. Each
 * MSG_LOGIN is answered by exactly one MSG_VERDICT, unless it is cancelled first; a verdict that
 * crosses a cancel on its way carries a ticket that key has forgotten, and finds nothing. */
#ifndef HUBWARD_HOST_MESSAGE_LOGIN_H
#define HUBWARD_HOST_MESSAGE_LOGIN_H

#include "host/message.h"
#include "ike/effect.h"

/* Octets of the longest MSG_LOGIN, MSG_LOGIN_CANCEL and MSG_VERDICT. */
enum { LOGIN_ASK_MAX = 2048, LOGIN_CANCEL_LEN = 16, LOGIN_VERDICT_LEN = 17 };

/* MSG_VERDICT */
struct login_verdict {
    struct ticket ticket;
    enum rc rc; /* RC_OK; RC_AUTH_FAILED: user or password wrong, or account not usable; RC_AGAIN:
                   no verdict (deadline, no slot, login service broken) */
};

/* Puts append to the builder; ask `bad` at the end. The buffers of an ask hold a password: whoever
 * owns them wipes them.
 * Gets: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is written
 * only on RC_OK. An ask comes out with cancel = false. */
void login_ask_put(struct builder *b, const struct effect_ask_password *ask);
MUST_USE enum rc login_ask_get(struct cursor *c, struct effect_ask_password *out);
void login_cancel_put(struct builder *b, const struct ticket *ticket);
MUST_USE enum rc login_cancel_get(struct cursor *c, struct ticket *out);
void login_verdict_put(struct builder *b, const struct login_verdict *verdict);
MUST_USE enum rc login_verdict_get(struct cursor *c, struct login_verdict *out);

#endif
