/* Words of algorithms and reasons, and two number formats. */
#include "host/status_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned iv; /* RFC 2405, 2451, 3602, 3686, 4106 */
    bool weak;
} ciphers[] = {
    [PACKET_NULL] = {0, true},      [PACKET_DES_CBC] = {8, true},  [PACKET_3DES_CBC] = {8, true},
    [PACKET_AES_CBC] = {16, false}, [PACKET_AES_CTR] = {8, false}, [PACKET_AES_GCM] = {8, false},
};

const char *status_hash_name(enum hash_alg hash)
{
    return hash == HASH_NONE ? "" : hash_word(hash);
}

const char *status_cipher_name(enum cipher_alg cipher, uint16_t key_bits, char out[STATUS_WORD])
{
    const char *name = cipher == CIPHER_NONE ? "" : cipher_word(cipher);
    if (cipher == CIPHER_AES && key_bits > 128) /* 128 is what the word alone means */
        snprintf(out, STATUS_WORD, "%s%u", name, (unsigned)key_bits);
    else
        snprintf(out, STATUS_WORD, "%s", name);
    return out;
}

static bool cipher_is_known(const struct packet_suite *suite)
{
    return (size_t)suite->cipher < sizeof ciphers / sizeof ciphers[0];
}

unsigned status_suite_iv(const struct packet_suite *suite)
{
    return cipher_is_known(suite) ? ciphers[suite->cipher].iv : 0;
}

bool status_suite_weak(const struct packet_suite *suite)
{
    return !cipher_is_known(suite) || ciphers[suite->cipher].weak || suite->integrity == HASH_MD5;
}

const char *status_drop_name(enum drop_reason reason, char out[STATUS_WORD])
{
    static const char prefix[] = "DROP_";
    const char *name = drop_name(reason);
    size_t n = 0;
    if (strncmp(name, prefix, sizeof prefix - 1) == 0)
        name += sizeof prefix - 1;
    for (; name[n] && n + 1 < STATUS_WORD; n++)
        out[n] = (char)tolower((unsigned char)name[n]);
    out[n] = '\0';
    return out;
}

const char *status_duration_format(uint64_t ms, char out[STATUS_WORD])
{
    const uint64_t day = 86400, week = 7 * day, year = 365 * day;
    uint64_t s = ms / 1000;
    if (s < day)
        snprintf(out, STATUS_WORD, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60,
                 s % 60);
    else if (s < week)
        snprintf(out, STATUS_WORD, "%" PRIu64 "d%02" PRIu64 "h", s / day, s % day / 3600);
    else if (s < year)
        snprintf(out, STATUS_WORD, "%" PRIu64 "w%" PRIu64 "d", s / week, s % week / day);
    else
        snprintf(out, STATUS_WORD, "%" PRIu64 "y%" PRIu64 "w", s / year, s % year / week);
    return out;
}

const char *status_bytes_format(uint64_t bytes, char out[STATUS_WORD])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(out, STATUS_WORD, "%" PRIu64 " B", bytes);
        return out;
    }
    size_t unit = 0;
    uint64_t tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
    while (tenths >= 10240 && unit + 1 < sizeof units / sizeof units[0]) {
        tenths /= 1024;
        unit++;
    }
    snprintf(out, STATUS_WORD, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
    return out;
}
