/* Block ciphers in CBC mode for ISAKMP messages. Single DES runs as 3DES with one key three times,
 * which is the same permutation, so OpenSSL's legacy provider is never loaded. */
#ifndef HUBWARD_CRYPTO_CIPHER_H
#define HUBWARD_CRYPTO_CIPHER_H

#include "base/cursor.h"
#include "base/rc.h"

enum cipher_alg { CIPHER_NONE, CIPHER_DES, CIPHER_3DES, CIPHER_AES };
enum { CIPHER_BLOCK_MAX = 16, CIPHER_KEY_MAX = 32 };

/* Octets of a block: 8 or 16; 0 for CIPHER_NONE. */
size_t cipher_block(enum cipher_alg alg);
/* Octets of the key: 8, 24, or key_bits / 8 for AES (128, 192, 256); 0 if that is not a key. */
size_t cipher_key_len(enum cipher_alg alg, unsigned key_bits);

/* The 8 octets of a single DES key three times, as 3DES wants them: E(k) D(k) E(k) = E(k). */
void cipher_triple_des(uint8_t key[CIPHER_KEY_MAX]);

/* CBC without padding over n octets (a multiple of the block), in place allowed (in == out).
 * iv: one block in; on RC_OK replaced by the last ciphertext block, the next message's IV
 * (RFC 2409, appendix B). RC_MALFORMED: n or key.len wrong. RC_CRYPTO. */
MUST_USE enum rc cipher_cbc_encrypt(enum cipher_alg alg, struct span key, uint8_t *iv,
                                    const uint8_t *in, uint8_t *out, size_t n);
MUST_USE enum rc cipher_cbc_decrypt(enum cipher_alg alg, struct span key, uint8_t *iv,
                                    const uint8_t *in, uint8_t *out, size_t n);

#endif
