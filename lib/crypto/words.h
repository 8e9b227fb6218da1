/* Algorithms as IOS spells them in policies and transform sets: for texts, decisions and shows.
 * Nothing here computes, so that a program without keys links no cryptography for it. */
#ifndef HUBWARD_CRYPTO_WORDS_H
#define HUBWARD_CRYPTO_WORDS_H

#include "crypto/cipher.h"
#include "crypto/packet.h"

enum { SUITE_TEXT = 48 };

/* "des", "3des", "aes"; "none" for everything else. Never NULL. */
const char *cipher_word(enum cipher_alg alg);
/* "md5", "sha", "sha256", "sha384", "sha512"; "none" for everything else. Never NULL. */
const char *hash_word(enum hash_alg alg);
/* "esp-3des esp-sha-hmac", "esp-aes 256 esp-sha256-hmac", "esp-gcm": a transform set's words. 128
 * bits are what "esp-aes" alone means. "unknown" for a value outside the enums. Returns out. */
const char *suite_format(const struct packet_suite *suite, char out[SUITE_TEXT]);

#endif
