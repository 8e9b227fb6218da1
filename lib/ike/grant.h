/* What a login service says of a user besides yes: PAM's environment items HUBWARD_GROUP,
 * HUBWARD_POOL and HUBWARD_ADDRESS. It counts where the configuration asks for it, and only within
 * what the configuration gives the group. */
#ifndef HUBWARD_IKE_GRANT_H
#define HUBWARD_IKE_GRANT_H

#include "base/builder.h"
#include "base/cursor.h"
#include "config/config.h"
#include "select/decision.h"

enum { GRANT_NAME = 64 };

/* All zero: it says nothing. */
struct login_grant {
    char group[GRANT_NAME]; /* the only group that the user may log in to; "": any */
    char pool[GRANT_NAME];  /* of the group; "": the group's own */
    struct addr addr;       /* the user's address; ADDR_NONE: one of the pool */
};

/* Does it fit this group and user? False: decision has the rule, the item and what would help; its
 * other fields are left alone. group: NULL: the user's is not configured (any more). */
MUST_USE bool grant_fits(const struct config *config, const struct client_group *group,
                         const char *user, const struct login_grant *grant,
                         struct decision *decision);

/* IPC form. */
void grant_put(struct builder *b, const struct login_grant *grant);
void grant_get(struct cursor *c, struct login_grant *out);

#endif
