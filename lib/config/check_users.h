/* The addresses of users: each is one user's, and no pool gives it to somebody else. */
#ifndef HUBWARD_CONFIG_CHECK_USERS_H
#define HUBWARD_CONFIG_CHECK_USERS_H

#include "config/draft.h"
#include "config/report.h"

/* Reports errors about the addresses, which are sorted, with their groups tied. */
void check_user_addresses(const struct config *config, const struct draft *draft,
                          struct reporter *reporter);

#endif
