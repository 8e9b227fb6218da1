/* The nest of an SA payload (proposals, transforms, attributes), read and written the same way in
 * both phases. Internal to the proposal files: everyone else uses ike/proposal.h. */
#ifndef HUBWARD_IKE_PROPOSAL_PARSE_H
#define HUBWARD_IKE_PROPOSAL_PARSE_H

#include "ike/attr.h"
#include "ike/proposal.h"

enum { SA_OFFERS_MAX = 256 }; /* transforms looked at; vpnc sends 24, nobody needs more */

struct sa_proposal {
    uint8_t number;
    uint8_t protocol;
    uint8_t transform_count;
    struct span spi;
    struct span transforms;
};
struct sa_transform {
    uint8_t number;
    uint8_t id;
    struct span attrs;
    struct span whole; /* with its header */
};

/* Check DOI, situation and the whole nest down to the attributes; proposals: a cursor over the
 * proposals, for sa_next_proposal. RC_MALFORMED. */
MUST_USE enum rc sa_open(struct span sa_body, struct cursor *proposals);
/* The next one, false at the end. Only over octets that sa_open has checked. */
bool sa_next_proposal(struct cursor *c, struct sa_proposal *out);
bool sa_next_transform(struct cursor *c, struct sa_transform *out);
bool sa_next_attr(struct cursor *c, struct ike_attr *out);

/* The life type attributes (RFC 2409, appendix A; RFC 2407, 4.5); the life duration's number is the
 * next. */
enum { P1_LIFE_TYPE = 11, P2_LIFE_TYPE = 1 };

/* Lifetimes of a transform or a notification; 0 = not named. */
struct sa_life {
    uint64_t type; /* of the duration to come */
    uint64_t seconds;
    uint64_t kilobytes;
};
/* Take a life type or life duration, the shortest of several; false: another attribute. first: the
 * number of the life type attribute. */
bool sa_life_take(struct sa_life *life, const struct ike_attr *attr, uint16_t first);

uint32_t sa_life_seconds(const struct sa_life *life); /* saturates */

/* Take a value that must be a small number; saturates, so that nothing big looks like something
 * known. odd: becomes true when the field had a value already. */
void sa_take_once(uint16_t *field, const struct ike_attr *attr, bool *odd);

/* Writing. The openers return the offset that sa_close needs to patch the length. */
void sa_put_start(struct builder *b);
size_t sa_put_proposal(struct builder *b, bool more, uint8_t number, uint8_t protocol,
                       struct span spi, uint8_t transform_count);
size_t sa_put_transform(struct builder *b, bool more, uint8_t number, uint8_t id);
void sa_close(struct builder *b, size_t start);
/* A whole body that echoes the choice. */
void sa_put_choice(struct builder *b, const struct ike_choice *choice, struct span spi);

#endif
