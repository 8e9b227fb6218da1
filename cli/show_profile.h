/* `show crypto isakmp profile` and `show crypto isakmp key`: whom the configuration knows, and by
 * what. No key is shown, and none is needed for it. */
#ifndef HUBWARD_CLI_SHOW_PROFILE_H
#define HUBWARD_CLI_SHOW_PROFILE_H

#include "base/sink.h"
#include "config/config.h"

#include <jansson.h>

void show_profiles(struct sink *out, const struct config *config);
void show_keys(struct sink *out, const struct config *config);

/* Arrays; NULL: out of memory. */
json_t *show_profiles_json(const struct config *config);
json_t *show_keys_json(const struct config *config);

/* "group testgroup", "ip-address 10.0.0.0 255.0.0.0": as a terminal may see it. */
void show_identity_match(struct sink *out, const struct identity_match *match);
/* {"type": …, "value": …} */
json_t *show_identity_match_json(const struct identity_match *match);

#endif
