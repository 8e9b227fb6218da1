/* OpenSSL's DRBG, which reseeds itself from the kernel, also after a fork. */
#include "crypto/random.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/rand.h>

static void fill(void *context, uint8_t *out, size_t n)
{
    (void)context;
    while (n) {
        int some = n < INT_MAX ? (int)n : INT_MAX;
        if (RAND_bytes(out, some) != 1)
            abort(); /* cookies, nonces and keys that can be guessed are worse than no service */
        out += some;
        n -= (size_t)some;
    }
}

struct rng random_rng(void)
{
    return (struct rng){.fill = fill, .context = NULL};
}
