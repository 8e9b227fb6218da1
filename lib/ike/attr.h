/* Data attributes (RFC 2408, 3.3), used by transforms and by mode-config alike. */
#ifndef HUBWARD_IKE_ATTR_H
#define HUBWARD_IKE_ATTR_H

#include "base/builder.h"
#include "base/cursor.h"
#include "base/rc.h"

enum { IKE_ATTR_LEAST = 4 }; /* octets of the shortest */

struct ike_attr {
    uint16_t type;    /* without the AF bit */
    bool basic;       /* AF = 1: 2-octet value */
    uint64_t value;   /* of a basic one; of a variable one of 1 to 8 octets, saturating beyond */
    struct span data; /* variable: its octets; basic: the two value octets */
};

/* Read the next one. RC_SHORT: the cursor ends early. Fewer than
 * IKE_ATTR_LEAST octets left are not an attribute: callers stop there silently (libreswan pads
 * inside the payload). */
MUST_USE enum rc ike_attr_next(struct cursor *c, struct ike_attr *out);

void ike_attr_put_basic(struct builder *b, uint16_t type, uint16_t value);
void ike_attr_put_bytes(struct builder *b, uint16_t type, struct span data);
void ike_attr_put_u32(struct builder *b, uint16_t type, uint32_t value); /* variable, 4 octets */

#endif
