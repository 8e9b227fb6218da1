/* Keys that are easily guessed, that hide one another, or that open more than they should. */
#include "config/lint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { GROUP_KEY_LEAST = 12 };

/* A key of a keyring and where it stands, for sorting. */
struct placed_key {
    const struct keyring_entry *entry;
    const struct keyring *keyring;
    size_t order; /* in the configuration */
};

static int compare_prefix(const struct prefix *a, const struct prefix *b)
{
    int order = addr_compare(a->addr, b->addr);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_keys(const void *a, const void *b)
{
    const struct placed_key *x = a, *y = b;
    int order = compare_prefix(&x->entry->prefix, &y->entry->prefix);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* The address keys of keyrings first..last-1, sorted, in scratch memory; NULL when memory is
 * out. */
static struct placed_key *sorted_keys(struct lint *lint, size_t first, size_t last, size_t *count)
{
    const struct keyring *keyrings = lint->config->keyrings;
    size_t total = 0;
    for (size_t i = first; i < last; i++)
        total += keyrings[i].entry_count;
    struct placed_key *keys = arena_alloc(lint->draft->scratch, total * sizeof *keys + 1);
    *count = 0;
    for (size_t i = first; keys && i < last; i++)
        for (size_t k = 0; k < keyrings[i].entry_count; k++)
            if (keyrings[i].entries[k].kind == KEY_FOR_ADDRESS) {
                keys[*count] = (struct placed_key){&keyrings[i].entries[k], &keyrings[i], *count};
                (*count)++;
            }
    if (keys && *count)
        qsort(keys, *count, sizeof *keys, compare_keys);
    lint->reporter->no_memory = lint->reporter->no_memory || !keys;
    return keys;
}

static void find_same_address(struct lint *lint, bool same_keyring)
{
    size_t count;
    char text[PREFIX_TEXT];
    const struct placed_key *keys = sorted_keys(lint, 0, lint->config->keyring_count, &count);
    for (size_t i = 1; keys && i < count; i++) {
        const struct placed_key *before = &keys[i - 1], *key = &keys[i];
        if (compare_prefix(&before->entry->prefix, &key->entry->prefix) != 0 ||
            (before->keyring == key->keyring) != same_keyring)
            continue;
        lint_found(lint, key->entry->line, "keyring %s in line %u holds a key for %s already",
                   before->keyring->name, before->entry->line,
                   prefix_format(key->entry->prefix, text));
    }
}

/* With key-selection verify several keys for one net are what is meant. */
static void find_two_keyrings(struct lint *lint)
{
    if (!lint->config->key_verify)
        find_same_address(lint, false);
}

static void find_two_keys(struct lint *lint)
{
    if (!lint->config->key_verify)
        find_same_address(lint, true);
}

static int compare_wanted(const void *wanted, const void *key)
{
    const struct placed_key *placed = key;
    return compare_prefix(wanted, &placed->entry->prefix);
}

/* The global key that is taken before this one, which it equals or contains. */
static const struct keyring_entry *shadow_of(const struct placed_key *globals, size_t count,
                                             const struct prefix *prefix)
{
    for (unsigned len = 0; count && len <= prefix->len; len++) {
        struct prefix wanted = prefix_of(prefix->addr, (uint8_t)len);
        const struct placed_key *found =
            bsearch(&wanted, globals, count, sizeof *globals, compare_wanted);
        if (found)
            return found->entry;
    }
    return NULL;
}

static void find_shadows(struct lint *lint)
{
    size_t count, others;
    if (lint->config->key_verify)
        return; /* no ring is searched before another */
    const struct placed_key *globals = sorted_keys(lint, 0, 1, &count);
    const struct placed_key *keys = sorted_keys(lint, 1, lint->config->keyring_count, &others);
    for (size_t i = 0; globals && keys && i < others; i++) {
        const struct keyring_entry *shadow = shadow_of(globals, count, &keys[i].entry->prefix);
        if (shadow)
            lint_found(lint, keys[i].entry->line, "the global key in line %u hides this key",
                       shadow->line);
    }
}

static bool is_wildcard(const struct keyring_entry *entry)
{
    return entry->kind == KEY_FOR_ADDRESS && entry->prefix.len == 0;
}

static const struct keyring_entry *wildcard_in(const struct keyring *keyring)
{
    for (size_t i = 0; keyring && i < keyring->entry_count; i++)
        if (is_wildcard(&keyring->entries[i]))
            return &keyring->entries[i];
    return NULL;
}

static const struct keyring_entry *wildcard_of(const struct config *config,
                                               const struct isakmp_profile *profile)
{
    if (profile->keyring_count == 0)
        return wildcard_in(&config->keyrings[0]);
    for (size_t i = 0; i < profile->keyring_count; i++)
        if (wildcard_in(profile->keyrings[i]))
            return wildcard_in(profile->keyrings[i]);
    return NULL;
}

static void find_wildcards(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->keyring_count; i++) {
        const struct keyring_entry *entry = wildcard_in(&lint->config->keyrings[i]);
        if (entry)
            lint_found(lint, entry->line, "keyring %s has a key for every address",
                       lint->config->keyrings[i].name);
    }
}

/* Identities of main mode: those that come with a branch key, not with a group key. */
static bool takes_branches(const struct isakmp_profile *profile)
{
    for (size_t i = 0; i < profile->match_count; i++)
        if (profile->matches[i].kind != MATCH_GROUP)
            return true;
    return false;
}

static void find_wildcard_xauth(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->profile_count; i++) {
        const struct isakmp_profile *profile = &lint->config->profiles[i];
        const struct keyring_entry *wildcard = wildcard_of(lint->config, profile);
        if (profile->xauth && takes_branches(profile) && wildcard)
            lint_found(lint, profile->line,
                       "profile %s asks for a login, and the key in line %u is for every address",
                       profile->name, wildcard->line);
    }
}

static void find_group_without_login(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->profile_count; i++) {
        const struct isakmp_profile *profile = &lint->config->profiles[i];
        for (size_t k = 0; k < profile->match_count && !profile->xauth; k++)
            if (profile->matches[k].kind == MATCH_GROUP)
                lint_found(lint, profile->matches[k].line, "profile %s lets group %s in",
                           profile->name, profile->matches[k].text);
    }
}

/* Words that every list of passwords starts with; digits behind them do not help. */
static bool is_common(struct span key)
{
    static const char *const words[] = {
        "abc",    "admin",  "branch",   "changeme",  "cisco",   "client", "company", "default",
        "group",  "guest",  "hello",    "hub",       "ipsec",   "key",    "letmein", "office",
        "pass",   "passwd", "password", "preshared", "psk",     "pw",     "qwerty",  "remote",
        "root",   "router", "secret",   "secure",    "shared",  "site",   "spoke",   "test",
        "tunnel", "user",   "vpn",      "welcome",   "wireless"};
    size_t n = key.len;
    while (n > 0 && strchr("0123456789!?.-_#*$", key.at[n - 1]))
        n--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && strncasecmp((const char *)key.at, words[i], n) == 0)
            return true;
    return n == 0; /* digits only */
}

static void find_short_group_keys(struct lint *lint)
{
    for (size_t i = 0; i < lint->draft->groups.count; i++) {
        const struct draft_group *group = lint->draft->groups.at[i];
        struct span key = group->body.secret;
        if (key.len == 0 || lint->config->aggressive_disabled)
            continue;
        if (key.len < GROUP_KEY_LEAST || is_common(key))
            lint_found(lint, group->key_line, "the key of group %s is short or a common word",
                       group->body.name);
    }
}

static void find_login_once(struct lint *lint)
{
    if (lint->config->xauth_once)
        lint_found(lint, lint->config->xauth_once_line,
                   "a login counts for everybody who comes from the session's address and port");
}

const struct lint_rule lint_key_rules[] = {
    {"weak-group-key", CONFIG_WARNING,
     "whoever asks the hub in aggressive mode, or records a client, gets a hash of it and can try "
     "words at home",
     find_short_group_keys},
    {"two-keyrings", CONFIG_WARNING,
     "the hub takes the first key whatever profile the peer belongs to, and drops the peer when "
     "its profile names the other keyring",
     find_two_keyrings},
    {"two-keys", CONFIG_WARNING, "only the first is ever used", find_two_keys},
    {"global-key-first", CONFIG_WARNING,
     "as responder the hub looks at global keys first, so peers of this keyring fail",
     find_shadows},
    {"wildcard-key", CONFIG_NOTE,
     "whoever knows it is taken for a branch, and one lost router gives all of them away",
     find_wildcards},
    {"wildcard-key-login", CONFIG_WARNING,
     "whoever knows that key can play the hub to its clients and collect their passwords",
     find_wildcard_xauth},
    {"group-without-login", CONFIG_WARNING,
     "everyone who knows the group's key gets in, with no user and no password",
     find_group_without_login},
    {"login-once", CONFIG_WARNING,
     "whoever has the group's key and can send from there takes the session over", find_login_once},
    {.id = NULL},
};
