/* Phase 2 offers of our own, and the numbers of ESP's algorithms on the wire. */
#include "ike/proposal_phase2.h"

#include "config/weak.h"
#include "crypto/dh.h"

/* RFC 2407, 4.4.4; RFC 3602; RFC 3686; RFC 4106, 8. tag: icv octets the id itself implies. */
static const struct {
    enum packet_cipher cipher;
    uint8_t id;
    uint8_t tag;
} transforms[] = {
    {PACKET_DES_CBC, 2, 0},   {PACKET_3DES_CBC, 3, 0},  {PACKET_NULL, 11, 0},
    {PACKET_AES_CBC, 12, 0},  {PACKET_AES_CTR, 13, 0},  {PACKET_AES_GCM, 18, 8},
    {PACKET_AES_GCM, 19, 12}, {PACKET_AES_GCM, 20, 16},
};
/* RFC 2407, 4.5; RFC 4868: half of the digest, except for the two old ones. */
static const struct {
    uint16_t number;
    enum hash_alg hash;
    uint8_t icv;
} auths[] = {
    {1, HASH_MD5, 12},    {2, HASH_SHA1, 12},   {5, HASH_SHA256, 16},
    {6, HASH_SHA384, 24}, {7, HASH_SHA512, 32},
};

static bool is_aes(enum packet_cipher cipher)
{
    return cipher == PACKET_AES_CBC || cipher == PACKET_AES_CTR || cipher == PACKET_AES_GCM;
}

/* 0 for what has no number. */
static uint8_t transform_id(const struct packet_suite *suite)
{
    for (size_t i = 0; i < sizeof transforms / sizeof *transforms; i++)
        if (transforms[i].cipher == suite->cipher &&
            (transforms[i].tag == 0 || transforms[i].tag == suite->icv_len))
            return transforms[i].id;
    return 0;
}

static uint16_t auth_number(enum hash_alg hash)
{
    for (size_t i = 0; i < sizeof auths / sizeof *auths; i++)
        if (auths[i].hash == hash)
            return auths[i].number;
    return 0;
}

static void read_cipher(struct p2_offer *offer)
{
    for (size_t i = 0; i < sizeof transforms / sizeof *transforms; i++) {
        if (transforms[i].id != offer->transform.id)
            continue;
        offer->known_cipher = true;
        offer->suite.cipher = transforms[i].cipher;
        offer->suite.icv_len = transforms[i].tag;
    }
    /* Some peers leave the key length out when it is 128. */
    offer->suite.key_bits = offer->key_bits;
    if (is_aes(offer->suite.cipher) && offer->key_bits == 0)
        offer->suite.key_bits = 128;
}

/* GCM authenticates by itself and must have no such attribute; any other cipher may go without only
 * if a set says so. */
static void read_auth(struct p2_offer *offer)
{
    offer->known_auth = offer->auth == 0;
    if (offer->suite.cipher == PACKET_AES_GCM)
        return;
    for (size_t i = 0; i < sizeof auths / sizeof *auths; i++) {
        if (auths[i].number != offer->auth)
            continue;
        offer->known_auth = true;
        offer->suite.integrity = auths[i].hash;
        offer->suite.icv_len = auths[i].icv;
    }
}

void p2_read_suite(struct p2_offer *offer)
{
    offer->suite = (struct packet_suite){.integrity = HASH_NONE};
    read_cipher(offer);
    read_auth(offer);
}

/* Attributes in the order of IOS; each duration directly behind its type, which vpnc insists on. */
static void put_attrs(struct builder *b, const struct packet_suite *suite,
                      const struct ike_child_terms *terms)
{
    ike_attr_put_basic(b, P2_ENCAPSULATION, p2_tunnel_value(terms->natt));
    ike_lifetime_put(b, terms->lifetime_s, terms->lifetime_kb);
    if (suite->integrity != HASH_NONE)
        ike_attr_put_basic(b, P2_AUTH, auth_number(suite->integrity));
    if (suite->key_bits)
        ike_attr_put_basic(b, P2_KEY_LENGTH, suite->key_bits);
    if (terms->pfs_group)
        ike_attr_put_basic(b, P2_GROUP, terms->pfs_group);
}

/* 0: it is not to be offered. */
static uint8_t offered_id(const struct transform_set *set)
{
    return set->ended ? 0 : transform_id(&set->suite);
}

static bool group_usable(const struct ike_child_terms *terms)
{
    bool over =
        terms->pfs_group < 64 && (terms->ended_groups & UINT64_C(1) << terms->pfs_group) != 0;
    return !terms->pfs_group || (dh_group(terms->pfs_group) && !over);
}

static size_t count_offered(const struct ike_child_terms *terms)
{
    size_t count = 0;
    for (size_t i = 0; i < terms->set_count; i++)
        count += offered_id(terms->sets[i]) != 0;
    return count < UINT8_MAX ? count : UINT8_MAX;
}

struct spi_octets {
    uint8_t at[P2_SPI];
};

static struct spi_octets spi_octets(uint32_t spi)
{
    struct spi_octets out;
    struct builder b = builder_of(out.at, sizeof out.at);
    builder_u32(&b, spi);
    return out;
}

void ike_p2_put_offer(struct builder *b, const struct ike_child_terms *terms, uint32_t spi)
{
    struct spi_octets octets = spi_octets(spi);
    size_t total = count_offered(terms);
    uint8_t number = 0;
    if (total == 0 || !group_usable(terms)) {
        b->bad = true;
        return;
    }
    sa_put_start(b);
    for (size_t i = 0; i < terms->set_count && number < total; i++) {
        uint8_t id = offered_id(terms->sets[i]);
        if (id == 0)
            continue;
        number++;
        size_t proposal = sa_put_proposal(b, number < total, number, PROTOCOL_ESP,
                                          (struct span){octets.at, sizeof octets.at}, 1);
        size_t transform = sa_put_transform(b, false, 1, id);
        put_attrs(b, &terms->sets[i]->suite, terms);
        sa_close(b, transform);
        sa_close(b, proposal);
    }
}

void ike_p2_put_choice(struct builder *b, const struct ike_choice *choice, uint32_t spi)
{
    struct spi_octets octets = spi_octets(spi);
    sa_put_choice(b, choice, (struct span){octets.at, sizeof octets.at});
}
