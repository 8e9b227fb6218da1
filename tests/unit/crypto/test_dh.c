/* Diffie-Hellman against RFC 5903 and RFC 7748, every kind of value that must be refused, and four
 * threads at once. */
#include "unit/crypto/dh_facts.h"

#include <pthread.h>

#include "base/rng.h"
#include "crypto/hash.h"

#include <openssl/ec.h>

enum { THREADS = 4 };

/* Both doors refuse the value, and the secret's place is left as it was. */
static void assert_refused(const struct dh_group *group, const uint8_t *peer, size_t len)
{
    uint8_t private_value[DH_PRIVATE_MAX], out[DH_SHARED_MAX], fresh[DH_SHARED_MAX];
    memset(private_value, 0x42, sizeof private_value);
    memset(out, 0xa5, sizeof out);
    memset(fresh, 0xa5, sizeof fresh);
    assert_int_equal(check(group, peer, len), RC_MALFORMED);
    assert_int_equal(share(group, private_value, peer, len, out), RC_MALFORMED);
    assert_memory_equal(out, fresh, sizeof out);
}

static void the_table_holds_the_ten_groups(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint32_t number = 0; number <= UINT16_MAX; number++)
        found += dh_group((uint16_t)number) != NULL;
    assert_int_equal(found, GROUPS);
    for (size_t i = 0; i < GROUPS; i++) {
        const struct dh_group *group = dh_group(facts[i].number);
        assert_non_null(group);
        assert_int_equal(group->number, facts[i].number);
        assert_int_equal(group->bits, facts[i].bits);
        assert_int_equal(group->public_len, facts[i].public_len);
        assert_int_equal(group->shared_len, facts[i].shared_len);
        assert_int_equal(group->private_len, facts[i].private_len);
        assert_int_equal(group->weak, facts[i].weak);
        assert_true(group->public_len <= DH_PUBLIC_MAX && group->shared_len <= DH_SHARED_MAX &&
                    group->private_len <= DH_PRIVATE_MAX);
    }
}

static void a_group_from_elsewhere_is_refused(void **state)
{
    (void)state;
    struct dh_group copy = *dh_group(14);
    uint8_t private_value[32] = {1}, value[256] = {0}, out[256];
    value[255] = 4;
    assert_int_equal(dh_check_public(&copy, (struct span){value, sizeof value}), RC_MALFORMED);
    assert_int_equal(dh_public(&copy, private_value, out), RC_CRYPTO);
    assert_int_equal(dh_shared(&copy, private_value, (struct span){value, sizeof value}, out),
                     RC_MALFORMED);
}

/* --- published vectors --- */

static void assert_vector(uint16_t number, const char *private_hex, const char *public_hex,
                          const char *peer_hex, const char *shared_hex)
{
    const struct dh_group *group = dh_group(number);
    struct octets private_value = octets_hex(private_hex), peer = octets_hex(peer_hex);
    uint8_t *shared = malloc(group->shared_len);
    assert_non_null(shared);
    assert_int_equal(private_value.len, group->private_len);
    uint8_t *ours = make_public(group, private_value.bytes);
    assert_octets(ours, public_hex);
    assert_int_equal(share(group, private_value.bytes, peer.bytes, peer.len, shared), RC_OK);
    assert_octets(shared, shared_hex);
    free(ours);
    free(shared);
}

static void rfc_5903_group_19(void **state)
{
    (void)state;
    static const char gi[] = "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
                             "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3";
    static const char gr[] = "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                             "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab";
    static const char z[] = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";
    assert_vector(19, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433", gi, gr,
                  z);
    assert_vector(19, "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53", gr, gi,
                  z);
}

static void rfc_5903_group_20(void **state)
{
    (void)state;
    static const char gi[] = "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
                             "de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f"
                             "65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c";
    static const char gr[] = "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
                             "0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f"
                             "66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c";
    static const char z[] = "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
                            "d603135569b9e9d09cf5d4a270f59746";
    assert_vector(20,
                  "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
                  "e35b538041e649ee3faef896783ab194",
                  gi, gr, z);
    assert_vector(20,
                  "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
                  "e0308312916b8ed2960e4bd55a7448fc",
                  gr, gi, z);
}

static void rfc_5903_group_21(void **state)
{
    (void)state;
    static const char gi[] = "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3b"
                             "f42e00b8e380aeae57c2d1"
                             "07564941885942af5a7f4601723c4195d176ced3e"
                             "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a78"
                             "8015ac405d7799dc75e7b7"
                             "d5b6cf2261a6a7f1507438bf01beb6ca3926f9582";
    static const char gr[] = "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c"
                             "356436adc6e95bb0352f6b"
                             "e64a6c2912d4ef2d0433ced2b6171640012d9460f"
                             "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6"
                             "536c5c408a1d2aebb8e86d"
                             "678ae49cb57091f4732296579ab44fcd17f0fc56a";
    static const char z[] = "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e"
                            "73ca4baa240a347868598"
                            "10c06b3c715a3a8cc3151f2bee417996d19f3ddea";
    assert_vector(21,
                  "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c295"
                  "2c6771d937b"
                  "a9777f5957b2639bab072462f68c27a57382d4a52",
                  gi, gr, z);
    assert_vector(21,
                  "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757"
                  "a3bdbf2a316"
                  "3e4c2f869cca7458aa4a4effc311f5cb151685eb9",
                  gr, gi, z);
}

static void rfc_7748_group_31(void **state)
{
    (void)state;
    static const char alice[] = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    static const char bob[] = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    static const char z[] = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    assert_vector(31, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", alice,
                  bob, z);
    assert_vector(31, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", bob,
                  alice, z);
}

static void assert_x25519(const char *scalar, const char *u, const char *shared_hex)
{
    struct octets k = octets_hex(scalar), peer = octets_hex(u);
    uint8_t shared[32];
    assert_int_equal(share(dh_group(31), k.bytes, peer.bytes, peer.len, shared), RC_OK);
    assert_octets(shared, shared_hex);
}

static void rfc_7748_scalar_multiplication(void **state)
{
    (void)state;
    assert_x25519("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    /* the top bit of u is set and means nothing */
    assert_x25519("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

/* --- what is refused --- */

static void every_wrong_length_is_refused(void **state)
{
    (void)state;
    uint8_t value[DH_PUBLIC_MAX + 1];
    memset(value, 0x11, sizeof value);
    for (size_t i = 0; i < GROUPS; i++)
        for (size_t len = 0; len <= DH_PUBLIC_MAX + 1; len++)
            if (len != facts[i].public_len)
                assert_refused(dh_group(facts[i].number), value, len);
}

/* p + add as the octets of the wire; the hash of p itself is compared with the published one. */
static void near_prime(const struct fact *fact, long add, uint8_t *out)
{
    BIGNUM *prime = fact->prime(NULL);
    uint8_t digest[HASH_MAX];
    assert_int_equal(BN_bn2binpad(prime, out, fact->public_len), fact->public_len);
    struct span part = {out, fact->public_len};
    assert_int_equal(hash_compute(HASH_SHA256, &part, 1, digest), RC_OK);
    if (fact->prime_sha256)
        assert_octets(digest, fact->prime_sha256);
    if (add < 0)
        assert_int_equal(BN_sub_word(prime, (BN_ULONG)-add), 1);
    else
        assert_int_equal(BN_add_word(prime, (BN_ULONG)add), 1);
    assert_int_equal(BN_bn2binpad(prime, out, fact->public_len), fact->public_len);
    BN_free(prime);
}

static void modp_values_must_lie_between_1_and_p_minus_1(void **state)
{
    (void)state;
    static const long outside[] = {-1, 0, 1, 2};
    for (size_t i = 0; i < GROUPS; i++) {
        const struct dh_group *group = dh_group(facts[i].number);
        uint8_t value[DH_PUBLIC_MAX] = {0};
        if (!facts[i].prime)
            continue;
        assert_refused(group, value, group->public_len);
        value[group->public_len - 1] = 1;
        assert_refused(group, value, group->public_len);
        value[group->public_len - 1] = 2;
        assert_int_equal(check(group, value, group->public_len), RC_OK);
        near_prime(&facts[i], -2, value);
        assert_int_equal(check(group, value, group->public_len), RC_OK);
        for (size_t k = 0; k < sizeof outside / sizeof outside[0]; k++) {
            near_prime(&facts[i], outside[k], value);
            assert_refused(group, value, group->public_len);
        }
        memset(value, 0xff, sizeof value);
        assert_refused(group, value, group->public_len);
    }
}

/* p = 2^n - 2^(n-64) - 1 + 2^64 (floor(2^(n-130) pi) + c): all ones at both ends. Group 1, whose
 * hash is not published, ends as RFC 2409, 6.1 prints it. */
static void the_prime_of_group_1_is_that_of_the_rfc(void **state)
{
    (void)state;
    uint8_t prime[96];
    near_prime(&facts[0], 0, prime);
    assert_octets(prime, "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
                         "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
                         "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620ffffffffffffffff");
}

static void a_point_with_any_bit_flipped_is_refused(void **state)
{
    (void)state;
    uint8_t private_value[DH_PRIVATE_MAX] = {7, 7, 7};
    for (size_t i = 0; i < GROUPS; i++) {
        const struct dh_group *group = dh_group(facts[i].number);
        if (!facts[i].curve)
            continue;
        uint8_t *point = make_public(group, private_value);
        for (size_t bit = 0; bit < group->public_len * 8u; bit++) {
            point[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_refused(group, point, group->public_len);
            point[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(check(group, point, group->public_len), RC_OK);
        free(point);
    }
}

static void points_that_are_none_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GROUPS; i++) {
        const struct dh_group *group = dh_group(facts[i].number);
        uint8_t value[DH_PUBLIC_MAX] = {0};
        if (!facts[i].curve)
            continue;
        assert_refused(group, value, group->public_len);
        memset(value, 0xff, sizeof value);
        assert_refused(group, value, group->public_len);
    }
}

static EC_GROUP *curve_of(const struct fact *fact)
{
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(fact->curve));
    assert_non_null(curve);
    return curve;
}

/* x + p names the same field element where it fits the octets: P-521 has seven bits to spare. */
static void a_coordinate_past_the_field_is_refused(void **state)
{
    (void)state;
    const struct dh_group *group = dh_group(21);
    uint8_t private_value[DH_PRIVATE_MAX] = {9};
    uint8_t *point = make_public(group, private_value);
    EC_GROUP *curve = curve_of(&facts[8]);
    for (size_t half = 0; half < 2; half++) {
        uint8_t shifted[132];
        memcpy(shifted, point, sizeof shifted);
        BIGNUM *c = BN_bin2bn(point + half * 66, 66, NULL);
        assert_int_equal(BN_add(c, c, EC_GROUP_get0_field(curve)), 1);
        assert_int_equal(BN_bn2binpad(c, shifted + half * 66, 66), 66);
        assert_refused(group, shifted, sizeof shifted);
        BN_free(c);
    }
    EC_GROUP_free(curve);
    free(point);
}

static void x25519_points_of_small_order_are_refused(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p - 1 */
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p */
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p + 1 */
    };
    uint8_t private_value[32], out[32], fresh[32];
    memset(private_value, 0x42, sizeof private_value);
    memset(out, 0xa5, sizeof out);
    memset(fresh, 0xa5, sizeof fresh);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        for (unsigned top = 0; top < 2; top++) {
            struct octets point = octets_hex(points[i]);
            point.bytes[31] |= (uint8_t)(top << 7);
            assert_int_equal(share(dh_group(31), private_value, point.bytes, 32, out),
                             RC_MALFORMED);
            assert_memory_equal(out, fresh, sizeof out);
        }
    }
}

/* --- private values --- */

/* The private value n + add of a curve, and what comes out of it. */
static uint8_t *public_of_order_plus(const struct fact *fact, unsigned add)
{
    EC_GROUP *curve = curve_of(fact);
    BIGNUM *n = BN_dup(EC_GROUP_get0_order(curve));
    uint8_t private_value[DH_PRIVATE_MAX];
    assert_int_equal(BN_add_word(n, add), 1);
    assert_int_equal(BN_bn2binpad(n, private_value, fact->private_len), fact->private_len);
    BN_free(n);
    EC_GROUP_free(curve);
    return make_public(dh_group(fact->number), private_value);
}

static void scalars_are_reduced_into_the_range_of_the_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < GROUPS; i++) {
        const struct fact *fact = &facts[i];
        uint8_t private_value[DH_PRIVATE_MAX] = {0};
        if (!fact->curve)
            continue;
        private_value[fact->private_len - 1] = 1;
        uint8_t *one = make_public(dh_group(fact->number), private_value);
        private_value[fact->private_len - 1] = 2;
        uint8_t *two = make_public(dh_group(fact->number), private_value);
        private_value[fact->private_len - 1] = 0;
        uint8_t *zero = make_public(dh_group(fact->number), private_value);
        uint8_t *n = public_of_order_plus(fact, 0), *n2 = public_of_order_plus(fact, 2);
        assert_memory_equal(zero, one, fact->public_len); /* 0 is no scalar: taken as 1 */
        assert_memory_equal(n, one, fact->public_len);
        assert_memory_equal(n2, two, fact->public_len);
        assert_memory_not_equal(one, two, fact->public_len);
        free(one);
        free(two);
        free(zero);
        free(n);
        free(n2);
    }
}

/* All private_len octets count: the peer's side of an exchange changes with each of them. X25519
 * ignores five bits of the outermost octets, so whole octets are changed. */
static void every_private_octet_matters(void **state)
{
    (void)state;
    for (size_t i = 0; i < GROUPS; i++) {
        const struct dh_group *group = dh_group(facts[i].number);
        uint8_t private_value[DH_PRIVATE_MAX];
        memset(private_value, 0x35, sizeof private_value);
        uint8_t *base = make_public(group, private_value);
        for (size_t at = 0; at < group->private_len; at++) {
            private_value[at] ^= 0x38;
            uint8_t *other = make_public(group, private_value);
            assert_memory_not_equal(base, other, group->public_len);
            private_value[at] ^= 0x38;
            free(other);
        }
        free(base);
    }
}

/* --- threads --- */

struct outcome {
    uint64_t seed;
    bool failed;
    uint8_t secrets[GROUPS][DH_SHARED_MAX];
};

/* Both ends of an exchange in every group; nothing of cmocka, whose state is one thread's. */
static void *both_ends(void *argument)
{
    struct outcome *outcome = argument;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, outcome->seed);
    for (size_t i = 0; i < GROUPS; i++) {
        const struct dh_group *group = dh_group(facts[i].number);
        uint8_t a[DH_PRIVATE_MAX], b[DH_PRIVATE_MAX], ga[DH_PUBLIC_MAX], gb[DH_PUBLIC_MAX];
        uint8_t other[DH_SHARED_MAX];
        rng_bytes(&rng, a, sizeof a);
        rng_bytes(&rng, b, sizeof b);
        if (dh_public(group, a, ga) != RC_OK || dh_public(group, b, gb) != RC_OK ||
            dh_shared(group, a, (struct span){gb, group->public_len}, outcome->secrets[i]) !=
                RC_OK ||
            dh_shared(group, b, (struct span){ga, group->public_len}, other) != RC_OK ||
            !hash_equal(outcome->secrets[i], other, group->shared_len))
            outcome->failed = true;
    }
    return NULL;
}

static void four_threads_compute_what_one_does(void **state)
{
    (void)state;
    static struct outcome together[THREADS], alone[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        together[i] = (struct outcome){.seed = 31 + i};
        alone[i] = (struct outcome){.seed = 31 + i};
        assert_int_equal(pthread_create(&threads[i], NULL, both_ends, &together[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < THREADS; i++) {
        both_ends(&alone[i]);
        assert_false(together[i].failed);
        assert_false(alone[i].failed);
        assert_memory_equal(together[i].secrets, alone[i].secrets, sizeof alone[i].secrets);
    }
    assert_memory_not_equal(alone[0].secrets, alone[1].secrets, sizeof alone[0].secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* first, so that the threads meet a library nobody has warmed up */
        cmocka_unit_test(four_threads_compute_what_one_does),
        cmocka_unit_test(the_table_holds_the_ten_groups),
        cmocka_unit_test(a_group_from_elsewhere_is_refused),
        cmocka_unit_test(rfc_5903_group_19),
        cmocka_unit_test(rfc_5903_group_20),
        cmocka_unit_test(rfc_5903_group_21),
        cmocka_unit_test(rfc_7748_group_31),
        cmocka_unit_test(rfc_7748_scalar_multiplication),
        cmocka_unit_test(every_wrong_length_is_refused),
        cmocka_unit_test(modp_values_must_lie_between_1_and_p_minus_1),
        cmocka_unit_test(the_prime_of_group_1_is_that_of_the_rfc),
        cmocka_unit_test(a_point_with_any_bit_flipped_is_refused),
        cmocka_unit_test(points_that_are_none_are_refused),
        cmocka_unit_test(a_coordinate_past_the_field_is_refused),
        cmocka_unit_test(x25519_points_of_small_order_are_refused),
        cmocka_unit_test(scalars_are_reduced_into_the_range_of_the_curve),
        cmocka_unit_test(every_private_octet_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
