/* The client's messages bent out of shape: a payload left out, doubled, moved, added or filled with
 * something else, with everything around it still linked, hashed and sealed as it should be. */
#include "sim/client.h"

#include <stdlib.h>

static bool meant(const struct client_warp *warp, const struct client_message *m,
                  const struct ike_chain *chain)
{
    return warp && warp->exchange == m->exchange &&
           (!warp->needs || ike_chain_find(chain, warp->needs, 0)) &&
           (warp->kind == WARP_EXTRA || warp->which < chain->count);
}

static void put(struct ike_writer *w, const struct client_warp *warp, size_t i,
                const struct ike_payload *payload)
{
    uint8_t body[1024];
    memset(body, warp->fill, sizeof body);
    bool bent = i == warp->which;
    if (bent && warp->kind == WARP_DROP)
        return;
    if (bent && warp->kind == WARP_BODY) {
        ike_writer_add(w, payload->type, (struct span){body, warp->len});
        return;
    }
    ike_writer_add(w, payload->type, payload->body);
    if (bent && warp->kind == WARP_DOUBLE)
        ike_writer_add(w, payload->type, payload->body);
}

static void rewrite(const struct client_warp *warp, const struct ike_chain *chain,
                    struct ike_writer *w)
{
    uint8_t body[1024];
    memset(body, warp->fill, sizeof body);
    if (warp->kind == WARP_TO_FRONT)
        ike_writer_add(w, chain->items[warp->which].type, chain->items[warp->which].body);
    for (size_t i = 0; i < chain->count; i++)
        if (warp->kind != WARP_TO_FRONT || i != warp->which)
            put(w, warp, i, &chain->items[i]);
    if (warp->kind == WARP_EXTRA)
        ike_writer_add(w, (uint8_t)warp->which, (struct span){body, warp->len});
}

struct span client_finish(const struct client *client, struct client_message *m)
{
    struct span clear = ike_writer_finish(&m->w);
    uint8_t honest[CLIENT_MESSAGE];
    struct ike_header header;
    struct span body;
    struct ike_chain chain;
    if (!client->habits.warp || !clear.len)
        return clear;
    memcpy(honest, clear.at, clear.len);
    if (ike_header_parse((struct span){honest, clear.len}, &header, &body) != DROP_NONE ||
        ike_chain_parse(header.next, body, &chain) != RC_OK)
        abort();
    if (!meant(client->habits.warp, m, &chain))
        return clear;
    ike_writer_start(&m->w, m->buffer, sizeof m->buffer, &header);
    rewrite(client->habits.warp, &chain, &m->w);
    return ike_writer_finish(&m->w);
}
