/* Making messages and repeating them. A message that was sent is kept whole: a retransmission is
 * the same octets again and never advances an IV (RFC 2409, appendix B). */
#include "ike/send.h"

#include "ike/octets.h"
#include "ike/report.h"
#include "ike/sa.h"

#include <stdlib.h>

enum { REPEATS_MAX = 10 };

static void header_of(const struct ike_sa *sa, uint8_t exchange, uint32_t message_id, uint8_t flags,
                      struct ike_header *out)
{
    *out = (struct ike_header){
        .version = IKE_VERSION_1, .exchange = exchange, .flags = flags, .message_id = message_id};
    memcpy(out->cky_i, sa->cky_i, IKE_COOKIE);
    memcpy(out->cky_r, sa->cky_r, IKE_COOKIE);
}

void message_start(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange,
                   uint32_t message_id)
{
    struct ike_header header;
    header_of(sa, exchange, message_id, 0, &header);
    ike_writer_start(&out->w, out->buffer, sizeof out->buffer, &header);
}

static void packet_out_event(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_PACKET_OUT, io);
    if (!event)
        return;
    event_text(event, 0, sa->initiator ? "I" : "R");
    event_text(event, 1, sa_state_name(sa));
}

static void keep_and_send(struct engine *engine, const struct ike_sa *sa, struct resend *resend,
                          struct span message, struct io *io)
{
    heap_disarm(&engine->timers, &resend->timer);
    resend->tries = 0;
    resend->repeats = 0;
    resend->path = sa->path;
    if (!octets_set(&resend->message, message))
        octets_wipe(&resend->message); /* cannot be repeated, but goes out once */
    effects_send(io->out, &sa->path, message);
    packet_out_event(engine, sa, io);
}

void sa_send(struct engine *engine, struct ike_sa *sa, struct outgoing *out, bool sealed,
             struct io *io)
{
    struct span message = ike_writer_finish(&out->w);
    size_t len = message.len;
    if (len && sealed &&
        ike_seal(&sa->keys, sa->iv, out->buffer, sizeof out->buffer, &len) != RC_OK)
        len = 0;
    if (len)
        keep_and_send(engine, sa, &sa->resend, (struct span){out->buffer, len}, io);
    wipe(out->buffer, sizeof out->buffer);
}

void exchange_message_start(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange,
                            uint32_t message_id, uint8_t flags)
{
    struct ike_header header;
    header_of(sa, exchange, message_id, flags, &header);
    out->message_id = message_id;
    ike_writer_start(&out->w, out->buffer, sizeof out->buffer, &header);
    ike_writer_open(&out->w, PAYLOAD_HASH);
    builder_zeros(&out->w.b, hash_len(sa->keys.prf));
    ike_writer_close(&out->w);
}

/* Octets of the finished message: HASH in its place, sealed. 0: did not fit, or cryptography. */
static size_t hash_and_seal(const struct ike_sa *sa, struct outgoing *out, struct span prefix,
                            uint8_t *iv)
{
    const size_t hash_at = IKE_HEADER + IKE_PAYLOAD_HEADER;
    size_t n = hash_len(sa->keys.prf);
    struct span message = ike_writer_finish(&out->w);
    if (message.len < hash_at + n)
        return 0;
    struct span rest = {out->buffer + hash_at + n, message.len - hash_at - n};
    const struct span parts[] = {prefix, rest};
    uint8_t hash[HASH_MAX];
    size_t len = message.len;
    if (ike_hash_message(&sa->keys, out->message_id, parts, 2, hash) != RC_OK)
        return 0;
    memcpy(out->buffer + hash_at, hash, n);
    if (ike_seal(&sa->keys, iv, out->buffer, sizeof out->buffer, &len) != RC_OK)
        return 0;
    return len;
}

void exchange_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                   struct outgoing *out, struct span nonce_i, struct io *io)
{
    size_t len = hash_and_seal(sa, out, nonce_i, x->iv);
    if (len)
        keep_and_send(engine, sa, &x->resend, (struct span){out->buffer, len}, io);
    wipe(out->buffer, sizeof out->buffer);
}

void exchange_send_as_is(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct outgoing *out, struct io *io)
{
    size_t len = ike_writer_finish(&out->w).len;
    if (len && ike_seal(&sa->keys, x->iv, out->buffer, sizeof out->buffer, &len) == RC_OK)
        keep_and_send(engine, sa, &x->resend, (struct span){out->buffer, len}, io);
    wipe(out->buffer, sizeof out->buffer);
}

void informational_start(struct outgoing *out, const struct ike_sa *sa, struct io *io)
{
    uint32_t message_id;
    do
        message_id = rng_u32(io->rng);
    while (message_id == 0);
    exchange_message_start(out, sa, EXCHANGE_INFORMATIONAL, message_id, 0);
}

void informational_send_kept(struct engine *engine, struct ike_sa *sa, struct resend *keep,
                             struct outgoing *out, struct io *io)
{
    uint8_t iv[CIPHER_BLOCK_MAX];
    struct resend unkept = {0};
    size_t len = 0;
    if (ike_iv_phase2(&sa->keys, sa->iv, out->message_id, iv) == RC_OK)
        len = hash_and_seal(sa, out, (struct span){NULL, 0}, iv);
    if (len)
        keep_and_send(engine, sa, keep ? keep : &unkept, (struct span){out->buffer, len}, io);
    octets_wipe(&unkept.message);
    wipe(out->buffer, sizeof out->buffer);
}

void informational_send(struct engine *engine, struct ike_sa *sa, struct outgoing *out,
                        struct io *io)
{
    informational_send_kept(engine, sa, NULL, out, io);
}

void notify_send(struct engine *engine, struct ike_sa *sa,
                 const struct ike_notification *notification, struct io *io)
{
    struct outgoing out;
    informational_start(&out, sa, io);
    ike_notification_put(&out.w, notification);
    informational_send(engine, sa, &out, io);
}

void notify_clear(struct engine *engine, const struct incoming *in, uint16_t type, struct io *io)
{
    struct outgoing out;
    struct ike_header header = in->header;
    do
        header.message_id = rng_u32(io->rng);
    while (header.message_id == 0);
    header.exchange = EXCHANGE_INFORMATIONAL;
    header.flags = 0;
    ike_writer_start(&out.w, out.buffer, sizeof out.buffer, &header);
    const struct ike_notification notification = {.protocol = PROTOCOL_ISAKMP, .type = type};
    ike_notification_put(&out.w, &notification);
    struct span message = ike_writer_finish(&out.w);
    (void)engine;
    /* Never an amplifier: a reply to a stranger is not larger than what he sent. */
    if (message.len && message.len <= in->datagram.len)
        effects_send(io->out, in->path, message);
}

bool resend_repeated(struct engine *engine, struct resend *resend, const struct incoming *in,
                     struct io *io)
{
    if (!resend->has_request || memcmp(resend->request, in->digest, KEYED_LEN) != 0)
        return false;
    engine_drop(engine, in->path, DROP_IKE_REPEATED, io);
    if (resend->message.len && resend->repeats < REPEATS_MAX) {
        resend->repeats++;
        effects_send(io->out, &resend->path, octets_span(&resend->message));
    }
    return true;
}

void resend_accepted(struct engine *engine, struct resend *resend, const struct incoming *in)
{
    heap_disarm(&engine->timers, &resend->timer);
    octets_wipe(&resend->message);
    memcpy(resend->request, in->digest, KEYED_LEN);
    resend->has_request = true;
}

void resend_arm(struct engine *engine, struct resend *resend, struct io *io)
{
    /* Without memory for the timer the message is not repeated: the peer repeats its own. */
    if (heap_arm(&engine->timers, &resend->timer, io->now_ms + RETRANSMIT_FIRST_MS) != RC_OK)
        resend->tries = RETRANSMIT_TRIES;
}

bool resend_again(struct engine *engine, struct resend *resend, struct io *io)
{
    if (!resend->message.len || resend->tries >= RETRANSMIT_TRIES)
        return false;
    resend->tries++;
    effects_send(io->out, &resend->path, octets_span(&resend->message));
    uint64_t pause = (uint64_t)RETRANSMIT_FIRST_MS << resend->tries;
    return heap_arm(&engine->timers, &resend->timer, io->now_ms + pause) == RC_OK;
}

void resend_wipe(struct engine *engine, struct resend *resend)
{
    heap_disarm(&engine->timers, &resend->timer);
    octets_wipe(&resend->message);
}
