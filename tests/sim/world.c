/* The clock, the queue and the nodes: what is due next happens next, and an engine's effects are
 * applied in the order in which it wrote them. */
#include "sim/world.h"

#include "config/load.h"
#include "config/weak.h"
#include "ike/sa.h"
#include "ike/wire.h"
#include "sim/world_queue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct world *world_new(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        abort();
    world->seed = seed;
    world->now_ms = WORLD_START_MS;
    world->weather = (struct weather){.delay_ms = 10};
    world->dh_ms = 3;
    world->password_ms = 40;
    world->store_ms = 5;
    world->packet_bytes = 100;
    world->chance = rng_seeded_init(&world->chance_state, seed ^ UINT64_C(0x9e37));
    return world;
}

static void node_free(struct node *node)
{
    if (node->ops)
        node->ops->free(node->host);
    engine_free(node->engine);
    config_free(node->own_config);
    effects_wipe(&node->effects);
    path_free(node);
    sessions_forget(node);
    struct stored_lease *row, *next;
    HASH_ITER(hh, node->store, row, next)
    {
        HASH_DELETE(hh, node->store, row);
        free(row);
    }
    free(node);
}

void world_free(struct world *world)
{
    if (!world)
        return;
    HASH_CLEAR(by_address, world->by_address);
    for (size_t i = 0; i < world->node_count; i++)
        node_free(world->nodes[i]);
    while (world->nats) {
        struct nat *next = world->nats->next;
        free(world->nats);
        world->nats = next;
    }
    queue_free(world);
    keys_free(world);
    free(world->nodes);
    free(world);
}

void world_broken(const struct world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "\nBROKEN: ");
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n  seed %llu, time %llu ms, turn %llu\n", (unsigned long long)world->seed,
            (unsigned long long)world->now_ms, (unsigned long long)world->turns);
    if (world->log)
        fprintf(stderr, "%s", sink_string(world->log));
    if (world->replay)
        fprintf(stderr, "  again: %s\n", world->replay);
    abort();
}

struct addr world_addr(const char *text)
{
    struct addr addr;
    if (addr_parse(text, &addr) != RC_OK) {
        fprintf(stderr, "not an address: %s\n", text);
        abort();
    }
    return addr;
}

/* -- nodes --------------------------------------------------------------------------- */

static struct node *node_new(struct world *world, const char *name, const char *address)
{
    struct node *node = calloc(1, sizeof *node);
    struct node **grown = realloc(world->nodes, (world->node_count + 1) * sizeof *grown);
    if (!node || !grown)
        abort();
    world->nodes = grown;
    node->world = world;
    node->index = world->node_count;
    node->tick_at_ms = UINT64_MAX;
    snprintf(node->name, sizeof node->name, "%s", name);
    node->address = world_addr(address);
    node->rng =
        rng_seeded_init(&node->rng_state, world->seed * UINT64_C(1000003) + world->node_count + 1);
    world->nodes[world->node_count++] = node;
    HASH_ADD(by_address, world->by_address, address, sizeof node->address, node);
    return node;
}

static void interface_at(struct node *node, const char *interface)
{
    struct command command = {.kind = COMMAND_INTERFACE, .addr = node->address};
    snprintf(command.interface, sizeof command.interface, "%s", interface);
    node_command(node, &command);
}

struct config *world_config(const char *text, const char *name)
{
    struct config_report report;
    struct config *config = NULL;
    enum rc rc = config_load((struct span){(const uint8_t *)text, strlen(text)}, name, NULL, 0,
                             &config, &report);
    for (size_t i = 0; rc != RC_OK && i < report.count; i++) {
        char line[512];
        if (report.findings[i].severity == CONFIG_ERROR)
            fputs(config_finding_format(&report, &report.findings[i], line, sizeof line), stderr);
    }
    config_report_wipe(&report);
    if (rc != RC_OK)
        abort();
    return config;
}

static struct engine *start_engine(const struct node *node)
{
    const struct engine_options options = {.debug = node->world->debug,
                                           .leases_to_come = node->world->store_late};
    struct engine *engine = NULL;
    if (engine_new(node->config, &options, &node->rng, &engine) != RC_OK)
        abort();
    return engine;
}

struct node *world_engine_sharing(struct world *world, const char *name,
                                  const struct config *config, const char *interface,
                                  const char *address)
{
    struct node *node = node_new(world, name, address);
    node->config = config;
    node->engine = start_engine(node);
    interface_at(node, interface);
    return node;
}

struct node *world_engine(struct world *world, const char *name, const char *config_text,
                          const char *interface, const char *address)
{
    struct config *config = world_config(config_text, name);
    struct node *node = world_engine_sharing(world, name, config, interface, address);
    node->own_config = config;
    return node;
}

struct node *world_host(struct world *world, const char *name, const char *address,
                        const struct host_ops *ops, void *host)
{
    struct node *node = node_new(world, name, address);
    node->ops = ops;
    node->host = host;
    return node;
}

void world_user_add(struct world *world, const char *name, const char *password)
{
    if (world->user_count == WORLD_USERS)
        abort();
    struct world_user *user = &world->users[world->user_count++];
    snprintf(user->name, sizeof user->name, "%s", name);
    snprintf(user->password, sizeof user->password, "%s", password);
}

void world_move(struct node *node, const char *interface, const char *address)
{
    struct world *world = node->world;
    HASH_DELETE(by_address, world->by_address, node);
    node->address = world_addr(address);
    HASH_ADD(by_address, world->by_address, address, sizeof node->address, node);
    if (node->engine)
        interface_at(node, interface);
}

void world_restart(struct node *node, const char *interface)
{
    engine_free(node->engine);
    path_clear(node);
    held_forget(node);
    sessions_forget(node);
    node->engine = start_engine(node);
    node->routes = 0;
    if (!node->world->store_late)
        world_leases_come(node);
    interface_at(node, interface);
}

void world_leases_come(struct node *node)
{
    struct stored_lease *row, *next;
    HASH_ITER(hh, node->store, row, next)
    {
        const struct command command = {.kind = COMMAND_LEASE_LOADED, .lease = row->row};
        node_command(node, &command);
    }
    node_command(node, &(struct command){.kind = COMMAND_LEASES_KNOWN});
}

static void note_event(struct node *node, const struct event *event)
{
    char line[EVENT_LINE];
    node->events[event->kind]++;
    node->last[event->kind] = *event;
    event_render(event, line, sizeof line);
    if (node->world->log)
        sink_format(node->world->log, "%8llu %s: %s\n", (unsigned long long)node->world->now_ms,
                    node->name, line);
}

static void note_decision(struct node *node, const struct effect_decision *decision)
{
    memmove(node->decisions + 1, node->decisions, sizeof node->decisions - sizeof *decision);
    node->decisions[0] = *decision;
    node->decision_count++;
}

/* Whatever we send is a well-formed ISAKMP message from one of our own addresses. */
static void check_sent(const struct node *node, const struct effect_send *send)
{
    struct ike_header header;
    struct span body;
    if (!addr_equal(send->path.local.addr, node->address))
        world_broken(node->world, "%s sends from an address that is not its own", node->name);
    if (send->bare) {
        if (send->bytes.len != 1 || send->bytes.at[0] != 0xff)
            world_broken(node->world, "%s sends a bare datagram that is no keepalive", node->name);
        return;
    }
    if (ike_header_parse(send->bytes, &header, &body) != DROP_NONE ||
        header.length != send->bytes.len)
        world_broken(node->world, "%s sends a malformed message", node->name);
    if (header.exchange != EXCHANGE_MAIN && header.exchange != EXCHANGE_AGGRESSIVE &&
        header.message_id == 0)
        world_broken(node->world, "%s sends message id 0", node->name);
}

static void apply(struct node *node, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SEND:
        node->sent++;
        check_sent(node, &effect->send);
        world_send(node, &effect->send.path, effect->send.bytes, effect->send.bare);
        break;
    case EFFECT_SA_INSTALL:
        node->installs++;
        path_install(node, effect->install);
        break;
    case EFFECT_SA_DELETE:
        node->deletes++;
        path_delete(node, &effect->sa_delete);
        break;
    case EFFECT_ASK_PASSWORD:
        answer_password(node, effect->ask_password);
        break;
    case EFFECT_ASK_DH:
        answer_dh(node, effect->ask_dh);
        break;
    case EFFECT_ASK_KEY:
        answer_key(node, effect->ask_key);
        break;
    case EFFECT_LEASE_SAVE:
        answer_lease(node, effect->lease_save);
        break;
    case EFFECT_PEER_SAVE:
        node->last_peer = *effect->peer_save;
        break;
    case EFFECT_SESSION_SAVE:
        session_told(node, effect->session_save);
        break;
    case EFFECT_DECISION:
        note_decision(node, effect->decision);
        break;
    case EFFECT_ROUTE:
        if (!effect->route.add && !node->routes)
            world_broken(node->world, "%s deletes a route that is not there", node->name);
        node->routes += effect->route.add ? 1 : (size_t)-1;
        break;
    case EFFECT_EVENT:
        note_event(node, effect->event);
        break;
    case EFFECT_ASK_NAME:
        answer_name(node, effect->ask_name);
        break;
    }
}

static struct io io_of(struct node *node)
{
    return (struct io){.now_ms = node->world->now_ms, .rng = &node->rng, .out = &node->effects};
}

static void turn_over(struct node *node)
{
    node->world->turns++;
    for (size_t i = 0; i < node->effects.count; i++)
        apply(node, &node->effects.items[i]);
    effects_wipe(&node->effects);
    world_audit(node);
    queue_tick(node, engine_next_deadline_ms(node->engine));
}

void node_input(struct node *node, const struct ike_path *path, struct span bytes)
{
    if (node->ops) {
        node->ops->input(node->host, path, bytes);
        queue_tick(node, node->ops->deadline(node->host));
        return;
    }
    struct io io = io_of(node);
    /* A block of exactly this size, so that the sanitizer guards its end. */
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
    if (!copy)
        abort();
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    engine_input(node->engine, path, (struct span){copy, bytes.len}, &io);
    free(copy);
    turn_over(node);
}

void node_command(struct node *node, const struct command *command)
{
    struct io io = io_of(node);
    engine_command(node->engine, command, &io);
    turn_over(node);
}

void world_reconfigure(struct node *node, char *config_text)
{
    world_reconfigure_on(node, config_text, 0);
}

void world_reconfigure_on(struct node *node, char *config_text, uint32_t day)
{
    struct io io = io_of(node);
    struct config *next = world_config(config_text, node->name);
    config_set_day(next, day);
    if (engine_reconfigure(node->engine, next, &io) != RC_OK)
        abort();
    config_free(node->own_config);
    node->config = node->own_config = next;
    free(config_text);
    turn_over(node);
}

void node_answer(struct node *node, const struct answer *answer)
{
    struct io io = io_of(node);
    engine_answer(node->engine, answer, &io);
    turn_over(node);
}

void node_tick(struct node *node)
{
    if (node->ops) {
        node->ops->tick(node->host);
        queue_tick(node, node->ops->deadline(node->host));
        return;
    }
    struct io io = io_of(node);
    engine_tick(node->engine, &io);
    turn_over(node);
    if (engine_next_deadline_ms(node->engine) <= node->world->now_ms)
        world_broken(node->world, "%s: a tick left something due", node->name);
}

void node_renew_phase1_with(struct node *node, struct addr peer)
{
    struct io io = io_of(node);
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&node->engine->sas, &at, &handle)))
        if (sa->state == SA_DONE && !sa->rekeyed && io.now_ms < sa->dies_ms &&
            (peer.family == ADDR_NONE || addr_equal(sa->path.remote.addr, peer)))
            break;
    if (sa)
        sa_renew(node->engine, sa, &io);
    turn_over(node);
}

void node_renew_phase1(struct node *node)
{
    node_renew_phase1_with(node, (struct addr){.family = ADDR_NONE});
}

/* -- conveniences -------------------------------------------------------------------- */

void node_dial(struct node *node)
{
    const struct command command = {.kind = COMMAND_DIAL};
    node_command(node, &command);
}

size_t node_ike(const struct node *node, struct status_ike *rows, size_t max)
{
    uint32_t at = 0;
    return engine_status_ike(node->engine, node->world->now_ms, &at, rows, max);
}

size_t node_ipsec(const struct node *node, struct status_ipsec *rows, size_t max)
{
    uint32_t at = 0;
    return engine_status_ipsec(node->engine, node->world->now_ms, &at, rows, max);
}

size_t node_established(const struct node *node)
{
    uint32_t at = 0;
    size_t n = 0;
    struct status_ike row;
    while (engine_status_ike(node->engine, node->world->now_ms, &at, &row, 1) == 1)
        n += row.established;
    return n;
}

size_t node_tunnels(const struct node *node)
{
    uint32_t at = 0;
    size_t n = 0;
    struct status_ipsec row;
    while (engine_status_ipsec(node->engine, node->world->now_ms, &at, &row, 1) == 1)
        n++;
    return n;
}

uint64_t node_drops(const struct node *node, enum drop_reason reason)
{
    struct status_summary summary;
    engine_status_summary(node->engine, &summary);
    return summary.drops.by_reason[reason];
}

bool node_refused_with(const struct node *node, enum decision_rule rule)
{
    size_t kept = node->decision_count < NODE_DECISIONS ? node->decision_count : NODE_DECISIONS;
    for (size_t i = 0; i < kept; i++)
        if (!node->decisions[i].decision.accepted && node->decisions[i].decision.rule == rule)
            return true;
    return false;
}

size_t node_installed(const struct node *node)
{
    return HASH_COUNT(node->paths);
}
