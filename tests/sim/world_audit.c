/* What must hold after every turn, whatever came in: it looks into the engine, because a timer that
 * was forgotten or a table that lost a row does not show from outside until it is too late. */
#include "sim/world.h"

#include "ike/state.h"

static bool armed(const struct timer *timer)
{
    return timer->place != 0;
}

static void audit_exchange(const struct node *node, const struct ike_sa *sa,
                           const struct exchange *x)
{
    if (!armed(&x->resend.timer))
        world_broken(node->world, "%s: exchange %08x of SA %u has no deadline (kind %d, state %d)",
                     node->name, x->message_id, sa->conn, (int)x->kind, (int)x->state);
    if (x->sa != sa->self)
        world_broken(node->world, "%s: an exchange belongs to another SA", node->name);
}

static void audit_sa(const struct node *node, const struct ike_sa *sa)
{
    size_t exchanges = 0;
    if (!armed(&sa->life))
        world_broken(node->world, "%s: SA %u has no deadline", node->name, sa->conn);
    if ((sa->hs != NULL) != (sa->state != SA_DONE))
        world_broken(node->world, "%s: SA %u and its handshake disagree", node->name, sa->conn);
    for (const struct exchange *x = sa->exchanges; x; x = x->next, exchanges++)
        audit_exchange(node, sa, x);
    if (exchanges != sa->exchange_count || exchanges > EXCHANGES_PER_SA)
        world_broken(node->world, "%s: SA %u has %zu exchanges", node->name, sa->conn, exchanges);
    if (sa->state != SA_DONE && (sa->exchanges || sa->lease.family != ADDR_NONE))
        world_broken(node->world, "%s: SA %u got ahead of phase 1", node->name, sa->conn);
    bool in = sa->login == LOGIN_NONE || sa->login == LOGIN_OK;
    if (sa->lease.family != ADDR_NONE && !in)
        world_broken(node->world, "%s: SA %u holds a lease without login", node->name, sa->conn);
}

static void audit_sas(const struct node *node)
{
    const struct engine *engine = node->engine;
    uint32_t at = 0;
    slot_handle handle;
    size_t half_open = 0, total = 0;
    const struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        audit_sa(node, sa);
        total++;
        half_open += !sa->initiator && sa->state != SA_DONE;
    }
    if (half_open != engine->half_open_count || half_open > engine->options.half_open_limit)
        world_broken(node->world, "%s: %zu half-open SAs, %u counted", node->name, half_open,
                     engine->half_open_count);
    if (HASH_CNT(by_cookie, engine->by_cookie) != total)
        world_broken(node->world, "%s: cookie table is out of step", node->name);
}

static void audit_children(const struct node *node)
{
    const struct engine *engine = node->engine;
    uint32_t at = 0;
    slot_handle handle;
    size_t total = 0, directions = 0;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        total++;
        directions += child->up ? 2 : 1;
        if (!armed(&child->hard))
            world_broken(node->world, "%s: pair %08x has no deadline", node->name, child->spi_in);
    }
    if (HASH_CNT(by_spi, engine->by_spi) != total)
        world_broken(node->world, "%s: SPI table is out of step", node->name);
    if (HASH_COUNT(node->paths) != directions)
        world_broken(node->world, "%s: %u SAs installed, the engine knows %zu", node->name,
                     HASH_COUNT(node->paths), directions);
}

static void audit_waits(const struct node *node)
{
    for (const struct wait *wait = node->engine->waits; wait; wait = wait->hh.next)
        if (!slots_get(&node->engine->sas, wait->sa))
            world_broken(node->world, "%s: a question outlived its SA", node->name);
}

static void audit_leases(const struct node *node)
{
    const struct engine *engine = node->engine;
    const struct lease *lease;
    if (HASH_CNT(by_owner, engine->leases_by_owner) != HASH_CNT(by_addr, engine->leases_by_addr))
        world_broken(node->world, "%s: lease tables are out of step", node->name);
    for (lease = engine->leases_by_addr; lease; lease = lease->by_addr.next) {
        const struct ike_sa *sa = slots_get(&engine->sas, lease->sa);
        if (lease->row.active != (sa != NULL))
            world_broken(node->world, "%s: lease of %s is active without session or the reverse",
                         node->name, lease->row.principal);
        if (sa && !addr_equal(sa->lease, lease->addr))
            world_broken(node->world, "%s: lease and session disagree", node->name);
    }
}

static void audit_once(const struct node *node)
{
    /* An address is held by one session only. */
    const struct engine *engine = node->engine;
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        struct lease *lease = NULL;
        if (sa->lease.family == ADDR_NONE)
            continue;
        HASH_FIND(by_addr, engine->leases_by_addr, &sa->lease, sizeof sa->lease, lease);
        if (!lease || lease->sa != sa->self)
            world_broken(node->world, "%s: SA %u thinks it holds a lease it does not hold",
                         node->name, sa->conn);
    }
}

void world_audit(struct node *node)
{
    enum { FEW = 64, SELDOM = 97 };
    /* The walks are linear: in a large world each turn of a large node does them now and then. */
    if (node->engine->sas.live > FEW && node->world->turns % SELDOM)
        return;
    audit_sas(node);
    audit_children(node);
    audit_waits(node);
    audit_leases(node);
    audit_once(node);
    audit_sessions(node);
}

void world_audit_all(struct world *world)
{
    for (size_t i = 0; i < world->node_count; i++) {
        struct node *node = world->nodes[i];
        if (!node->engine)
            continue;
        audit_sas(node);
        audit_children(node);
        audit_waits(node);
        audit_leases(node);
        audit_once(node);
        audit_sessions(node);
    }
}
