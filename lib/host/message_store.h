/* The messages between key and store: MSG_KEY_START, MSG_LEASE_SAVE, MSG_LEASE_SAVED,
 * MSG_LEASE_ROW, MSG_LEASES_DONE, MSG_PEER_SAVE, MSG_SESSION_SAVE, MSG_DECISION, MSG_STORE_STATE.
 * Store opens the conversation: it sends every lease row it has, then MSG_LEASES_DONE.
 * MSG_STORE_GET and MSG_STORE_ROWS are host/message_status.h's question and page. */
#ifndef HUBWARD_HOST_MESSAGE_STORE_H
#define HUBWARD_HOST_MESSAGE_STORE_H

#include "host/message.h"
#include "ike/effect.h"

/* Octets that the longest message of each kind needs at most. */
enum {
    STORE_KEY_START_LEN = 8,
    STORE_LEASE_SAVE_MAX = 512,
    STORE_LEASE_SAVED_LEN = 17,
    STORE_LEASE_ROW_MAX = 496,
    STORE_LEASES_DONE_LEN = 1,
    STORE_PEER_MAX = 1024,
    STORE_SESSION_MAX = 1536,
    STORE_DECISION_MAX = 8192,
    STORE_STATE_MAX = 256
};

/* MSG_KEY_START, key's first word: a number of this key process, never 0. A store that was started
 * anew so knows whether the sessions it remembers are still those of the same key. */
void store_key_start_put(struct builder *b, uint64_t start);
MUST_USE enum rc store_key_start_get(struct cursor *c, uint64_t *out);

/* MSG_LEASE_SAVED: the answer to one MSG_LEASE_SAVE whose ticket was not all zero. */
struct store_lease_saved {
    struct ticket ticket;
    enum rc rc; /* RC_OK: on disk. RC_EXISTS: another principal holds this address of the pool now.
                   RC_FULL: no space. RC_IO: any other failure of the database. RC_DENIED: the
                   database is of a newer version and is not touched */
};

/* MSG_LEASES_DONE: how far the rows before it can be believed.
 * RC_OK: they are all. RC_NOT_FOUND: the database was damaged or foreign, was set aside, and an
 * empty one is in use: former leases are unknown. RC_IO: it cannot be opened now; when it can be,
 * all rows and another MSG_LEASES_DONE follow. RC_UNSUPPORTED: it is of a newer version; it is left
 * alone and nothing can be saved. */

/* MSG_STORE_GET: so many of key's questions may be without an answer; store keeps no more. */
enum { STORE_QUESTIONS = 64 };

/* MSG_STORE_STATE: whether rows reach the disk, told when that changes and to every key that comes.
 */
struct store_state {
    enum rc rc;     /* RC_OK; RC_FULL: no space; RC_IO: any other failure; RC_UNSUPPORTED: the
                       database is of a newer version; RC_NOT_FOUND: one that could not be used was
                       set aside and an empty one is in use */
    char text[160]; /* for people; "" when all is well */
};

/* Puts append to the builder; ask `bad` at the end.
 * Gets: RC_MALFORMED unless the rest of the cursor is exactly one such message with every value in
 * its range; *out is written only on RC_OK. A lease must name a principal, a pool and an address, a
 * peer a principal: a put without them poisons the builder, a get refuses. */
void store_lease_save_put(struct builder *b, const struct effect_lease_save *save);
MUST_USE enum rc store_lease_save_get(struct cursor *c, struct effect_lease_save *out);
void store_lease_saved_put(struct builder *b, const struct store_lease_saved *saved);
MUST_USE enum rc store_lease_saved_get(struct cursor *c, struct store_lease_saved *out);
void store_lease_row_put(struct builder *b, const struct lease_row *row);
MUST_USE enum rc store_lease_row_get(struct cursor *c, struct lease_row *out);
void store_leases_done_put(struct builder *b, enum rc rc);
MUST_USE enum rc store_leases_done_get(struct cursor *c, enum rc *out);
void store_peer_put(struct builder *b, const struct peer_row *row);
MUST_USE enum rc store_peer_get(struct cursor *c, struct peer_row *out);
void store_session_put(struct builder *b, const struct session_row *row);
MUST_USE enum rc store_session_get(struct cursor *c, struct session_row *out);
void store_state_put(struct builder *b, const struct store_state *state);
MUST_USE enum rc store_state_get(struct cursor *c, struct store_state *out);
void store_decision_put(struct builder *b, const struct effect_decision *decision);
MUST_USE enum rc store_decision_get(struct cursor *c, struct effect_decision *out);

/* Does a MSG_LEASE_SAVE with this ticket want an answer? All zero: no. */
bool store_ticket_wanted(const struct ticket *ticket);

#endif
