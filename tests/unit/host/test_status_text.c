/* Names and numbers of status rows. */
#include "host/status_text.h"

#include "crypto/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char out[STATUS_WORD];

static void ivs_are_as_long_as_the_cipher_makes_them(void **state)
{
    (void)state;
    for (unsigned cipher = PACKET_NULL; cipher <= PACKET_AES_GCM; cipher++) {
        const struct packet_suite suite = {(enum packet_cipher)cipher, 0, HASH_SHA1, 12};
        assert_int_equal(status_suite_iv(&suite), packet_iv_len(&suite));
    }
}

static void values_outside_the_enums_are_unknown_not_a_crash(void **state)
{
    (void)state;
    const struct packet_suite suite = {(enum packet_cipher)99, 0, (enum hash_alg)99, 0};
    assert_int_equal(status_suite_iv(&suite), 0);
    assert_true(status_suite_weak(&suite));
}

static void weak_suites_are_the_ones_the_manual_names(void **state)
{
    (void)state;
    const struct {
        struct packet_suite suite;
        bool weak;
    } rows[] = {
        {{PACKET_NULL, 0, HASH_SHA1, 12}, true},
        {{PACKET_DES_CBC, 0, HASH_SHA1, 12}, true},
        {{PACKET_3DES_CBC, 0, HASH_SHA256, 16}, true},
        {{PACKET_AES_CBC, 128, HASH_MD5, 12}, true},
        {{PACKET_AES_CBC, 128, HASH_SHA1, 12}, false},
        {{PACKET_AES_GCM, 256, HASH_NONE, 16}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(status_suite_weak(&rows[i].suite), rows[i].weak);
}

static void phase_1_ciphers_say_their_key_length_when_it_is_not_the_usual(void **state)
{
    (void)state;
    assert_string_equal(status_cipher_name(CIPHER_NONE, 0, out), "");
    assert_string_equal(status_cipher_name(CIPHER_DES, 0, out), "des");
    assert_string_equal(status_cipher_name(CIPHER_3DES, 0, out), "3des");
    assert_string_equal(status_cipher_name(CIPHER_AES, 128, out), "aes");
    assert_string_equal(status_cipher_name(CIPHER_AES, 192, out), "aes192");
    assert_string_equal(status_cipher_name(CIPHER_AES, 256, out), "aes256");
}

static void durations_read_as_on_ios(void **state)
{
    (void)state;
    const struct {
        uint64_t s;
        const char *text;
    } rows[] = {
        {0, "00:00:00"},
        {59, "00:00:59"},
        {15343, "04:15:43"},
        {86399, "23:59:59"},
        {86400, "1d00h"},
        {187200, "2d04h"},
        {604799, "6d23h"},
        {604800, "1w0d"},
        {31535999, "52w0d"},
        {31536000, "1y0w"},
        {UINT64_MAX / 1000, "584942417y18w"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(status_duration_format(rows[i].s * 1000, out), rows[i].text);
    assert_string_equal(status_duration_format(999, out), "00:00:00");
}

static void byte_counts_have_one_digit_after_the_point(void **state)
{
    (void)state;
    const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {1048575, "1023.9 KiB"},
        {1048576, "1.0 MiB"},
        {2147483648, "2.0 GiB"},
        {UINT64_MAX, "15.9 EiB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(status_bytes_format(rows[i].bytes, out), rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ivs_are_as_long_as_the_cipher_makes_them),
        cmocka_unit_test(values_outside_the_enums_are_unknown_not_a_crash),
        cmocka_unit_test(weak_suites_are_the_ones_the_manual_names),
        cmocka_unit_test(phase_1_ciphers_say_their_key_length_when_it_is_not_the_usual),
        cmocka_unit_test(durations_read_as_on_ios),
        cmocka_unit_test(byte_counts_have_one_digit_after_the_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
