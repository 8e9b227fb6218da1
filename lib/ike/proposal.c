/* What both phases share of SA payloads: the nest of proposals, transforms and attributes,
 * lifetimes, and the texts. */
#include "ike/proposal.h"

#include "crypto/dh.h"
#include "ike/proposal_parse.h"

#include <string.h>

enum { LIFE_SECONDS = 1, LIFE_KILOBYTES = 2 };

/* Cut the generic header and its body off; the next field must say truly whether more of the same
 * type follows. */
static bool cut_nested(struct cursor *c, uint8_t type, struct span *whole, struct cursor *body)
{
    const uint8_t *start = c->at;
    uint8_t next = cursor_u8(c);
    uint8_t reserved = cursor_u8(c);
    uint16_t length = cursor_u16(c);
    if (c->bad || reserved != 0 || length < IKE_PAYLOAD_HEADER)
        return false;
    struct span octets = cursor_span(c, (size_t)length - IKE_PAYLOAD_HEADER);
    if (c->bad || next != (cursor_left(c) ? type : PAYLOAD_NONE))
        return false;
    *whole = (struct span){start, length};
    *body = cursor_over(octets);
    return true;
}

static bool cut_transform(struct cursor *c, struct sa_transform *out)
{
    struct sa_transform t;
    struct cursor body;
    if (!cut_nested(c, PAYLOAD_TRANSFORM, &t.whole, &body))
        return false;
    t.number = cursor_u8(&body);
    t.id = cursor_u8(&body);
    cursor_u16(&body); /* RESERVED2 */
    t.attrs = cursor_span(&body, cursor_left(&body));
    if (body.bad)
        return false;
    *out = t;
    return true;
}

static bool cut_proposal(struct cursor *c, struct sa_proposal *out)
{
    struct sa_proposal p;
    struct span whole;
    struct cursor body;
    if (!cut_nested(c, PAYLOAD_PROPOSAL, &whole, &body))
        return false;
    p.number = cursor_u8(&body);
    p.protocol = cursor_u8(&body);
    uint8_t spi_size = cursor_u8(&body);
    p.transform_count = cursor_u8(&body);
    p.spi = cursor_span(&body, spi_size);
    p.transforms = cursor_span(&body, cursor_left(&body));
    if (body.bad)
        return false;
    *out = p;
    return true;
}

static bool attrs_sound(struct span attrs)
{
    struct cursor c = cursor_over(attrs);
    struct ike_attr attr;
    while (cursor_left(&c) >= IKE_ATTR_LEAST)
        if (ike_attr_next(&c, &attr) != RC_OK)
            return false;
    return true;
}

bool sa_next_attr(struct cursor *c, struct ike_attr *out)
{
    return cursor_left(c) >= IKE_ATTR_LEAST && ike_attr_next(c, out) == RC_OK;
}

static bool transforms_sound(const struct sa_proposal *proposal)
{
    struct cursor c = cursor_over(proposal->transforms);
    struct sa_transform transform;
    size_t count = 0;
    while (cursor_left(&c)) {
        if (!cut_transform(&c, &transform) || !attrs_sound(transform.attrs))
            return false;
        count++;
    }
    return count > 0 && count == proposal->transform_count;
}

enum rc sa_open(struct span sa_body, struct cursor *proposals)
{
    struct cursor c = cursor_over(sa_body);
    uint32_t doi = cursor_u32(&c);
    uint32_t situation = cursor_u32(&c);
    if (c.bad || doi != IKE_DOI_IPSEC || situation != IKE_SITUATION_IDENTITY_ONLY)
        return RC_MALFORMED;
    struct cursor start = c;
    size_t count = 0;
    struct sa_proposal proposal;
    while (cursor_left(&c)) {
        if (!cut_proposal(&c, &proposal) || !transforms_sound(&proposal))
            return RC_MALFORMED;
        count++;
    }
    if (count == 0)
        return RC_MALFORMED;
    *proposals = start;
    return RC_OK;
}

bool sa_next_proposal(struct cursor *c, struct sa_proposal *out)
{
    return cursor_left(c) && cut_proposal(c, out);
}

bool sa_next_transform(struct cursor *c, struct sa_transform *out)
{
    return cursor_left(c) && cut_transform(c, out);
}

static void keep_shorter(uint64_t *kept, uint64_t value)
{
    if (value && (!*kept || value < *kept))
        *kept = value;
}

bool sa_life_take(struct sa_life *life, const struct ike_attr *attr, uint16_t first)
{
    if (attr->type == first) {
        life->type = attr->value;
        return true;
    }
    if (attr->type != first + 1)
        return false;
    if (life->type == LIFE_SECONDS)
        keep_shorter(&life->seconds, attr->value);
    else if (life->type == LIFE_KILOBYTES)
        keep_shorter(&life->kilobytes, attr->value);
    return true;
}

uint32_t sa_life_seconds(const struct sa_life *life)
{
    return life->seconds < UINT32_MAX ? (uint32_t)life->seconds : UINT32_MAX;
}

void sa_take_once(uint16_t *field, const struct ike_attr *attr, bool *odd)
{
    if (*field)
        *odd = true;
    *field = attr->value < UINT16_MAX ? (uint16_t)attr->value : UINT16_MAX;
}

void sa_put_start(struct builder *b)
{
    builder_u32(b, IKE_DOI_IPSEC);
    builder_u32(b, IKE_SITUATION_IDENTITY_ONLY);
}

size_t sa_put_proposal(struct builder *b, bool more, uint8_t number, uint8_t protocol,
                       struct span spi, uint8_t transform_count)
{
    size_t start = builder_len(b);
    builder_u8(b, more ? PAYLOAD_PROPOSAL : PAYLOAD_NONE);
    builder_zeros(b, 3);
    builder_u8(b, number);
    builder_u8(b, protocol);
    builder_u8(b, (uint8_t)spi.len);
    builder_u8(b, transform_count);
    builder_add(b, spi);
    return start;
}

size_t sa_put_transform(struct builder *b, bool more, uint8_t number, uint8_t id)
{
    size_t start = builder_len(b);
    builder_u8(b, more ? PAYLOAD_TRANSFORM : PAYLOAD_NONE);
    builder_zeros(b, 3);
    builder_u8(b, number);
    builder_u8(b, id);
    builder_zeros(b, 2);
    return start;
}

void sa_close(struct builder *b, size_t start)
{
    builder_patch_u16(b, start + 2, builder_len(b) - start);
}

void sa_put_choice(struct builder *b, const struct ike_choice *choice, struct span spi)
{
    sa_put_start(b);
    size_t start = sa_put_proposal(b, false, choice->proposal_number, choice->protocol, spi, 1);
    /* Number, id and attributes as they came; only the link to the next transform goes. */
    builder_u8(b, PAYLOAD_NONE);
    if (choice->transform.len > 1)
        builder_bytes(b, choice->transform.at + 1, choice->transform.len - 1);
    sa_close(b, start);
}

/* Kilobytes beyond 4 octets are as good as endless; peers read 4 (IOS: "VPI of 0x0 …"). */
static void put_kilobytes(struct builder *b, uint64_t kilobytes)
{
    if (!kilobytes)
        return;
    ike_attr_put_basic(b, P2_LIFE_TYPE, LIFE_KILOBYTES);
    ike_attr_put_u32(b, P2_LIFE_TYPE + 1,
                     kilobytes < UINT32_MAX ? (uint32_t)kilobytes : UINT32_MAX);
}

void ike_lifetime_put(struct builder *b, uint32_t seconds, uint64_t kilobytes)
{
    if (seconds) {
        ike_attr_put_basic(b, P2_LIFE_TYPE, LIFE_SECONDS);
        if (seconds <= UINT16_MAX)
            ike_attr_put_basic(b, P2_LIFE_TYPE + 1, (uint16_t)seconds);
        else
            ike_attr_put_u32(b, P2_LIFE_TYPE + 1, seconds);
    }
    put_kilobytes(b, kilobytes);
}

void ike_lifetime_put_phase1(struct builder *b, uint32_t seconds)
{
    ike_attr_put_basic(b, P1_LIFE_TYPE, LIFE_SECONDS);
    ike_attr_put_u32(b, P1_LIFE_TYPE + 1, seconds);
}

enum rc ike_lifetime_parse(struct span data, uint32_t *seconds, uint64_t *kilobytes)
{
    struct cursor c = cursor_over(data);
    struct sa_life life = {0};
    while (cursor_left(&c) >= IKE_ATTR_LEAST) {
        struct ike_attr attr;
        enum rc rc = ike_attr_next(&c, &attr);
        if (rc != RC_OK)
            return rc;
        if (!sa_life_take(&life, &attr, P2_LIFE_TYPE))
            sa_life_take(&life, &attr, P1_LIFE_TYPE);
    }
    *seconds = sa_life_seconds(&life);
    *kilobytes = life.kilobytes;
    return RC_OK;
}

struct transform_set ike_child_as_set(const struct ike_child_suite *suite)
{
    return (struct transform_set){.name = "as negotiated", .suite = suite->packet};
}

bool ike_suite_weak(const struct ike_suite *suite)
{
    const struct dh_group *group = dh_group(suite->group);
    return suite->cipher == CIPHER_DES || suite->cipher == CIPHER_3DES || suite->hash == HASH_MD5 ||
           (group && group->weak);
}
