/* The same as JSON. */
#include "cli/document.h"
#include "cli/map_live.h"
#include "cli/show_policy.h"
#include "config/acl_text.h"
#include "host/status_text.h"

static json_t *name_json(const char *name)
{
    return document_text(name ? name : "");
}

static json_t *addr_json(struct addr addr)
{
    char text[ADDR_TEXT];
    return document_text(addr.family == ADDR_NONE ? "" : addr_format(addr, text));
}

static json_t *peers_json(const struct map_entry *entry)
{
    json_t *array = json_array();
    for (size_t i = 0; i < entry->peer_count; i++)
        array = document_add(array, entry->peers[i].host ? document_text(entry->peers[i].host)
                                                         : addr_json(entry->peers[i].addr));
    return array;
}

static json_t *access_list_json(const struct acl *acl)
{
    json_t *lines = json_array();
    char text[ACL_ENTRY_TEXT];
    for (size_t i = 0; acl && i < acl->entry_count; i++)
        lines = document_add(lines, document_text(acl_entry_format(acl, &acl->entries[i], text)));
    return json_pack("{so,so}", "name", name_json(acl ? acl->name : NULL), "entries", lines);
}

static json_t *sets_json(const struct map_entry *entry)
{
    json_t *array = json_array();
    for (size_t i = 0; i < entry->set_count; i++)
        array = document_add(array, document_text(entry->sets[i]->name));
    return array;
}

static bool is_weak(const struct map_entry *entry)
{
    bool weak = show_group_weak(entry->pfs_group);
    for (size_t i = 0; i < entry->set_count; i++)
        weak = weak || status_suite_weak(&entry->sets[i]->suite);
    return weak;
}

/* 0 is a setting here: no limit. */
static json_t *volume_json(const struct config *config, const struct map_entry *entry)
{
    const uint64_t kb = entry->lifetime_kb ? entry->lifetime_kb : config->ipsec_lifetime_kb;
    return kb ? json_integer((json_int_t)kb) : json_null();
}

static json_t *entry_json(const struct config *config, const struct map_entry *entry,
                          struct addr current)
{
    const uint32_t seconds = entry->lifetime_s ? entry->lifetime_s : config->ipsec_lifetime_s;
    return json_pack(
        "{si,so,sb,so,so,so,so,sI,so,si,so,sb,sb,si}", "sequence", (int)entry->sequence,
        "dynamic_map", name_json(entry->dynamic ? entry->dynamic->name : NULL), "discover",
        (int)entry->discover, "peers", peers_json(entry), "current_peer", addr_json(current),
        "access_list", access_list_json(entry->match), "isakmp_profile",
        name_json(entry->profile ? entry->profile->name : NULL), "lifetime_s", (json_int_t)seconds,
        "lifetime_kb", volume_json(config, entry), "pfs_group", (int)entry->pfs_group,
        "transform_sets", sets_json(entry), "reverse_route", (int)entry->reverse.on, "weak",
        (int)is_weak(entry), "line", (int)entry->line);
}

static json_t *temporary_json(const struct map_temporary *entry)
{
    const struct status_ipsec *row = entry->row;
    char suite[SUITE_TEXT], ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    return json_pack("{si,so,so,ss,ss,ss,sb}", "sequence", (int)entry->sequence, "dynamic_map",
                     name_json(entry->from ? entry->from->name : NULL), "peer",
                     addr_json(row->remote.addr), "ours", selector_format(&row->ours, ours),
                     "theirs", selector_format(&row->theirs, theirs), "suite",
                     suite_format(&row->suite, suite), "weak", (int)status_suite_weak(&row->suite));
}

static json_t *temporaries_json(const struct show_maps *maps, const struct crypto_map *map)
{
    json_t *array = json_array();
    struct map_temporary temporary = {0};
    size_t at = 0;
    while (map_live_temporary(maps, map, &at, &temporary))
        array = document_add(array, temporary_json(&temporary));
    return array;
}

static json_t *interfaces_json(const struct config *config, const struct crypto_map *map)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->interface_count; i++)
        if (config->interfaces[i].map == map)
            array = document_add(array, document_text(config->interfaces[i].name));
    return array;
}

json_t *show_crypto_map_json(const struct show_maps *maps, const struct crypto_map *map)
{
    json_t *entries = json_array();
    for (size_t i = 0; i < map->entry_count; i++)
        entries = document_add(entries, entry_json(maps->config, &map->entries[i],
                                                   map_live_peer(maps, map, &map->entries[i])));
    return json_pack("{so,so,so,sb,sb,so,so,so,si}", "name", document_text(map->name),
                     "authentication_list", name_json(map->xauth ? map->xauth->name : NULL),
                     "authorization_list", name_json(map->authorization), "address_respond",
                     (int)map->respond_address, "address_initiate", (int)map->initiate_address,
                     "interfaces", interfaces_json(maps->config, map), "entries", entries,
                     "temporary", temporaries_json(maps, map), "line", (int)map->line);
}

json_t *show_dynamic_map_json(const struct config *config, const struct dynamic_map *map)
{
    json_t *entries = json_array();
    for (size_t i = 0; i < map->entry_count; i++)
        entries = document_add(
            entries, entry_json(config, &map->entries[i], (struct addr){.family = ADDR_NONE}));
    return json_pack("{so,so,si}", "name", document_text(map->name), "entries", entries, "line",
                     (int)map->line);
}
