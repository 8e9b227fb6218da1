/* crypto isakmp profile: which peers it is for, and what phase 1.5 they go through. */
#include "config/apply.h"
#include "config/printer.h"

#include <string.h>

#define NOT_YET "not supported yet"

static enum rc apply_profile(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "PROFILE", 0);
    if (!name)
        return apply_error(apply, NULL, "the name of the profile is missing");
    if (apply->negated) {
        draft_remove(&draft->profiles, draft_find(&draft->profiles, name));
        return RC_OK;
    }
    struct draft_profile *profile =
        draft_find_or_append(draft, &draft->profiles, name, sizeof *profile);
    if (!profile)
        return RC_NO_MEMORY;
    if (!profile->body.line)
        profile->body.line = apply->head->line;
    draft->object = profile;
    return RC_OK;
}

static enum rc apply_profile_accounting(struct apply *apply)
{
    enum rc rc = apply_profile(apply);
    const struct word *list = match_word(apply->match, "LIST", 0);
    struct draft_profile *profile = apply->draft->object;
    return rc == RC_OK && !apply->negated && list ? apply_refer(apply, list, &profile->accounting)
                                                  : rc;
}

static enum rc add_keyring(struct apply *apply, const struct word *word)
{
    struct draft_profile *profile = apply->object;
    for (size_t i = 0; i < profile->keyrings.count; i++) {
        const struct reference *known = profile->keyrings.at[i];
        if (strcmp(known->name, word->text) == 0)
            return RC_OK;
    }
    struct reference *reference = draft_append(apply->draft, &profile->keyrings, sizeof *reference);
    return reference ? apply_refer(apply, word, reference) : RC_NO_MEMORY;
}

static enum rc apply_keyrings(struct apply *apply)
{
    struct draft_profile *profile = apply->object;
    const struct word *word;
    if (apply->negated) {
        profile->keyrings.count = 0;
        return RC_OK;
    }
    for (size_t i = 0; (word = match_word(apply->match, "KEYRING", i)); i++)
        if (add_keyring(apply, word) != RC_OK)
            return RC_NO_MEMORY;
    return RC_OK;
}

static const struct {
    const char *placeholder;
    enum identity_match_kind kind;
    const char *words; /* as printed */
} kinds[] = {
    {"GROUP", MATCH_GROUP, "group"},
    {"FQDN", MATCH_HOST, "host"},
    {"DOMAIN", MATCH_HOST_DOMAIN, "host domain"},
    {"USERFQDN", MATCH_USER, "user"},
    {"USERDOMAIN", MATCH_USER_DOMAIN, "user domain"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static enum rc read_match(const struct apply *apply, struct identity_match *out)
{
    out->line = apply->head->line;
    out->kind = MATCH_ADDRESS;
    if (apply_text(apply, "ADDR", 0) || apply_text(apply, "PREFIX6", 0))
        return apply_prefix(apply, &out->prefix);
    for (size_t i = 0; i < KINDS; i++) {
        const char *text = apply_text(apply, kinds[i].placeholder, 0);
        if (!text)
            continue;
        out->kind = kinds[i].kind;
        out->text = draft_text(apply->draft, text);
        return out->text ? RC_OK : RC_NO_MEMORY;
    }
    return apply_error(apply, NULL, "say which identity");
}

static bool same_match(const struct identity_match *a, const struct identity_match *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == MATCH_ADDRESS ? prefix_equal(a->prefix, b->prefix)
                                    : strcmp(a->text, b->text) == 0;
}

static enum rc apply_match(struct apply *apply)
{
    struct draft_profile *profile = apply->object;
    struct identity_match match = {.text = NULL};
    enum rc rc = read_match(apply, &match);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < profile->matches.count; i++) {
        if (!same_match(profile->matches.at[i], &match))
            continue;
        if (apply->negated)
            draft_remove(&profile->matches, profile->matches.at[i]);
        return RC_OK;
    }
    if (apply->negated)
        return apply_error(apply, NULL, "there is no such line to remove");
    struct identity_match *kept = draft_append(apply->draft, &profile->matches, sizeof *kept);
    if (!kept)
        return RC_NO_MEMORY;
    *kept = match;
    return RC_OK;
}

static enum rc apply_address(struct apply *apply)
{
    struct draft_profile *profile = apply->object;
    bool both = apply->negated && !apply_has(apply, "respond") && !apply_has(apply, "initiate");
    if (both || apply_has(apply, "respond"))
        profile->body.respond_address = !apply->negated;
    if (both || apply_has(apply, "initiate"))
        profile->body.initiate_address = !apply->negated;
    return RC_OK;
}

static enum rc apply_self(struct apply *apply)
{
    struct draft_profile *profile = apply->object;
    const char *user = apply_text(apply, "USERFQDN", 0), *host = apply_text(apply, "HOST", 0);
    const char *name = user ? user : host;
    profile->body.self = SELF_GLOBAL;
    profile->body.self_text = NULL;
    if (apply->negated)
        return RC_OK;
    profile->body.self = user                       ? SELF_USER_FQDN
                         : apply_has(apply, "fqdn") ? SELF_FQDN
                                                    : SELF_ADDRESS;
    profile->body.self_text = name ? draft_text(apply->draft, name) : NULL;
    return name && !profile->body.self_text ? RC_NO_MEMORY : RC_OK;
}

static enum rc apply_keepalive(struct apply *apply)
{
    struct draft_profile *profile = apply->object;
    const char *retry = apply_text(apply, "<2-60>", 0);
    profile->body.keepalive_s =
        apply->negated ? 0 : argument_number(apply_text(apply, "<10-3600>", 0));
    profile->body.keepalive_retry_s = apply->negated ? 0 : retry ? argument_number(retry) : 2;
    return RC_OK;
}

static void print_profiles(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->profile_count; i++) {
        printer_line(printer, "crypto isakmp profile %s", config->profiles[i].name);
        printer_submode(printer, MODE_PROFILE, &config->profiles[i]);
    }
}

static void print_keyrings(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_profile *profile = object;
    (void)row;
    for (size_t i = 0; i < profile->keyring_count; i++)
        printer_line(printer, "  keyring %s", profile->keyrings[i]->name);
}

static void print_matches(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_profile *profile = object;
    char prefix[SELECTOR_TEXT];
    (void)row;
    for (size_t i = 0; i < profile->match_count; i++) {
        const struct identity_match *match = &profile->matches[i];
        if (match->kind == MATCH_ADDRESS)
            printer_line(printer, "  match identity %s", printer_address(match->prefix, prefix));
        for (size_t k = 0; k < KINDS; k++)
            if (kinds[k].kind == match->kind)
                printer_line(printer, "  match identity %s %s", kinds[k].words, match->text);
    }
}

static void print_address(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_profile *profile = object;
    (void)row;
    if (profile->respond_address)
        printer_line(printer, "  client configuration address respond");
    if (profile->initiate_address)
        printer_line(printer, "  client configuration address initiate");
}

static void print_self(struct printer *printer, const struct row *row, const void *object)
{
    static const char *const words[] = {
        [SELF_ADDRESS] = "address", [SELF_FQDN] = "fqdn", [SELF_USER_FQDN] = "user-fqdn"};
    const struct isakmp_profile *profile = object;
    (void)row;
    if (profile->self != SELF_GLOBAL)
        printer_line(printer, "  self-identity %s%s%s", words[profile->self],
                     profile->self_text ? " " : "", profile->self_text ? profile->self_text : "");
}

static void print_keepalive(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_profile *profile = object;
    (void)row;
    if (profile->keepalive_s)
        printer_line(printer, "  keepalive %u retry %u", profile->keepalive_s,
                     profile->keepalive_retry_s);
}

const struct row rows_profile[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp profile PROFILE",
     .help = "What peers of some identities are offered",
     .apply = apply_profile,
     .print = print_profiles,
     .opens = MODE_PROFILE},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp profile PROFILE accounting LIST",
     .help = "A profile with accounting",
     .apply = apply_profile_accounting,
     .opens = MODE_PROFILE},
    {.mode = MODE_PROFILE,
     .syntax = "description LINE",
     .help = "A remark",
     .apply = apply_string,
     .print = print_string,
     .field = offsetof(struct draft_profile, body.description),
     .shown = offsetof(struct isakmp_profile, description)},
    {.mode = MODE_PROFILE,
     .syntax = "keyring KEYRING...",
     .help = "The keyrings whose keys its peers may use",
     .standard = "the global keys",
     .apply = apply_keyrings,
     .print = print_keyrings},
    {.mode = MODE_PROFILE,
     .syntax = "match identity {address ADDR [MASK] | address ipv6 PREFIX6 | group GROUP | {host | "
               "fqdn} FQDN | "
               "host domain DOMAIN | {user | user-fqdn} USERFQDN | user domain USERDOMAIN}",
     .help = "A peer that claims this identity belongs here; the most specific line wins",
     .apply = apply_match,
     .print = print_matches},
    {.mode = MODE_PROFILE,
     .syntax = "match identity address ADDR MASK REST",
     .help = "A peer in a VRF",
     .refuse = "VRFs are not supported: run one hub per VRF"},
    {.mode = MODE_PROFILE,
     .syntax = "client authentication list LIST",
     .help = "Ask for a user and password (Xauth), checked as the list says",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_profile, xauth),
     .shown = offsetof(struct isakmp_profile, xauth)},
    {.mode = MODE_PROFILE,
     .syntax = "isakmp authorization list LIST",
     .help = "Where group keys and group settings come from",
     .apply = apply_reference,
     .print = print_string,
     .field = offsetof(struct draft_profile, authorization),
     .shown = offsetof(struct isakmp_profile, authorization)},
    {.mode = MODE_PROFILE,
     .syntax = "client configuration address {respond | initiate}",
     .help = "Give addresses to clients that ask, or unasked",
     .apply = apply_address,
     .print = print_address},
    {.mode = MODE_PROFILE,
     .syntax = "keepalive <10-3600> [retry <2-60>]",
     .help = "Dead peer detection for these peers",
     .standard = "the global setting",
     .apply = apply_keepalive,
     .print = print_keepalive},
    {.mode = MODE_PROFILE,
     .syntax = "self-identity {address | fqdn [HOST] | user-fqdn USERFQDN}",
     .help = "What this end calls itself to these peers",
     .standard = "as crypto isakmp identity says",
     .apply = apply_self,
     .print = print_self},
    {.mode = MODE_PROFILE,
     .syntax = "accounting LIST",
     .help = "Keep records of its sessions as the list says",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_profile, accounting),
     .shown = offsetof(struct isakmp_profile, accounting)},
    {.mode = MODE_PROFILE,
     .syntax = "initiate mode aggressive",
     .help = "Begin phase 1 with these peers in aggressive mode, which shows our name to all",
     .standard = "main mode",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_profile, body.aggressive),
     .shown = offsetof(struct isakmp_profile, aggressive)},
    {.mode = MODE_PROFILE,
     .syntax = "{ca | virtual-template | qos-group | "
               "local-address} "
               "REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_PROFILE,
     .syntax = "client {configuration group | accounting | pki} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_PROFILE,
     .syntax = "vrf REST",
     .help = "Put its peers into a VRF",
     .refuse = "VRFs are not supported: run one hub per VRF"},
    {.syntax = NULL},
};
