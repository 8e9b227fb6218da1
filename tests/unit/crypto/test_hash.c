/* Digests and HMAC against FIPS 180, RFC 1321, 2202, 4231, 4868 and against the key derivations of
 * NIST's IKE samples and of a recorded session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "unit/base/octets.h"

enum { ALGS = 5 };
static const enum hash_alg algs[ALGS] = {HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384,
                                         HASH_SHA512};

static void assert_octets(const uint8_t *got, const char *hex)
{
    struct octets want = octets_hex(hex);
    assert_memory_equal(got, want.bytes, want.len);
}

static void lengths_are_those_of_the_standards(void **state)
{
    (void)state;
    static const size_t lens[ALGS] = {16, 20, 32, 48, 64};
    for (size_t i = 0; i < ALGS; i++)
        assert_int_equal(hash_len(algs[i]), lens[i]);
    assert_int_equal(hash_len(HASH_NONE), 0);
    assert_int_equal(hash_len((enum hash_alg)99), 0);
}

static void digests_of_abc_are_those_of_the_standards(void **state)
{
    (void)state;
    static const char *const want[ALGS] = {
        "900150983cd24fb0d6963f7d28e17f72",
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    };
    const struct span split[] = {{(const uint8_t *)"a", 1}, {NULL, 0}, {(const uint8_t *)"bc", 2}};
    for (size_t i = 0; i < ALGS; i++) {
        uint8_t *digest = malloc(hash_len(algs[i]));
        assert_non_null(digest);
        assert_int_equal(hash_compute(algs[i], split, 3, digest), RC_OK);
        assert_octets(digest, want[i]);
        free(digest);
    }
}

static void a_digest_of_nothing_is_a_digest(void **state)
{
    (void)state;
    uint8_t digest[HASH_MAX];
    assert_int_equal(hash_compute(HASH_SHA1, NULL, 0, digest), RC_OK);
    assert_octets(digest, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void no_algorithm_is_refused_and_writes_nothing(void **state)
{
    (void)state;
    uint8_t out[HASH_MAX], before[HASH_MAX];
    memset(out, 0x5a, sizeof out);
    memcpy(before, out, sizeof out);
    const enum hash_alg bad[] = {HASH_NONE, (enum hash_alg)6, (enum hash_alg)1000};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hash_compute(bad[i], NULL, 0, out), RC_CRYPTO);
        assert_int_equal(hash_hmac(bad[i], (struct span){NULL, 0}, NULL, 0, out), RC_CRYPTO);
        assert_memory_equal(out, before, sizeof out);
    }
}

/* One HMAC, whole and cut in two at every place; what the caller gets has the exact length. */
static void assert_hmac(enum hash_alg alg, const struct octets *key, const struct octets *data,
                        const char *hex)
{
    for (size_t cut = 0; cut <= data->len; cut++) {
        const struct span parts[] = {{data->bytes, cut}, {data->bytes + cut, data->len - cut}};
        uint8_t *out = malloc(hash_len(alg));
        assert_non_null(out);
        assert_int_equal(hash_hmac(alg, octets_span(key), parts, 2, out), RC_OK);
        assert_octets(out, hex);
        free(out);
    }
}

static void hmac_hi_there(void **state)
{
    (void)state;
    struct octets data = octets_text("Hi There");
    struct octets key16 = octets_repeat(0x0b, 16), key20 = octets_repeat(0x0b, 20);
    assert_hmac(HASH_MD5, &key16, &data, "9294727a3638bb1c13f48ef8158bfc9d");
    assert_hmac(HASH_SHA1, &key20, &data, "b617318655057264e28bc0b6fb378c8ef146be00");
    assert_hmac(HASH_SHA256, &key20, &data,
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hmac(HASH_SHA384, &key20, &data,
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
                "faea9ea9076ede7f4af152e8b2fa9cb6");
    assert_hmac(HASH_SHA512, &key20, &data,
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
}

static void hmac_with_the_key_jefe(void **state)
{
    (void)state;
    struct octets key = octets_text("Jefe"), data = octets_text("what do ya want for nothing?");
    assert_hmac(HASH_MD5, &key, &data, "750c783e6ab0b503eaa86e310a5db738");
    assert_hmac(HASH_SHA1, &key, &data, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_hmac(HASH_SHA256, &key, &data,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_hmac(HASH_SHA384, &key, &data,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                "8e2240ca5e69e2c78b3239ecfab21649");
    assert_hmac(HASH_SHA512, &key, &data,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

static void hmac_of_fifty_dd(void **state)
{
    (void)state;
    struct octets data = octets_repeat(0xdd, 50);
    struct octets key16 = octets_repeat(0xaa, 16), key20 = octets_repeat(0xaa, 20);
    assert_hmac(HASH_MD5, &key16, &data, "56be34521d144c88dbb8c733f0e8b3f6");
    assert_hmac(HASH_SHA1, &key20, &data, "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    assert_hmac(HASH_SHA256, &key20, &data,
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    assert_hmac(HASH_SHA384, &key20, &data,
                "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
                "2a5ab39dc13814b94e3ab6e101a34f27");
    assert_hmac(HASH_SHA512, &key20, &data,
                "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb");
}

static void hmac_of_fifty_cd(void **state)
{
    (void)state;
    struct octets key = octets_count(1, 25), data = octets_repeat(0xcd, 50);
    assert_hmac(HASH_MD5, &key, &data, "697eaf0aca3a3aea3a75164746ffaa79");
    assert_hmac(HASH_SHA1, &key, &data, "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
    assert_hmac(HASH_SHA256, &key, &data,
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    assert_hmac(HASH_SHA384, &key, &data,
                "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
                "6801dd23c4a7d679ccf8a386c674cffb");
    assert_hmac(HASH_SHA512, &key, &data,
                "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
                "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd");
}

static void hmac_with_a_key_longer_than_a_block(void **state)
{
    (void)state;
    struct octets data = octets_text("Test Using Larger Than Block-Size Key - Hash Key First");
    struct octets more =
        octets_text("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data");
    struct octets both = octets_text(
        "This is a test using a larger than block-size key and a larger than block-size data. The "
        "key needs to be hashed before being used by the HMAC algorithm.");
    struct octets key80 = octets_repeat(0xaa, 80), key131 = octets_repeat(0xaa, 131);
    assert_hmac(HASH_MD5, &key80, &data, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    assert_hmac(HASH_MD5, &key80, &more, "6f630fad67cda0ee1fb1f562db3aa53e");
    assert_hmac(HASH_SHA1, &key80, &data, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    assert_hmac(HASH_SHA1, &key80, &more, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
    assert_hmac(HASH_SHA256, &key131, &data,
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hmac(HASH_SHA256, &key131, &both,
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    assert_hmac(HASH_SHA384, &key131, &data,
                "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
                "0c2ef6ab4030fe8296248df163f44952");
    assert_hmac(HASH_SHA512, &key131, &both,
                "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
                "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58");
}

static void hmac_of_rfc_4868_as_esp_truncates_it(void **state)
{
    (void)state;
    struct octets data = octets_text("Hi There");
    struct octets key32 = octets_repeat(0x0b, 32), key48 = octets_repeat(0x0b, 48),
                  key64 = octets_repeat(0x0b, 64);
    assert_hmac(HASH_SHA256, &key32, &data, "198a607eb44bfbc69903a0f1cf2bbdc5");
    assert_hmac(HASH_SHA384, &key48, &data, "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973");
    assert_hmac(HASH_SHA512, &key64, &data,
                "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8");
}

static void an_empty_key_is_a_key(void **state)
{
    (void)state;
    struct octets none = octets_text("");
    const struct span nothing = {NULL, 0};
    uint8_t tag[HASH_MAX];
    /* the well-known HMAC of nothing under nothing */
    assert_int_equal(hash_hmac(HASH_SHA1, nothing, NULL, 0, tag), RC_OK);
    assert_octets(tag, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
    assert_hmac(HASH_SHA256, &none, &none,
                "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void the_result_may_overwrite_the_key(void **state)
{
    (void)state;
    struct octets key = octets_repeat(0x0b, 20), data = octets_text("Hi There");
    struct span part = octets_span(&data);
    assert_int_equal(hash_hmac(HASH_SHA1, octets_span(&key), &part, 1, key.bytes), RC_OK);
    assert_octets(key.bytes, "b617318655057264e28bc0b6fb378c8ef146be00");
}

/* K = prf(key, parts), each part as hexadecimal text; the result goes back into out. */
static void prf(const struct octets *key, const char *const *parts, size_t count,
                struct octets *out)
{
    struct octets octets[6];
    struct span spans[6];
    for (size_t i = 0; i < count; i++) {
        octets[i] = octets_hex(parts[i]);
        spans[i] = octets_span(&octets[i]);
    }
    struct octets result = {.len = hash_len(HASH_SHA1)};
    assert_int_equal(hash_hmac(HASH_SHA1, octets_span(key), spans, count, result.bytes), RC_OK);
    *out = result;
}

#define PRF(key, out, ...)                                                                         \
    prf((key), (const char *const[]){__VA_ARGS__},                                                 \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (out))

static void ikev1_keys_with_a_preshared_key(void **state)
{
    (void)state;
    static const char ckys[] = "83d374c30b3b50825afc0da06c728029";
    static const char gxy[] = "739003ba2c11c982946c65e26acf661fbf8ebb78011a9fead79efa12fe3e71cc";
    struct octets psk = octets_hex("75"), skeyid, d, a, e, k1, k2;
    PRF(&psk, &skeyid, "b9a2d0e922dc66dd", "2130166863b5ddef");
    assert_octets(skeyid.bytes, "62b04d112877e442fc3282fc37c076997718a0b9");
    PRF(&skeyid, &d, gxy, ckys, "00");
    assert_octets(d.bytes, "369e5aad1bdb5faf6a3d929d500cdc236710a9ab");
    PRF(&skeyid, &a, "369e5aad1bdb5faf6a3d929d500cdc236710a9ab", gxy, ckys, "01");
    assert_octets(a.bytes, "588e957d8d790d093b3a39f121473473af78e9bb");
    PRF(&skeyid, &e, "588e957d8d790d093b3a39f121473473af78e9bb", gxy, ckys, "02");
    assert_octets(e.bytes, "cd74b0c048219db81384d3fda8f6cda51e398a2b");
    PRF(&e, &k1, "00"); /* RFC 2409, appendix B: Ka = K1 | K2 | ... */
    PRF(&e, &k2, "9ce3201d5c6cf897a6cba863e68c634d8d63805d");
    assert_octets(k1.bytes, "9ce3201d5c6cf897a6cba863e68c634d8d63805d");
    assert_octets(k2.bytes, "1f20e30bf6884e2a4ee9fc8a");
}

static void ikev1_keys_with_signatures(void **state)
{
    (void)state;
    static const char ckys[] = "8c3bcd3a69831d7fd2d9a7ff4fbe95a7";
    static const char gxy[] = "8ba4cbc73c0187301dc19a975823854dbd641c597f637f8d053a83b9514673eb";
    struct octets nonces = octets_hex("69a62284195f168080c94ba25c8abda5"), skeyid, d, a, e;
    PRF(&nonces, &skeyid, gxy);
    assert_octets(skeyid.bytes, "707197817fb2d90cf54d1842606bdea59b9f4823");
    PRF(&skeyid, &d, gxy, ckys, "00");
    assert_octets(d.bytes, "384be709a8a5e63c3ed160cfe3921c4b37d5b32d");
    PRF(&skeyid, &a, "384be709a8a5e63c3ed160cfe3921c4b37d5b32d", gxy, ckys, "01");
    assert_octets(a.bytes, "48b327575abe3adba0f279849e289022a13e2b47");
    PRF(&skeyid, &e, "48b327575abe3adba0f279849e289022a13e2b47", gxy, ckys, "02");
    assert_octets(e.bytes, "a4a415c8e0c38c0da847c356cc61c24df8025560");
}

static void ikev2_seeds_and_children(void **state)
{
    (void)state;
    static const char ni[] = "32b50d5f4a3763f3", nr[] = "9206a04b26564cb1";
    static const char spis[] = "34c9e7c1888687853ff77d760d2b2199";
    static const char fresh[] = "863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330";
    struct octets nonces = octets_hex("32b50d5f4a3763f39206a04b26564cb1"), seed, d, out;
    PRF(&nonces, &seed, "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52");
    assert_octets(seed.bytes, "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7");
    PRF(&seed, &d, ni, nr, spis, "01");
    assert_octets(d.bytes, "a14293677cc80ff8f9cc0eee30d895da9d8f4056");
    PRF(&d, &out, ni, nr, "01");
    assert_octets(out.bytes, "8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6");
    PRF(&d, &out, fresh, ni, nr, "01");
    assert_octets(out.bytes, "bb43244c1860ad65ee1e211ffe8bb3661750c8f8");
    PRF(&d, &out, fresh, ni, nr);
    assert_octets(out.bytes, "63e81194946ebd05df7df5ebf5d8750056bf1f1d");
}

static void keys_of_a_recorded_session(void **state)
{
    (void)state;
    static const char ckys[] = "ff30b91ca89b325e85923e8a568c6772";
    static const char gxy[] = "19496ee4e0464a72cc62646048390118fa4dd46c5b99baf93ecec9cf85999738"
                              "c30bc7ea8fb403b97d41b85ed8ba7ff00717ed3431e3fefdd0bb4fff869d74b2"
                              "eb711ebc8cf00163d09539d98e3fc19c6a12b5aa69f17a2cb9c5aa258f780562"
                              "779452daedf7641c2282285dc9e41d54b9eab8ecc948199c808049f7cf564d68";
    struct octets psk = octets_text("groupsecret"), skeyid, d, a, e;
    PRF(&psk, &skeyid, "305d0d5d203c81fc90877dc57ad783ce76afb87c",
        "063481fa9bdb8aaea03cad396599df3ce2ed7e54b7385446215484d11f40b630");
    assert_octets(skeyid.bytes, "19b47ae419f34f43e92fe575e3516b87b1411631");
    PRF(&skeyid, &d, gxy, ckys, "00");
    assert_octets(d.bytes, "7de47a2d9715d0791d2c7a478b74734ca13c32cd");
    PRF(&skeyid, &a, "7de47a2d9715d0791d2c7a478b74734ca13c32cd", gxy, ckys, "01");
    assert_octets(a.bytes, "26eb4da15a1bda3908647c76be96c07686cead4f");
    PRF(&skeyid, &e, "26eb4da15a1bda3908647c76be96c07686cead4f", gxy, ckys, "02");
    assert_octets(e.bytes, "0d99bffa9a9295ad6c5c1349a8f5461b9d310e14");
}

static void comparison_sees_every_bit(void **state)
{
    (void)state;
    uint8_t a[33], b[33];
    memset(a, 0x3c, sizeof a);
    memcpy(b, a, sizeof a);
    assert_true(hash_equal(a, b, sizeof a));
    assert_true(hash_equal(NULL, NULL, 0));
    for (size_t bit = 0; bit < sizeof a * 8; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(hash_equal(a, b, sizeof a));
        assert_true(hash_equal(a, b, bit / 8));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_those_of_the_standards),
        cmocka_unit_test(digests_of_abc_are_those_of_the_standards),
        cmocka_unit_test(a_digest_of_nothing_is_a_digest),
        cmocka_unit_test(no_algorithm_is_refused_and_writes_nothing),
        cmocka_unit_test(hmac_hi_there),
        cmocka_unit_test(hmac_with_the_key_jefe),
        cmocka_unit_test(hmac_of_fifty_dd),
        cmocka_unit_test(hmac_of_fifty_cd),
        cmocka_unit_test(hmac_with_a_key_longer_than_a_block),
        cmocka_unit_test(hmac_of_rfc_4868_as_esp_truncates_it),
        cmocka_unit_test(an_empty_key_is_a_key),
        cmocka_unit_test(the_result_may_overwrite_the_key),
        cmocka_unit_test(ikev1_keys_with_a_preshared_key),
        cmocka_unit_test(ikev1_keys_with_signatures),
        cmocka_unit_test(ikev2_seeds_and_children),
        cmocka_unit_test(keys_of_a_recorded_session),
        cmocka_unit_test(comparison_sees_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
