/* A session begins when its peer is known and ends when nothing of it is left. Its phase 1 SAs and
 * its pairs hold it, because either may outlive the other: a client's phase 1 is renewed beside its
 * pair, a branch's pair goes on when phase 1 has expired. The row is kept, as last told, for the
 * end, when the SA that could tell it is gone. */
#include "ike/session.h"

#include "ike/effect.h"

#include <stdio.h>

static void tell(const struct session *session, struct io *io)
{
    struct effect *effect = effects_add(io->out, EFFECT_SESSION_SAVE);
    if (!effect)
        return;
    *effect->session_save = session->row;
    effect->session_save->age_ms = io->now_ms - session->begun_ms;
}

static void fill(const struct ike_sa *sa, struct session_row *row)
{
    char identity[IDENTITY_TEXT];
    snprintf(row->profile, sizeof row->profile, "%s", sa->profile);
    snprintf(row->group, sizeof row->group, "%.159s", sa->group);
    snprintf(row->user, sizeof row->user, "%.159s", sa->login == LOGIN_OK ? sa->user : "");
    snprintf(row->identity, sizeof row->identity, "%s", identity_format(&sa->identity, identity));
    snprintf(row->client, sizeof row->client, "%s", vendor_client(sa->vendors));
    row->remote = sa->path.remote;
    row->assigned = sa->lease;
}

static struct session *session_new(struct engine *engine, struct io *io)
{
    slot_handle handle;
    void *object;
    if (slots_new(&engine->sessions, &handle, &object) != RC_OK)
        return NULL;
    struct session *session = object;
    session->self = handle;
    session->begun_ms = io->now_ms;
    session->row.session = engine->next_session++;
    return session;
}

/* The session of pairs of this peer, at its place, whose phase 1 is gone: a router may let it
 * expire and begin the next one when it needs it. */
static struct session *orphaned(const struct engine *engine, const struct ike_sa *sa)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while (sa->principal[0] && (child = slots_next(&engine->children, &at, &handle)))
        if (!slots_get(&engine->sas, child->sa) && endpoint_equal(child->remote, sa->path.remote) &&
            strcmp(child->principal, sa->principal) == 0)
            return slots_get(&engine->sessions, child->session);
    return NULL;
}

void session_begin(struct engine *engine, struct ike_sa *sa, struct ike_sa *old, struct io *io)
{
    struct session *session =
        old ? slots_get(&engine->sessions, old->session) : orphaned(engine, sa);
    bool begins = !session;
    if (begins && !(session = session_new(engine, io)))
        return;
    sa->session = session->self;
    session->holders++;
    if (old && old->rekeyed)
        session_leave(engine, &old->session, "replaced", io);
    if (!begins) {
        session_changed(engine, sa, io);
        return;
    }
    fill(sa, &session->row);
    tell(session, io);
}

void session_changed(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    struct session *session = slots_get(&engine->sessions, sa->session);
    if (!session)
        return;
    bool same = endpoint_equal(session->row.remote, sa->path.remote) &&
                addr_equal(session->row.assigned, sa->lease);
    fill(sa, &session->row);
    if (!same)
        tell(session, io);
}

void session_moved(struct engine *engine, slot_handle handle, struct endpoint remote, struct io *io)
{
    struct session *session = slots_get(&engine->sessions, handle);
    if (!session || endpoint_equal(session->row.remote, remote))
        return;
    session->row.remote = remote;
    tell(session, io);
}

void session_add_pair(struct engine *engine, const struct ike_sa *sa, struct child *child)
{
    struct session *session = slots_get(&engine->sessions, sa->session);
    if (!session)
        return;
    child->session = session->self;
    session->holders++;
}

void session_leave(struct engine *engine, slot_handle *handle, const char *reason, struct io *io)
{
    struct session *session = slots_get(&engine->sessions, *handle);
    *handle = 0;
    if (!session || --session->holders)
        return;
    session->row.ended = true;
    snprintf(session->row.reason, sizeof session->row.reason, "%s", reason);
    tell(session, io);
    slots_free(&engine->sessions, session->self);
}

void session_count(struct engine *engine, slot_handle handle, uint64_t bytes_in, uint64_t bytes_out)
{
    struct session *session = slots_get(&engine->sessions, handle);
    if (!session)
        return;
    session->row.bytes_in += bytes_in;
    session->row.bytes_out += bytes_out;
}
