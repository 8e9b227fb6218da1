/* Names of who has authenticated: what leases, peers and INITIAL-CONTACT go by (DESIGN §4). A name
 * means one principal only, whatever characters its parts hold, and is the same after a restart and
 * after lines of the configuration have moved. Private to lib/ike. */
#ifndef HUBWARD_IKE_PRINCIPAL_H
#define HUBWARD_IKE_PRINCIPAL_H

#include "ike/state.h"

/* "GROUP/USER": who has logged in. */
void principal_of_user(const char *group, const char *user, char out[LEASE_PRINCIPAL]);
/* "GROUP//FROM": a member of a group that does not log in is only where it comes from. */
void principal_of_member(const char *group, struct endpoint from, char out[LEASE_PRINCIPAL]);
/* "key/RING/ENTRY/IDENTITY": whose key entry verified, and what it calls itself. */
void principal_of_key(const char *ring, const char *entry, const char *identity,
                      char out[LEASE_PRINCIPAL]);

/* "key/RING/ENTRY": the peer is the key that it proved to have, whatever it calls itself. */
void principal_of_entry(const char *ring, const char *entry, char out[LEASE_PRINCIPAL]);

/* What tells a key entry from the others of its ring: its name, or its net or hostname, with a
 * number where several have that. */
void principal_key_entry(const struct keyring_entry *entry, char out[NAME_MAX_LEN]);

#endif
