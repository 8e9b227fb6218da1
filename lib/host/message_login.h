/* The messages between key and the xauth broker: MSG_LOGIN, MSG_LOGIN_CANCEL, MSG_VERDICT. Each
 * MSG_LOGIN is answered by exactly one MSG_VERDICT, unless it is cancelled first; a verdict that
 * crosses a cancel on its way carries a ticket that key has forgotten, and finds nothing. Before
 * its verdict a login may ask the user for more: MSG_CHALLENGE, which MSG_LOGIN_ANSWER answers.
 *
 * A login that an operator tries goes the same way as MSG_LOGIN_TEST and comes back as
 * MSG_LOGIN_TESTED with the reason, which no peer is told. On the control socket it is
 * MSG_TEST_AAA, an ask whose ticket, group and source do not count, and MSG_TEST_RESULT. */
#ifndef HUBWARD_HOST_MESSAGE_LOGIN_H
#define HUBWARD_HOST_MESSAGE_LOGIN_H

#include "config/config.h"
#include "host/message.h"
#include "ike/effect.h"
#include "ike/grant.h"

/* Octets of the longest MSG_LOGIN, MSG_LOGIN_CANCEL and MSG_VERDICT. */
enum {
    LOGIN_ASK_MAX = 2048,
    LOGIN_CANCEL_LEN = 16,
    LOGIN_VERDICT_MAX = 192,
    LOGIN_CHALLENGE_MAX = 160,
    LOGIN_ANSWER_MAX = 288
};

/* MSG_VERDICT */
struct login_verdict {
    struct ticket ticket;
    enum rc rc; /* RC_OK; RC_AUTH_FAILED: user or password wrong, or account not usable; RC_AGAIN:
                   no verdict (deadline, no slot, login service broken) */
    enum decision_rule rule;  /* of the refusal; RULE_CHOSEN with RC_OK */
    struct login_grant grant; /* RC_OK only; else it says nothing */
};

/* MSG_CHALLENGE */
struct login_challenge {
    struct ticket ticket;
    char prompt[LOGIN_PROMPT]; /* printable UTF-8, not empty */
};

/* MSG_LOGIN_ANSWER. Whoever owns one wipes it. */
struct login_answer {
    struct ticket ticket;
    uint8_t text[LOGIN_TEXT];
    size_t len;
};

/* How a login of an operator ended. */
enum { LOGIN_SERVICE = 64, LOGIN_REASON = 256, LOGIN_OUTCOME_MAX = 640 };
struct login_outcome {
    enum rc rc; /* as in a verdict */
    enum decision_rule rule;
    uint32_t took_ms;       /* from the broker's first sight of it to the verdict */
    enum aaa_method method; /* the one that decided; so the next two */
    bool pam_root;
    char service[LOGIN_SERVICE]; /* AAA_PAM; "" also when there is no such list */
    struct login_grant grant;    /* as in a verdict */
    char reason[LOGIN_REASON];   /* for people */
};

/* MSG_LOGIN_TESTED */
struct login_tested {
    struct ticket ticket;
    struct login_outcome outcome;
};

/* Puts append to the builder; ask `bad` at the end. The buffers of an ask hold a password: whoever
 * owns them wipes them.
 * Gets: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is written
 * only on RC_OK. An ask comes out with cancel = false. */
void login_ask_put(struct builder *b, const struct effect_ask_password *ask);
MUST_USE enum rc login_ask_get(struct cursor *c, struct effect_ask_password *out);
void login_cancel_put(struct builder *b, const struct ticket *ticket);
MUST_USE enum rc login_cancel_get(struct cursor *c, struct ticket *out);
void login_challenge_put(struct builder *b, const struct login_challenge *challenge);
MUST_USE enum rc login_challenge_get(struct cursor *c, struct login_challenge *out);
void login_answer_put(struct builder *b, const struct login_answer *answer);
MUST_USE enum rc login_answer_get(struct cursor *c, struct login_answer *out);
void login_outcome_put(struct builder *b, const struct login_outcome *outcome);
MUST_USE enum rc login_outcome_get(struct cursor *c, struct login_outcome *out);
void login_tested_put(struct builder *b, const struct login_tested *tested);
MUST_USE enum rc login_tested_get(struct cursor *c, struct login_tested *out);
void login_verdict_put(struct builder *b, const struct login_verdict *verdict);
MUST_USE enum rc login_verdict_get(struct cursor *c, struct login_verdict *out);

#endif
