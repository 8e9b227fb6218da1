/* `show crypto isakmp policy` and `show crypto ipsec transform-set`: what may be negotiated, in
 * IOS's words. What is weak says so. */
#ifndef HUBWARD_CLI_SHOW_POLICY_H
#define HUBWARD_CLI_SHOW_POLICY_H

#include "base/sink.h"
#include "config/config.h"

#include <jansson.h>

#define SHOW_WEAK "  (weak)"

void show_policies(struct sink *out, const struct config *config);
void show_transform_sets(struct sink *out, const struct config *config);

/* Arrays; NULL: out of memory. */
json_t *show_policies_json(const struct config *config);
json_t *show_transform_sets_json(const struct config *config);

/* DES, 3DES or nothing, MD5, group 1, 2 or 5. */
bool show_group_weak(unsigned group);

#endif
