/* What must hold of pre-shared keys when the peer's proof decides which of them it has. For
 * lib/config/check.c only. */
#ifndef HUBWARD_CONFIG_CHECK_KEYS_H
#define HUBWARD_CONFIG_CHECK_KEYS_H

#include "config/draft.h"
#include "config/report.h"

/* With `hubward key-selection verify`: no two keys of one secret for overlapping nets, no name
 * twice in a keyring; numbers keys without a name. Without: no names and no identities, which
 * nothing would hold to. keyrings are those of the configuration, not yet constant.
 * RC_NO_MEMORY. */
MUST_USE enum rc check_keys(struct draft *draft, struct keyring *keyrings, size_t count,
                            struct reporter *reporter);

#endif
