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

/* -- accounting ------------------------------------------------------------------------ */

static const struct accounting_list *accounting_of(const struct engine *engine,
                                                   const struct ike_sa *sa)
{
    const struct config *config = engine->config;
    for (size_t i = 0; sa->profile[0] && i < config->profile_count; i++)
        if (strcmp(config->profiles[i].name, sa->profile) == 0)
            return config->profiles[i].accounting;
    for (size_t i = 0; !sa->profile[0] && i < config->interface_count; i++)
        if (config->interfaces[i].map && strcmp(config->interfaces[i].name, sa->interface) == 0)
            return config->interfaces[i].map->accounting;
    return NULL;
}

static void account_event(const struct session *session, const char *record, struct io *io)
{
    const struct session_row *row = &session->row;
    struct event *event = effects_event(io->out, EV_ACCOUNTING);
    if (!event)
        return;
    event->peer = row->remote;
    event_text(event, 0, record);
    event_text(event, 1, row->user[0] ? row->user : row->identity);
    event_text(event, 2, row->reason[0] ? row->reason : "-");
    event->n[0] = row->bytes_in;
    event->n[1] = row->bytes_out;
    event->n[2] = row->packets_in + row->packets_out;
    event->n[3] = (io->now_ms - session->begun_ms) / 1000;
}

/* Without memory for the timer there is none in between; the end is told all the same. */
static void arm_interim(struct engine *engine, struct session *session, struct io *io)
{
    uint64_t pause_ms = (uint64_t)engine->config->accounting_update_min * 60000;
    if (!session->row.stop_only &&
        heap_arm(&engine->timers, &session->interim, io->now_ms + pause_ms) != RC_OK)
        session->interim.due_ms = 0;
}

/* A client's records begin with its address: before it was no session on the network. */
static void begin_accounting(struct engine *engine, struct session *session,
                             const struct ike_sa *sa, struct io *io)
{
    const struct accounting_list *list = accounting_of(engine, sa);
    bool due = !sa->client || sa->lease.family != ADDR_NONE;
    if (!list || list->off || !due || session->row.accounting[0])
        return;
    snprintf(session->row.accounting, sizeof session->row.accounting, "%s", list->name);
    session->row.stop_only = list->stop_only;
    if (!list->stop_only)
        account_event(session, "start", io);
    arm_interim(engine, session, io);
}

/* -- rows ------------------------------------------------------------------------------ */

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
    session->interim = (struct timer){.owner = handle, .kind = TIMER_SESSION};
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
    begin_accounting(engine, session, sa, io);
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
    begin_accounting(engine, session, sa, io);
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
    if (session->row.accounting[0])
        account_event(session, "stop", io);
    heap_disarm(&engine->timers, &session->interim);
    slots_free(&engine->sessions, session->self);
}

void session_count(struct engine *engine, slot_handle handle, const struct esp_counters *in,
                   const struct esp_counters *out)
{
    struct session *session = slots_get(&engine->sessions, handle);
    if (!session)
        return;
    session->row.bytes_in += in->bytes;
    session->row.bytes_out += out->bytes;
    session->row.packets_in += in->packets;
    session->row.packets_out += out->packets;
}

void session_interim(struct engine *engine, slot_handle handle, struct io *io)
{
    struct session *session = slots_get(&engine->sessions, handle);
    if (!session)
        return;
    session->row.interim = true;
    tell(session, io);
    session->row.interim = false;
    account_event(session, "interim", io);
    arm_interim(engine, session, io);
}
