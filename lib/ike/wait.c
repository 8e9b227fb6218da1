/* Questions that are out: each has a ticket of 128 random bits, so an answer that comes late, twice
 * or for something that is gone finds nothing. */
#include "ike/wait.h"

#include <stdlib.h>

bool wait_add(struct engine *engine, enum wait_kind kind, slot_handle sa, uint32_t message_id,
              struct ticket *out, struct io *io)
{
    struct wait *wait = calloc(1, sizeof *wait);
    if (!wait)
        return false;
    rng_bytes(io->rng, wait->ticket.id, sizeof wait->ticket.id);
    wait->kind = kind;
    wait->sa = sa;
    wait->message_id = message_id;
    HASH_ADD(hh, engine->waits, ticket, sizeof wait->ticket, wait);
    *out = wait->ticket;
    return true;
}

bool wait_stands(const struct engine *engine, const struct ticket *ticket)
{
    struct wait *wait = NULL;
    HASH_FIND(hh, engine->waits, ticket, sizeof *ticket, wait);
    return wait != NULL;
}

void wait_cancel(struct engine *engine, const struct ticket *ticket)
{
    struct wait *wait = NULL;
    HASH_FIND(hh, engine->waits, ticket, sizeof *ticket, wait);
    if (!wait)
        return;
    HASH_DELETE(hh, engine->waits, wait);
    free(wait);
}

void ask_dh(struct engine *engine, enum wait_kind kind, slot_handle sa, uint32_t message_id,
            uint16_t group, const uint8_t *private_value, struct span peer_public, bool want_public,
            struct ticket *ticket, struct io *io)
{
    const struct dh_group *row = dh_group(group);
    if (!row || !wait_add(engine, kind, sa, message_id, ticket, io))
        return;
    struct effect *effect = effects_add(io->out, EFFECT_ASK_DH);
    if (!effect)
        return;
    struct effect_ask_dh *ask = effect->ask_dh;
    ask->ticket = *ticket;
    ask->group = group;
    ask->want_public = want_public;
    memcpy(ask->private_value, private_value, row->private_len);
    if (peer_public.len && peer_public.len <= sizeof ask->peer_public) {
        memcpy(ask->peer_public, peer_public.at, peer_public.len);
        ask->peer_public_len = peer_public.len;
    }
}
