/* Clearing secrets: whoever makes a secret wipes it. */
#ifndef HUBWARD_BASE_WIPE_H
#define HUBWARD_BASE_WIPE_H

#include <stddef.h>
#include <string.h>

/* Zero n octets in a way the compiler may not remove. */
static inline void wipe(void *secret, size_t n)
{
    if (n)
        explicit_bzero(secret, n);
}

#endif
