/* Every pair of lines that contradict each other is named by both. */
#include "config/check_users.h"

#include <string.h>

/* Where the address stands in its line. */
static struct place address_place(const struct draft *draft, const struct user_address *own)
{
    struct place place = {own->line, 0, 0};
    for (size_t i = 0; i < draft->user_addresses.count; i++) {
        const struct draft_user_address *row = draft->user_addresses.at[i];
        if (row->body.line == own->line)
            place.column = row->column;
    }
    return place;
}

static void check_doubles(const struct config *config, const struct draft *draft,
                          struct reporter *reporter)
{
    char text[ADDR_TEXT];
    for (size_t i = 0; i < config->user_address_count; i++) {
        const struct user_address *own = &config->user_addresses[i];
        for (size_t k = 0; k < config->user_address_count; k++) {
            const struct user_address *other = &config->user_addresses[k];
            if (other->line >= own->line)
                continue;
            if (addr_equal(own->addr, other->addr))
                report_add(reporter, CONFIG_ERROR, address_place(draft, own), "",
                           "%s is the address of user %.100s in line %u",
                           addr_format(own->addr, text), other->user, other->line);
            else if (own->group == other->group && strcmp(own->user, other->user) == 0)
                report_add(reporter, CONFIG_ERROR, address_place(draft, own), "",
                           "user %.100s has address %s in line %u", own->user,
                           addr_format(other->addr, text), other->line);
        }
    }
}

/* A group that would give the user this address without having the pool that it is from. */
static const struct client_group *stranger(const struct config *config,
                                           const struct user_address *own, const struct pool *pool)
{
    for (size_t i = 0; i < config->group_count; i++) {
        const struct client_group *group = &config->groups[i];
        if ((!own->group || own->group == group) && !group_has_pool(group, pool))
            return group;
    }
    return NULL;
}

static void check_pools(const struct config *config, const struct draft *draft,
                        struct reporter *reporter)
{
    char text[ADDR_TEXT];
    for (size_t i = 0; i < config->user_address_count; i++) {
        const struct user_address *own = &config->user_addresses[i];
        for (size_t k = 0; k < config->pool_count; k++) {
            const struct pool *pool = &config->pools[k];
            const struct client_group *group = stranger(config, own, pool);
            if (!pool->of_users && group && pool_holds(pool, own->addr))
                report_add(reporter, CONFIG_ERROR, address_place(draft, own), "",
                           "%s is in pool %.60s of line %u, which group %.60s of line %u does not "
                           "have: take another address, or say whose with \"group\"",
                           addr_format(own->addr, text), pool->name, pool->line, group->name,
                           group->line);
        }
    }
}

void check_user_addresses(const struct config *config, const struct draft *draft,
                          struct reporter *reporter)
{
    check_doubles(config, draft, reporter);
    check_pools(config, draft, reporter);
}
