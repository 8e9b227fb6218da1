/* The login broker: it takes MSG_LOGIN after MSG_LOGIN, gives each to a worker of its own, and
 * brings back exactly one verdict for each, in time whatever the worker does. It has no loop: its
 * owner waits for broker_fd and for broker_next_ms, then calls broker_turn.
 *
 * Time. A success is told at once: that it is one shows anyway. Refusals, whatever their reason,
 * are told at the next whole multiple of refusal_ms after the login began, so that a name that
 * exists, a password of the right length or a name refused unasked cannot be told apart by the
 * clock. A list of several methods has a longer common time, chain_refusal_ms: one method's refusal
 * takes as long as that of all of them in a row, or it would show which of them knows the name.
 *
 * Methods. The next one is asked when one knows no such user, or cannot answer: its service is
 * broken, its worker has died or cannot be started, it has no place free, or it says nothing for
 * method_ms. A refusal ends the login, whatever it is for. The deadline is one for all methods.
 *
 * Challenges. A worker may have the user asked for more, BROKER_ROUNDS times at most; from the
 * first time on the login has until challenge_ms after its beginning, the user's time included. Its
 * place is its own for as long. */
#ifndef HUBWARD_XAUTH_BROKER_H
#define HUBWARD_XAUTH_BROKER_H

#include "base/event.h"
#include "host/message_login.h"
#include "host/users.h"

struct broker;

/* A login's end. What an operator is told of an own attempt stands in outcome; a peer is told
 * outcome.rc and nothing else. */
struct broker_verdict {
    struct ticket ticket;
    bool test;
    struct login_outcome outcome;
};

enum { BROKER_ROUNDS = 4 };

/* Where verdicts, challenges and lines for the log go. Called from within broker_login,
 * broker_answer and broker_turn; must not call back. */
struct broker_io {
    void (*verdict)(void *context, const struct broker_verdict *verdict);
    void (*challenge)(void *context, const struct login_challenge *challenge);
    void (*log)(void *context, enum event_level level, const char *line);
    void *context;
};

struct broker_settings {
    uint64_t deadline_ms;      /* no verdict of the worker until then: RC_AGAIN */
    uint64_t refusal_ms;       /* > 0 */
    uint64_t chain_refusal_ms; /* > 0; of lists with several methods */
    uint64_t method_ms;        /* then the next method is asked, if there is one */
    uint64_t challenge_ms;     /* the deadline of a login with challenges */
};

/* The ones in use: 30 s; 300 ms, which is more than the slowest local check takes; 3 s, which is
 * more than most servers take; 10 s; 120 s. */
struct broker_settings broker_defaults(void);

/* take_launcher_fd: of launcher_start; closed with the broker. users: borrowed, read
 * anew at every login. RC_IO, RC_NO_MEMORY: the descriptor is closed. */
MUST_USE enum rc broker_new(const struct broker_settings *settings, const struct broker_io *io,
                            const struct users *users, int take_launcher_fd, struct broker **out);
/* Ends every worker, tells no verdicts. NULL allowed. */
void broker_free(struct broker *take_broker);

/* The launcher of workers that run as root is there, or there again; without it, logins by a list
 * with pam_root have no verdict. It takes the same orders. */
void broker_take_root(struct broker *broker, int take_launcher_fd);

/* Begin a login; the caller wipes the ask afterwards. test: an operator asks, under the same limits
 * and times. RC_OK: its verdict is told now or later. RC_EXISTS: a login with this ticket is under
 * way already, which is a breach. */
MUST_USE enum rc broker_login(struct broker *broker, const struct effect_ask_password *ask,
                              bool test, uint64_t now_ms);

/* What the user says to the challenge of this login. Unknown tickets, and those that wait for no
 * answer, are ignored. The caller wipes it afterwards. */
void broker_answer(struct broker *broker, const struct login_answer *answer, uint64_t now_ms);

/* The login is wanted no more: its worker is ended, no verdict is told. Unknown tickets are
 * ignored: the verdict is on its way. */
void broker_cancel(struct broker *broker, const struct ticket *ticket);
/* All of them: nobody is there to be told. */
void broker_cancel_all(struct broker *broker);

/* Take results that have come, tell what is due. RC_IO: the launcher is gone, no login can ever
 * succeed again; the program should end and be started anew. */
MUST_USE enum rc broker_turn(struct broker *broker, uint64_t now_ms);

/* Readable when broker_turn has something to take. */
int broker_fd(const struct broker *broker);
/* When broker_turn must be called at the latest; UINT64_MAX: no need. */
uint64_t broker_next_ms(struct broker *broker);

#endif
