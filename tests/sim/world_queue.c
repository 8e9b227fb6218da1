/* The queue of the world and its network: delay, loss, duplication, reordering, NAT. Ties are
 * broken by the order of queueing, so that a run is a function of the seed. */
#include "sim/world_queue.h"

#include <stdio.h>
#include <stdlib.h>

enum queued_kind { QUEUED_DATAGRAM, QUEUED_ANSWER, QUEUED_TICK };

struct queued {
    uint64_t due_ms;
    uint64_t sequence;
    enum queued_kind kind;
    struct node *node; /* answer, tick */
    struct endpoint from, to;
    struct answer answer;
    size_t len;
    uint8_t bytes[];
};

struct held {
    struct held *next;
    struct node *node;
    struct answer answer;
};

/* -- the heap ------------------------------------------------------------------------ */

static bool before(const struct queued *a, const struct queued *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->sequence < b->sequence;
}

static void swap(struct queued **a, struct queued **b)
{
    struct queued *kept = *a;
    *a = *b;
    *b = kept;
}

static void push(struct world *world, struct queued *item)
{
    if (world->queue_count == world->queue_room) {
        world->queue_room = world->queue_room ? world->queue_room * 2 : 64;
        world->queue = realloc(world->queue, world->queue_room * sizeof *world->queue);
        if (!world->queue)
            abort();
    }
    item->sequence = world->queue_sequence++;
    size_t at = world->queue_count++;
    world->queue[at] = item;
    for (; at && before(world->queue[at], world->queue[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&world->queue[at], &world->queue[(at - 1) / 2]);
}

static struct queued *pop(struct world *world)
{
    struct queued *first = world->queue[0];
    world->queue[0] = world->queue[--world->queue_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < world->queue_count; child++)
            if (before(world->queue[child], world->queue[least]))
                least = child;
        if (least == at)
            return first;
        swap(&world->queue[at], &world->queue[least]);
        at = least;
    }
}

static struct queued *queued_new(enum queued_kind kind, uint64_t due_ms, size_t len)
{
    struct queued *item = calloc(1, sizeof *item + len);
    if (!item)
        abort();
    item->kind = kind;
    item->due_ms = due_ms;
    item->len = len;
    return item;
}

void queue_free(struct world *world)
{
    while (world->queue_count)
        free(pop(world));
    free(world->queue);
    while (world->held) {
        struct held *next = world->held->next;
        free(world->held);
        world->held = next;
    }
}

/* -- answers and ticks --------------------------------------------------------------- */

void queue_answer(struct node *node, const struct answer *answer, uint32_t delay_ms)
{
    struct world *world = node->world;
    if (world->hold & 1u << answer->kind) {
        struct held **end = &world->held;
        while (*end)
            end = &(*end)->next;
        *end = calloc(1, sizeof **end);
        if (!*end)
            abort();
        (*end)->node = node;
        (*end)->answer = *answer;
        return;
    }
    struct queued *item = queued_new(QUEUED_ANSWER, world->now_ms + delay_ms, 0);
    item->node = node;
    item->answer = *answer;
    push(world, item);
}

void held_forget(const struct node *node)
{
    struct held **at = &node->world->held;
    while (*at) {
        struct held *held = *at;
        if (held->node != node) {
            at = &held->next;
            continue;
        }
        *at = held->next;
        free(held);
    }
}

bool world_release(struct world *world, enum answer_kind kind, enum rc rc)
{
    struct held **at = &world->held;
    while (*at && (*at)->answer.kind != kind)
        at = &(*at)->next;
    if (!*at)
        return false;
    struct held *held = *at;
    *at = held->next;
    if (rc != RC_OK)
        held->answer.rc = rc;
    node_answer(held->node, &held->answer);
    free(held);
    return true;
}

void world_repeat_answers(const struct world *world, struct answer *copies, size_t count)
{
    for (size_t i = 0; i < count && world->held; i++)
        copies[i] = world->held->answer;
}

size_t world_held(const struct world *world, enum answer_kind kind)
{
    size_t n = 0;
    for (const struct held *held = world->held; held; held = held->next)
        n += held->answer.kind == kind;
    return n;
}

void queue_tick(struct node *node, uint64_t due_ms)
{
    if (due_ms == UINT64_MAX || due_ms >= node->tick_at_ms)
        return;
    node->tick_at_ms = due_ms;
    struct queued *item = queued_new(QUEUED_TICK, due_ms, 0);
    item->node = node;
    push(node->world, item);
}

/* -- the network --------------------------------------------------------------------- */

struct nat *world_nat(struct world *world, const char *address)
{
    struct nat *nat = calloc(1, sizeof *nat);
    if (!nat)
        abort();
    nat->address = world_addr(address);
    nat->next_port = 20000;
    nat->next = world->nats;
    world->nats = nat;
    return nat;
}

void nat_forget(struct nat *nat)
{
    nat->count = 0;
}

void nat_move(struct nat *nat)
{
    for (size_t i = 0; i < nat->count; i++)
        nat->mappings[i].closing = true;
}

uint16_t nat_port(struct nat *nat, struct endpoint inside)
{
    for (size_t i = 0; i < nat->count; i++)
        if (!nat->mappings[i].closing && endpoint_equal(nat->mappings[i].inside, inside))
            return nat->mappings[i].port;
    if (nat->count == sizeof nat->mappings / sizeof nat->mappings[0])
        abort();
    nat->mappings[nat->count] = (struct nat_mapping){inside, nat->next_port++, false};
    return nat->mappings[nat->count++].port;
}

static void trace_datagram(const struct world *world, struct endpoint from, struct endpoint to,
                           struct span bytes)
{
    char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];
    if (!world->trace)
        return;
    sink_format(world->trace, "%llu %s > %s ", (unsigned long long)(world->now_ms - WORLD_START_MS),
                endpoint_format(from, a), endpoint_format(to, b));
    for (size_t i = 0; i < bytes.len; i++)
        sink_format(world->trace, "%02x", bytes.at[i]);
    sink_char(world->trace, '\n');
}

static bool by_chance(struct world *world, unsigned thousandths)
{
    return thousandths && rng_u32(&world->chance) % 1000 < thousandths;
}

static void fly(struct world *world, struct endpoint from, struct endpoint to, struct span bytes,
                bool calm)
{
    const struct weather *w = &world->weather;
    uint64_t due = world->now_ms + w->delay_ms;
    if (!calm && w->jitter_ms)
        due += rng_u32(&world->chance) % w->jitter_ms;
    if (!calm && by_chance(world, w->reorder))
        due += w->reorder_ms;
    struct queued *item = queued_new(QUEUED_DATAGRAM, due, bytes.len);
    item->from = from;
    item->to = to;
    memcpy(item->bytes, bytes.at, bytes.len);
    push(world, item);
}

void world_send(struct node *from, const struct ike_path *path, struct span bytes, bool bare)
{
    struct world *world = from->world;
    struct endpoint source = path->local;
    if (from->behind)
        source = (struct endpoint){from->behind->address, nat_port(from->behind, path->local)};
    if (bare) {
        world->keepalives++;
        return;
    }
    trace_datagram(world, source, path->remote, bytes);
    if (from->unplugged || by_chance(world, world->weather.loss)) {
        world->lost++;
        return;
    }
    fly(world, source, path->remote, bytes, false);
    if (by_chance(world, world->weather.duplication))
        fly(world, source, path->remote, bytes, false);
}

void world_inject(struct world *world, struct endpoint from, struct endpoint to, struct span bytes)
{
    fly(world, from, to, bytes, true);
}

/* Whose is this endpoint? Behind a NAT the inside endpoint of the mapping counts. */
static struct node *receiver(struct world *world, struct endpoint *to)
{
    for (const struct nat *nat = world->nats; nat; nat = nat->next) {
        if (!addr_equal(nat->address, to->addr))
            continue;
        for (size_t i = 0; i < nat->count; i++) {
            if (nat->mappings[i].port != to->port)
                continue;
            *to = nat->mappings[i].inside;
            struct node *inside = NULL;
            HASH_FIND(by_address, world->by_address, &to->addr, sizeof to->addr, inside);
            return inside;
        }
        return NULL;
    }
    struct node *node = NULL;
    HASH_FIND(by_address, world->by_address, &to->addr, sizeof to->addr, node);
    return node && !node->behind ? node : NULL;
}

static void deliver(struct world *world, const struct queued *item)
{
    struct endpoint to = item->to;
    struct node *node = receiver(world, &to);
    if (!node || node->unplugged) {
        world->unreachable++;
        return;
    }
    const struct ike_path path = {.local = to, .remote = item->from, .natt = to.port == 4500};
    struct span bytes = {item->bytes, item->len};
    world->delivered++;
    if (!world->tap || world->tap(world->tap_context, node, &path, bytes))
        node_input(node, &path, bytes);
}

/* -- time ---------------------------------------------------------------------------- */

bool world_step(struct world *world, uint64_t until_ms)
{
    if (!world->queue_count || world->queue[0]->due_ms > until_ms) {
        if (until_ms > world->now_ms)
            world->now_ms = until_ms;
        return false;
    }
    struct queued *item = pop(world);
    if (item->due_ms > world->now_ms)
        world->now_ms = item->due_ms;
    if (item->kind == QUEUED_DATAGRAM) {
        deliver(world, item);
    } else if (item->kind == QUEUED_ANSWER) {
        node_answer(item->node, &item->answer);
    } else if (item->node->tick_at_ms == item->due_ms) {
        item->node->tick_at_ms = UINT64_MAX;
        node_tick(item->node);
    }
    free(item);
    return true;
}

void world_run(struct world *world, uint64_t for_ms)
{
    uint64_t until = world->now_ms + for_ms;
    while (world_step(world, until)) {
    }
}
