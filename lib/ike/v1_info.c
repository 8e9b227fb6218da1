/* Informational exchanges (RFC 2409, 5.7): notifications and deletes. Only what is sealed and
 * hashed under an SA counts; in clear they are counted and change nothing (THREATS P03). */
#include "ike/child.h"
#include "ike/dpd.h"
#include "ike/exchange.h"
#include "ike/peer.h"
#include "ike/proposal.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/v1.h"

static const struct ike_rule informational_rule = {P_HASH, P_NOTIFY | P_DELETE | P_VENDOR,
                                                   PAYLOAD_HASH, 0, 0};

/* The responder lets this SA die earlier than we offered (RFC 2407, 4.6.3.1). It can only get
 * shorter, so that one played back changes nothing. */
static void responder_lifetime(struct engine *engine, struct ike_sa *sa,
                               const struct ike_notification *n, struct io *io)
{
    uint32_t seconds;
    uint64_t kilobytes;
    if (sa->initiator && n->protocol == PROTOCOL_ISAKMP && n->spi.len == (size_t)2 * IKE_COOKIE &&
        memcmp(n->spi.at, sa->cky_i, IKE_COOKIE) == 0 &&
        memcmp(n->spi.at + IKE_COOKIE, sa->cky_r, IKE_COOKIE) == 0 &&
        ike_lifetime_parse(n->data, &seconds, &kilobytes) == RC_OK && seconds)
        sa_live_shorter(engine, sa, seconds, io);
}

static void notification(struct engine *engine, struct ike_sa *sa, struct span body,
                         const struct incoming *in, struct io *io)
{
    struct ike_notification n;
    if (ike_notification_parse(body, &n) != RC_OK)
        return;
    if (n.type == NOTIFY_R_U_THERE || n.type == NOTIFY_R_U_THERE_ACK) {
        dpd_notification(engine, sa, in->path, &n, io);
        return;
    }
    /* Some say it after phase 1 (racoon). Played back it must end nothing that came since. */
    if (n.type == NOTIFY_INITIAL_CONTACT && exchange_remember(sa, in->header.message_id))
        peer_initial_contact(engine, sa, io);
    if (n.type == NOTIFY_RESPONDER_LIFETIME)
        responder_lifetime(engine, sa, &n, io);
    struct event *event = sa_event(engine, sa, EV_NOTIFY_IN, io);
    if (event) {
        struct cursor spi = cursor_over(n.spi);
        event->n[0] = n.protocol;
        event->n[1] = n.spi.len == 4 ? cursor_u32(&spi) : 0;
        event->n[2] = in->header.message_id;
        event_text(event, 0, ike_notify_name(n.type));
    }
    if (n.type < NOTIFY_CONNECTED)
        quick_refused(engine, sa, in->header.message_id, n.type, io);
}

static bool names_pair(const struct ike_deletion *d, const struct child *child)
{
    for (size_t i = 0; i < d->spi_count; i++) {
        struct cursor c = cursor_over(ike_deletion_spi(d, i));
        uint32_t spi = cursor_u32(&c);
        if (spi == child->spi_out || spi == child->spi_in)
            return true;
    }
    return false;
}

/* The SPIs are the sender's inbound ones, our outbound; some IOS send the receiver's (WIRE §3). A
 * peer with two SAs may say it under either. One walk over the pairs, however many SPIs there are
 * (THREATS M12). */
static void esp_deletion(struct engine *engine, struct ike_sa *sa, const struct ike_deletion *d,
                         struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while (d->spi_size == 4 && (child = slots_next(&engine->children, &at, &handle)))
        if (names_pair(d, child) && child_of_peer(engine, sa, child))
            child_end(engine, child, "deleted by the peer", false, io);
}

/* The phase 1 SA of these cookies if it is this one, or an older one of the same peer at the same
 * place: vpnc says under the new one that the old one is gone (WIRE §13). */
static struct ike_sa *named_sa(const struct engine *engine, struct ike_sa *sa, struct span spi)
{
    struct ike_sa *found = sa_of_cookies(engine, spi.at, spi.at + IKE_COOKIE);
    return found == sa || (found && peer_same_session(engine, sa, found)) ? found : NULL;
}

static void isakmp_deletion(struct engine *engine, struct ike_sa *sa, const struct ike_deletion *d,
                            struct io *io)
{
    const slot_handle self = sa->self;
    struct ike_sa *named;
    for (size_t i = 0; d->spi_size == 2 * IKE_COOKIE && i < d->spi_count; i++)
        if (slots_get(&engine->sas, self) && (named = named_sa(engine, sa, ike_deletion_spi(d, i))))
            sa_end(engine, named, "deleted by the peer", false, io);
}

static void deletion(struct engine *engine, struct ike_sa *sa, struct span body, struct io *io)
{
    struct ike_deletion d;
    if (ike_deletion_parse(body, &d) != RC_OK)
        return;
    if (d.protocol == PROTOCOL_ESP)
        esp_deletion(engine, sa, &d, io);
    else if (d.protocol == PROTOCOL_ISAKMP)
        isakmp_deletion(engine, sa, &d, io);
}

void informational_input(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    enum drop_reason reason = DROP_IKE_NOTIFY;
    if (sa->state == SA_DONE && in->header.message_id != 0 && in->header.flags & IKE_FLAG_ENCRYPTED)
        reason = exchange_open(sa, NULL, &informational_rule, (struct span){NULL, 0}, in);
    if (reason != DROP_NONE) {
        engine_drop(engine, in->path, reason, io);
        return;
    }
    /* When the SA is gone nothing more of this message counts (THREATS M13). */
    slot_handle self = sa->self;
    for (size_t i = 0; i < in->chain.count && slots_get(&engine->sas, self); i++) {
        const struct ike_payload *payload = &in->chain.items[i];
        if (payload->type == PAYLOAD_NOTIFY)
            notification(engine, sa, payload->body, in, io);
        else if (payload->type == PAYLOAD_DELETE)
            deletion(engine, sa, payload->body, io);
    }
}
