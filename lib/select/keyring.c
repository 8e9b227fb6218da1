/* Keys: every entry of every ring is judged by one rule, the best usable one wins, and what the
 * losers lacked is told in the same pass. */
#include "select/keyring.h"

#include "select/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a lookup is about. */
struct search {
    const struct config *config;
    const struct isakmp_profile *profile; /* its rings only; NULL: all */
    struct addr peer;                     /* by address */
    const char *host;                     /* what the configuration calls it; NULL: nothing */
    const struct identity *identity;      /* by host identity; NULL: by address */
};

bool select_profile_owns_ring(const struct config *config, const struct isakmp_profile *profile,
                              const struct keyring *ring)
{
    if (profile->keyring_count == 0)
        return ring == &config->keyrings[0];
    for (size_t i = 0; i < profile->keyring_count; i++)
        if (profile->keyrings[i] == ring)
            return true;
    return false;
}

static const struct keyring *ring_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->keyring_count; i++)
        if (strcmp(config->keyrings[i].name, name) == 0)
            return &config->keyrings[i];
    return NULL;
}

static void note_ring(struct decision *decision, const char *name, unsigned line,
                      enum decision_rule rule)
{
    char text[DECISION_NAME];
    snprintf(text, sizeof text, "keyring %.38s", name);
    decision_note(decision, text, line, rule);
}

bool select_profile_accepts_key(const struct config *config, const struct isakmp_profile *profile,
                                const char *ring, unsigned line, const struct identity *identity,
                                struct decision *decision)
{
    char peer[IDENTITY_TEXT];
    const struct keyring *source = ring_named(config, ring);
    decision_start(decision, STAGE_KEY);
    decision->accepted = source && select_profile_owns_ring(config, profile, source);
    note_ring(decision, ring, line, decision->accepted ? RULE_CHOSEN : RULE_RING);
    for (size_t i = 0; i < config->keyring_count; i++)
        if (&config->keyrings[i] != source &&
            select_profile_owns_ring(config, profile, &config->keyrings[i]))
            note_ring(decision, config->keyrings[i].name, config->keyrings[i].line,
                      RULE_KEY_OF_OTHER_RING);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", identity_format(identity, peer));
    snprintf(decision->ours, sizeof decision->ours, "profile %.64s; key of keyring %.40s line %u",
             profile->name, ring, line);
    if (decision->accepted)
        return true;
    decision->rule = RULE_KEY_OF_OTHER_RING;
    snprintf(
        decision->hint, sizeof decision->hint,
        "add 'keyring %.30s' to profile %.30s (line %u), or give its own keyring a longer mask",
        ring, profile->name, profile->line);
    return false;
}

/* Main mode: the address is all that is known (PRODUCT §4). */
static enum decision_rule judge_address(const struct keyring_entry *entry, struct addr peer)
{
    if (entry->kind != KEY_FOR_ADDRESS)
        return RULE_HOSTNAME;
    struct prefix prefix = prefix_of(entry->prefix.addr, entry->prefix.len);
    return prefix_contains(prefix, peer) ? RULE_CHOSEN : RULE_ADDRESS;
}

/* Aggressive mode: a dictionary attack needs only one answer, so a shared key is never used. */
static enum decision_rule judge_host(const struct keyring_entry *entry,
                                     const struct identity *identity)
{
    struct addr addr = identity_addr(identity);
    if (entry->kind == KEY_FOR_HOSTNAME) {
        struct span name = {(const uint8_t *)entry->hostname, strlen(entry->hostname)};
        bool named = identity->type == ID_FQDN && span_equal(name, identity_data(identity));
        return named ? RULE_CHOSEN : RULE_OTHER_NAME;
    }
    if (entry->prefix.len < addr_len(entry->prefix.addr.family) * 8)
        return RULE_SHARED_KEY;
    return addr.family != ADDR_NONE && addr_equal(entry->prefix.addr, addr) ? RULE_CHOSEN
                                                                            : RULE_ADDRESS;
}

static bool is_for_host(const struct search *search, const struct keyring_entry *entry)
{
    return search->host && entry->kind == KEY_FOR_HOSTNAME &&
           strcasecmp(entry->hostname, search->host) == 0;
}

/* How exactly it is for this peer: the mask; its name is more than any. */
static unsigned exactness(const struct search *search, const struct keyring_entry *entry)
{
    return is_for_host(search, entry) ? UINT8_MAX : entry->prefix.len;
}

/* RULE_CHOSEN: usable, as far as this entry alone can tell. */
static enum decision_rule judge(const struct search *search, const struct keyring *ring,
                                const struct keyring_entry *entry)
{
    if (search->profile && !select_profile_owns_ring(search->config, search->profile, ring))
        return RULE_RING;
    enum decision_rule rule = search->identity             ? judge_host(entry, search->identity)
                              : is_for_host(search, entry) ? RULE_CHOSEN
                                                           : judge_address(entry, search->peer);
    return rule == RULE_CHOSEN && entry->secret.len == 0 ? RULE_NO_SECRET : rule;
}

/* Longest mask, then configuration order; the default ring before all others. A hostname is as
 * exact as a full mask. */
static void find_best(const struct search *search, struct key_choice *best)
{
    for (size_t r = 0; r < search->config->keyring_count; r++) {
        const struct keyring *ring = &search->config->keyrings[r];
        if (r > 0 && best->ring == &search->config->keyrings[0] && !search->profile)
            return;
        for (size_t e = 0; e < ring->entry_count; e++) {
            const struct keyring_entry *entry = &ring->entries[e];
            if (judge(search, ring, entry) != RULE_CHOSEN)
                continue;
            if (!best->entry ||
                (!search->identity && exactness(search, entry) > exactness(search, best->entry)))
                *best = (struct key_choice){ring, entry};
        }
    }
}

/* Why this usable entry is not the best one. */
static enum decision_rule outdone(const struct search *search, const struct keyring *ring,
                                  const struct keyring_entry *entry, const struct key_choice *best)
{
    const struct keyring *standard = &search->config->keyrings[0];
    if (!best->entry || entry == best->entry)
        return RULE_CHOSEN;
    if (best->ring == standard && ring != standard && !search->profile)
        return RULE_DEFAULT_FIRST;
    if (!search->identity && exactness(search, entry) < exactness(search, best->entry))
        return RULE_MASK;
    return RULE_ORDER;
}

static void note_entries(const struct search *search, const struct key_choice *best,
                         struct decision *decision)
{
    for (size_t r = 0; r < search->config->keyring_count; r++) {
        const struct keyring *ring = &search->config->keyrings[r];
        for (size_t e = 0; e < ring->entry_count; e++) {
            char name[DECISION_NAME];
            enum decision_rule rule = judge(search, ring, &ring->entries[e]);
            if (rule == RULE_CHOSEN)
                rule = outdone(search, ring, &ring->entries[e], best);
            snprintf(name, sizeof name, "keyring %.38s", ring->name);
            decision_note(decision, name, ring->entries[e].line, rule);
        }
    }
}

/* A refusal is explained by the entry that came nearest: these rules, the last the nearest. */
static enum decision_rule refusal_rule(const struct decision *decision)
{
    static const enum decision_rule order[] = {RULE_ADDRESS, RULE_OTHER_NAME, RULE_HOSTNAME,
                                               RULE_SHARED_KEY, RULE_NO_SECRET};
    enum decision_rule rule = RULE_ADDRESS;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < decision->candidate_count; i++)
            if (decision->candidates[i].rule == order[k])
                rule = order[k];
    return rule;
}

static void describe_peer(const struct search *search, char out[IDENTITY_TEXT])
{
    struct identity identity =
        search->identity ? *search->identity : identity_of_addr(search->peer);
    identity_format(&identity, out);
}

static void explain_refusal(const struct search *search, struct decision *decision)
{
    char peer[IDENTITY_TEXT];
    char address[ADDR_TEXT];
    size_t rings = search->profile ? search->profile->keyring_count : search->config->keyring_count;
    describe_peer(search, peer);
    decision->rule = refusal_rule(decision);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", peer);
    if (search->profile)
        snprintf(decision->ours, sizeof decision->ours,
                 "no key in the keyrings of profile %.40s (line %u)", search->profile->name,
                 search->profile->line);
    else
        snprintf(decision->ours, sizeof decision->ours, "no key in %zu keyrings", rings);
    if (search->identity && search->identity->type == ID_FQDN)
        snprintf(decision->hint, sizeof decision->hint, "add crypto isakmp key KEY hostname %.100s",
                 peer + strlen("fqdn "));
    else if (search->identity && identity_addr(search->identity).family == ADDR_NONE)
        snprintf(decision->hint, sizeof decision->hint,
                 "let the peer identify itself by a configured group, host name or address");
    else
        snprintf(
            decision->hint, sizeof decision->hint, "add pre-shared-key address %s key KEY to %s",
            addr_format(search->identity ? identity_addr(search->identity) : search->peer, address),
            search->profile && rings ? "one of them" : "a keyring");
}

static void explain_choice(const struct search *search, const struct key_choice *best,
                           struct decision *decision)
{
    char peer[IDENTITY_TEXT];
    char prefix[PREFIX_TEXT];
    describe_peer(search, peer);
    decision->accepted = true;
    snprintf(decision->theirs, sizeof decision->theirs, "%s", peer);
    if (best->entry->kind == KEY_FOR_ADDRESS)
        snprintf(decision->ours, sizeof decision->ours, "keyring %.40s (line %u): address %s",
                 best->ring->name, best->entry->line, prefix_format(best->entry->prefix, prefix));
    else
        snprintf(decision->ours, sizeof decision->ours, "keyring %.40s (line %u): hostname %.64s",
                 best->ring->name, best->entry->line, best->entry->hostname);
}

static enum rc find_key(const struct search *search, struct key_choice *out,
                        struct decision *decision)
{
    struct key_choice best = {NULL, NULL};
    decision_start(decision, STAGE_KEY);
    find_best(search, &best);
    note_entries(search, &best, decision);
    if (!best.entry) {
        explain_refusal(search, decision);
        return RC_NOT_FOUND;
    }
    explain_choice(search, &best, decision);
    *out = best;
    return RC_OK;
}

enum rc select_key_responder(const struct config *config, struct addr peer, struct key_choice *out,
                             struct decision *decision)
{
    const struct search search = {.config = config, .peer = peer};
    return find_key(&search, out, decision);
}

enum rc select_key_initiator(const struct config *config, const struct isakmp_profile *profile,
                             struct addr peer, struct key_choice *out, struct decision *decision)
{
    const struct search search = {.config = config, .profile = profile, .peer = peer};
    return find_key(&search, out, decision);
}

enum rc select_key_host_peer(const struct config *config, const struct isakmp_profile *profile,
                             struct addr peer, const char *host, struct key_choice *out,
                             struct decision *decision)
{
    const struct search search = {.config = config, .profile = profile, .peer = peer, .host = host};
    return find_key(&search, out, decision);
}

enum rc select_key_host(const struct config *config, const struct identity *identity,
                        struct key_choice *out, struct decision *decision)
{
    const struct search search = {.config = config, .identity = identity};
    return find_key(&search, out, decision);
}

/* -- key-selection verify ------------------------------------------------------------- */

static int by_mask(const void *a, const void *b)
{
    const struct keyring_entry *x = ((const struct key_choice *)a)->entry;
    const struct keyring_entry *y = ((const struct key_choice *)b)->entry;
    int order = (x->prefix.len < y->prefix.len) - (x->prefix.len > y->prefix.len);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

size_t select_key_candidates(const struct config *config, struct addr peer, struct key_choice *out,
                             size_t most)
{
    const struct search search = {.config = config, .peer = peer};
    size_t count = 0;
    for (size_t r = 0; r < config->keyring_count; r++)
        for (size_t e = 0; e < config->keyrings[r].entry_count; e++) {
            const struct key_choice one = {&config->keyrings[r], &config->keyrings[r].entries[e]};
            if (judge(&search, one.ring, one.entry) != RULE_CHOSEN)
                continue;
            if (count < most)
                out[count] = one;
            count++;
        }
    if (count && most)
        qsort(out, count < most ? count : most, sizeof *out, by_mask);
    return count;
}

static const char *key_name(const struct keyring_entry *entry, char out[DECISION_NAME])
{
    char prefix[PREFIX_TEXT];
    if (entry->name)
        snprintf(out, DECISION_NAME, "key %.40s", entry->name);
    else
        snprintf(out, DECISION_NAME, "key %u for %s", entry->ordinal,
                 prefix_format(entry->prefix, prefix));
    return out;
}

void select_key_await(const struct key_choice *candidates, size_t count, struct addr peer,
                      struct decision *decision)
{
    char name[DECISION_NAME], address[ADDR_TEXT];
    decision_start(decision, STAGE_KEY);
    decision->accepted = true;
    for (size_t i = 0; i < count; i++)
        decision_note(decision, key_name(candidates[i].entry, name), candidates[i].entry->line,
                      RULE_MAY_BE);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", addr_format(peer, address));
    snprintf(decision->ours, sizeof decision->ours,
             "%zu %s for this address; the peer is the one that it proves to have", count,
             count == 1 ? "key" : "keys");
}

void select_key_explain(const struct key_choice *candidates, size_t count,
                        const struct keyring_entry *proved, struct addr peer,
                        struct decision *decision)
{
    char name[DECISION_NAME], address[ADDR_TEXT];
    decision_start(decision, STAGE_KEY);
    decision->accepted = proved != NULL;
    decision->rule = RULE_OTHER_KEY;
    for (size_t i = 0; i < count; i++)
        decision_note(decision, key_name(candidates[i].entry, name), candidates[i].entry->line,
                      candidates[i].entry == proved ? RULE_CHOSEN : RULE_OTHER_KEY);
    addr_format(peer, address);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", address);
    if (proved)
        snprintf(decision->ours, sizeof decision->ours,
                 "%s (line %u), which the peer proved to have", key_name(proved, name),
                 proved->line);
    else
        snprintf(decision->ours, sizeof decision->ours, "none of the %zu keys for %s", count,
                 address);
    if (!proved)
        snprintf(decision->hint, sizeof decision->hint,
                 "give the peer one of these keys, or add pre-shared-key address %s key KEY",
                 address);
}

static void describe_match(const struct identity_match *match, char out[IDENTITY_TEXT])
{
    char prefix[PREFIX_TEXT];
    if (match->kind == MATCH_ADDRESS)
        snprintf(out, IDENTITY_TEXT, "%s", prefix_format(match->prefix, prefix));
    else
        snprintf(out, IDENTITY_TEXT, "%s %.100s",
                 match->kind == MATCH_HOST   ? "fqdn"
                 : match->kind == MATCH_USER ? "user-fqdn"
                                             : "key-id",
                 match->text);
}

bool select_key_identity(const struct config *config, const struct key_choice *key,
                         const struct identity *identity, struct decision *decision)
{
    char bound[IDENTITY_TEXT], claimed[IDENTITY_TEXT], name[DECISION_NAME];
    const struct identity_match *match = key->entry->identity;
    if (!match || select_identity_matches(config, match, identity))
        return true;
    describe_match(match, bound);
    identity_format(identity, claimed);
    decision_start(decision, STAGE_KEY);
    decision->rule = RULE_CLAIM;
    decision_note(decision, key_name(key->entry, name), key->entry->line, RULE_CLAIM);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", claimed);
    snprintf(decision->ours, sizeof decision->ours, "%s (line %u) is for %.80s (line %u)", name,
             key->entry->line, bound, match->line);
    snprintf(decision->hint, sizeof decision->hint,
             "let the peer call itself %.60s, or change 'hubward identity' in line %u", bound,
             match->line);
    return false;
}
