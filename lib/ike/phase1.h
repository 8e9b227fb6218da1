/* Steps that main and aggressive mode share. Private to lib/ike. */
#ifndef HUBWARD_IKE_PHASE1_H
#define HUBWARD_IKE_PHASE1_H

#include "ike/state.h"
#include "select/keyring.h"

/* The key that was chosen, or that a search found, into the handshake. False: it is too long. */
bool phase1_take_key(struct ike_sa *sa, const struct key_choice *key);
/* An SA of ours towards a peer, with the key for it; host: the name that the configuration has for
 * the peer, or NULL; profile: NULL: none. NULL: there is no key, which was reported, or no memory.
 */
struct ike_sa *phase1_initiate(struct engine *engine, const struct config_interface *interface,
                               struct addr local, struct addr peer, const char *host,
                               const struct isakmp_profile *profile, struct io *io);

/* Note the vendor ids of a message; chooses the NAT-T dialect. */
void phase1_vendors(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                    struct io *io);
/* Append ours: the initiator's offer, or the responder's answer. */
void phase1_put_vendors(struct ike_sa *sa, struct ike_writer *w);

/* Check and keep the peer's KE and nonce. False: dropped and counted. */
bool phase1_take_key_exchange(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                              struct io *io);
/* Draw our private value and nonce. */
void phase1_make_private(struct ike_sa *sa, struct io *io);
/* Append our KE (known by now) and nonce. */
void phase1_put_key_exchange(const struct ike_sa *sa, struct ike_writer *w);
/* SKEYID and the rest, and the phase 1 IV. False: cryptography failed. */
bool phase1_keys(struct engine *engine, struct ike_sa *sa, struct span shared, struct io *io);

/* Our ID payload's body into the handshake; port 500 in main mode, 0 as aggressive responder. */
bool phase1_own_identity(struct engine *engine, struct ike_sa *sa, uint16_t port);
/* HASH_I or HASH_R of one side over its ID body. out: hash_len octets. */
bool phase1_proof(const struct ike_sa *sa, bool ours, struct span id, uint8_t *out);
/* Does the peer's HASH verify? Constant time. */
bool phase1_proof_holds(const struct ike_sa *sa, struct span id, struct span claimed);

/* Judge NAT-D payloads, when the dialect is agreed. False: cryptography failed. */
bool phase1_judge_nat(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      struct io *io);
/* INITIAL-CONTACT and kin that ride in the last message. */
void phase1_notifications(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                          struct io *io);

/* The login list that applies, NULL: no Xauth. */
const struct aaa_list *phase1_login_list(const struct engine *engine, const char *interface,
                                         const struct isakmp_profile *profile);
void phase1_take_profile(struct engine *engine, struct ike_sa *sa,
                         const struct isakmp_profile *profile, struct io *io);

/* After authentication: Xauth, lifetime, the tunnels that wait. */
void phase1_done(struct engine *engine, struct ike_sa *sa, struct io *io);

#endif
