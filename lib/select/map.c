/* Crypto maps: a walk over static entries in sequence order, then over dynamic ones, each judged by
 * profile, peer, lease, access list and proxies in that order, so that the rule noted is the first
 * thing to change. */
#include "select/map.h"

#include "select/profile.h"

#include <stdio.h>

/* What removed an entry, and the part of the configuration that did. */
struct verdict {
    enum decision_rule rule;
    char with[DECISION_NAME]; /* what is overlapped, else "" */
    unsigned line;
};

static bool overlaps_net(struct prefix net, const struct selector *remote)
{
    if (net.addr.family == ADDR_NONE)
        return false;
    struct selector selector = selector_of_prefix(prefix_of(net.addr, net.len));
    struct selector any = *remote;
    any.protocol = 0; /* addresses are what must not be shared, whatever runs over them */
    any.port = 0;
    return selector_overlaps(&selector, &any);
}

static bool overlaps_pool(const struct pool *pool, const struct selector *remote)
{
    for (size_t i = 0; i < pool->range_count; i++) {
        struct selector range = {.first = pool->ranges[i].first, .last = pool->ranges[i].last};
        struct selector any = {.first = remote->first, .last = remote->last};
        if (selector_overlaps(&range, &any))
            return true;
    }
    return false;
}

/* Interfaces, pools and routes, in that order; the default route covers everybody and is no
 * claim. */
static bool overlaps_ours(const struct config *config, const struct selector *remote,
                          struct verdict *out)
{
    for (size_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        if (interface->shutdown || !overlaps_net(interface->net, remote))
            continue;
        snprintf(out->with, sizeof out->with, "interface %.36s", interface->name);
        out->line = interface->line;
        return true;
    }
    for (size_t i = 0; i < config->pool_count; i++) {
        if (!overlaps_pool(&config->pools[i], remote))
            continue;
        snprintf(out->with, sizeof out->with, "pool %.40s", config->pools[i].name);
        out->line = config->pools[i].line;
        return true;
    }
    for (size_t i = 0; i < config->route_count; i++) {
        const struct config_route *route = &config->routes[i];
        if (route->destination.len == 0 || !overlaps_net(route->destination, remote))
            continue;
        snprintf(out->with, sizeof out->with, "a route");
        out->line = route->line;
        return true;
    }
    return false;
}

static enum decision_rule judge_lease(const struct map_facts *facts)
{
    if (facts->lease.family == ADDR_NONE)
        return RULE_NO_LEASE;
    bool exact = addr_equal(facts->remote.first, facts->lease) &&
                 addr_equal(facts->remote.last, facts->lease);
    return exact ? RULE_CHOSEN : RULE_NOT_THE_LEASE;
}

/* Wider than one /8 (IPv6: /16): two halves of everything are as good as the whole. */
static bool nearly_everything(const struct selector *remote)
{
    size_t octets = remote->first.family == ADDR_V6 ? 2 : 1;
    return memcmp(remote->first.bytes, remote->last.bytes, octets) != 0;
}

/* No access list says what this peer may claim, so it may claim only what nobody else has. */
static enum decision_rule judge_claim(const struct config *config, const struct map_facts *facts,
                                      struct verdict *out)
{
    if (nearly_everything(&facts->remote))
        return RULE_EVERYTHING;
    if (overlaps_ours(config, &facts->remote, out))
        return RULE_OVERLAP;
    if (facts->taken && facts->taken(facts->context, &facts->remote)) {
        snprintf(out->with, sizeof out->with, "another peer");
        return RULE_OVERLAP;
    }
    return RULE_CHOSEN;
}

const struct isakmp_profile *select_map_profile(const struct crypto_map *map,
                                                const struct map_entry *entry)
{
    return entry->profile ? entry->profile : map->profile;
}

static bool identity_listed(const struct config *config, const struct map_facts *facts,
                            const struct map_entry *entry)
{
    if (!entry->identity || !facts->identity)
        return true;
    for (size_t i = 0; i < entry->identity->match_count; i++)
        if (select_identity_matches(config, &entry->identity->matches[i], facts->identity))
            return true;
    return false;
}

static bool peer_listed(const struct map_entry *entry, const struct map_facts *facts)
{
    if (config_entry_names(entry, facts->peer))
        return true;
    for (size_t i = 0; i < entry->peer_count && facts->named; i++)
        if (entry->peers[i].host &&
            facts->named(facts->name_context, entry->peers[i].host, facts->peer))
            return true;
    return false;
}

static struct verdict judge(const struct config *config, const struct map_facts *facts,
                            const struct map_entry *entry, bool is_static)
{
    struct verdict verdict = {.rule = RULE_CHOSEN};
    const struct isakmp_profile *profile = select_map_profile(facts->map, entry);
    if (profile && profile != facts->profile)
        verdict.rule = RULE_PROFILE;
    else if (!identity_listed(config, facts, entry))
        verdict.rule = RULE_NOT_LISTED;
    else if (is_static && !peer_listed(entry, facts))
        verdict.rule = RULE_PEER;
    else if (facts->is_client) /* a client never speaks for anything but its lease */
        verdict.rule = judge_lease(facts);
    if (verdict.rule != RULE_CHOSEN)
        return verdict;
    if (entry->match) {
        if (!acl_permits(entry->match, &facts->local, &facts->remote))
            verdict.rule = RULE_ACCESS_LIST;
    } else if (is_static) {
        verdict.rule = RULE_NO_LIST;
    } else if (!facts->is_client) {
        verdict.rule = judge_claim(config, facts, &verdict);
    }
    return verdict;
}

/* One entry of the walk. */
struct candidate {
    const struct map_entry *entry;
    const char *map; /* the map or the template it stands in */
    bool is_static;
};

static bool next_of_template(const struct map_entry *entry, struct map_walk *walk,
                             struct candidate *out)
{
    if (walk->dynamic == entry->dynamic->entry_count)
        return false;
    *out =
        (struct candidate){&entry->dynamic->entries[walk->dynamic++], entry->dynamic->name, false};
    return true;
}

static bool next_candidate(const struct crypto_map *map, struct map_walk *walk,
                           struct candidate *out)
{
    for (; !walk->templates && walk->entry < map->entry_count; walk->entry++) {
        if (map->entries[walk->entry].dynamic)
            continue;
        *out = (struct candidate){&map->entries[walk->entry++], map->name, true};
        return true;
    }
    if (!walk->templates)
        *walk = (struct map_walk){.begun = true, .templates = true};
    for (; walk->entry < map->entry_count; walk->entry++, walk->dynamic = 0)
        if (map->entries[walk->entry].dynamic &&
            next_of_template(&map->entries[walk->entry], walk, out))
            return true;
    return false;
}

/* How near each rule is to a match: the candidate that came farthest explains the refusal. */
static unsigned nearness(enum decision_rule rule)
{
    static const enum decision_rule order[] = {
        RULE_PROFILE,  RULE_NOT_LISTED, RULE_PEER,    RULE_NO_LIST,       RULE_ACCESS_LIST,
        RULE_NO_LEASE, RULE_EVERYTHING, RULE_OVERLAP, RULE_NOT_THE_LEASE, RULE_TRANSFORMS};
    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        if (order[i] == rule)
            return i + 1;
    return 0;
}

static bool is_about_proxies(enum decision_rule rule)
{
    return nearness(rule) >= nearness(RULE_NO_LIST) && rule != RULE_TRANSFORMS;
}

static void write_hint(const struct candidate *candidate, const struct map_facts *facts,
                       const struct verdict *verdict, struct decision *decision)
{
    const struct map_entry *entry = candidate->entry;
    char *out = decision->hint;
    size_t size = sizeof decision->hint;
    char text[SELECTOR_TEXT];
    if (verdict->rule == RULE_PROFILE)
        snprintf(out, size,
                 "let a match identity line of profile %.40s cover the peer, or remove set "
                 "isakmp-profile from %.24s %u",
                 select_map_profile(facts->map, entry)->name, candidate->map, entry->sequence);
    else if (verdict->rule == RULE_NOT_LISTED)
        snprintf(out, size, "add its name to crypto identity %.48s (line %u)",
                 entry->identity->name, entry->identity->line);
    else if (verdict->rule == RULE_PEER)
        snprintf(out, size, "add set peer %s to %.40s %u", addr_format(facts->peer, text),
                 candidate->map, entry->sequence);
    else if (verdict->rule == RULE_NO_LIST)
        snprintf(out, size, "add match address to %.40s %u", candidate->map, entry->sequence);
    else if (verdict->rule == RULE_ACCESS_LIST)
        snprintf(out, size, "add a permit line for these proxies to access list %.40s (line %u)",
                 entry->match->name, entry->match->line);
    else if (verdict->rule == RULE_NO_LEASE)
        snprintf(out, size, "let the client ask for an address by mode-config first");
    else if (verdict->rule == RULE_NOT_THE_LEASE)
        snprintf(out, size, "let the client propose its assigned address %s as its side",
                 addr_format(facts->lease, text));
    else if (verdict->rule == RULE_EVERYTHING)
        snprintf(out, size,
                 "let the peer propose its own network, or add match address to %.40s %u",
                 candidate->map, entry->sequence);
    else if (verdict->rule == RULE_OVERLAP)
        snprintf(out, size,
                 "let the peer propose a network that does not overlap %s, or add match address "
                 "to %.24s %u",
                 verdict->with, candidate->map, entry->sequence);
}

static void write_sides(const struct candidate *candidate, const struct map_facts *facts,
                        const struct verdict *verdict, struct decision *decision)
{
    char local[SELECTOR_TEXT];
    char remote[SELECTOR_TEXT];
    char overlap[96] = "";
    if (verdict->line)
        snprintf(overlap, sizeof overlap, ", overlaps %s (line %u)", verdict->with, verdict->line);
    else if (verdict->with[0])
        snprintf(overlap, sizeof overlap, ", overlaps %s", verdict->with);
    snprintf(decision->ours, sizeof decision->ours, "%.40s %u (line %u)%s", candidate->map,
             candidate->entry->sequence, candidate->entry->line, overlap);
    selector_format(&facts->local, local);
    selector_format(&facts->remote, remote);
    snprintf(decision->theirs, sizeof decision->theirs, "its side %.64s, our side %.64s", remote,
             local);
}

static void note(const struct candidate *candidate, enum decision_rule rule,
                 struct decision *decision)
{
    char name[DECISION_NAME];
    snprintf(name, sizeof name, "%.36s %u", candidate->map, candidate->entry->sequence);
    decision_note(decision, name, candidate->entry->line, rule);
}

static void reject(const struct candidate *candidate, const struct map_facts *facts,
                   const struct verdict *verdict, struct decision *decision)
{
    note(candidate, verdict->rule, decision);
    /* A refused proposal came farther than any entry that is refused before its proposal. */
    if (decision->stage == STAGE_TRANSFORM || nearness(verdict->rule) <= nearness(decision->rule))
        return;
    decision->rule = verdict->rule;
    decision->stage = is_about_proxies(verdict->rule) ? STAGE_PROXIES : STAGE_MAP;
    write_sides(candidate, facts, verdict, decision);
    write_hint(candidate, facts, verdict, decision);
}

/* The caller came back: the entry chosen before had no transform-set that fits. */
static void revoke(struct decision *decision)
{
    for (size_t i = 0; i < decision->candidate_count; i++)
        if (decision->candidates[i].rule == RULE_CHOSEN)
            decision->candidates[i].rule = RULE_TRANSFORMS;
    if (!decision->accepted)
        return;
    decision->accepted = false;
    decision->stage = STAGE_MAP;
    decision->rule = RULE_TRANSFORMS;
    snprintf(decision->hint, sizeof decision->hint,
             "add a transform-set that fits the peer's proposal");
}

static void choose(const struct candidate *candidate, const struct map_facts *facts,
                   struct decision *decision)
{
    const struct verdict chosen = {.rule = RULE_CHOSEN};
    note(candidate, RULE_CHOSEN, decision);
    decision->accepted = true;
    decision->stage = STAGE_MAP;
    decision->rule = RULE_CHOSEN;
    write_sides(candidate, facts, &chosen, decision);
    decision->hint[0] = '\0';
}

const struct map_entry *select_map_next(const struct config *config, const struct map_facts *facts,
                                        struct map_walk *walk, struct decision *decision)
{
    struct candidate candidate;
    if (!walk->begun)
        decision_start(decision, STAGE_MAP);
    else
        revoke(decision);
    walk->begun = true;
    while (next_candidate(facts->map, walk, &candidate)) {
        struct verdict verdict = judge(config, facts, candidate.entry, candidate.is_static);
        if (verdict.rule == RULE_CHOSEN) {
            choose(&candidate, facts, decision);
            return candidate.entry;
        }
        reject(&candidate, facts, &verdict, decision);
    }
    if (decision->candidate_count == 0) {
        decision->rule = RULE_PEER;
        snprintf(decision->ours, sizeof decision->ours, "crypto map %.40s (line %u) has no entry",
                 facts->map->name, facts->map->line);
        snprintf(decision->hint, sizeof decision->hint, "add an entry to crypto map %.40s",
                 facts->map->name);
    }
    return NULL;
}

/* The first line that covers the flow decides; a deny sends it to the next entry of the map. */
static const struct acl_entry *permitting_line(const struct acl *acl, const struct selector *source,
                                               const struct selector *destination)
{
    for (size_t i = 0; i < acl->entry_count; i++) {
        const struct acl_entry *line = &acl->entries[i];
        if (selector_contains(&line->source, source) &&
            selector_contains(&line->destination, destination))
            return line->permit ? line : NULL;
    }
    return NULL;
}

const struct map_entry *select_map_outbound(const struct crypto_map *map,
                                            const struct selector *source,
                                            const struct selector *destination, size_t *index,
                                            const struct acl_entry **line)
{
    for (size_t i = 0; i < map->entry_count; i++) {
        const struct map_entry *entry = &map->entries[i];
        if (entry->dynamic || entry->peer_count == 0 || !entry->match)
            continue;
        const struct acl_entry *permit = permitting_line(entry->match, source, destination);
        if (!permit)
            continue;
        *index = i;
        *line = permit;
        return entry;
    }
    return NULL;
}
