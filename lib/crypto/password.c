/* The password forms of IOS. Types 8 and 9 carry a salt and a hash in a base 64 of their own: the
 * usual bit order, the alphabet of crypt(3), no padding; the salt's text is the salt. */
#include "crypto/password.h"

#include "base/wipe.h"
#include "crypto/hash.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

enum {
    PASSWORD_MAX = PASSWORD_STORED_MAX - 1, /* longer ones are refused after the same work */
    SALT_LEN = 14,
    KEY_LEN = 32,
    KEY_TEXT = 43,  /* 32 octets in base 64 */
    PREFIX_LEN = 3, /* "$1$" and the like */
    MD5_SALT_MAX = 8,
    MD5_TEXT = 22,
    PBKDF2_ROUNDS = 20000,
    SCRYPT_N = 16384,
};

/* The key that every copy of IOS holds. */
static const char type7_key[] = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";
enum { TYPE7_KEY = sizeof type7_key - 1 };

static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* No stored form knows an octet 0: crypt would stop at it, and under PBKDF2 and scrypt a password
 * has the same hash with and without zeros at its end. */
static bool is_usable(struct span password)
{
    return password.len <= PASSWORD_MAX &&
           (password.len == 0 || !memchr(password.at, 0, password.len));
}

/* Both passwords at full width, so that neither length nor content shows in the time. */
static bool clear_matches(const char *stored, struct span password)
{
    char a[PASSWORD_STORED_MAX] = {0}, b[PASSWORD_STORED_MAX] = {0};
    size_t len = strlen(stored);
    bool fits = len <= PASSWORD_MAX && password.len <= PASSWORD_MAX;
    if (fits) {
        memcpy(a, stored, len + 1);
        if (password.len)
            memcpy(b, password.at, password.len);
    }
    bool same = hash_equal(a, b, sizeof a) & (len == password.len) & fits;
    wipe(a, sizeof a);
    wipe(b, sizeof b);
    return same;
}

static bool clear_well_formed(const char *stored)
{
    size_t len = strlen(stored);
    return len > 0 && len <= PASSWORD_MAX;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The seed, the place in the key where decoding starts: two decimal digits; -1 when there are none.
 * IOS writes 00 to 15; others go round the whole key. */
static int type7_seed(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    int seed = (text[0] - '0') * 10 + (text[1] - '0');
    return seed < TYPE7_KEY ? seed : -1;
}

/* Character i of the password; 0 when the text has no such pair, or it decodes to no character. */
static char type7_char(const char *text, size_t i)
{
    const char *pair = text + 2 + 2 * i;
    int high = hex_digit(pair[0]);
    int low = high < 0 ? -1 : hex_digit(pair[1]);
    if (low < 0)
        return 0;
    size_t place = ((size_t)type7_seed(text) + i) % TYPE7_KEY;
    return (char)((high << 4 | low) ^ type7_key[place]);
}

enum rc password_type7_decode(const char *text, char *out, size_t size)
{
    size_t len = strlen(text);
    if (len < 4 || len % 2 != 0 || type7_seed(text) < 0)
        return RC_MALFORMED;
    size_t n = len / 2 - 1;
    for (size_t i = 0; i < n; i++)
        if (type7_char(text, i) == 0)
            return RC_MALFORMED;
    if (n >= size)
        return RC_FULL;
    for (size_t i = 0; i < n; i++)
        out[i] = type7_char(text, i);
    out[n] = '\0';
    return RC_OK;
}

static bool type7_matches(const char *stored, struct span password)
{
    char clear[PASSWORD_STORED_MAX];
    bool same = password_type7_decode(stored, clear, sizeof clear) == RC_OK &&
                clear_matches(clear, password);
    wipe(clear, sizeof clear);
    return same;
}

static bool type7_well_formed(const char *stored)
{
    char clear[PASSWORD_STORED_MAX];
    bool good = password_type7_decode(stored, clear, sizeof clear) == RC_OK;
    wipe(clear, sizeof clear);
    return good;
}

/* The first n characters are of the alphabet; a text that ends before is not. */
static bool in_alphabet(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!memchr(alphabet, text[i], sizeof alphabet - 1))
            return false;
    return true;
}

/* Only for a character that in_alphabet has seen. */
static size_t value_of(char c)
{
    return (size_t)((const char *)memchr(alphabet, c, sizeof alphabet - 1) - alphabet);
}

/* "$1$", one to eight characters of salt, "$", 22 of hash: 21 and, of the last, the low two bits,
 * for crypt(3) writes low bits first. */
static bool md5_well_formed(const char *stored)
{
    if (strncmp(stored, "$1$", PREFIX_LEN) != 0)
        return false;
    const char *salt = stored + PREFIX_LEN;
    size_t len = strcspn(salt, "$");
    if (len < 1 || len > MD5_SALT_MAX || !in_alphabet(salt, len) || salt[len] != '$')
        return false;
    const char *hash = salt + len + 1;
    return in_alphabet(hash, MD5_TEXT) && hash[MD5_TEXT] == '\0' &&
           value_of(hash[MD5_TEXT - 1]) < 4;
}

/* A password that is not usable is refused after the work on an empty one, here and below. */
static bool md5_matches(const char *stored, struct span password)
{
    char phrase[PASSWORD_STORED_MAX] = {0};
    bool usable = is_usable(password);
    if (usable && password.len)
        memcpy(phrase, password.at, password.len);
    struct crypt_data *data = calloc(1, sizeof *data);
    /* Not crypt_r: that reports failure as a text, and AddressSanitizer stands before it. */
    const char *made = data ? crypt_rn(phrase, stored, data, sizeof *data) : NULL;
    size_t len = strlen(stored);
    bool same = made && strlen(made) == len && hash_equal(made, stored, len);
    wipe(phrase, sizeof phrase);
    if (data)
        wipe(data, sizeof *data);
    free(data);
    return same & usable;
}

static void encode(const uint8_t *in, size_t n, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | in[i];
        for (have += 8; have >= 6; have -= 6)
            *out++ = alphabet[bits >> (have - 6) & 63];
    }
    if (have)
        *out++ = alphabet[bits << (6 - have) & 63];
    *out = '\0';
}

static bool pbkdf2(struct span password, const char *salt, uint8_t key[KEY_LEN])
{
    return PKCS5_PBKDF2_HMAC((const char *)password.at, (int)password.len, (const uint8_t *)salt,
                             SALT_LEN, PBKDF2_ROUNDS, EVP_sha256(), KEY_LEN, key) == 1;
}

static bool scrypt(struct span password, const char *salt, uint8_t key[KEY_LEN])
{
    return EVP_PBE_scrypt((const char *)password.at, password.len, (const uint8_t *)salt, SALT_LEN,
                          SCRYPT_N, 1, 1, 0, key, KEY_LEN) == 1;
}

typedef bool derive_fn(struct span password, const char *salt, uint8_t key[KEY_LEN]);

/* "$T$", 14 characters of salt, "$", 43 of hash: the low two bits of the last are none. */
static bool derived_well_formed(char type, const char *stored)
{
    const char prefix[PREFIX_LEN + 1] = {'$', type, '$', '\0'};
    const char *salt = stored + PREFIX_LEN;
    const char *hash = salt + SALT_LEN + 1;
    return strncmp(stored, prefix, PREFIX_LEN) == 0 && in_alphabet(salt, SALT_LEN) &&
           salt[SALT_LEN] == '$' && in_alphabet(hash, KEY_TEXT) && hash[KEY_TEXT] == '\0' &&
           value_of(hash[KEY_TEXT - 1]) % 4 == 0;
}

static bool derived_matches(derive_fn *derive, const char *stored, struct span password)
{
    const char *salt = stored + PREFIX_LEN;
    uint8_t key[KEY_LEN];
    char text[KEY_TEXT + 1] = "";
    bool usable = is_usable(password);
    bool same = false;
    if (derive(usable ? password : (struct span){NULL, 0}, salt, key)) {
        encode(key, KEY_LEN, text);
        same = hash_equal(text, salt + SALT_LEN + 1, KEY_TEXT);
    }
    wipe(key, sizeof key);
    wipe(text, sizeof text);
    return same & usable;
}

static bool pbkdf2_well_formed(const char *stored)
{
    return derived_well_formed('8', stored);
}

static bool pbkdf2_matches(const char *stored, struct span password)
{
    return derived_matches(pbkdf2, stored, password);
}

static bool scrypt_well_formed(const char *stored)
{
    return derived_well_formed('9', stored);
}

static bool scrypt_matches(const char *stored, struct span password)
{
    return derived_matches(scrypt, stored, password);
}

static const struct form {
    unsigned type;
    bool (*well_formed)(const char *stored);
    bool (*matches)(const char *stored, struct span password); /* of a well-formed text */
} forms[] = {
    {0, clear_well_formed, clear_matches},   {5, md5_well_formed, md5_matches},
    {7, type7_well_formed, type7_matches},   {8, pbkdf2_well_formed, pbkdf2_matches},
    {9, scrypt_well_formed, scrypt_matches},
};

static const struct form *form_of(unsigned type)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].type == type)
            return &forms[i];
    return NULL;
}

bool password_well_formed(unsigned type, const char *stored)
{
    const struct form *form = form_of(type);
    return form && form->well_formed(stored);
}

bool password_verify(unsigned type, const char *stored, struct span password)
{
    const struct form *form = form_of(type);
    return form && form->well_formed(stored) && form->matches(stored, password);
}

enum rc password_make_type9(const struct rng *rng, struct span password,
                            char out[PASSWORD_STORED_MAX])
{
    uint8_t key[KEY_LEN];
    char salt[SALT_LEN + 1] = "", text[KEY_TEXT + 1];
    if (!is_usable(password))
        return RC_MALFORMED;
    rng_bytes(rng, salt, SALT_LEN);
    for (size_t i = 0; i < SALT_LEN; i++)
        salt[i] = alphabet[(uint8_t)salt[i] & 63];
    enum rc rc = RC_CRYPTO;
    if (scrypt(password, salt, key)) {
        encode(key, KEY_LEN, text);
        snprintf(out, PASSWORD_STORED_MAX, "$9$%s$%s", salt, text);
        wipe(text, sizeof text);
        rc = RC_OK;
    }
    wipe(key, sizeof key);
    return rc;
}
