/* Who somebody is, in one text: the key of leases, peers and sessions. Private to lib/ike. */
#ifndef HUBWARD_IKE_PRINCIPAL_H
#define HUBWARD_IKE_PRINCIPAL_H

#include "ike/state.h"

/* A user who has logged in: "GROUP/USER". Slashes inside of a name are escaped, so that no choice
 * of names makes one user another, or a user a key entry. False: too long to be kept apart. */
MUST_USE bool principal_of_user(const char *group, const char *user, char out[LEASE_PRINCIPAL]);
/* A member of a group who does not log in: "GROUP//PLACE", where it comes from. */
void principal_of_member(const char *group, struct endpoint from, char out[LEASE_PRINCIPAL]);
/* Who proved a key entry: "key/RING/LINE/IDENTITY". */
void principal_of_key(const struct ike_sa *sa, char out[LEASE_PRINCIPAL]);

#endif
