/* Which pre-shared key (PRODUCT §4, seeds 000 and 001). Pure: configuration and facts in, choice
 * and decision record out. */
#ifndef HUBWARD_SELECT_KEYRING_H
#define HUBWARD_SELECT_KEYRING_H

#include "config/config.h"
#include "select/decision.h"
#include "select/identity.h"

struct key_choice {
    const struct keyring *ring;
    const struct keyring_entry *entry;
};

/* Main mode responder, MM1 and MM3: only address keys; the default keyring first, longest mask
 * inside it; only if it has none, all keyrings together, longest mask; same mask: configuration
 * order. RC_NOT_FOUND: no key; the decision says what each entry lacked. */
MUST_USE enum rc select_key_responder(const struct config *config, struct addr peer,
                                      struct key_choice *out, struct decision *decision);

/* Main mode responder with key-selection verify, MM1: every address key that covers the peer may be
 * its own; MM5 tells which. Fills in the first `most` of the configuration (0: none, out may be
 * NULL), those of longer masks ahead, and returns how many there are. */
enum { KEY_CANDIDATES = 16384 };
size_t select_key_candidates(const struct config *config, struct addr peer, struct key_choice *out,
                             size_t most);

/* The record before anything is proved: any of them may be it. count is not 0. */
void select_key_await(const struct key_choice *candidates, size_t count, struct addr peer,
                      struct decision *decision);

/* The record of a search among candidates that ended: proved is the one whose it is, or NULL. */
void select_key_explain(const struct key_choice *candidates, size_t count,
                        const struct keyring_entry *proved, struct addr peer,
                        struct decision *decision);

/* May the peer that proved to have this key call itself so? False: the decision says what it is
 * bound to. */
bool select_key_identity(const struct config *config, const struct key_choice *key,
                         const struct identity *identity, struct decision *decision);

/* Initiator: from the keyrings of the profile bound to the map entry when there is one (profile
 * not NULL); else the default keyring first, then longest mask over all. */
MUST_USE enum rc select_key_initiator(const struct config *config,
                                      const struct isakmp_profile *profile, struct addr peer,
                                      struct key_choice *out, struct decision *decision);

/* The same towards a peer that the configuration names (host; NULL: it does not): a key entry for
 * exactly this name goes before all that cover its address of today. */
MUST_USE enum rc select_key_host_peer(const struct config *config,
                                      const struct isakmp_profile *profile, struct addr peer,
                                      const char *host, struct key_choice *out,
                                      struct decision *decision);

/* Aggressive mode with a host identity (FQDN or address as identity): a key entry for exactly this
 * hostname, or for exactly this address (mask of full length), never a wildcard key. */
MUST_USE enum rc select_key_host(const struct config *config, const struct identity *identity,
                                 struct key_choice *out, struct decision *decision);

/* After MM5: the profile's keyring list must contain the keyring object that supplied the key, even
 * when the secrets are equal. A profile without keyrings uses the default one. */
bool select_profile_owns_ring(const struct config *config, const struct isakmp_profile *profile,
                              const struct keyring *ring);

/* The same, with the record of it: the key came from line `line` of the keyring named `ring`.
 * False: the exchange must be aborted, and the decision says what would help. identity: whom the
 * profile was selected for. */
bool select_profile_accepts_key(const struct config *config, const struct isakmp_profile *profile,
                                const char *ring, unsigned line, const struct identity *identity,
                                struct decision *decision);

#endif
