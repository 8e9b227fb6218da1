/* The words of every algorithm, and those of values that are none. */
#include "crypto/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void algorithms_are_named_as_policies_name_them(void **state)
{
    (void)state;
    static const char *const ciphers[] = {"none", "des", "3des", "aes"};
    static const char *const hashes[] = {"none", "md5", "sha", "sha256", "sha384", "sha512"};
    for (enum cipher_alg alg = CIPHER_NONE; alg <= CIPHER_AES; alg++)
        assert_string_equal(cipher_word(alg), ciphers[alg]);
    for (enum hash_alg alg = HASH_NONE; alg <= HASH_SHA512; alg++)
        assert_string_equal(hash_word(alg), hashes[alg]);
    assert_string_equal(cipher_word((enum cipher_alg)77), "none");
    assert_string_equal(hash_word((enum hash_alg)99), "none");
}

static void suites_are_named_as_transform_sets_name_them(void **state)
{
    (void)state;
    static const struct {
        struct packet_suite suite;
        const char *name;
    } names[] = {
        {{PACKET_3DES_CBC, 0, HASH_SHA1, 12}, "esp-3des esp-sha-hmac"},
        {{PACKET_DES_CBC, 0, HASH_MD5, 12}, "esp-des esp-md5-hmac"},
        {{PACKET_AES_CBC, 128, HASH_SHA1, 12}, "esp-aes esp-sha-hmac"},
        {{PACKET_AES_CBC, 256, HASH_SHA256, 16}, "esp-aes 256 esp-sha256-hmac"},
        {{PACKET_AES_CBC, 192, HASH_SHA512, 32}, "esp-aes 192 esp-sha512-hmac"},
        {{PACKET_AES_GCM, 128, HASH_NONE, 16}, "esp-gcm"},
        {{PACKET_AES_GCM, 256, HASH_NONE, 16}, "esp-gcm 256"},
        {{PACKET_NULL, 0, HASH_SHA384, 24}, "esp-null esp-sha384-hmac"},
        {{PACKET_AES_CTR, 256, HASH_SHA256, 16}, "esp-ctr 256 esp-sha256-hmac"},
        {{(enum packet_cipher)99, 0, HASH_SHA1, 12}, "unknown"},
        {{PACKET_AES_CBC, 128, (enum hash_alg)99, 12}, "unknown"},
    };
    char text[SUITE_TEXT];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(suite_format(&names[i].suite, text), names[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_are_named_as_policies_name_them),
        cmocka_unit_test(suites_are_named_as_transform_sets_name_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
