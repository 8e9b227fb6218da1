/* SA payload bodies for tests, put together from hexadecimal attributes. */
#ifndef HUBWARD_TESTS_UNIT_IKE_PROPOSAL_KIT_H
#define HUBWARD_TESTS_UNIT_IKE_PROPOSAL_KIT_H

#include "base/builder.h"
#include "ike/wire.h"
#include "unit/base/octets.h"

struct kit_transform {
    uint8_t number;
    uint8_t id;
    const char *attrs;
};
enum { KIT_TRANSFORMS = 8 };
struct kit_proposal {
    uint8_t number;
    uint8_t protocol;
    const char *spi;
    struct kit_transform transforms[KIT_TRANSFORMS]; /* up to the first without attributes */
};

static inline size_t kit_count(const struct kit_proposal *proposal)
{
    size_t count = 0;
    while (count < KIT_TRANSFORMS && proposal->transforms[count].attrs)
        count++;
    return count;
}

static inline void kit_put_hex(struct builder *b, const char *hex)
{
    struct octets octets = octets_hex(hex);
    builder_add(b, octets_span(&octets));
}

static inline void kit_put_proposal(struct builder *b, const struct kit_proposal *proposal,
                                    bool more)
{
    size_t start = builder_len(b);
    size_t count = kit_count(proposal);
    builder_uint(b, more ? 0x02000000 : 0, 4);
    builder_u8(b, proposal->number);
    builder_u8(b, proposal->protocol);
    builder_u8(b, (uint8_t)(strlen(proposal->spi) / 2));
    builder_u8(b, (uint8_t)count);
    kit_put_hex(b, proposal->spi);
    for (size_t i = 0; i < count; i++) {
        size_t transform = builder_len(b);
        builder_uint(b, i + 1 < count ? 0x03000000 : 0, 4);
        builder_u8(b, proposal->transforms[i].number);
        builder_u8(b, proposal->transforms[i].id);
        builder_u16(b, 0);
        kit_put_hex(b, proposal->transforms[i].attrs);
        builder_patch_u16(b, transform + 2, builder_len(b) - transform);
    }
    builder_patch_u16(b, start + 2, builder_len(b) - start);
}

static inline struct octets kit_body(const struct kit_proposal *proposals, size_t count)
{
    struct octets body = {.len = 0};
    struct builder b = builder_of(body.bytes, sizeof body.bytes);
    builder_u32(&b, IKE_DOI_IPSEC);
    builder_u32(&b, IKE_SITUATION_IDENTITY_ONLY);
    for (size_t i = 0; i < count; i++)
        kit_put_proposal(&b, &proposals[i], i + 1 < count);
    if (b.bad)
        abort();
    body.len = builder_len(&b);
    return body;
}

#endif
