/* The storm's events, one function each, and what must hold when it is over. */
#include "sim/storm.h"

#include "ike/state.h"
#include "ike/wire.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MEMBERS = 8, /* 3 clients, 4 branches, a site */
    STEP_MS = 100,
    TURN_STEPS_MOST = 30,
    SILENCE_MS = 45000, /* keepalive 10 3: dead after 25 s */
    BURST = 56,
    BURST_BYTES = 40960,
    WORK_S = 180,   /* within which all must work again */
    SETTLE_S = 120, /* and what is left over be gone */
    REORDER_MS = 700
};

static uint32_t chance(struct storm *storm, uint32_t below)
{
    return rng_u32(&storm->fleet.world->chance) % below;
}

/* Informational messages get lost for a while: the DELETEs of what has just ended. */
static bool tap(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    const struct storm *storm = context;
    struct ike_header header;
    struct span body;
    (void)to;
    (void)path;
    return storm->fleet.world->now_ms >= storm->silent_till ||
           ike_header_parse(bytes, &header, &body) != DROP_NONE ||
           header.exchange != EXCHANGE_INFORMATIONAL;
}

struct storm *storm_new(uint64_t seed)
{
    struct storm *storm = calloc(1, sizeof *storm);
    if (!storm)
        abort();
    storm->fleet = fleet_of_storm(seed, MEMBERS);
    storm->fleet.world->tap = tap;
    storm->fleet.world->tap_context = storm;
    storm->fleet.world->weather = (struct weather){.delay_ms = 20, .jitter_ms = 20};
    return storm;
}

void storm_free(struct storm *storm)
{
    fleet_free(&storm->fleet);
    free(storm);
}

/* -- events --------------------------------------------------------------------------------------
 */

/* The newest pair of the hub's with this member, or of the member's own. */
static const struct child *pair_of(const struct storm *storm, const struct member *member,
                                   bool at_hub)
{
    const struct node *node = at_hub ? storm->fleet.hub : member->node;
    char text[ADDR_TEXT];
    const char *inside = fleet_inside(member, text);
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child, *best = NULL;
    if (!node->engine || (member->client && member->client->lease.family == ADDR_NONE))
        return NULL;
    while ((child = slots_next(&node->engine->children, &at, &handle)))
        if (child->up && !child->old && (!best || child->conn_in > best->conn_in) &&
            selector_contains_addr(at_hub ? &child->theirs : &child->ours, world_addr(inside)))
            best = child;
    return best;
}

static void soft(struct storm *storm, struct member *member, bool at_hub)
{
    const struct child *child = pair_of(storm, member, at_hub);
    const struct command command = {.kind = COMMAND_SA_SOFT, .tunnel = child ? child->self : 0};
    if (child)
        node_command(at_hub ? storm->fleet.hub : member->node, &command);
}

static void rekey_hub(struct storm *storm, struct member *member)
{
    soft(storm, member, true);
}

/* A client that is no engine asks for another pair. */
static void rekey_member(struct storm *storm, struct member *member)
{
    if (!member->client)
        soft(storm, member, false);
    else if (member->client->stage == CLIENT_UP)
        client_quick(member->client);
}

static void rekey_both(struct storm *storm, struct member *member)
{
    bool hub_first = chance(storm, 2);
    if (hub_first)
        rekey_hub(storm, member);
    else
        rekey_member(storm, member);
    world_run(storm->fleet.world, chance(storm, 60));
    if (hub_first)
        rekey_member(storm, member);
    else
        rekey_hub(storm, member);
}

static void phase1_member(struct storm *storm, struct member *member)
{
    (void)storm;
    if (!member->client)
        node_renew_phase1(member->node);
    else if (member->client->stage == CLIENT_UP && !member->client->rekeying)
        client_rekey_phase1(member->client);
}

static struct member *site_of(struct storm *storm)
{
    return &storm->fleet.members[storm->fleet.count - 1];
}

/* The hub begins with its site only: all its SAs are asked, the others have no entry to begin by.
 */
static void phase1_both(struct storm *storm, struct member *member)
{
    (void)member;
    node_renew_phase1_with(storm->fleet.hub, site_of(storm)->node->address);
    world_run(storm->fleet.world, chance(storm, 60));
    node_renew_phase1(site_of(storm)->node);
}

static void begin_both(struct storm *storm, struct member *member)
{
    struct command command = {.kind = COMMAND_CLEAR, .clear_peer = site_of(storm)->node->address};
    (void)member;
    storm->silent_till = storm->fleet.world->now_ms + 200;
    node_command(storm->fleet.hub, &command);
    command.clear_peer = storm->fleet.hub->address;
    node_command(site_of(storm)->node, &command);
    node_dial(storm->fleet.hub);
    world_run(storm->fleet.world, chance(storm, 60));
    node_dial(site_of(storm)->node);
}

/* One packet from a side; the member's own address may be none yet. */
static bool packet(struct storm *storm, struct member *member, bool from_hub)
{
    char text[ADDR_TEXT];
    const char *inside = fleet_inside(member, text);
    if (member->client && member->client->lease.family == ADDR_NONE)
        return false;
    return from_hub ? world_packet(storm->fleet.hub, FLEET_SERVER, inside)
                    : world_packet(member->node, inside, FLEET_SERVER);
}

static void volume(struct storm *storm, struct member *member)
{
    struct world *world = storm->fleet.world;
    world->packet_bytes = BURST_BYTES;
    for (int i = 0; i < BURST; i++) {
        packet(storm, member, false);
        packet(storm, member, true);
        world_run(world, 10);
    }
    world->packet_bytes = 100;
}

static void nat_rebinds(struct storm *storm, struct member *member)
{
    struct nat *nat = member->node->behind;
    if (nat && chance(storm, 2))
        nat_forget(nat);
    else if (nat)
        nat_move(nat);
}

static void address_change(struct storm *storm, struct member *member)
{
    char address[ADDR_TEXT];
    if (member->client || member->site)
        return;
    size_t i = (size_t)(member - storm->fleet.members);
    addr_format(addr_add(world_addr("172.20.0.1"), (uint32_t)i * 8 + chance(storm, 8)), address);
    if (!addr_equal(member->node->address, world_addr(address)))
        world_move(member->node, FLEET_INTERFACE, address);
}

static void hub_stop(struct storm *storm, struct member *member)
{
    const struct command command = {.kind = COMMAND_SHUTDOWN};
    (void)member;
    node_command(storm->fleet.hub, &command);
    world_run(storm->fleet.world, chance(storm, 2000));
    world_restart(storm->fleet.hub, FLEET_INTERFACE);
}

static void key_death(struct storm *storm, struct member *member)
{
    (void)member;
    world_restart(storm->fleet.hub, FLEET_INTERFACE);
}

static void path_death(struct storm *storm, struct member *member)
{
    if (member->client || chance(storm, 2))
        world_path_lost(storm->fleet.hub);
    else
        world_path_lost(member->node);
}

static void silence(struct storm *storm, struct member *member)
{
    member->node->unplugged = true;
    member->unplugged_till = storm->fleet.world->now_ms + 1000 + chance(storm, SILENCE_MS);
}

static void sleep_and_return(struct storm *storm, struct member *member)
{
    if (member->client && member->client->lease.family != ADDR_NONE)
        member->client->habits.former = member->client->lease;
    silence(storm, member);
}

static void config(struct storm *storm, struct member *member)
{
    (void)storm;
    if (member->client && member->client->stage == CLIENT_UP && !member->client->rekeying)
        client_config_request(member->client);
}

static void clear(struct storm *storm, struct member *member, enum clear_scope scope)
{
    struct command command = {.kind = COMMAND_CLEAR, .clear_scope = scope};
    if (member->client || chance(storm, 2))
        node_command(storm->fleet.hub, &command);
    else
        node_command(member->node, &command);
}

static void clear_phase1(struct storm *storm, struct member *member)
{
    clear(storm, member, CLEAR_ISAKMP);
}

static void clear_pairs(struct storm *storm, struct member *member)
{
    clear(storm, member, CLEAR_IPSEC);
}

static void delete_lost(struct storm *storm, struct member *member)
{
    storm->silent_till = storm->fleet.world->now_ms + 1000;
    clear(storm, member, (enum clear_scope)chance(storm, CLEAR_SCOPES));
}

static void restart(struct storm *storm, struct member *member)
{
    (void)storm;
    if (member->client)
        client_start(member->client);
    else
        world_restart(member->node, FLEET_INTERFACE);
}

static void loss(struct storm *storm, struct member *member)
{
    (void)member;
    storm->fleet.world->weather.loss = 300;
}

static void duplication(struct storm *storm, struct member *member)
{
    (void)member;
    storm->fleet.world->weather.duplication = 200;
}

static void reordering(struct storm *storm, struct member *member)
{
    (void)member;
    storm->fleet.world->weather.reorder = 200;
    storm->fleet.world->weather.reorder_ms = REORDER_MS;
}

/* Whom an event can meet. */
enum whom { ANYBODY, CLIENTS, ON_DHCP, BEHIND_NAT };

static const struct {
    const char *name;
    enum whom whom;
    void (*happen)(struct storm *storm, struct member *member);
} events[STORM_EVENTS] = {
    [STORM_REKEY_HUB] = {"rekey by the hub", ANYBODY, rekey_hub},
    [STORM_REKEY_MEMBER] = {"rekey by the member", ANYBODY, rekey_member},
    [STORM_REKEY_BOTH] = {"rekey by both", ANYBODY, rekey_both},
    [STORM_PHASE1_MEMBER] = {"phase 1 by the member", ANYBODY, phase1_member},
    [STORM_PHASE1_BOTH] = {"phase 1 by both", ANYBODY, phase1_both},
    [STORM_BEGIN_BOTH] = {"both begin at once", ANYBODY, begin_both},
    [STORM_VOLUME] = {"volume", ANYBODY, volume},
    [STORM_NAT] = {"NAT rebinding", BEHIND_NAT, nat_rebinds},
    [STORM_ADDRESS] = {"address change", ON_DHCP, address_change},
    [STORM_HUB_STOP] = {"hub restart", ANYBODY, hub_stop},
    [STORM_KEY_DEATH] = {"key restart", ANYBODY, key_death},
    [STORM_PATH_DEATH] = {"path restart", ANYBODY, path_death},
    [STORM_SILENCE] = {"silence", ANYBODY, silence},
    [STORM_SLEEP] = {"sleep and return", CLIENTS, sleep_and_return},
    [STORM_CONFIG] = {"mode-config", CLIENTS, config},
    [STORM_CLEAR_PHASE1] = {"phase 1 cleared", ANYBODY, clear_phase1},
    [STORM_CLEAR_PAIRS] = {"pairs cleared", ANYBODY, clear_pairs},
    [STORM_DELETE_LOST] = {"delete lost", ANYBODY, delete_lost},
    [STORM_RESTART] = {"restart", ANYBODY, restart},
    [STORM_LOSS] = {"loss 30 %", ANYBODY, loss},
    [STORM_DUPLICATION] = {"duplication 20 %", ANYBODY, duplication},
    [STORM_REORDERING] = {"reordering 20 %", ANYBODY, reordering},
};

const char *storm_event_name(enum storm_event event)
{
    return events[event].name;
}

static bool meets(enum whom whom, const struct member *member)
{
    return whom == ANYBODY || (whom == CLIENTS && member->client) ||
           (whom == ON_DHCP && !member->client && !member->site) ||
           (whom == BEHIND_NAT && member->node->behind);
}

/* -- turns ---------------------------------------------------------------------------------------
 */

/* Who was out of reach is back; one who slept begins at once, with the address that it had. */
static void wake(struct storm *storm)
{
    for (size_t i = 0; i < storm->fleet.count; i++) {
        struct member *member = &storm->fleet.members[i];
        if (!member->node->unplugged || storm->fleet.world->now_ms < member->unplugged_till)
            continue;
        member->node->unplugged = false;
        if (member->client && member->client->habits.former.family != ADDR_NONE)
            client_start(member->client);
    }
}

static void pass(struct storm *storm, uint32_t steps)
{
    for (uint32_t step = 0; step < steps; step++) {
        if (storm->fleet.world->now_ms % 1000 < STEP_MS)
            fleet_life(&storm->fleet);
        wake(storm);
        struct member *member = &storm->fleet.members[chance(storm, MEMBERS)];
        packet(storm, member, chance(storm, 2));
        world_run(storm->fleet.world, STEP_MS);
    }
}

void storm_turn(struct storm *storm)
{
    enum storm_event event = (enum storm_event)(storm->turns % STORM_EVENTS);
    struct member *member;
    /* Every event as often as any other; by chance which one after which. */
    if (chance(storm, 2))
        event = (enum storm_event)chance(storm, STORM_EVENTS);
    do
        member = &storm->fleet.members[chance(storm, MEMBERS)];
    while (!meets(events[event].whom, member));
    if (event < STORM_LOSS && chance(storm, 8) == 0)
        storm->fleet.world->weather = (struct weather){.delay_ms = 20, .jitter_ms = 20};
    events[event].happen(storm, member);
    storm->counts[event]++;
    storm->turns++;
    pass(storm, 1 + chance(storm, TURN_STEPS_MOST));
    fleet_check(&storm->fleet);
}

/* -- calm ----------------------------------------------------------------------------------------
 */

/* How many SAs of a peer count, and pairs of this traffic: in use, and all. */
struct census {
    size_t sas, current, pairs;
};

static struct census census_of(const struct node *node)
{
    struct census census = {0};
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *sa;
    const struct child *child;
    while ((sa = slots_next(&node->engine->sas, &at, &handle)))
        census.sas += !sa->rekeyed;
    at = 0;
    while ((child = slots_next(&node->engine->children, &at, &handle))) {
        census.current += child->up && !child->old;
        census.pairs++;
    }
    return census;
}

/* NULL, or what is not as it should be at rest. */
static const char *unsettled_member(const struct storm *storm, const struct member *member)
{
    const struct child *theirs = pair_of(storm, member, true);
    if (!theirs)
        return "the hub has no pair with it";
    if (member->client)
        return theirs->spi_out == member->client->spi_in &&
                       theirs->spi_in == member->client->spi_out
                   ? NULL
                   : "the client has another pair than the hub";
    const struct child *own = pair_of(storm, member, false);
    const struct census census = census_of(member->node);
    if (!own || own->spi_in != theirs->spi_out || own->spi_out != theirs->spi_in)
        return "it has another pair than the hub";
    if (census.sas != 1)
        return "it has more than one phase 1 SA in use";
    if (census.current != 1)
        return "it has more than one pair in use";
    return NULL;
}

static const char *unsettled(const struct storm *storm, const struct member **who)
{
    const struct census census = census_of(storm->fleet.hub);
    const char *why = NULL;
    *who = NULL;
    for (size_t i = 0; !why && i < storm->fleet.count; i++) {
        *who = &storm->fleet.members[i];
        why = unsettled_member(storm, *who);
    }
    if (why)
        return why;
    *who = NULL;
    if (census.sas != storm->fleet.count)
        return "the hub has more phase 1 SAs in use than peers";
    if (census.current != storm->fleet.count)
        return "the hub has more pairs in use than peers";
    return NULL;
}

static void calm_second(struct storm *storm)
{
    pass(storm, 1000 / STEP_MS);
}

unsigned storm_calm(struct storm *storm)
{
    struct world *world = storm->fleet.world;
    const struct member *who;
    unsigned seconds = 0, settled = 0;
    world->weather = (struct weather){.delay_ms = 20};
    storm->silent_till = 0;
    for (size_t i = 0; i < storm->fleet.count; i++)
        storm->fleet.members[i].unplugged_till = 0;
    while (seconds < WORK_S && fleet_working(&storm->fleet) < storm->fleet.count) {
        calm_second(storm);
        seconds++;
    }
    if (seconds == WORK_S) {
        fleet_report(&storm->fleet);
        world_broken(world, "not all work %u s after the weather cleared", seconds);
    }
    while (settled < SETTLE_S && unsettled(storm, &who)) {
        calm_second(storm);
        settled++;
    }
    const char *why = unsettled(storm, &who);
    if (why)
        world_broken(world, "%s: %s, %u s after the weather cleared", who ? who->node->name : "hub",
                     why, seconds + settled);
    fleet_check(&storm->fleet);
    return seconds;
}

/* -- the end -------------------------------------------------------------------------------------
 */

static void nothing_left(const struct node *node)
{
    const struct engine *engine = node->engine;
    size_t held = 0;
    for (const struct lease *lease = engine->leases_by_addr; lease; lease = lease->by_addr.next)
        held += lease->row.active;
    if (engine->sas.live || engine->children.live || engine->sessions.live || engine->waits ||
        engine->half_open || engine->half_open_count || engine->timers.count || held ||
        node_installed(node) || node->routes)
        world_broken(
            node->world,
            "%s keeps %u SAs, %u pairs, %u sessions, %u questions, %u half-open, %zu timers, "
            "%zu leases, %zu keys, %zu routes",
            node->name, engine->sas.live, engine->children.live, engine->sessions.live,
            HASH_COUNT(engine->waits), engine->half_open_count, engine->timers.count, held,
            node_installed(node), node->routes);
}

void storm_end(struct storm *storm)
{
    const struct command command = {.kind = COMMAND_SHUTDOWN};
    for (size_t i = 0; i < storm->fleet.count; i++) {
        struct member *member = &storm->fleet.members[i];
        if (!member->client)
            node_command(member->node, &command);
        else if (member->client->sa.alive)
            client_leave(member->client);
    }
    node_command(storm->fleet.hub, &command);
    nothing_left(storm->fleet.hub);
    for (size_t i = 0; i < storm->fleet.count; i++)
        if (!storm->fleet.members[i].client)
            nothing_left(storm->fleet.members[i].node);
}
