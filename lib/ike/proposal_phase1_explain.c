/* Phase 1 decisions in words: each policy against the offer nearest to it, and the change of either
 * side that would make them meet. */
#include "ike/proposal_phase1.h"

#include "crypto/dh.h"
#include "crypto/words.h"

#include <stdio.h>

/* The offer that differs least from the policy; the peer's order among equals. */
static const struct p1_offer *nearest(const struct isakmp_policy *policy,
                                      const struct p1_offers *offers, unsigned allowed,
                                      size_t ke_len, struct p1_verdict *out)
{
    const struct p1_offer *best = NULL;
    for (size_t i = 0; i < offers->count; i++) {
        struct p1_verdict verdict = p1_judge(policy, &offers->items[i], allowed, ke_len);
        if (!best || verdict.equal > out->equal) {
            best = &offers->items[i];
            *out = verdict;
        }
    }
    return best;
}

static void policy_text(const struct isakmp_policy *policy, char *out, size_t size)
{
    char bits[16] = "";
    if (policy->cipher == CIPHER_AES)
        snprintf(bits, sizeof bits, "-%u", policy->key_bits);
    snprintf(out, size, "%s%s %s group %u%s", cipher_word(policy->cipher), bits,
             hash_word(policy->hash), (unsigned)policy->group,
             policy->auth == ISAKMP_AUTH_PSK ? "" : " rsa-sig");
}

static const char *auth_word(uint16_t auth, char *out, size_t size)
{
    if (auth == AUTH_PSK)
        return "pre-share";
    if (auth == AUTH_XAUTH_INIT_PSK)
        return "pre-share with Xauth";
    if (auth == AUTH_RSA_SIG)
        return "rsa-sig";
    snprintf(out, size, "authentication %u", (unsigned)auth);
    return out;
}

/* "aes", or the number where we have no word. */
static void offer_words(const struct p1_offer *offer, char *cipher, char *hash, size_t size)
{
    if (p1_cipher_of(offer->cipher) != CIPHER_NONE)
        snprintf(cipher, size, "%s", cipher_word(p1_cipher_of(offer->cipher)));
    else
        snprintf(cipher, size, "cipher %u", (unsigned)offer->cipher);
    if (p1_hash_of(offer->hash) != HASH_NONE)
        snprintf(hash, size, "%s", hash_word(p1_hash_of(offer->hash)));
    else
        snprintf(hash, size, "hash %u", (unsigned)offer->hash);
}

static void offer_text(const struct p1_offer *offer, const struct isakmp_policy *policy,
                       enum decision_rule rule, size_t ke_len, char *out, size_t size)
{
    char cipher[16];
    char hash[16];
    char bits[8] = "";
    char scratch[32];
    char more[64] = "";
    offer_words(offer, cipher, hash, sizeof cipher);
    if (offer->key_bits)
        snprintf(bits, sizeof bits, "-%u", (unsigned)offer->key_bits);
    if (rule == RULE_AUTH_METHOD)
        snprintf(more, sizeof more, " %s", auth_word(offer->auth, scratch, sizeof scratch));
    else if (rule == RULE_UNSUPPORTED)
        snprintf(more, sizeof more, " with an unknown transform or attribute");
    else if (rule == RULE_DH_GROUP && offer->group == policy->group)
        snprintf(more, sizeof more, " with a key exchange of %zu octets", ke_len);
    snprintf(out, size, "%s%s %s group %u%s", cipher, bits, hash, (unsigned)offer->group, more);
}

/* Could a policy line say what the peer offers? */
static bool offer_configurable(const struct p1_offer *offer)
{
    bool aes = p1_cipher_of(offer->cipher) == CIPHER_AES;
    return !offer->odd && cipher_key_len(p1_cipher_of(offer->cipher), offer->key_bits) != 0 &&
           aes == (offer->key_bits != 0) && p1_hash_of(offer->hash) != HASH_NONE &&
           dh_group(offer->group) != NULL;
}

static void auth_hint(const struct isakmp_policy *policy, const struct p1_offer *offer, char *out,
                      size_t size)
{
    if (policy->auth != ISAKMP_AUTH_PSK)
        snprintf(out, size, "add authentication pre-share to policy %u", policy->priority);
    else if (offer->auth == AUTH_XAUTH_INIT_PSK)
        snprintf(out, size,
                 "add a client authentication list to the profile, or let the peer offer "
                 "pre-share without Xauth");
    else if (offer->auth == AUTH_PSK)
        snprintf(out, size,
                 "let the peer offer Xauth, or remove the client authentication list from the "
                 "profile");
    else
        snprintf(out, size, "let the peer use pre-shared keys");
}

static void suite_hint(const struct isakmp_policy *policy, const struct p1_offer *offer, char *out,
                       size_t size)
{
    char ours[48];
    char cipher[16];
    char hash[16];
    char bits[8] = "";
    policy_text(policy, ours, sizeof ours);
    offer_words(offer, cipher, hash, sizeof cipher);
    if (offer->key_bits)
        snprintf(bits, sizeof bits, " %u", (unsigned)offer->key_bits);
    if (offer_configurable(offer))
        snprintf(out, size,
                 "add a policy with encr %s%s, hash %s, group %u, or let the peer offer %s", cipher,
                 bits, hash, (unsigned)offer->group, ours);
    else
        snprintf(out, size, "let the peer offer %s", ours);
}

static void explain_pair(const struct isakmp_policy *policy, const struct p1_offer *offer,
                         enum decision_rule rule, size_t ke_len, struct decision *decision)
{
    char ours[48];
    policy_text(policy, ours, sizeof ours);
    decision->rule = rule;
    snprintf(decision->ours, sizeof decision->ours, "policy %u (line %u): %s", policy->priority,
             policy->line, ours);
    offer_text(offer, policy, rule, ke_len, decision->theirs, sizeof decision->theirs);
    if (rule == RULE_ENDED)
        snprintf(decision->hint, sizeof decision->hint,
                 "move the peer to stronger algorithms, or set a later day in line %u",
                 policy->ended);
    else if (rule == RULE_AUTH_METHOD)
        auth_hint(policy, offer, decision->hint, sizeof decision->hint);
    else
        suite_hint(policy, offer, decision->hint, sizeof decision->hint);
}

static void note_policy(struct decision *decision, const struct isakmp_policy *policy,
                        enum decision_rule rule)
{
    char name[DECISION_NAME];
    snprintf(name, sizeof name, "policy %u", policy->priority);
    decision_note(decision, name, policy->line, rule);
}

/* No policy fits: note each with what its nearest offer lacks, and explain by the nearest pair. */
void p1_explain_refusal(const struct config *config, const struct p1_offers *offers,
                        unsigned allowed, size_t ke_len, struct decision *decision)
{
    const struct isakmp_policy *best_policy = NULL;
    const struct p1_offer *best_offer = NULL;
    struct p1_verdict best = {.rule = RULE_UNSUPPORTED};
    for (size_t i = 0; i < config->policy_count; i++) {
        struct p1_verdict verdict = {.rule = RULE_UNSUPPORTED};
        const struct p1_offer *offer =
            nearest(&config->policies[i], offers, allowed, ke_len, &verdict);
        note_policy(decision, &config->policies[i], verdict.rule);
        if (offer && (!best_offer || verdict.equal > best.equal)) {
            best_policy = &config->policies[i];
            best_offer = offer;
            best = verdict;
        }
    }
    if (best_offer) {
        explain_pair(best_policy, best_offer, best.rule, ke_len, decision);
        return;
    }
    decision->rule = RULE_UNSUPPORTED;
    snprintf(decision->ours, sizeof decision->ours, "no crypto isakmp policy");
    snprintf(decision->hint, sizeof decision->hint, "add a crypto isakmp policy");
}

void p1_explain_choice(const struct config *config, size_t winner, const struct p1_offers *offers,
                       const struct p1_offer *offer, unsigned method, size_t ke_len,
                       struct decision *decision)
{
    for (size_t i = 0; i < config->policy_count; i++) {
        struct p1_verdict verdict = {.rule = RULE_NOT_TRIED};
        if (i < winner)
            nearest(&config->policies[i], offers, method, ke_len, &verdict);
        note_policy(decision, &config->policies[i], i == winner ? RULE_CHOSEN : verdict.rule);
    }
    char ours[48];
    policy_text(&config->policies[winner], ours, sizeof ours);
    decision->accepted = true;
    snprintf(decision->ours, sizeof decision->ours, "policy %u (line %u): %s",
             config->policies[winner].priority, config->policies[winner].line, ours);
    offer_text(offer, &config->policies[winner], RULE_AUTH_METHOD, ke_len, decision->theirs,
               sizeof decision->theirs);
}
