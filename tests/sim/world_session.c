/* The history of a node as its engine told it, and what must hold of it: every session begins once,
 * ends once, and as long as it lasts somebody holds it. */
#include "sim/world.h"

#include "ike/state.h"

#include <stdlib.h>

void session_told(struct node *node, const struct session_row *row)
{
    struct told_session *told = NULL;
    HASH_FIND(hh, node->sessions, &row->session, sizeof row->session, told);
    if (!told && (row->session <= node->last_session || row->ended))
        world_broken(node->world, "%s: session %llu is used twice or ends before it began",
                     node->name, (unsigned long long)row->session);
    if (told && told->row.ended)
        world_broken(node->world, "%s: session %llu is told after its end", node->name,
                     (unsigned long long)row->session);
    if (told && (row->bytes_in < told->row.bytes_in || row->bytes_out < told->row.bytes_out ||
                 row->age_ms < told->row.age_ms))
        world_broken(node->world, "%s: session %llu goes back", node->name,
                     (unsigned long long)row->session);
    if (row->ended != (row->reason[0] != '\0'))
        world_broken(node->world, "%s: session %llu ends without reason or the reverse", node->name,
                     (unsigned long long)row->session);
    if (!told) {
        told = calloc(1, sizeof *told);
        if (!told)
            abort();
        told->number = node->last_session = row->session;
        HASH_ADD(hh, node->sessions, number, sizeof told->number, told);
        node->sessions_open++;
    }
    node->sessions_open -= row->ended;
    told->times++;
    told->row = *row;
}

void sessions_forget(struct node *node)
{
    struct told_session *told, *next;
    HASH_ITER(hh, node->sessions, told, next)
    {
        HASH_DELETE(hh, node->sessions, told);
        free(told);
    }
    node->last_session = 0;
    node->sessions_open = 0;
}

const struct told_session *node_session(const struct node *node, uint64_t number)
{
    struct told_session *told = NULL;
    HASH_FIND(hh, node->sessions, &number, sizeof number, told);
    return told;
}

/* -- what must hold ------------------------------------------------------------------ */

static void held(const struct node *node, slot_handle handle, const char *what, size_t *holders)
{
    const struct session *session = slots_get(&node->engine->sessions, handle);
    if (handle && !session)
        world_broken(node->world, "%s: %s holds a session that is over", node->name, what);
    *holders += session != NULL;
}

/* Who is known and has logged in has a session, until a newer phase 1 takes it over. */
static void audit_holder(const struct node *node, const struct ike_sa *sa)
{
    bool in = sa->login == LOGIN_NONE || sa->login == LOGIN_OK;
    bool due = sa->state == SA_DONE && in && !sa->rekeyed;
    if (due != (sa->session != 0))
        world_broken(node->world, "%s: SA %u %s", node->name, sa->conn,
                     due ? "has no session" : "has a session that it should not have");
}

void audit_sessions(const struct node *node)
{
    const struct engine *engine = node->engine;
    uint32_t at = 0;
    slot_handle handle;
    size_t holders = 0, counted = 0;
    const struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        audit_holder(node, sa);
        held(node, sa->session, "an SA", &holders);
    }
    const struct child *child;
    at = 0;
    while ((child = slots_next(&engine->children, &at, &handle)))
        held(node, child->session, "a pair", &holders);
    const struct session *session;
    at = 0;
    while ((session = slots_next(&engine->sessions, &at, &handle))) {
        const struct told_session *told = node_session(node, session->row.session);
        counted += session->holders;
        if (!session->holders || !told || told->row.ended)
            world_broken(node->world, "%s: session %llu is kept and not told, or ended", node->name,
                         (unsigned long long)session->row.session);
    }
    if (counted != holders || engine->sessions.live != node->sessions_open)
        world_broken(node->world, "%s: sessions count %zu holders of %zu; %u live, %zu told",
                     node->name, counted, holders, engine->sessions.live, node->sessions_open);
}
