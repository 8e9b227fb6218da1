/* crypto isakmp client configuration group: the key a group of clients shares, and what mode-config
 * tells them. */
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

#define NOT_YET "not supported yet"

static enum rc apply_client_group(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "GROUP", 0);
    if (!name)
        return apply_error(apply, NULL, "the name of the group is missing");
    if (apply->negated) {
        draft_remove(&draft->groups, draft_find(&draft->groups, name));
        return RC_OK;
    }
    struct draft_group *group = draft_find_or_append(draft, &draft->groups, name, sizeof *group);
    if (!group)
        return RC_NO_MEMORY;
    if (!group->body.line)
        group->body.line = apply->head->line;
    draft->object = group;
    return RC_OK;
}

static enum rc apply_group_key(struct apply *apply)
{
    struct draft_group *group = apply->object;
    group->key_line = apply->head->line;
    if (!apply->negated)
        return apply_secret(apply, &group->body.secret);
    group->body.secret = (struct span){NULL, 0};
    return RC_OK;
}

static void read_servers(const struct apply *apply, struct addr servers[GROUP_SERVERS],
                         size_t *count)
{
    const char *text;
    for (*count = 0; *count < GROUP_SERVERS && !apply->negated; (*count)++) {
        text = apply_text(apply, "ADDR", *count);
        if (!text || addr_parse(text, &servers[*count]) != RC_OK)
            break;
    }
}

static enum rc apply_dns(struct apply *apply)
{
    struct draft_group *group = apply->object;
    read_servers(apply, group->body.dns, &group->body.dns_count);
    return RC_OK;
}

static enum rc apply_wins(struct apply *apply)
{
    struct draft_group *group = apply->object;
    read_servers(apply, group->body.wins, &group->body.wins_count);
    return RC_OK;
}

static enum rc apply_netmask(struct apply *apply)
{
    struct draft_group *group = apply->object;
    group->body.netmask = (struct addr){.family = ADDR_NONE};
    return apply->negated ? RC_OK : addr_parse(apply_text(apply, "MASK", 0), &group->body.netmask);
}

static enum rc apply_more_pools(struct apply *apply)
{
    struct draft_group *group = apply->object;
    if (apply->negated) {
        group->body.more_count = 0;
        return RC_OK;
    }
    for (size_t i = 2; i < apply->match->argument_count; i++) {
        const struct word *word = apply->match->arguments[i].word;
        if (group->body.more_count == GROUP_POOLS)
            return apply_error(apply, word, "at most %d more pools", GROUP_POOLS);
        enum rc rc = apply_refer(apply, word, &group->more[group->body.more_count++]);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* Lines of one command add up to a comma-separated list. */
static enum rc apply_list(struct apply *apply)
{
    const char **list = (void *)((char *)apply->object + apply->match->row->field);
    if (apply->negated) {
        *list = NULL;
        return RC_OK;
    }
    for (size_t i = 1; i < apply->match->argument_count; i++) {
        const char *word = apply->match->arguments[i].word->text;
        size_t size = (*list ? strlen(*list) + 1 : 0) + strlen(word) + 1;
        char *joined = arena_alloc(apply->draft->arena, size);
        if (!joined)
            return RC_NO_MEMORY;
        snprintf(joined, size, "%s%s%s", *list ? *list : "", *list ? "," : "", word);
        *list = joined;
    }
    return RC_OK;
}

/* The reader handed the text over as one line, without its delimiters and with '\n' inside. */
static enum rc apply_banner(struct apply *apply)
{
    return apply_string(apply);
}

static void print_groups(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->group_count; i++) {
        printer_line(printer, "crypto isakmp client configuration group %s",
                     config->groups[i].name);
        printer_submode(printer, MODE_GROUP, &config->groups[i]);
    }
}

static void print_more_pools(struct printer *printer, const struct row *row, const void *object)
{
    const struct client_group *group = object;
    (void)row;
    for (size_t i = 0; i < group->more_count; i++)
        printer_line(printer, "  hubward pool %s", group->more[i]->name);
}

static void print_group_key(struct printer *printer, const struct row *row, const void *object)
{
    const struct client_group *group = object;
    (void)row;
    if (group->secret.len)
        printer_line(printer, "  key %s", printer_hidden(printer, group->secret));
}

static void print_servers(struct printer *printer, const char *word, const struct addr *servers,
                          size_t count)
{
    char line[GROUP_SERVERS * ADDR_TEXT] = "", text[ADDR_TEXT];
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, " %s", addr_format(servers[i], text));
    if (count)
        printer_line(printer, "  %s%s", word, line);
}

static void print_dns(struct printer *printer, const struct row *row, const void *object)
{
    const struct client_group *group = object;
    (void)row;
    print_servers(printer, "dns", group->dns, group->dns_count);
}

static void print_wins(struct printer *printer, const struct row *row, const void *object)
{
    const struct client_group *group = object;
    (void)row;
    print_servers(printer, "wins", group->wins, group->wins_count);
}

static void print_netmask(struct printer *printer, const struct row *row, const void *object)
{
    const struct client_group *group = object;
    char text[ADDR_TEXT];
    (void)row;
    if (group->netmask.family != ADDR_NONE)
        printer_line(printer, "  netmask %s", addr_format(group->netmask, text));
}

static void print_list(struct printer *printer, const struct row *row, const void *object)
{
    const char *const *list = (const void *)((const char *)object + row->shown);
    int head = (int)strcspn(row->syntax, " ");
    for (const char *at = *list; at && *at;) {
        int n = (int)strcspn(at, ",");
        printer_line(printer, "  %.*s %.*s", head, row->syntax, n, at);
        at += n + (at[n] == ',');
    }
}

/* A delimiter that the text does not hold. */
static void print_banner(struct printer *printer, const struct row *row, const void *object)
{
    const struct client_group *group = object;
    static const char delimiters[] = "#%~@|&=+$";
    const char *delimiter = delimiters;
    (void)row;
    if (!group->banner)
        return;
    while (delimiter[1] && strchr(group->banner, *delimiter))
        delimiter++;
    printer_line(printer, "  banner %c%s%c", *delimiter, group->banner, *delimiter);
}

const struct row rows_group[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp client configuration group GROUP",
     .help = "VPN clients that share a group name and key",
     .apply = apply_client_group,
     .print = print_groups,
     .opens = MODE_GROUP},
    {.mode = MODE_GROUP,
     .syntax = "key [0 | 6 | 7] SECRET",
     .help = "The group's pre-shared key",
     .apply = apply_group_key,
     .print = print_group_key},
    {.mode = MODE_GROUP,
     .syntax = "dns ADDR [ADDR [ADDR [ADDR]]]",
     .help = "Name servers for clients",
     .apply = apply_dns,
     .print = print_dns},
    {.mode = MODE_GROUP,
     .syntax = "wins ADDR [ADDR [ADDR [ADDR]]]",
     .help = "WINS servers for clients",
     .apply = apply_wins,
     .print = print_wins},
    {.mode = MODE_GROUP,
     .syntax = "domain HOST",
     .help = "Default domain for clients",
     .apply = apply_string,
     .print = print_string,
     .field = offsetof(struct draft_group, body.domain),
     .shown = offsetof(struct client_group, domain)},
    {.mode = MODE_GROUP,
     .syntax = "pool POOL",
     .help = "The address pool of the group",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_group, pool),
     .shown = offsetof(struct client_group, pool)},
    {.mode = MODE_GROUP,
     .syntax = "acl ACL",
     .help = "The networks that clients reach through the tunnel",
     .standard = "everything",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_group, split),
     .shown = offsetof(struct client_group, split)},
    {.mode = MODE_GROUP,
     .syntax = "split-dns HOST...",
     .help = "Domains that clients resolve through the tunnel",
     .apply = apply_list,
     .print = print_list,
     .field = offsetof(struct draft_group, body.split_dns),
     .shown = offsetof(struct client_group, split_dns)},
    {.mode = MODE_GROUP,
     .syntax = "banner BANNER",
     .help = "Text that clients show after login, between two equal delimiters",
     .apply = apply_banner,
     .print = print_banner,
     .field = offsetof(struct draft_group, body.banner)},
    {.mode = MODE_GROUP,
     .syntax = "netmask MASK",
     .help = "The mask that clients are told",
     .apply = apply_netmask,
     .print = print_netmask},
    {.mode = MODE_GROUP,
     .syntax = "backup-gateway {ADDR | HOST}",
     .help = "Another hub for clients; one a line",
     .apply = apply_list,
     .print = print_list,
     .field = offsetof(struct draft_group, body.backup_gateways),
     .shown = offsetof(struct client_group, backup_gateways)},
    {.mode = MODE_GROUP,
     .syntax = "save-password",
     .help = "Clients may keep the user's password",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_group, body.save_password),
     .shown = offsetof(struct client_group, save_password)},
    {.mode = MODE_GROUP,
     .syntax = "pfs",
     .help = "Tell clients to use PFS in phase 2",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_group, body.pfs),
     .shown = offsetof(struct client_group, pfs)},
    {.mode = MODE_GROUP,
     .syntax = "max-users <1-5000>",
     .help = "Most sessions of the group at one time",
     .standard = "no limit",
     .apply = apply_number,
     .print = print_number,
     .field = offsetof(struct draft_group, body.max_users),
     .shown = offsetof(struct client_group, max_users)},
    {.mode = MODE_GROUP,
     .syntax = "max-logins <1-10>",
     .help = "Most sessions of one user at one time",
     .standard = "1",
     .apply = apply_number,
     .print = print_number,
     .field = offsetof(struct draft_group, body.max_logins),
     .shown = offsetof(struct client_group, max_logins)},
    {.mode = MODE_GROUP,
     .syntax = "group-lock",
     .help = "Users log in as USER@GROUP (or with /, % or \\ between), and only into their group",
     .standard = "the name is the user's alone",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_group, body.group_lock),
     .shown = offsetof(struct client_group, group_lock)},
    {.mode = MODE_GROUP,
     .syntax = "hubward max-logins replace",
     .help = "A login over max-logins ends the user's oldest session; else it is refused",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_group, body.replace_login),
     .shown = offsetof(struct client_group, replace_login)},
    {.mode = MODE_GROUP,
     .syntax = "hubward pool POOL...",
     .help = "More pools of the group: its logins get of them what HUBWARD_POOL or HUBWARD_ADDRESS "
             "of PAM says",
     .standard = "none",
     .apply = apply_more_pools,
     .print = print_more_pools},
    {.mode = MODE_GROUP,
     .syntax = "include-local-lan",
     .help = "Clients without split tunnelling may still reach the net that they are in",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_group, body.local_lan),
     .shown = offsetof(struct client_group, local_lan)},
    {.mode = MODE_GROUP,
     .syntax = "{firewall | browser-proxy | configuration | auto-update | access-restrict | "
               "dhcp} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.syntax = NULL},
};
