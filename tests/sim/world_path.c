/* The path table of a node as the engine's effects make it, and the registry of keys that shows
 * that both ends of a pair hold the same ones. */
#include "sim/world.h"

#include "crypto/hash.h"
#include "sim/world_queue.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROW_DIGEST = 20 };

struct digest_row {
    uint8_t digest[ROW_DIGEST];
    UT_hash_handle hh;
};

static void digest_of(uint32_t spi, struct span keymat, uint8_t out[ROW_DIGEST])
{
    const struct span parts[] = {{(const uint8_t *)&spi, sizeof spi}, keymat};
    if (hash_compute(HASH_SHA1, parts, 2, out) != RC_OK)
        abort();
}

static bool known(struct digest_row *rows, const uint8_t digest[ROW_DIGEST])
{
    struct digest_row *row = NULL;
    HASH_FIND(hh, rows, digest, ROW_DIGEST, row);
    return row != NULL;
}

static void enter(struct digest_row **rows, const uint8_t digest[ROW_DIGEST])
{
    struct digest_row *row = calloc(1, sizeof *row);
    if (!row)
        abort();
    memcpy(row->digest, digest, ROW_DIGEST);
    HASH_ADD(hh, *rows, digest, ROW_DIGEST, row);
}

static void rows_free(struct digest_row **rows)
{
    struct digest_row *row, *next;
    HASH_ITER(hh, *rows, row, next)
    {
        HASH_DELETE(hh, *rows, row);
        free(row);
    }
}

void world_inbound_key(struct world *world, uint32_t spi, struct span keymat)
{
    uint8_t digest[ROW_DIGEST];
    digest_of(spi, keymat, digest);
    if (!known(world->inbound_keys, digest))
        enter(&world->inbound_keys, digest);
}

void world_outbound_key(struct world *world, const char *who, uint32_t spi, struct span keymat)
{
    uint8_t digest[ROW_DIGEST];
    digest_of(spi, keymat, digest);
    if (!known(world->inbound_keys, digest))
        world_broken(world, "%s: outbound key of SPI %08x is held by no receiver", who, spi);
}

void keys_free(struct world *world)
{
    rows_free(&world->inbound_keys);
}

/* -- the table of one node ----------------------------------------------------------- */

static void check_install(const struct node *node, const struct esp_params *params)
{
    if (params->spi < 256)
        world_broken(node->world, "%s installs SPI %u", node->name, params->spi);
    if (!packet_key_len(&params->suite))
        world_broken(node->world, "%s installs an SA without keys", node->name);
    if (!params->hard_ms)
        world_broken(node->world, "%s installs an SA without end", node->name);
    if (!addr_equal(params->local.addr, node->address))
        world_broken(node->world, "%s installs an SA at an address not its own", node->name);
}

void path_install(struct node *node, const struct esp_params *params)
{
    struct path_entry *entry = calloc(1, sizeof *entry), *old = NULL;
    struct span keymat = {params->keymat, packet_key_len(&params->suite)};
    uint8_t digest[ROW_DIGEST];
    if (!entry)
        abort();
    check_install(node, params);
    entry->key.tunnel = params->tunnel;
    entry->key.direction = params->direction;
    entry->params = *params;
    entry->order = ++node->world->path_order;
    HASH_FIND(hh, node->paths, &entry->key, sizeof entry->key, old);
    if (old)
        world_broken(node->world, "%s installs tunnel %llx twice", node->name,
                     (unsigned long long)params->tunnel);
    HASH_ADD(hh, node->paths, key, sizeof entry->key, entry);
    digest_of(0, keymat, digest);
    if (known(node->keymats, digest))
        world_broken(node->world, "%s installs a key twice", node->name);
    enter(&node->keymats, digest);
    if (params->direction == ESP_INBOUND)
        world_inbound_key(node->world, params->spi, keymat);
    else if (!node->world->outside)
        world_outbound_key(node->world, node->name, params->spi, keymat);
}

void path_delete(struct node *node, const struct effect_sa_delete *what)
{
    struct path_entry *entry = NULL;
    const struct path_entry probe = {.key = {what->tunnel, what->direction}};
    HASH_FIND(hh, node->paths, &probe.key, sizeof probe.key, entry);
    if (!entry || entry->params.spi != what->spi)
        world_broken(node->world, "%s deletes %s SPI %08x that is not installed", node->name,
                     what->direction == ESP_INBOUND ? "inbound" : "outbound", what->spi);
    HASH_DELETE(hh, node->paths, entry);
    free(entry);
}

void path_clear(struct node *node)
{
    struct path_entry *entry, *next;
    HASH_ITER(hh, node->paths, entry, next)
    {
        HASH_DELETE(hh, node->paths, entry);
        free(entry);
    }
}

void path_free(struct node *node)
{
    path_clear(node);
    rows_free(&node->keymats);
}

void world_path_lost(struct node *node)
{
    /* Marked, not removed: the engine still deletes each once, and nothing passes any more. */
    struct path_entry *entry, *next;
    HASH_ITER(hh, node->paths, entry, next)
    {
        entry->params.hard_ms = 0;
    }
    const struct command command = {.kind = COMMAND_PATH_LOST};
    node_command(node, &command);
}

/* -- traffic ------------------------------------------------------------------------- */

static struct path_entry *outbound(const struct node *node, struct addr source, struct addr to)
{
    struct path_entry *entry, *next, *best = NULL;
    HASH_ITER(hh, node->paths, entry, next)
    {
        const struct esp_params *p = &entry->params;
        if (p->direction != ESP_OUTBOUND || p->hard_ms <= node->world->now_ms ||
            !selector_contains_addr(&p->ours, source) || !selector_contains_addr(&p->theirs, to))
            continue;
        if (!best || entry->order > best->order)
            best = entry;
    }
    return best;
}

static struct path_entry *inbound(const struct node *node, uint32_t spi)
{
    struct path_entry *entry, *next;
    HASH_ITER(hh, node->paths, entry, next)
    {
        if (entry->params.direction == ESP_INBOUND && entry->params.spi == spi &&
            entry->params.hard_ms > node->world->now_ms)
            return entry;
    }
    return NULL;
}

static struct node *node_at(struct world *world, struct endpoint to)
{
    struct node *node = NULL;
    for (const struct nat *nat = world->nats; nat; nat = nat->next)
        for (size_t i = 0; addr_equal(nat->address, to.addr) && i < nat->count; i++)
            if (nat->mappings[i].port == to.port)
                to = nat->mappings[i].inside;
    HASH_FIND(by_address, world->by_address, &to.addr, sizeof to.addr, node);
    return node;
}

static void acquire(struct node *node, struct addr source, struct addr to)
{
    const struct command command = {.kind = COMMAND_ACQUIRE,
                                    .source = selector_of_addr(source),
                                    .destination = selector_of_addr(to)};
    node_command(node, &command);
}

/* False: its volume is used up, the packet is dropped. */
static bool count(const struct world *world, struct path_entry *entry)
{
    const struct esp_params *p = &entry->params;
    if (p->hard_bytes && entry->counters.bytes + world->packet_bytes > p->hard_bytes)
        return false;
    entry->counters.packets++;
    entry->counters.bytes += world->packet_bytes;
    entry->counters.last_ms = world->now_ms;
    return true;
}

/* The engine is told once that the end of the volume is near. */
static void tell_soft(struct node *node, struct path_entry *entry)
{
    const struct command command = {.kind = COMMAND_SA_SOFT, .tunnel = entry->params.tunnel};
    const uint64_t soft = entry->params.soft_bytes;
    if (!node->engine || !soft || entry->soft_told || entry->counters.bytes < soft)
        return;
    entry->soft_told = true;
    node_command(node, &command);
}

static struct path_entry *entry_of(const struct node *node, uint64_t tunnel, uint64_t direction)
{
    struct path_entry *entry = NULL;
    const struct path_entry probe = {.key = {tunnel, direction}};
    HASH_FIND(hh, node->paths, &probe.key, sizeof probe.key, entry);
    return entry;
}

/* As path reports them: both directions of the pair together. */
static void report(struct node *node, uint64_t tunnel)
{
    struct command command = {.kind = COMMAND_SA_COUNTERS, .tunnel = tunnel};
    struct esp_counters *counters[] = {[ESP_INBOUND] = &command.in, [ESP_OUTBOUND] = &command.out};
    for (uint64_t direction = 0; direction < 2; direction++) {
        const struct path_entry *entry = entry_of(node, tunnel, direction);
        if (entry)
            *counters[direction] = entry->counters;
    }
    if (node->engine)
        node_command(node, &command);
}

/* An authentic packet came from another outside port of the sender's NAT: what goes back goes
 * there, and the engine is told. */
static void follow(struct node *from, struct node *to, const struct esp_params *sealed,
                   const struct esp_params *opened)
{
    struct path_entry *back = entry_of(to, opened->tunnel, ESP_OUTBOUND);
    if (!from->behind || !to->engine || !back || !opened->remote_may_move)
        return;
    const struct endpoint now = {from->behind->address, nat_port(from->behind, sealed->local)};
    if (endpoint_equal(back->params.remote, now))
        return;
    back->params.remote = now;
    const struct command moved = {
        .kind = COMMAND_SA_MOVED, .tunnel = opened->tunnel, .moved_to = now};
    node_command(to, &moved);
}

static bool received(struct node *node, struct path_entry *entry)
{
    const struct command used = {.kind = COMMAND_SA_USED, .tunnel = entry->params.tunnel};
    uint64_t tunnel = entry->params.tunnel;
    if (!count(node->world, entry))
        return false;
    if (!node->engine)
        return true;
    tell_soft(node, entry);
    if (!entry->used_told) {
        entry->used_told = true;
        node_command(node, &used);
    }
    report(node, tunnel);
    return true;
}

bool world_packet(struct node *from, const char *source, const char *destination)
{
    struct addr a = world_addr(source), b = world_addr(destination);
    struct path_entry *out = outbound(from, a, b);
    if (!out) {
        if (from->engine)
            acquire(from, a, b);
        return false;
    }
    const struct esp_params sealed = out->params;
    if (!count(from->world, out))
        return false;
    tell_soft(from, out);
    struct node *to = node_at(from->world, sealed.remote);
    struct path_entry *in = to ? inbound(to, sealed.spi) : NULL;
    if (!in || from->unplugged || to->unplugged)
        return false;
    size_t n = packet_key_len(&in->params.suite);
    if (n != packet_key_len(&sealed.suite) || memcmp(in->params.keymat, sealed.keymat, n) != 0)
        world_broken(from->world, "%s and %s hold different keys of SPI %08x", from->name, to->name,
                     sealed.spi);
    report(from, sealed.tunnel);
    bool fits = selector_contains_addr(&in->params.theirs, a) &&
                selector_contains_addr(&in->params.ours, b);
    const struct esp_params opened = in->params;
    if (!fits || !received(to, in))
        return false;
    follow(from, to, &sealed, &opened);
    return true;
}
