/* Look-ups in a checked configuration, and its end. */
#include "config/config.h"

#include "config/load.h"

#include <stdlib.h>
#include <string.h>

static bool named(const char *name, struct span wanted)
{
    return strlen(name) == wanted.len && memcmp(name, wanted.at, wanted.len) == 0;
}

const struct client_group *config_group(const struct config *config, struct span name)
{
    for (size_t i = 0; i < config->group_count; i++)
        if (named(config->groups[i].name, name))
            return &config->groups[i];
    return NULL;
}

const struct config_user *config_user(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->user_count; i++)
        if (strcmp(config->users[i].name, name) == 0)
            return &config->users[i];
    return NULL;
}

const struct isakmp_profile *config_profile(const struct config *config, const char *name)
{
    for (size_t i = 0; name[0] && i < config->profile_count; i++)
        if (strcmp(config->profiles[i].name, name) == 0)
            return &config->profiles[i];
    return NULL;
}

const struct config_interface *config_interface_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->interface_count; i++)
        if (strcmp(config->interfaces[i].name, name) == 0)
            return &config->interfaces[i];
    return NULL;
}

const struct crypto_map *config_map_on(const struct config *config, const char *interface)
{
    const struct config_interface *found = config_interface_named(config, interface);
    return found ? found->map : NULL;
}

bool pool_holds(const struct pool *pool, struct addr addr)
{
    for (size_t i = 0; i < pool->range_count; i++)
        if (addr_compare(pool->ranges[i].first, addr) <= 0 &&
            addr_compare(addr, pool->ranges[i].last) <= 0)
            return true;
    return false;
}

/* The n-th pool of a group, its own first; NULL: that was all. */
static const struct pool *pool_at(const struct client_group *group, size_t n)
{
    if (group->pool && n-- == 0)
        return group->pool;
    return n < group->more_count ? group->more[n] : NULL;
}

bool group_has_pool(const struct client_group *group, const struct pool *pool)
{
    const struct pool *at;
    for (size_t i = 0; (at = pool_at(group, i)); i++)
        if (at == pool)
            return true;
    return false;
}

const struct pool *group_pool_of(const struct client_group *group, struct addr addr)
{
    const struct pool *at;
    for (size_t i = 0; (at = pool_at(group, i)); i++)
        if (pool_holds(at, addr))
            return at;
    return NULL;
}

const struct pool *group_pool_named(const struct client_group *group, const char *name)
{
    const struct pool *at;
    for (size_t i = 0; (at = pool_at(group, i)); i++)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

const struct user_address *config_user_address(const struct config *config, const char *user,
                                               const char *group)
{
    const struct user_address *any = NULL;
    for (size_t i = 0; i < config->user_address_count; i++) {
        const struct user_address *row = &config->user_addresses[i];
        if (strcmp(row->user, user) != 0)
            continue;
        if (row->group && strcmp(row->group->name, group) == 0)
            return row;
        if (!row->group)
            any = row;
    }
    return any;
}

static int compare_owner(const void *key, const void *row)
{
    return addr_compare(*(const struct addr *)key, ((const struct user_address *)row)->addr);
}

const struct user_address *config_address_owner(const struct config *config, struct addr addr)
{
    return config->user_address_count
               ? bsearch(&addr, config->user_addresses, config->user_address_count,
                         sizeof *config->user_addresses, compare_owner)
               : NULL;
}

bool acl_permits(const struct acl *acl, const struct selector *source,
                 const struct selector *destination)
{
    for (size_t i = 0; i < acl->entry_count; i++) {
        const struct acl_entry *entry = &acl->entries[i];
        if (selector_contains(&entry->source, source) &&
            selector_contains(&entry->destination, destination))
            return entry->permit;
    }
    return false;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    arena_wipe(&config->arena);
    free(config);
}

bool config_entry_names(const struct map_entry *entry, struct addr peer)
{
    for (size_t i = 0; i < entry->peer_count; i++)
        if (!entry->peers[i].host && addr_equal(entry->peers[i].addr, peer))
            return true;
    return false;
}
