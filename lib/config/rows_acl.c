/* Access lists: standard and extended, numbered and named. An entry that cannot select VPN traffic
 * (other protocols' words, scattered wildcards) is kept as such: it is an error only when a crypto
 * command refers to its list, because a router's other lists are none of our business. */
#include "config/acl_text.h"
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

enum { SEQUENCE_STEP = 10 };

static const struct {
    const char *keyword;
    uint8_t number;
} protocols[] = {
    {"ip", 0}, {"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"gre", 47}, {"esp", 50}, {"ahp", 51},
};
enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

static struct selector any_address(void)
{
    return selector_of_prefix((struct prefix){.addr = addr_v4(0), .len = 0});
}

/* Reads `any`, `host A` or `A W` at argument *i and moves *i behind it. */
static enum rc read_addresses(const struct match *match, size_t *i, struct selector *out)
{
    if (*i >= match->argument_count) /* cut short behind `no` */
        return RC_MALFORMED;
    const struct argument *at = &match->arguments[*i];
    const struct argument *next = *i + 1 < match->argument_count ? at + 1 : NULL;
    struct prefix prefix;
    const char *wildcard = "0.0.0.0";
    (*i)++;
    if (token_is(at->token, "any")) {
        *out = any_address();
        return RC_OK;
    }
    if (token_is(at->token, "host")) {
        at = next;
        (*i)++;
    } else if (next && token_is(next->token, "WILDCARD")) {
        wildcard = next->word->text;
        (*i)++;
    }
    if (!at || argument_wildcard(at->word->text, wildcard, &prefix) != RC_OK)
        return RC_MALFORMED;
    *out = selector_of_prefix(prefix);
    return RC_OK;
}

static void read_port(const struct match *match, size_t *i, struct selector *selector)
{
    if (*i + 1 < match->argument_count && token_is(match->arguments[*i].token, "eq")) {
        selector->port = argument_port(match->arguments[*i + 1].word->text);
        *i += 2;
    }
}

static size_t argument_index(const struct match *match, const char *keyword)
{
    size_t i = 0;
    while (i < match->argument_count && !token_is(match->arguments[i].token, keyword))
        i++;
    return i;
}

/* Arguments from permit or deny on. */
static enum rc read_entry(const struct match *match, bool extended, struct acl_entry *out)
{
    size_t permit = argument_index(match, "permit"), deny = argument_index(match, "deny");
    out->permit = permit < deny;
    size_t i = (out->permit ? permit : deny) + 1;
    uint8_t protocol = 0;
    if (extended) {
        if (i >= match->argument_count)
            return RC_MALFORMED;
        const struct argument *argument = &match->arguments[i++];
        protocol = (uint8_t)argument_number(argument->word->text);
        for (size_t k = 0; k < PROTOCOLS; k++)
            if (token_is(argument->token, protocols[k].keyword))
                protocol = protocols[k].number;
    }
    enum rc rc = read_addresses(match, &i, &out->source);
    if (rc != RC_OK)
        return rc;
    out->destination = any_address();
    if (extended) {
        read_port(match, &i, &out->source);
        rc = read_addresses(match, &i, &out->destination);
        if (rc != RC_OK)
            return rc;
        read_port(match, &i, &out->destination);
    }
    out->source.protocol = out->destination.protocol = protocol;
    return RC_OK;
}

static enum rc add_entry(const struct apply *apply, struct draft_acl *acl, unsigned sequence,
                         const struct draft_acl_entry *like)
{
    size_t i = acl->entries.count;
    const struct draft_acl_entry *last = i ? acl->entries.at[i - 1] : NULL;
    if (!sequence)
        sequence = last ? last->sequence + SEQUENCE_STEP : SEQUENCE_STEP;
    while (i > 0 && ((struct draft_acl_entry *)acl->entries.at[i - 1])->sequence > sequence)
        i--;
    const struct draft_acl_entry *before = i ? acl->entries.at[i - 1] : NULL;
    if (before && before->sequence == sequence)
        return apply_error(apply, NULL, "line %u has sequence number %u already", before->body.line,
                           sequence);
    struct draft_acl_entry *entry = arena_alloc(apply->draft->scratch, sizeof *entry);
    if (!entry)
        return RC_NO_MEMORY;
    *entry = *like;
    entry->sequence = sequence;
    entry->body.line = apply->head->line;
    return draft_insert(apply->draft, &acl->entries, i, entry);
}

static bool same_entry(const struct acl_entry *a, const struct acl_entry *b)
{
    return a->permit == b->permit && selector_equal(&a->source, &b->source) &&
           selector_equal(&a->destination, &b->destination);
}

static enum rc remove_entry(const struct apply *apply, struct draft_acl *acl, unsigned sequence,
                            const struct acl_entry *like)
{
    for (size_t i = 0; i < acl->entries.count; i++) {
        const struct draft_acl_entry *entry = acl->entries.at[i];
        if (sequence ? entry->sequence == sequence : same_entry(&entry->body, like)) {
            draft_remove(&acl->entries, entry);
            return RC_OK;
        }
    }
    return apply_error(apply, NULL, "there is no such line to remove");
}

static enum rc apply_entry(struct apply *apply, struct draft_acl *acl, bool extended,
                           unsigned sequence)
{
    struct draft_acl_entry entry = {.refusal = NULL};
    enum rc rc = read_entry(apply->match, extended, &entry.body);
    if (rc != RC_OK && apply->negated)
        return apply_error(apply, NULL, "repeat the line to remove, or its number");
    if (rc != RC_OK) {
        entry.refusal = "a wildcard whose ones are not all at its end selects no single network";
        entry.column = apply->head->column;
    }
    if (apply->negated)
        return remove_entry(apply, acl, sequence, &entry.body);
    return add_entry(apply, acl, sequence, &entry);
}

static struct draft_acl *find_acl(struct apply *apply, const char *name)
{
    struct draft_acl *acl =
        draft_find_or_append(apply->draft, &apply->draft->acls, name, sizeof *acl);
    if (acl && !acl->body.line)
        acl->body.line = apply->head->line;
    return acl;
}

/* `no access-list N …` removes the whole list, as on IOS. */
static enum rc apply_numbered(struct apply *apply)
{
    const struct word *number = apply->match->arguments[1].word;
    if (apply->match->argument_count < 2)
        return apply_error(apply, NULL, "the number of the list is missing");
    bool extended = !token_is(apply->match->arguments[1].token, "<1-99>") &&
                    !token_is(apply->match->arguments[1].token, "<1300-1999>");
    if (apply->negated) {
        draft_remove(&apply->draft->acls, draft_find(&apply->draft->acls, number->text));
        return RC_OK;
    }
    struct draft_acl *acl = find_acl(apply, number->text);
    return acl ? apply_entry(apply, acl, extended, 0) : RC_NO_MEMORY;
}

static enum rc apply_named(struct apply *apply)
{
    const char *name = apply_text(apply, "ACL", 0);
    if (apply->negated) {
        draft_remove(&apply->draft->acls, name ? draft_find(&apply->draft->acls, name) : NULL);
        return RC_OK;
    }
    struct draft_acl *acl = find_acl(apply, name);
    apply->draft->object = acl;
    return acl ? RC_OK : RC_NO_MEMORY;
}

static unsigned sequence_of(const struct apply *apply)
{
    const char *number = apply_text(apply, "<1-2147483647>", 0);
    return number ? argument_number(number) : 0;
}

static enum rc apply_extended_line(struct apply *apply)
{
    return apply_entry(apply, apply->object, true, sequence_of(apply));
}

/* `no 10`: a line by its number alone. */
static enum rc apply_sequence(struct apply *apply)
{
    if (!apply->negated)
        return apply_error(apply, NULL, "\"permit\" or \"deny\" must follow");
    return remove_entry(apply, apply->object, sequence_of(apply), NULL);
}

static enum rc apply_standard_line(struct apply *apply)
{
    return apply_entry(apply, apply->object, false, sequence_of(apply));
}

static enum rc keep_refused(struct apply *apply, struct draft_acl *acl, unsigned sequence)
{
    struct draft_acl_entry entry = {
        .refusal = "access lists for VPN traffic are made of \"permit\" or \"deny\", a protocol, "
                   "addresses and \"eq\" with a port",
        .column = apply->head->column};
    if (apply->negated)
        return remove_entry(apply, acl, sequence, &entry.body);
    return add_entry(apply, acl, sequence, &entry);
}

static enum rc apply_other_numbered(struct apply *apply)
{
    struct draft_acl *acl;
    if (apply->negated)
        return apply_numbered(apply);
    acl = find_acl(apply, apply->match->arguments[1].word->text);
    return acl ? keep_refused(apply, acl, 0) : RC_NO_MEMORY;
}

static enum rc apply_other_line(struct apply *apply)
{
    return keep_refused(apply, apply->object, sequence_of(apply));
}

static const char *protocol_text(uint8_t protocol, char out[8])
{
    for (size_t i = 0; i < PROTOCOLS; i++)
        if (protocols[i].number == protocol)
            return protocols[i].keyword;
    snprintf(out, 8, "%u", protocol);
    return out;
}

static const char *addresses_text(const struct selector *selector, char out[SELECTOR_TEXT])
{
    struct prefix prefix;
    char address[ADDR_TEXT], wildcard[ADDR_TEXT], port[16] = "";
    if (selector->port)
        snprintf(port, sizeof port, " eq %u", selector->port);
    if (!selector_prefix(selector, &prefix) || prefix.len == 0)
        snprintf(out, SELECTOR_TEXT, "any%s", port);
    else if (prefix.len == 32)
        snprintf(out, SELECTOR_TEXT, "host %s%s", addr_format(prefix.addr, address), port);
    else
        snprintf(out, SELECTOR_TEXT, "%s %s%s", addr_format(prefix.addr, address),
                 addr_format(addr_v4(~addr_v4_value(prefix_mask(ADDR_V4, prefix.len))), wildcard),
                 port);
    return out;
}

static bool in_range(const struct acl *acl, const char *first, const char *second)
{
    return token_accepts((struct token){first, strlen(first)}, acl->name) ||
           token_accepts((struct token){second, strlen(second)}, acl->name);
}

static bool is_standard(const struct acl *acl)
{
    return in_range(acl, "<1-99>", "<1300-1999>");
}

const char *acl_entry_format(const struct acl *acl, const struct acl_entry *entry,
                             char out[ACL_ENTRY_TEXT])
{
    const char *verb = entry->permit ? "permit" : "deny";
    char source[SELECTOR_TEXT], destination[SELECTOR_TEXT], protocol[8];
    addresses_text(&entry->source, source);
    if (is_standard(acl))
        snprintf(out, ACL_ENTRY_TEXT, "%s %s", verb, source);
    else
        snprintf(out, ACL_ENTRY_TEXT, "%s %s %s %s", verb,
                 protocol_text(entry->source.protocol, protocol), source,
                 addresses_text(&entry->destination, destination));
    return out;
}

static void print_acl(struct printer *printer, const struct acl *acl)
{
    const bool standard = is_standard(acl);
    const bool numbered = standard || in_range(acl, "<100-199>", "<2000-2699>");
    char text[ACL_ENTRY_TEXT], head[64] = " ";
    if (numbered && acl->entry_count)
        snprintf(head, sizeof head, "access-list %s", acl->name);
    else
        printer_line(printer, "ip access-list %s %s", standard ? "standard" : "extended",
                     acl->name);
    for (size_t i = 0; i < acl->entry_count; i++)
        printer_line(printer, "%s %s", head, acl_entry_format(acl, &acl->entries[i], text));
}

static void print_acls(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->acl_count; i++)
        print_acl(printer, &config->acls[i]);
}

#define ADDRESSES "{any | host ADDR | ADDR WILDCARD}"
#define STANDARD  "{permit | deny} {any | host ADDR | ADDR [WILDCARD]} [log]"
#define EXTENDED                                                                                   \
    "{permit | deny} {ip | icmp | tcp | udp | gre | esp | ahp | <0-255>} " ADDRESSES               \
    " [eq PORT] " ADDRESSES " [eq PORT] [log | log-input]"

const struct row rows_acl[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "ip access-list extended ACL",
     .help = "Which traffic is meant, by source and destination",
     .apply = apply_named,
     .print = print_acls,
     .opens = MODE_ACL_EXTENDED},
    {.mode = MODE_GLOBAL,
     .syntax = "ip access-list standard ACL",
     .help = "Which networks are meant",
     .apply = apply_named,
     .opens = MODE_ACL_STANDARD},
    {.mode = MODE_ACL_EXTENDED,
     .syntax = "[<1-2147483647>] " EXTENDED,
     .help = "One line of the list; the first that matches decides",
     .apply = apply_extended_line},
    {.mode = MODE_ACL_EXTENDED, .syntax = "[<1-2147483647>] remark [REST]", .help = "A remark"},
    {.mode = MODE_ACL_EXTENDED,
     .syntax = "[<1-2147483647>] {permit | deny | evaluate | dynamic} REST",
     .help = "A line for other uses than a VPN",
     .apply = apply_other_line,
     .fallback = true},
    {.mode = MODE_ACL_EXTENDED,
     .syntax = "<1-2147483647>",
     .help = "With \"no\": remove the line of this number",
     .apply = apply_sequence},
    {.mode = MODE_ACL_STANDARD,
     .syntax = "<1-2147483647>",
     .help = "With \"no\": remove the line of this number",
     .apply = apply_sequence},
    {.mode = MODE_ACL_STANDARD,
     .syntax = "[<1-2147483647>] " STANDARD,
     .help = "One line of the list; the first that matches decides",
     .apply = apply_standard_line},
    {.mode = MODE_ACL_STANDARD, .syntax = "[<1-2147483647>] remark [REST]", .help = "A remark"},
    {.mode = MODE_ACL_STANDARD,
     .syntax = "[<1-2147483647>] {permit | deny} REST",
     .help = "A line for other uses than a VPN",
     .apply = apply_other_line,
     .fallback = true},
    {.mode = MODE_GLOBAL,
     .syntax = "access-list {<100-199> | <2000-2699>} " EXTENDED,
     .help = "A line of a numbered extended list",
     .apply = apply_numbered},
    {.mode = MODE_GLOBAL,
     .syntax = "access-list {<1-99> | <1300-1999>} " STANDARD,
     .help = "A line of a numbered standard list",
     .apply = apply_numbered},
    {.mode = MODE_GLOBAL,
     .syntax = "access-list {<200-1299> | compiled | dynamic-extended | rate-limit} [REST]",
     .help = "Lists of other protocols"},
    {.mode = MODE_GLOBAL, .syntax = "access-list <1-2699> remark [REST]", .help = "A remark"},
    {.mode = MODE_GLOBAL,
     .syntax = "access-list <1-2699> {permit | deny | dynamic} REST",
     .help = "A line for other uses than a VPN",
     .apply = apply_other_numbered,
     .fallback = true},
    {.syntax = NULL},
};
