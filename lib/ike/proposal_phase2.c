/* Phase 2: transform-sets against the peer's ESP proposals (RFC 2407, 4.5), read once, judged by
 * one function for the winner and for the refusal alike. */
#include "ike/proposal_phase2.h"

#include "config/weak.h"
#include "crypto/dh.h"

#include <stdio.h>

static void read_attr(struct p2_offer *offer, const struct ike_attr *attr)
{
    switch (attr->type) {
    case P2_GROUP:
        sa_take_once(&offer->group, attr, &offer->odd);
        break;
    case P2_ENCAPSULATION:
        sa_take_once(&offer->encapsulation, attr, &offer->odd);
        break;
    case P2_AUTH:
        sa_take_once(&offer->auth, attr, &offer->odd);
        break;
    case P2_KEY_LENGTH:
        sa_take_once(&offer->key_bits, attr, &offer->odd);
        break;
    default: /* extended sequence numbers among them: never agreed to what we do not do */
        offer->odd = true;
    }
}

static void read_offer(struct p2_offer *offer, const struct sa_proposal *proposal,
                       const struct sa_transform *transform)
{
    struct cursor c = cursor_over(transform->attrs);
    struct sa_life life = {0};
    struct ike_attr attr;
    *offer = (struct p2_offer){.transform = *transform,
                               .proposal_number = proposal->number,
                               .protocol = proposal->protocol,
                               .spi = proposal->spi};
    while (sa_next_attr(&c, &attr))
        if (!sa_life_take(&life, &attr, P2_LIFE_TYPE))
            read_attr(offer, &attr);
    offer->lifetime_s = sa_life_seconds(&life);
    offer->lifetime_kb = life.kilobytes;
    p2_read_suite(offer);
}

/* Proposals of one number are one offer of several protocols together (RFC 2408, 4.2). */
static void mark_bundles(struct cursor proposals, struct p2_offers *offers)
{
    uint16_t times[UINT8_MAX + 1] = {0};
    struct sa_proposal proposal;
    while (sa_next_proposal(&proposals, &proposal))
        times[proposal.number]++;
    for (size_t i = 0; i < offers->count; i++)
        offers->items[i].bundle = times[offers->items[i].proposal_number] > 1;
}

static enum rc read_offers(struct span sa_body, struct p2_offers *out)
{
    struct cursor c;
    struct sa_proposal proposal;
    enum rc rc = sa_open(sa_body, &c);
    if (rc != RC_OK)
        return rc;
    const struct cursor all = c;
    out->count = 0;
    while (out->count < SA_OFFERS_MAX && sa_next_proposal(&c, &proposal)) {
        struct cursor transforms = cursor_over(proposal.transforms);
        struct sa_transform transform;
        while (out->count < SA_OFFERS_MAX && sa_next_transform(&transforms, &transform))
            read_offer(&out->items[out->count++], &proposal, &transform);
    }
    mark_bundles(all, out);
    return RC_OK;
}

uint16_t p2_tunnel_value(enum ike_natt_kind natt)
{
    static const uint16_t values[] = {[NATT_NONE] = 1, [NATT_DRAFT] = 61443, [NATT_RFC] = 3};
    return values[natt];
}

static uint32_t spi_value(struct span spi)
{
    struct cursor c = cursor_over(spi);
    uint32_t value = cursor_u32(&c);
    return cursor_done(&c) ? value : 0;
}

static bool form_right(const struct p2_offer *offer)
{
    return !offer->odd && !offer->bundle && offer->protocol == PROTOCOL_ESP &&
           spi_value(offer->spi) >= P2_SPI_LEAST;
}

static bool cipher_right(const struct transform_set *set, const struct p2_offer *offer)
{
    return offer->known_cipher && offer->suite.cipher == set->suite.cipher &&
           (offer->suite.cipher != PACKET_AES_GCM || offer->suite.icv_len == set->suite.icv_len);
}

/* The KE payload and the group attribute belong together, and to what the entry asks for. */
static bool pfs_right(const struct p2_offer *offer, uint16_t wanted, size_t ke_len)
{
    if (offer->group == 0)
        return ke_len == 0 && wanted == 0;
    const struct dh_group *group = dh_group(offer->group);
    return group && group->public_len == ke_len && (wanted == 0 || wanted == offer->group);
}

struct p2_verdict p2_judge(const struct transform_set *set, const struct p2_offer *offer,
                           const struct ike_child_terms *terms, size_t ke_len)
{
    bool tunnel = offer->encapsulation == 0 || offer->encapsulation == p2_tunnel_value(terms->natt);
    const struct {
        bool right;
        enum decision_rule rule;
    } tests[] = {
        {form_right(offer), RULE_UNSUPPORTED},
        {cipher_right(set, offer), RULE_CIPHER},
        {offer->suite.key_bits == set->suite.key_bits, RULE_KEY_LENGTH},
        {offer->known_auth && offer->suite.integrity == set->suite.integrity, RULE_HASH_ALGORITHM},
        {tunnel, RULE_ENCAPSULATION},
        {pfs_right(offer, terms->pfs_group, ke_len), RULE_PFS},
        {!set->ended && !weak_group_ended(terms->ended_groups, offer->group), RULE_ENDED},
    };
    struct p2_verdict verdict = {.rule = RULE_CHOSEN};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (tests[i].right)
            verdict.equal++;
        else if (verdict.rule == RULE_CHOSEN)
            verdict.rule = tests[i].rule;
    }
    return verdict;
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a ? a : b;
    return a < b ? a : b;
}

static void commit(const struct p2_offer *offer, const struct ike_child_terms *terms,
                   struct ike_child_suite *suite)
{
    uint32_t theirs = offer->lifetime_s ? offer->lifetime_s : P2_LIFETIME_DEFAULT_S;
    *suite = (struct ike_child_suite){
        .packet = offer->suite,
        .encapsulation = p2_tunnel_value(terms->natt),
        .pfs_group = offer->group,
        .lifetime_s = (uint32_t)shorter(theirs, terms->lifetime_s),
        .lifetime_kb = shorter(offer->lifetime_kb, terms->lifetime_kb),
    };
    suite->tell_lifetime = suite->lifetime_s < theirs || suite->lifetime_kb < offer->lifetime_kb;
}

static const struct p2_offer *find_match(const struct ike_child_terms *terms,
                                         const struct p2_offers *offers, size_t ke_len, size_t *set)
{
    for (size_t i = 0; i < terms->set_count; i++)
        for (size_t k = 0; k < offers->count; k++)
            if (p2_judge(terms->sets[i], &offers->items[k], terms, ke_len).rule == RULE_CHOSEN) {
                *set = i;
                return &offers->items[k];
            }
    return NULL;
}

enum rc ike_p2_choose(struct span sa_body, const struct ike_child_terms *terms, size_t ke_len,
                      struct ike_child_suite *suite, struct ike_choice *choice,
                      struct decision *decision)
{
    struct p2_offers offers;
    decision_start(decision, STAGE_TRANSFORM);
    enum rc rc = read_offers(sa_body, &offers);
    if (rc != RC_OK) {
        decision->rule = RULE_UNSUPPORTED;
        snprintf(decision->theirs, sizeof decision->theirs, "a malformed SA payload");
        return rc;
    }
    size_t set;
    const struct p2_offer *offer = find_match(terms, &offers, ke_len, &set);
    if (!offer) {
        p2_explain_refusal(terms, &offers, ke_len, decision);
        return RC_NO_PROPOSAL;
    }
    p2_explain_choice(terms, set, &offers, offer, ke_len, decision);
    commit(offer, terms, suite);
    *choice = (struct ike_choice){
        .proposal_number = offer->proposal_number,
        .transform_count_seen = offers.count < UINT8_MAX ? (uint8_t)offers.count : UINT8_MAX,
        .transform = offer->transform.whole,
        .spi = offer->spi,
        .protocol = PROTOCOL_ESP,
    };
    return RC_OK;
}

enum rc ike_p2_accept(struct span sa_body, const struct ike_child_terms *terms,
                      struct ike_child_suite *suite, uint32_t *peer_spi)
{
    struct p2_offers offers;
    enum rc rc = read_offers(sa_body, &offers);
    if (rc != RC_OK)
        return rc;
    const struct p2_offer *offer = &offers.items[0];
    if (offers.count != 1)
        return RC_MALFORMED;
    /* We offered exactly our group or none; judging as if KE had its length leaves that to
     * compare. */
    const struct dh_group *group = dh_group(offer->group);
    size_t ke_len = group ? group->public_len : 0;
    size_t set;
    if (offer->group != terms->pfs_group || !find_match(terms, &offers, ke_len, &set))
        return RC_NO_PROPOSAL;
    commit(offer, terms, suite);
    suite->tell_lifetime = false;
    *peer_spi = spi_value(offer->spi);
    return RC_OK;
}
