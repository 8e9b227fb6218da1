/* Pairs, and quick modes on their way to one: the entries in the order of quick mode. */
#include "config/weak.h"
#include "ike/entry_choice.h"
#include "ike/fate.h"
#include "ike/peer_name.h"
#include "ike/report.h"
#include "select/map.h"

static bool set_is(const struct transform_set *set, const struct packet_suite *suite)
{
    return !set->ended && set->suite.cipher == suite->cipher &&
           set->suite.key_bits == suite->key_bits && set->suite.integrity == suite->integrity;
}

static bool allows(const struct config *next, const struct map_entry *entry,
                   const struct ike_child_suite *suite)
{
    bool over = weak_group_ended(next->ended_groups, suite->pfs_group);
    bool pfs = !over && (!entry->pfs_group || entry->pfs_group == suite->pfs_group);
    for (size_t i = 0; pfs && i < entry->set_count; i++)
        if (set_is(entry->sets[i], &suite->packet))
            return true;
    return false;
}

static bool nobody_else(void *context, const struct selector *remote)
{
    (void)context;
    (void)remote;
    return false; /* it holds them itself */
}

/* A pair may stay where the name of its entry led when it was made, wherever it leads now. */
static bool named(void *context, const char *host, struct addr addr)
{
    const struct claim *claim = context;
    void *engine = (void *)(uintptr_t)claim->engine;
    return peer_name_has(engine, host, addr) ||
           (claim->of_static && peer_name_find(claim->engine, host));
}

static bool no_entry(const struct claim *claim, const struct crypto_map *map,
                     const struct decision *decision, struct fate *fate)
{
    char ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    const struct decision_candidate *near =
        decision->candidate_count ? &decision->candidates[decision->candidate_count - 1] : NULL;
    return fate_decide(fate, FATE_DROPPED, near && near->line ? near->line : map->line, false,
                       "no entry of map %s serves %s <-> %s%s%s", map->name,
                       selector_format(&claim->ours, ours), selector_format(&claim->theirs, theirs),
                       near ? ": " : "", near ? decision_rule_text(near->rule) : "");
}

/* The entries in the order of quick mode: the first that takes proxies and algorithms; *first: the
 * first that takes the proxies. */
static const struct map_entry *find_entry(const struct config *next, const struct claim *claim,
                                          const struct crypto_map *map,
                                          const struct map_entry **first, struct decision *decision)
{
    const struct map_facts facts = {.map = map,
                                    .profile = claim->profile,
                                    .identity = claim->identity,
                                    .peer = claim->peer,
                                    .local = claim->ours,
                                    .remote = claim->theirs,
                                    .is_client = claim->client,
                                    .lease = claim->client ? claim->theirs.first
                                                           : (struct addr){.family = ADDR_NONE},
                                    .taken = nobody_else,
                                    .named = named,
                                    .name_context = (void *)(uintptr_t)claim};
    struct map_walk walk = {0};
    const struct map_entry *entry;
    *first = NULL;
    decision_start(decision, STAGE_MAP);
    while ((entry = select_map_next(next, &facts, &walk, decision))) {
        if (!claim->suite || allows(next, entry, claim->suite))
            return entry;
        if (!*first)
            *first = entry;
    }
    return NULL;
}

struct fate fate_of_claim(const struct config *next, const struct claim *claim, struct served *by)
{
    struct fate fate = {.kind = FATE_KEPT};
    const struct crypto_map *map = config_map_on(next, claim->interface);
    const struct map_entry *first;
    struct decision decision;
    if (!map) {
        fate_decide(&fate, FATE_DROPPED, 0, false, "interface %s has no crypto map",
                    claim->interface);
        return fate;
    }
    const struct map_entry *entry = find_entry(next, claim, map, &first, &decision);
    if (!entry && !first) {
        no_entry(claim, map, &decision, &fate);
        return fate;
    }
    if (!entry)
        fate_decide(&fate, claim->client ? FATE_DROPPED : FATE_REKEYED, first->line, false,
                    "map %s %u wants other phase 2 algorithms", map->name, first->sequence);
    entry = entry ? entry : first;
    *by = (struct served){map, entry, !entry_is_static(map, entry)};
    return fate;
}

bool fate_terms_stand(const struct engine *engine, const struct child *child, struct served *by)
{
    const struct claim claim = claim_of_child(engine, child, slots_get(&engine->sas, child->sa),
                                              engine_profile(engine, child->profile));
    return fate_of_claim(engine->config, &claim, by).kind != FATE_REKEYED;
}

struct claim claim_of_child(const struct engine *engine, const struct child *child,
                            const struct ike_sa *sa, const struct isakmp_profile *profile)
{
    return (struct claim){.engine = engine,
                          .interface = child->interface,
                          .profile = profile,
                          .identity = sa ? &sa->identity : NULL,
                          .peer = child->remote.addr,
                          .ours = child->ours,
                          .theirs = child->theirs,
                          .client = child->client,
                          .of_static = !child->dynamic,
                          .suite = &child->suite};
}

struct claim claim_of_quick(const struct engine *engine, const struct ike_sa *sa,
                            const struct quick *quick, const struct isakmp_profile *profile)
{
    return (struct claim){.engine = engine,
                          .interface = sa->interface,
                          .profile = profile,
                          .identity = &sa->identity,
                          .peer = sa->path.remote.addr,
                          .ours = quick->ours,
                          .theirs = quick->theirs,
                          .client = sa->client,
                          .of_static = !quick->dynamic,
                          .suite = quick->spi_out ? &quick->suite : NULL};
}
