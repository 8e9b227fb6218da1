/* The exchanges of IKEv1: the doors each of them has. Private to lib/ike. */
#ifndef HUBWARD_IKE_V1_H
#define HUBWARD_IKE_V1_H

#include "ike/state.h"

void main_mode_opening(struct engine *engine, struct incoming *in, struct io *io);
void main_mode_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
void main_mode_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                  struct io *io);
/* Begin main mode with a peer; host: the name that the configuration has for it, or NULL. NULL: no
 * key, no memory, held off. */
struct ike_sa *main_mode_initiate(struct engine *engine, const struct config_interface *interface,
                                  struct addr local, struct addr peer, const char *host,
                                  const struct isakmp_profile *profile, struct io *io);
/* The same in aggressive mode; profile is the one that asks for it. */
struct ike_sa *aggressive_initiate(struct engine *engine, const struct config_interface *interface,
                                   struct addr local, struct addr peer, const char *host,
                                   const struct isakmp_profile *profile, struct io *io);
void aggressive_reply(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
/* AM3 has no answer: once more, unless the peer was heard since. */
void aggressive_repeat(struct engine *engine, struct ike_sa *sa, struct io *io);
void aggressive_initiator_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                             struct io *io);
void aggressive_opening(struct engine *engine, struct incoming *in, struct io *io);
void aggressive_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
void aggressive_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                   struct io *io);
/* Its time is up: report what that means. */
void aggressive_gave_up(struct engine *engine, struct ike_sa *sa, struct io *io);
void xauth_start(struct engine *engine, struct ike_sa *sa, struct io *io);
/* rule: what refused it; counts with RC_AUTH_FAILED only. */
/* grant: of a success; NULL: its service says nothing of the user. */
void xauth_verdict(struct engine *engine, struct ike_sa *sa, enum rc verdict,
                   enum decision_rule rule, const struct login_grant *grant, struct io *io);
/* The login service asks the user one more thing; prompt: printable text. */
void xauth_challenge(struct engine *engine, struct ike_sa *sa, const char *prompt, struct io *io);
/* Nobody waits for the verdict any more: the login service is told, once. */
void xauth_cancel(struct engine *engine, struct ike_sa *sa, struct io *io);
/* The client knows that its login succeeded (SET was sent): by ACK, or by going on. */
void xauth_acknowledged(struct engine *engine, struct ike_sa *sa, struct io *io);
void xauth_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
void transaction_input(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                       struct io *io);
void config_request(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                    const struct incoming *in, struct io *io);
void config_timer(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
void config_lease_saved(struct engine *engine, struct ike_sa *sa, struct exchange *x, enum rc rc,
                        struct io *io);
/* QM1 names this address as a client's own side. One that has logged in and asked for none may go
 * on with the one that it had (DESIGN §4). RC_AGAIN: not settled yet, the message is to come again.
 */
MUST_USE enum rc config_skipped(struct engine *engine, struct ike_sa *sa,
                                const struct selector *theirs, struct io *io);
void quick_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
void quick_dh(struct engine *engine, struct ike_sa *sa, struct exchange *x,
              const struct answer *answer, struct io *io);
/* Begin quick mode as initiator. False: limits, memory, or no such entry any more. */
bool quick_initiate(struct engine *engine, struct ike_sa *sa, const struct pending *wanted,
                    struct io *io);
/* The quick mode with this peer, under any SA of it, that is about to make this very tunnel, ours
 * and theirs; of: its SA. NULL: none. */
struct exchange *quick_under_way(const struct engine *engine, const struct ike_sa *sa,
                                 enum exchange_kind kind, const struct selector *ours,
                                 const struct selector *theirs, struct ike_sa **of);
/* Let go of one that led to nothing. A pair that was to be renewed tries again soon. */
void quick_abandon(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
/* Its SA goes: what it was to renew is renewed under another one. */
void quick_left(struct engine *engine, struct exchange *x, struct io *io);
/* The peer says that it takes nothing of what we offered. May end the SA. */
void quick_refused(struct engine *engine, struct ike_sa *sa, uint32_t message_id, uint16_t type,
                   struct io *io);
/* The pair to be renewed carries traffic of the peer's, but quick mode is not answered: it has lost
 * the SA, and its DELETE was lost. Where we may begin a phase 1 the SA ends, which leads to the
 * next one, as long as the pair still lives. True: it has. */
bool quick_in_vain(struct engine *engine, struct ike_sa *sa, const struct exchange *x,
                   struct io *io);
void quick_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
/* Initiator: the peer that set the commit bit uses the new pair, says so, or was given the time. */
void quick_committed(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
void quick_free(struct quick *quick);
void informational_input(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io);

#endif
