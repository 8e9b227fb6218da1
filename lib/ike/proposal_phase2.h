/* What the phase 2 proposal files share: an offer as read, and the judgement of a transform-set
 * against it. Internal: everyone else uses ike/proposal.h. */
#ifndef HUBWARD_IKE_PROPOSAL_PHASE2_H
#define HUBWARD_IKE_PROPOSAL_PHASE2_H

#include "ike/proposal_parse.h"

/* RFC 2407, 4.5. */
enum {
    P2_GROUP = 3,
    P2_ENCAPSULATION = 4,
    P2_AUTH = 5,
    P2_KEY_LENGTH = 6,
    P2_SPI = 4,
    P2_SPI_LEAST = 256, /* RFC 4303, 2.1: 1 to 255 are reserved */
    P2_LIFETIME_DEFAULT_S = 28800,
};

/* A transform as read; 0 = attribute absent. */
struct p2_offer {
    struct sa_transform transform;
    uint8_t proposal_number;
    uint8_t protocol;
    struct span spi;
    uint16_t encapsulation;
    uint16_t group;
    uint16_t auth;
    uint16_t key_bits;
    struct packet_suite suite; /* as far as known_cipher and known_auth say */
    bool known_cipher;
    bool known_auth; /* or rightly absent */
    uint32_t lifetime_s;
    uint64_t lifetime_kb;
    bool bundle; /* its proposal has a companion of the same number */
    bool odd;    /* holds something we do not know, or one thing twice */
};
struct p2_offers {
    struct p2_offer items[SA_OFFERS_MAX];
    size_t count;
};

/* How a set and an offer compare: the first thing that differs, and how much is equal. */
struct p2_verdict {
    enum decision_rule rule; /* RULE_CHOSEN: nothing differs */
    unsigned equal;
};
struct p2_verdict p2_judge(const struct transform_set *set, const struct p2_offer *offer,
                           const struct ike_child_terms *terms, size_t ke_len);

/* The encapsulation attribute that means tunnel mode on this path (RFC 3947, 5.1). */
uint16_t p2_tunnel_value(enum ike_natt_kind natt);

/* The suite of an offer from its numbers; sets suite, known_cipher, known_auth. */
void p2_read_suite(struct p2_offer *offer);

/* Fill the decision in: the set at winner took the offer, or no set fits any offer. */
void p2_explain_choice(const struct ike_child_terms *terms, size_t winner,
                       const struct p2_offers *offers, const struct p2_offer *offer, size_t ke_len,
                       struct decision *decision);
void p2_explain_refusal(const struct ike_child_terms *terms, const struct p2_offers *offers,
                        size_t ke_len, struct decision *decision);

#endif
