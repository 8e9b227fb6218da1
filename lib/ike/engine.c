/* The doors of the engine: a datagram, a tick, an answer, a command. Each finds the object that is
 * meant and hands over to the exchange; nothing here knows a payload. */
#include "ike/engine.h"

#include "ike/child.h"
#include "ike/dpd.h"
#include "ike/exchange.h"
#include "ike/goodbye.h"
#include "ike/initiate.h"
#include "ike/key_search.h"
#include "ike/peer_name.h"
#include "ike/pool.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/session.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdlib.h>

enum { SA_LIMIT = 20000, HALF_OPEN_LIMIT = 1000, HALF_OPEN_PER_SOURCE = 5 };
enum { IMPATIENT_TRIES = 2 }; /* 7 s, when another peer may do */

#define CONTAINER(pointer, type, member)                                                           \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static struct engine_options with_defaults(const struct engine_options *given)
{
    struct engine_options options = *given;
    if (!options.sa_limit)
        options.sa_limit = SA_LIMIT;
    if (!options.half_open_limit)
        options.half_open_limit = HALF_OPEN_LIMIT;
    if (!options.half_open_per_source)
        options.half_open_per_source = HALF_OPEN_PER_SOURCE;
    return options;
}

enum rc engine_new(const struct config *config, const struct engine_options *options,
                   const struct rng *rng, struct engine **out)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return RC_NO_MEMORY;
    engine->config = config;
    engine->options = with_defaults(options);
    rng_bytes(rng, engine->secret, sizeof engine->secret);
    /* IOS numbers phase 1 SAs from 1 and phase 2 SAs from 2000 (seed 003). */
    engine->next_conn = 1;
    engine->next_child_conn = 2000;
    engine->next_id = 1;
    engine->next_session = 1;
    engine->trials_left = KEY_TRIALS_AT_START;
    engine->pool_empty = calloc(config->pool_count + 1, sizeof *engine->pool_empty);
    enum rc rc = engine->pool_empty ? RC_OK : RC_NO_MEMORY;
    if (rc == RC_OK)
        rc = slots_init(&engine->sas, sizeof(struct ike_sa), engine->options.sa_limit);
    if (rc == RC_OK)
        rc = slots_init(&engine->children, sizeof(struct child), engine->options.sa_limit * 2);
    /* Each is held by an SA or a pair. */
    if (rc == RC_OK)
        rc = slots_init(&engine->sessions, sizeof(struct session), engine->options.sa_limit * 3);
    if (rc != RC_OK) {
        engine_free(engine);
        return rc;
    }
    *out = engine;
    return RC_OK;
}

static void free_half_open(struct engine *engine)
{
    struct half_open *row, *next;
    HASH_ITER(hh, engine->half_open, row, next)
    {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that the last row is last */
        HASH_DELETE(hh, engine->half_open, row);
        free(row);
    }
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    struct effects effects = {0};
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 0);
    struct io io = {.now_ms = 0, .rng = &rng, .out = &effects};
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while (engine->sas.entries && (sa = slots_next(&engine->sas, &at, &handle)))
        sa_end_all(engine, sa, "engine stopped", false, &io);
    struct child *child;
    at = 0;
    while (engine->children.entries && (child = slots_next(&engine->children, &at, &handle)))
        child_end(engine, child, "engine stopped", false, &io);
    effects_wipe(&effects);
    pool_wipe(engine);
    free(engine->pool_empty);
    free(engine->remembered);
    free(engine->entry_peers);
    peer_name_wipe(engine);
    free_half_open(engine);
    heap_wipe(&engine->timers);
    slots_wipe(&engine->sas);
    slots_wipe(&engine->children);
    slots_wipe(&engine->sessions);
    wipe(engine, sizeof *engine);
    free(engine);
}

void engine_set_debug(struct engine *engine, bool debug)
{
    engine->options.debug = debug;
}

/* sa NULL: an exchange begins. */
static void packet_in_event(struct engine *engine, const struct ike_sa *sa,
                            const struct incoming *in, struct io *io)
{
    struct event *event = engine->options.debug ? effects_event(io->out, EV_PACKET_IN) : NULL;
    if (!event)
        return;
    event->conn = sa ? sa->conn : 0;
    event->peer = in->path->remote;
    event->local = in->path->local;
    event_text(event, 0, !sa ? "N" : sa->initiator ? "I" : "R");
    event_text(event, 1, sa ? sa_state_name(sa) : "NEW SA");
}

static void input_to_sa(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                        struct io *io)
{
    packet_in_event(engine, sa, in, io);
    switch ((enum ike_exchange)in->header.exchange) {
    case EXCHANGE_MAIN:
        main_mode_input(engine, sa, in, io);
        break;
    case EXCHANGE_AGGRESSIVE:
        aggressive_input(engine, sa, in, io);
        break;
    case EXCHANGE_INFORMATIONAL:
        informational_input(engine, sa, in, io);
        break;
    case EXCHANGE_TRANSACTION:
        transaction_input(engine, sa, in, io);
        break;
    case EXCHANGE_QUICK:
        quick_input(engine, sa, in, io);
        break;
    }
}

/* A first message: no SA yet, the responder cookie is zero. */
static void input_opening(struct engine *engine, struct incoming *in, struct io *io)
{
    if (in->header.flags & IKE_FLAG_ENCRYPTED || in->header.message_id != 0) {
        engine_drop(engine, in->path, DROP_IKE_FLAGS, io);
        return;
    }
    packet_in_event(engine, NULL, in, io);
    if (in->header.exchange == EXCHANGE_MAIN)
        main_mode_opening(engine, in, io);
    else if (in->header.exchange == EXCHANGE_AGGRESSIVE)
        aggressive_opening(engine, in, io);
    else
        engine_drop(engine, in->path, DROP_IKE_COOKIE, io);
}

void engine_input(struct engine *engine, const struct ike_path *path, struct span datagram,
                  struct io *io)
{
    struct incoming in = {.path = path, .datagram = datagram};
    enum drop_reason reason = ike_header_parse(datagram, &in.header, &in.body);
    if (reason == DROP_NONE && datagram.len > IKE_MESSAGE_MAX)
        reason = DROP_IKE_LENGTH;
    /* RFC 2408, 3.1: no minor version above our own, and bits without meaning are zero. */
    if (reason == DROP_NONE && in.header.version != IKE_VERSION_1)
        reason = DROP_IKE_VERSION;
    if (reason == DROP_NONE && in.header.flags & ~(IKE_FLAG_ENCRYPTED | IKE_FLAG_COMMIT))
        reason = DROP_IKE_FLAGS;
    if (reason != DROP_NONE) {
        engine_drop(engine, path, reason, io);
        return;
    }
    engine_keyed(engine, &datagram, 1, in.digest);
    struct ike_sa *sa = sa_find(engine, &in);
    if (sa_reflected(engine, sa, &in))
        engine_drop(engine, path, DROP_IKE_REFLECTED, io);
    else if (sa)
        input_to_sa(engine, sa, &in, io);
    else if (ike_cookie_is_zero(in.header.cky_r))
        input_opening(engine, &in, io);
    else
        engine_drop(engine, path, DROP_IKE_COOKIE, io);
    wipe(in.plain, sizeof in.plain);
}

static void sa_timer(struct engine *engine, struct ike_sa *sa, enum timer_kind kind, struct io *io)
{
    switch (kind) {
    case TIMER_SA_RETRANSMIT:
        if (sa->login == LOGIN_VERDICT || (sa->login == LOGIN_ASKED && sa->challenges)) {
            xauth_verdict(engine, sa, RC_AGAIN, RULE_NO_VERDICT, NULL, io);
        } else if (sa->state == SA_DONE && sa->initiator) {
            aggressive_repeat(engine, sa, io);
        } else if (sa->state == SA_DONE) {
            sa_request_overdue(engine, sa, io);
        } else if ((sa->resend.tries >= IMPATIENT_TRIES &&
                    initiate_impatient(engine, sa, io->now_ms)) ||
                   !resend_again(engine, &sa->resend, io)) {
            initiate_give_up(engine, sa, "phase 1 retransmissions used up", io);
        }
        break;
    case TIMER_SA_LIFE:
        if (sa->state == SA_DONE && io->now_ms < sa->dies_ms) {
            sa_renew(engine, sa, io);
            break;
        }
        if (sa->initiator && sa->state != SA_DONE) {
            initiate_give_up(engine, sa, "phase 1 not completed in time", io);
            break;
        }
        aggressive_gave_up(engine, sa, io);
        sa_end(engine, sa,
               sa->state != SA_DONE ? "phase 1 not completed in time"
               : sa->rekeyed        ? "replaced"
                                    : "phase 1 lifetime expired",
               sa->state == SA_DONE, io);
        break;
    case TIMER_SA_DPD:
        dpd_timer(engine, sa, io);
        break;
    case TIMER_SA_KEEPALIVE:
        keepalive_timer(engine, sa, io);
        break;
    case TIMER_SA_GOODBYE:
        goodbye_timer(engine, sa, io);
        break;
    case TIMER_EXCHANGE:
    case TIMER_CHILD_SOFT:
    case TIMER_CHILD_HARD:
    case TIMER_CHILD_IDLE:
    case TIMER_SESSION:
        break;
    }
}

/* False: it is not one of a pair. */
static bool child_timer(struct engine *engine, const struct timer *timer, struct io *io)
{
    enum timer_kind kind = (enum timer_kind)timer->kind;
    if (kind != TIMER_CHILD_SOFT && kind != TIMER_CHILD_HARD && kind != TIMER_CHILD_IDLE)
        return false;
    struct child *child = slots_get(&engine->children, timer->owner);
    if (child && kind == TIMER_CHILD_SOFT)
        child_timer_soft(engine, child, io);
    else if (child && kind == TIMER_CHILD_IDLE)
        child_timer_idle(engine, child, io);
    else if (child)
        child_timer_hard(engine, child, io);
    return true;
}

static void timer_due(struct engine *engine, struct timer *timer, struct io *io)
{
    enum timer_kind kind = (enum timer_kind)timer->kind;
    if (kind == TIMER_EXCHANGE) {
        exchange_timer(engine, CONTAINER(timer, struct exchange, resend.timer), io);
        return;
    }
    if (kind == TIMER_SESSION) {
        session_interim(engine, timer->owner, io);
        return;
    }
    if (child_timer(engine, timer, io))
        return;
    struct ike_sa *sa = slots_get(&engine->sas, timer->owner);
    if (sa)
        sa_timer(engine, sa, kind, io);
}

void engine_tick(struct engine *engine, struct io *io)
{
    struct timer *timer;
    while ((timer = heap_pop_due(&engine->timers, io->now_ms)))
        timer_due(engine, timer, io);
}

uint64_t engine_next_deadline_ms(const struct engine *engine)
{
    return heap_next_ms(&engine->timers);
}

static void answer_to_exchange(struct engine *engine, struct ike_sa *sa, const struct wait *wait,
                               const struct answer *answer, struct io *io)
{
    struct exchange *x = exchange_find(sa, wait->message_id);
    if (!x || x->state != X_WAIT_INNER)
        return;
    if (wait->kind == WAIT_EXCHANGE_DH)
        quick_dh(engine, sa, x, answer, io);
    else if (wait->kind == WAIT_LEASE)
        config_lease_saved(engine, sa, x, answer->rc, io);
}

static void answer_to_sa(struct engine *engine, struct ike_sa *sa, const struct wait *wait,
                         const struct answer *answer, struct io *io)
{
    switch (wait->kind) {
    case WAIT_SA_DH:
        if (sa->aggressive)
            aggressive_dh(engine, sa, answer, io);
        else
            main_mode_dh(engine, sa, answer, io);
        break;
    case WAIT_KEY:
        key_search_answered(engine, sa, answer, io);
        break;
    case WAIT_PASSWORD:
        xauth_verdict(engine, sa, answer->rc, answer->rule, &answer->grant, io);
        break;
    case WAIT_EXCHANGE_DH:
    case WAIT_LEASE:
        answer_to_exchange(engine, sa, wait, answer, io);
        break;
    }
}

/* The question stays out: its verdict is still to come. */
static void challenge(struct engine *engine, const struct wait *wait, const struct answer *answer,
                      struct io *io)
{
    struct ike_sa *sa = slots_get(&engine->sas, wait->sa);
    if (sa)
        xauth_challenge(engine, sa, answer->prompt, io);
}

void engine_answer(struct engine *engine, const struct answer *answer, struct io *io)
{
    static const enum answer_kind due[] = {[WAIT_SA_DH] = ANSWER_DH,
                                           [WAIT_EXCHANGE_DH] = ANSWER_DH,
                                           [WAIT_PASSWORD] = ANSWER_PASSWORD,
                                           [WAIT_LEASE] = ANSWER_LEASE_SAVED,
                                           [WAIT_KEY] = ANSWER_KEY};
    struct wait *found = NULL;
    HASH_FIND(hh, engine->waits, &answer->ticket, sizeof answer->ticket, found);
    if (found && found->kind == WAIT_PASSWORD && answer->kind == ANSWER_CHALLENGE) {
        challenge(engine, found, answer, io);
        return;
    }
    if (!found || due[found->kind] != answer->kind)
        return;
    struct wait wait = *found;
    wait_cancel(engine, &answer->ticket);
    struct ike_sa *sa = slots_get(&engine->sas, wait.sa);
    if (sa)
        answer_to_sa(engine, sa, &wait, answer, io);
}
