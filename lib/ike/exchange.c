/* Later exchanges of a phase 1 SA: each has a message id, an IV that runs through it, and an answer
 * kept for retransmissions. A message counts only after it decrypted, fits its rule and carries the
 * right HASH; until then nothing is changed. */
#include "ike/exchange.h"

#include "ike/octets.h"
#include "ike/send.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdlib.h>

enum { SEEN_STEP = 64, SEEN_RENEW = SEEN_MAX / 4 * 3 };

struct exchange *exchange_find(struct ike_sa *sa, uint32_t message_id)
{
    for (struct exchange *x = sa->exchanges; x; x = x->next)
        if (x->message_id == message_id)
            return x;
    return NULL;
}

bool exchange_seen(const struct ike_sa *sa, uint32_t message_id)
{
    for (size_t i = 0; i < sa->seen_count; i++)
        if (sa->seen[i] == message_id)
            return true;
    return false;
}

/* Message ids are remembered as long as the SA lives, the peer's and ours: an old message played
 * back, or our own reflected, must never open an exchange again. */
bool exchange_remember(struct ike_sa *sa, uint32_t message_id)
{
    if (sa->seen_count == SEEN_MAX || exchange_seen(sa, message_id))
        return false;
    if ((sa->seen_count & (sa->seen_count - 1)) == 0) {
        size_t room = sa->seen_count ? sa->seen_count * 2 : 1;
        uint32_t *grown = realloc(sa->seen, room * sizeof *grown);
        if (!grown)
            return false;
        sa->seen = grown;
    }
    sa->seen[sa->seen_count++] = message_id;
    return true;
}

/* Make room by letting go of the oldest one that only lingers. */
static void drop_lingering(struct engine *engine, struct ike_sa *sa)
{
    struct exchange *oldest = NULL;
    for (struct exchange *x = sa->exchanges; x; x = x->next)
        if (x->state == X_FINISHED)
            oldest = x;
    if (oldest)
        exchange_free(engine, sa, oldest);
}

struct exchange *exchange_new(struct engine *engine, struct ike_sa *sa, uint32_t message_id,
                              enum exchange_kind kind)
{
    if (sa->exchange_count >= EXCHANGES_PER_SA)
        drop_lingering(engine, sa);
    if (sa->exchange_count >= EXCHANGES_PER_SA)
        return NULL;
    struct exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    if (ike_iv_phase2(&sa->keys, sa->iv, message_id, x->iv) != RC_OK ||
        !exchange_remember(sa, message_id)) {
        free(x);
        return NULL;
    }
    /* Message ids are running out: who began this SA begins the next one now. */
    if (sa->initiator && !sa->rekeyed && sa->seen_count >= SEEN_RENEW &&
        sa->seen_count % SEEN_STEP == 0 &&
        heap_arm(&engine->timers, &sa->life, sa->established_ms) != RC_OK)
        sa->dies_ms = sa->established_ms;
    x->sa = sa->self;
    x->message_id = message_id;
    x->kind = kind;
    x->resend.timer = (struct timer){.owner = sa->self, .kind = TIMER_EXCHANGE};
    x->next = sa->exchanges;
    sa->exchanges = x;
    sa->exchange_count++;
    return x;
}

struct exchange *exchange_begin(struct engine *engine, struct ike_sa *sa, enum exchange_kind kind,
                                struct io *io)
{
    uint32_t message_id;
    do
        message_id = rng_u32(io->rng);
    while (message_id == 0 || exchange_seen(sa, message_id));
    return exchange_new(engine, sa, message_id, kind);
}

bool exchange_room(const struct ike_sa *sa)
{
    unsigned open = 0;
    for (const struct exchange *x = sa->exchanges; x; x = x->next)
        open += x->state != X_FINISHED;
    return open < EXCHANGES_PER_SA / 2;
}

void exchange_free(struct engine *engine, struct ike_sa *sa, struct exchange *x)
{
    struct exchange **at = &sa->exchanges;
    while (*at && *at != x)
        at = &(*at)->next;
    if (*at) {
        *at = x->next;
        sa->exchange_count--;
    }
    wait_cancel(engine, &x->waits_for);
    resend_wipe(engine, &x->resend);
    octets_wipe(&x->request);
    quick_free(x->quick);
    wipe(x, sizeof *x);
    free(x);
}

void exchange_finish(struct engine *engine, struct exchange *x, struct io *io)
{
    x->state = X_FINISHED;
    octets_wipe(&x->request);
    /* Without memory for the timer it lingers until room is needed. */
    if (heap_arm(&engine->timers, &x->resend.timer, io->now_ms + LINGER_MS) != RC_OK)
        x->resend.repeats = 0;
}

/* The peer never answered: what that means depends on what was asked. */
static void gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    switch (x->kind) {
    case X_XAUTH_REQUEST:
    case X_XAUTH_SET:
        xauth_gave_up(engine, sa, x, io);
        break;
    case X_QUICK_R:
    case X_QUICK_I:
        quick_gave_up(engine, sa, x, io);
        break;
    case X_CONFIG:
        config_timer(engine, sa, x, io);
        break;
    }
}

void exchange_timer(struct engine *engine, struct exchange *x, struct io *io)
{
    struct ike_sa *sa = slots_get(&engine->sas, x->sa);
    if (!sa)
        return;
    if (x->state == X_FINISHED)
        exchange_free(engine, sa, x);
    else if (quick_in_vain(engine, sa, x, io))
        return;
    else if (x->state == X_WAIT_INNER || !resend_again(engine, &x->resend, io))
        gave_up(engine, sa, x, io);
}

enum drop_reason exchange_open(const struct ike_sa *sa, const struct exchange *x,
                               const struct ike_rule *rule, struct span prefix, struct incoming *in)
{
    size_t len = 0;
    uint8_t iv[CIPHER_BLOCK_MAX];
    if (!(in->header.flags & IKE_FLAG_ENCRYPTED))
        return DROP_IKE_FLAGS;
    if (x)
        memcpy(iv, x->iv, sizeof iv);
    else if (ike_iv_phase2(&sa->keys, sa->iv, in->header.message_id, iv) != RC_OK)
        return DROP_IKE_DECRYPT;
    if (ike_open(&sa->keys, iv, in->body, in->plain, &len, in->next_iv) != RC_OK)
        return DROP_IKE_DECRYPT;
    if (ike_chain_parse(in->header.next, (struct span){in->plain, len}, &in->chain) != RC_OK)
        return DROP_IKE_DECRYPT;
    if (ike_rule_check(rule, &in->chain) != RC_OK)
        return DROP_IKE_PAYLOADS;
    uint8_t hash[HASH_MAX];
    const struct span parts[] = {prefix, ike_chain_after_first(&in->chain)};
    struct span claimed = in->chain.items[0].body;
    if (ike_hash_message(&sa->keys, in->header.message_id, parts, 2, hash) != RC_OK ||
        claimed.len != hash_len(sa->keys.prf) || !hash_equal(claimed.at, hash, claimed.len))
        return DROP_IKE_HASH;
    return DROP_NONE;
}
