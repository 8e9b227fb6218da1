/* Lines of our own, all starting with the word hubward. */
#include "config/apply.h"
#include "config/interface_name.h"
#include "config/printer.h"
#include "config/weak.h"

#include <string.h>

#define NOT_YET "not supported yet"

static enum rc apply_mapping(struct apply *apply)
{
    struct draft *draft = apply->draft;
    char name[INTERFACE_NAME];
    const char *ios = apply_text(apply, "INTERFACE", 0), *device = apply_text(apply, "LINUX", 0);
    if (!ios)
        return apply_error(apply, NULL, "the name of the interface is missing");
    interface_name(ios, NULL, name);
    if (apply->negated) {
        draft_remove(&draft->mappings, draft_find(&draft->mappings, name));
        return RC_OK;
    }
    struct draft_mapping *mapping =
        draft_find_or_append(draft, &draft->mappings, name, sizeof *mapping);
    if (!mapping)
        return RC_NO_MEMORY;
    mapping->line = apply->head->line;
    mapping->linux_name = draft_text(draft, device);
    return mapping->linux_name ? RC_OK : RC_NO_MEMORY;
}

static void print_mappings(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->interface_count; i++)
        if (config->interfaces[i].linux_name)
            printer_line(printer, "hubward interface %s %s", config->interfaces[i].name,
                         config->interfaces[i].linux_name);
}

static enum rc apply_web(struct apply *apply)
{
    const char *listen = apply_text(apply, "LISTEN", 0);
    const char **out = &apply->draft->config->web_listen;
    *out = NULL;
    if (apply->negated)
        return RC_OK;
    *out = draft_text(apply->draft, listen ? listen : "");
    return *out ? RC_OK : RC_NO_MEMORY;
}

static void print_web(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    if (config->web_listen)
        printer_line(printer, "hubward web listen %s",
                     *config->web_listen ? config->web_listen : "off");
}

/* A line about one PAM service. The same words without it, behind `no`, mean all of them. */
static enum rc apply_pam_service(struct apply *apply)
{
    struct draft *draft = apply->draft;
    struct items *services = apply_has(apply, "root") ? &draft->pam_roots : &draft->pam_givers;
    const struct word *word = match_word(apply->match, "SERVICE", 0);
    if (apply->negated) {
        if (word)
            draft_remove(services, draft_find(services, word->text));
        else
            services->count = 0;
        return RC_OK;
    }
    if (services->count >= CONFIG_PAM_SERVICES)
        return apply_error(apply, word, "at most %d services can be named", CONFIG_PAM_SERVICES);
    struct draft_pam_service *row = draft_find_or_append(draft, services, word->text, sizeof *row);
    if (!row)
        return RC_NO_MEMORY;
    row->body.line = word->line;
    row->column = word->column;
    return RC_OK;
}

static void print_pam_roots(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->pam_root_count; i++)
        printer_line(printer, "hubward pam user root %s", config->pam_roots[i].service);
}

static void print_pam_givers(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->pam_giver_count; i++)
        printer_line(printer, "hubward pam attributes %s", config->pam_givers[i].service);
}

/* The keyword behind "allow-weak". */
static enum weak_kind weak_kind_in(const struct apply *apply)
{
    for (unsigned k = 0; k < WEAK_KIND_COUNT; k++)
        if (apply_has(apply, weak_word((enum weak_kind)k)))
            return (enum weak_kind)k;
    return WEAK_KIND_COUNT;
}

static enum rc apply_weak(struct apply *apply)
{
    enum weak_kind kind = weak_kind_in(apply);
    const char *date = apply_text(apply, "DATE", 0);
    uint32_t day = 0;
    if (kind == WEAK_KIND_COUNT || (!date && !apply->negated))
        return apply_error(apply, NULL, "say until when, such as \"until 2027-12-31\"");
    if (date && weak_day_parse(date, &day) != RC_OK)
        return RC_MALFORMED;
    apply->draft->config->weak_ends[kind] =
        apply->negated ? (struct weak_end){.line = 0}
                       : (struct weak_end){.day = day, .line = apply->head->line};
    return RC_OK;
}

static void print_weak(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    char date[WEAK_DATE];
    (void)row;
    for (unsigned k = 0; k < WEAK_KIND_COUNT; k++)
        if (config->weak_ends[k].line)
            printer_line(printer, "hubward allow-weak %s until %s", weak_word((enum weak_kind)k),
                         weak_day_format(config->weak_ends[k].day, date));
}

/* Behind `no`, what is left out fits everything. */
static void remove_addresses(struct apply *apply, const char *user, struct addr addr)
{
    struct items *items = &apply->draft->user_addresses;
    for (size_t i = items->count; user && i-- > 0;) {
        const struct draft_user_address *row = items->at[i];
        if (strcmp(row->body.user, user) == 0 &&
            (addr.family == ADDR_NONE || addr_equal(row->body.addr, addr)))
            draft_remove(items, row);
    }
}

static enum rc apply_user_address(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *user = apply_text(apply, "USER", 0);
    const struct word *word = match_word(apply->match, "ADDR", 0);
    const struct word *group = match_word(apply->match, "GROUP", 0);
    struct addr addr = {.family = ADDR_NONE};
    if (word && addr_parse(word->text, &addr) != RC_OK)
        return RC_MALFORMED;
    if (apply->negated) {
        remove_addresses(apply, user, addr);
        return RC_OK;
    }
    if (!word)
        return apply_error(apply, NULL, "the address is missing");
    struct draft_user_address *row = draft_append(draft, &draft->user_addresses, sizeof *row);
    if (!row || !(row->body.user = draft_text(draft, user)))
        return RC_NO_MEMORY;
    row->body.addr = addr;
    row->body.line = word->line;
    row->column = word->column;
    return group ? apply_refer(apply, group, &row->group) : RC_OK;
}

static void print_user_addresses(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    char text[ADDR_TEXT];
    (void)row;
    for (size_t i = 0; i < config->user_address_count; i++) {
        const struct user_address *own = &config->user_addresses[i];
        printer_line(printer, "hubward user %s address %s%s%s", own->user,
                     addr_format(own->addr, text), own->group ? " group " : "",
                     own->group ? own->group->name : "");
    }
}

static enum rc apply_ios_keys(struct apply *apply)
{
    apply->draft->config->key_verify = false;
    return RC_OK;
}

static enum rc apply_users_file(struct apply *apply)
{
    apply->draft->config->users_file_line = apply->head->line;
    return apply_string(apply);
}

static enum rc apply_xauth_once(struct apply *apply)
{
    apply->draft->config->xauth_once = !apply->negated;
    apply->draft->config->xauth_once_line = apply->head->line;
    return RC_OK;
}

const struct row rows_hubward[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "hubward interface INTERFACE LINUX",
     .help = "Which interface of this system an interface of the configuration is",
     .apply = apply_mapping,
     .print = print_mappings},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward dial on-start",
     .help = "A spoke brings its tunnels up at start, not only for traffic",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct config, dial_on_start),
     .shown = offsetof(struct config, dial_on_start)},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward encapsulate always",
     .help = "Use UDP encapsulation even where there is no NAT",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct config, encapsulate_always),
     .shown = offsetof(struct config, encapsulate_always)},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward allow-group-psk-xauth",
     .help = "A spoke may log in to a hub with a group key and Xauth",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct config, allow_group_psk_xauth),
     .shown = offsetof(struct config, allow_group_psk_xauth)},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward xauth once",
     .help =
         "A client that renews phase 1 from the address and port of its session need not log in "
         "again",
     .standard = "each phase 1 asks for the password",
     .apply = apply_xauth_once,
     .print = print_flag,
     .shown = offsetof(struct config, xauth_once)},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward allow-weak {des | 3des | md5 | group1 | group2 | group5} [until DATE]",
     .help = "The last day on which lines that name this algorithm work; each has its own line",
     .standard = "they work without end",
     .apply = apply_weak,
     .print = print_weak},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward web listen {off | LISTEN}",
     .help = "Where the status page is served",
     .standard = "127.0.0.1:8500",
     .apply = apply_web,
     .print = print_web},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward users PATH",
     .help =
         "A file of more username lines, kept by \"hubctl user\" and read anew without a restart",
     .standard = "none",
     .apply = apply_users_file,
     .print = print_string,
     .field = offsetof(struct config, users_file),
     .shown = offsetof(struct config, users_file)},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward pam user root SERVICE",
     .help =
         "Logins by this PAM service run as root: for modules that write state as root, such as "
         "pam_faillock",
     .standard = "user hubward-xauth, group shadow",
     .apply = apply_pam_service,
     .print = print_pam_roots},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward pam attributes SERVICE",
     .help = "Modules of this PAM service may say of a user HUBWARD_GROUP, HUBWARD_POOL and "
             "HUBWARD_ADDRESS",
     .standard = "what they say does not count",
     .apply = apply_pam_service,
     .print = print_pam_givers},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward user USER address ADDR [group GROUP]",
     .help = "The address that a user gets, in every group or in one, and nobody else",
     .standard = "one of the group's pool",
     .apply = apply_user_address,
     .print = print_user_addresses},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward key-selection ios",
     .help = "Choose keys as IOS does, before the peer has proved anything",
     .standard = "ios",
     .apply = apply_ios_keys},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward key-selection verify",
     .help = "Find the key that the peer proves to hold, among several for one network",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct config, key_verify),
     .shown = offsetof(struct config, key_verify)},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward engine userspace",
     .help = "ESP in the hub's own process",
     .standard = "userspace",
     .apply = apply_nothing},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward engine kernel",
     .help = "ESP in the kernel",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward {store | identity} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "hubward web admin [REST]",
     .help = "Let the page end sessions",
     .refuse = NOT_YET},
    {.syntax = NULL},
};
