/* Identities: reading, comparing, turning into selectors and text. */
#include "select/identity.h"

#include <stdio.h>

enum { ID_HEADER = 4 };

/* What each type is: the octets an address type must have, how it prints, its name in debugs. */
struct type_row {
    uint8_t type;
    uint8_t len; /* 0: any */
    enum addr_family family;
    const char *word; /* before the text; "" for address types */
};
static const struct type_row types[] = {
    {ID_IPV4_ADDR, 4, ADDR_V4, ""},
    {ID_FQDN, 0, ADDR_NONE, "fqdn"},
    {ID_USER_FQDN, 0, ADDR_NONE, "user-fqdn"},
    {ID_IPV4_ADDR_SUBNET, 8, ADDR_V4, ""},
    {ID_IPV6_ADDR, 16, ADDR_V6, ""},
    {ID_IPV6_ADDR_SUBNET, 32, ADDR_V6, ""},
    {ID_IPV4_ADDR_RANGE, 8, ADDR_V4, ""},
    {ID_IPV6_ADDR_RANGE, 32, ADDR_V6, ""},
    {ID_DER_ASN1_DN, 0, ADDR_NONE, "dn"},
    {ID_DER_ASN1_GN, 0, ADDR_NONE, "gn"},
    {ID_KEY_ID, 0, ADDR_NONE, "key-id"},
};

static const struct type_row *row_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

enum rc identity_parse(struct span body, struct identity *out)
{
    struct cursor c = cursor_over(body);
    struct identity identity = {.type = cursor_u8(&c)};
    identity.protocol = cursor_u8(&c);
    identity.port = cursor_u16(&c);
    if (c.bad)
        return RC_SHORT;
    size_t len = cursor_left(&c);
    const struct type_row *row = row_of(identity.type);
    if (len > IDENTITY_DATA_MAX || (row && row->len && row->len != len))
        return RC_MALFORMED;
    identity.len = (uint8_t)len;
    cursor_copy(&c, identity.data, len);
    *out = identity;
    return RC_OK;
}

void identity_put(struct builder *b, const struct identity *identity)
{
    builder_u8(b, identity->type);
    builder_u8(b, identity->protocol);
    builder_u16(b, identity->port);
    builder_bytes(b, identity->data, identity->len);
}

struct identity identity_of_addr(struct addr addr)
{
    struct identity identity = {.type = ID_NONE, .len = (uint8_t)addr_len(addr.family)};
    if (addr.family != ADDR_NONE)
        identity.type = addr.family == ADDR_V4 ? ID_IPV4_ADDR : ID_IPV6_ADDR;
    memcpy(identity.data, addr.bytes, identity.len);
    return identity;
}

struct identity identity_of_text(enum identity_type type, const char *text)
{
    struct identity identity = {.type = (uint8_t)type};
    size_t len = strlen(text);
    identity.len = (uint8_t)(len < IDENTITY_DATA_MAX ? len : IDENTITY_DATA_MAX);
    memcpy(identity.data, text, identity.len);
    return identity;
}

struct span identity_data(const struct identity *identity)
{
    return (struct span){identity->data, identity->len};
}

/* The nth address in the data of an address type. */
static struct addr addr_at(const struct identity *identity, enum addr_family family, size_t nth)
{
    struct addr addr = {.family = ADDR_NONE};
    size_t len = addr_len(family);
    if (len && identity->len >= (nth + 1) * len) {
        addr.family = family;
        memcpy(addr.bytes, identity->data + nth * len, len);
    }
    return addr;
}

struct addr identity_addr(const struct identity *identity)
{
    if (identity->type == ID_IPV4_ADDR && identity->len == 4)
        return addr_at(identity, ADDR_V4, 0);
    if (identity->type == ID_IPV6_ADDR && identity->len == 16)
        return addr_at(identity, ADDR_V6, 0);
    return (struct addr){.family = ADDR_NONE};
}

static enum rc subnet_selector(struct addr net, struct addr mask, struct selector *out)
{
    uint8_t len;
    enum rc rc = prefix_len_of_mask(mask, &len);
    if (rc == RC_OK)
        *out = selector_of_prefix(prefix_of(net, len));
    return rc;
}

static enum rc range_selector(struct addr first, struct addr last, struct selector *out)
{
    if (addr_compare(first, last) > 0)
        return RC_MALFORMED;
    *out = (struct selector){.first = first, .last = last};
    return RC_OK;
}

enum rc identity_selector(const struct identity *identity, struct selector *out)
{
    const struct type_row *row = row_of(identity->type);
    if (!row || row->family == ADDR_NONE)
        return RC_UNSUPPORTED;
    if (identity->len != row->len)
        return RC_MALFORMED;
    struct addr a = addr_at(identity, row->family, 0);
    struct addr b = addr_at(identity, row->family, 1);
    struct selector selector = selector_of_addr(a);
    enum rc rc = RC_OK;
    if (row->type == ID_IPV4_ADDR_SUBNET || row->type == ID_IPV6_ADDR_SUBNET)
        rc = subnet_selector(a, b, &selector);
    else if (row->type == ID_IPV4_ADDR_RANGE || row->type == ID_IPV6_ADDR_RANGE)
        rc = range_selector(a, b, &selector);
    if (rc != RC_OK)
        return rc;
    selector.protocol = identity->protocol;
    selector.port = identity->port;
    *out = selector;
    return RC_OK;
}

struct identity identity_of_selector(const struct selector *selector)
{
    enum addr_family family = selector->first.family;
    struct identity identity = identity_of_addr(selector->first);
    struct addr second = selector->last;
    struct prefix prefix;
    identity.protocol = selector->protocol;
    identity.port = selector->port;
    if (family == ADDR_NONE || addr_equal(selector->first, selector->last))
        return identity;
    identity.type = family == ADDR_V4 ? ID_IPV4_ADDR_RANGE : ID_IPV6_ADDR_RANGE;
    if (selector_prefix(selector, &prefix)) {
        identity.type = family == ADDR_V4 ? ID_IPV4_ADDR_SUBNET : ID_IPV6_ADDR_SUBNET;
        second = prefix_mask(family, prefix.len);
    }
    memcpy(identity.data + identity.len, second.bytes, addr_len(family));
    identity.len = (uint8_t)(identity.len * 2);
    return identity;
}

/* Printable ASCII as it is, the rest and the backslash as \xNN; cut at a whole octet. */
static void append_escaped(char *out, size_t size, struct span octets)
{
    size_t at = strlen(out);
    for (size_t i = 0; i < octets.len; i++) {
        uint8_t octet = octets.at[i];
        bool plain = octet >= 0x20 && octet < 0x7f && octet != '\\';
        if (at + (plain ? 1 : 4) >= size)
            return;
        at += (size_t)snprintf(out + at, size - at, plain ? "%c" : "\\x%02x", octet);
    }
}

const char *identity_format(const struct identity *identity, char out[IDENTITY_TEXT])
{
    const struct type_row *row = row_of(identity->type);
    struct selector selector;
    if (identity_selector(identity, &selector) == RC_OK) {
        /* 17/500 is what phase 1 says of itself; only the address tells anything. */
        char text[SELECTOR_TEXT];
        selector.protocol = 0;
        selector.port = 0;
        if (addr_equal(selector.first, selector.last))
            addr_format(selector.first, text);
        else
            selector_format(&selector, text);
        snprintf(out, IDENTITY_TEXT, "%s", text);
        return out;
    }
    if (row && row->family == ADDR_NONE)
        snprintf(out, IDENTITY_TEXT, "%s ", row->word);
    else
        snprintf(out, IDENTITY_TEXT, "type %u ", (unsigned)identity->type);
    append_escaped(out, IDENTITY_TEXT, identity_data(identity));
    return out;
}
