/* Commands about the router as a whole, users and lists of authentication methods. */
#include "config/apply.h"
#include "config/printer.h"

#include "base/wipe.h"
#include "crypto/password.h"

#include <stdio.h>
#include <string.h>

#define NO_SERVERS                                                                                 \
    "RADIUS and TACACS+ servers are not asked directly: name a PAM service that asks them, as in " \
    "\"aaa authentication login LIST pam SERVICE\""

/* ---- lists ---- */

/* The method that a word begins, behind those before it. */
static enum rc add_step(const struct apply *apply, const struct word *word, enum aaa_method method,
                        struct aaa_list *list)
{
    if (list->step_count == AAA_STEPS)
        return apply_error(apply, word, "at most %d methods in a list", AAA_STEPS);
    list->steps[list->step_count++] =
        (struct aaa_step){.method = method, .pam_service = method == AAA_PAM ? "hubward" : NULL};
    return RC_OK;
}

static bool step_stands_twice(const struct aaa_list *list)
{
    for (size_t i = 1; i < list->step_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct aaa_step *a = &list->steps[i], *b = &list->steps[k];
            if (a->method == b->method &&
                (a->method == AAA_LOCAL || strcmp(a->pam_service, b->pam_service) == 0))
                return true;
        }
    return false;
}

static enum rc read_steps(const struct apply *apply, struct aaa_list *list)
{
    const struct match *match = apply->match;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < match->argument_count && rc == RC_OK; i++) {
        const struct argument *argument = &match->arguments[i];
        if (token_is(argument->token, "local"))
            rc = add_step(apply, argument->word, AAA_LOCAL, list);
        else if (token_is(argument->token, "pam"))
            rc = add_step(apply, argument->word, AAA_PAM, list);
        else if (token_is(argument->token, "SERVICE"))
            list->steps[list->step_count - 1].pam_service = argument->word->text;
    }
    if (rc == RC_OK && step_stands_twice(list))
        rc = apply_error(apply, NULL, "a method stands twice: its second answer is its first");
    for (size_t i = 0; i < list->step_count && rc == RC_OK; i++)
        if (list->steps[i].pam_service &&
            !(list->steps[i].pam_service = draft_text(apply->draft, list->steps[i].pam_service)))
            rc = RC_NO_MEMORY;
    return rc;
}

static enum rc apply_login(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "LIST", 0);
    struct aaa_list read = {.line = apply->head->line};
    if (apply->negated) {
        draft_remove(&draft->lists, name ? draft_find(&draft->lists, name) : NULL);
        return RC_OK;
    }
    enum rc rc = read_steps(apply, &read);
    if (rc != RC_OK)
        return rc;
    struct aaa_list *list = draft_find_or_append(draft, &draft->lists, name, sizeof *list);
    if (!list)
        return RC_NO_MEMORY;
    read.name = list->name;
    *list = read;
    return RC_OK;
}

static enum rc apply_network(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "LIST", 0);
    if (apply->negated) {
        draft_remove(&draft->authorizations,
                     name ? draft_find(&draft->authorizations, name) : NULL);
        return RC_OK;
    }
    struct draft_authorization *list =
        draft_find_or_append(draft, &draft->authorizations, name, sizeof *list);
    if (!list)
        return RC_NO_MEMORY;
    list->line = apply->head->line;
    return RC_OK;
}

static void print_lists(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->aaa_list_count; i++) {
        const struct aaa_list *list = &config->aaa_lists[i];
        char methods[AAA_STEPS * 80] = "";
        for (size_t k = 0, n = 0; k < list->step_count; k++) {
            bool pam = list->steps[k].method == AAA_PAM;
            n += (size_t)snprintf(methods + n, sizeof methods - n, " %s%s%s", pam ? "pam" : "local",
                                  pam ? " " : "", pam ? list->steps[k].pam_service : "");
        }
        printer_line(printer, "aaa authentication login %s%s", list->name, methods);
    }
}

/* The i-th place that may name an authorization list. */
static const char *authorization_at(const struct config *config, size_t i)
{
    return i < config->profile_count ? config->profiles[i].authorization
                                     : config->crypto_maps[i - config->profile_count].authorization;
}

/* The names in use, each once: the configuration keeps no list of its own. */
static void print_network(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->profile_count + config->crypto_map_count; i++) {
        const char *name = authorization_at(config, i);
        bool seen = false;
        for (size_t k = 0; k < i && name && !seen; k++) {
            const char *other = authorization_at(config, k);
            seen = other && strcmp(other, name) == 0;
        }
        if (name && !seen)
            printer_line(printer, "aaa authorization network %s local", name);
    }
}

static enum rc apply_accounting(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "LIST", 0);
    if (apply->negated) {
        draft_remove(&draft->accountings, name ? draft_find(&draft->accountings, name) : NULL);
        return RC_OK;
    }
    struct accounting_list *list =
        draft_find_or_append(draft, &draft->accountings, name, sizeof *list);
    if (!list)
        return RC_NO_MEMORY;
    list->line = apply->head->line;
    list->stop_only = apply_has(apply, "stop-only");
    list->off = apply_has(apply, "none");
    return RC_OK;
}

static void print_accounting(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->accounting_list_count; i++) {
        const struct accounting_list *list = &config->accounting_lists[i];
        printer_line(printer, "aaa accounting network %s %s", list->name,
                     list->off         ? "none"
                     : list->stop_only ? "stop-only"
                                       : "start-stop");
    }
}

/* ---- users ---- */

static enum rc decode_user(const struct apply *apply, const struct word *word, const char **out)
{
    char clear[PASSWORD_STORED_MAX];
    enum rc rc = password_type7_decode(word->rest, clear, sizeof clear);
    if (rc != RC_OK)
        rc = apply_error(apply, word,
                         "this is not a type 7 text: two digits, then pairs of hex "
                         "digits");
    else if (!(*out = draft_text(apply->draft, clear)))
        rc = RC_NO_MEMORY;
    wipe(clear, sizeof clear);
    return rc;
}

static enum rc read_stored(const struct apply *apply, struct config_user *user)
{
    static const char *const types[] = {"0", "5", "7", "8", "9"};
    const struct word *word = match_word(apply->match, "PASSWORD", 0);
    unsigned type = 0;
    user->disabled = apply_has(apply, "disabled");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (apply_has(apply, types[i]))
            type = argument_number(types[i]);
    if (type == 7) {
        user->type = 0;
        return decode_user(apply, word, &user->stored);
    }
    if (!password_well_formed(type, word->rest))
        return apply_error(apply, word, "this is not a type %u text", type);
    user->type = type;
    user->stored = draft_text(apply->draft, word->rest);
    return user->stored ? RC_OK : RC_NO_MEMORY;
}

static enum rc apply_user(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "USER", 0);
    struct config_user read = {.line = apply->head->line};
    if (apply->negated) {
        draft_remove(&draft->users, name ? draft_find(&draft->users, name) : NULL);
        return RC_OK;
    }
    enum rc rc = read_stored(apply, &read);
    if (rc != RC_OK)
        return rc;
    struct config_user *user = draft_find_or_append(draft, &draft->users, name, sizeof *user);
    if (!user)
        return RC_NO_MEMORY;
    read.name = user->name;
    *user = read; /* a second line for a user replaces the first, as on IOS */
    return RC_OK;
}

static struct span stored_password(const struct config_user *user)
{
    return (struct span){(const uint8_t *)user->stored, strlen(user->stored)};
}

static void print_users(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->user_count; i++)
        printer_line(printer, "username %s%s secret %u %s", config->users[i].name,
                     config->users[i].disabled ? " disabled" : "", config->users[i].type,
                     printer_hidden(printer, stored_password(&config->users[i])));
}

/* ---- words that end things ---- */

static enum rc apply_end(struct apply *apply)
{
    apply->draft->ended = true;
    return RC_OK;
}

const struct row rows_system[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "hostname NAME",
     .help = "What this hub calls itself",
     .apply = apply_string,
     .print = print_string,
     .field = offsetof(struct config, hostname),
     .shown = offsetof(struct config, hostname)},
    {.mode = MODE_GLOBAL,
     .syntax = "ip domain name HOST",
     .help = "The domain of this hub's name",
     .apply = apply_string,
     .print = print_string,
     .field = offsetof(struct config, domain_name),
     .shown = offsetof(struct config, domain_name)},
    {.mode = MODE_GLOBAL,
     .syntax = "ip domain-name HOST",
     .help = "The same as ip domain name",
     .apply = apply_string,
     .field = offsetof(struct config, domain_name)},
    {.mode = MODE_GLOBAL,
     .syntax = "username USER [privilege <0-15>] [disabled] {password | secret} [0 | 5 | 7 | 8 | "
               "9] PASSWORD",
     .help = "A user of \"local\" lists; types 5, 8 and 9 are hashes, 7 is decoded; a disabled "
             "one cannot log in",
     .apply = apply_user,
     .print = print_users},
    {.mode = MODE_GLOBAL,
     .syntax = "username USER {privilege <0-15> | nopassword}",
     .help = "A user without a password, who cannot log in"},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa new-model",
     .help = "Use lists of methods, which Hubward always does",
     .apply = apply_nothing},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa authentication login LIST {local | pam | pam SERVICE}...",
     .help = "How users are checked: by the username lines, by a PAM service, or by several in "
             "this order: the next one when one knows no such user or cannot answer",
     .standard = "PAM service hubward",
     .apply = apply_login,
     .print = print_lists},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa authentication login LIST [local] group REST",
     .help = "Users on a server",
     .refuse = NO_SERVERS},
    {.mode = MODE_GLOBAL,
     .syntax =
         "aaa authentication login LIST {enable | line | none | local-case | krb5 | cache} [REST]",
     .help = "Other methods of a router",
     .refuse = "use \"local\" or \"pam\""},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa authorization network LIST local",
     .help = "Group keys and settings come from this configuration",
     .apply = apply_network,
     .print = print_network},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa authorization network LIST group REST",
     .help = "Groups on a server",
     .refuse = "groups stand in this configuration: use \"aaa authorization network LIST local\""},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa accounting network LIST {start-stop | stop-only | none} [local]",
     .help = "Records of sessions, in the database and the log: at start, in between and at the "
             "end, at the end only, or none",
     .apply = apply_accounting,
     .print = print_accounting},
    {.mode = MODE_GLOBAL,
     .syntax =
         "aaa accounting network LIST {start-stop | stop-only | wait-start} [broadcast] group "
         "REST",
     .help = "Records on a server",
     .refuse = "records are kept by this hub: leave out \"group\" and what follows; hubctl show "
               "accounting and the log have them"},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa accounting update periodic <1-71582>",
     .help = "Minutes between records of a session that lasts",
     .standard = "10",
     .initial = 10,
     .apply = apply_number,
     .print = print_number,
     .field = offsetof(struct config, accounting_update_min),
     .shown = offsetof(struct config, accounting_update_min)},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa accounting update newinfo",
     .help = "A record of a new address is always kept",
     .apply = apply_nothing},
    {.mode = MODE_GLOBAL,
     .syntax = "ip vrf REST",
     .help = "A VRF",
     .refuse = "VRFs are not supported: run one hub per VRF",
     .opens = MODE_REFUSED},
    {.mode = MODE_GLOBAL,
     .syntax = "vrf definition REST",
     .help = "A VRF",
     .refuse = "VRFs are not supported: run one hub per VRF",
     .opens = MODE_REFUSED},
    {.mode = MODE_GLOBAL, .syntax = "end", .help = "End of the configuration", .apply = apply_end},
    {.mode = MODE_GLOBAL, .syntax = "exit", .help = "Leave the submode", .apply = apply_nothing},
    {.syntax = NULL},
};
