/* Growing, finding and removing draft objects. */
#include "config/draft.h"

#include <string.h>

void *draft_append(struct draft *draft, struct items *items, size_t size)
{
    void *item = arena_alloc(draft->scratch, size);
    if (!item || draft_insert(draft, items, items->count, item) != RC_OK)
        return NULL;
    return item;
}

enum rc draft_insert(struct draft *draft, struct items *items, size_t place, void *item)
{
    void **at = arena_grow(draft->scratch, items->at, items->count, sizeof *at);
    if (!at)
        return RC_NO_MEMORY;
    items->at = at;
    memmove(at + place + 1, at + place, (items->count - place) * sizeof *at);
    at[place] = item;
    items->count++;
    return RC_OK;
}

void draft_remove(struct items *items, const void *item)
{
    size_t kept = 0;
    for (size_t i = 0; i < items->count; i++)
        if (items->at[i] != item)
            items->at[kept++] = items->at[i];
    items->count = kept;
}

static const char *name_of(const void *item)
{
    const char *const *name = item;
    return *name;
}

void *draft_find(const struct items *items, const char *name)
{
    for (size_t i = 0; i < items->count; i++)
        if (strcmp(name_of(items->at[i]), name) == 0)
            return items->at[i];
    return NULL;
}

void *draft_find_or_append(struct draft *draft, struct items *items, const char *name, size_t size)
{
    void *item = draft_find(items, name);
    if (item)
        return item;
    const char *copy = draft_text(draft, name);
    item = copy ? draft_append(draft, items, size) : NULL;
    if (item)
        memcpy(item, &copy, sizeof copy);
    return item;
}

const char *draft_text(struct draft *draft, const char *text)
{
    return arena_strdup(draft->arena, text);
}

enum rc draft_init(struct draft *draft, struct config *config, struct arena *scratch)
{
    *draft = (struct draft){.config = config, .arena = &config->arena, .scratch = scratch};
    config->keepalive_retry_s = 2;
    config->nat_keepalive_s = 20;
    config->accounting_update_min = 10;
    config->ipsec_lifetime_s = 3600;
    config->ipsec_lifetime_kb = 4608000;
    config->identity = IDENTITY_ADDRESS;
    return draft_find_or_append(draft, &draft->keyrings, "default", sizeof(struct draft_keyring))
               ? RC_OK
               : RC_NO_MEMORY;
}
