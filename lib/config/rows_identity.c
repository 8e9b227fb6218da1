/* crypto identity: lists of names that a map entry may ask of its peers. */
#include "config/apply.h"
#include "config/printer.h"

#include <string.h>
#include <strings.h>

static enum rc apply_list(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "IDENTITY", 0);
    if (!name)
        return apply_error(apply, NULL, "the name of the list is missing");
    if (apply->negated) {
        draft_remove(&draft->identities, draft_find(&draft->identities, name));
        return RC_OK;
    }
    struct draft_identity *list =
        draft_find_or_append(draft, &draft->identities, name, sizeof *list);
    if (!list)
        return RC_NO_MEMORY;
    if (!list->body.line)
        list->body.line = apply->head->line;
    draft->object = list;
    return RC_OK;
}

static struct identity_match *find_name(const struct draft_identity *list, const char *name)
{
    for (size_t i = 0; name && i < list->matches.count; i++) {
        struct identity_match *match = list->matches.at[i];
        if (strcasecmp(match->text, name) == 0)
            return match;
    }
    return NULL;
}

static enum rc apply_name(struct apply *apply)
{
    struct draft_identity *list = apply->object;
    const char *name = apply_text(apply, "FQDN", 0);
    struct identity_match *known = find_name(list, name);
    if (apply->negated && !known)
        return apply_error(apply, NULL, "there is no such line to remove");
    if (apply->negated)
        draft_remove(&list->matches, known);
    if (known)
        return RC_OK;
    struct identity_match *match = draft_append(apply->draft, &list->matches, sizeof *match);
    if (!match)
        return RC_NO_MEMORY;
    *match = (struct identity_match){
        .kind = MATCH_HOST, .text = draft_text(apply->draft, name), .line = apply->head->line};
    return match->text ? RC_OK : RC_NO_MEMORY;
}

static void print_lists(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->identity_count; i++) {
        const struct identity_list *list = &config->identities[i];
        printer_line(printer, "crypto identity %s", list->name);
        for (size_t k = 0; k < list->match_count; k++)
            printer_line(printer, "  fqdn %s", list->matches[k].text);
    }
}

const struct row rows_identity[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto identity IDENTITY",
     .help = "Names of peers, for \"set identity\" of a map entry",
     .apply = apply_list,
     .print = print_lists,
     .opens = MODE_IDENTITY},
    {.mode = MODE_IDENTITY,
     .syntax = "fqdn FQDN",
     .help = "A peer whose identity is this host name",
     .apply = apply_name},
    {.mode = MODE_IDENTITY, .syntax = "description LINE", .help = "A remark"},
    {.mode = MODE_IDENTITY,
     .syntax = "dn REST",
     .help = "A peer whose certificate has this name",
     .refuse = "certificates are not supported yet: use \"fqdn\""},
    {.syntax = NULL},
};
