/* Pre-shared keys: in keyrings, and global ones. */
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

#define NOT_YET "not supported yet"

static bool same_peer(const struct keyring_entry *a, const struct keyring_entry *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == KEY_FOR_ADDRESS ? prefix_equal(a->prefix, b->prefix)
                                      : strcmp(a->hostname, b->hostname) == 0;
}

static enum rc read_peer(const struct apply *apply, struct keyring_entry *entry)
{
    const char *host = apply_text(apply, "HOST", 0);
    entry->line = apply->head->line;
    if (!host) {
        entry->kind = KEY_FOR_ADDRESS;
        return apply_prefix(apply, &entry->prefix);
    }
    entry->kind = KEY_FOR_HOSTNAME;
    entry->hostname = draft_text(apply->draft, host);
    return entry->hostname ? RC_OK : RC_NO_MEMORY;
}

static enum rc remove_key(const struct apply *apply, struct draft_keyring *keyring,
                          const struct keyring_entry *like)
{
    size_t before = keyring->entries.count;
    for (size_t i = keyring->entries.count; i-- > 0;)
        if (same_peer(keyring->entries.at[i], like))
            draft_remove(&keyring->entries, keyring->entries.at[i]);
    if (keyring->entries.count == before)
        return apply_error(apply, NULL, "there is no such key to remove");
    return RC_OK;
}

static enum rc apply_key_to(struct apply *apply, struct draft_keyring *keyring)
{
    struct keyring_entry entry = {.no_xauth = apply_has(apply, "no-xauth")};
    if (apply->negated && !apply_text(apply, "ADDR", 0) && !apply_text(apply, "PREFIX6", 0) &&
        !apply_text(apply, "HOST", 0))
        return apply_error(apply, NULL, "say whose key: address or hostname");
    enum rc rc = read_peer(apply, &entry);
    if (rc != RC_OK)
        return rc;
    if (apply->negated)
        return remove_key(apply, keyring, &entry);
    rc = apply_secret(apply, &entry.secret);
    if (rc != RC_OK)
        return rc;
    const char *name = apply_text(apply, "BRANCH", 0);
    entry.name = name ? draft_text(apply->draft, name) : NULL;
    if (name && !entry.name)
        return RC_NO_MEMORY;
    struct keyring_entry *kept = draft_append(apply->draft, &keyring->entries, sizeof *kept);
    if (!kept)
        return RC_NO_MEMORY;
    *kept = entry;
    return RC_OK;
}

static enum rc apply_global_key(struct apply *apply)
{
    return apply_key_to(apply, apply->draft->keyrings.at[0]);
}

static enum rc apply_keyring_key(struct apply *apply)
{
    return apply_key_to(apply, apply->object);
}

static const struct {
    const char *placeholder;
    enum identity_match_kind kind;
    const char *word;
} identities[] = {{"HOST", MATCH_HOST, "fqdn"},
                  {"USERFQDN", MATCH_USER, "user-fqdn"},
                  {"KEYID", MATCH_GROUP, "key-id"}};
enum { IDENTITIES = sizeof identities / sizeof *identities };

static enum rc read_identity(const struct apply *apply, struct identity_match *out)
{
    out->line = apply->head->line;
    out->kind = MATCH_ADDRESS;
    if (apply_text(apply, "ADDR", 0) || apply_text(apply, "PREFIX6", 0))
        return apply_prefix(apply, &out->prefix);
    for (size_t i = 0; i < IDENTITIES; i++) {
        const char *text = apply_text(apply, identities[i].placeholder, 0);
        if (!text)
            continue;
        out->kind = identities[i].kind;
        out->text = draft_text(apply->draft, text);
        return out->text ? RC_OK : RC_NO_MEMORY;
    }
    return apply_error(apply, NULL, "say which identity");
}

/* Of the key in the line before. */
static enum rc apply_key_identity(struct apply *apply)
{
    struct draft_keyring *keyring = apply->object;
    if (!keyring->entries.count)
        return apply_error(apply, NULL,
                           "there is no key before this line to which it could belong");
    struct keyring_entry *entry = keyring->entries.at[keyring->entries.count - 1];
    entry->identity = NULL;
    if (apply->negated)
        return RC_OK;
    struct identity_match *match = arena_alloc(apply->draft->arena, sizeof *match);
    if (!match)
        return RC_NO_MEMORY;
    entry->identity = match;
    return read_identity(apply, match);
}

static enum rc apply_keyring(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const struct word *name = match_word(apply->match, "KEYRING", 0);
    if (!name || strcmp(name->text, "default") == 0)
        return apply_error(apply, name,
                           "\"default\" is the keyring of the global keys: use "
                           "\"crypto isakmp key\"");
    if (apply->negated) {
        draft_remove(&draft->keyrings, draft_find(&draft->keyrings, name->text));
        return RC_OK;
    }
    struct draft_keyring *keyring =
        draft_find_or_append(draft, &draft->keyrings, name->text, sizeof *keyring);
    if (!keyring)
        return RC_NO_MEMORY;
    if (!keyring->body.line)
        keyring->body.line = apply->head->line;
    draft->object = keyring;
    return RC_OK;
}

static const char *peer_text(const struct keyring_entry *entry, char out[SELECTOR_TEXT])
{
    if (entry->kind == KEY_FOR_ADDRESS)
        return printer_address(entry->prefix, out);
    snprintf(out, SELECTOR_TEXT, "hostname %.100s", entry->hostname);
    return out;
}

static void print_identity(struct printer *printer, const struct identity_match *match)
{
    char address[SELECTOR_TEXT];
    if (match && match->kind == MATCH_ADDRESS)
        printer_line(printer, "  hubward identity %s", printer_address(match->prefix, address));
    for (size_t i = 0; match && i < IDENTITIES; i++)
        if (identities[i].kind == match->kind)
            printer_line(printer, "  hubward identity %s %s", identities[i].word, match->text);
}

static void print_keyrings(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    char peer[SELECTOR_TEXT];
    (void)row;
    for (size_t i = 1; i < config->keyring_count; i++) {
        const struct keyring *keyring = &config->keyrings[i];
        printer_line(printer, "crypto keyring %s", keyring->name);
        for (size_t k = 0; k < keyring->entry_count; k++) {
            const struct keyring_entry *entry = &keyring->entries[k];
            printer_line(printer, "  pre-shared-key %s key %s%s%s", peer_text(entry, peer),
                         printer_hidden(printer, entry->secret), entry->name ? " name " : "",
                         entry->name ? entry->name : "");
            print_identity(printer, entry->identity);
        }
    }
}

static void print_global_keys(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    char peer[SELECTOR_TEXT];
    (void)row;
    for (size_t i = 0; i < config->keyrings[0].entry_count; i++) {
        const struct keyring_entry *entry = &config->keyrings[0].entries[i];
        printer_line(printer, "crypto isakmp key %s %s%s", printer_hidden(printer, entry->secret),
                     peer_text(entry, peer), entry->no_xauth ? " no-xauth" : "");
    }
}

#define PEER_OF_KEY "{address ADDR [MASK] | address ipv6 PREFIX6 | hostname HOST}"

const struct row rows_key[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto keyring KEYRING",
     .help = "Pre-shared keys that profiles can name",
     .apply = apply_keyring,
     .print = print_keyrings,
     .opens = MODE_KEYRING},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto keyring KEYRING vrf REST",
     .help = "Keys of one VRF",
     .refuse = "VRFs are not supported: run one hub per VRF"},
    {.mode = MODE_KEYRING,
     .syntax = "pre-shared-key " PEER_OF_KEY " key [0 | 6 | 7] SECRET [name BRANCH]",
     .help = "The key of a peer, or of all peers in a network",
     .apply = apply_keyring_key},
    {.mode = MODE_KEYRING, .syntax = "description LINE", .help = "A remark"},
    {.mode = MODE_KEYRING,
     .syntax = "local-address REST",
     .help = "Use the keyring at one address of the router only",
     .refuse = NOT_YET},
    {.mode = MODE_KEYRING,
     .syntax = "rsa-pubkey REST",
     .help = "A peer's RSA key",
     .refuse = NOT_YET ": use pre-shared keys"},
    {.mode = MODE_KEYRING,
     .syntax = "hubward identity {address ADDR [MASK] | address ipv6 PREFIX6 | fqdn HOST | "
               "user-fqdn USERFQDN | key-id KEYID}",
     .help = "What the peer with the key of the line before must call itself",
     .apply = apply_key_identity},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp key [0 | 6 | 7] SECRET " PEER_OF_KEY " [no-xauth]",
     .help = "A global pre-shared key",
     .apply = apply_global_key,
     .print = print_global_keys},
    {.syntax = NULL},
};
