/* The life of a phase 1 SA: limits and tables at its birth, timers while it lives, and an end that
 * leaves nothing behind: no question, no exchange, no lease held. */
#include "ike/sa.h"

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/initiate.h"
#include "ike/octets.h"
#include "ike/peer.h"
#include "ike/pool.h"
#include "ike/report.h"
#include "ike/send.h"
#include "ike/session.h"
#include "ike/trace.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdlib.h>

enum { ROOM_TRIES = 32 };

struct span sa_nonce_i(const struct ike_sa *sa)
{
    return (struct span){sa->hs->nonce_i, sa->hs->nonce_i_len};
}

struct span sa_nonce_r(const struct ike_sa *sa)
{
    return (struct span){sa->hs->nonce_r, sa->hs->nonce_r_len};
}

/* -- half-open limits ------------------------------------------------------------------ */

static void source_key(const struct engine *engine, const struct ike_path *path,
                       uint8_t out[KEYED_LEN])
{
    uint8_t port[2] = {(uint8_t)(path->remote.port >> 8), (uint8_t)path->remote.port};
    const struct span parts[] = {{path->remote.addr.bytes, addr_len(path->remote.addr.family)},
                                 {port, sizeof port}};
    engine_keyed(engine, parts, 2, out);
}

/* Who has sent but a first message may be forged and gives way; chance says which one, so that a
 * flood does not keep honest ones out, who need their place for a moment only (THREATS D06). */
static bool make_room(struct engine *engine, struct io *io)
{
    for (int i = 0; i < ROOM_TRIES; i++) {
        slot_handle handle = engine->openings[rng_u32(io->rng) % OPENINGS_KEPT];
        struct ike_sa *sa = slots_get(&engine->sas, handle);
        if (!sa || sa->initiator || sa->state != SA_R_MM2)
            continue;
        engine_drop(engine, &sa->path, DROP_IKE_HALF_OPEN, io);
        sa_end(engine, sa, "gave way to another", false, io);
        return true;
    }
    return false;
}

static bool half_open_enter(struct engine *engine, const struct ike_path *path, struct io *io)
{
    uint8_t source[KEYED_LEN];
    struct half_open *row = NULL;
    source_key(engine, path, source);
    HASH_FIND(hh, engine->half_open, source, KEYED_LEN, row);
    if (row && row->count >= engine->options.half_open_per_source)
        return false;
    if (engine->half_open_count >= engine->options.half_open_limit) {
        if (!make_room(engine, io))
            return false;
        row = NULL; /* it may have been the one that went */
        HASH_FIND(hh, engine->half_open, source, KEYED_LEN, row);
    }
    if (!row) {
        row = calloc(1, sizeof *row);
        if (!row)
            return false;
        memcpy(row->source, source, KEYED_LEN);
        HASH_ADD(hh, engine->half_open, source, KEYED_LEN, row);
    }
    row->count++;
    engine->half_open_count++;
    return true;
}

static void half_open_leave(struct engine *engine, const uint8_t source[KEYED_LEN])
{
    struct half_open *row = NULL;
    HASH_FIND(hh, engine->half_open, source, KEYED_LEN, row);
    if (!row)
        return;
    engine->half_open_count--;
    if (--row->count)
        return;
    HASH_DELETE(hh, engine->half_open, row);
    free(row);
}

/* -- tables ---------------------------------------------------------------------------- */

/* Who sent which first message, octet for octet: another one under the same cookie, forged by
 * somebody on the way, is another exchange and does not keep the true one out. */
static void opening_key(const struct engine *engine, const struct incoming *in,
                        uint8_t out[KEYED_LEN])
{
    const struct endpoint *from = &in->path->remote;
    uint8_t port[2] = {(uint8_t)(from->port >> 8), (uint8_t)from->port};
    const struct span parts[] = {{from->addr.bytes, addr_len(from->addr.family)},
                                 {port, sizeof port},
                                 {in->digest, sizeof in->digest}};
    engine_keyed(engine, parts, 3, out);
}

/* The one whose own cookie is the initiator's or the responder's. */
static struct ike_sa *of_own_cookie(const struct engine *engine, const uint8_t cky_i[IKE_COOKIE],
                                    const uint8_t cky_r[IKE_COOKIE])
{
    struct ike_sa *sa = NULL;
    HASH_FIND(by_cookie, engine->by_cookie, cky_r, IKE_COOKIE, sa);
    if (!sa || sa->initiator)
        HASH_FIND(by_cookie, engine->by_cookie, cky_i, IKE_COOKIE, sa);
    return sa;
}

struct ike_sa *sa_of_cookies(const struct engine *engine, const uint8_t cky_i[IKE_COOKIE],
                             const uint8_t cky_r[IKE_COOKIE])
{
    struct ike_sa *sa = of_own_cookie(engine, cky_i, cky_r);
    return sa && memcmp(sa->cky_i, cky_i, IKE_COOKIE) == 0 &&
                   memcmp(sa->cky_r, cky_r, IKE_COOKIE) == 0
               ? sa
               : NULL;
}

struct ike_sa *sa_find(struct engine *engine, const struct incoming *in)
{
    struct ike_sa *sa = NULL;
    if (ike_cookie_is_zero(in->header.cky_r)) {
        uint8_t key[KEYED_LEN];
        opening_key(engine, in, key);
        HASH_FIND(by_opening, engine->by_opening, key, KEYED_LEN, sa);
        return sa;
    }
    sa = of_own_cookie(engine, in->header.cky_i, in->header.cky_r);
    if (!sa)
        return NULL;
    /* Ours matched; the peer's must too, once it is known (the second message brings it). */
    bool first_answer = sa->initiator && (sa->state == SA_I_MM1 || sa->state == SA_I_AM1);
    if (memcmp(sa->cky_i, in->header.cky_i, IKE_COOKIE) != 0)
        return NULL;
    if (!first_answer && memcmp(sa->cky_r, in->header.cky_r, IKE_COOKIE) != 0)
        return NULL;
    return sa;
}

bool sa_reflected(const struct engine *engine, const struct ike_sa *sa, const struct incoming *in)
{
    /* A first message with a cookie of ours in the peer's place. */
    const struct ike_sa *own = NULL;
    HASH_FIND(by_cookie, engine->by_cookie, in->header.cky_i, IKE_COOKIE, own);
    if (own && (!own->initiator || ike_cookie_is_zero(in->header.cky_r)))
        return true;
    if (!sa)
        return false;
    if (span_equal(in->datagram, octets_span(&sa->resend.message)))
        return true;
    for (const struct exchange *x = sa->exchanges; x; x = x->next)
        if (span_equal(in->datagram, octets_span(&x->resend.message)))
            return true;
    return false;
}

static void fresh_cookie(const struct engine *engine, uint8_t cookie[IKE_COOKIE], struct io *io)
{
    struct ike_sa *taken;
    do {
        rng_bytes(io->rng, cookie, IKE_COOKIE);
        taken = NULL;
        HASH_FIND(by_cookie, engine->by_cookie, cookie, IKE_COOKIE, taken);
        /* vpnc avoids a zero first octet; a marker of four zero octets must never appear. */
    } while (taken || cookie[0] == 0);
}

static void enter_tables(struct engine *engine, struct ike_sa *sa, const struct incoming *opening,
                         struct io *io)
{
    fresh_cookie(engine, sa->own_cookie, io);
    memcpy(sa->initiator ? sa->cky_i : sa->cky_r, sa->own_cookie, IKE_COOKIE);
    HASH_ADD(by_cookie, engine->by_cookie, own_cookie, IKE_COOKIE, sa);
    if (sa->initiator)
        return;
    engine->openings[engine->opening_next++ % OPENINGS_KEPT] = sa->self;
    memcpy(sa->cky_i, opening->header.cky_i, IKE_COOKIE);
    opening_key(engine, opening, sa->opening);
    HASH_ADD(by_opening, engine->by_opening, opening, KEYED_LEN, sa);
}

struct ike_sa *sa_new(struct engine *engine, const struct ike_path *path,
                      const struct incoming *opening, struct io *io)
{
    bool initiator = !opening;
    slot_handle handle;
    void *object;
    if (!initiator && !half_open_enter(engine, path, io)) {
        engine_drop(engine, path, DROP_IKE_HALF_OPEN, io);
        return NULL;
    }
    struct handshake *hs = calloc(1, sizeof *hs);
    if (!hs || slots_new(&engine->sas, &handle, &object) != RC_OK) {
        uint8_t source[KEYED_LEN];
        source_key(engine, path, source);
        if (!initiator)
            half_open_leave(engine, source);
        free(hs);
        engine_drop(engine, path, DROP_IKE_NO_MEMORY, io);
        return NULL;
    }
    struct ike_sa *sa = object;
    sa->self = handle;
    sa->id = engine->next_id++;
    sa->conn = engine->next_conn++;
    sa->initiator = initiator;
    sa->path = *path;
    sa->hs = hs;
    sa->heard_ms = sa->begun_ms = io->now_ms;
    source_key(engine, path, sa->half_open_source);
    struct timer *timers[] = {&sa->life, &sa->dpd, &sa->keepalive, &sa->resend.timer,
                              &sa->goodbyes.timer};
    const enum timer_kind kinds[] = {TIMER_SA_LIFE, TIMER_SA_DPD, TIMER_SA_KEEPALIVE,
                                     TIMER_SA_RETRANSMIT, TIMER_SA_GOODBYE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        *timers[i] = (struct timer){.owner = handle, .kind = kinds[i]};
    enter_tables(engine, sa, opening, io);
    engine->started_total++;
    if (heap_arm(&engine->timers, &sa->life, io->now_ms + HALF_OPEN_MS) != RC_OK) {
        sa_end(engine, sa, "out of memory", false, io);
        return NULL;
    }
    sa_event(engine, sa, EV_SA_NEW, io);
    return sa;
}

static void handshake_free(struct ike_sa *sa)
{
    if (!sa->hs)
        return;
    octets_wipe(&sa->hs->sa_i);
    octets_wipe(&sa->hs->id_own);
    octets_wipe(&sa->hs->unproved);
    wipe(sa->hs, sizeof *sa->hs);
    free(sa->hs);
    sa->hs = NULL;
}

/* Who began it begins the next one in time (WIRE §6: 80 to 90 % with jitter); the life began when
 * the SA was established. RC_NO_MEMORY cannot happen: the timer is armed already. */
static void arm_life(struct engine *engine, struct ike_sa *sa, uint64_t life_ms, struct io *io)
{
    uint64_t due_ms = sa->dies_ms;
    if (sa->initiator)
        due_ms = sa->established_ms + life_ms / 100 * 85 + rng_u32(io->rng) % (life_ms / 20 + 1);
    if (heap_arm(&engine->timers, &sa->life, due_ms) != RC_OK)
        sa->dies_ms = io->now_ms;
}

void sa_established(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    /* Clients that negotiated no kind of lifetime get ours; nobody lives longer than the policy. */
    uint64_t life_ms = (uint64_t)sa->suite.lifetime_s * 1000;
    sa->established_ms = io->now_ms;
    sa->heard_ms = io->now_ms;
    sa->dies_ms = io->now_ms + life_ms;
    engine->established_total++;
    if (!sa->initiator)
        half_open_leave(engine, sa->half_open_source);
    handshake_free(sa);
    arm_life(engine, sa, life_ms, io);
    sa_set_state(engine, sa, SA_DONE, io);
}

void sa_live_shorter(struct engine *engine, struct ike_sa *sa, uint32_t seconds, struct io *io)
{
    uint64_t life_ms = (uint64_t)seconds * 1000;
    if (sa->state != SA_DONE || sa->rekeyed || sa->established_ms + life_ms >= sa->dies_ms)
        return;
    sa->dies_ms = sa->established_ms + life_ms;
    arm_life(engine, sa, life_ms, io);
}

void sa_retire(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (sa->dies_ms > io->now_ms + OLD_SA_MS)
        sa->dies_ms = io->now_ms + OLD_SA_MS;
    if (heap_arm(&engine->timers, &sa->life, sa->dies_ms) != RC_OK)
        sa->dies_ms = io->now_ms;
}

void sa_expect_request(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    /* The timer of phase 1's repetitions has nothing to do any more. */
    if (sa->client && sa->lease.family == ADDR_NONE &&
        heap_arm(&engine->timers, &sa->resend.timer, io->now_ms + REQUEST_DEADLINE_MS) != RC_OK)
        sa->dies_ms = io->now_ms;
}

void sa_request_overdue(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (sa->client && sa->lease.family == ADDR_NONE && !sa->rekeyed)
        sa_end_all(engine, sa, "the client asked for no address", true, io);
}

void sa_renew(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    /* Not only once: the first try may meet a lost link. */
    uint64_t left_ms = sa->dies_ms - io->now_ms;
    uint64_t pause_ms = left_ms / 4 > HALF_OPEN_MS ? left_ms / 4 : left_ms;
    if (heap_arm(&engine->timers, &sa->life, io->now_ms + pause_ms) != RC_OK)
        sa->dies_ms = io->now_ms;
    if (!sa->rekeyed)
        initiate_renew(engine, sa, io);
}

/* -- the end --------------------------------------------------------------------------- */

static void pending_free(struct ike_sa *sa)
{
    while (sa->pending) {
        struct pending *next = sa->pending->next;
        free(sa->pending);
        sa->pending = next;
    }
}

static void delete_send(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct outgoing out;
    uint8_t spi[2 * IKE_COOKIE];
    memcpy(spi, sa->cky_i, IKE_COOKIE);
    memcpy(spi + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
    informational_start(&out, sa, io);
    ike_deletion_put(&out.w, PROTOCOL_ISAKMP, (struct span){spi, sizeof spi});
    informational_send(engine, sa, &out, io);
}

static void leave_tables(struct engine *engine, struct ike_sa *sa)
{
    HASH_DELETE(by_cookie, engine->by_cookie, sa);
    if (!sa->initiator)
        HASH_DELETE(by_opening, engine->by_opening, sa);
    if (!sa->initiator && sa->state != SA_DONE)
        half_open_leave(engine, sa->half_open_source);
    struct timer *timers[] = {&sa->life, &sa->dpd, &sa->keepalive, &sa->goodbyes.timer};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++)
        heap_disarm(&engine->timers, timers[i]);
}

/* Pairs that the peer never confirmed end with the SA they were begun under; the others may
 * stay. */
static void end_children(struct engine *engine, struct ike_sa *sa, bool unfinished_only,
                         const char *reason, bool tell, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->sa == sa->self && !(unfinished_only && child->up))
            child_end(engine, child, reason, tell, io);
}

bool sa_known_peer(const struct engine *engine, struct addr peer)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle)))
        if (sa->state == SA_DONE && addr_equal(sa->path.remote.addr, peer))
            return true;
    return false;
}

struct ike_sa *sa_twin(struct engine *engine, const struct ike_sa *sa)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *other;
    while (sa->principal[0] && (other = slots_next(&engine->sas, &at, &handle)))
        if (!other->rekeyed && peer_same_session(engine, sa, other))
            return other;
    return NULL;
}

static void end(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell,
                bool with_children, struct io *io)
{
    bool was_done = sa->state == SA_DONE;
    struct ike_sa *twin = was_done && !with_children ? sa_twin(engine, sa) : NULL;
    bool all = with_children || (sa->client && !twin);
    end_children(engine, sa, !all, reason, tell, io);
    if (twin)
        child_adopt(engine, sa, twin);
    if (tell && was_done)
        delete_send(engine, sa, io);
    struct event *event = was_done || sa->hs ? sa_event(engine, sa, EV_IKE_DELETED, io) : NULL;
    if (event) {
        event_text(event, 0, reason);
        event_text(event, 1, sa->initiator ? "I" : "R");
        event_text(event, 2, sa_state_name(sa));
    }
    if (was_done && !twin)
        peer_save(engine, sa, false, reason, io);
    pool_release(engine, sa, io);
    session_leave(engine, &sa->session, reason, io);
    while (sa->exchanges) {
        quick_left(engine, sa->exchanges, io);
        exchange_free(engine, sa, sa->exchanges);
    }
    xauth_cancel(engine, sa, io);
    wait_cancel(engine, &sa->waits_for);
    resend_wipe(engine, &sa->resend);
    pending_free(sa);
    leave_tables(engine, sa);
    handshake_free(sa);
    free(sa->seen);
    slots_free(&engine->sas, sa->self);
}

void sa_end(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell, struct io *io)
{
    end(engine, sa, reason, tell, false, io);
}

void sa_end_all(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell,
                struct io *io)
{
    end(engine, sa, reason, tell, true, io);
}

/* -- news of the peer ------------------------------------------------------------------ */

void sa_heard(struct ike_sa *sa, struct io *io)
{
    sa->heard_ms = io->now_ms;
    sa->dpd_unanswered = 0;
}

void sa_follow(struct engine *engine, struct ike_sa *sa, const struct ike_path *path, struct io *io)
{
    bool same_host = addr_equal(sa->path.remote.addr, path->remote.addr);
    if (endpoint_equal(sa->path.remote, path->remote) &&
        endpoint_equal(sa->path.local, path->local))
        return;
    /* RFC 3947, 4: only who is behind NAT changes its place; when we are, the peer floats. */
    if (!sa->peer_is_behind && !(sa->we_are_behind && same_host))
        return;
    char old[ENDPOINT_TEXT];
    endpoint_format(sa->path.remote, old);
    sa->path = *path;
    struct event *event = sa->state == SA_DONE ? sa_event(engine, sa, EV_PEER_MOVED, io) : NULL;
    if (event)
        event_text(event, 0, old);
    session_changed(engine, sa, io);
}

/* -- names of states ------------------------------------------------------------------- */

static const struct {
    const char *shown;       /* in show crypto isakmp sa */
    enum trace_step arrival; /* in debug crypto isakmp */
} states[SA_STATE_COUNT] = {
    [SA_R_MM2] = {"MM_SA_SETUP", TRACE_R_MM2},  [SA_R_MM3] = {"MM_SA_SETUP", TRACE_R_MM3},
    [SA_R_MM4] = {"MM_KEY_EXCH", TRACE_R_MM4},  [SA_R_AM1] = {"AG_NO_STATE", TRACE_R_AM1},
    [SA_R_AM2] = {"AG_INIT_EXCH", TRACE_R_AM2}, [SA_I_MM1] = {"MM_NO_STATE", TRACE_I_MM1},
    [SA_I_MM2] = {"MM_SA_SETUP", TRACE_I_MM2},  [SA_I_MM3] = {"MM_SA_SETUP", TRACE_I_MM3},
    [SA_I_MM4] = {"MM_KEY_EXCH", TRACE_I_MM4},  [SA_I_MM5] = {"MM_KEY_EXCH", TRACE_I_MM5},
    [SA_I_AM0] = {"AG_NO_STATE", TRACE_I_AM1},  [SA_I_AM1] = {"AG_NO_STATE", TRACE_I_AM1},
    [SA_I_AM2] = {"AG_INIT_EXCH", TRACE_I_AM2}, [SA_DONE] = {"QM_IDLE", TRACE_I_DONE},
};

const char *sa_state_name(const struct ike_sa *sa)
{
    bool in_xauth =
        sa->login == LOGIN_ASKED || sa->login == LOGIN_VERDICT || sa->login == LOGIN_SET;
    if (sa->addressing)
        return "CONF_ADDR";
    return sa->state == SA_DONE && in_xauth ? "CONF_XAUTH" : states[sa->state].shown;
}

void sa_trace_state(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    enum trace_step step = states[sa->state].arrival;
    if (sa->state == SA_DONE && !sa->initiator)
        step = sa->aggressive ? TRACE_R_AM3 : TRACE_R_MM6;
    else if (sa->state == SA_DONE && sa->aggressive)
        step = TRACE_I_AM2;
    trace_sa(engine, sa, step, io);
}

void sa_set_state(struct engine *engine, struct ike_sa *sa, enum sa_state state, struct io *io)
{
    sa->state = state;
    sa_trace_state(engine, sa, io);
}
