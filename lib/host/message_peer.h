/* `clear crypto peer`: MSG_PEER_CLEAR from the operator, MSG_PEER_FORGET from key to store,
 * MSG_PEER_FORGOTTEN back. The operator's answer is a MSG_RESULT. */
#ifndef HUBWARD_HOST_MESSAGE_PEER_H
#define HUBWARD_HOST_MESSAGE_PEER_H

#include "host/message.h"

enum { PEER_WHO = 256, PEER_FORGET_MAX = PEER_WHO + 16, PEER_FORGOTTEN_LEN = 17 };

/* MSG_PEER_FORGET, and MSG_PEER_CLEAR with a number that counts for nothing. */
struct peer_forget {
    uint64_t number;    /* key's, returned in the answer */
    char who[PEER_WHO]; /* never empty: see store/peer.h for what it is compared with */
};

/* MSG_PEER_FORGOTTEN */
struct peer_forgotten {
    uint64_t number;
    enum rc rc;     /* RC_OK; anything else: the database could not do it, and nothing was done */
    uint32_t count; /* rows that are gone */
    uint32_t up;    /* rows that were left, because their peers are connected */
};

void peer_forget_put(struct builder *b, const struct peer_forget *forget);
void peer_forgotten_put(struct builder *b, const struct peer_forgotten *forgotten);
/* Each get: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is then
 * untouched. */
MUST_USE enum rc peer_forget_get(struct cursor *c, struct peer_forget *out);
MUST_USE enum rc peer_forgotten_get(struct cursor *c, struct peer_forgotten *out);

#endif
