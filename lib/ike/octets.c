/* A length and a piece of the heap. */
#include "ike/octets.h"

#include "base/wipe.h"

#include <stdlib.h>

bool octets_set(struct octets *octets, struct span bytes)
{
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
    if (!copy)
        return false;
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    octets_wipe(octets);
    *octets = (struct octets){copy, bytes.len};
    return true;
}

void octets_wipe(struct octets *octets)
{
    if (octets->at)
        wipe(octets->at, octets->len);
    free(octets->at);
    *octets = (struct octets){0};
}

struct span octets_span(const struct octets *octets)
{
    return (struct span){octets->at, octets->len};
}
