/* Tuple space search: a class is one prefix length, a list under one hash key holds every SA whose
 * selector on the peer's side is that prefix. Lists are always compared in full, so two prefixes
 * that hash alike do no harm. A range that is no prefix is filed under the longest prefix length
 * that is not narrower than it, all such ranges of one length in one list. */
#include "esp/spd.h"

#include <stdlib.h>

struct esp_spd_class {
    enum addr_family family;
    uint8_t len; /* bits */
    bool range;  /* not a prefix: the key has no address */
    size_t members;
};

/* The length of a range, minus one: last - first. */
static struct addr width_of(const struct selector *selector)
{
    struct addr width = {.family = selector->first.family};
    int borrow = 0;
    for (size_t i = addr_len(width.family); i > 0; i--) {
        int octet = selector->last.bytes[i - 1] - selector->first.bytes[i - 1] - borrow;
        borrow = octet < 0;
        width.bytes[i - 1] = (uint8_t)octet;
    }
    return width;
}

static uint8_t leading_zeros(struct addr addr)
{
    unsigned bits = 0;
    for (size_t i = 0; i < addr_len(addr.family); i++) {
        if (addr.bytes[i])
            return (uint8_t)(bits + (unsigned)__builtin_clz(addr.bytes[i]) - 24);
        bits += 8;
    }
    return (uint8_t)bits;
}

static struct esp_spd_class class_of(const struct selector *theirs)
{
    struct prefix prefix;
    if (selector_prefix(theirs, &prefix))
        return (struct esp_spd_class){.family = prefix.addr.family, .len = prefix.len};
    return (struct esp_spd_class){
        .family = theirs->first.family, .len = leading_zeros(width_of(theirs)), .range = true};
}

static uint64_t key_of(const struct esp_spd *spd, const struct esp_spd_class *class,
                       struct addr addr)
{
    uint64_t key = spd->seed ^ ((uint64_t) class->family << 16 | (uint64_t) class->len << 8 |
                                (uint64_t) class->range);
    key = esp_table_mix(key);
    if (class->range)
        return key;
    struct prefix prefix = prefix_of(addr, class->len);
    uint64_t halves[2];
    memcpy(halves, prefix.addr.bytes, sizeof halves);
    return esp_table_mix(esp_table_mix(key ^ halves[0]) ^ halves[1]);
}

static uint64_t key_of_sa(const struct esp_spd *spd, const struct esp_sa *sa)
{
    struct esp_spd_class class = class_of(&sa->params.theirs);
    return key_of(spd, &class, sa->params.theirs.first);
}

/* Restrictions of protocol and port, as a number: more is narrower. */
static int narrowness(const struct esp_params *params)
{
    return (params->ours.port != 0) + (params->theirs.port != 0) +
           (params->ours.protocol != 0 || params->theirs.protocol != 0);
}

/* Below 0: a comes first. */
static int prefer(const struct esp_sa *a, const struct esp_sa *b)
{
    int order = addr_compare(width_of(&a->params.theirs), width_of(&b->params.theirs));
    if (order == 0)
        order = addr_compare(width_of(&a->params.ours), width_of(&b->params.ours));
    if (order == 0)
        order = narrowness(&b->params) - narrowness(&a->params);
    if (order == 0)
        order = a->serial > b->serial ? -1 : 1;
    return order;
}

/* Families stay together; in one, the longest prefix comes first, and of one length the ranges
 * before the prefix, which is never narrower. */
static int class_order(const struct esp_spd_class *a, const struct esp_spd_class *b)
{
    if (a->family != b->family)
        return (int)a->family - (int)b->family;
    if (a->len != b->len)
        return (int)b->len - (int)a->len;
    return (int)b->range - (int)a->range;
}

/* Where the class is, or where it belongs. */
static size_t class_place(const struct esp_spd *spd, const struct esp_spd_class *class)
{
    size_t i = 0;
    while (i < spd->class_count && class_order(&spd->classes[i], class) < 0)
        i++;
    return i;
}

static bool class_is_at(const struct esp_spd *spd, size_t place, const struct esp_spd_class *class)
{
    return place < spd->class_count && class_order(&spd->classes[place], class) == 0;
}

/* Make room for the class, if it is a new one. */
static enum rc class_enter(struct esp_spd *spd, const struct esp_spd_class *class)
{
    size_t place = class_place(spd, class);
    if (!class_is_at(spd, place, class)) {
        struct esp_spd_class *grown = realloc(spd->classes, (spd->class_count + 1) * sizeof *grown);
        if (!grown)
            return RC_NO_MEMORY;
        spd->classes = grown;
        memmove(&grown[place + 1], &grown[place], (spd->class_count - place) * sizeof *grown);
        grown[place] = *class;
        spd->class_count++;
    }
    spd->classes[place].members++;
    return RC_OK;
}

static void class_leave(struct esp_spd *spd, const struct esp_spd_class *class)
{
    size_t place = class_place(spd, class);
    if (!class_is_at(spd, place, class) || --spd->classes[place].members > 0)
        return;
    spd->class_count--;
    memmove(&spd->classes[place], &spd->classes[place + 1],
            (spd->class_count - place) * sizeof *spd->classes);
}

/* Put the SA into its place in a list that has members already. */
static void insert(void **head, struct esp_sa *sa)
{
    struct esp_sa *first = *head;
    struct esp_sa **at = &first;
    while (*at && prefer(*at, sa) < 0)
        at = &(*at)->next;
    sa->next = *at;
    *at = sa;
    *head = first;
}

enum rc esp_spd_add(struct esp_spd *spd, struct esp_sa *sa)
{
    struct esp_spd_class class = class_of(&sa->params.theirs);
    enum rc rc = class_enter(spd, &class);
    if (rc != RC_OK)
        return rc;
    uint64_t key = key_of_sa(spd, sa);
    void **head = esp_table_at(&spd->heads, key);
    sa->next = NULL;
    if (head)
        insert(head, sa);
    else
        rc = esp_table_put(&spd->heads, key, sa);
    if (rc != RC_OK)
        class_leave(spd, &class);
    return rc;
}

/* Take the SA out of the list; true when it was there. */
static bool unlink_sa(struct esp_sa **first, struct esp_sa *sa)
{
    while (*first && *first != sa)
        first = &(*first)->next;
    if (!*first)
        return false;
    *first = sa->next;
    sa->next = NULL;
    return true;
}

void esp_spd_remove(struct esp_spd *spd, struct esp_sa *sa)
{
    struct esp_spd_class class = class_of(&sa->params.theirs);
    uint64_t key = key_of_sa(spd, sa);
    void **head = esp_table_at(&spd->heads, key);
    if (!head)
        return;
    struct esp_sa *first = *head;
    if (!unlink_sa(&first, sa))
        return;
    if (first)
        *head = first;
    else
        esp_table_remove(&spd->heads, key);
    class_leave(spd, &class);
}

struct esp_sa *esp_spd_find(const struct esp_spd *spd, const struct esp_inner *inner)
{
    for (size_t i = 0; i < spd->class_count; i++) {
        const struct esp_spd_class *class = &spd->classes[i];
        if (class->family != inner->destination.family)
            continue;
        struct esp_sa *sa = esp_table_get(&spd->heads, key_of(spd, class, inner->destination));
        for (; sa; sa = sa->next)
            if (esp_inner_matches(inner, &sa->params.ours, &sa->params.theirs))
                return sa;
    }
    return NULL;
}

void esp_spd_wipe(struct esp_spd *spd)
{
    free(spd->classes);
    esp_table_wipe(&spd->heads);
    *spd = (struct esp_spd){.seed = spd->seed};
}
