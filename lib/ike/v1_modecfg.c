/* Mode-config, hub side (draft-dukes-ike-mode-cfg-01) with the Unity attributes of Cisco clients.
 *
 *   client                           hub
 *   REQUEST(attributes, empty)  ->   a lease is decided in memory and saved on disk first
 *                               <-   REPLY(address, netmask, DNS, WINS, expiry, domain, …)
 *
 * The reply's order is that of seed 003's debug; what the group does not define is left out, what
 * we do not know is tolerated. */
#include "ike/exchange.h"
#include "ike/modecfg.h"
#include "ike/octets.h"
#include "ike/peer.h"
#include "ike/pool.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/session.h"
#include "ike/trace.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdio.h>

enum { SPLIT_ENTRY = 14, SPLIT_MAX = 50, NETMASK_HOST = 32 };
/* Probes of a dead session are used up within DOUBT_MS; a client repeats its request for longer. */
enum { ASKED_TEXT = 64, LEASE_TRIES = 8, DOUBT_MS = 12000, DOUBT_LOOK_MS = 500 };

/* What a reply is made from. */
struct reply {
    struct engine *engine;
    const struct ike_sa *sa;
    const struct client_group *group;
    const struct lease *lease;
    struct builder *b;
    struct io *io;
};

static void sent_event(const struct reply *reply, const char *what, const char *value)
{
    struct event *event = sa_event(reply->engine, reply->sa, EV_CONFIG_SENT, reply->io);
    if (!event)
        return;
    event_text(event, 0, what);
    event_text(event, 1, value);
}

static void put_addr(const struct reply *reply, uint16_t type, struct addr addr, const char *what)
{
    char text[ADDR_TEXT];
    ike_attr_put_bytes(reply->b, type, (struct span){addr.bytes, addr_len(addr.family)});
    sent_event(reply, what, addr_format(addr, text));
}

static void put_text(const struct reply *reply, uint16_t type, const char *text, const char *what)
{
    if (!text || !text[0])
        return;
    ike_attr_put_bytes(reply->b, type, (struct span){(const uint8_t *)text, strlen(text)});
    sent_event(reply, what, text);
}

static void put_address(const struct reply *reply)
{
    put_addr(reply, CFG_IP4_ADDRESS, reply->lease->addr, "private address");
}

static void put_netmask(const struct reply *reply)
{
    struct addr mask = reply->group && reply->group->netmask.family == ADDR_V4
                           ? reply->group->netmask
                           : prefix_mask(ADDR_V4, NETMASK_HOST);
    put_addr(reply, CFG_IP4_NETMASK, mask, "subnet mask");
}

static void put_dns(const struct reply *reply)
{
    for (size_t i = 0; reply->group && i < reply->group->dns_count; i++)
        put_addr(reply, CFG_IP4_DNS, reply->group->dns[i], "IP4_DNS server address");
}

static void put_wins(const struct reply *reply)
{
    for (size_t i = 0; reply->group && i < reply->group->wins_count; i++)
        put_addr(reply, CFG_IP4_NBNS, reply->group->wins[i], "IP4_NBNS server address");
}

static void put_expiry(const struct reply *reply)
{
    /* The lease lasts as long as the phase 1 SA; IOS sends what is left of it (seed 003). */
    uint64_t left_ms =
        reply->sa->dies_ms > reply->io->now_ms ? reply->sa->dies_ms - reply->io->now_ms : 0;
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)(left_ms / 1000));
    ike_attr_put_u32(reply->b, CFG_ADDRESS_EXPIRY, (uint32_t)(left_ms / 1000));
    sent_event(reply, "ADDRESS_EXPIRY seconds left to use the address", text);
}

static void put_domain(const struct reply *reply)
{
    if (reply->group)
        put_text(reply, CFG_UNITY_DEF_DOMAIN, reply->group->domain,
                 "DEFAULT_DOMAIN default domain name");
}

static void put_split(const struct reply *reply)
{
    uint8_t entries[SPLIT_ENTRY * SPLIT_MAX];
    struct builder b = builder_of(entries, sizeof entries);
    const struct acl *acl = reply->group ? reply->group->split : NULL;
    struct prefix net;
    for (size_t i = 0; acl && i < acl->entry_count && builder_len(&b) < sizeof entries; i++) {
        /* The protected side stands as the source of the group's access list. */
        if (!acl->entries[i].permit || !selector_prefix(&acl->entries[i].source, &net) ||
            net.addr.family != ADDR_V4)
            continue;
        builder_bytes(&b, net.addr.bytes, 4);
        builder_bytes(&b, prefix_mask(ADDR_V4, net.len).bytes, 4);
        builder_zeros(&b, 6);
    }
    if (builder_len(&b)) {
        ike_attr_put_bytes(reply->b, CFG_UNITY_SPLIT_INCLUDE, builder_span(&b));
        sent_event(reply, "SPLIT_INCLUDE networks of access list", acl->name);
    }
}

static void put_split_dns(const struct reply *reply)
{
    if (reply->group)
        put_text(reply, CFG_UNITY_SPLIT_DNS, reply->group->split_dns, "SPLIT_DNS names");
}

static void put_banner(const struct reply *reply)
{
    if (reply->group)
        put_text(reply, CFG_UNITY_BANNER, reply->group->banner, "BANNER");
}

static void put_backup(const struct reply *reply)
{
    if (reply->group)
        put_text(reply, CFG_UNITY_BACKUP_SERVERS, reply->group->backup_gateways, "BACKUP_SERVERS");
}

static void put_save_password(const struct reply *reply)
{
    if (!reply->group || !reply->group->save_password)
        return;
    ike_attr_put_basic(reply->b, CFG_UNITY_SAVE_PASSWORD, 1);
    sent_event(reply, "SAVE_PASSWORD", "1");
}

/* One net that stays outside the tunnel; 0.0.0.0 with a host's mask stands for the client's own. */
static void put_local_lan(const struct reply *reply)
{
    static const uint8_t own[SPLIT_ENTRY] = {0, 0, 0, 0, 255, 255, 255, 255};
    if (!reply->group || !reply->group->local_lan)
        return;
    ike_attr_put_bytes(reply->b, CFG_UNITY_LOCAL_LAN, (struct span){own, sizeof own});
    sent_event(reply, "INCLUDE_LOCAL_LAN", "0.0.0.0/255.255.255.255");
}

static void put_pfs(const struct reply *reply)
{
    /* The value is the group of phase 1: what the client proved it can do. */
    if (!reply->group || !reply->group->pfs)
        return;
    ike_attr_put_basic(reply->b, CFG_UNITY_PFS, reply->sa->suite.group);
    sent_event(reply, "PFS", "1");
}

static void put_version(const struct reply *reply)
{
    put_text(reply, CFG_APPLICATION_VERSION, "Hubward " HUBWARD_VERSION,
             "APPLICATION_VERSION string");
}

/* In the order of the reply. An attribute is sent when it was asked for; what the group wants to be
 * obeyed is sent unasked. */
static const struct {
    uint16_t type;
    bool unasked;
    void (*put)(const struct reply *reply);
} answers[] = {
    {CFG_IP4_ADDRESS, true, put_address},
    {CFG_IP4_NETMASK, false, put_netmask},
    {CFG_IP4_DNS, false, put_dns},
    {CFG_IP4_NBNS, false, put_wins},
    {CFG_ADDRESS_EXPIRY, false, put_expiry},
    {CFG_UNITY_BANNER, false, put_banner},
    {CFG_UNITY_SAVE_PASSWORD, false, put_save_password},
    {CFG_UNITY_DEF_DOMAIN, false, put_domain},
    {CFG_UNITY_SPLIT_INCLUDE, false, put_split},
    {CFG_UNITY_SPLIT_DNS, false, put_split_dns},
    {CFG_UNITY_LOCAL_LAN, false, put_local_lan},
    {CFG_UNITY_PFS, false, put_pfs},
    {CFG_UNITY_BACKUP_SERVERS, false, put_backup},
    {CFG_APPLICATION_VERSION, false, put_version},
};

static void reply_event(struct engine *engine, const struct ike_sa *sa, const struct exchange *x,
                        struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_CONFIG_REPLY, io);
    if (event)
        event->n[0] = x->message_id;
}

static void reply_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                       const struct lease *lease, struct io *io)
{
    struct outgoing out;
    struct cfg_message asked;
    if (cfg_parse(octets_span(&x->request), &asked) != RC_OK)
        asked.count = 0;
    exchange_message_start(&out, sa, EXCHANGE_TRANSACTION, x->message_id, 0);
    cfg_open(&out.w, CFG_REPLY, x->identifier);
    const struct reply reply = {
        .engine = engine,
        .sa = sa,
        .group = config_group(engine->config,
                              (struct span){(const uint8_t *)sa->group, strlen(sa->group)}),
        .lease = lease,
        .b = &out.w.b,
        .io = io};
    for (size_t i = 0; lease && i < sizeof answers / sizeof answers[0]; i++)
        if (answers[i].unasked || cfg_find(&asked, answers[i].type))
            answers[i].put(&reply);
    ike_writer_close(&out.w);
    reply_event(engine, sa, x, io);
    sa->addressing = true;
    exchange_send(engine, sa, x, &out, (struct span){NULL, 0}, io);
    sa->addressing = false;
    exchange_finish(engine, x, io);
    trace_node_deleted(engine, sa, x->message_id, "", io);
    trace_sa(engine, sa, TRACE_CONFIG_SENT, io);
    trace_sa(engine, sa, TRACE_P1_IDLE, io);
}

/* Why there is no address. */
struct no_address {
    enum rc rc;
    enum decision_rule rule;
    const char *hint;
};

/* What the pool says; the last row is for the rest. */
static const struct no_address not_taken[] = {
    {RC_NOT_FOUND, RULE_NO_POOL, "add 'pool NAME' to the client configuration group"},
    {RC_FULL, RULE_POOL_EMPTY, "add a range to the pool"},
    {RC_EXISTS, RULE_LOGINS,
     "raise 'max-logins' of the group, clear the old session, or set 'hubward max-logins replace'"},
    {RC_DENIED, RULE_USERS, "raise 'max-users' of the group"},
    {RC_BAD_STATE, RULE_OWN_ADDRESS,
     "clear the session that has it, or set 'hubward max-logins replace'"},
    {RC_AGAIN, RULE_NO_LEASE, "the store has not told its leases yet: see its log"},
    {RC_OK, RULE_NO_LEASE, "out of memory"},
};

/* What the store says: an address that is not on disk is not told (DESIGN §4). */
static const struct no_address not_saved[] = {
    {RC_FULL, RULE_NO_LEASE, "the disk of the database is full: make room"},
    {RC_DENIED, RULE_NO_LEASE, "the database is a newer hub's: see the log of the store"},
    {RC_AGAIN, RULE_NO_LEASE, "the store did not answer in time: see its log"},
    {RC_EXISTS, RULE_NO_LEASE, "the store holds these addresses for others: restart the hub"},
    {RC_OK, RULE_NO_LEASE, "the lease could not be saved: see the log of the store"},
};

static void refuse_address(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                           const struct no_address *why, enum rc rc, struct io *io)
{
    struct decision decision;
    while (why->rc != rc && why->rc != RC_OK)
        why++;
    decision_start(&decision, STAGE_ADDRESS);
    decision.rule = why->rule;
    snprintf(decision.hint, sizeof decision.hint, "%s", why->hint);
    snprintf(decision.ours, sizeof decision.ours, "group %.100s", sa->group);
    snprintf(decision.theirs, sizeof decision.theirs, "%.150s", sa->principal);
    engine_refuse(engine, &sa->path, sa, &sa->identity, &decision, io);
    /* An empty reply says no (draft: it must be sent), then the session ends. */
    reply_send(engine, sa, x, NULL, io);
    sa_end_all(engine, sa, decision_rule_text(decision.rule), true, io);
}

/* What we have no name for goes by its number. */
static const char *asked_text(uint16_t type, char out[ASKED_TEXT])
{
    const char *name = cfg_attr_name(type);
    const bool known = strcmp(name, "UNKNOWN") != 0;
    snprintf(out, ASKED_TEXT, known ? "%s" : "%s Unknown Attr: 0x%X", name, type);
    return out;
}

static void asked_events(struct engine *engine, const struct ike_sa *sa, struct span request,
                         struct io *io)
{
    struct cfg_message message;
    char text[ASKED_TEXT];
    if (!engine->options.debug || cfg_parse(request, &message) != RC_OK)
        return;
    sa_event(engine, sa, EV_CONFIG_CHECK, io);
    for (size_t i = 0; i < message.count; i++) {
        struct event *event = sa_event(engine, sa, EV_CONFIG_ASKED, io);
        if (event)
            event_text(event, 0, asked_text(message.attrs[i].type, text));
    }
}

static struct addr wish_of(const struct exchange *x)
{
    struct cfg_message asked;
    struct addr wish = {.family = ADDR_NONE};
    const struct ike_attr *attr = cfg_parse(octets_span(&x->request), &asked) == RC_OK
                                      ? cfg_find(&asked, CFG_IP4_ADDRESS)
                                      : NULL;
    if (attr && attr->data.len == 4) {
        wish.family = ADDR_V4;
        memcpy(wish.bytes, attr->data.at, 4);
    }
    return wish;
}

static enum rc take(struct engine *engine, struct ike_sa *sa, const struct exchange *x,
                    struct lease **lease, struct io *io)
{
    const struct client_group *group =
        config_group(engine->config, (struct span){(const uint8_t *)sa->group, strlen(sa->group)});
    enum rc rc = pool_take(engine, sa, group, wish_of(x), lease, io);
    if (rc == RC_EXISTS && group->replace_login && peer_end_oldest(engine, sa, io))
        rc = pool_take(engine, sa, group, wish_of(x), lease, io);
    return rc;
}

/* The user is here already, as far as we know: if nothing is heard of that session any more, it may
 * be the one who comes back. The answer waits until this is settled. */
static bool wait_for_doubt(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                           struct io *io)
{
    if (x->doubt_until_ms && io->now_ms >= x->doubt_until_ms)
        return false;
    if (!peer_doubt_others(engine, sa, io))
        return false;
    if (!x->doubt_until_ms)
        x->doubt_until_ms = io->now_ms + DOUBT_MS;
    x->state = X_WAIT_INNER;
    return heap_arm(&engine->timers, &x->resend.timer, io->now_ms + DOUBT_LOOK_MS) == RC_OK;
}

/* Take a lease, and tell it when it is stored. */
static void assign(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    struct lease *lease;
    enum rc rc = take(engine, sa, x, &lease, io);
    if (rc == RC_EXISTS && wait_for_doubt(engine, sa, x, io))
        return;
    if (rc != RC_OK) {
        bool own = rc == RC_EXISTS && pool_own_address(engine, sa).family != ADDR_NONE;
        refuse_address(engine, sa, x, not_taken, own ? RC_BAD_STATE : rc, io);
        return;
    }
    sa->config_mode = true;
    if (sa->lease_saved) {
        reply_send(engine, sa, x, lease, io);
        return;
    }
    x->state = X_WAIT_INNER;
    x->doubt_until_ms = 0;
    if (!wait_add(engine, WAIT_LEASE, sa->self, x->message_id, &x->waits_for, io) ||
        heap_arm(&engine->timers, &x->resend.timer, io->now_ms + LEASE_DEADLINE_MS) != RC_OK) {
        refuse_address(engine, sa, x, not_taken, RC_NO_MEMORY, io);
        return;
    }
    pool_save(engine, lease, &x->waits_for, io);
}

enum rc config_skipped(struct engine *engine, struct ike_sa *sa, const struct selector *theirs,
                       struct io *io)
{
    const struct client_group *group =
        config_group(engine->config, (struct span){(const uint8_t *)sa->group, strlen(sa->group)});
    if (!sa->client || sa->login != LOGIN_OK || sa->lease.family != ADDR_NONE ||
        !addr_equal(theirs->first, theirs->last))
        return RC_NOT_FOUND;
    enum rc rc = pool_take_back(engine, sa, group, theirs->first, io);
    if (rc == RC_EXISTS && group->replace_login && peer_end_oldest(engine, sa, io))
        rc = pool_take_back(engine, sa, group, theirs->first, io);
    if (rc == RC_EXISTS && peer_doubt_others(engine, sa, io))
        rc = RC_AGAIN;
    if (rc == RC_OK)
        session_changed(engine, sa, io);
    return rc;
}

void config_request(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                    const struct incoming *in, struct io *io)
{
    struct span request = ike_chain_find(&in->chain, PAYLOAD_ATTRIBUTES, 0)->body;
    if (!sa->client || !octets_set(&x->request, request)) {
        engine_drop(engine, in->path, DROP_IKE_STATE, io);
        exchange_free(engine, sa, x);
        return;
    }
    asked_events(engine, sa, request, io);
    trace_sa(engine, sa, TRACE_CONFIG, io);
    assign(engine, sa, x, io);
}

void config_timer(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    if (x->doubt_until_ms)
        assign(engine, sa, x, io);
    else /* the store was silent: a lease that is not saved is not given */
        config_lease_saved(engine, sa, x, RC_AGAIN, io);
}

void config_lease_saved(struct engine *engine, struct ike_sa *sa, struct exchange *x, enum rc rc,
                        struct io *io)
{
    struct lease *lease = pool_of(engine, sa);
    if (rc == RC_EXISTS && ++sa->lease_tries < LEASE_TRIES) {
        pool_give_up(engine, sa, io);
        assign(engine, sa, x, io);
        return;
    }
    if (rc != RC_OK || !lease) {
        refuse_address(engine, sa, x, not_saved, rc == RC_OK ? RC_IO : rc, io);
        return;
    }
    pool_saved(sa, lease);
    sa_event(engine, sa, EV_CALLBACK, io);
    session_changed(engine, sa, io);
    reply_send(engine, sa, x, lease, io);
}
