/* Crypto maps and dynamic maps: lists of entries by sequence number. */
#include "config/apply.h"
#include "config/printer.h"

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
    bool accounting = apply_has(apply, "accounting");
    struct reference *reference = accounting ? &map->accounting
                                  : xauth    ? &map->xauth
                                             : &map->authorization;
    if (!apply->negated)
        return apply_refer(apply, list, reference);
    *reference = (struct reference){.name = NULL};
    return RC_OK;
}

static enum rc apply_map_profile(struct apply *apply)
{
    struct draft_map *map = find_map(apply);
    if (!map)
        return RC_NO_MEMORY;
    if (!apply->negated)
        return apply_refer(apply, match_word(apply->match, "PROFILE", 0), &map->profile);
    map->profile = (struct reference){.name = NULL};
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
    if (map->profile)
        printer_line(printer, "crypto map %s isakmp-profile %s", map->name, map->profile->name);
    if (map->accounting)
        printer_line(printer, "crypto map %s client accounting list %s", map->name,
                     map->accounting->name);
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
     .syntax = "crypto map MAP <1-65535> {ipsec-manual | gdoi | ipsec-isakmp profile} [REST]",
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
     .syntax = "crypto map MAP isakmp-profile PROFILE",
     .help = "Only peers of this profile, for entries that name none themselves",
     .standard = "any peer",
     .apply = apply_map_profile},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP {local-address | redundancy} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto map MAP client accounting list LIST",
     .help = "Records of the sessions of peers that match no isakmp profile",
     .apply = apply_map_list},
    {.syntax = NULL},
};
