/* The logins under way: a small fixed table with its limits. An attempt holds its place until its
 * verdict is out, the wait before a refusal included, so the places also bound how fast anyone can
 * guess. */
#ifndef HUBWARD_XAUTH_ATTEMPT_H
#define HUBWARD_XAUTH_ATTEMPT_H

#include "host/message_login.h"

/* Places. PAM may hang, so it can take only some of all: local users always find room. Within
 * one method each user, source (an IPv6 /64 is one source) and group has a share. */
enum {
    ATTEMPTS_MAX = 32,
    ATTEMPTS_PAM = 24,
    ATTEMPTS_PER_USER = 4,
    ATTEMPTS_PER_SOURCE = 8,
    ATTEMPTS_PER_GROUP = 16
};

enum attempt_state {
    ATTEMPT_FREE,
    ATTEMPT_WORKING, /* a worker has it; due: the deadline, of this step or of all */
    ATTEMPT_ASKING,  /* its worker waits for the user's answer; due: the deadline of challenges */
    ATTEMPT_WAITING  /* the verdict stands, a refusal; due: when it is told */
};

struct attempt {
    enum attempt_state state;
    uint64_t id; /* never used again; names the worker */
    struct ticket ticket;
    enum aaa_method method; /* of the step that is asked */
    unsigned step;          /* its number in the list */
    unsigned rounds;        /* challenges so far */
    bool chained;           /* the list has more than one step: refusals have a time of their own */
    bool attributes;        /* what its modules say of the user counts */
    bool test;              /* an operator's: the outcome is told with its reason */
    int launcher_fd;        /* of the launcher that has its worker, borrowed; -1: none has */
    char user[LOGIN_TEXT];
    char group[LOGIN_TEXT];
    struct addr source;
    uint64_t started_ms;
    uint64_t due_ms;
    struct effect_ask_password *ask; /* secret memory, for the steps to come; NULL: none will */
    struct login_outcome outcome;
    int fd; /* to the worker; -1: none */
};

struct attempts {
    struct attempt rows[ATTEMPTS_MAX];
    uint64_t last_id;
};

/* A place for this login; state is ATTEMPT_WORKING, fd -1. RC_EXISTS: the ticket is in use.
 * RC_FULL: none left; *limit says of what, for the log. The pointer lives until attempts_free. */
MUST_USE enum rc attempts_new(struct attempts *attempts, const struct effect_ask_password *ask,
                              enum aaa_method method, struct attempt **out, const char **limit);
/* The next method is asked: under its limits. RC_FULL as above, and nothing has changed. */
MUST_USE enum rc attempts_move(struct attempts *attempts, struct attempt *attempt,
                               enum aaa_method method, const char **limit);
/* Give the place back, the ask's memory with it; the fd must be closed. */
void attempts_free(struct attempt *attempt);

/* NULL: none. */
struct attempt *attempts_by_ticket(struct attempts *attempts, const struct ticket *ticket);
/* The one in use that is due first; NULL: none in use. */
struct attempt *attempts_first_due(struct attempts *attempts);

#endif
