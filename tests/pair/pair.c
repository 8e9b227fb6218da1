/* Key and store as a warden starts and joins them. */
#include "pair/pair.h"

#include "host/memfd.h"
#include "host/message_login.h"
#include "host/udp.h"

#include <arpa/inet.h>

#define HUB    "127.0.0.1"
#define CLIENT "127.0.0.2"

static const char config_text[] =
    "hostname Hub\n"
    "aaa new-model\n"
    "aaa authentication login clientauth local\n"
    "username nobody password 0 nothing\n"
    "crypto isakmp policy 10\n encr 3des\n authentication pre-share\n group 2\n"
    "crypto isakmp client configuration group testgroup\n key cisco321\n pool ippool\n"
    "crypto isakmp profile VPNclient\n match identity group testgroup\n"
    " client authentication list clientauth\n client configuration address respond\n"
    "crypto ipsec transform-set myset esp-3des esp-sha-hmac\n"
    "crypto dynamic-map dynmap 5\n set transform-set myset\n set isakmp-profile VPNclient\n"
    "crypto map mymap 10 ipsec-isakmp dynamic dynmap\n"
    "interface FastEthernet0/0\n ip address 127.0.0.1 255.0.0.0\n crypto map mymap\n"
    "ip local pool ippool 10.5.0.1 10.5.15.254\n";

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "the pair of programs: %s failed\n", what);
    abort();
}

/* -- the roles that the test plays ------------------------------------------------------ */

static enum rc on_login(void *context, struct channel *channel, enum message_kind kind,
                        struct cursor *payload, int fd)
{
    static struct effect_ask_password ask;
    uint8_t octets[LOGIN_VERDICT_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct ticket cancelled;
    (void)context;
    (void)fd;
    if (kind == MSG_LOGIN_CANCEL)
        return login_cancel_get(payload, &cancelled);
    enum rc rc = login_ask_get(payload, &ask);
    if (rc != RC_OK)
        return rc;
    login_verdict_put(&b, &(struct login_verdict){.ticket = ask.ticket, .rc = RC_OK});
    return channel_send(channel, MSG_VERDICT, builder_span(&b), -1);
}

static enum rc on_path(void *context, struct channel *channel, enum message_kind kind,
                       struct cursor *payload, int fd)
{
    (void)context;
    (void)channel;
    (void)kind;
    (void)fd;
    (void)cursor_take(payload, cursor_left(payload));
    return RC_OK;
}

static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct pair *pair = context;
    (void)reason;
    if (pair->path == channel)
        pair->path = NULL;
    if (pair->xauth == channel)
        pair->xauth = NULL;
}

static bool give_end(struct mini *mini, enum role other, int fd)
{
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    child_peer_put(&b, other);
    bool told = mini_tell(mini, MSG_CHANNEL, &b, fd);
    close(fd);
    return told;
}

static struct channel *played(struct pair *pair, enum role role, channel_handler *handler)
{
    struct mini *key = &pair->minis[VICTIM_KEY];
    struct channel *channel = NULL;
    int ends[2];
    must(channel_pair(ends) == RC_OK && give_end(key, role, ends[1]) &&
             channel_open(&key->loop, ends[0], role, ROLE_KEY, handler, on_closed, pair,
                          &channel) == RC_OK,
         "a channel to key");
    return channel;
}

/* -- starts ----------------------------------------------------------------------------- */

static bool tell_interface(struct mini *key)
{
    struct child_interface interface = {
        .ios_name = "FastEthernet0/0", .linux_name = "lo", .ifindex = 1};
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    interface.addr = world_addr(HUB);
    child_interface_put(&b, &interface);
    return mini_tell(key, MSG_INTERFACE, &b, -1);
}

static void start_key(struct pair *pair)
{
    struct mini *key = &pair->minis[VICTIM_KEY];
    must(mini_start(key, ROLE_KEY, "hubward-key", NULL, SPAWN_NO_GROUP) &&
             mini_give_config(key, "config", pair->config) &&
             mini_give_socket(key, SOCKET_IKE_500, pair->socket_500) &&
             mini_give_socket(key, SOCKET_IKE_4500, pair->socket_4500) && tell_interface(key),
         "the start of key");
    pair->path = played(pair, ROLE_PATH, on_path);
    pair->xauth = played(pair, ROLE_XAUTH, on_login);
}

static void start_store(struct pair *pair)
{
    struct mini *store = &pair->minis[VICTIM_STORE];
    must(mini_start(store, ROLE_STORE, "hubward-store", NULL, SPAWN_NO_GROUP) &&
             mini_give_socket(store, SOCKET_STATE_DIR, pair->directory),
         "the start of store");
}

static void join(struct pair *pair)
{
    int ends[2];
    must(channel_pair(ends) == RC_OK && give_end(&pair->minis[VICTIM_KEY], ROLE_STORE, ends[0]) &&
             give_end(&pair->minis[VICTIM_STORE], ROLE_KEY, ends[1]),
         "the channel between them");
}

static void run(struct pair *pair, enum victim victim)
{
    struct mini *mini = &pair->minis[victim];
    must(mini_tell(mini, MSG_RUN, NULL, -1), "RUN");
    for (int i = 0; i < 20000 && !mini->ready; i++)
        pair_turn(pair);
    must(mini->ready, "a start");
}

void pair_renew(struct pair *pair, enum victim victim)
{
    struct mini *mini = &pair->minis[victim];
    kill(mini->pid, SIGKILL);
    if (victim == VICTIM_KEY) {
        channel_close(pair->path);
        channel_close(pair->xauth);
        pair->path = pair->xauth = NULL;
    }
    mini_reap(mini);
    if (victim == VICTIM_KEY)
        start_key(pair);
    else
        start_store(pair);
    join(pair);
    run(pair, victim);
}

/* -- the whole -------------------------------------------------------------------------- */

static int udp_at(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    inet_aton(HUB, &at.sin_addr);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && udp_prepare(fd) == RC_OK,
         "a socket");
    return fd;
}

static void join_client(struct pair *pair)
{
    const struct client_habits habits = {.group = "testgroup",
                                         .key = "cisco321",
                                         .user = "nobody",
                                         .password = "any",
                                         .initial_contact = true,
                                         .resend_ms = 100};
    outside_begin(&pair->outside, 1, HUB);
    pair->client = client_join(pair->outside.world, "client", CLIENT, pair->outside.hub, &habits);
    outside_add(&pair->outside, pair->client->node);
}

bool pair_begin(struct pair *pair)
{
    const struct span text = {(const uint8_t *)config_text, sizeof config_text - 1};
    *pair = (struct pair){.socket_500 = udp_at(500), .socket_4500 = udp_at(4500)};
    pair->directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (pair->directory < 0 || memfd_make("config", text, &pair->config) != RC_OK)
        return false;
    join_client(pair);
    start_store(pair);
    start_key(pair);
    join(pair);
    run(pair, VICTIM_STORE);
    run(pair, VICTIM_KEY);
    return true;
}

void pair_turn(struct pair *pair)
{
    for (size_t i = 0; i < VICTIM_COUNT; i++)
        uv_run(&pair->minis[i].loop, UV_RUN_NOWAIT);
    outside_turn(&pair->outside, 1);
}

void pair_end(struct pair *pair)
{
    channel_close(pair->path);
    channel_close(pair->xauth);
    for (size_t i = 0; i < VICTIM_COUNT; i++)
        mini_kill(&pair->minis[i]);
    outside_end(&pair->outside);
    close(pair->config);
    close(pair->socket_500);
    close(pair->socket_4500);
    close(pair->directory);
}
