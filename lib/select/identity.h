/* Phase 1 identities (RFC 2407, 4.6.2): what a peer says it is. The octets are hostile: they are
 * compared and escaped, never trusted as text. */
#ifndef HUBWARD_SELECT_IDENTITY_H
#define HUBWARD_SELECT_IDENTITY_H

#include "base/addr.h"

enum identity_type {
    ID_NONE = 0,
    ID_IPV4_ADDR = 1,
    ID_FQDN = 2,
    ID_USER_FQDN = 3,
    ID_IPV4_ADDR_SUBNET = 4,
    ID_IPV6_ADDR = 5,
    ID_IPV6_ADDR_SUBNET = 6,
    ID_IPV4_ADDR_RANGE = 7,
    ID_IPV6_ADDR_RANGE = 8,
    ID_DER_ASN1_DN = 9,
    ID_DER_ASN1_GN = 10,
    ID_KEY_ID = 11
};

enum { IDENTITY_DATA_MAX = 255, IDENTITY_TEXT = 160 };

struct identity {
    uint8_t type; /* enum identity_type, or a number we do not know */
    uint8_t protocol;
    uint16_t port;
    uint8_t len;
    uint8_t data[IDENTITY_DATA_MAX];
};

/* Read the body of an ID payload. RC_SHORT, RC_MALFORMED: longer than IDENTITY_DATA_MAX, or an
 * address type with data of another length. */
MUST_USE enum rc identity_parse(struct span body, struct identity *out);
/* The body as it goes on the wire: type, protocol, port, data. */
void identity_put(struct builder *b, const struct identity *identity);

struct identity identity_of_addr(struct addr addr);
/* text longer than IDENTITY_DATA_MAX is cut. */
struct identity identity_of_text(enum identity_type type, const char *text);

struct span identity_data(const struct identity *identity);
/* The address of types 1 and 5, else ADDR_NONE. */
struct addr identity_addr(const struct identity *identity);
/* Phase 2 use: a selector from types 1, 4, 5, 6, 7, 8 with protocol and port.
 * RC_UNSUPPORTED: another type. RC_MALFORMED: mask not contiguous, range reversed. */
MUST_USE enum rc identity_selector(const struct identity *identity, struct selector *out);
/* The inverse: type 1/5 for one address, 4/6 for a prefix, 7/8 otherwise. */
struct identity identity_of_selector(const struct selector *selector);

/* "10.1.1.1", "fqdn branch7.example", "key-id testgroup": escaped, cut to fit; returns out. */
const char *identity_format(const struct identity *identity, char out[IDENTITY_TEXT]);

#endif
