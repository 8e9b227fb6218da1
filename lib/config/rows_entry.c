/* What stands inside an entry of a crypto map or a dynamic map. */
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NOT_YET "not supported yet"

static bool same_peer(const struct map_peer *a, const struct map_peer *b)
{
    if (!a->host != !b->host)
        return false;
    return a->host ? strcasecmp(a->host, b->host) == 0 : addr_equal(a->addr, b->addr);
}

/* Takes the peer off the list; one that is named again goes to its end. */
static void remove_peer(struct map_entry *entry, const struct map_peer *peer)
{
    size_t kept = 0;
    for (size_t i = 0; i < entry->peer_count; i++)
        if (!same_peer(&entry->peers[i], peer))
            entry->peers[kept++] = entry->peers[i];
    entry->peer_count = kept;
}

static enum rc change_peers(const struct apply *apply, const struct word *word,
                            const struct map_peer *peer)
{
    struct map_entry *entry = &((struct draft_entry *)apply->object)->body;
    remove_peer(entry, peer);
    if (apply->negated)
        return RC_OK;
    if (entry->peer_count == MAP_PEERS)
        return apply_error(apply, word, "an entry has at most %d peers", MAP_PEERS);
    for (size_t i = 0; i < entry->peer_count && peer->preferred; i++)
        entry->peers[i].preferred = false;
    entry->peers[entry->peer_count++] = *peer;
    return RC_OK;
}

static enum rc apply_peer(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    const struct word *word = match_word(apply->match, "ADDR", 0);
    struct map_peer peer = {.preferred = apply_has(apply, "default")};
    if (!word) { /* no set peer */
        entry->body.peer_count = 0;
        return RC_OK;
    }
    if (addr_parse(word->text, &peer.addr) != RC_OK)
        return apply_error(apply, word, "this is not an address");
    return change_peers(apply, word, &peer);
}

static enum rc apply_named_peer(struct apply *apply)
{
    const struct word *word = match_word(apply->match, "HOST", 0);
    struct map_peer peer = {.follow = apply_has(apply, "dynamic"),
                            .preferred = apply_has(apply, "default")};
    if (!word || strlen(word->text) > MAP_HOST_MOST)
        return apply_error(apply, word, "a host name has at most %d characters", MAP_HOST_MOST);
    peer.host = draft_text(apply->draft, word->text);
    return peer.host ? change_peers(apply, word, &peer) : RC_NO_MEMORY;
}

static enum rc apply_idle(struct apply *apply)
{
    struct draft_entry *entry = apply->object;
    const char *seconds = apply_text(apply, "<60-86400>", 0);
    entry->body.idle_s = !apply->negated && seconds ? argument_number(seconds) : 0;
    entry->body.idle_default = !apply->negated && apply_has(apply, "default");
    return RC_OK;
}

static enum rc apply_reverse(struct apply *apply)
{
    struct map_reverse *reverse = &((struct draft_entry *)apply->object)->body.reverse;
    const struct word *gateway = match_word(apply->match, "ADDR", 0);
    const char *tag = apply_text(apply, "<1-4294967295>", 0);
    if (apply->negated) {
        *reverse = (struct map_reverse){.on = false};
        return RC_OK;
    }
    reverse->on = true;
    reverse->fixed = reverse->fixed || apply_has(apply, "static");
    reverse->remote_peer = reverse->remote_peer || apply_has(apply, "remote-peer");
    if (tag)
        reverse->tag = argument_number(tag);
    if (gateway && addr_parse(gateway->text, &reverse->gateway) != RC_OK)
        return apply_error(apply, gateway, "this is not an address");
    return RC_OK;
}

static enum rc apply_reverse_setting(struct apply *apply)
{
    struct map_reverse *reverse = &((struct draft_entry *)apply->object)->body.reverse;
    const char *distance = apply_text(apply, "<1-255>", 0);
    const char *tag = apply_text(apply, "<1-4294967295>", 0);
    if (apply_has(apply, "distance"))
        reverse->distance = !apply->negated && distance ? argument_number(distance) : 0;
    if (apply_has(apply, "tag"))
        reverse->tag = !apply->negated && tag ? argument_number(tag) : 0;
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
    for (size_t i = 0; i < entry->peer_count; i++) {
        const struct map_peer *peer = &entry->peers[i];
        printer_line(printer, "  set peer %s%s%s",
                     peer->host ? peer->host : addr_format(peer->addr, text),
                     peer->follow ? " dynamic" : "", peer->preferred ? " default" : "");
    }
}

static void print_idle(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_entry *entry = object;
    (void)row;
    if (entry->idle_s)
        printer_line(printer, "  set security-association idle-time %u%s", entry->idle_s,
                     entry->idle_default ? " default" : "");
}

static void print_reverse(struct printer *printer, const struct row *row, const void *object)
{
    const struct map_reverse *reverse = &((const struct map_entry *)object)->reverse;
    char text[ADDR_TEXT];
    bool gateway = reverse->gateway.family != ADDR_NONE;
    (void)row;
    if (reverse->on)
        printer_line(printer, "  reverse-route%s%s%s%s", reverse->remote_peer ? " remote-peer" : "",
                     gateway ? " " : "", gateway ? addr_format(reverse->gateway, text) : "",
                     reverse->fixed ? " static" : "");
    if (reverse->distance)
        printer_line(printer, "  set reverse-route distance %u", reverse->distance);
    if (reverse->tag)
        printer_line(printer, "  set reverse-route tag %u", reverse->tag);
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
     .help = "The other end; several lines are tried in turn, the default one first",
     .apply = apply_peer,
     .print = print_peers},
    {.mode = MODE_ENTRY,
     .syntax = "set peer HOST [dynamic] [default]",
     .help = "The other end by name; dynamic: it is followed at once when its address changes",
     .apply = apply_named_peer},
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
     .syntax = "reverse-route [static]",
     .help = "A route to the peer's networks while the tunnel is up; static: all the time",
     .apply = apply_reverse,
     .print = print_reverse},
    {.mode = MODE_ENTRY,
     .syntax = "reverse-route remote-peer [ADDR] [gateway] [static]",
     .help = "The same; what is sent to the peer itself goes the machine's own way in any case",
     .apply = apply_reverse},
    {.mode = MODE_ENTRY,
     .syntax = "reverse-route tag <1-4294967295> [static]",
     .help = "The same, with a tag, which is kept and means nothing here",
     .apply = apply_reverse},
    {.mode = MODE_ENTRY,
     .syntax = "set reverse-route {distance <1-255> | tag <1-4294967295>}",
     .help = "Of those routes; kept, and without meaning here: they stand in a table of their own",
     .apply = apply_reverse_setting},
    {.mode = MODE_ENTRY,
     .syntax = "set reverse-route",
     .help = "The same as reverse-route",
     .apply = apply_reverse},
    {.mode = MODE_ENTRY,
     .syntax = "set security-association idle-time <60-86400> [default]",
     .help = "A tunnel without traffic for so many seconds ends; default: the next one begins with "
             "the default peer",
     .standard = "it stays",
     .apply = apply_idle,
     .print = print_idle},
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
     .syntax = "set security-association {level | replay | dummy} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_ENTRY,
     .syntax = "set {nat | aggressive-mode | ip | df-bit} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.syntax = NULL},
};
