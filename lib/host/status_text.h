/* Words and numbers of status rows as people read them, shared by hubctl, the page and the JSON
 * form. Nothing here names an engine or ESP symbol, so that the web process stays free of both. */
#ifndef HUBWARD_HOST_STATUS_TEXT_H
#define HUBWARD_HOST_STATUS_TEXT_H

#include "base/drop.h"
#include "crypto/words.h"

enum { STATUS_WORD = SUITE_TEXT }; /* octets of every `out` below; no word is longer than a suite */

/* "des", "3des", "aes", "aes192", "aes256" */
const char *status_cipher_name(enum cipher_alg cipher, uint16_t key_bits, char out[STATUS_WORD]);
/* "md5", "sha", "sha256", …, "" for none. */
const char *status_hash_name(enum hash_alg hash);
/* Octets of the IV on the wire. */
unsigned status_suite_iv(const struct packet_suite *suite);
/* DES, 3DES, MD5 or nothing that encrypts. */
bool status_suite_weak(const struct packet_suite *suite);

/* "ike_short": the reason as JSON and metrics name it. */
const char *status_drop_name(enum drop_reason reason, char out[STATUS_WORD]);

/* As IOS prints times: 04:15:43 below a day, then 1d04h, 2w3d, 1y12w. */
const char *status_duration_format(uint64_t ms, char out[STATUS_WORD]);
/* "512 B", "1.5 KiB", "2.0 GiB" */
const char *status_bytes_format(uint64_t bytes, char out[STATUS_WORD]);

#endif
