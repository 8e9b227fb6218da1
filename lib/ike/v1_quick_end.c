/* The ends of a quick mode that leads to nothing: refused, unanswered, given way, or left behind by
 * its SA. A pair that was to be renewed is tried again. */
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/initiate.h"
#include "ike/octets.h"
#include "ike/quick.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    RENEW_AGAIN_MS = 10000,
    RENEW_SOON_MS = 1000,
    VAIN_TRIES = 3,  /* repetitions without an answer, 7 s in all, */
    HEARD_MS = 4000, /* while the peer was heard so lately */
};

static void renew_later(struct engine *engine, const struct quick *quick, uint64_t pause_ms,
                        struct io *io)
{
    struct child *replaced = slots_get(&engine->children, quick->replaces);
    if (replaced && !replaced->old &&
        heap_arm(&engine->timers, &replaced->soft, io->now_ms + pause_ms) == RC_OK)
        replaced->rekeying = false;
}

static void end_unfinished(struct engine *engine, const struct quick *quick, struct io *io)
{
    struct child *made = slots_get(&engine->children, quick->child);
    if (made && !made->up)
        child_end(engine, made, "quick mode not completed", true, io);
}

void quick_abandon(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    end_unfinished(engine, x->quick, io);
    renew_later(engine, x->quick, RENEW_AGAIN_MS, io);
    exchange_free(engine, sa, x);
}

void quick_left(struct engine *engine, struct exchange *x, struct io *io)
{
    if (!x->quick || x->state == X_FINISHED)
        return;
    struct child *made = slots_get(&engine->children, x->quick->child);
    if (x->quick->committing && made && !made->up) /* both have the keys */
        child_up(engine, made, io);
    end_unfinished(engine, x->quick, io);
    renew_later(engine, x->quick, RENEW_SOON_MS, io);
}

static bool quick_open(const struct ike_sa *sa)
{
    for (const struct exchange *x = sa->exchanges; x; x = x->next)
        if ((x->kind == X_QUICK_I || x->kind == X_QUICK_R) && x->state != X_FINISHED)
            return true;
    return false;
}

void quick_refused(struct engine *engine, struct ike_sa *sa, uint32_t message_id, uint16_t type,
                   struct io *io)
{
    struct exchange *x = NULL;
    /* The notification does not say which: the oldest that waits. */
    for (struct exchange *other = sa->exchanges; other; other = other->next)
        if (other->kind == X_QUICK_I && other->state == X_WAIT_PEER)
            x = other;
    /* An old refusal played back must not end another exchange. */
    if (!x || !exchange_remember(sa, message_id))
        return;
    struct decision decision;
    decision_start(&decision, STAGE_TRANSFORM);
    decision.rule = RULE_UNSUPPORTED;
    snprintf(decision.theirs, sizeof decision.theirs, "%s", ike_notify_name(type));
    snprintf(decision.ours, sizeof decision.ours, "map %s %u", x->quick->map, x->quick->sequence);
    snprintf(decision.hint, sizeof decision.hint,
             "compare transform-sets, PFS and access list of map %s %u with the peer's",
             x->quick->map, x->quick->sequence);
    engine_refuse(engine, &sa->path, sa, &sa->identity, &decision, io);
    initiate_failed(engine, sa->path.remote.addr, io);
    quick_abandon(engine, sa, x, io);
    /* What phase 1 found out (NAT, say) may be what does not fit: the next try begins anew. */
    if (sa->initiator && !child_under(engine, sa) && !quick_open(sa))
        sa_end(engine, sa, "nothing of what we offered was taken", true, io);
}

bool quick_in_vain(struct engine *engine, struct ike_sa *sa, const struct exchange *x,
                   struct io *io)
{
    const struct child *replaced =
        x->kind == X_QUICK_I ? slots_get(&engine->children, x->quick->replaces) : NULL;
    if (!replaced || x->state != X_WAIT_PEER || x->resend.tries < VAIN_TRIES ||
        io->now_ms - sa->heard_ms >= HEARD_MS || sa->client || !initiate_entry(engine, replaced))
        return false;
    sa_end(engine, sa, "the peer does not know it any more", true, io);
    return true;
}

void quick_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    if (x->quick->committing) {
        quick_committed(engine, sa, x, io);
        return;
    }
    const struct child *replaced = slots_get(&engine->children, x->quick->replaces);
    bool unanswered = x->kind == X_QUICK_I && x->state == X_WAIT_PEER;
    bool heard = io->now_ms - sa->heard_ms < HEARD_MS;
    bool ours_to_begin = !sa->client && (!replaced || initiate_entry(engine, replaced));
    quick_abandon(engine, sa, x, io);
    /* A peer that is not heard and does not answer a rekey is not there: the session ends now, not
     * when the keys do. One that answers no quick mode may have lost the SA, and would never answer
     * the next one under it either. */
    if (unanswered && replaced && !heard)
        initiate_lost(engine, sa, "no answer to quick mode", true, io);
    else if (unanswered && ours_to_begin)
        sa_end(engine, sa, "no answer to quick mode", true, io);
}

void quick_free(struct quick *quick)
{
    if (!quick)
        return;
    octets_wipe(&quick->sa_reply);
    octets_wipe(&quick->id_i);
    octets_wipe(&quick->id_r);
    wipe(quick, sizeof *quick);
    free(quick);
}
