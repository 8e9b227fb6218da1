/* Memory for a password: pages of their own, left out of core dumps, kept out of swap as far as the
 * limits of the process allow, wiped when released. */
#ifndef HUBWARD_XAUTH_SECRET_H
#define HUBWARD_XAUTH_SECRET_H

#include <stddef.h>
#include <stdint.h>

/* size octets of zeros, or NULL when memory is out. Released with secret_free and the same size. */
uint8_t *secret_new(size_t size);

/* Wipe and unmap. NULL allowed. */
void secret_free(uint8_t *take_secret, size_t size);

#endif
