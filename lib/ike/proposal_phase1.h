/* What the phase 1 proposal files share: an offer as read, and the judgement of a policy against
 * it. Internal: everyone else uses ike/proposal.h. */
#ifndef HUBWARD_IKE_PROPOSAL_PHASE1_H
#define HUBWARD_IKE_PROPOSAL_PHASE1_H

#include "ike/proposal_parse.h"

/* RFC 2409, appendix A. */
enum {
    TRANSFORM_KEY_IKE = 1,
    P1_ENCRYPTION = 1,
    P1_HASH = 2,
    P1_AUTH = 3,
    P1_GROUP = 4,
    P1_KEY_LENGTH = 14,
    P1_FIELD_SIZE = 15,
    P1_BLOCK_SIZE = 17,
    P1_ASYMMETRIC = 20,
};

/* A transform as read; 0 = attribute absent. */
struct p1_offer {
    struct sa_transform transform;
    uint8_t proposal_number;
    uint16_t cipher;
    uint16_t key_bits;
    uint16_t hash;
    uint16_t auth;
    uint16_t group;
    uint32_t lifetime_s;
    bool odd; /* holds something we do not know, or one thing twice */
};
struct p1_offers {
    struct p1_offer items[SA_OFFERS_MAX];
    size_t count;
};

/* How a policy and an offer compare: the first thing that differs, and how much is equal. */
struct p1_verdict {
    enum decision_rule rule; /* RULE_CHOSEN: nothing differs */
    unsigned equal;
};

/* ke_len as in ike_p1_choose; allowed: ALLOW_… bits. */
struct p1_verdict p1_judge(const struct isakmp_policy *policy, const struct p1_offer *offer,
                           unsigned allowed, size_t ke_len);

/* Attribute values and our names; CIPHER_NONE, HASH_NONE and 0 for what has no counterpart. */
enum cipher_alg p1_cipher_of(uint16_t number);
enum hash_alg p1_hash_of(uint16_t number);

/* Fill the decision in: the policy at winner took the offer, or no policy fits any offer. */
void p1_explain_choice(const struct config *config, size_t winner, const struct p1_offers *offers,
                       const struct p1_offer *offer, unsigned method, size_t ke_len,
                       struct decision *decision);
void p1_explain_refusal(const struct config *config, const struct p1_offers *offers,
                        unsigned allowed, size_t ke_len, struct decision *decision);

#endif
