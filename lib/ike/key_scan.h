/* Which of many pre-shared keys made the fifth message of main mode (RFC 2409, 5.4). The four
 * before it do not depend on the key; the fifth decrypts with one key only, and its HASH_I proves
 * it. A scan is one block of memory that owns all it reads, so a worker thread can have a copy. */
#ifndef HUBWARD_IKE_KEY_SCAN_H
#define HUBWARD_IKE_KEY_SCAN_H

#include "base/arena.h"
#include "ike/effect.h"
#include "ike/proposal.h"
#include "select/keyring.h"

/* A message that is longer than this proves no pre-shared key: it is not worth a scan. */
enum { KEY_SCAN_COOKIE = 8, KEY_SCAN_BODY = 1024 };

/* Octets inside the block. */
struct scan_part {
    uint32_t at, len;
};

struct key_scan {
    struct ticket ticket;
    size_t size; /* of the block, with this head */
    struct ike_suite suite;
    uint8_t cky_i[KEY_SCAN_COOKIE], cky_r[KEY_SCAN_COOKIE];
    uint8_t first; /* type of the message's first payload */
    struct scan_part nonce_i, nonce_r, shared, g_i, g_r, sa_i;
    struct scan_part body; /* of the message, encrypted */
    struct scan_part keys; /* struct scan_part each, of secrets */
    size_t key_count;
    uint8_t octets[];
};

/* What a scan is made of; all borrowed. */
struct key_scan_inputs {
    const struct ike_suite *suite;
    const uint8_t *cky_i, *cky_r;
    uint8_t first;
    struct span nonce_i, nonce_r, shared, g_i, g_r, sa_i, body;
    const struct key_choice *keys;
    size_t key_count;
};

/* Lay out the block in the arena, ticket zeroed; body.len is at most KEY_SCAN_BODY. NULL: out of
 * memory. */
struct key_scan *key_scan_make(struct arena *arena, const struct key_scan_inputs *inputs);

/* Try the keys in their order. *tried: how many. RC_OK: the last one tried is it. RC_NOT_FOUND:
 * none. */
MUST_USE enum rc key_scan_run(const struct key_scan *scan, size_t *tried);

#endif
