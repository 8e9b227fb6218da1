/* Payloads written by the engine's own writer and read without the header of their message. */
#ifndef TESTS_IKE_CHAIN_H
#define TESTS_IKE_CHAIN_H

#include "ike/payload.h"

static inline void chain_start(struct ike_writer *w, uint8_t *buffer, size_t size)
{
    const struct ike_header header = {.version = IKE_VERSION_1};
    ike_writer_start(w, buffer, size, &header);
}

/* The chain behind the header and its first type; empty when nothing, or not all, was written. */
static inline struct span chain_finish(struct ike_writer *w, uint8_t *first)
{
    enum { NEXT = 2 * IKE_COOKIE }; /* RFC 2408, 3.1 */
    struct span message = ike_writer_finish(w);
    if (message.len < IKE_HEADER)
        return (struct span){message.at, 0};
    *first = message.at[NEXT];
    return (struct span){message.at + IKE_HEADER, message.len - IKE_HEADER};
}

#endif
