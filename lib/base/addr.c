/* Address arithmetic and text, family by family in loops over octets. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

size_t addr_len(enum addr_family family)
{
    switch (family) {
    case ADDR_V4:
        return 4;
    case ADDR_V6:
        return 16;
    case ADDR_NONE:
        break;
    }
    return 0;
}

struct addr addr_v4(uint32_t host_order)
{
    struct addr addr = {.family = ADDR_V4};
    for (int i = 3; i >= 0; i--, host_order >>= 8)
        addr.bytes[i] = (uint8_t)host_order;
    return addr;
}

uint32_t addr_v4_value(struct addr addr)
{
    uint32_t value = 0;
    for (size_t i = 0; addr.family == ADDR_V4 && i < 4; i++)
        value = value << 8 | addr.bytes[i];
    return value;
}

enum rc addr_from_bytes(struct addr *out, struct span bytes)
{
    if (bytes.len != 4 && bytes.len != 16)
        return RC_MALFORMED;
    *out = (struct addr){.family = bytes.len == 4 ? ADDR_V4 : ADDR_V6};
    memcpy(out->bytes, bytes.at, bytes.len);
    return RC_OK;
}

enum rc addr_parse(const char *text, struct addr *out)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return addr_from_bytes(out, (struct span){bytes, 4});
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return addr_from_bytes(out, (struct span){bytes, 16});
    return RC_MALFORMED;
}

const char *addr_format(struct addr addr, char *out)
{
    int family = addr.family == ADDR_V6 ? AF_INET6 : AF_INET;
    if (addr.family == ADDR_NONE || !inet_ntop(family, addr.bytes, out, ADDR_TEXT))
        snprintf(out, ADDR_TEXT, "-");
    return out;
}

const char *endpoint_format(struct endpoint endpoint, char *out)
{
    char text[ADDR_TEXT];
    bool v6 = endpoint.addr.family == ADDR_V6;
    addr_format(endpoint.addr, text);
    snprintf(out, ENDPOINT_TEXT, "%s%s%s:%u", v6 ? "[" : "", text, v6 ? "]" : "", endpoint.port);
    return out;
}

const char *prefix_format(struct prefix prefix, char *out)
{
    char text[ADDR_TEXT];
    snprintf(out, PREFIX_TEXT, "%s/%u", addr_format(prefix.addr, text), prefix.len);
    return out;
}

const char *selector_format(const struct selector *selector, char *out)
{
    struct prefix prefix;
    char a[PREFIX_TEXT], b[ADDR_TEXT];
    int n;
    if (selector_prefix(selector, &prefix))
        n = snprintf(out, SELECTOR_TEXT, "%s", prefix_format(prefix, a));
    else
        n = snprintf(out, SELECTOR_TEXT, "%s-%s", addr_format(selector->first, a),
                     addr_format(selector->last, b));
    if (n > 0 && (selector->protocol || selector->port))
        snprintf(out + n, SELECTOR_TEXT - (size_t)n, "/%u/%u", selector->protocol, selector->port);
    return out;
}

int addr_compare(struct addr a, struct addr b)
{
    if (a.family != b.family)
        return a.family < b.family ? -1 : 1;
    return memcmp(a.bytes, b.bytes, addr_len(a.family));
}

bool addr_equal(struct addr a, struct addr b)
{
    return addr_compare(a, b) == 0;
}

bool endpoint_equal(struct endpoint a, struct endpoint b)
{
    return a.port == b.port && addr_equal(a.addr, b.addr);
}

bool addr_is_any(struct addr addr)
{
    for (size_t i = 0; i < addr_len(addr.family); i++)
        if (addr.bytes[i])
            return false;
    return true;
}

struct addr addr_add(struct addr addr, uint32_t n)
{
    uint64_t carry = n;
    for (size_t i = addr_len(addr.family); i > 0 && carry; i--) {
        carry += addr.bytes[i - 1];
        addr.bytes[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    return addr;
}

struct addr prefix_mask(enum addr_family family, uint8_t len)
{
    struct addr mask = {.family = family};
    for (size_t i = 0; i < addr_len(family); i++) {
        unsigned bits = len >= 8 ? 8 : len;
        mask.bytes[i] = (uint8_t)(0xff00u >> bits);
        len = (uint8_t)(len - bits);
    }
    return mask;
}

enum rc prefix_len_of_mask(struct addr mask, uint8_t *len)
{
    size_t most = addr_len(mask.family) * 8;
    for (size_t n = 0; most && n <= most; n++) {
        if (addr_equal(mask, prefix_mask(mask.family, (uint8_t)n))) {
            *len = (uint8_t)n;
            return RC_OK;
        }
    }
    return RC_MALFORMED;
}

struct prefix prefix_of(struct addr addr, uint8_t len)
{
    struct addr mask = prefix_mask(addr.family, len);
    for (size_t i = 0; i < sizeof addr.bytes; i++)
        addr.bytes[i] &= mask.bytes[i];
    return (struct prefix){.addr = addr, .len = len};
}

bool prefix_contains(struct prefix prefix, struct addr addr)
{
    return addr.family == prefix.addr.family &&
           addr_equal(prefix_of(addr, prefix.len).addr, prefix.addr);
}

bool prefix_equal(struct prefix a, struct prefix b)
{
    return a.len == b.len && addr_equal(a.addr, b.addr);
}

struct addr prefix_last(struct prefix prefix)
{
    struct addr mask = prefix_mask(prefix.addr.family, prefix.len);
    struct addr last = prefix.addr;
    for (size_t i = 0; i < addr_len(last.family); i++)
        last.bytes[i] |= (uint8_t)~mask.bytes[i];
    return last;
}

struct selector selector_of_prefix(struct prefix prefix)
{
    return (struct selector){.first = prefix.addr, .last = prefix_last(prefix)};
}

struct selector selector_of_addr(struct addr addr)
{
    return (struct selector){.first = addr, .last = addr};
}

bool selector_prefix(const struct selector *selector, struct prefix *out)
{
    size_t most = addr_len(selector->first.family) * 8;
    for (size_t len = 0; most && len <= most; len++) {
        struct prefix prefix = prefix_of(selector->first, (uint8_t)len);
        if (addr_equal(prefix.addr, selector->first) &&
            addr_equal(prefix_last(prefix), selector->last)) {
            *out = prefix;
            return true;
        }
    }
    return false;
}

bool selector_equal(const struct selector *a, const struct selector *b)
{
    return addr_equal(a->first, b->first) && addr_equal(a->last, b->last) &&
           a->protocol == b->protocol && a->port == b->port;
}

bool selector_contains_addr(const struct selector *selector, struct addr addr)
{
    return addr.family == selector->first.family && addr_compare(selector->first, addr) <= 0 &&
           addr_compare(addr, selector->last) <= 0;
}

bool selector_contains(const struct selector *outer, const struct selector *inner)
{
    return selector_contains_addr(outer, inner->first) &&
           selector_contains_addr(outer, inner->last) &&
           (!outer->protocol || outer->protocol == inner->protocol) &&
           (!outer->port || outer->port == inner->port);
}

bool selector_overlaps(const struct selector *a, const struct selector *b)
{
    return a->first.family == b->first.family && addr_compare(a->first, b->last) <= 0 &&
           addr_compare(b->first, a->last) <= 0 &&
           (!a->protocol || !b->protocol || a->protocol == b->protocol) &&
           (!a->port || !b->port || a->port == b->port);
}

bool selector_is_everything(const struct selector *selector)
{
    struct prefix prefix;
    return selector_prefix(selector, &prefix) && prefix.len == 0;
}

void addr_put(struct builder *b, struct addr addr)
{
    builder_u8(b, (uint8_t)addr.family);
    builder_bytes(b, addr.bytes, addr_len(addr.family));
}

struct addr addr_get(struct cursor *c)
{
    struct addr addr = {.family = ADDR_NONE};
    uint8_t family = cursor_u8(c);
    if (family != ADDR_NONE && family != ADDR_V4 && family != ADDR_V6)
        c->bad = true;
    else
        addr.family = (enum addr_family)family;
    cursor_copy(c, addr.bytes, addr_len(addr.family));
    return addr;
}

void endpoint_put(struct builder *b, struct endpoint endpoint)
{
    addr_put(b, endpoint.addr);
    builder_u16(b, endpoint.port);
}

struct endpoint endpoint_get(struct cursor *c)
{
    struct endpoint endpoint = {.addr = addr_get(c)};
    endpoint.port = cursor_u16(c);
    return endpoint;
}

void prefix_put(struct builder *b, struct prefix prefix)
{
    addr_put(b, prefix.addr);
    builder_u8(b, prefix.len);
}

struct prefix prefix_get(struct cursor *c)
{
    struct prefix prefix = {.addr = addr_get(c)};
    prefix.len = cursor_u8(c);
    if (prefix.len > addr_len(prefix.addr.family) * 8)
        c->bad = true;
    return prefix;
}

void selector_put(struct builder *b, const struct selector *selector)
{
    addr_put(b, selector->first);
    addr_put(b, selector->last);
    builder_u8(b, selector->protocol);
    builder_u16(b, selector->port);
}

struct selector selector_get(struct cursor *c)
{
    struct selector selector = {.first = addr_get(c)};
    selector.last = addr_get(c);
    selector.protocol = cursor_u8(c);
    selector.port = cursor_u16(c);
    return selector;
}
