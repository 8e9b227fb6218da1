/* Profiles and map entries that can never be chosen, or not the one that was meant. */
#include "config/lint.h"

#include <stdlib.h>
#include <string.h>

/* ---- profiles ---- */

struct placed_match {
    const struct identity_match *match;
    const struct isakmp_profile *profile;
};

static int compare_matches(const void *a, const void *b)
{
    const struct identity_match *x = ((const struct placed_match *)a)->match;
    const struct identity_match *y = ((const struct placed_match *)b)->match;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int order = x->kind == MATCH_ADDRESS ? addr_compare(x->prefix.addr, y->prefix.addr)
                                         : strcmp(x->text, y->text);
    if (order == 0 && x->kind == MATCH_ADDRESS)
        order = (x->prefix.len > y->prefix.len) - (x->prefix.len < y->prefix.len);
    return order;
}

static int compare_placed(const void *a, const void *b)
{
    const struct placed_match *x = a, *y = b;
    int order = compare_matches(a, b);
    return order ? order : (x->match->line > y->match->line) - (x->match->line < y->match->line);
}

static void find_equal_profiles(struct lint *lint)
{
    size_t total = 0, count = 0;
    for (size_t i = 0; i < lint->config->profile_count; i++)
        total += lint->config->profiles[i].match_count;
    struct placed_match *all = arena_alloc(lint->draft->scratch, total * sizeof *all + 1);
    lint->reporter->no_memory = lint->reporter->no_memory || !all;
    if (!all || total < 2)
        return;
    for (size_t i = 0; i < lint->config->profile_count; i++)
        for (size_t k = 0; k < lint->config->profiles[i].match_count; k++)
            all[count++] = (struct placed_match){&lint->config->profiles[i].matches[k],
                                                 &lint->config->profiles[i]};
    qsort(all, count, sizeof *all, compare_placed);
    for (size_t i = 1; i < count; i++)
        if (all[i - 1].profile != all[i].profile && compare_matches(&all[i - 1], &all[i]) == 0)
            lint_found(lint, all[i].match->line, "profile %s in line %u matches the same identity",
                       all[i - 1].profile->name, all[i - 1].match->line);
}

static const struct client_group *group_named(const struct config *config, const char *name)
{
    return config_group(config, (struct span){(const uint8_t *)name, strlen(name)});
}

static void find_unknown_groups(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->profile_count; i++) {
        const struct isakmp_profile *profile = &lint->config->profiles[i];
        for (size_t k = 0; k < profile->match_count; k++)
            if (profile->matches[k].kind == MATCH_GROUP &&
                !group_named(lint->config, profile->matches[k].text))
                lint_found(lint, profile->matches[k].line, "there is no group %s",
                           profile->matches[k].text);
    }
}

static void find_keyless_groups(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->group_count; i++)
        if (lint->config->groups[i].secret.len == 0)
            lint_found(lint, lint->config->groups[i].line, "group %s has no key",
                       lint->config->groups[i].name);
}

static void find_poolless_groups(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->group_count; i++)
        if (!lint->config->groups[i].pool)
            lint_found(lint, lint->config->groups[i].line, "group %s has no pool",
                       lint->config->groups[i].name);
}

static void find_blocked_groups(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->group_count && lint->config->aggressive_disabled; i++)
        lint_found(lint, lint->config->groups[i].line,
                   "aggressive mode is disabled and group %s needs it",
                   lint->config->groups[i].name);
}

static bool has_keys(const struct config *config, const struct isakmp_profile *profile)
{
    if (profile->keyring_count == 0)
        return config->keyrings[0].entry_count > 0;
    for (size_t i = 0; i < profile->keyring_count; i++)
        if (profile->keyrings[i]->entry_count > 0)
            return true;
    return false;
}

/* Some peer can end up with this profile: an identity matches, and there is a key to prove it. */
static bool is_reachable(const struct config *config, const struct isakmp_profile *profile)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        const struct identity_match *match = &profile->matches[i];
        const struct client_group *group =
            match->kind == MATCH_GROUP ? group_named(config, match->text) : NULL;
        if (match->kind == MATCH_GROUP ? group && group->secret.len && !config->aggressive_disabled
                                       : has_keys(config, profile))
            return true;
    }
    return false;
}

/* ---- entries ---- */

/* Calls visit for each entry of all maps; kind: "crypto map" or "dynamic map". */
static void each_entry(struct lint *lint,
                       void (*visit)(struct lint *lint, const char *kind, const char *map,
                                     const struct map_entry *entry))
{
    const struct config *config = lint->config;
    for (size_t i = 0; i < config->dynamic_map_count; i++)
        for (size_t k = 0; k < config->dynamic_maps[i].entry_count; k++)
            visit(lint, "dynamic map", config->dynamic_maps[i].name,
                  &config->dynamic_maps[i].entries[k]);
    for (size_t i = 0; i < config->crypto_map_count; i++)
        for (size_t k = 0; k < config->crypto_maps[i].entry_count; k++)
            if (!config->crypto_maps[i].entries[k].dynamic)
                visit(lint, "crypto map", config->crypto_maps[i].name,
                      &config->crypto_maps[i].entries[k]);
}

static void visit_profile(struct lint *lint, const char *kind, const char *map,
                          const struct map_entry *entry)
{
    if (entry->profile && !is_reachable(lint->config, entry->profile))
        lint_found(lint, entry->line, "%s %s %u is bound to profile %s, which no peer can reach",
                   kind, map, entry->sequence, entry->profile->name);
}

static void find_unreachable(struct lint *lint)
{
    each_entry(lint, visit_profile);
    for (size_t i = 0; i < lint->config->crypto_map_count; i++) {
        const struct crypto_map *map = &lint->config->crypto_maps[i];
        if (map->profile && !is_reachable(lint->config, map->profile))
            lint_found(lint, map->line,
                       "crypto map %s is bound to profile %s, which no peer can "
                       "reach",
                       map->name, map->profile->name);
    }
}

static void visit_complete(struct lint *lint, const char *kind, const char *map,
                           const struct map_entry *entry)
{
    const char *missing = NULL;
    if (entry->set_count == 0)
        missing = "set transform-set";
    else if (kind[0] == 'c' && entry->peer_count == 0)
        missing = "set peer";
    else if (kind[0] == 'c' && !entry->match)
        missing = "match address";
    if (missing)
        lint_found(lint, entry->line, "%s %s %u has no \"%s\"", kind, map, entry->sequence,
                   missing);
}

static void find_incomplete(struct lint *lint)
{
    each_entry(lint, visit_complete);
}

static void visit_list(struct lint *lint, const char *kind, const char *map,
                       const struct map_entry *entry)
{
    bool permits = false;
    for (size_t i = 0; entry->match && i < entry->match->entry_count; i++)
        permits = permits || entry->match->entries[i].permit;
    if (entry->match && !permits)
        lint_found(lint, entry->line, "access list %s of %s %s %u permits nothing",
                   entry->match->name, kind, map, entry->sequence);
    if (entry->identity && !entry->identity->match_count)
        lint_found(lint, entry->line, "crypto identity %s of %s %s %u names nobody",
                   entry->identity->name, kind, map, entry->sequence);
}

static void find_empty_lists(struct lint *lint)
{
    each_entry(lint, visit_list);
}

static void find_static_above(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->crypto_map_count; i++) {
        const struct crypto_map *map = &lint->config->crypto_maps[i];
        const struct map_entry *dynamic = NULL;
        for (size_t k = 0; k < map->entry_count; k++) {
            const struct map_entry *entry = &map->entries[k];
            if (entry->dynamic && !dynamic)
                dynamic = entry;
            else if (!entry->dynamic && dynamic)
                lint_found(lint, entry->line,
                           "crypto map %s %u has a higher number than the dynamic entry %u",
                           map->name, entry->sequence, dynamic->sequence);
        }
    }
}

const struct lint_rule lint_map_rules[] = {
    {"equal-profiles", CONFIG_WARNING,
     "neither is more specific, so the one configured first gets all peers", find_equal_profiles},
    {"unknown-group", CONFIG_WARNING, "clients that name it are refused", find_unknown_groups},
    {"group-without-key", CONFIG_WARNING, "its clients cannot prove that they belong to it",
     find_keyless_groups},
    {"group-without-pool", CONFIG_WARNING, "its clients get no address", find_poolless_groups},
    {"aggressive-disabled", CONFIG_WARNING,
     "its clients' first message is dropped: remove \"crypto isakmp aggressive-mode disable\" or "
     "the group",
     find_blocked_groups},
    {"unreachable-profile", CONFIG_WARNING,
     "phase 2 of every peer is refused there with PROPOSAL_NOT_CHOSEN", find_unreachable},
    {"incomplete-entry", CONFIG_WARNING, "the entry is disabled until the line is there",
     find_incomplete},
    {"empty-list", CONFIG_WARNING, "the entry never protects a packet", find_empty_lists},
    {"static-above-dynamic", CONFIG_WARNING,
     "a router lets the dynamic entry take the peer's proposal first; Hubward always asks static "
     "entries first; give the dynamic entry the highest number",
     find_static_above},
    {.id = NULL},
};
