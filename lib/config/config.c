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
