/* What stands inside an entry of a crypto map or a dynamic map. */
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

#define NOT_YET "not supported yet"

static enum rc apply_peer(struct apply *apply)
{
    struct map_entry *entry = &((struct draft_entry *)apply->object)->body;
    const struct word *word = match_word(apply->match, "ADDR", 0);
    struct addr peer;
    if (!word) { /* no set peer */
        entry->peer_count = 0;
        return RC_OK;
    }
    if (addr_parse(word->text, &peer) != RC_OK)
        return apply_error(apply, word, "this is not an address");
    size_t kept = 0;
    for (size_t i = 0; i < entry->peer_count; i++)
        if (!addr_equal(entry->peers[i], peer))
            entry->peers[kept++] = entry->peers[i];
    if (!apply->negated && kept == entry->peer_count) {
        if (kept == MAP_PEERS)
            return apply_error(apply, word, "an entry has at most %d peers", MAP_PEERS);
        entry->peers[kept++] = peer;
        entry->peer_count = kept;
    } else if (apply->negated) {
        entry->peer_count = kept;
    } else {
        entry->peers[kept] = peer; /* named twice: it goes to the end once */
    }
    return RC_OK;
}

static enum rc apply_sets(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    const struct word *word;
    entry->sets.count = 0; /* a new line replaces the old one, as on IOS */
    for (size_t i = 0; !apply->negated && (word = match_word(apply->match, "SET", i)); i++) {
        if (i == MAP_SETS)
            return apply_error(apply, word, "an entry has at most %d transform sets", MAP_SETS);
        struct reference *reference = draft_append(apply->draft, &entry->sets, sizeof *reference);
        if (!reference || apply_refer(apply, word, reference) != RC_OK)
            return RC_NO_MEMORY;
    }
    return RC_OK;
}

static enum rc apply_pfs(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    size_t last = apply->match->argument_count - 1;
    const char *word = apply->match->arguments[last].token.at;
    bool named = strncmp(word, "group", 5) == 0;
    /* IOS: `set pfs` alone means group 1. */
    entry->body.pfs_group = apply->negated ? 0 : named ? (uint16_t)argument_number(word + 5) : 1;
    return RC_OK;
}

static enum rc apply_entry_lifetime(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    const char *seconds = apply_text(apply, "<120-2592000>", 0);
    const char *kilobytes = apply_text(apply, "<2560-536870912>", 0);
    if (apply->negated && !seconds && !kilobytes && !apply_has(apply, "kilobytes"))
        entry->body.lifetime_s = 0;
    if (apply->negated && !seconds && !kilobytes && !apply_has(apply, "seconds"))
        entry->body.lifetime_kb = 0;
    if (seconds)
        entry->body.lifetime_s = apply->negated ? 0 : argument_number(seconds);
    if (kilobytes)
        entry->body.lifetime_kb = apply->negated ? 0 : argument_number(kilobytes);
    return RC_OK;
}

static void print_peers(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    char text[ADDR_TEXT];
    (void)row;
    for (size_t i = 0; i < entry->peer_count; i++)
        printer_line(printer, "  set peer %s", addr_format(entry->peers[i], text));
}

static void print_sets(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    char line[1024] = "";
    size_t n = 0;
    (void)row;
    for (size_t i = 0; i < entry->set_count && n < sizeof line; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, " %s", entry->sets[i]->name);
    if (entry->set_count)
        printer_line(printer, "  set transform-set%s", line);
}

static void print_pfs(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    (void)row;
    if (entry->pfs_group)
        printer_line(printer, "  set pfs group%u", entry->pfs_group);
}

static void print_entry_lifetime(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    (void)row;
    if (entry->lifetime_s)
        printer_line(printer, "  set security-association lifetime seconds %u", entry->lifetime_s);
    if (entry->lifetime_kb)
        printer_line(printer, "  set security-association lifetime kilobytes %llu",
                     (unsigned long long)entry->lifetime_kb);
}

const struct row rows_entry[] = {
    {.mode = MODE_ENTRY, .syntax = "description LINE", .help = "A remark"},
    {.mode = MODE_ENTRY, .syntax = "qos pre-classify", .help = "Classify before encryption"},
    {.mode = MODE_ENTRY,
     .syntax = "set peer ADDR [default]",
     .help = "The other end; several lines are tried in turn",
     .apply = apply_peer,
     .print = print_peers},
    {.mode = MODE_ENTRY,
     .syntax = "set peer HOST [REST]",
     .help = "The other end by name",
     .refuse = "host names are " NOT_YET " here: write the address"},
    {.mode = MODE_ENTRY,
     .syntax = "set transform-set SET...",
     .help = "The protections to offer, best first",
     .apply = apply_sets,
     .print = print_sets},
    {.mode = MODE_ENTRY,
     .syntax = "set isakmp-profile PROFILE",
     .help = "Only peers of this profile",
     .standard = "any peer",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_entry, profile),
     .shown = offsetof(struct map_entry, profile)},
    {.mode = MODE_ENTRY,
     .syntax = "set pfs [group1 | group2 | group5 | group14 | group15 | group16 | group19 | "
               "group20 | group21 | group31]",
     .help = "A Diffie-Hellman exchange for each phase 2",
     .standard = "none; \"set pfs\" alone is group1",
     .apply = apply_pfs,
     .print = print_pfs},
    {.mode = MODE_ENTRY,
     .syntax = "set security-association lifetime {seconds <120-2592000> | "
               "kilobytes <2560-536870912>}",
     .help = "When phase 2 is renewed",
     .standard = "the global setting",
     .apply = apply_entry_lifetime,
     .print = print_entry_lifetime},
    {.mode = MODE_ENTRY,
     .syntax = "match address ACL",
     .help = "The traffic of this tunnel",
     .standard = "what the peer proposes (dynamic maps only)",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_entry, match),
     .shown = offsetof(struct map_entry, match)},
    {.mode = MODE_ENTRY,
     .syntax = "reverse-route",
     .help = "A route to the peer's networks while the tunnel is up",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_entry, body.reverse_route),
     .shown = offsetof(struct map_entry, reverse_route)},
    {.mode = MODE_ENTRY,
     .syntax = "set reverse-route",
     .help = "The same as reverse-route",
     .apply = apply_flag,
     .field = offsetof(struct draft_entry, body.reverse_route)},
    {.mode = MODE_ENTRY,
     .syntax = "set identity IDENTITY",
     .help = "Only peers whose identity stands in this list",
     .standard = "any peer",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_entry, identity),
     .shown = offsetof(struct map_entry, identity)},
    {.mode = MODE_ENTRY,
     .syntax = "set security-association replay window-size {64 | 128 | 256 | 512 | 1024}",
     .help = "How far packets may overtake each other; Hubward always takes 1024",
     .standard = "1024",
     .apply = apply_nothing},
    {.mode = MODE_ENTRY,
     .syntax = "set security-association {level | idle-time | replay | dummy} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_ENTRY,
     .syntax = "set {nat | aggressive-mode | ip | df-bit} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_ENTRY,
     .syntax =
         "{set reverse-route | reverse-route} {static | remote-peer | tag | distance | gateway} "
         "[REST]",
     .help = "Settings of later releases",
     .refuse = NOT_YET ": write \"reverse-route\" alone"},
    {.syntax = NULL},
};
