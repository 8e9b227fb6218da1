/* Every kind of object is laid out first, in the order of the draft, and tied together second: an
 * object's place in its array is its place in the draft, so a name is looked up once. */
#include "config/check.h"

#include "config/check_keys.h"
#include "config/check_users.h"
#include "config/interface_name.h"
#include "config/suggest.h"

#include <stdlib.h>
#include <string.h>

struct checker {
    struct draft *draft;
    struct reporter *reporter;
    bool no_memory;
};

static void *array(struct checker *c, size_t count, size_t size)
{
    void *at = arena_alloc(c->draft->arena, count * size + 1);
    c->no_memory = c->no_memory || !at;
    return at;
}

/* Copies the bodies, which stand first in their wrappers, into an array. */
static void *lay_out(struct checker *c, const struct items *items, size_t size, size_t *count)
{
    char *at = array(c, items->count, size);
    for (size_t i = 0; at && i < items->count; i++)
        memcpy(at + i * size, items->at[i], size);
    *count = at ? items->count : 0;
    return at;
}

/* The place of a name, or SIZE_MAX with an error. */
static size_t find(struct checker *c, const struct items *items, const struct reference *reference,
                   const char *what)
{
    char near[SUGGEST_TEXT];
    for (size_t i = 0; i < items->count; i++) {
        const char *const *name = items->at[i];
        if (strcmp(*name, reference->name) == 0)
            return i;
    }
    struct place place = {reference->line, reference->column, (unsigned)strlen(reference->name)};
    report_add(c->reporter, CONFIG_ERROR, place, "", "there is no %s \"%.100s\"%s", what,
               reference->name, suggest_name(items, reference->name, near));
    return SIZE_MAX;
}

#define RESOLVE(c, items, array, reference, what)                                                  \
    resolve((c), (items), (array), sizeof *(array), (reference), (what))

/* NULL also when the reference is empty. */
static const void *resolve(struct checker *c, const struct items *items, const void *objects,
                           size_t size, const struct reference *reference, const char *what)
{
    if (!reference->name)
        return NULL;
    size_t i = find(c, items, reference, what);
    return i == SIZE_MAX ? NULL : (const char *)objects + i * size;
}

/* ---- laying out ---- */

static void lay_out_keyrings(struct checker *c)
{
    const struct items *items = &c->draft->keyrings;
    struct config *config = c->draft->config;
    struct keyring *keyrings = lay_out(c, items, sizeof *keyrings, &config->keyring_count);
    for (size_t i = 0; i < config->keyring_count; i++) {
        const struct draft_keyring *draft = items->at[i];
        keyrings[i].entries = array(c, draft->entries.count, sizeof *keyrings[i].entries);
        if (c->no_memory)
            return;
        struct keyring_entry *entries = (void *)keyrings[i].entries;
        for (size_t k = 0; k < draft->entries.count; k++)
            memcpy(&entries[k], draft->entries.at[k], sizeof *entries);
        keyrings[i].entry_count = draft->entries.count;
    }
    if (check_keys(c->draft, keyrings, config->keyring_count, c->reporter) != RC_OK)
        c->no_memory = true;
    config->keyrings = keyrings;
}

/* What no pool has: a pool of its own, so that routes and what peers may claim go by it too. */
static void lay_out_own_pool(struct checker *c, struct pool *pools, size_t *count)
{
    const struct items *items = &c->draft->user_addresses;
    struct pool_range *ranges = array(c, items->count, sizeof *ranges);
    struct pool own = {.name = POOL_OF_USERS, .of_users = true, .ranges = ranges};
    for (size_t i = 0; ranges && i < items->count; i++) {
        const struct user_address *row = items->at[i];
        bool in_pool = false;
        for (size_t k = 0; k < *count; k++)
            in_pool = in_pool || pool_holds(&pools[k], row->addr);
        if (!in_pool)
            ranges[own.range_count++] = (struct pool_range){row->addr, row->addr, row->line};
    }
    own.line = own.range_count ? ranges[0].line : 0;
    if (own.range_count)
        pools[(*count)++] = own;
}

static void lay_out_pools(struct checker *c)
{
    const struct items *items = &c->draft->pools;
    struct config *config = c->draft->config;
    struct pool *pools = array(c, items->count + 1, sizeof *pools);
    for (size_t i = 0; pools && i < items->count; i++) {
        const struct draft_pool *draft = items->at[i];
        pools[i] = draft->body;
        pools[i].ranges =
            lay_out(c, &draft->ranges, sizeof *pools[i].ranges, &pools[i].range_count);
        if (strcmp(pools[i].name, POOL_OF_USERS) == 0)
            report_add(c->reporter, CONFIG_ERROR, place_of_line(pools[i].line), "",
                       "the name " POOL_OF_USERS " is for the addresses of \"hubward user\"");
    }
    config->pool_count = pools ? items->count : 0;
    if (!c->no_memory)
        lay_out_own_pool(c, pools, &config->pool_count);
    config->pools = pools;
}

static void lay_out_acls(struct checker *c)
{
    const struct items *items = &c->draft->acls;
    struct config *config = c->draft->config;
    struct acl *acls = lay_out(c, items, sizeof *acls, &config->acl_count);
    for (size_t i = 0; i < config->acl_count; i++) {
        const struct draft_acl *draft = items->at[i];
        struct acl_entry *entries = array(c, draft->entries.count, sizeof *entries);
        if (!entries)
            return;
        for (size_t k = 0; k < draft->entries.count; k++) {
            const struct draft_acl_entry *entry = draft->entries.at[k];
            if (!entry->refusal)
                entries[acls[i].entry_count++] = entry->body;
        }
        acls[i].entries = entries;
    }
    config->acls = acls;
}

/* ---- tying together ---- */

/* A list that VPN traffic is chosen by must be understood to its last line. */
static const struct acl *resolve_acl(struct checker *c, const struct reference *reference)
{
    const struct acl *acl =
        RESOLVE(c, &c->draft->acls, c->draft->config->acls, reference, "access list");
    struct draft_acl *draft = acl ? draft_find(&c->draft->acls, acl->name) : NULL;
    if (!draft || draft->used)
        return acl;
    draft->used = true;
    for (size_t i = 0; i < draft->entries.count; i++) {
        const struct draft_acl_entry *entry = draft->entries.at[i];
        struct place place = {entry->body.line, entry->column, 0};
        if (entry->refusal)
            report_add(c->reporter, CONFIG_ERROR, place, "",
                       "line %u uses this list for VPN traffic, and %s", reference->line,
                       entry->refusal);
    }
    return acl;
}

static const char *resolve_authorization(struct checker *c, const struct reference *reference)
{
    if (!reference->name)
        return NULL;
    return find(c, &c->draft->authorizations, reference, "\"aaa authorization network\" list") ==
                   SIZE_MAX
               ? NULL
               : reference->name;
}

static const struct accounting_list *resolve_accounting(struct checker *c,
                                                        const struct reference *reference)
{
    return RESOLVE(c, &c->draft->accountings, c->draft->config->accounting_lists, reference,
                   "\"aaa accounting network\" list");
}

static void tie_profiles(struct checker *c)
{
    const struct items *items = &c->draft->profiles;
    struct config *config = c->draft->config;
    struct isakmp_profile *profiles = lay_out(c, items, sizeof *profiles, &config->profile_count);
    for (size_t i = 0; i < config->profile_count; i++) {
        const struct draft_profile *draft = items->at[i];
        struct isakmp_profile *profile = &profiles[i];
        const struct keyring **keyrings = array(c, draft->keyrings.count, sizeof *keyrings);
        for (size_t k = 0; keyrings && k < draft->keyrings.count; k++)
            keyrings[k] = RESOLVE(c, &c->draft->keyrings, config->keyrings,
                                  (struct reference *)draft->keyrings.at[k], "keyring");
        profile->keyrings = keyrings;
        profile->keyring_count = keyrings ? draft->keyrings.count : 0;
        profile->matches =
            lay_out(c, &draft->matches, sizeof *profile->matches, &profile->match_count);
        profile->xauth = RESOLVE(c, &c->draft->lists, config->aaa_lists, &draft->xauth,
                                 "\"aaa authentication login\" list");
        profile->authorization = resolve_authorization(c, &draft->authorization);
        profile->accounting = resolve_accounting(c, &draft->accounting);
    }
    config->profiles = profiles;
}

static void tie_groups(struct checker *c)
{
    const struct items *items = &c->draft->groups;
    struct config *config = c->draft->config;
    struct client_group *groups = lay_out(c, items, sizeof *groups, &config->group_count);
    for (size_t i = 0; i < config->group_count; i++) {
        const struct draft_group *draft = items->at[i];
        groups[i].pool = RESOLVE(c, &c->draft->pools, config->pools,
                                 draft->pool.name ? &draft->pool : &c->draft->pool, "pool");
        for (size_t k = 0; k < groups[i].more_count; k++)
            groups[i].more[k] =
                RESOLVE(c, &c->draft->pools, config->pools, &draft->more[k], "pool");
        groups[i].split = resolve_acl(c, &draft->split);
    }
    config->groups = groups;
}

static int compare_addresses(const void *a, const void *b)
{
    const struct user_address *x = a, *y = b;
    int order = addr_compare(x->addr, y->addr);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void tie_user_addresses(struct checker *c)
{
    const struct items *items = &c->draft->user_addresses;
    struct config *config = c->draft->config;
    struct user_address *rows = lay_out(c, items, sizeof *rows, &config->user_address_count);
    for (size_t i = 0; i < config->user_address_count; i++) {
        const struct draft_user_address *draft = items->at[i];
        rows[i].group =
            RESOLVE(c, &c->draft->groups, config->groups, &draft->group, "client group");
    }
    if (config->user_address_count)
        qsort(rows, config->user_address_count, sizeof *rows, compare_addresses);
    config->user_addresses = rows;
}

static void tie_entry(struct checker *c, const struct draft_entry *draft, struct map_entry *entry)
{
    const struct config *config = c->draft->config;
    *entry = draft->body;
    for (size_t i = 0; i < draft->sets.count; i++)
        entry->sets[i] = RESOLVE(c, &c->draft->sets, config->transform_sets,
                                 (struct reference *)draft->sets.at[i], "transform set");
    entry->set_count = draft->sets.count;
    entry->match = resolve_acl(c, &draft->match);
    entry->identity =
        RESOLVE(c, &c->draft->identities, config->identities, &draft->identity, "crypto identity");
    entry->profile =
        RESOLVE(c, &c->draft->profiles, config->profiles, &draft->profile, "isakmp profile");
    entry->dynamic =
        RESOLVE(c, &c->draft->dynamic_maps, config->dynamic_maps, &draft->dynamic, "dynamic map");
}

static const struct map_entry *tie_entries(struct checker *c, const struct items *items,
                                           size_t *count)
{
    struct map_entry *entries = array(c, items->count, sizeof *entries);
    for (size_t i = 0; entries && i < items->count; i++)
        tie_entry(c, items->at[i], &entries[i]);
    *count = entries ? items->count : 0;
    return entries;
}

static void tie_identities(struct checker *c)
{
    const struct items *items = &c->draft->identities;
    struct config *config = c->draft->config;
    struct identity_list *lists = lay_out(c, items, sizeof *lists, &config->identity_count);
    for (size_t i = 0; i < config->identity_count; i++) {
        const struct draft_identity *draft = items->at[i];
        lists[i].matches =
            lay_out(c, &draft->matches, sizeof *lists[i].matches, &lists[i].match_count);
    }
    config->identities = lists;
}

static void tie_maps(struct checker *c)
{
    const struct items *dynamics = &c->draft->dynamic_maps, *maps = &c->draft->crypto_maps;
    struct config *config = c->draft->config;
    struct dynamic_map *dynamic = lay_out(c, dynamics, sizeof *dynamic, &config->dynamic_map_count);
    for (size_t i = 0; i < config->dynamic_map_count; i++)
        dynamic[i].entries = tie_entries(c, &((struct draft_dynamic *)dynamics->at[i])->entries,
                                         &dynamic[i].entry_count);
    config->dynamic_maps = dynamic;
    struct crypto_map *map = lay_out(c, maps, sizeof *map, &config->crypto_map_count);
    for (size_t i = 0; i < config->crypto_map_count; i++) {
        const struct draft_map *draft = maps->at[i];
        map[i].entries = tie_entries(c, &draft->entries, &map[i].entry_count);
        map[i].xauth = RESOLVE(c, &c->draft->lists, config->aaa_lists, &draft->xauth,
                               "\"aaa authentication login\" list");
        map[i].authorization = resolve_authorization(c, &draft->authorization);
        map[i].profile =
            RESOLVE(c, &c->draft->profiles, config->profiles, &draft->profile, "isakmp profile");
        map[i].accounting = resolve_accounting(c, &draft->accounting);
    }
    config->crypto_maps = map;
}

static const char *mapped_name(const struct checker *c, const char *name,
                               const struct config_mapping *mappings, size_t count)
{
    char canonical[INTERFACE_NAME];
    for (size_t i = count; i-- > 0;) { /* the last word of a command line counts */
        interface_name(mappings[i].ios_name, NULL, canonical);
        if (strcmp(canonical, name) == 0)
            return mappings[i].linux_name;
    }
    const struct draft_mapping *mapping = draft_find(&c->draft->mappings, name);
    return mapping ? mapping->linux_name : NULL;
}

static void tie_interfaces(struct checker *c, const struct config_mapping *mappings, size_t count)
{
    const struct items *items = &c->draft->interfaces;
    struct config *config = c->draft->config;
    struct config_interface *interfaces =
        lay_out(c, items, sizeof *interfaces, &config->interface_count);
    for (size_t i = 0; i < config->interface_count; i++) {
        const struct draft_interface *draft = items->at[i];
        const char *mapped = mapped_name(c, draft->body.name, mappings, count);
        interfaces[i].map =
            RESOLVE(c, &c->draft->crypto_maps, config->crypto_maps, &draft->map, "crypto map");
        interfaces[i].linux_name = mapped ? draft_text(c->draft, mapped) : NULL;
        c->no_memory = c->no_memory || (mapped && !interfaces[i].linux_name);
    }
    config->interfaces = interfaces;
}

/* The other lists' lines that were not read are listed like any other command of no concern. */
static void ignore_other_lists(struct checker *c)
{
    for (size_t i = 0; i < c->draft->acls.count; i++) {
        const struct draft_acl *acl = c->draft->acls.at[i];
        for (size_t k = 0; k < acl->entries.count && !acl->used; k++) {
            const struct draft_acl_entry *entry = acl->entries.at[k];
            struct place place = {entry->body.line, entry->column, 0};
            if (entry->refusal)
                report_add(c->reporter, CONFIG_IGNORED, place, "", "a line of access list %.100s",
                           acl->body.name);
        }
    }
}

/* A mapping of an interface that the text does not have is a slip of the keyboard. */
static void check_mappings(struct checker *c, const struct config_mapping *mappings, size_t count)
{
    char name[INTERFACE_NAME], near[SUGGEST_TEXT];
    const struct items *interfaces = &c->draft->interfaces;
    for (size_t i = 0; i < count; i++) {
        interface_name(mappings[i].ios_name, NULL, name);
        if (!draft_find(interfaces, name))
            report_add(c->reporter, CONFIG_WARNING, place_of_line(0), "mapping-unknown",
                       "--map names interface \"%s\", which is not in the configuration%s", name,
                       suggest_name(interfaces, name, near));
    }
    for (size_t i = 0; i < c->draft->mappings.count; i++) {
        const struct draft_mapping *mapping = c->draft->mappings.at[i];
        if (!draft_find(interfaces, mapping->ios_name))
            report_add(c->reporter, CONFIG_WARNING, place_of_line(mapping->line), "mapping-unknown",
                       "there is no interface \"%s\"%s", mapping->ios_name,
                       suggest_name(interfaces, mapping->ios_name, near));
    }
}

/* Flag the steps that ask this service; false: none does. flag: offset in struct aaa_step. */
static bool flag_steps(const struct checker *c, struct aaa_list *lists, const char *service,
                       size_t flag)
{
    bool asked = false;
    for (size_t i = 0; i < c->draft->config->aaa_list_count; i++)
        for (size_t n = 0; n < lists[i].step_count; n++) {
            struct aaa_step *step = &lists[i].steps[n];
            if (step->method != AAA_PAM || strcmp(step->pam_service, service) != 0)
                continue;
            *(bool *)((char *)step + flag) = asked = true;
        }
    return asked;
}

/* What lines say of PAM services goes to the lists that ask them; a service that no list asks is a
 * slip of the keyboard. */
static void tie_pam_services(struct checker *c, struct aaa_list *lists, const struct items *items,
                             const char *rule, size_t flag)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct draft_pam_service *row = items->at[i];
        const char *service = row->body.service;
        struct place place = {row->body.line, row->column, (unsigned)strlen(service)};
        if (!flag_steps(c, lists, service, flag))
            report_add(c->reporter, CONFIG_WARNING, place, rule,
                       "no \"aaa authentication login\" list asks PAM's service \"%.100s\"",
                       service);
    }
}

static void tie_pam(struct checker *c, struct aaa_list *lists)
{
    struct config *config = c->draft->config;
    const struct items *roots = &c->draft->pam_roots, *givers = &c->draft->pam_givers;
    config->pam_roots = lay_out(c, roots, sizeof *config->pam_roots, &config->pam_root_count);
    config->pam_givers = lay_out(c, givers, sizeof *config->pam_givers, &config->pam_giver_count);
    tie_pam_services(c, lists, roots, "pam-root-unused", offsetof(struct aaa_step, pam_root));
    tie_pam_services(c, lists, givers, "pam-attributes-unused",
                     offsetof(struct aaa_step, pam_attributes));
}

enum rc check_draft(struct draft *draft, const struct config_mapping *mappings,
                    size_t mapping_count, struct reporter *reporter)
{
    struct checker c = {.draft = draft, .reporter = reporter};
    struct config *config = draft->config;
    struct isakmp_policy *policies =
        lay_out(&c, &draft->policies, sizeof *policies, &config->policy_count);
    config->policies = policies;
    config->transform_sets =
        lay_out(&c, &draft->sets, sizeof *config->transform_sets, &config->transform_set_count);
    config->routes = lay_out(&c, &draft->routes, sizeof *config->routes, &config->route_count);
    struct aaa_list *lists = lay_out(&c, &draft->lists, sizeof *lists, &config->aaa_list_count);
    config->aaa_lists = lists;
    config->accounting_lists = lay_out(&c, &draft->accountings, sizeof *config->accounting_lists,
                                       &config->accounting_list_count);
    config->users = lay_out(&c, &draft->users, sizeof *config->users, &config->user_count);
    lay_out_keyrings(&c);
    lay_out_pools(&c);
    lay_out_acls(&c);
    if (c.no_memory)
        return RC_NO_MEMORY;
    tie_pam(&c, lists);
    tie_profiles(&c);
    tie_groups(&c);
    tie_identities(&c);
    tie_user_addresses(&c);
    tie_maps(&c);
    tie_interfaces(&c, mappings, mapping_count);
    check_mappings(&c, mappings, mapping_count);
    check_user_addresses(config, draft, reporter);
    ignore_other_lists(&c);
    return c.no_memory ? RC_NO_MEMORY : RC_OK;
}
