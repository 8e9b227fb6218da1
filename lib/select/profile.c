/* Profiles and groups by identity: each line of a profile is scored, the best score of all wins. */
#include "select/profile.h"

#include <stdio.h>

/* Scores: 0 no match, then wildcard < domain < mask < exact. Masks and domains grow with length. */
enum { SCORE_WILDCARD = 1, SCORE_DOMAIN = 2, SCORE_MASK = 1000, SCORE_EXACT = 2000 };

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet - 'A' + 'a') : octet;
}

/* Names of hosts and domains do not differ by case (RFC 1035, 2.3.3). */
static bool name_equal(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

static struct span text_span(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

static unsigned score_address(const struct prefix *prefix, const struct identity *identity)
{
    struct addr addr = identity_addr(identity);
    size_t full = addr_len(prefix->addr.family) * 8;
    if (addr.family == ADDR_NONE || !prefix_contains(prefix_of(prefix->addr, prefix->len), addr))
        return 0;
    if (prefix->len == full)
        return SCORE_EXACT;
    return prefix->len ? SCORE_MASK + (unsigned)prefix->len : SCORE_WILDCARD;
}

/* Android and FRITZ!Box name their group as FQDN or user@FQDN. */
static unsigned score_group(const struct config *config, const char *text,
                            const struct identity *identity)
{
    struct span data = identity_data(identity);
    bool textual = identity->type == ID_FQDN || identity->type == ID_USER_FQDN;
    if (!span_equal(text_span(text), data))
        return 0;
    if (identity->type == ID_KEY_ID || (textual && config_group(config, data)))
        return SCORE_EXACT;
    return 0;
}

static unsigned score_name(const char *text, const struct identity *identity, uint8_t type)
{
    bool equal = identity->type == type && name_equal(text_span(text), identity_data(identity));
    return equal ? SCORE_EXACT : 0;
}

/* The data ends with the domain, and a separator or nothing stands before it. */
static unsigned score_domain(const char *text, const struct identity *identity, uint8_t type,
                             uint8_t separator)
{
    struct span domain = text_span(text[0] == '.' ? text + 1 : text);
    struct span data = identity_data(identity);
    if (identity->type != type || domain.len == 0 || data.len < domain.len)
        return 0;
    struct span end = {data.at + (data.len - domain.len), domain.len};
    bool boundary = data.len > domain.len ? end.at[-1] == separator : type == ID_FQDN;
    return boundary && name_equal(domain, end) ? SCORE_DOMAIN + (unsigned)domain.len : 0;
}

static unsigned score_match(const struct config *config, const struct identity_match *match,
                            const struct identity *identity)
{
    switch (match->kind) {
    case MATCH_ADDRESS:
        return score_address(&match->prefix, identity);
    case MATCH_GROUP:
        return score_group(config, match->text, identity);
    case MATCH_HOST:
        return score_name(match->text, identity, ID_FQDN);
    case MATCH_HOST_DOMAIN:
        return score_domain(match->text, identity, ID_FQDN, '.');
    case MATCH_USER:
        return score_name(match->text, identity, ID_USER_FQDN);
    case MATCH_USER_DOMAIN:
        return score_domain(match->text, identity, ID_USER_FQDN, '@');
    }
    return 0;
}

struct profile_score {
    unsigned score;
    const struct identity_match *match;
};

static struct profile_score score_profile(const struct config *config,
                                          const struct isakmp_profile *profile,
                                          const struct identity *identity)
{
    struct profile_score best = {0, NULL};
    for (size_t i = 0; i < profile->match_count; i++) {
        unsigned score = score_match(config, &profile->matches[i], identity);
        if (score > best.score)
            best = (struct profile_score){score, &profile->matches[i]};
    }
    return best;
}

bool select_identity_matches(const struct config *config, const struct identity_match *match,
                             const struct identity *identity)
{
    return score_match(config, match, identity) > 0;
}

/* key NULL: whatever key it was. */
static bool uses_key(const struct config *config, const struct isakmp_profile *profile,
                     const struct key_choice *key)
{
    return !key || select_profile_owns_ring(config, profile, key->ring);
}

static void note_profiles(const struct config *config, const struct identity *identity,
                          const struct key_choice *key, size_t winner, unsigned best,
                          struct decision *decision)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        char name[DECISION_NAME];
        unsigned score = score_profile(config, &config->profiles[i], identity).score;
        enum decision_rule rule = RULE_CHOSEN;
        if (score == 0)
            rule = RULE_IDENTITY;
        else if (!uses_key(config, &config->profiles[i], key))
            rule = RULE_RING;
        else if (i != winner)
            rule = score < best ? RULE_SPECIFICITY : RULE_ORDER;
        snprintf(name, sizeof name, "profile %.38s", config->profiles[i].name);
        decision_note(decision, name, config->profiles[i].line, rule);
    }
}

static void find_profile(const struct config *config, const struct identity *identity,
                         const struct key_choice *key, const struct isakmp_profile **out,
                         struct decision *decision)
{
    struct profile_score best = {0, NULL};
    size_t winner = config->profile_count;
    for (size_t i = 0; i < config->profile_count; i++) {
        struct profile_score score = score_profile(config, &config->profiles[i], identity);
        if (score.score > best.score && uses_key(config, &config->profiles[i], key)) {
            best = score;
            winner = i;
        }
    }
    char peer[IDENTITY_TEXT];
    decision_start(decision, STAGE_PROFILE);
    decision->accepted = true;
    note_profiles(config, identity, key, winner, best.score, decision);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", identity_format(identity, peer));
    if (best.match)
        snprintf(decision->ours, sizeof decision->ours,
                 "profile %.64s (line %u), matched by line %u", config->profiles[winner].name,
                 config->profiles[winner].line, best.match->line);
    else
        snprintf(decision->ours, sizeof decision->ours, "no profile matches");
    *out = best.match ? &config->profiles[winner] : NULL;
}

void select_profile(const struct config *config, const struct identity *identity,
                    const struct isakmp_profile **out, struct decision *decision)
{
    find_profile(config, identity, NULL, out, decision);
}

bool select_profile_of_key(const struct config *config, const struct identity *identity,
                           const struct key_choice *key, const struct isakmp_profile **out,
                           struct decision *decision)
{
    find_profile(config, identity, key, out, decision);
    for (size_t i = 0; i < config->profile_count && !*out; i++) {
        const struct isakmp_profile *profile = &config->profiles[i];
        if (score_profile(config, profile, identity).score == 0)
            continue;
        decision->accepted = false;
        decision->rule = RULE_KEY_OF_OTHER_RING;
        snprintf(decision->ours, sizeof decision->ours,
                 "key of keyring %.40s line %u; profile %.40s (line %u) is for this identity",
                 key->ring->name, key->entry->line, profile->name, profile->line);
        snprintf(decision->hint, sizeof decision->hint,
                 "give the peer an identity of its own, or add 'keyring %.40s' to profile %.40s",
                 key->ring->name, profile->name);
        return false;
    }
    return true;
}

static bool names_group(const struct identity *identity)
{
    return identity->type == ID_KEY_ID || identity->type == ID_FQDN ||
           identity->type == ID_USER_FQDN;
}

static void refuse_group(const struct identity *identity, const struct client_group *group,
                         struct decision *decision)
{
    char peer[IDENTITY_TEXT];
    identity_format(identity, peer);
    if (group) {
        decision->rule = RULE_NO_SECRET;
        snprintf(decision->ours, sizeof decision->ours, "group %.64s (line %u) without key",
                 group->name, group->line);
        snprintf(decision->hint, sizeof decision->hint, "add key KEY to group %.64s", group->name);
        return;
    }
    decision->rule = RULE_OTHER_NAME;
    snprintf(decision->ours, sizeof decision->ours, "no group of this name");
    if (names_group(identity))
        snprintf(decision->hint, sizeof decision->hint,
                 "add crypto isakmp client configuration group %.64s, or set the client's group "
                 "name",
                 strchr(peer, ' ') + 1);
    else
        snprintf(decision->hint, sizeof decision->hint,
                 "let the client name a group: key-id, FQDN or user@FQDN");
}

const struct client_group *select_group(const struct config *config,
                                        const struct identity *identity, struct decision *decision)
{
    const struct client_group *group =
        names_group(identity) ? config_group(config, identity_data(identity)) : NULL;
    char peer[IDENTITY_TEXT];
    decision_start(decision, STAGE_GROUP);
    snprintf(decision->theirs, sizeof decision->theirs, "%s", identity_format(identity, peer));
    for (size_t i = 0; i < config->group_count; i++) {
        char name[DECISION_NAME];
        const struct client_group *candidate = &config->groups[i];
        enum decision_rule rule = RULE_OTHER_NAME;
        if (group && candidate == group)
            rule = candidate->secret.len ? RULE_CHOSEN : RULE_NO_SECRET;
        snprintf(name, sizeof name, "group %.40s", candidate->name);
        decision_note(decision, name, candidate->line, rule);
    }
    if (!group || group->secret.len == 0) {
        refuse_group(identity, group, decision);
        return NULL;
    }
    decision->accepted = true;
    snprintf(decision->ours, sizeof decision->ours, "group %.64s (line %u)", group->name,
             group->line);
    return group;
}
