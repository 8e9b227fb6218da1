/* Which ISAKMP profile (PRODUCT §4): the most specific `match identity` wins on both roles; equal
 * specificity: configuration order. No profile matching is not an error. */
#ifndef HUBWARD_SELECT_PROFILE_H
#define HUBWARD_SELECT_PROFILE_H

#include "config/config.h"
#include "select/decision.h"
#include "select/identity.h"
#include "select/keyring.h"

/* Responder, at MM5 or AM1. *out may be NULL with decision accepted: no profile matches.
 * Specificity: exact text or host address > longer mask > domain > wildcard address. Group matches
 * only identities of type key-id (and FQDN/user-FQDN text equal to a configured group name, which
 * some clients send). `match identity address` matches identities that are addresses. */
void select_profile(const struct config *config, const struct identity *identity,
                    const struct isakmp_profile **out, struct decision *decision);

/* The same for a peer that has proved which key it has (key-selection verify): of the profiles that
 * match, those that use its keyring. False: some match, and none of them uses it: the identity is
 * another peer's; the decision is a refusal. */
MUST_USE bool select_profile_of_key(const struct config *config, const struct identity *identity,
                                    const struct key_choice *key, const struct isakmp_profile **out,
                                    struct decision *decision);

/* Does the identity satisfy one `match identity` line, or a key's `hubward identity`? */
bool select_identity_matches(const struct config *config, const struct identity_match *match,
                             const struct identity *identity);

/* The client group an identity names in aggressive mode: key-id, or FQDN / user-FQDN text equal to
 * the group's name (Android, FRITZ!Box). NULL with decision refused when none, or it has no key. */
const struct client_group *select_group(const struct config *config,
                                        const struct identity *identity, struct decision *decision);

#endif
