/* Phase 1 offers of our own, and the numbers of the algorithms on the wire. */
#include "ike/proposal_phase1.h"

#include "crypto/dh.h"

static const struct {
    uint16_t number;
    enum cipher_alg cipher;
} ciphers[] = {{1, CIPHER_DES}, {5, CIPHER_3DES}, {7, CIPHER_AES}};
static const struct {
    uint16_t number;
    enum hash_alg hash;
} hashes[] = {{1, HASH_MD5}, {2, HASH_SHA1}, {4, HASH_SHA256}, {5, HASH_SHA384}, {6, HASH_SHA512}};

enum cipher_alg p1_cipher_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (ciphers[i].number == number)
            return ciphers[i].cipher;
    return CIPHER_NONE;
}

enum hash_alg p1_hash_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (hashes[i].number == number)
            return hashes[i].hash;
    return HASH_NONE;
}

static uint16_t cipher_number(enum cipher_alg cipher)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (ciphers[i].cipher == cipher)
            return ciphers[i].number;
    return 0;
}

static uint16_t hash_number(enum hash_alg hash)
{
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (hashes[i].hash == hash)
            return hashes[i].number;
    return 0;
}

static bool policy_offered(const struct isakmp_policy *policy, uint16_t group)
{
    return policy->auth == ISAKMP_AUTH_PSK && !policy->ended &&
           (group == 0 || policy->group == group) && dh_group(policy->group) != NULL;
}

static void put_policy(struct builder *b, const struct isakmp_policy *policy, uint16_t auth_method,
                       uint8_t number, bool more)
{
    size_t start = sa_put_transform(b, more, number, TRANSFORM_KEY_IKE);
    ike_attr_put_basic(b, P1_ENCRYPTION, cipher_number(policy->cipher));
    if (policy->cipher == CIPHER_AES)
        ike_attr_put_basic(b, P1_KEY_LENGTH, (uint16_t)policy->key_bits);
    ike_attr_put_basic(b, P1_HASH, hash_number(policy->hash));
    ike_attr_put_basic(b, P1_GROUP, policy->group);
    ike_attr_put_basic(b, P1_AUTH, auth_method);
    ike_lifetime_put_phase1(b, policy->lifetime_s);
    sa_close(b, start);
}

void ike_p1_put_offer(struct builder *b, const struct config *config, uint16_t auth_method,
                      uint16_t group)
{
    size_t count = 0;
    for (size_t i = 0; i < config->policy_count; i++)
        count += policy_offered(&config->policies[i], group);
    if (count == 0) {
        b->bad = true;
        return;
    }
    uint8_t total = count < UINT8_MAX ? (uint8_t)count : UINT8_MAX;
    uint8_t number = 0;
    sa_put_start(b);
    size_t start = sa_put_proposal(b, false, 1, PROTOCOL_ISAKMP, (struct span){NULL, 0}, total);
    for (size_t i = 0; i < config->policy_count && number < total; i++) {
        if (!policy_offered(&config->policies[i], group))
            continue;
        number++;
        put_policy(b, &config->policies[i], auth_method, number, number < total);
    }
    sa_close(b, start);
}
