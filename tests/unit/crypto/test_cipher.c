/* CBC against FIPS 81, RFC 3602, SP 800-38A and a recorded ISAKMP message; the IV that is left for
 * the next message; keys and lengths that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/cipher.h"
#include "unit/base/octets.h"

struct vector {
    enum cipher_alg alg;
    const char *key;
    const char *iv;
    const char *plain;
    const char *cipher;
};

static const struct vector vectors[] = {
    /* FIPS 81, table C1: "Now is the time for all " */
    {CIPHER_DES, "0123456789abcdef", "1234567890abcdef",
     "4e6f77206973207468652074696d6520666f7220616c6c20",
     "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
    /* the 3DES vector that OpenSSL and others carry */
    {CIPHER_3DES, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "fedcba9876543210",
     "37363534333231204e6f77206973207468652074696d6520666f722000000000",
     "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675"},
    /* RFC 3602, 4, cases 1 to 4 */
    {CIPHER_AES, "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
     "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a"},
    {CIPHER_AES, "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"},
    {CIPHER_AES, "6c3ea0477630ce21a2ce334aa746c2cd", "c782dc4c098c66cbd9cd27d825682c81",
     "5468697320697320612034382d62797465206d657373616765202865786163746c79203320414553"
     "20626c6f636b7329",
     "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5"
     "021c19216bad525c8579695d83ba2684"},
    {CIPHER_AES, "56e47a38c5598974bc46903dba290349", "8ce82eefbea0da3c44699ed7db51b7d9",
     "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
     "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
     "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e"
     "35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55"},
    /* SP 800-38A, F.2.3 and F.2.5 */
    {CIPHER_AES, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
     "000102030405060708090a0b0c0d0e0f",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
     "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
     "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"},
    {CIPHER_AES, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "000102030405060708090a0b0c0d0e0f",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
     "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
    /* the third aggressive mode message of a session between vpnc and strongSwan */
    {CIPHER_AES, "0d99bffa9a9295ad6c5c1349a8f5461b", "79fc491a4070fe532d77622b6ee1cbfa",
     "0b0000183c2632e06317132595b303fde32f7d0250cff9410d00001c0000000101106002ff30b91c"
     "a89b325e85923e8a568c67720d000014126e1f577291153b20485f7f155b4bc81400001412f5f28c"
     "457168a9702d9fe274cc010014000018b3e2da412e6713f8be7148ae250cb1076af4f93d00000018"
     "d2c2652f090647472363a84aea05c92ec80c4d5000000000",
     "96d26fc987c0b5be399e7c8d4c379f5bfeb64339b89fd57f0dea27b5080ae2271afda27ca3325e83"
     "1206d23cb61793f3f0d284efa0bb6f0e8b8a450151790422fb4d025276cf46e7ef7f1202ae818e8d"
     "ff6428f709c9e7b0e3168c058abaeb6a0e164ffa80291e3b1c35c87505f7c8f6740bd7c049c71f4b"
     "6c560eb5ddb7f812d37be12296e7b4d751c4563f3d805d59"},
};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

typedef enum rc cbc_fn(enum cipher_alg alg, struct span key, uint8_t *iv, const uint8_t *in,
                       uint8_t *out, size_t n);

/* Every buffer a block of exact size; out apart from in, or the same. */
static void assert_cbc(const struct vector *v, cbc_fn *cbc, const char *from, const char *to,
                       bool in_place)
{
    struct octets key = octets_hex(v->key), iv = octets_hex(v->iv);
    struct octets in = octets_hex(from), want = octets_hex(to), cipher = octets_hex(v->cipher);
    uint8_t *k = octets_exact(key.bytes, key.len), *i = octets_exact(iv.bytes, iv.len);
    uint8_t *source = octets_exact(in.bytes, in.len);
    uint8_t *target = in_place ? source : malloc(in.len);
    assert_non_null(target);
    assert_int_equal(cbc(v->alg, (struct span){k, key.len}, i, source, target, in.len), RC_OK);
    assert_memory_equal(target, want.bytes, want.len);
    /* RFC 2409, appendix B: the next message chains on the last ciphertext block */
    assert_memory_equal(i, cipher.bytes + cipher.len - iv.len, iv.len);
    if (!in_place) {
        assert_memory_equal(source, in.bytes, in.len);
        free(target);
    }
    free(source);
    free(i);
    free(k);
}

static void vectors_encrypt(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        assert_cbc(&vectors[i], cipher_cbc_encrypt, vectors[i].plain, vectors[i].cipher, false);
        assert_cbc(&vectors[i], cipher_cbc_encrypt, vectors[i].plain, vectors[i].cipher, true);
    }
}

static void vectors_decrypt(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        assert_cbc(&vectors[i], cipher_cbc_decrypt, vectors[i].cipher, vectors[i].plain, false);
        assert_cbc(&vectors[i], cipher_cbc_decrypt, vectors[i].cipher, vectors[i].plain, true);
    }
}

static void messages_chain_through_the_iv(void **state)
{
    (void)state;
    for (size_t v = 0; v < VECTORS; v++) {
        struct octets key = octets_hex(vectors[v].key), iv = octets_hex(vectors[v].iv);
        struct octets text = octets_hex(vectors[v].plain), want = octets_hex(vectors[v].cipher);
        size_t block = cipher_block(vectors[v].alg);
        for (size_t at = 0; at < text.len; at += block)
            assert_int_equal(cipher_cbc_encrypt(vectors[v].alg, octets_span(&key), iv.bytes,
                                                text.bytes + at, text.bytes + at, block),
                             RC_OK);
        assert_memory_equal(text.bytes, want.bytes, want.len);
        iv = octets_hex(vectors[v].iv);
        for (size_t at = 0; at < text.len; at += block)
            assert_int_equal(cipher_cbc_decrypt(vectors[v].alg, octets_span(&key), iv.bytes,
                                                text.bytes + at, text.bytes + at, block),
                             RC_OK);
        want = octets_hex(vectors[v].plain);
        assert_memory_equal(text.bytes, want.bytes, want.len);
    }
}

static void lengths_of_blocks_and_keys(void **state)
{
    (void)state;
    assert_int_equal(cipher_block(CIPHER_DES), 8);
    assert_int_equal(cipher_block(CIPHER_3DES), 8);
    assert_int_equal(cipher_block(CIPHER_AES), 16);
    assert_int_equal(cipher_block(CIPHER_NONE), 0);
    assert_int_equal(cipher_block((enum cipher_alg)77), 0);
}

static void aes_has_three_key_lengths_and_the_others_one(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 1024; bits++) {
        bool aes = bits == 128 || bits == 192 || bits == 256;
        assert_int_equal(cipher_key_len(CIPHER_AES, bits), aes ? bits / 8 : 0);
        assert_int_equal(cipher_key_len(CIPHER_DES, bits), 8);
        assert_int_equal(cipher_key_len(CIPHER_3DES, bits), 24);
        assert_int_equal(cipher_key_len(CIPHER_NONE, bits), 0);
    }
}

/* Refused, and neither the output nor the IV was touched. */
static void assert_refused(enum cipher_alg alg, size_t key_len, size_t n)
{
    uint8_t key[64] = {1}, iv[CIPHER_BLOCK_MAX], in[64] = {2}, out[64];
    uint8_t fresh_iv[CIPHER_BLOCK_MAX], fresh_out[64];
    memset(iv, 3, sizeof iv);
    memset(out, 4, sizeof out);
    memcpy(fresh_iv, iv, sizeof iv);
    memcpy(fresh_out, out, sizeof out);
    struct span k = {key, key_len};
    assert_int_equal(cipher_cbc_encrypt(alg, k, iv, in, out, n), RC_MALFORMED);
    assert_int_equal(cipher_cbc_decrypt(alg, k, iv, in, out, n), RC_MALFORMED);
    assert_memory_equal(iv, fresh_iv, sizeof iv);
    assert_memory_equal(out, fresh_out, sizeof out);
}

static void a_wrong_key_length_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 64; len++) {
        if (len != 8)
            assert_refused(CIPHER_DES, len, 16);
        if (len != 24)
            assert_refused(CIPHER_3DES, len, 16);
        if (len != 16 && len != 24 && len != 32)
            assert_refused(CIPHER_AES, len, 16);
        assert_refused(CIPHER_NONE, len, 16);
    }
}

static void a_part_of_a_block_is_refused(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 64; n++) {
        if (n % 8)
            assert_refused(CIPHER_DES, 8, n);
        if (n % 8)
            assert_refused(CIPHER_3DES, 24, n);
        if (n % 16)
            assert_refused(CIPHER_AES, 32, n);
    }
}

static void no_octets_leave_the_iv_as_it_is(void **state)
{
    (void)state;
    uint8_t key[16] = {0}, iv[16] = {9}, fresh[16] = {9};
    struct span k = {key, sizeof key};
    assert_int_equal(cipher_cbc_encrypt(CIPHER_AES, k, iv, NULL, NULL, 0), RC_OK);
    assert_int_equal(cipher_cbc_decrypt(CIPHER_AES, k, iv, NULL, NULL, 0), RC_OK);
    assert_memory_equal(iv, fresh, sizeof iv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_encrypt),
        cmocka_unit_test(vectors_decrypt),
        cmocka_unit_test(messages_chain_through_the_iv),
        cmocka_unit_test(lengths_of_blocks_and_keys),
        cmocka_unit_test(aes_has_three_key_lengths_and_the_others_one),
        cmocka_unit_test(a_wrong_key_length_is_refused),
        cmocka_unit_test(a_part_of_a_block_is_refused),
        cmocka_unit_test(no_octets_leave_the_iv_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
