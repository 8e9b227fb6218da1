/* Commands about the router as a whole, users and lists of authentication methods. */
#include "config/apply.h"
#include "config/printer.h"

#include "base/wipe.h"
#include "crypto/password.h"

#include <string.h>

#define NO_SERVERS                                                                                 \
    "RADIUS and TACACS+ servers are not asked directly: name a PAM service that asks them, as in " \
    "\"aaa authentication login LIST pam SERVICE\""

/* ---- lists ---- */

static enum rc apply_login(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "LIST", 0), *service = apply_text(apply, "SERVICE", 0);
    if (apply->negated) {
        draft_remove(&draft->lists, name ? draft_find(&draft->lists, name) : NULL);
        return RC_OK;
    }
    struct aaa_list *list = draft_find_or_append(draft, &draft->lists, name, sizeof *list);
    if (!list)
        return RC_NO_MEMORY;
    list->line = apply->head->line;
    list->method = apply_has(apply, "pam") ? AAA_PAM : AAA_LOCAL;
    list->pam_service = NULL;
    if (list->method == AAA_PAM) {
        list->pam_service = draft_text(draft, service ? service : "hubward");
        if (!list->pam_service)
            return RC_NO_MEMORY;
    }
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
        bool pam = list->method == AAA_PAM;
        printer_line(printer, "aaa authentication login %s %s%s%s", list->name,
                     pam ? "pam" : "local", pam ? " " : "", pam ? list->pam_service : "");
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
     .syntax = "aaa authentication login LIST {local | pam [SERVICE]}",
     .help = "How users are checked: by the username lines, or by a PAM service",
     .standard = "PAM service hubward",
     .apply = apply_login,
     .print = print_lists},
    {.mode = MODE_GLOBAL,
     .syntax = "aaa authentication login LIST group REST",
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
     .syntax = "aaa accounting network REST",
     .help = "Reports to a server",
     .refuse = "not supported yet"},
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
