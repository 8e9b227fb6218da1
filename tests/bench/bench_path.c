/* Plays warden and key for one path process with fixed keys, so that the data path can be measured
 * and tested without IKE: makes TUN and sockets, starts the program, installs one SA pair, prints
 * "ready TUN-NAME", then tells what path reports until it is ended by SIGTERM or SIGINT.
 *
 *   bench_path PROGRAM a|b SUITE udp|raw LOCAL REMOTE OURS THEIRS */
#include "esp/params.h"
#include "host/channel.h"
#include "host/clock.h"
#include "host/message_path.h"
#include "host/message_start.h"
#include "host/netdev.h"
#include "host/route_plan.h"
#include "host/sockets.h"
#include "host/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPI_TO_A = 0x1000a, SPI_TO_B = 0x1000b, MARK = 0x4b, QUEUE = 500, NOBODY = 65534 };

static const struct {
    const char *name;
    struct packet_suite suite;
} suites[] = {
    {"gcm128", {PACKET_AES_GCM, 128, HASH_NONE, 16}},
    {"gcm256", {PACKET_AES_GCM, 256, HASH_NONE, 16}},
    {"cbc128-sha1", {PACKET_AES_CBC, 128, HASH_SHA1, 12}},
    {"cbc256-sha256", {PACKET_AES_CBC, 256, HASH_SHA256, 16}},
    {"3des-sha1", {PACKET_3DES_CBC, 0, HASH_SHA1, 12}},
    {"null-sha1", {PACKET_NULL, 0, HASH_SHA1, 12}},
};

struct bench {
    char **argv;
    bool is_a;
    struct packet_suite suite;
    enum esp_encapsulation encapsulation;
    uv_loop_t loop;
    struct channel *warden; /* our end as warden */
    struct channel *key;    /* our end as key */
    char tun[IFNAMSIZ];
    pid_t child;
    struct path_counters_row last;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void must(enum rc rc, const char *what)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, rc_text(rc));
    exit(1);
}

static struct selector net_of(const char *text)
{
    char addr_text[ADDR_TEXT];
    struct addr addr;
    const char *slash = strchr(text, '/');
    snprintf(addr_text, sizeof addr_text, "%.*s", slash ? (int)(slash - text) : 0, text);
    must(addr_parse(addr_text, &addr), text);
    return selector_of_prefix(prefix_of(addr, (uint8_t)atoi(slash + 1)));
}

static struct endpoint endpoint_of(const struct bench *bench, const char *text)
{
    struct endpoint endpoint = {.port = bench->encapsulation == ESP_UDP ? SOCKETS_PORT_NATT : 0};
    must(addr_parse(text, &endpoint.addr), text);
    return endpoint;
}

static struct esp_params params_of(const struct bench *bench, enum esp_direction direction)
{
    bool to_a = (direction == ESP_INBOUND) == bench->is_a;
    struct esp_params params = {.direction = direction,
                                .spi = to_a ? SPI_TO_A : SPI_TO_B,
                                .tunnel = 1,
                                .encapsulation = bench->encapsulation,
                                .local = endpoint_of(bench, bench->argv[5]),
                                .remote = endpoint_of(bench, bench->argv[6]),
                                .remote_may_move = bench->is_a,
                                .ours = net_of(bench->argv[7]),
                                .theirs = net_of(bench->argv[8]),
                                .suite = bench->suite,
                                .replay_window = 1024};
    memset(params.keymat, to_a ? 0xa5 : 0xb6, packet_key_len(&bench->suite));
    return params;
}

static void install(struct bench *bench, enum esp_direction direction)
{
    uint8_t bytes[1024];
    struct builder b = builder_of(bytes, sizeof bytes);
    struct esp_params params = params_of(bench, direction);
    esp_params_put(&b, &params);
    must(b.bad ? RC_MALFORMED : RC_OK, "parameters");
    must(channel_send(bench->key, MSG_SA_INSTALL, builder_span(&b), -1), "MSG_SA_INSTALL");
}

static void say_counters(const struct path_counters_row *row)
{
    printf("in %llu packets %llu bytes %llu errors, out %llu packets %llu bytes %llu errors\n",
           (unsigned long long)row->in.packets, (unsigned long long)row->in.bytes,
           (unsigned long long)row->in.errors, (unsigned long long)row->out.packets,
           (unsigned long long)row->out.bytes, (unsigned long long)row->out.errors);
}

static enum rc say_event(struct cursor *payload)
{
    static const char *const names[] = {"soft", "used", "moved"};
    char text[ENDPOINT_TEXT];
    struct path_event event;
    enum rc rc = path_event_get(payload, &event);
    if (rc == RC_OK)
        printf("event %s tunnel %llu %s\n", names[event.event], (unsigned long long)event.tunnel,
               endpoint_format(event.moved_to, text));
    return rc;
}

static enum rc say_acquire(struct cursor *payload)
{
    char source[SELECTOR_TEXT], destination[SELECTOR_TEXT];
    struct path_acquire acquire;
    enum rc rc = path_acquire_get(payload, &acquire);
    if (rc == RC_OK)
        printf("acquire %s -> %s\n", selector_format(&acquire.source, source),
               selector_format(&acquire.destination, destination));
    return rc;
}

static enum rc say_drops(struct cursor *payload)
{
    while (cursor_left(payload)) {
        struct path_drops_row row;
        enum rc rc = path_drops_get(payload, &row);
        if (rc != RC_OK)
            return rc;
        printf("drop %s %llu\n", drop_name(row.reason), (unsigned long long)row.total);
    }
    return RC_OK;
}

static enum rc say_datagram(struct cursor *payload)
{
    char remote[ENDPOINT_TEXT];
    struct path_datagram datagram;
    enum rc rc = path_datagram_get(payload, &datagram);
    if (rc == RC_OK)
        printf("ike %zu octets from %s\n", datagram.bytes.len,
               endpoint_format(datagram.remote, remote));
    return rc;
}

static enum rc from_path(void *context, struct channel *channel, enum message_kind kind,
                         struct cursor *payload, int fd)
{
    (void)channel;
    (void)fd;
    struct bench *bench = context;
    if (kind == MSG_SA_COUNTERS)
        return path_counters_get(payload, &bench->last);
    enum rc rc = kind == MSG_SA_EVENT       ? say_event(payload)
                 : kind == MSG_ACQUIRE      ? say_acquire(payload)
                 : kind == MSG_DROPS        ? say_drops(payload)
                 : kind == MSG_IKE_DATAGRAM ? say_datagram(payload)
                                            : RC_UNSUPPORTED;
    fflush(stdout);
    return rc;
}

static enum rc to_warden(void *context, struct channel *channel, enum message_kind kind,
                         struct cursor *payload, int fd)
{
    (void)channel;
    (void)fd;
    struct bench *bench = context;
    struct child_line line;
    if (kind == MSG_LOG && child_line_get(payload, &line) == RC_OK) {
        fprintf(stderr, "path: %s\n", line.text);
        return RC_OK;
    }
    if (kind != MSG_READY)
        return RC_UNSUPPORTED;
    install(bench, ESP_INBOUND);
    install(bench, ESP_OUTBOUND);
    printf("ready %s pid %d\n", bench->tun, (int)bench->child);
    fflush(stdout);
    return RC_OK;
}

static void closed(void *context, struct channel *channel, const char *reason)
{
    (void)context;
    (void)channel;
    fprintf(stderr, "path is gone: %s\n", reason);
    exit(1);
}

static void give_socket(struct bench *bench, enum socket_kind kind, int fd)
{
    uint8_t bytes[256];
    struct builder b = builder_of(bytes, sizeof bytes);
    struct child_socket socket = {.kind = kind};
    child_socket_put(&b, &socket);
    must(channel_send(bench->warden, MSG_SOCKET, builder_span(&b), fd), "MSG_SOCKET");
    close(fd);
}

static void give_descriptors(struct bench *bench)
{
    char complaint[256];
    int key, path, raw, tun;
    uint32_t instance;
    struct netlink netlink;
    must(netdev_tun_open("hwb", bench->tun, &instance, &tun), "TUN");
    must(netdev_tun_release(tun), "TUN");
    must(netlink_open(&netlink), "netlink");
    must(netdev_up(&netlink, netdev_index(bench->tun), PLAN_MTU, QUEUE), "TUN up");
    netlink_close(&netlink);
    if (sockets_natt(ADDR_V4, MARK, &key, &path, complaint, sizeof complaint) != RC_OK ||
        sockets_esp(ADDR_V4, MARK, &raw, complaint, sizeof complaint) != RC_OK) {
        fprintf(stderr, "%s\n", complaint);
        exit(1);
    }
    give_socket(bench, SOCKET_ESP_4500, path);
    give_socket(bench, SOCKET_ESP_RAW, raw);
    give_socket(bench, SOCKET_TUN, tun);
}

static void give_key_channel(struct bench *bench)
{
    uint8_t bytes[16];
    struct builder b = builder_of(bytes, sizeof bytes);
    int pair[2];
    must(channel_pair(pair), "channel");
    must(channel_open(&bench->loop, pair[0], ROLE_KEY, ROLE_PATH, from_path, closed, bench,
                      &bench->key),
         "channel");
    child_peer_put(&b, ROLE_KEY);
    must(channel_send(bench->warden, MSG_CHANNEL, builder_span(&b), pair[1]), "MSG_CHANNEL");
    close(pair[1]);
}

static void start(struct bench *bench)
{
    int pair[2];
    must(channel_pair(pair), "channel");
    struct spawn_request request = {.program_fd = open(bench->argv[1], O_RDONLY | O_CLOEXEC),
                                    .name = "hubward-path",
                                    .user = {NOBODY, NOBODY, SPAWN_NO_GROUP},
                                    .channel_fd = pair[1]};
    if (request.program_fd < 0)
        die(bench->argv[1]);
    must(spawn_role(&request, &bench->child), "spawn");
    close(pair[1]);
    close(request.program_fd);
    must(channel_open(&bench->loop, pair[0], ROLE_WARDEN, ROLE_PATH, to_warden, closed, bench,
                      &bench->warden),
         "channel");
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static bool read_arguments(struct bench *bench, int argc, char **argv)
{
    if (argc != 9 || !strchr(argv[7], '/') || !strchr(argv[8], '/'))
        return false;
    bench->argv = argv;
    bench->is_a = strcmp(argv[2], "a") == 0;
    bench->encapsulation = strcmp(argv[4], "raw") == 0 ? ESP_RAW : ESP_UDP;
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (strcmp(argv[3], suites[i].name) == 0)
            bench->suite = suites[i].suite;
    return packet_key_len(&bench->suite) != 0;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    uv_signal_t signals[2];
    if (!read_arguments(&bench, argc, argv)) {
        fprintf(stderr, "bench_path PROGRAM a|b SUITE udp|raw LOCAL REMOTE OURS THEIRS\n");
        return 64;
    }
    uv_loop_init(&bench.loop);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&bench.loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, i ? SIGINT : SIGTERM);
    }
    start(&bench);
    give_descriptors(&bench);
    give_key_channel(&bench);
    must(channel_send(bench.warden, MSG_RUN, (struct span){NULL, 0}, -1), "MSG_RUN");
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    say_counters(&bench.last);
    kill(bench.child, SIGKILL);
    waitpid(bench.child, NULL, 0);
    return 0;
}
