/* What the tests of rekeys ask for again and again: the newest pair, its soft limit, lost messages.
 */
#ifndef HUBWARD_TESTS_REPLAY_REKEY_H
#define HUBWARD_TESTS_REPLAY_REKEY_H

#include "replay/scene.h"

#include "ike/proposal.h"
#include "ike/state.h"
#include "ike/wire.h"
#include "sim/sites.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct sites_terms plain = {.pfs = 0};

static inline const struct child *newest(const struct node *node)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child, *best = NULL;
    while ((child = slots_next(&node->engine->children, &at, &handle)))
        if (!best || child->conn_in > best->conn_in)
            best = child;
    assert_non_null(best);
    return best;
}

/* The path says that the pair's volume nears its end. */
static inline void soft(struct node *node)
{
    const struct command command = {.kind = COMMAND_SA_SOFT, .tunnel = newest(node)->self};
    node_command(node, &command);
}

static inline void clear_isakmp(struct node *node)
{
    const struct command command = {.kind = COMMAND_CLEAR, .clear_scope = CLEAR_ISAKMP};
    node_command(node, &command);
}

/* -- what falls on the way of one exchange --------------------------------------------------- */

struct no_exchange {
    uint8_t exchange;
    size_t swallowed;
};

static inline bool swallow_exchange(void *context, struct node *to, const struct ike_path *path,
                                    struct span bytes)
{
    struct no_exchange *no = context;
    struct ike_header header;
    struct span body;
    (void)to;
    (void)path;
    if (ike_header_parse(bytes, &header, &body) != DROP_NONE || header.exchange != no->exchange)
        return true;
    no->swallowed++;
    return false;
}

#endif
