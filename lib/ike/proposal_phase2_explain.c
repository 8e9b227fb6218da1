/* Phase 2 decisions in words: each transform-set against the offer nearest to it, and the change of
 * either side that would make them meet. */
#include "ike/proposal_phase2.h"

#include "crypto/words.h"

#include <stdio.h>

enum { SUITE_WORDS = 48, MODE_WORDS = 24 };

static const struct p2_offer *nearest(const struct transform_set *set,
                                      const struct p2_offers *offers,
                                      const struct ike_child_terms *terms, size_t ke_len,
                                      struct p2_verdict *out)
{
    const struct p2_offer *best = NULL;
    for (size_t i = 0; i < offers->count; i++) {
        struct p2_verdict verdict = p2_judge(set, &offers->items[i], terms, ke_len);
        if (!best || verdict.equal > out->equal) {
            best = &offers->items[i];
            *out = verdict;
        }
    }
    return best;
}

static void suite_words(const struct p2_offer *offer, char out[SUITE_WORDS])
{
    if (offer->protocol != PROTOCOL_ESP)
        snprintf(out, SUITE_WORDS, "protocol %u", (unsigned)offer->protocol);
    else if (!offer->known_cipher || !offer->known_auth)
        snprintf(out, SUITE_WORDS, "ESP transform %u authentication %u",
                 (unsigned)offer->transform.id, (unsigned)offer->auth);
    else
        suite_format(&offer->suite, out);
}

/* RFC 2407, 4.5; RFC 3947, 5.1; the drafts before it. */
static const char *mode_words(uint16_t encapsulation, char out[MODE_WORDS])
{
    static const struct {
        uint16_t value;
        const char *words;
    } modes[] = {
        {0, ""},
        {1, " tunnel"},
        {2, " transport"},
        {3, " UDP-tunnel"},
        {4, " UDP-transport"},
        {61443, " UDP-tunnel (draft)"},
        {61444, " UDP-transport (draft)"},
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].value == encapsulation)
            return modes[i].words;
    snprintf(out, MODE_WORDS, " encapsulation %u", (unsigned)encapsulation);
    return out;
}

static void group_words(uint16_t group, size_t ke_len, char *out, size_t size)
{
    if (group)
        snprintf(out, size, " PFS group %u%s", (unsigned)group, ke_len ? "" : " without KE");
    else
        snprintf(out, size, "%s", ke_len ? " KE without PFS group" : "");
}

static void offer_text(const struct p2_offer *offer, size_t ke_len, char *out, size_t size)
{
    char suite[SUITE_WORDS];
    char mode[MODE_WORDS];
    char group[32];
    suite_words(offer, suite);
    group_words(offer->group, ke_len, group, sizeof group);
    snprintf(out, size, "%s%s%s%s%s", suite, mode_words(offer->encapsulation, mode), group,
             offer->bundle ? " in a bundle" : "", offer->odd ? " with an unknown attribute" : "");
}

static void set_text(const struct transform_set *set, const struct ike_child_terms *terms,
                     char *out, size_t size)
{
    char suite[SUITE_TEXT];
    char mode[MODE_WORDS];
    char group[24] = "";
    suite_format(&set->suite, suite);
    if (terms->pfs_group)
        snprintf(group, sizeof group, " PFS group %u", (unsigned)terms->pfs_group);
    snprintf(out, size, "transform-set %.24s (line %u): %s%s%s", set->name, set->line, suite,
             mode_words(p2_tunnel_value(terms->natt), mode), group);
}

static void pfs_hint(const struct p2_offer *offer, const struct ike_child_terms *terms, char *out,
                     size_t size)
{
    if (terms->pfs_group && offer->group)
        snprintf(out, size, "set pfs group%u in the map entry, or let the peer use PFS group %u",
                 (unsigned)offer->group, (unsigned)terms->pfs_group);
    else if (terms->pfs_group)
        snprintf(out, size, "let the peer use PFS group %u, or remove set pfs from the map entry",
                 (unsigned)terms->pfs_group);
    else
        snprintf(out, size, "let the peer send a KE payload of the PFS group that it proposes");
}

static void suite_hint(const struct transform_set *set, const struct p2_offer *offer, char *out,
                       size_t size)
{
    char ours[SUITE_TEXT];
    char theirs[SUITE_TEXT];
    suite_format(&set->suite, ours);
    suite_format(&offer->suite, theirs);
    bool configurable = offer->protocol == PROTOCOL_ESP && offer->known_cipher &&
                        offer->known_auth && !offer->odd && !offer->bundle &&
                        packet_key_len(&offer->suite) != 0;
    if (configurable)
        snprintf(out, size, "add a transform-set %s to the map entry, or let the peer offer %s",
                 theirs, ours);
    else
        snprintf(out, size, "let the peer offer ESP alone with %s", ours);
}

static void explain_pair(const struct transform_set *set, const struct p2_offer *offer,
                         const struct ike_child_terms *terms, enum decision_rule rule,
                         size_t ke_len, struct decision *decision)
{
    decision->rule = rule;
    set_text(set, terms, decision->ours, sizeof decision->ours);
    offer_text(offer, ke_len, decision->theirs, sizeof decision->theirs);
    char mode[MODE_WORDS];
    if (rule == RULE_ENDED)
        snprintf(decision->hint, sizeof decision->hint,
                 "move the peer to stronger algorithms, or set a later day in its \"hubward "
                 "allow-weak\" line");
    else if (rule == RULE_PFS)
        pfs_hint(offer, terms, decision->hint, sizeof decision->hint);
    else if (rule == RULE_ENCAPSULATION)
        snprintf(decision->hint, sizeof decision->hint, "let the peer use mode%s",
                 mode_words(p2_tunnel_value(terms->natt), mode));
    else
        suite_hint(set, offer, decision->hint, sizeof decision->hint);
}

static void note_set(struct decision *decision, const struct transform_set *set,
                     enum decision_rule rule)
{
    char name[DECISION_NAME];
    snprintf(name, sizeof name, "transform-set %.24s", set->name);
    decision_note(decision, name, set->line, rule);
}

void p2_explain_refusal(const struct ike_child_terms *terms, const struct p2_offers *offers,
                        size_t ke_len, struct decision *decision)
{
    const struct transform_set *best_set = NULL;
    const struct p2_offer *best_offer = NULL;
    struct p2_verdict best = {.rule = RULE_UNSUPPORTED};
    for (size_t i = 0; i < terms->set_count; i++) {
        struct p2_verdict verdict = {.rule = RULE_UNSUPPORTED};
        const struct p2_offer *offer = nearest(terms->sets[i], offers, terms, ke_len, &verdict);
        note_set(decision, terms->sets[i], verdict.rule);
        if (offer && (!best_offer || verdict.equal > best.equal)) {
            best_set = terms->sets[i];
            best_offer = offer;
            best = verdict;
        }
    }
    if (best_offer) {
        explain_pair(best_set, best_offer, terms, best.rule, ke_len, decision);
        return;
    }
    decision->rule = RULE_UNSUPPORTED;
    snprintf(decision->ours, sizeof decision->ours, "no transform-set");
    snprintf(decision->hint, sizeof decision->hint, "add set transform-set to the map entry");
}

void p2_explain_choice(const struct ike_child_terms *terms, size_t winner,
                       const struct p2_offers *offers, const struct p2_offer *offer, size_t ke_len,
                       struct decision *decision)
{
    for (size_t i = 0; i < terms->set_count; i++) {
        struct p2_verdict verdict = {.rule = RULE_NOT_TRIED};
        if (i < winner)
            nearest(terms->sets[i], offers, terms, ke_len, &verdict);
        note_set(decision, terms->sets[i], i == winner ? RULE_CHOSEN : verdict.rule);
    }
    decision->accepted = true;
    set_text(terms->sets[winner], terms, decision->ours, sizeof decision->ours);
    offer_text(offer, ke_len, decision->theirs, sizeof decision->theirs);
}
