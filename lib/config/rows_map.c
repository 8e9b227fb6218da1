/* Crypto maps, dynamic maps and their entries. */
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

#define NOT_YET "not supported yet"

/* The entry of a sequence number, made in its place unless remove is asked. */
static enum rc find_entry(struct apply *apply, struct items *entries, unsigned sequence,
                          struct draft_entry **out)
{
    size_t i = 0;
    while (i < entries->count && ((struct draft_entry *)entries->at[i])->body.sequence < sequence)
        i++;
    struct draft_entry *entry = i < entries->count ? entries->at[i] : NULL;
    if (!entry || entry->body.sequence != sequence) {
        entry = arena_alloc(apply->draft->scratch, sizeof *entry);
        if (!entry || draft_insert(apply->draft, entries, i, entry) != RC_OK)
            return RC_NO_MEMORY;
        entry->body.sequence = sequence;
        entry->body.line = apply->head->line;
    }
    *out = entry;
    return RC_OK;
}

/* `no crypto map M [N]` and the same for dynamic maps. */
static enum rc remove_map(struct apply *apply, struct items *maps, const char *name,
                          size_t entries_offset)
{
    void *map = name ? draft_find(maps, name) : NULL;
    const char *number = apply_text(apply, "<1-65535>", 0);
    if (!map)
        return apply_error(apply, NULL, "there is no such map to remove");
    if (!number) {
        draft_remove(maps, map);
        return RC_OK;
    }
    struct items *entries = (void *)((char *)map + entries_offset);
    for (size_t i = entries->count; i-- > 0;) {
        const struct draft_entry *entry = entries->at[i];
        if (entry->body.sequence == argument_number(number))
            draft_remove(entries, entry);
    }
    return RC_OK;
}

static enum rc apply_dynamic_map(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "DYNAMIC", 0);
    if (apply->negated)
        return remove_map(apply, &draft->dynamic_maps, name,
                          offsetof(struct draft_dynamic, entries));
    struct draft_dynamic *map =
        draft_find_or_append(draft, &draft->dynamic_maps, name, sizeof *map);
    struct draft_entry *entry;
    if (!map)
        return RC_NO_MEMORY;
    if (!map->body.line)
        map->body.line = apply->head->line;
    enum rc rc = find_entry(apply, &map->entries,
                            argument_number(apply_text(apply, "<1-65535>", 0)), &entry);
    if (rc == RC_OK)
        draft->object = entry;
    return rc;
}

static struct draft_map *find_map(struct apply *apply)
{
    struct draft *draft = apply->draft;
    struct draft_map *map =
        draft_find_or_append(draft, &draft->crypto_maps, apply_text(apply, "MAP", 0), sizeof *map);
    if (map && !map->body.line)
        map->body.line = apply->head->line;
    return map;
}

static enum rc apply_crypto_map(struct apply *apply)
{
    struct draft *draft = apply->draft;
    struct draft_entry *entry;
    if (apply->negated)
        return remove_map(apply, &draft->crypto_maps, apply_text(apply, "MAP", 0),
                          offsetof(struct draft_map, entries));
    struct draft_map *map = find_map(apply);
    if (!map)
        return RC_NO_MEMORY;
    enum rc rc = find_entry(apply, &map->entries,
                            argument_number(apply_text(apply, "<1-65535>", 0)), &entry);
    if (rc == RC_OK && entry->dynamic.name)
        return apply_error(apply, NULL,
                           "entry %u points to dynamic map \"%s\" since line %u: remove it first "
                           "with \"no\", or take another number",
                           entry->body.sequence, entry->dynamic.name, entry->body.line);
    if (rc == RC_OK)
        draft->object = entry;
    return rc;
}

static enum rc apply_dynamic_entry(struct apply *apply)
{
    struct draft_entry *entry;
    if (apply->negated)
        return remove_map(apply, &apply->draft->crypto_maps, apply_text(apply, "MAP", 0),
                          offsetof(struct draft_map, entries));
    struct draft_map *map = find_map(apply);
    if (!map)
        return RC_NO_MEMORY;
    enum rc rc = find_entry(apply, &map->entries,
                            argument_number(apply_text(apply, "<1-65535>", 0)), &entry);
    if (rc != RC_OK)
        return rc;
    entry->body.discover = apply_has(apply, "discover");
    return apply_refer(apply, match_word(apply->match, "DYNAMIC", 0), &entry->dynamic);
}

static enum rc apply_map_list(struct apply *apply)
{
    struct draft_map *map = find_map(apply);
    const struct word *list = match_word(apply->match, "LIST", 0);
    bool xauth = apply_has(apply, "authentication");
    if (!map)
        return RC_NO_MEMORY;
    struct reference *reference = xauth ? &map->xauth : &map->authorization;
    if (!apply->negated)
        return apply_refer(apply, list, reference);
    *reference = (struct reference){.name = NULL};
    return RC_OK;
}

static enum rc apply_map_address(struct apply *apply)
{
    struct draft_map *map = find_map(apply);
    if (!map)
        return RC_NO_MEMORY;
    bool both = apply->negated && !apply_has(apply, "respond") && !apply_has(apply, "initiate");
    if (both || apply_has(apply, "respond"))
        map->body.respond_address = !apply->negated;
    if (both || apply_has(apply, "initiate"))
        map->body.initiate_address = !apply->negated;
    return RC_OK;
}

/* ---- inside an entry ---- */

static enum rc apply_peer(struct apply *apply)
{
    struct map_entry *entry = &((struct draft_entry *)apply->object)->body;
    const struct word *word = match_word(apply->match, "ADDR", 0);
    struct addr peer;
    if (!word) { /* no set peer */
        entry->peer_count = 0;
        return RC_OK;
    }
    if (addr_parse(word->text, &peer) != RC_OK)
        return apply_error(apply, word, "this is not an address");
    size_t kept = 0;
    for (size_t i = 0; i < entry->peer_count; i++)
        if (!addr_equal(entry->peers[i], peer))
            entry->peers[kept++] = entry->peers[i];
    if (!apply->negated && kept == entry->peer_count) {
        if (kept == MAP_PEERS)
            return apply_error(apply, word, "an entry has at most %d peers", MAP_PEERS);
        entry->peers[kept++] = peer;
        entry->peer_count = kept;
    } else if (apply->negated) {
        entry->peer_count = kept;
    } else {
        entry->peers[kept] = peer; /* named twice: it goes to the end once */
    }
    return RC_OK;
}

static enum rc apply_sets(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    const struct word *word;
    entry->sets.count = 0; /* a new line replaces the old one, as on IOS */
    for (size_t i = 0; !apply->negated && (word = match_word(apply->match, "SET", i)); i++) {
        if (i == MAP_SETS)
            return apply_error(apply, word, "an entry has at most %d transform sets", MAP_SETS);
        struct reference *reference = draft_append(apply->draft, &entry->sets, sizeof *reference);
        if (!reference || apply_refer(apply, word, reference) != RC_OK)
            return RC_NO_MEMORY;
    }
    return RC_OK;
}

static enum rc apply_pfs(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    size_t last = apply->match->argument_count - 1;
    const char *word = apply->match->arguments[last].token.at;
    bool named = strncmp(word, "group", 5) == 0;
    /* IOS: `set pfs` alone means group 1. */
    entry->body.pfs_group = apply->negated ? 0 : named ? (uint16_t)argument_number(word + 5) : 1;
    return RC_OK;
}

static enum rc apply_entry_lifetime(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    const char *seconds = apply_text(apply, "<120-2592000>", 0);
    const char *kilobytes = apply_text(apply, "<2560-536870912>", 0);
    if (apply->negated && !seconds && !kilobytes && !apply_has(apply, "kilobytes"))
        entry->body.lifetime_s = 0;
    if (apply->negated && !seconds && !kilobytes && !apply_has(apply, "seconds"))
        entry->body.lifetime_kb = 0;
    if (seconds)
        entry->body.lifetime_s = apply->negated ? 0 : argument_number(seconds);
    if (kilobytes)
        entry->body.lifetime_kb = apply->negated ? 0 : argument_number(kilobytes);
    return RC_OK;
}

/* ---- printing ---- */

static void print_dynamic_maps(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->dynamic_map_count; i++) {
        const struct dynamic_map *map = &config->dynamic_maps[i];
        for (size_t k = 0; k < map->entry_count; k++) {
            printer_line(printer, "crypto dynamic-map %s %u", map->name, map->entries[k].sequence);
            printer_submode(printer, MODE_ENTRY, &map->entries[k]);
        }
    }
}

static void print_map_settings(struct printer *printer, const struct crypto_map *map)
{
    if (map->xauth)
        printer_line(printer, "crypto map %s client authentication list %s", map->name,
                     map->xauth->name);
    if (map->authorization)
        printer_line(printer, "crypto map %s isakmp authorization list %s", map->name,
                     map->authorization);
    if (map->respond_address)
        printer_line(printer, "crypto map %s client configuration address respond", map->name);
    if (map->initiate_address)
        printer_line(printer, "crypto map %s client configuration address initiate", map->name);
}

static void print_crypto_maps(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->crypto_map_count; i++) {
        const struct crypto_map *map = &config->crypto_maps[i];
        print_map_settings(printer, map);
        for (size_t k = 0; k < map->entry_count; k++) {
            const struct map_entry *entry = &map->entries[k];
            printer_line(printer, "crypto map %s %u ipsec-isakmp%s%s%s", map->name, entry->sequence,
                         entry->dynamic ? " dynamic " : "",
                         entry->dynamic ? entry->dynamic->name : "",
                         entry->discover ? " discover" : "");
            if (!entry->dynamic)
                printer_submode(printer, MODE_ENTRY, entry);
        }
    }
}

static void print_peers(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    char text[ADDR_TEXT];
    (void)row;
    for (size_t i = 0; i < entry->peer_count; i++)
        printer_line(printer, "  set peer %s", addr_format(entry->peers[i], text));
}

static void print_sets(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    char line[1024] = "";
    size_t n = 0;
    (void)row;
    for (size_t i = 0; i < entry->set_count && n < sizeof line; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, " %s", entry->sets[i]->name);
    if (entry->set_count)
        printer_line(printer, "  set transform-set%s", line);
}

static void print_pfs(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    (void)row;
    if (entry->pfs_group)
        printer_line(printer, "  set pfs group%u", entry->pfs_group);
}

static void print_entry_lifetime(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    (void)row;
    if (entry->lifetime_s)
        printer_line(printer, "  set security-association lifetime seconds %u", entry->lifetime_s);
    if (entry->lifetime_kb)
        printer_line(printer, "  set security-association lifetime kilobytes %llu",
                     (unsigned long long)entry->lifetime_kb);
}

const struct row rows_map[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto dynamic-map DYNAMIC <1-65535>",
     .help = "A template for peers whose address is not known",
     .apply = apply_dynamic_map,
     .print = print_dynamic_maps,
     .opens = MODE_ENTRY},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP <1-65535> ipsec-isakmp dynamic DYNAMIC [discover]",
     .help = "Let the peers of a template in",
     .apply = apply_dynamic_entry},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP <1-65535> [ipsec-isakmp]",
     .help = "A tunnel to a known peer",
     .apply = apply_crypto_map,
     .print = print_crypto_maps,
     .opens = MODE_ENTRY},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP <1-65535> {ipsec-manual | gdoi} [REST]",
     .help = "Tunnels without IKE, or group keys",
     .refuse = "only \"ipsec-isakmp\" is supported",
     .opens = MODE_REFUSED},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP client authentication list LIST",
     .help = "Xauth for peers that match no isakmp profile",
     .apply = apply_map_list},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP isakmp authorization list LIST",
     .help = "Group keys and settings for peers that match no isakmp profile",
     .apply = apply_map_list},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP client configuration address {respond | initiate}",
     .help = "Addresses for clients that match no isakmp profile",
     .apply = apply_map_address},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP {local-address | isakmp-profile | redundancy} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP client accounting REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_ENTRY, .syntax = "description LINE", .help = "A remark"},
    {.mode = MODE_ENTRY, .syntax = "qos pre-classify", .help = "Classify before encryption"},
    {.mode = MODE_ENTRY,
     .syntax = "set peer ADDR [default]",
     .help = "The other end; several lines are tried in turn",
     .apply = apply_peer,
     .print = print_peers},
    {.mode = MODE_ENTRY,
     .syntax = "set peer HOST [dynamic] [default]",
     .help = "The other end by name",
     .refuse = "host names are " NOT_YET " here: write the address"},
    {.mode = MODE_ENTRY,
     .syntax = "set transform-set SET...",
     .help = "The protections to offer, best first",
     .apply = apply_sets,
     .print = print_sets},
    {.mode = MODE_ENTRY,
     .syntax = "set isakmp-profile PROFILE",
     .help = "Only peers of this profile",
     .standard = "any peer",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_entry, profile),
     .shown = offsetof(struct map_entry, profile)},
    {.mode = MODE_ENTRY,
     .syntax = "set pfs [group1 | group2 | group5 | group14 | group15 | group16 | group19 | "
               "group20 | group21 | group31]",
     .help = "A Diffie-Hellman exchange for each phase 2",
     .standard = "none; \"set pfs\" alone is group1",
     .apply = apply_pfs,
     .print = print_pfs},
    {.mode = MODE_ENTRY,
     .syntax = "set security-association lifetime {seconds <120-2592000> | "
               "kilobytes <2560-536870912>}",
     .help = "When phase 2 is renewed",
     .standard = "the global setting",
     .apply = apply_entry_lifetime,
     .print = print_entry_lifetime},
    {.mode = MODE_ENTRY,
     .syntax = "match address ACL",
     .help = "The traffic of this tunnel",
     .standard = "what the peer proposes (dynamic maps only)",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_entry, match),
     .shown = offsetof(struct map_entry, match)},
    {.mode = MODE_ENTRY,
     .syntax = "reverse-route",
     .help = "A route to the peer's networks while the tunnel is up",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_entry, body.reverse_route),
     .shown = offsetof(struct map_entry, reverse_route)},
    {.mode = MODE_ENTRY,
     .syntax = "set reverse-route",
     .help = "The same as reverse-route",
     .apply = apply_flag,
     .field = offsetof(struct draft_entry, body.reverse_route)},
    {.mode = MODE_ENTRY,
     .syntax = "set security-association {level | idle-time | replay | dummy} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_ENTRY,
     .syntax = "set {identity | nat | aggressive-mode | ip | df-bit} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_ENTRY,
     .syntax =
         "{set reverse-route | reverse-route} {static | remote-peer | tag | distance | gateway} "
         "[REST]",
     .help = "Settings of later releases",
     .refuse = NOT_YET ": write \"reverse-route\" alone"},
    {.syntax = NULL},
};
