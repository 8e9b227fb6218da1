/* Stored passwords of IOS `username` lines: type 0 (clear), 5 (MD5-crypt), 7 (obfuscated), 8
 * (PBKDF2-SHA-256) and 9 (scrypt). */
#ifndef HUBWARD_CRYPTO_PASSWORD_H
#define HUBWARD_CRYPTO_PASSWORD_H

#include "base/cursor.h"
#include "base/rc.h"
#include "base/rng.h"

#include <stdbool.h>

enum { PASSWORD_STORED_MAX = 128 };

/* Undo type 7: two decimal digits of seed, then hex pairs. out is terminated; size >= half the
 * text. RC_MALFORMED: not a type 7 text. RC_FULL: out too small. */
MUST_USE enum rc password_type7_decode(const char *text, char *out, size_t size);

/* Does the password match what is stored? type: 0, 5, 7, 8 or 9. Takes the same time whatever the
 * password; false for a malformed stored text, and for a password with an octet 0 inside. */
bool password_verify(unsigned type, const char *stored, struct span password);

/* True when the text is one that password_verify could ever accept. */
bool password_well_formed(unsigned type, const char *stored);

/* Make a type 9 text "$9$salt$hash" (scrypt N=16384 r=1 p=1, IOS base 64). RC_MALFORMED: longer
 * than PASSWORD_STORED_MAX - 1 octets, or an octet 0 inside: password_verify accepts neither.
 * RC_CRYPTO. */
MUST_USE enum rc password_make_type9(const struct rng *rng, struct span password,
                                     char out[PASSWORD_STORED_MAX]);

#endif
