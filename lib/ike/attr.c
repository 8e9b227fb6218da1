/* Data attributes: a type, and either a two-octet value or a length and its octets. */
#include "ike/attr.h"

enum { ATTR_BASIC = 0x8000 };

static uint64_t value_of(struct span data)
{
    uint64_t value = 0;
    for (size_t i = 0; i < data.len; i++) {
        if (value >> 56)
            return UINT64_MAX;
        value = value << 8 | data.at[i];
    }
    return value;
}

enum rc ike_attr_next(struct cursor *c, struct ike_attr *out)
{
    uint16_t type = cursor_u16(c);
    bool basic = type & ATTR_BASIC;
    uint16_t length = basic ? 2 : cursor_u16(c);
    struct span data = cursor_span(c, length);
    if (c->bad)
        return RC_SHORT;
    *out = (struct ike_attr){.type = type & (uint16_t)~ATTR_BASIC,
                             .basic = basic,
                             .value = value_of(data),
                             .data = data};
    return RC_OK;
}

void ike_attr_put_basic(struct builder *b, uint16_t type, uint16_t value)
{
    builder_u16(b, type | ATTR_BASIC);
    builder_u16(b, value);
}

void ike_attr_put_bytes(struct builder *b, uint16_t type, struct span data)
{
    if (data.len > UINT16_MAX) {
        b->bad = true;
        return;
    }
    builder_u16(b, type);
    builder_u16(b, (uint16_t)data.len);
    builder_add(b, data);
}

void ike_attr_put_u32(struct builder *b, uint16_t type, uint32_t value)
{
    builder_u16(b, type);
    builder_u16(b, 4);
    builder_u32(b, value);
}
