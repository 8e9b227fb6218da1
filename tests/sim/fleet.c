/* The fleet: its configurations, its daily life, its misfortunes. */
#include "sim/fleet.h"

#include "config/load.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CLIENT_EVERY = 3,
    NAT_EVERY = 4,
    PER_NAT = 3,
    PROBE_EVERY_S = 10,
    GIVE_UP_MS = 60000,
    REKEY_MS = 200000
};
#define OUTSIDE FLEET_INTERFACE
#define HUB     "192.0.2.1"
#define SITE    "172.30.0.1"

/* %s: what a storm has beside it. */
static const char hub_text[] =
    "hostname Hub\n"
    "aaa new-model\n"
    "aaa authentication login clientauth local\n"
    "username nobody password 0 nothing\n"
    "crypto keyring spokes\n"
    "  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123\n"
    "crypto isakmp policy 10\n encr aes 128\n authentication pre-share\n group 2\n lifetime 300\n"
    "crypto isakmp keepalive 10 3\n"
    "crypto isakmp client configuration group testgroup\n key cisco321\n pool ippool\n"
    "crypto isakmp profile L2L\n keyring spokes\n match identity address 0.0.0.0\n"
    "crypto isakmp profile VPNclient\n match identity group testgroup\n"
    " client authentication list clientauth\n client configuration address respond\n"
    "crypto ipsec security-association lifetime seconds 120\n"
    "crypto ipsec transform-set myset esp-aes esp-sha-hmac\n"
    "%s"
    "crypto dynamic-map dynmap 5\n set transform-set myset\n set isakmp-profile VPNclient\n"
    "crypto dynamic-map dynmap 10\n set transform-set myset\n set isakmp-profile L2L\n"
    "crypto map mymap 10 ipsec-isakmp dynamic dynmap\n"
    "interface FastEthernet0/0\n ip address 192.0.2.1 255.255.255.0\n crypto map mymap\n"
    "interface FastEthernet0/1\n ip address 10.1.1.1 255.255.255.0\n"
    "ip local pool ippool 10.5.0.1 10.5.127.254\n";

static const char storm_text[] =
    "crypto ipsec security-association lifetime kilobytes 2560\n"
    "crypto map mymap 5 ipsec-isakmp\n set peer 172.30.0.1\n set transform-set myset\n"
    " match address 105\n"
    "access-list 105 permit ip 10.1.1.0 0.0.0.255 10.7.0.0 0.0.0.255\n";

static const char spoke_text[] =
    "hostname Spoke\n"
    "crypto isakmp policy 10\n encr aes 128\n authentication pre-share\n group 2\n lifetime 300\n"
    "crypto isakmp key cisco123 address 192.0.2.1\n"
    "crypto isakmp keepalive 10 3\n"
    "crypto ipsec security-association lifetime seconds 120\n"
    "crypto ipsec transform-set myset esp-aes esp-sha-hmac\n"
    "crypto map mymap 10 ipsec-isakmp\n set peer 192.0.2.1\n set transform-set myset\n"
    " match address 100\n"
    "interface FastEthernet0/0\n ip address dhcp\n crypto map mymap\n"
    "access-list 100 permit ip %s 0.0.0.255 10.1.1.0 0.0.0.255\n";

static void branch_join(struct fleet *fleet, struct member *member, size_t i)
{
    char text[2048], net[ADDR_TEXT], address[ADDR_TEXT], name[NODE_NAME];
    struct addr inside = member->site ? world_addr("10.7.0.0")
                                      : addr_add(world_addr("100.64.0.0"), (uint32_t)i * 256);
    struct addr outside =
        member->site ? world_addr(SITE) : addr_add(world_addr("172.16.0.1"), (uint32_t)i);
    addr_format(inside, net);
    addr_format(addr_add(inside, 7), member->inside);
    addr_format(outside, address);
    snprintf(name, sizeof name, "branch%u", (unsigned)i);
    snprintf(text, sizeof text, spoke_text, net);
    member->config = world_config(text, name);
    member->node = world_engine_sharing(fleet->world, name, member->config, OUTSIDE, address);
}

static void member_join(struct fleet *fleet, struct member *member, size_t i, struct nat **nat)
{
    char address[ADDR_TEXT], name[NODE_NAME];
    struct client_habits habits = {.group = "testgroup",
                                   .key = "cisco321",
                                   .user = member->user,
                                   .password = member->user,
                                   .cipher = 7,
                                   .key_bits = 128,
                                   .esp = 12,
                                   .esp_bits = 128,
                                   .initial_contact = i % 2};
    snprintf(member->user, sizeof member->user, "user%zu", i);
    snprintf(name, sizeof name, "client%u", (unsigned)i);
    addr_format(addr_add(world_addr("172.24.0.1"), (uint32_t)i), address);
    member->client = client_join(fleet->world, name, address, fleet->hub, &habits);
    member->node = member->client->node;
    if (i % NAT_EVERY)
        return;
    if (i % (NAT_EVERY * PER_NAT) == 0) {
        addr_format(addr_add(world_addr("198.51.0.1"), (uint32_t)i), address);
        *nat = world_nat(fleet->world, address);
    }
    member->node->behind = *nat;
}

static struct fleet fleet_make(uint64_t seed, size_t size, const char *more)
{
    struct fleet fleet = {.world = world_new(seed), .count = size};
    struct nat *nat = NULL;
    char text[4096];
    snprintf(text, sizeof text, hub_text, more);
    fleet.world->login_mode = LOGIN_BY_NAME;
    fleet.hub_config = world_config(text, "hub");
    fleet.hub = world_engine_sharing(fleet.world, "hub", fleet.hub_config, OUTSIDE, HUB);
    fleet.members = calloc(size, sizeof *fleet.members);
    if (!fleet.members)
        abort();
    for (size_t i = 0, clients = 0; i < size; i++) {
        fleet.members[i].site = more[0] && i + 1 == size;
        if (i % CLIENT_EVERY || fleet.members[i].site)
            branch_join(&fleet, &fleet.members[i], i);
        else
            member_join(&fleet, &fleet.members[i], clients++, &nat);
    }
    return fleet;
}

struct fleet fleet_new(uint64_t seed, size_t size)
{
    return fleet_make(seed, size, "");
}

struct fleet fleet_of_storm(uint64_t seed, size_t size)
{
    struct fleet fleet = fleet_make(seed, size, storm_text);
    size_t branches = 0;
    for (size_t i = 0; i < size; i++) {
        struct member *member = &fleet.members[i];
        char address[ADDR_TEXT];
        if (member->client || member->site || branches++ % NAT_EVERY)
            continue;
        addr_format(addr_add(world_addr("203.0.113.1"), (uint32_t)i), address);
        member->node->behind = world_nat(fleet.world, address);
    }
    return fleet;
}

void fleet_free(struct fleet *fleet)
{
    world_free(fleet->world);
    for (size_t i = 0; i < fleet->count; i++)
        config_free(fleet->members[i].config);
    config_free(fleet->hub_config);
    free(fleet->members);
}

/* -- daily life -------------------------------------------------------------------------------- */

static uint32_t chance(struct fleet *fleet, uint32_t below)
{
    return rng_u32(&fleet->world->chance) % below;
}

static void client_life(struct fleet *fleet, struct member *member, uint64_t second)
{
    struct client *client = member->client;
    uint64_t now_ms = fleet->world->now_ms;
    bool up = client->stage == CLIENT_UP;
    bool over = client->stage == CLIENT_IDLE || client->stage >= CLIENT_REFUSED;
    if (up && (second + member->node->index) % PROBE_EVERY_S == 0)
        client_probe(client, ++member->probe);
    if (up && now_ms - client->heard_ms > GIVE_UP_MS)
        over = true;
    if (up && now_ms - client->sa.proved_ms > REKEY_MS && !client->rekeying)
        client_rekey_phase1(client); /* in time, as vpnc does */
    if (!over) {
        member->again_ms = 0;
    } else if (!member->again_ms) {
        member->again_ms = now_ms + 1000 + chance(fleet, 10000);
    } else if (now_ms >= member->again_ms) {
        member->again_ms = 0;
        client->habits.password = member->wrong_password ? "wrong" : member->user;
        client->habits.former = (struct addr){.family = ADDR_NONE};
        member->wrong_password = false;
        client_start(client);
    }
}

/* -- misfortune -------------------------------------------------------------------------------- */

static void of_client(struct fleet *fleet, struct member *member)
{
    struct client *client = member->client;
    switch (chance(fleet, 6)) {
    case 0:
        if (client->sa.alive)
            client_leave(client);
        break;
    case 1: /* a crash */
        client_start(client);
        break;
    case 2:
        if (member->node->behind)
            nat_forget(member->node->behind);
        break;
    case 3:
        if (client->stage == CLIENT_UP)
            client_rekey_phase1(client);
        break;
    case 4:
        member->wrong_password = true;
        client_start(client);
        break;
    default:
        if (client->stage == CLIENT_UP && client->spi_in) {
            client_delete_esp(client, client->spi_in);
            client_forget_tunnel(client);
            client_quick(client);
        }
    }
}

static void of_branch(struct fleet *fleet, struct member *member, size_t i)
{
    char address[ADDR_TEXT];
    switch (chance(fleet, 5)) {
    case 0: /* DHCP gives another address */
        addr_format(addr_add(world_addr("172.20.0.1"), (uint32_t)i * 8 + chance(fleet, 8)),
                    address);
        if (!addr_equal(member->node->address, world_addr(address)))
            world_move(member->node, OUTSIDE, address);
        break;
    case 1:
        world_restart(member->node, OUTSIDE);
        break;
    case 2:
        world_path_lost(member->node);
        break;
    case 3: {
        const struct command command = {.kind = COMMAND_CLEAR};
        node_command(member->node, &command);
        break;
    }
    default:
        member->node->unplugged = !member->node->unplugged;
    }
}

static void of_hub(struct fleet *fleet)
{
    if (chance(fleet, 3) == 0) {
        world_restart(fleet->hub, OUTSIDE);
        return;
    }
    world_path_lost(fleet->hub);
}

void fleet_life(struct fleet *fleet)
{
    uint64_t second = fleet->world->now_ms / 1000;
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[i];
        if (member->client)
            client_life(fleet, member, second);
        else
            node_dial(member->node);
        if (member->site)
            node_dial(fleet->hub);
    }
}

void fleet_second(struct fleet *fleet, bool misfortune)
{
    for (size_t i = 0; i < fleet->count && !misfortune; i++)
        fleet->members[i].node->unplugged = fleet->members[i].wrong_password = false;
    fleet_life(fleet);
    for (size_t i = 0; misfortune && i < 1 + fleet->count / 100; i++) {
        size_t who = chance(fleet, (uint32_t)fleet->count);
        if (fleet->members[who].client)
            of_client(fleet, &fleet->members[who]);
        else
            of_branch(fleet, &fleet->members[who], who);
    }
    if (misfortune && chance(fleet, 100) == 0)
        of_hub(fleet);
    world_run(fleet->world, 1000);
}

/* -- what must hold ---------------------------------------------------------------------------- */

const char *fleet_inside(const struct member *member, char text[ADDR_TEXT])
{
    return member->client ? addr_format(member->client->lease, text) : member->inside;
}

bool fleet_works(struct fleet *fleet, struct member *member)
{
    char text[ADDR_TEXT];
    const char *inside = fleet_inside(member, text);
    if (member->client && member->client->lease.family == ADDR_NONE)
        return false;
    return world_packet(member->node, inside, FLEET_SERVER) &&
           world_packet(fleet->hub, FLEET_SERVER, inside);
}

size_t fleet_working(struct fleet *fleet)
{
    size_t working = 0;
    for (size_t i = 0; i < fleet->count; i++)
        working += fleet_works(fleet, &fleet->members[i]);
    return working;
}

void fleet_report(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[i];
        if (fleet_works(fleet, member))
            continue;
        char text[ADDR_TEXT];
        fprintf(stderr, "%s (%s) does not work: ", member->node->name, fleet_inside(member, text));
        if (member->client)
            fprintf(stderr, "%s, inbound %08x, outbound %08x%s\n",
                    client_stage_name(member->client->stage), member->client->spi_in,
                    member->client->spi_out, member->client->sending ? "" : " missing");
        else
            fprintf(stderr, "%zu SAs, %zu pairs\n", node_established(member->node),
                    node_tunnels(member->node));
    }
}

struct held_address {
    struct addr addr;
    size_t by;
    UT_hash_handle hh;
};

void fleet_check(struct fleet *fleet)
{
    struct held_address *all = NULL, *row, *next;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct member *member = &fleet->members[i];
        if (!member->client || member->client->stage != CLIENT_UP)
            continue;
        HASH_FIND(hh, all, &member->client->lease, sizeof row->addr, row);
        if (row)
            world_broken(fleet->world, "%s and %s hold one address",
                         fleet->members[row->by].node->name, member->node->name);
        row = calloc(1, sizeof *row);
        if (!row)
            abort();
        row->addr = member->client->lease;
        row->by = i;
        HASH_ADD(hh, all, addr, sizeof row->addr, row);
    }
    HASH_ITER(hh, all, row, next)
    {
        HASH_DELETE(hh, all, row);
        free(row);
    }
    world_audit_all(fleet->world);
}
