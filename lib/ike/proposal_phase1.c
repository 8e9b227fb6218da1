/* Phase 1: ISAKMP policies against the peer's transforms (RFC 2409, appendix A). Transforms are
 * read once into offers, every policy is judged against every offer by one function, and the same
 * judgement picks the winner and says why there is none. */
#include "ike/proposal_phase1.h"

#include "crypto/dh.h"

#include <stdio.h>

static void read_attr(struct p1_offer *offer, const struct ike_attr *attr)
{
    switch (attr->type) {
    case P1_ENCRYPTION:
        sa_take_once(&offer->cipher, attr, &offer->odd);
        break;
    case P1_HASH:
        sa_take_once(&offer->hash, attr, &offer->odd);
        break;
    case P1_AUTH:
        sa_take_once(&offer->auth, attr, &offer->odd);
        break;
    case P1_GROUP:
        sa_take_once(&offer->group, attr, &offer->odd);
        break;
    case P1_KEY_LENGTH:
        sa_take_once(&offer->key_bits, attr, &offer->odd);
        break;
    case P1_FIELD_SIZE:
    case P1_BLOCK_SIZE:
    case P1_ASYMMETRIC:
        break;
    default:
        offer->odd = true;
    }
}

/* Attributes come in any order: vpnc names the key length before the cipher. */
static void read_offer(struct p1_offer *offer, const struct sa_transform *transform)
{
    struct cursor c = cursor_over(transform->attrs);
    struct sa_life life = {0};
    struct ike_attr attr;
    *offer = (struct p1_offer){.transform = *transform, .odd = transform->id != TRANSFORM_KEY_IKE};
    while (sa_next_attr(&c, &attr))
        if (!sa_life_take(&life, &attr, P1_LIFE_TYPE))
            read_attr(offer, &attr);
    offer->lifetime_s = sa_life_seconds(&life);
}

/* ISAKMP's own SPI stands in the header; 0 octets here, or a cookie or two to be ignored. */
static bool spi_right(const struct sa_proposal *proposal)
{
    return proposal->spi.len == 0 || proposal->spi.len == 8 || proposal->spi.len == 16;
}

static enum rc read_offers(struct span sa_body, struct p1_offers *out)
{
    struct cursor c;
    struct sa_proposal proposal;
    enum rc rc = sa_open(sa_body, &c);
    if (rc != RC_OK)
        return rc;
    out->count = 0;
    while (sa_next_proposal(&c, &proposal)) {
        if (proposal.protocol != PROTOCOL_ISAKMP || !spi_right(&proposal))
            return RC_MALFORMED;
        struct cursor transforms = cursor_over(proposal.transforms);
        struct sa_transform transform;
        while (out->count < SA_OFFERS_MAX && sa_next_transform(&transforms, &transform)) {
            read_offer(&out->items[out->count], &transform);
            out->items[out->count++].proposal_number = proposal.number;
        }
    }
    return RC_OK;
}

static bool key_bits_right(const struct isakmp_policy *policy, const struct p1_offer *offer)
{
    /* Mandatory for AES, forbidden for ciphers with one key length (RFC 2409, appendix A). */
    return policy->cipher == CIPHER_AES ? offer->key_bits == policy->key_bits
                                        : offer->key_bits == 0;
}

static bool group_right(const struct isakmp_policy *policy, const struct p1_offer *offer,
                        size_t ke_len)
{
    const struct dh_group *group = dh_group(offer->group);
    return group && offer->group == policy->group && (ke_len == 0 || group->public_len == ke_len);
}

static bool auth_right(const struct isakmp_policy *policy, const struct p1_offer *offer,
                       unsigned allowed)
{
    if (policy->auth != ISAKMP_AUTH_PSK)
        return false;
    return (offer->auth == AUTH_PSK && allowed & ALLOW_PSK) ||
           (offer->auth == AUTH_XAUTH_INIT_PSK && allowed & ALLOW_XAUTH);
}

struct p1_verdict p1_judge(const struct isakmp_policy *policy, const struct p1_offer *offer,
                           unsigned allowed, size_t ke_len)
{
    const struct {
        bool right;
        enum decision_rule rule;
    } tests[] = {
        {!offer->odd, RULE_UNSUPPORTED},
        {p1_cipher_of(offer->cipher) == policy->cipher, RULE_CIPHER},
        {key_bits_right(policy, offer), RULE_KEY_LENGTH},
        {p1_hash_of(offer->hash) == policy->hash, RULE_HASH_ALGORITHM},
        {group_right(policy, offer, ke_len), RULE_DH_GROUP},
        {auth_right(policy, offer, allowed), RULE_AUTH_METHOD},
        {!policy->ended, RULE_ENDED},
    };
    struct p1_verdict verdict = {.rule = RULE_CHOSEN};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (tests[i].right)
            verdict.equal++;
        else if (verdict.rule == RULE_CHOSEN)
            verdict.rule = tests[i].rule;
    }
    return verdict;
}

static void commit(const struct isakmp_policy *policy, const struct p1_offer *offer,
                   struct ike_suite *suite)
{
    bool longer = offer->lifetime_s == 0 || offer->lifetime_s > policy->lifetime_s;
    *suite = (struct ike_suite){
        .cipher = policy->cipher,
        .key_bits = policy->cipher == CIPHER_AES ? (uint16_t)policy->key_bits : 0,
        .hash = policy->hash,
        .group = policy->group,
        .auth_method = offer->auth,
        .lifetime_s = longer ? policy->lifetime_s : offer->lifetime_s,
        .policy_lifetime_s = offer->lifetime_s > policy->lifetime_s ? policy->lifetime_s : 0,
        .policy = policy->priority,
    };
}

/* Policies by priority, inside one the peer's order. NULL: none fits. */
static const struct p1_offer *find_match(const struct config *config,
                                         const struct p1_offers *offers, unsigned method,
                                         size_t ke_len, size_t *policy)
{
    for (size_t i = 0; i < config->policy_count; i++)
        for (size_t k = 0; k < offers->count; k++)
            if (p1_judge(&config->policies[i], &offers->items[k], method, ke_len).rule ==
                RULE_CHOSEN) {
                *policy = i;
                return &offers->items[k];
            }
    return NULL;
}

enum rc ike_p1_choose(struct span sa_body, const struct config *config, unsigned allowed,
                      size_t ke_len, struct ike_suite *suite, struct ike_choice *choice,
                      struct decision *decision)
{
    struct p1_offers offers;
    decision_start(decision, STAGE_PROPOSAL);
    enum rc rc = read_offers(sa_body, &offers);
    if (rc != RC_OK) {
        decision->rule = RULE_UNSUPPORTED;
        snprintf(decision->theirs, sizeof decision->theirs, "a malformed SA payload");
        return rc;
    }
    /* Choosing plain PSK tells the client that no Xauth follows, so Xauth goes first. */
    static const unsigned methods[] = {ALLOW_XAUTH, ALLOW_PSK};
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        size_t policy;
        const struct p1_offer *offer =
            find_match(config, &offers, methods[m] & allowed, ke_len, &policy);
        if (!offer)
            continue;
        p1_explain_choice(config, policy, &offers, offer, methods[m], ke_len, decision);
        commit(&config->policies[policy], offer, suite);
        *choice = (struct ike_choice){
            .proposal_number = offer->proposal_number,
            .transform_count_seen = offers.count < UINT8_MAX ? (uint8_t)offers.count : UINT8_MAX,
            .transform = offer->transform.whole,
            .protocol = PROTOCOL_ISAKMP,
        };
        return RC_OK;
    }
    p1_explain_refusal(config, &offers, allowed, ke_len, decision);
    return RC_NO_PROPOSAL;
}

void ike_p1_put_choice(struct builder *b, const struct ike_choice *choice)
{
    sa_put_choice(b, choice, (struct span){NULL, 0});
}

enum rc ike_p1_accept(struct span sa_body, const struct config *config, uint16_t auth_method,
                      struct ike_suite *suite)
{
    struct p1_offers offers;
    enum rc rc = read_offers(sa_body, &offers);
    if (rc != RC_OK)
        return rc;
    struct p1_offer *offer = &offers.items[0];
    if (offers.count != 1)
        return RC_MALFORMED;
    if (offer->auth != auth_method)
        return RC_NO_PROPOSAL;
    /* The method is agreed; what is left to compare is the suite. */
    offer->auth = AUTH_PSK;
    for (size_t i = 0; i < config->policy_count; i++) {
        if (p1_judge(&config->policies[i], offer, ALLOW_PSK, 0).rule != RULE_CHOSEN)
            continue;
        offer->auth = auth_method;
        commit(&config->policies[i], offer, suite);
        return RC_OK;
    }
    return RC_NO_PROPOSAL;
}
