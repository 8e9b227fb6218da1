/* What the broker hands to a worker, and what comes back: a job, and a result. In between the
 * worker may ask for more, a prompt at a time, and gets an answer to each. One datagram each. */
#ifndef HUBWARD_XAUTH_JOB_H
#define HUBWARD_XAUTH_JOB_H

#include "config/config.h"
#include "crypto/password.h"
#include "ike/effect.h"
#include "ike/grant.h"

enum {
    JOB_SERVICE = 64,
    JOB_OCTETS = 2048,
    JOB_ITEM = 24,
    JOB_WORD_OCTETS = 256,
    JOB_ANSWER_OCTETS = 260
};

struct job {
    enum aaa_method method;
    bool known;                       /* AAA_LOCAL: there is such a user; else stored is a dummy */
    unsigned type;                    /* AAA_LOCAL: as password_verify takes it */
    char stored[PASSWORD_STORED_MAX]; /* AAA_LOCAL */
    char service[JOB_SERVICE];        /* AAA_PAM */
    bool attributes;                  /* AAA_PAM: what modules say of the user counts */
    char user[LOGIN_TEXT];
    char source[ADDR_TEXT]; /* of the peer, as text */
    uint8_t password[LOGIN_TEXT];
    size_t password_len;
};

struct job_result {
    enum rc rc;               /* RC_OK, RC_AUTH_FAILED, RC_NOT_FOUND (no such user) or RC_AGAIN */
    uint32_t pam;             /* AAA_PAM: the module stack's return code, for the log */
    bool account;             /* AAA_PAM: the code is the account check's */
    struct login_grant grant; /* RC_OK, and it was asked for */
    char bad_item[JOB_ITEM];  /* RC_AGAIN: the item whose value is none; "": it is not for that */
};

/* What a worker says. */
enum job_word_kind { JOB_RESULT = 1, JOB_PROMPT = 2 };
struct job_word {
    enum job_word_kind kind;
    struct job_result result;  /* JOB_RESULT */
    char prompt[LOGIN_PROMPT]; /* JOB_PROMPT: what a module would show, as it came */
};

/* A job lies in secret memory, encoded and decoded alike. RC_MALFORMED: not exactly one job; *out
 * may then hold parts of it. */
void job_put(struct builder *b, const struct job *job);
MUST_USE enum rc job_get(struct cursor *c, struct job *out);

void job_word_put(struct builder *b, const struct job_word *word);
MUST_USE enum rc job_word_get(struct cursor *c, struct job_word *out);

#endif
