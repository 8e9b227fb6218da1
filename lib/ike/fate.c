/* One question after the other; the first that goes against the peer is the reason. */
#include "ike/fate.h"

#include "ike/pool.h"
#include "select/opening.h"
#include "select/profile.h"

#include <stdarg.h>
#include <stdio.h>

bool fate_decide(struct fate *fate, enum engine_fate_kind kind, unsigned line, bool former,
                 const char *format, ...)
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
        return fate_decide(fate, FATE_DROPPED, before ? before->line : 0, true,
                           "interface %s is gone", name);
    if (!after->map || after->shutdown)
        return fate_decide(fate, FATE_DROPPED, after->line, false, "interface %s %s", name,
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
        return !fate_decide(fate, FATE_DROPPED, 0, true, "its key is not known any more");
    const struct keyring_entry *entry = counterpart(ring, was);
    *now = (struct key_choice){ring, entry};
    if ((entry && span_equal(entry->secret, was->secret)) || find_moved(next, peer, was, now))
        return true;
    if (entry)
        return !fate_decide(fate, FATE_DROPPED, entry->line, false,
                            "its key in keyring %s is another", ring->name);
    return !fate_decide(fate, FATE_DROPPED, was->line, true, "its key in keyring %s is gone",
                        ring_name);
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
        return fate_decide(fate, FATE_DROPPED, was ? was->line : 0, true, "group %s is gone",
                           q->sa->group);
    if (!was || !span_equal(was->secret, group->secret))
        return fate_decide(fate, FATE_DROPPED, group->line, false, "the key of group %s is another",
                           group->name);
    return false;
}

static bool ask_key(const struct question *q, struct fate *fate)
{
    if (q->sa->hs && q->sa->hs->decoy)
        return false; /* nobody's key: it goes on to its refusal as it would have */
    if (q->sa->hs && q->sa->hs->unproved.len)
        return fate_decide(fate, FATE_DROPPED, 0, false, "keys changed while its own was searched");
    return q->sa->group[0] ? ask_group(q, fate) : ask_entry(q, fate);
}

/* -- on which profile, with which login ------------------------------------------------------ */

static bool refused(const struct question *q, const struct decision *decision, struct fate *fate)
{
    const struct isakmp_profile *profile = q->now->profile;
    const struct keyring_entry *entry = q->now->key.entry;
    return fate_decide(fate, FATE_DROPPED,
                       profile ? profile->line
                       : entry ? entry->line
                               : 0,
                       false, "%s%s%s", decision_rule_text(decision->rule),
                       profile ? ": profile " : "", profile ? profile->name : "");
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

static bool ask_login(const struct question *q, struct fate *fate)
{
    const struct ike_sa *sa = q->sa;
    const struct aaa_list *list =
        select_login_list(config_map_on(q->next, sa->interface), q->now->profile);
    bool exempt = sa->initiator || (q->now->key.entry && q->now->key.entry->no_xauth);
    if (!list || exempt || sa->login != LOGIN_NONE)
        return false;
    return fate_decide(fate, FATE_DROPPED, q->now->profile ? q->now->profile->line : list->line,
                       false, "it has to log in now, by list %s", list->name);
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
        return fate_decide(fate, FATE_DROPPED, own->line, false, "its own address is %s now",
                           addr_format(own->addr, text));
    if (!own && owner)
        return fate_decide(fate, FATE_DROPPED, owner->line, false,
                           "its address %s is user %s's now", addr_format(lease, text),
                           owner->user);
    if (own || group_pool_of(group, lease))
        return false;
    return fate_decide(fate, FATE_DROPPED, group->pool ? group->pool->line : group->line, false,
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
        return fate_decide(fate, kind, now->ended, false,
                           "the day of its phase 1 algorithms (policy %u) is over", now->priority);
    if (now)
        return false;
    return fate_decide(fate, kind, was ? was->line : 0, true,
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
