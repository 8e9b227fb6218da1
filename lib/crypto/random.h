/* The operating generator: OpenSSL's DRBG behind the rng interface. */
#ifndef HUBWARD_CRYPTO_RANDOM_H
#define HUBWARD_CRYPTO_RANDOM_H

#include "base/rng.h"

/* Aborts the process if the generator fails: nothing safe can go on without it. */
struct rng random_rng(void);

#endif
