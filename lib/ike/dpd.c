/* Dead peer detection (RFC 3706) and NAT keepalives (RFC 3948, 4). Probes go out only where the
 * configuration asks for them and only while the peer is silent; every probe of the peer is
 * answered. */
#include "ike/dpd.h"

#include "ike/initiate.h"
#include "ike/peer.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"

enum { DPD_MISSES = 5, JITTER_PART = 8, ANSWER_PAUSE_MS = 1000, RETRY_S = 2, ALIVE_MS = 3000 };

struct dpd_terms {
    uint32_t interval_s, retry_s;
};

static struct dpd_terms terms_of(const struct engine *engine, const struct ike_sa *sa)
{
    const struct isakmp_profile *profile = engine_profile(engine, sa->profile);
    if (profile && profile->keepalive_s)
        return (struct dpd_terms){profile->keepalive_s, profile->keepalive_retry_s};
    return (struct dpd_terms){engine->config->keepalive_s, engine->config->keepalive_retry_s};
}

/* A little earlier than asked, differently for each SA, so that a fleet does not probe in step. */
static uint64_t jittered(uint64_t interval_ms, struct io *io)
{
    uint64_t part = interval_ms / JITTER_PART;
    return interval_ms - (part ? rng_u32(io->rng) % part : 0);
}

void dpd_start(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct dpd_terms terms = terms_of(engine, sa);
    if (!terms.interval_s || !(sa->vendors & 1u << VENDOR_DPD))
        return;
    sa->dpd_start = sa->dpd_sequence = rng_u32(io->rng) & 0x7fffffff;
    if (heap_arm(&engine->timers, &sa->dpd,
                 io->now_ms + jittered((uint64_t)terms.interval_s * 1000, io)) != RC_OK)
        sa->dpd_unanswered = 0;
}

static void notify_sequence(struct engine *engine, struct ike_sa *sa, uint16_t type,
                            uint32_t sequence, struct io *io)
{
    uint8_t spi[2 * IKE_COOKIE], data[4];
    struct builder b = builder_of(data, sizeof data);
    builder_u32(&b, sequence);
    memcpy(spi, sa->cky_i, IKE_COOKIE);
    memcpy(spi + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
    const struct ike_notification notification = {.protocol = PROTOCOL_ISAKMP,
                                                  .type = type,
                                                  .spi = {spi, sizeof spi},
                                                  .data = {data, sizeof data}};
    notify_send(engine, sa, &notification, io);
}

static void probe(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    sa->dpd_sequence++;
    sa->dpd_unanswered++;
    struct event *event = sa_event(engine, sa, EV_DPD_SENT, io);
    if (event)
        event->n[0] = sa->dpd_sequence;
    notify_sequence(engine, sa, NOTIFY_R_U_THERE, sa->dpd_sequence, io);
}

bool dpd_doubt(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (!(sa->vendors & 1u << VENDOR_DPD) || io->now_ms - sa->heard_ms < ALIVE_MS)
        return false;
    if (sa->dpd_unanswered)
        return true;
    if (!sa->dpd_sequence)
        sa->dpd_start = sa->dpd_sequence = rng_u32(io->rng) & 0x7fffffff;
    if (heap_arm(&engine->timers, &sa->dpd, io->now_ms + RETRY_S * UINT64_C(1000)) != RC_OK)
        return false;
    probe(engine, sa, io);
    return true;
}

void dpd_timer(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct dpd_terms terms = terms_of(engine, sa);
    uint64_t interval_ms = (uint64_t)terms.interval_s * 1000;
    uint64_t silent_ms = io->now_ms - sa->heard_ms;
    uint64_t next_ms;
    /* Without a keepalive only a doubt goes on until it is settled. */
    if (!interval_ms && !sa->dpd_unanswered)
        return;
    if (sa->dpd_unanswered >= DPD_MISSES) {
        struct event *event = sa_event(engine, sa, EV_DPD_DEAD, io);
        if (event)
            event->n[0] = sa->dpd_unanswered;
        peer_tell_elsewhere(engine, sa, io);
        initiate_lost(engine, sa, "peer not responding", false, io);
        return;
    }
    if (silent_ms + interval_ms / JITTER_PART >= interval_ms || sa->dpd_unanswered) {
        probe(engine, sa, io);
        next_ms = (uint64_t)(terms.retry_s ? terms.retry_s : RETRY_S) * 1000;
    } else {
        next_ms = interval_ms - silent_ms;
    }
    if (heap_arm(&engine->timers, &sa->dpd, io->now_ms + next_ms) != RC_OK)
        sa->dpd_unanswered = 0;
}

static void answered(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
                     uint32_t sequence, struct io *io)
{
    if (sequence != sa->dpd_sequence || !sa->dpd_unanswered)
        return;
    struct event *event = sa_event(engine, sa, EV_DPD_ACK, io);
    if (event)
        event->n[0] = sequence;
    sa_heard(sa, io);
    sa_follow(engine, sa, path, io);
}

/* Only a number that was not there before proves life. The last one again is a retransmission (it
 * comes with a new message id) or a replay: answered like a new one, but never twice a second; an
 * older one is not (RFC 3706, 7.2). */
static void probed(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
                   uint32_t sequence, struct io *io)
{
    int32_t ahead = (int32_t)(sequence - sa->dpd_peer_sequence);
    if (sa->dpd_peer_seen && ahead < 0)
        return;
    if (!sa->dpd_peer_seen || ahead > 0) {
        sa_heard(sa, io);
        sa_follow(engine, sa, path, io);
    }
    sa->dpd_peer_seen = true;
    sa->dpd_peer_sequence = sequence;
    if (sa->dpd_answered_ms && io->now_ms - sa->dpd_answered_ms < ANSWER_PAUSE_MS)
        return;
    sa->dpd_answered_ms = io->now_ms;
    notify_sequence(engine, sa, NOTIFY_R_U_THERE_ACK, sequence, io);
}

void dpd_notification(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
                      const struct ike_notification *notification, struct io *io)
{
    struct cursor c = cursor_over(notification->data);
    uint32_t sequence = cursor_u32(&c);
    if (!cursor_done(&c))
        return;
    if (notification->type == NOTIFY_R_U_THERE_ACK)
        answered(engine, sa, path, sequence, io);
    else if (sequence - sa->dpd_start - 1 < sa->dpd_sequence - sa->dpd_start)
        engine_drop(engine, path, DROP_IKE_REFLECTED, io); /* a number of ours came back */
    else
        probed(engine, sa, path, sequence, io);
}

void keepalive_start(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (!sa->we_are_behind || !engine->config->nat_keepalive_s)
        return;
    if (heap_arm(&engine->timers, &sa->keepalive,
                 io->now_ms + (uint64_t)engine->config->nat_keepalive_s * 1000) != RC_OK)
        sa->we_are_behind = true; /* the mapping may close; the next probe opens it again */
}

void keepalive_timer(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    static const uint8_t octet = 0xff;
    struct effect *effect = sa->path.natt ? effects_add(io->out, EFFECT_SEND) : NULL;
    if (effect)
        effect->send = (struct effect_send){sa->path, {&octet, 1}, true};
    keepalive_start(engine, sa, io);
}
