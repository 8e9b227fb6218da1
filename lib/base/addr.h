/* Addresses, endpoints, prefixes and traffic selectors, IPv4 and IPv6 alike. Plain values: copied,
 * compared with the functions below, never with memcmp. */
#ifndef HUBWARD_BASE_ADDR_H
#define HUBWARD_BASE_ADDR_H

#include "base/builder.h"
#include "base/cursor.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

struct addr {
    enum addr_family family;
    uint8_t bytes[16]; /* network order; octets past the family's length are zero */
};

struct endpoint {
    struct addr addr;
    uint16_t port; /* host order; 0 = any or none */
};

struct prefix {
    struct addr addr;
    uint8_t len; /* bits */
};

/* What one side of a tunnel may carry: an inclusive address range, a protocol and a port.
 * A prefix is the range from its first to its last address. */
struct selector {
    struct addr first;
    struct addr last;
    uint8_t protocol; /* 0 = any */
    uint16_t port;    /* host order; 0 = any */
};

enum { ADDR_TEXT = 48, ENDPOINT_TEXT = 56, PREFIX_TEXT = 52, SELECTOR_TEXT = 120 };

/* Octets of an address of this family: 4, 16, or 0. */
size_t addr_len(enum addr_family family);

struct addr addr_v4(uint32_t host_order);
uint32_t addr_v4_value(struct addr addr); /* host order; 0 unless IPv4 */

/* Read exactly one address of the family from raw octets. RC_MALFORMED: wrong length. */
MUST_USE enum rc addr_from_bytes(struct addr *out, struct span bytes);

/* Dotted quad or RFC 4291 text, nothing around it. RC_MALFORMED otherwise. */
MUST_USE enum rc addr_parse(const char *text, struct addr *out);

/* Write the text into out (ADDR_TEXT octets and the like); returns out. "-" for ADDR_NONE. */
const char *addr_format(struct addr addr, char *out);
const char *endpoint_format(struct endpoint endpoint,
                            char *out);                     /* 10.1.1.1:500, [2001:db8::1]:500 */
const char *prefix_format(struct prefix prefix, char *out); /* 10.1.0.0/16 */
/* 10.1.0.0/16, or first-last when it is no prefix; "/proto/port" is added when restricted. */
const char *selector_format(const struct selector *selector, char *out);

int addr_compare(struct addr a, struct addr b); /* <0, 0, >0; families order before octets */
bool addr_equal(struct addr a, struct addr b);
bool endpoint_equal(struct endpoint a, struct endpoint b);
bool addr_is_any(struct addr addr); /* all zero octets, or ADDR_NONE */
/* addr + n, wrapping inside the family. */
struct addr addr_add(struct addr addr, uint32_t n);

/* The mask of a prefix length, and the length of a mask (RC_MALFORMED: not contiguous). */
struct addr prefix_mask(enum addr_family family, uint8_t len);
MUST_USE enum rc prefix_len_of_mask(struct addr mask, uint8_t *len);
/* The prefix with the host bits of addr cleared. */
struct prefix prefix_of(struct addr addr, uint8_t len);
bool prefix_contains(struct prefix prefix, struct addr addr);
bool prefix_equal(struct prefix a, struct prefix b);
struct addr prefix_last(struct prefix prefix);

struct selector selector_of_prefix(struct prefix prefix);
struct selector selector_of_addr(struct addr addr);
/* True, and *out set, when the range is exactly one prefix. */
bool selector_prefix(const struct selector *selector, struct prefix *out);
bool selector_equal(const struct selector *a, const struct selector *b);
bool selector_contains_addr(const struct selector *selector, struct addr addr);
/* Every packet that inner matches, outer matches too. */
bool selector_contains(const struct selector *outer, const struct selector *inner);
bool selector_overlaps(const struct selector *a, const struct selector *b);
/* 0.0.0.0/0 or ::/0, whatever protocol and port. */
bool selector_is_everything(const struct selector *selector);

/* IPC form: family octet, then the octets of the family (then port, length, …). A bad family
 * poisons the cursor. */
void addr_put(struct builder *b, struct addr addr);
struct addr addr_get(struct cursor *c);
void endpoint_put(struct builder *b, struct endpoint endpoint);
struct endpoint endpoint_get(struct cursor *c);
void prefix_put(struct builder *b, struct prefix prefix);
struct prefix prefix_get(struct cursor *c);
void selector_put(struct builder *b, const struct selector *selector);
struct selector selector_get(struct cursor *c);

#endif
