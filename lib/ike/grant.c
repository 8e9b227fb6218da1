/* Grants are judged where the lease is given, not where they are made: the login service knows no
 * groups. */
#include "ike/grant.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char no_group[] =
    "pools are of client configuration groups, and the client named none";

__attribute__((format(printf, 4, 5))) static bool
misfit(struct decision *decision, const char *item, const char *value, const char *hint, ...)
{
    va_list arguments;
    va_start(arguments, hint);
    decision->rule = RULE_GRANT;
    snprintf(decision->ours, sizeof decision->ours, "%s=%s", item, value);
    vsnprintf(decision->hint, sizeof decision->hint, hint, arguments);
    va_end(arguments);
    return false;
}

static bool group_fits(const struct client_group *group, const struct login_grant *grant,
                       struct decision *decision)
{
    if (!grant->group[0] || (group && strcmp(group->name, grant->group) == 0))
        return true;
    return misfit(decision, "HUBWARD_GROUP", grant->group,
                  "the user connects with group %.60s and its key, or the login service names "
                  "another group",
                  grant->group);
}

static bool pool_fits(const struct client_group *group, const struct login_grant *grant,
                      struct decision *decision)
{
    if (!grant->pool[0] || (group && group_pool_named(group, grant->pool)))
        return true;
    if (!group)
        return misfit(decision, "HUBWARD_POOL", grant->pool, no_group);
    return misfit(decision, "HUBWARD_POOL", grant->pool,
                  "add 'hubward pool %.40s' to the client configuration group (line %u)",
                  grant->pool, group->line);
}

static bool addr_fits(const struct config *config, const struct client_group *group,
                      const char *user, const struct login_grant *grant, struct decision *decision)
{
    char text[ADDR_TEXT];
    const struct user_address *owner = config_address_owner(config, grant->addr);
    if (grant->addr.family == ADDR_NONE)
        return true;
    if (owner && strcmp(owner->user, user) != 0)
        return misfit(decision, "HUBWARD_ADDRESS", addr_format(grant->addr, text),
                      "it is user %.60s's by line %u", owner->user, owner->line);
    if (!group)
        return misfit(decision, "HUBWARD_ADDRESS", addr_format(grant->addr, text), no_group);
    const struct pool *pool = group_pool_of(group, grant->addr);
    if (!pool || (grant->pool[0] && strcmp(pool->name, grant->pool) != 0))
        return misfit(decision, "HUBWARD_ADDRESS", addr_format(grant->addr, text),
                      "the address must be in a pool of the group (line %u)", group->line);
    return true;
}

bool grant_fits(const struct config *config, const struct client_group *group, const char *user,
                const struct login_grant *grant, struct decision *decision)
{
    return group_fits(group, grant, decision) && pool_fits(group, grant, decision) &&
           addr_fits(config, group, user, grant, decision);
}

void grant_put(struct builder *b, const struct login_grant *grant)
{
    builder_string(b, grant->group);
    builder_string(b, grant->pool);
    addr_put(b, grant->addr);
}

void grant_get(struct cursor *c, struct login_grant *out)
{
    cursor_string(c, out->group, sizeof out->group);
    cursor_string(c, out->pool, sizeof out->pool);
    out->addr = addr_get(c);
}
