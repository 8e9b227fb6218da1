/* The engine with keys: whole conversations of the seed's hub, its spoke and a client, steered by
 * the input. Datagrams are lost, repeated, altered, played back; answers fail; time jumps; messages
 * of the client are rewritten before they are hashed and sealed, so what is altered also gets past
 * the HASH. The world's invariants hold after every turn, or the target aborts. */
#include "base/cursor.h"
#include "sim/client.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEPT = 16, DATAGRAM_MAX = 2048, STEPS_MAX = 200, INPUT_MAX = 512 };

struct kept {
    struct ike_path path; /* the receiver's */
    uint8_t bytes[DATAGRAM_MAX];
    size_t len;
};

struct play {
    struct world *world;
    struct node *hub, *spoke;
    struct client *client;
    struct kept kept[KEPT];
    size_t kept_count;
    bool drop_next;
};

static const char hub_text[] =
    "username alice password 0 wonderland\naaa new-model\n"
    "aaa authentication login clientauth local\n"
    "crypto keyring spokes\n pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123\n"
    "crypto isakmp policy 10\n encr 3des\n authentication pre-share\n group 2\n"
    "crypto isakmp keepalive 10 3\n"
    "ip local pool ippool 10.5.5.1 10.5.5.3\n"
    "crypto isakmp client configuration group testgroup\n key cisco321\n dns 1.1.1.1\n"
    " domain cisco.com\n pool ippool\n"
    "crypto isakmp profile L2L\n keyring spokes\n match identity address 0.0.0.0\n"
    "crypto isakmp profile VPNclient\n match identity group testgroup\n"
    " client authentication list clientauth\n client configuration address respond\n"
    "crypto ipsec transform-set myset esp-3des esp-sha-hmac\n"
    "crypto dynamic-map dynmap 5\n set transform-set myset\n set isakmp-profile VPNclient\n"
    "crypto dynamic-map dynmap 10\n set transform-set myset\n set isakmp-profile L2L\n"
    "crypto map mymap 10 ipsec-isakmp dynamic dynmap\n"
    "interface FastEthernet0/0\n ip address 10.48.67.181 255.255.255.224\n crypto map mymap\n";
static const char spoke_text[] =
    "crypto isakmp key cisco123 address 10.48.67.181\n"
    "crypto isakmp policy 10\n encr 3des\n authentication pre-share\n group 2\n"
    "crypto isakmp keepalive 10 3\n"
    "crypto ipsec transform-set myset esp-3des esp-sha-hmac\n"
    "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n"
    "crypto map mymap 10 ipsec-isakmp\n set peer 10.48.67.181\n set transform-set myset\n"
    " match address 100\n"
    "interface FastEthernet0/0\n ip address dhcp\n crypto map mymap\n";

/* The configurations are read once for all runs. */
static const struct config *config_of(bool hub)
{
    static struct config *configs[2];
    if (!configs[hub])
        configs[hub] = world_config(hub ? hub_text : spoke_text, hub ? "hub" : "spoke");
    return configs[hub];
}

static bool keep(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct play *play = context;
    struct kept *kept = &play->kept[play->kept_count++ % KEPT];
    (void)to;
    kept->path = *path;
    kept->len = bytes.len < DATAGRAM_MAX ? bytes.len : DATAGRAM_MAX;
    memcpy(kept->bytes, bytes.at, kept->len);
    bool pass = !play->drop_next;
    play->drop_next = false;
    return pass;
}

static struct kept *pick(struct play *play, uint8_t which)
{
    size_t have = play->kept_count < KEPT ? play->kept_count : KEPT;
    return have ? &play->kept[which % have] : NULL;
}

/* Play a kept datagram back, altered by the input, maybe from somewhere else. */
static void inject(struct play *play, struct cursor *c, bool altered)
{
    struct kept *kept = pick(play, cursor_u8(c));
    if (!kept)
        return;
    uint8_t bytes[DATAGRAM_MAX];
    size_t len = kept->len;
    struct endpoint from = kept->path.remote;
    memcpy(bytes, kept->bytes, len);
    for (unsigned n = altered ? cursor_u8(c) % 4 + 1u : 0; n && len; n--)
        bytes[cursor_u16(c) % len] ^= (uint8_t)(cursor_u8(c) | 1);
    if (altered && cursor_u8(c) % 4 == 0 && len)
        len = cursor_u16(c) % len;
    if (cursor_u8(c) % 4 == 0)
        from.addr = world_addr("198.51.100.66");
    world_inject(play->world, from, kept->path.local, (struct span){bytes, len});
}

/* Behind the header of a kept datagram the input's own octets. */
static void inject_body(struct play *play, struct cursor *c)
{
    struct kept *kept = pick(play, cursor_u8(c));
    size_t n = cursor_u8(c);
    struct span body = cursor_span(c, n < cursor_left(c) ? n : cursor_left(c));
    if (!kept || kept->len < 28)
        return;
    uint8_t bytes[DATAGRAM_MAX];
    memcpy(bytes, kept->bytes, 28);
    bytes[16] = cursor_u8(c);
    bytes[24] = bytes[25] = 0;
    bytes[26] = (uint8_t)((28 + body.len) >> 8);
    bytes[27] = (uint8_t)(28 + body.len);
    if (body.len)
        memcpy(bytes + 28, body.at, body.len);
    world_inject(play->world, kept->path.remote, kept->path.local,
                 (struct span){bytes, 28 + body.len});
}

static void command(struct play *play, uint8_t which)
{
    static const char *const addresses[] = {"10.100.2.102", "10.100.2.103", "10.100.2.104"};
    switch (which % 6) {
    case 0:
        node_command(play->hub, &(struct command){.kind = COMMAND_CLEAR});
        break;
    case 1:
        world_path_lost(play->hub);
        break;
    case 2:
        world_path_lost(play->spoke);
        break;
    case 3:
        world_move(play->spoke, "FastEthernet0/0", addresses[which / 6 % 3]);
        break;
    case 4:
        node_dial(play->spoke);
        break;
    default:
        world_packet(play->spoke, "10.2.0.1", "10.1.0.1");
        break;
    }
}

static void act(struct play *play, struct cursor *c)
{
    uint8_t what = cursor_u8(c);
    switch (what % 10) {
    case 0:
        inject(play, c, false);
        break;
    case 1:
        inject(play, c, true);
        break;
    case 2:
        inject_body(play, c);
        break;
    case 3:
        play->drop_next = true;
        break;
    case 4:
        command(play, cursor_u8(c));
        break;
    case 5:
        play->world->login_mode = (enum login_mode)(cursor_u8(c) % 3);
        break;
    case 6:
        play->world->store_mode = (enum store_mode)(cursor_u8(c) % 3);
        break;
    case 7:
        world_run(play->world, (uint64_t)cursor_u16(c) * 10);
        break;
    default:
        for (unsigned n = what / 10 + 1; n; n--)
            world_step(play->world, play->world->now_ms + 1000);
        break;
    }
}

static void begin(struct play *play, struct cursor *c, struct client_warp *warp)
{
    struct client_habits habits = {
        .group = "testgroup", .key = "cisco321", .user = "alice", .password = "wonderland"};
    uint8_t bits = cursor_u8(c);
    *warp = (struct client_warp){.kind = (enum client_warp_kind)(cursor_u8(c) % 5),
                                 .exchange = (const uint8_t[]){4, 5, 6, 32}[cursor_u8(c) % 4],
                                 .which = cursor_u8(c) % 8,
                                 .fill = cursor_u8(c),
                                 .len = cursor_u8(c)};
    /* A client that lies about its own nonce in quick mode has other keys than the hub: that is its
     * own misfortune, not a broken invariant. */
    bool lies = warp->kind == WARP_BODY && warp->exchange == 32;
    habits.warp = bits & 1 && !lies ? warp : NULL;
    habits.clear_am3 = bits & 2;
    habits.initial_contact = bits & 4;
    habits.pfs_group = bits & 8 ? 2 : 0;
    habits.commit = bits & 16;
    habits.stop_at = bits & 32 ? (enum client_stage)(cursor_u8(c) % CLIENT_REFUSED) : CLIENT_IDLE;
    habits.esp_life_s = bits & 64 ? 120 : 0;
    play->world = world_new(cursor_u16(c));
    play->world->tap = keep;
    play->world->tap_context = play;
    play->hub = world_engine_sharing(play->world, "hub", config_of(true), "FastEthernet0/0",
                                     "10.48.67.181");
    play->spoke = world_engine_sharing(play->world, "spoke", config_of(false), "FastEthernet0/0",
                                       "10.100.2.102");
    world_user_add(play->world, "alice", "wonderland");
    play->client = client_join(play->world, "client", "203.0.113.9", play->hub, &habits);
    node_dial(play->spoke);
    client_start(play->client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play *play = calloc(1, sizeof *play);
    struct client_warp warp;
    if (!play || size > INPUT_MAX) {
        free(play);
        return 0;
    }
    struct cursor c = cursor_of(data, size);
    begin(play, &c, &warp);
    for (unsigned n = 0; cursor_left(&c) && n < STEPS_MAX; n++)
        act(play, &c);
    world_run(play->world, 2000);
    world_audit_all(play->world);
    world_free(play->world);
    free(play);
    return 0;
}
