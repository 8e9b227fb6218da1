/* `clear crypto peer`: the operator's wish goes to the store, which keeps the peers, and what came
 * of it back to him, if he is still there. Nobody waits: without a store he is told at once. */
#include "host/message_peer.h"
#include "role/key_state.h"

#include <stdio.h>

static const char away[] = "the store is away; try again in a moment";

static enum rc ask_store(struct key *key, const struct peer_forget *forget)
{
    uint8_t octets[PEER_FORGET_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct channel *store = key->peers[ROLE_STORE];
    peer_forget_put(&b, forget);
    return store && !b.bad ? channel_send(store, MSG_PEER_FORGET, builder_span(&b), -1) : RC_AGAIN;
}

enum rc key_peer_clear(struct key_operator *asker, struct cursor *payload)
{
    struct key *key = asker->key;
    struct peer_forget forget;
    enum rc rc = peer_forget_get(payload, &forget);
    if (rc != RC_OK)
        return rc;
    forget.number = key->forgets_asked + 1;
    if (asker->forgetting || ask_store(key, &forget) != RC_OK)
        key_control_result(asker, RC_AGAIN, 0, away);
    else
        asker->forgetting = ++key->forgets_asked;
    return RC_OK;
}

static void tell(struct key_operator *asker, const struct peer_forgotten *forgotten)
{
    char text[96] = "";
    enum rc rc = forgotten->rc;
    asker->forgetting = 0;
    if (rc != RC_OK)
        snprintf(text, sizeof text, "the database takes no change; the hub's log says why");
    else if (forgotten->up)
        snprintf(text, sizeof text, "%u connected: clear the session first", forgotten->up);
    if (rc == RC_OK && !forgotten->count)
        rc = forgotten->up ? RC_BAD_STATE : RC_NOT_FOUND;
    key_control_result(asker, rc, forgotten->count, text);
}

enum rc key_peer_forgotten(struct key *key, struct cursor *payload)
{
    struct peer_forgotten forgotten;
    enum rc rc = peer_forgotten_get(payload, &forgotten);
    for (size_t i = 0; rc == RC_OK && i < KEY_OPERATORS; i++)
        if (key->operators[i].channel && forgotten.number &&
            key->operators[i].forgetting == forgotten.number)
            tell(&key->operators[i], &forgotten);
    return rc;
}

void key_forget_store_gone(struct key *key)
{
    for (size_t i = 0; i < KEY_OPERATORS; i++) {
        struct key_operator *asker = &key->operators[i];
        if (!asker->channel || !asker->forgetting)
            continue;
        asker->forgetting = 0;
        key_control_result(asker, RC_AGAIN, 0, away);
    }
}
