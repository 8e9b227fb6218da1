/* The facts of each ESP cipher in one table, and what makes a suite. Internal to crypto: everyone
 * else asks packet_key_len, packet_iv_len and packet_align. */
#ifndef HUBWARD_CRYPTO_PACKET_SUITE_H
#define HUBWARD_CRYPTO_PACKET_SUITE_H

#include "crypto/packet.h"

enum packet_mode { PACKET_MODE_NONE, PACKET_MODE_CBC, PACKET_MODE_CTR, PACKET_MODE_GCM };

struct packet_facts {
    const char *library; /* OpenSSL's name; of AES what follows the key bits. NULL: no cipher */
    enum packet_mode mode;
    uint8_t key_len; /* octets; 0 for AES: by key bits */
    uint8_t nonce_len;
    uint8_t iv_len;
    uint8_t align;
};

/* NULL for a value outside the enum. */
const struct packet_facts *packet_facts(enum packet_cipher cipher);

/* Octets of the cipher key alone, 0 for PACKET_NULL. Only for what packet_key_len calls a suite. */
size_t packet_cipher_key_len(const struct packet_suite *suite);

#endif
