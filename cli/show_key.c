/* The table of pre-shared keys (the documents on keyrings print it): all of it but the keys. */
#include "cli/show_profile.h"

#include "cli/document.h"
#include "cli/running.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

enum { KEYRING_COLUMN = 12, PEER_COLUMN = 43 };

/* Text of the configuration in a column, at least one blank behind it. */
static void column(struct sink *out, const char *text, size_t width)
{
    size_t before = out->len;
    running_safe(out, text, strlen(text));
    size_t used = out->len - before;
    sink_format(out, "%*s", (int)(used < width ? width - used + 1 : 1), "");
}

/* One host stands alone, a net with its mask in brackets. */
static const char *peer_text(const struct keyring_entry *entry, char out[SELECTOR_TEXT])
{
    const struct prefix prefix = entry->prefix;
    char address[ADDR_TEXT], mask[ADDR_TEXT];
    const size_t bits = addr_len(prefix.addr.family) * 8;
    if (prefix.len == bits)
        snprintf(out, SELECTOR_TEXT, "%s", addr_format(prefix.addr, address));
    else if (prefix.addr.family == ADDR_V6)
        snprintf(out, SELECTOR_TEXT, "%s/%u", addr_format(prefix.addr, address), prefix.len);
    else
        snprintf(out, SELECTOR_TEXT, "%-18s [%s]", addr_format(prefix.addr, address),
                 addr_format(prefix_mask(ADDR_V4, prefix.len), mask));
    return out;
}

/* What goes with the key. */
static void attributes(struct sink *out, const struct keyring_entry *entry)
{
    if (entry->name) {
        sink_text(out, "  name ");
        running_safe(out, entry->name, strlen(entry->name));
    }
    if (entry->identity) {
        sink_text(out, "  identity ");
        show_identity_match(out, entry->identity);
    }
    if (entry->no_xauth)
        sink_text(out, "  no-xauth");
}

static void row(struct sink *out, const struct keyring *keyring, const struct keyring_entry *entry)
{
    char peer[SELECTOR_TEXT];
    column(out, keyring->name, KEYRING_COLUMN);
    column(out, entry->kind == KEY_FOR_HOSTNAME ? entry->hostname : peer_text(entry, peer),
           PEER_COLUMN);
    sink_text(out, PRINTER_HIDDEN);
    attributes(out, entry);
    sink_char(out, '\n');
}

void show_keys(struct sink *out, const struct config *config)
{
    sink_format(out, "%-*s %-*s Preshared Key\n\n", KEYRING_COLUMN, "Keyring", PEER_COLUMN,
                "Hostname/Address");
    for (size_t i = 0; i < config->keyring_count; i++)
        for (size_t k = 0; k < config->keyrings[i].entry_count; k++)
            row(out, &config->keyrings[i], &config->keyrings[i].entries[k]);
}

static json_t *row_json(const struct keyring *keyring, const struct keyring_entry *entry)
{
    char prefix[PREFIX_TEXT];
    const bool host = entry->kind == KEY_FOR_HOSTNAME;
    return json_pack("{so,ss,so,so,so,sb,si}", "keyring", document_text(keyring->name), "type",
                     host ? "hostname" : "address", "peer",
                     document_text(host ? entry->hostname : prefix_format(entry->prefix, prefix)),
                     "name", document_text(entry->name ? entry->name : ""), "identity",
                     entry->identity ? show_identity_match_json(entry->identity) : json_null(),
                     "no_xauth", (int)entry->no_xauth, "line", (int)entry->line);
}

json_t *show_keys_json(const struct config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->keyring_count; i++)
        for (size_t k = 0; k < config->keyrings[i].entry_count; k++)
            array = document_add(array,
                                 row_json(&config->keyrings[i], &config->keyrings[i].entries[k]));
    return array;
}
