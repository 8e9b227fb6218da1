/* Which ISAKMP profile (PRODUCT §4): the most specific `match identity` wins on both roles; equal
 * specificity: configuration order. No profile matching is not an error. */
#ifndef HUBWARD_SELECT_PROFILE_H
#define HUBWARD_SELECT_PROFILE_H

#include "config/config.h"
#include "select/decision.h"
#include "select/identity.h"

/* Responder, at MM5 or AM1. *out may be NULL with decision accepted: no profile matches.
 * Specificity: exact text or host address > longer mask > domain > wildcard address. Group matches
 * only identities of type key-id (and FQDN/user-FQDN text equal to a configured group name, which
 * some clients send). `match identity address` matches identities that are addresses. */
void select_profile(const struct config *config, const struct identity *identity,
                    const struct isakmp_profile **out, struct decision *decision);

/* The client group an identity names in aggressive mode: key-id, or FQDN / user-FQDN text equal to
 * the group's name (Android, FRITZ!Box). NULL with decision refused when none, or it has no key. */
const struct client_group *select_group(const struct config *config,
                                        const struct identity *identity, struct decision *decision);

#endif
