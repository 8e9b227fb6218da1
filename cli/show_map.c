/* The form of IOS 12.3: tabs, its names, one block an entry. */
#include "cli/show_map.h"

#include "cli/document.h"
#include "cli/map_live.h"
#include "cli/running.h"
#include "cli/show_policy.h"
#include "config/acl_text.h"
#include "host/status_text.h"

#include <inttypes.h>
#include <string.h>

static void safe(struct sink *out, const char *text)
{
    running_safe(out, text, strlen(text));
}

/* "\tHEAD" and a name of the configuration. */
static void named(struct sink *out, const char *head, const char *name)
{
    sink_format(out, "\t%s", head);
    safe(out, name);
    sink_char(out, '\n');
}

static void access_list(struct sink *out, const struct acl *acl)
{
    char text[ACL_ENTRY_TEXT];
    if (!acl) {
        sink_text(out, "\tNo matching address list set.\n");
        return;
    }
    named(out, "Extended IP access list ", acl->name);
    for (size_t i = 0; i < acl->entry_count; i++) {
        sink_text(out, "\t    access-list ");
        safe(out, acl->name);
        sink_format(out, " %s\n", acl_entry_format(acl, &acl->entries[i], text));
    }
}

/* An entry's own setting, or the global one; 0: no limit. */
static uint64_t lifetime_kb(const struct config *config, const struct map_entry *entry)
{
    return entry->lifetime_kb ? entry->lifetime_kb : config->ipsec_lifetime_kb;
}

static uint32_t lifetime_s(const struct config *config, const struct map_entry *entry)
{
    return entry->lifetime_s ? entry->lifetime_s : config->ipsec_lifetime_s;
}

static void lifetimes(struct sink *out, const struct config *config, const struct map_entry *entry)
{
    const uint64_t kb = lifetime_kb(config, entry);
    sink_text(out, "\tSecurity association lifetime: ");
    if (kb)
        sink_format(out, "%" PRIu64 " kilobytes/", kb);
    sink_format(out, "%u seconds\n", lifetime_s(config, entry));
}

static void pfs(struct sink *out, unsigned group)
{
    sink_format(out, "\tPFS (Y/N): %c\n", group ? 'Y' : 'N');
    if (group)
        sink_format(out, "\tDH group:  group%u%s\n", group,
                    show_group_weak(group) ? SHOW_WEAK : "");
}

static void transform_sets(struct sink *out, const struct map_entry *entry)
{
    char suite[SUITE_TEXT];
    sink_text(out, "\tTransform sets={\n");
    for (size_t i = 0; i < entry->set_count; i++) {
        const struct packet_suite *packet = &entry->sets[i]->suite;
        sink_text(out, "\t\t");
        safe(out, entry->sets[i]->name);
        sink_format(out, ":  { %s  } ,%s\n", suite_format(packet, suite),
                    status_suite_weak(packet) ? SHOW_WEAK : "");
    }
    sink_text(out, "\t}\n");
}

/* What a static entry and one of a template have in common, but for the peers between. */
static void terms(struct sink *out, const struct config *config, const struct map_entry *entry)
{
    lifetimes(out, config, entry);
    pfs(out, entry->pfs_group);
    transform_sets(out, entry);
    if (entry->idle_s)
        sink_format(out, "\tIdle time: %u seconds%s\n", entry->idle_s,
                    entry->idle_default ? ", then the default peer" : "");
    if (entry->reverse.on)
        sink_format(out, "\tReverse Route Injection Enabled%s\n",
                    entry->reverse.fixed ? " (static)" : "");
}

static void profile(struct sink *out, const struct map_entry *entry)
{
    if (entry->profile)
        named(out, "ISAKMP Profile: ", entry->profile->name);
}

static void heading(struct sink *out, const char *before, const char *name, unsigned sequence,
                    const char *behind)
{
    sink_text(out, before);
    safe(out, name);
    sink_format(out, "\" %u%s\n", sequence, behind);
}

static void peers(struct sink *out, const struct map_entry *entry)
{
    char text[ADDR_TEXT];
    for (size_t i = 0; i < entry->peer_count; i++) {
        const struct map_peer *peer = &entry->peers[i];
        sink_text(out, "\tPeer = ");
        safe(out, peer->host ? peer->host : addr_format(peer->addr, text));
        sink_format(out, "%s%s\n", peer->follow ? " dynamic" : "",
                    peer->preferred ? " default" : "");
    }
}

static void static_entry(struct sink *out, const struct show_maps *maps,
                         const struct crypto_map *map, const struct map_entry *entry)
{
    const struct addr peer = map_live_peer(maps, map, entry);
    char text[ADDR_TEXT];
    profile(out, entry);
    if (entry->discover)
        sink_text(out, "\tPeer discovery (TED)\n");
    peers(out, entry);
    access_list(out, entry->match);
    if (peer.family != ADDR_NONE)
        sink_format(out, "\tCurrent peer: %s\n", addr_format(peer, text));
    terms(out, maps->config, entry);
}

static void crypto_entry(struct sink *out, const struct show_maps *maps,
                         const struct crypto_map *map, const struct map_entry *entry)
{
    heading(out, "Crypto Map \"", map->name, entry->sequence, " ipsec-isakmp");
    if (entry->dynamic)
        named(out, "Dynamic map template tag: ", entry->dynamic->name);
    else
        static_entry(out, maps, map, entry);
}

/* A flow that nobody has written down, as the access list that it amounts to. */
static void flow(struct sink *out, const struct status_ipsec *row)
{
    const struct acl_entry entry = {
        .permit = true, .source = row->ours, .destination = row->theirs};
    const struct acl unnamed = {.name = ""};
    char text[ACL_ENTRY_TEXT], ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    if (row->ours.first.family == ADDR_V6)
        sink_format(out, "\tIPv6 access list\n\t    permit ipv6 %s %s\n",
                    selector_format(&row->ours, ours), selector_format(&row->theirs, theirs));
    else
        sink_format(out, "\tExtended IP access list\n\t    access-list  %s\n",
                    acl_entry_format(&unnamed, &entry, text));
}

static void temporary_entry(struct sink *out, const struct crypto_map *map,
                            const struct map_temporary *entry)
{
    const struct status_ipsec *row = entry->row;
    char peer[ADDR_TEXT], suite[SUITE_TEXT];
    heading(out, "Crypto Map \"", map->name, entry->sequence, " ipsec-isakmp");
    sink_format(out, "\tPeer = %s\n", addr_format(row->remote.addr, peer));
    flow(out, row);
    if (entry->from)
        named(out, "    dynamic, created from dynamic map ", entry->from->name);
    else
        sink_text(out, "\t    dynamic\n");
    sink_format(out, "\tCurrent peer: %s\n", peer);
    sink_format(out, "\tTransform sets={\n\t\t{ %s  } ,%s\n\t}\n", suite_format(&row->suite, suite),
                status_suite_weak(&row->suite) ? SHOW_WEAK : "");
}

/* What such maps have from before there were profiles. */
static void settings(struct sink *out, const struct crypto_map *map)
{
    if (!map->xauth && !map->authorization && !map->respond_address && !map->initiate_address)
        return;
    sink_text(out, "Crypto Map \"");
    safe(out, map->name);
    sink_text(out, "\"\n");
    if (map->xauth)
        named(out, "client authentication list: ", map->xauth->name);
    if (map->authorization)
        named(out, "isakmp authorization list: ", map->authorization);
    if (map->respond_address)
        sink_text(out, "\tclient configuration address: respond\n");
    if (map->initiate_address)
        sink_text(out, "\tclient configuration address: initiate\n");
}

static void interfaces(struct sink *out, const struct config *config, const struct crypto_map *map)
{
    sink_text(out, "\tInterfaces using crypto map ");
    safe(out, map->name);
    sink_text(out, ":\n");
    for (size_t i = 0; i < config->interface_count; i++)
        if (config->interfaces[i].map == map)
            named(out, "\t", config->interfaces[i].name);
}

void show_crypto_map(struct sink *out, const struct show_maps *maps, const struct crypto_map *map)
{
    struct map_temporary temporary = {0};
    size_t at = 0;
    settings(out, map);
    for (size_t i = 0; i < map->entry_count; i++)
        crypto_entry(out, maps, map, &map->entries[i]);
    while (map_live_temporary(maps, map, &at, &temporary))
        temporary_entry(out, map, &temporary);
    interfaces(out, maps->config, map);
}

void show_dynamic_map(struct sink *out, const struct config *config, const struct dynamic_map *map)
{
    for (size_t i = 0; i < map->entry_count; i++) {
        const struct map_entry *entry = &map->entries[i];
        heading(out, "Crypto Map Template\"", map->name, entry->sequence, "");
        profile(out, entry);
        peers(out, entry);
        access_list(out, entry->match);
        terms(out, config, entry);
    }
}

bool show_map_is_on(const struct config *config, const struct crypto_map *map, const char *name)
{
    for (size_t i = 0; i < config->interface_count; i++)
        if (config->interfaces[i].map == map && strcmp(config->interfaces[i].name, name) == 0)
            return true;
    return false;
}
