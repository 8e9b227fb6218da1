/* Parts joined by slashes; a slash, percent sign or what is not printable inside a part is written
 * as %NN, so that no two lists of parts give one name, and no log has to escape it again. A name
 * that would be too long ends in a digest of the whole. */
#include "ike/principal.h"

#include "crypto/hash.h"

#include <stdio.h>

enum { DIGEST_OCTETS = 16, PARTS_MAX = 4, TAIL = 1 + 2 * DIGEST_OCTETS };

static bool is_plain(unsigned char octet)
{
    return octet > 0x20 && octet < 0x7f && octet != '/' && octet != '%' && octet != '\\';
}

/* Append an octet, escaped where it must be; false: no room. */
static bool put(char out[LEASE_PRINCIPAL], size_t *at, unsigned char octet, bool separator)
{
    static const char hex[] = "0123456789abcdef";
    if (*at + 4 > LEASE_PRINCIPAL)
        return false;
    if (separator || is_plain(octet)) {
        out[(*at)++] = (char)octet;
        return true;
    }
    out[(*at)++] = '%';
    out[(*at)++] = hex[octet >> 4];
    out[(*at)++] = hex[octet & 15];
    return true;
}

/* A digest in place of the end: 128 bits, since users choose their names. */
static void end_in_digest(const struct span *parts, size_t count, char out[LEASE_PRINCIPAL])
{
    uint8_t digest[HASH_MAX] = {0};
    char *at = &out[LEASE_PRINCIPAL - TAIL - 1];
    if (hash_compute(HASH_SHA256, parts, count, digest) != RC_OK)
        memset(digest, 0, sizeof digest); /* the name is cut, which is all that is left */
    *at++ = '~';
    for (size_t i = 0; i < DIGEST_OCTETS; i++)
        at += snprintf(at, 3, "%02x", digest[i]);
}

static void join(const char *const *texts, size_t count, char out[LEASE_PRINCIPAL])
{
    struct span parts[PARTS_MAX];
    size_t at = 0;
    bool fits = true;
    for (size_t i = 0; i < count; i++) {
        parts[i] = (struct span){(const uint8_t *)texts[i], strlen(texts[i]) + 1};
        if (i)
            fits = fits && put(out, &at, '/', true);
        for (const char *c = texts[i]; *c && fits; c++)
            fits = put(out, &at, (unsigned char)*c, false);
    }
    out[at] = '\0';
    if (fits)
        return;
    memset(out + at, '.', LEASE_PRINCIPAL - at);
    end_in_digest(parts, count, out);
}

void principal_of_user(const char *group, const char *user, char out[LEASE_PRINCIPAL])
{
    const char *const parts[] = {group, user};
    join(parts, 2, out);
}

void principal_of_member(const char *group, struct endpoint from, char out[LEASE_PRINCIPAL])
{
    char text[ENDPOINT_TEXT];
    const char *const parts[] = {group, "", endpoint_format(from, text)};
    join(parts, 3, out);
}

void principal_of_key(const char *ring, const char *entry, const char *identity,
                      char out[LEASE_PRINCIPAL])
{
    const char *const parts[] = {"key", ring, entry, identity};
    join(parts, 4, out);
}

void principal_of_entry(const char *ring, const char *entry, char out[LEASE_PRINCIPAL])
{
    const char *const parts[] = {"key", ring, entry};
    join(parts, 3, out);
}

void principal_key_entry(const struct keyring_entry *entry, char out[NAME_MAX_LEN])
{
    char net[PREFIX_TEXT];
    const char *name = entry->name;
    if (!name)
        name =
            entry->kind == KEY_FOR_HOSTNAME ? entry->hostname : prefix_format(entry->prefix, net);
    if (entry->ordinal > 1)
        snprintf(out, NAME_MAX_LEN, "%.*s#%u", NAME_MAX_LEN - 12, name, entry->ordinal);
    else
        snprintf(out, NAME_MAX_LEN, "%.*s", NAME_MAX_LEN - 1, name);
}
