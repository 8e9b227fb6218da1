/* One question after the other; the first that goes against the peer is the reason. */
#include "ike/fate.h"

#include "ike/entry_choice.h"
#include "ike/pool.h"
#include "ike/report.h"
#include "select/map.h"
#include "select/opening.h"
#include "select/profile.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 5, 6))) static bool decide(struct fate *fate,
                                                         enum engine_fate_kind kind, unsigned line,
                                                         bool former, const char *format, ...)
{
    va_list args;
    fate->kind = kind;
    fate->line = line;
    fate->former = former;
    va_start(args, format);
    vsnprintf(fate->why, sizeof fate->why, format, args);
    va_end(args);
    return true;
}

/* What the questions are about. */
struct question {
    const struct engine *engine;
    const struct config *next;
    const struct ike_sa *sa;
    struct standing *now;
};
/* True: decided. */
typedef bool ask(const struct question *q, struct fate *fate);

/* -- where it comes in ------------------------------------------------------------------- */

static bool ask_interface(const struct question *q, struct fate *fate)
{
    const char *name = q->sa->interface;
    const struct config_interface *before = config_interface_named(q->engine->config, name);
    const struct config_interface *after = config_interface_named(q->next, name);
    if (!after)
        return decide(fate, FATE_DROPPED, before ? before->line : 0, true, "interface %s is gone",
                      name);
    if (!after->map || after->shutdown)
        return decide(fate, FATE_DROPPED, after->line, false, "interface %s %s", name,
                      after->map ? "is shut down" : "has no crypto map");
    return false;
}

/* -- whose key --------------------------------------------------------------------------- */

static const struct keyring *ring_in(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->keyring_count; i++)
        if (strcmp(config->keyrings[i].name, name) == 0)
            return &config->keyrings[i];
    return NULL;
}

static const struct keyring_entry *entry_at(const struct keyring *ring, unsigned line)
{
    for (size_t i = 0; ring && i < ring->entry_count; i++)
        if (ring->entries[i].line == line)
            return &ring->entries[i];
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Keys of one net that have no names are told apart by their secrets alone. */
static bool same_peer(const struct keyring_entry *a, const struct keyring_entry *b)
{
    return a->kind == b->kind && same_text(a->name, b->name) &&
           (a->kind == KEY_FOR_HOSTNAME ? same_text(a->hostname, b->hostname)
                                        : prefix_equal(a->prefix, b->prefix));
}

/* The entry of this ring that is for the same peers: one with the same secret, else the first. */
static const struct keyring_entry *counterpart(const struct keyring *ring,
                                               const struct keyring_entry *like)
{
    const struct keyring_entry *first = NULL;
    for (size_t i = 0; ring && i < ring->entry_count; i++) {
        const struct keyring_entry *entry = &ring->entries[i];
        if (!same_peer(entry, like))
            continue;
        if (span_equal(entry->secret, like->secret))
            return entry;
        if (!first)
            first = entry;
    }
    return first;
}

/* The key moved to another ring or another net: whichever the peer's address selects now, if it has
 * the same secret. */
static bool find_moved(const struct config *next, struct addr peer, const struct keyring_entry *was,
                       struct key_choice *out)
{
    struct decision decision;
    struct key_choice found;
    if (next->key_verify || select_key_responder(next, peer, &found, &decision) != RC_OK ||
        !span_equal(found.entry->secret, was->secret))
        return false;
    *out = found;
    return true;
}

bool fate_of_key(const struct config *before, const struct config *next, const char *ring_name,
                 unsigned line, struct addr peer, struct key_choice *now, struct fate *fate)
{
    const struct keyring_entry *was = entry_at(ring_in(before, ring_name), line);
    const struct keyring *ring = ring_in(next, ring_name);
    if (!was)
        return !decide(fate, FATE_DROPPED, 0, true, "its key is not known any more");
    const struct keyring_entry *entry = counterpart(ring, was);
    *now = (struct key_choice){ring, entry};
    if ((entry && span_equal(entry->secret, was->secret)) || find_moved(next, peer, was, now))
        return true;
    if (entry)
        return !decide(fate, FATE_DROPPED, entry->line, false, "its key in keyring %s is another",
                       ring->name);
    return !decide(fate, FATE_DROPPED, was->line, true, "its key in keyring %s is gone", ring_name);
}

static bool ask_entry(const struct question *q, struct fate *fate)
{
    const struct ike_sa *sa = q->sa;
    return !fate_of_key(q->engine->config, q->next, sa->key_ring, sa->key_line,
                        sa->path.remote.addr, &q->now->key, fate);
}

static bool ask_group(const struct question *q, struct fate *fate)
{
    const struct span name = {(const uint8_t *)q->sa->group, strlen(q->sa->group)};
    const struct client_group *was = config_group(q->engine->config, name);
    const struct client_group *group = config_group(q->next, name);
    q->now->group = group;
    if (!group)
        return decide(fate, FATE_DROPPED, was ? was->line : 0, true, "group %s is gone",
                      q->sa->group);
    if (!was || !span_equal(was->secret, group->secret))
        return decide(fate, FATE_DROPPED, group->line, false, "the key of group %s is another",
                      group->name);
    return false;
}

static bool ask_key(const struct question *q, struct fate *fate)
{
    if (q->sa->hs && q->sa->hs->decoy)
        return false; /* nobody's key: it goes on to its refusal as it would have */
    if (q->sa->hs && q->sa->hs->unproved.len)
        return decide(fate, FATE_DROPPED, 0, false, "keys changed while its own was searched");
    return q->sa->group[0] ? ask_group(q, fate) : ask_entry(q, fate);
}

/* -- on which profile, with which login ------------------------------------------------------ */

static bool refused(const struct question *q, const struct decision *decision, struct fate *fate)
{
    const struct isakmp_profile *profile = q->now->profile;
    const struct keyring_entry *entry = q->now->key.entry;
    return decide(fate, FATE_DROPPED,
                  profile ? profile->line
                  : entry ? entry->line
                          : 0,
                  false, "%s%s%s", decision_rule_text(decision->rule), profile ? ": profile " : "",
                  profile ? profile->name : "");
}

static bool ask_profile(const struct question *q, struct fate *fate)
{
    const struct ike_sa *sa = q->sa;
    const struct key_choice *key = &q->now->key;
    struct decision decision;
    bool holds = true;
    if (q->next->key_verify && !sa->initiator && !sa->aggressive) {
        holds = select_key_identity(q->next, key, &sa->identity, &decision) &&
                select_profile_of_key(q->next, &sa->identity, key, &q->now->profile, &decision);
        return holds ? false : refused(q, &decision, fate);
    }
    select_profile(q->next, &sa->identity, &q->now->profile, &decision);
    if (key->entry && q->now->profile)
        holds = select_profile_accepts_key(q->next, q->now->profile, key->ring->name,
                                           key->entry->line, &sa->identity, &decision);
    return holds ? false : refused(q, &decision, fate);
}

static const struct crypto_map *map_in(const struct config *config, const char *interface)
{
    const struct config_interface *found = config_interface_named(config, interface);
    return found ? found->map : NULL;
}

static bool ask_login(const struct question *q, struct fate *fate)
{
    const struct ike_sa *sa = q->sa;
    const struct aaa_list *list =
        select_login_list(map_in(q->next, sa->interface), q->now->profile);
    bool exempt = sa->initiator || (q->now->key.entry && q->now->key.entry->no_xauth);
    if (!list || exempt || sa->login != LOGIN_NONE)
        return false;
    return decide(fate, FATE_DROPPED, q->now->profile ? q->now->profile->line : list->line, false,
                  "it has to log in now, by list %s", list->name);
}

/* -- what it was given and agreed on ----------------------------------------------------------- */

/* An address of the user's own goes before the group's pool, and is nobody else's. */
static bool ask_lease(const struct question *q, struct fate *fate)
{
    const struct client_group *group = q->now->group;
    const struct addr lease = q->sa->lease;
    char text[ADDR_TEXT];
    if (lease.family == ADDR_NONE || !group)
        return false;
    const struct user_address *own = config_user_address(q->next, q->sa->user, group->name);
    const struct user_address *owner = config_address_owner(q->next, lease);
    if (own && !addr_equal(own->addr, lease))
        return decide(fate, FATE_DROPPED, own->line, false, "its own address is %s now",
                      addr_format(own->addr, text));
    if (!own && owner)
        return decide(fate, FATE_DROPPED, owner->line, false, "its address %s is user %s's now",
                      addr_format(lease, text), owner->user);
    if (own || (group->pool && pool_holds(group->pool, lease)))
        return false;
    return decide(fate, FATE_DROPPED, group->pool ? group->pool->line : group->line, false,
                  "its address %s is in no pool of group %s", addr_format(lease, text),
                  group->name);
}

static bool policy_is(const struct isakmp_policy *policy, const struct ike_suite *suite)
{
    return policy->auth == ISAKMP_AUTH_PSK && policy->cipher == suite->cipher &&
           policy->key_bits == suite->key_bits && policy->hash == suite->hash &&
           policy->group == suite->group;
}

/* One that may be used, before one whose day is over. */
static const struct isakmp_policy *policy_for(const struct config *config,
                                              const struct ike_suite *suite)
{
    const struct isakmp_policy *found = NULL;
    for (size_t i = 0; i < config->policy_count; i++) {
        const struct isakmp_policy *policy = &config->policies[i];
        if (policy_is(policy, suite) && (!found || found->ended))
            found = policy;
    }
    return found;
}

/* A client takes the end of its phase 1 for the end of the session. */
static bool ask_policy(const struct question *q, struct fate *fate)
{
    const enum engine_fate_kind kind = q->sa->client ? FATE_DROPPED : FATE_REKEYED;
    const struct isakmp_policy *now = policy_for(q->next, &q->sa->suite);
    const struct isakmp_policy *was = policy_for(q->engine->config, &q->sa->suite);
    if (now && now->ended)
        return decide(fate, kind, now->ended, false,
                      "the day of its phase 1 algorithms (policy %u) is over", now->priority);
    if (now)
        return false;
    return decide(fate, kind, was ? was->line : 0, true,
                  "no policy allows its phase 1 algorithms any more");
}

struct fate fate_of_sa(const struct engine *engine, const struct config *next,
                       const struct ike_sa *sa, struct standing *now)
{
    static ask *const early[] = {ask_interface, ask_key};
    static ask *const late[] = {ask_profile, ask_login, ask_lease, ask_policy};
    const struct question q = {engine, next, sa, now};
    struct fate fate = {.kind = FATE_KEPT};
    *now = (struct standing){.group = NULL};
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        if (early[i](&q, &fate))
            return fate;
    for (size_t i = 0; sa->state == SA_DONE && i < sizeof late / sizeof *late; i++)
        if (late[i](&q, &fate))
            return fate;
    return fate;
}

/* -- pairs ---------------------------------------------------------------------------------------
 */

static bool set_is(const struct transform_set *set, const struct packet_suite *suite)
{
    return !set->ended && set->suite.cipher == suite->cipher &&
           set->suite.key_bits == suite->key_bits && set->suite.integrity == suite->integrity;
}

static bool allows(const struct config *next, const struct map_entry *entry,
                   const struct ike_child_suite *suite)
{
    bool over = suite->pfs_group < 64 && (next->ended_groups & UINT64_C(1) << suite->pfs_group);
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

static bool no_entry(const struct claim *claim, const struct crypto_map *map,
                     const struct decision *decision, struct fate *fate)
{
    char ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    const struct decision_candidate *near =
        decision->candidate_count ? &decision->candidates[decision->candidate_count - 1] : NULL;
    return decide(fate, FATE_DROPPED, near && near->line ? near->line : map->line, false,
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
                                    .taken = nobody_else};
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
    const struct crypto_map *map = map_in(next, claim->interface);
    const struct map_entry *first;
    struct decision decision;
    if (!map) {
        decide(&fate, FATE_DROPPED, 0, false, "interface %s has no crypto map", claim->interface);
        return fate;
    }
    const struct map_entry *entry = find_entry(next, claim, map, &first, &decision);
    if (!entry && !first) {
        no_entry(claim, map, &decision, &fate);
        return fate;
    }
    if (!entry)
        decide(&fate, claim->client ? FATE_DROPPED : FATE_REKEYED, first->line, false,
               "map %s %u wants other phase 2 algorithms", map->name, first->sequence);
    entry = entry ? entry : first;
    *by = (struct served){map, entry, !entry_is_static(map, entry)};
    return fate;
}

bool fate_terms_stand(const struct engine *engine, const struct child *child, struct served *by)
{
    const struct claim claim = claim_of_child(child, slots_get(&engine->sas, child->sa),
                                              engine_profile(engine, child->profile));
    return fate_of_claim(engine->config, &claim, by).kind != FATE_REKEYED;
}

struct claim claim_of_child(const struct child *child, const struct ike_sa *sa,
                            const struct isakmp_profile *profile)
{
    return (struct claim){.interface = child->interface,
                          .profile = profile,
                          .identity = sa ? &sa->identity : NULL,
                          .peer = child->remote.addr,
                          .ours = child->ours,
                          .theirs = child->theirs,
                          .client = child->client,
                          .suite = &child->suite};
}

struct claim claim_of_quick(const struct ike_sa *sa, const struct quick *quick,
                            const struct isakmp_profile *profile)
{
    return (struct claim){.interface = sa->interface,
                          .profile = profile,
                          .identity = &sa->identity,
                          .peer = sa->path.remote.addr,
                          .ours = quick->ours,
                          .theirs = quick->theirs,
                          .client = sa->client,
                          .suite = quick->spi_out ? &quick->suite : NULL};
}
