/* Keys that a peer's proof must tell apart. All keys of all rings are sorted once for each
 * question, so that ten thousand of them are checked in an instant. */
#include "config/check_keys.h"

#include <stdlib.h>
#include <string.h>

struct placed {
    struct keyring_entry *entry;
    const struct keyring *ring;
    size_t order;
};

struct keys {
    struct placed *at;
    size_t count;
    struct reporter *reporter;
};

static struct place line_of(const struct placed *placed)
{
    return place_of_line(placed->entry->line);
}

static enum rc gather(struct draft *draft, struct keyring *keyrings, size_t count, struct keys *out)
{
    size_t total = 0;
    for (size_t r = 0; r < count; r++)
        total += keyrings[r].entry_count;
    out->at = arena_alloc(draft->scratch, total * sizeof *out->at + 1);
    if (!out->at)
        return RC_NO_MEMORY;
    for (size_t r = 0; r < count; r++)
        for (size_t k = 0; k < keyrings[r].entry_count; k++) {
            /* Laid out just now, constant from now on. */
            struct keyring_entry *entry = (struct keyring_entry *)&keyrings[r].entries[k];
            out->at[out->count] = (struct placed){entry, &keyrings[r], out->count};
            out->count++;
        }
    return RC_OK;
}

static int by_order(const struct placed *a, const struct placed *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int by_secret(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    struct span s = x->entry->secret, t = y->entry->secret;
    size_t least = s.len < t.len ? s.len : t.len;
    int order = least ? memcmp(s.at, t.at, least) : 0;
    if (order == 0)
        order = (s.len > t.len) - (s.len < t.len);
    return order ? order : by_order(x, y);
}

static int by_name(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    const char *s = x->entry->name ? x->entry->name : "";
    const char *t = y->entry->name ? y->entry->name : "";
    int order = (x->ring > y->ring) - (x->ring < y->ring);
    if (order == 0)
        order = strcmp(s, t);
    return order ? order : by_order(x, y);
}

static int compare_nets(const struct keyring_entry *x, const struct keyring_entry *y)
{
    int order = addr_compare(x->prefix.addr, y->prefix.addr);
    return order ? order : (x->prefix.len > y->prefix.len) - (x->prefix.len < y->prefix.len);
}

static int by_net(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = (x->ring > y->ring) - (x->ring < y->ring);
    if (order == 0)
        order = compare_nets(x->entry, y->entry);
    return order ? order : by_order(x, y);
}

static bool overlap(const struct keyring_entry *a, const struct keyring_entry *b)
{
    if (a->kind != KEY_FOR_ADDRESS || b->kind != KEY_FOR_ADDRESS)
        return false;
    return prefix_contains(prefix_of(a->prefix.addr, a->prefix.len), b->prefix.addr) ||
           prefix_contains(prefix_of(b->prefix.addr, b->prefix.len), a->prefix.addr);
}

/* The first pair of each set of equal secrets is enough to act on. */
static void find_equal_secrets(struct keys *keys)
{
    qsort(keys->at, keys->count, sizeof *keys->at, by_secret);
    for (size_t i = 1, first = 0; i < keys->count; i++) {
        const struct placed *one = &keys->at[first], *other = &keys->at[i];
        if (!span_equal(one->entry->secret, other->entry->secret))
            first = i;
        else if (other->entry->secret.len && overlap(one->entry, other->entry))
            report_add(keys->reporter, CONFIG_ERROR, line_of(other), "",
                       "the same key as in line %u, for peers that it is for, too: with "
                       "\"hubward key-selection verify\" every peer needs a key of its own",
                       one->entry->line);
    }
}

static void find_equal_names(struct keys *keys)
{
    qsort(keys->at, keys->count, sizeof *keys->at, by_name);
    for (size_t i = 1; i < keys->count; i++) {
        const struct placed *one = &keys->at[i - 1], *other = &keys->at[i];
        if (one->ring == other->ring && one->entry->name && other->entry->name &&
            strcmp(one->entry->name, other->entry->name) == 0)
            report_add(keys->reporter, CONFIG_ERROR, line_of(other), "",
                       "line %u has a key named %.40s already", one->entry->line, one->entry->name);
    }
}

static void number(struct keys *keys)
{
    unsigned last = 0;
    qsort(keys->at, keys->count, sizeof *keys->at, by_net);
    for (size_t i = 0; i < keys->count; i++) {
        const struct placed *before = i ? &keys->at[i - 1] : NULL;
        struct placed *key = &keys->at[i];
        if (!before || before->ring != key->ring || compare_nets(before->entry, key->entry) != 0)
            last = 0;
        if (!key->entry->name)
            key->entry->ordinal = ++last;
    }
}

static void find_what_verify_alone_does(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct placed *key = &keys->at[i];
        if (key->entry->name)
            report_add(keys->reporter, CONFIG_ERROR, line_of(key), "",
                       "a key has a name only with \"hubward key-selection verify\"");
        if (key->entry->identity)
            report_add(keys->reporter, CONFIG_ERROR, place_of_line(key->entry->identity->line), "",
                       "nothing would hold the peer to this identity without "
                       "\"hubward key-selection verify\"");
    }
}

enum rc check_keys(struct draft *draft, struct keyring *keyrings, size_t count,
                   struct reporter *reporter)
{
    struct keys keys = {.reporter = reporter};
    enum rc rc = gather(draft, keyrings, count, &keys);
    if (rc != RC_OK)
        return rc;
    if (!draft->config->key_verify) {
        find_what_verify_alone_does(&keys);
        return RC_OK;
    }
    if (!draft->printed) /* there all of them are <hidden> */
        find_equal_secrets(&keys);
    find_equal_names(&keys);
    number(&keys);
    return RC_OK;
}
