/* One stage after the other, in the order of the engine's steps (v1_main, v1_aggressive, v1_xauth,
 * v1_modecfg, v1_quick), each judged by the function that judges there. */
#include "ike/whatif.h"

#include "crypto/dh.h"
#include "ike/entry_choice.h"
#include "select/opening.h"

#include <stdio.h>
#include <stdlib.h>

enum { OFFER_MAX = 2048, OFFER_SPI = 0x1000, OFFER_LIFETIME_S = 3600 };

/* What the way has come to so far. */
struct walk {
    const struct config *config;
    const struct whatif_peer *peer;
    struct whatif *out;
    const struct crypto_map *map;
    struct identity identity;
    const struct isakmp_profile *profile;
    const struct client_group *group;
    const struct aaa_list *login; /* NULL: no Xauth */
    struct key_choice key;
    bool is_client;
    struct addr lease;
};

/* The next stage; there are more places than any way has stages. */
static struct whatif_stage *add_stage(struct walk *walk, const char *message)
{
    struct whatif *out = walk->out;
    if (out->stage_count < WHATIF_STAGES)
        out->stage_count++;
    struct whatif_stage *stage = &out->stages[out->stage_count - 1];
    *stage = (struct whatif_stage){.message = message};
    return stage;
}

static bool ends_at(struct whatif_stage *stage)
{
    stage->deciding = true;
    return false;
}

/* -- where it comes in ------------------------------------------------------------------------ */

static const struct config_interface *find_interface(const struct walk *walk)
{
    const char *name = walk->peer->interface;
    for (size_t i = 0; i < walk->config->interface_count; i++) {
        const struct config_interface *interface = &walk->config->interfaces[i];
        if (name[0] ? strcmp(interface->name, name) == 0 : interface->map && !interface->shutdown)
            return interface;
    }
    return NULL;
}

static bool come_in(struct walk *walk, const char *message)
{
    const char *name = walk->peer->interface;
    const struct config_interface *interface = find_interface(walk);
    walk->map = interface ? interface->map : NULL;
    if (walk->map)
        return true;
    struct whatif_stage *stage = add_stage(walk, message);
    struct decision *decision = &stage->decision;
    decision_start(decision, STAGE_MAP);
    decision->rule = RULE_NO_MAP;
    if (interface)
        decision_note(decision, interface->name, interface->line, RULE_NO_MAP);
    if (name[0])
        snprintf(decision->ours, sizeof decision->ours, "%s %s",
                 interface ? "no crypto map on interface" : "no interface", name);
    else
        snprintf(decision->ours, sizeof decision->ours, "no interface has a crypto map");
    snprintf(decision->hint, sizeof decision->hint,
             "add 'crypto map NAME' to the interface that the peer comes in on");
    return ends_at(stage);
}

/* -- phase 1 ---------------------------------------------------------------------------------- */

/* The first that can be offered; policy_count: none. */
static size_t first_policy(const struct config *config, bool ended_too)
{
    size_t i = 0;
    while (i < config->policy_count &&
           (config->policies[i].auth != ISAKMP_AUTH_PSK || !dh_group(config->policies[i].group) ||
            (config->policies[i].ended && !ended_too)))
        i++;
    return i;
}

/* What the policies are offered: the suites as described, else the policies themselves. A hub that
 * has no policy to use is offered something that shows it: what it had, or what is usual. */
static void make_offer(const struct walk *walk, struct builder *b, size_t *ke_len)
{
    struct isakmp_policy shown = {
        .priority = 1, .cipher = CIPHER_AES, .key_bits = 128, .hash = HASH_SHA1, .group = 2};
    const struct whatif_peer *peer = walk->peer;
    struct config offered = {.policies = peer->suites, .policy_count = peer->suite_count};
    if (!peer->suite_count) {
        offered.policies = walk->config->policies;
        offered.policy_count = walk->config->policy_count;
    }
    size_t first = first_policy(&offered, false), had = first_policy(&offered, true);
    if (first == offered.policy_count) {
        if (had < offered.policy_count)
            shown = offered.policies[had];
        shown.ended = 0;
        offered.policies = &shown;
        offered.policy_count = 1;
        first = 0;
    }
    /* Aggressive mode sends its KE at once, so it offers one group only. */
    const uint16_t group = offered.policies[first].group;
    *ke_len = peer->aggressive ? dh_group(group)->public_len : 0;
    ike_p1_put_offer(b, &offered, peer->auth, peer->aggressive && !peer->suite_count ? group : 0);
}

static bool propose(struct walk *walk, const char *message, unsigned allowed)
{
    uint8_t octets[OFFER_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct ike_suite suite;
    struct ike_choice choice;
    struct decision decision;
    size_t ke_len;
    make_offer(walk, &b, &ke_len);
    enum rc rc =
        ike_p1_choose(builder_span(&b), walk->config, allowed, ke_len, &suite, &choice, &decision);
    if (rc == RC_OK && !walk->peer->suite_count)
        return true;
    struct whatif_stage *stage = add_stage(walk, message);
    stage->decision = decision;
    return rc == RC_OK || ends_at(stage);
}

/* -- key-selection verify: the peer is the key that it proves to have -------------------------- */

/* Does this key go with the identity, and which profile does it get? */
static bool key_goes(struct walk *walk, const struct key_choice *key, struct decision *decision)
{
    walk->key = *key;
    return select_key_identity(walk->config, key, &walk->identity, decision) &&
           select_profile_of_key(walk->config, &walk->identity, key, &walk->profile, decision);
}

/* The one that is named, or the first that goes with the identity; NULL: none. */
static const struct key_choice *prove(struct walk *walk, const struct key_choice *keys,
                                      size_t count)
{
    struct decision decision;
    const char *named = walk->peer->key;
    for (size_t i = 0; i < count; i++) {
        const char *name = keys[i].entry->name;
        if (named[0] ? name && strcmp(name, named) == 0 : key_goes(walk, &keys[i], &decision))
            return &keys[i];
    }
    return named[0] || !count ? NULL : &keys[0];
}

static bool main_mode_verified(struct walk *walk, const struct key_choice *keys, size_t count)
{
    struct addr from = walk->peer->from.addr;
    select_key_await(keys, count, from, &add_stage(walk, "MM1")->decision);
    if (!propose(walk, "MM1", ALLOW_PSK | ALLOW_XAUTH))
        return false;
    const struct key_choice *proved = prove(walk, keys, count);
    struct whatif_stage *stage = add_stage(walk, "MM5");
    select_key_explain(keys, count, proved ? proved->entry : NULL, from, &stage->decision);
    if (!proved)
        return ends_at(stage);
    stage = add_stage(walk, "MM5");
    if (!key_goes(walk, proved, &stage->decision))
        return ends_at(stage);
    if (!walk->key.entry->no_xauth)
        walk->login = select_login_list(walk->map, walk->profile);
    return true;
}

/* False: no key covers the peer, and nothing was judged; *out is unset. */
static bool verified(struct walk *walk, bool *out)
{
    const struct config *config = walk->config;
    struct addr from = walk->peer->from.addr;
    size_t count = config->key_verify ? select_key_candidates(config, from, NULL, 0) : 0;
    struct key_choice *keys = count ? calloc(count, sizeof *keys) : NULL;
    if (!keys)
        return false;
    select_key_candidates(config, from, keys, count);
    *out = main_mode_verified(walk, keys, count < KEY_CANDIDATES ? count : KEY_CANDIDATES);
    free(keys);
    return true;
}

static bool main_mode(struct walk *walk)
{
    bool accepted;
    if (verified(walk, &accepted))
        return accepted;
    const struct config *config = walk->config;
    struct whatif_stage *stage = add_stage(walk, "MM1");
    if (select_key_responder(config, walk->peer->from.addr, &walk->key, &stage->decision) != RC_OK)
        return ends_at(stage);
    if (!propose(walk, "MM1", ALLOW_PSK | ALLOW_XAUTH))
        return false;
    select_profile(config, &walk->identity, &walk->profile, &add_stage(walk, "MM5")->decision);
    if (!walk->key.entry->no_xauth)
        walk->login = select_login_list(walk->map, walk->profile);
    if (!walk->profile)
        return true;
    stage = add_stage(walk, "MM5");
    return select_profile_accepts_key(config, walk->profile, walk->key.ring->name,
                                      walk->key.entry->line, &walk->identity, &stage->decision) ||
           ends_at(stage);
}

static bool aggressive_mode(struct walk *walk)
{
    struct opening_choice opening;
    struct decision decision;
    if (!select_opening_allowed(walk->config, &decision)) {
        struct whatif_stage *stage = add_stage(walk, "AM1");
        stage->decision = decision;
        return ends_at(stage);
    }
    bool found = select_opening(walk->config, &walk->identity, &opening);
    for (size_t i = 0; i < opening.step_count; i++) {
        struct whatif_stage *stage = add_stage(walk, "AM1");
        stage->decision = opening.steps[i];
        stage->deciding = !found && i == opening.deciding;
    }
    if (!found)
        return false;
    walk->group = opening.group;
    walk->key = opening.key;
    walk->profile = opening.profile;
    walk->login = select_opening_login(walk->map, &opening);
    return propose(walk, "AM1", walk->login ? ALLOW_XAUTH : ALLOW_PSK);
}

/* -- the client's part ------------------------------------------------------------------------ */

/* Aggressive mode has settled this with the proposal; in main mode a peer that knows no Xauth gets
 * as far as here. */
static bool log_in(struct walk *walk)
{
    if (!walk->login)
        return true;
    struct whatif_stage *stage = add_stage(walk, "Xauth");
    struct decision *decision = &stage->decision;
    char name[DECISION_NAME];
    decision_start(decision, STAGE_XAUTH);
    decision->accepted = walk->peer->auth == AUTH_XAUTH_INIT_PSK;
    snprintf(name, sizeof name, "login list %.36s", walk->login->name);
    snprintf(decision->ours, sizeof decision->ours, "login list %.64s (line %u)", walk->login->name,
             walk->login->line);
    snprintf(decision->theirs, sizeof decision->theirs, "%s",
             decision->accepted ? "a user and a password, which are not judged here"
                                : "pre-share without Xauth");
    decision_note(decision, name, walk->login->line,
                  decision->accepted ? RULE_CHOSEN : RULE_STEP_SKIPPED);
    if (decision->accepted)
        return true;
    decision->rule = RULE_STEP_SKIPPED;
    snprintf(decision->hint, sizeof decision->hint,
             "let the peer log in (Xauth), or let its identity match a profile without client "
             "authentication list");
    return ends_at(stage);
}

/* Which address it gets is not known here: the one that it claims, if the pool has it, else the
 * first. */
static struct addr lease_of(const struct walk *walk, const struct pool *pool)
{
    const struct selector *claim = &walk->peer->remote;
    if (walk->peer->has_proxies && addr_equal(claim->first, claim->last) &&
        pool_holds(pool, claim->first))
        return claim->first;
    return pool->ranges[0].first;
}

static bool get_address(struct walk *walk)
{
    if (!walk->is_client)
        return true;
    const struct client_group *group = walk->group;
    const struct pool *pool = group ? group->pool : NULL;
    struct whatif_stage *stage = add_stage(walk, "mode-config");
    struct decision *decision = &stage->decision;
    char name[DECISION_NAME], address[ADDR_TEXT];
    decision_start(decision, STAGE_ADDRESS);
    if (!pool || !pool->range_count) {
        decision->rule = RULE_NO_POOL;
        if (group)
            snprintf(decision->ours, sizeof decision->ours, "group %.64s (line %u)", group->name,
                     group->line);
        else
            snprintf(decision->ours, sizeof decision->ours, "a login without a group");
        snprintf(decision->hint, sizeof decision->hint, "%s",
                 group ? "add 'pool NAME' to the client configuration group"
                       : "let the client name a group, in aggressive mode");
        return ends_at(stage);
    }
    walk->lease = lease_of(walk, pool);
    decision->accepted = true;
    snprintf(name, sizeof name, "pool %.40s", pool->name);
    decision_note(decision, name, pool->line, RULE_CHOSEN);
    snprintf(decision->ours, sizeof decision->ours, "pool %.64s (line %u), such as %s", pool->name,
             pool->line, addr_format(walk->lease, address));
    return true;
}

/* -- phase 2 ---------------------------------------------------------------------------------- */

static struct map_facts facts_of(const struct walk *walk)
{
    struct map_facts facts = {.map = walk->map,
                              .profile = walk->profile,
                              .identity = &walk->identity,
                              .peer = walk->peer->from.addr,
                              .local = walk->peer->local,
                              .remote = walk->peer->remote,
                              .is_client = walk->is_client,
                              .lease = walk->lease};
    if (!walk->peer->has_proxies) { /* a client's usual wish */
        facts.local = selector_of_prefix(prefix_of(addr_v4(0), 0));
        facts.remote = selector_of_addr(walk->lease);
    }
    return facts;
}

/* Also with transforms: they are judged by the offer, and the entries before have their say. */
static bool choose_by_offer(struct walk *walk, const struct map_facts *facts)
{
    const struct whatif_peer *peer = walk->peer;
    const struct transform_set *sets[WHATIF_SUITES];
    uint8_t octets[OFFER_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct entry_choice found;
    for (size_t i = 0; i < peer->set_count; i++)
        sets[i] = &peer->sets[i];
    const struct ike_child_terms terms = {.sets = sets,
                                          .set_count = peer->set_count,
                                          .pfs_group = peer->pfs_group,
                                          .lifetime_s = OFFER_LIFETIME_S,
                                          .natt = peer->from.port == 500 ? NATT_NONE : NATT_RFC};
    const struct dh_group *group = peer->pfs_group ? dh_group(peer->pfs_group) : NULL;
    ike_p2_put_offer(&b, &terms, OFFER_SPI);
    enum rc rc = entry_choose(walk->config, facts, terms.natt, builder_span(&b),
                              group ? group->public_len : 0, &found);
    struct whatif_stage *stage = add_stage(walk, "QM1");
    stage->decision = found.map;
    if (!found.last)
        return ends_at(stage);
    stage = add_stage(walk, "QM1");
    stage->decision = found.transforms;
    return rc == RC_OK || ends_at(stage);
}

static bool quick_mode(struct walk *walk)
{
    struct map_walk entries = {0};
    walk->out->phase2_open = !walk->peer->has_proxies && !walk->is_client;
    if (walk->out->phase2_open)
        return true;
    const struct map_facts facts = facts_of(walk);
    if (walk->peer->set_count)
        return choose_by_offer(walk, &facts);
    struct whatif_stage *stage = add_stage(walk, "QM1");
    return select_map_next(walk->config, &facts, &entries, &stage->decision) || ends_at(stage);
}

void whatif_run(const struct config *config, const struct whatif_peer *peer, struct whatif *out)
{
    struct walk walk = {.config = config, .peer = peer, .out = out, .identity = peer->identity};
    if (peer->identity.type == ID_NONE)
        walk.identity = identity_of_addr(peer->from.addr);
    *out = (struct whatif){.accepted = false};
    if (!come_in(&walk, peer->aggressive ? "AM1" : "MM1") ||
        !(peer->aggressive ? aggressive_mode(&walk) : main_mode(&walk)))
        return;
    walk.is_client = walk.login || walk.group;
    out->accepted = log_in(&walk) && get_address(&walk) && quick_mode(&walk);
}
