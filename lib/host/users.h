/* What the login broker knows of the configuration: the aaa lists and the username lines, nothing
 * else. The warden writes it, the broker reads it; keys never come near the broker. */
#ifndef HUBWARD_HOST_USERS_H
#define HUBWARD_HOST_USERS_H

#include "config/config.h"

struct users {
    struct arena arena; /* owns everything below */
    const struct aaa_list *lists;
    size_t list_count;
    const struct config_user *users;
    size_t user_count;
};

/* Octets that users_put needs. more: whose users stand beside the configuration's (those of the
 * users file); NULL: none. */
size_t users_size(const struct config *config, const struct config *more);
void users_put(struct builder *b, const struct config *config, const struct config *more);

/* Read all of the cursor. *out is set only on RC_OK and belongs to users_wipe.
 * RC_MALFORMED: not what users_put wrote, or something is left over. RC_NO_MEMORY. */
MUST_USE enum rc users_get(struct cursor *c, struct users *out);
/* Passwords are wiped. */
void users_wipe(struct users *users);

/* By exact name; NULL: none. */
const struct aaa_list *users_list(const struct users *users, const char *name);
const struct config_user *users_user(const struct users *users, const char *name);

#endif
