/* One step after the other, each with its record; the first that finds a secret ends the search. */
#include "select/opening.h"

#include <stdio.h>

bool select_opening_allowed(const struct config *config, struct decision *decision)
{
    decision_start(decision, STAGE_GROUP);
    decision->accepted = !config->aggressive_disabled;
    if (decision->accepted)
        return true;
    decision->rule = RULE_AGGRESSIVE_DISABLED;
    snprintf(decision->hint, sizeof decision->hint,
             "remove 'crypto isakmp aggressive-mode disable'");
    return false;
}

static struct decision *next_step(struct opening_choice *opening)
{
    return &opening->steps[opening->step_count++];
}

static bool find_secret(const struct config *config, const struct identity *identity,
                        struct opening_choice *out)
{
    out->group = select_group(config, identity, next_step(out));
    if (out->group)
        return true;
    if (select_key_host(config, identity, &out->key, next_step(out)) != RC_OK)
        return false; /* what a client lacks is a group: that refusal stays the explanation */
    out->deciding = out->step_count - 1;
    return true;
}

bool select_opening(const struct config *config, const struct identity *identity,
                    struct opening_choice *out)
{
    out->group = NULL;
    out->key = (struct key_choice){NULL, NULL};
    out->profile = NULL;
    out->step_count = out->deciding = 0;
    if (!find_secret(config, identity, out))
        return false;
    select_profile(config, identity, &out->profile, next_step(out));
    if (!out->profile || out->group)
        return true;
    bool owned = select_profile_accepts_key(config, out->profile, out->key.ring->name,
                                            out->key.entry->line, identity, next_step(out));
    if (!owned)
        out->deciding = out->step_count - 1;
    return owned;
}

const struct aaa_list *select_login_list(const struct crypto_map *map,
                                         const struct isakmp_profile *profile)
{
    if (profile)
        return profile->xauth;
    return map ? map->xauth : NULL;
}

const struct aaa_list *select_opening_login(const struct crypto_map *map,
                                            const struct opening_choice *opening)
{
    bool exempt = opening->key.entry && opening->key.entry->no_xauth;
    return exempt ? NULL : select_login_list(map, opening->profile);
}
