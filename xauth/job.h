/* What the broker hands to a worker, and what comes back: one datagram each way. */
#ifndef HUBWARD_XAUTH_JOB_H
#define HUBWARD_XAUTH_JOB_H

#include "config/config.h"
#include "crypto/password.h"
#include "ike/effect.h"

enum { JOB_SERVICE = 64, JOB_OCTETS = 2048, JOB_RESULT_OCTETS = 5 };

struct job {
    enum aaa_method method;
    bool known;                       /* AAA_LOCAL: there is such a user; else stored is a dummy */
    unsigned type;                    /* AAA_LOCAL: as password_verify takes it */
    char stored[PASSWORD_STORED_MAX]; /* AAA_LOCAL */
    char service[JOB_SERVICE];        /* AAA_PAM */
    char user[LOGIN_TEXT];
    char source[ADDR_TEXT]; /* of the peer, as text */
    uint8_t password[LOGIN_TEXT];
    size_t password_len;
};

struct job_result {
    enum rc rc;   /* RC_OK, RC_AUTH_FAILED, RC_NOT_FOUND (no such user) or RC_AGAIN */
    uint32_t pam; /* AAA_PAM: the module stack's return code, for the log */
};

/* A job lies in secret memory, encoded and decoded alike. RC_MALFORMED: not exactly one job; *out
 * may then hold parts of it. */
void job_put(struct builder *b, const struct job *job);
MUST_USE enum rc job_get(struct cursor *c, struct job *out);

void job_result_put(struct builder *b, const struct job_result *result);
MUST_USE enum rc job_result_get(struct cursor *c, struct job_result *out);

#endif
