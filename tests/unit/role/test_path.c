/* The path process whole: forked, sandboxed, led through its start by a test that plays warden and
 * key, with local sockets in the place of the TUN and of the peer. */
#include "unit/host/loopback.h"

#include "crypto/packet.h"
#include "host/channel.h"
#include "host/clock.h"
#include "host/message_path.h"
#include "host/message_start.h"
#include "role/path.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { SPI_IN = 0x1001, SPI_OUT = 0x1002, TUNNEL = 42, PATIENCE_MS = 10000 };

static const char echo[] = "E\0\0\x20\0\0\0\0\x40\1\0\0\x0a\1\1\x0a\x0a\2\2\x0a"
                           "abcdefghijkl"; /* 10.1.1.10 to 10.2.2.10 */
enum { ECHO_LEN = sizeof echo - 1 };

struct lab {
    uv_loop_t loop;
    uv_timer_t clock;
    pid_t child;
    struct channel *warden, *key;
    struct udp_socket outer; /* the child's */
    struct udp_socket peer;  /* ours */
    int system;              /* our end of the TUN */
    bool ready, warden_closed, key_closed;
    unsigned counters, events, acquires, datagrams;
    struct path_counters_row row;
    struct path_event event;
    struct path_acquire acquire;
    uint64_t drops[DROP_COUNT];
    unsigned drop_rows;
};

static enum rc on_key(void *context, struct channel *channel, enum message_kind kind,
                      struct cursor *payload, int fd)
{
    (void)channel;
    (void)fd;
    struct lab *lab = context;
    if (kind == MSG_SA_EVENT) {
        lab->events++;
        return path_event_get(payload, &lab->event);
    }
    if (kind == MSG_ACQUIRE) {
        lab->acquires++;
        return path_acquire_get(payload, &lab->acquire);
    }
    if (kind == MSG_IKE_DATAGRAM) {
        struct path_datagram datagram;
        lab->datagrams++;
        return path_datagram_get(payload, &datagram);
    }
    while (cursor_left(payload)) {
        struct path_drops_row drop;
        enum rc rc = kind == MSG_DROPS ? path_drops_get(payload, &drop)
                                       : path_counters_get(payload, &lab->row);
        if (rc != RC_OK)
            return rc;
        lab->counters += kind == MSG_SA_COUNTERS;
        lab->drop_rows += kind == MSG_DROPS;
        if (kind == MSG_DROPS)
            lab->drops[drop.reason] = drop.total;
    }
    return RC_OK;
}

static void on_key_closed(void *context, struct channel *channel, const char *reason)
{
    (void)channel;
    (void)reason;
    struct lab *lab = context;
    lab->key_closed = true;
    lab->key = NULL;
}

static enum rc on_warden(void *context, struct channel *channel, enum message_kind kind,
                         struct cursor *payload, int fd)
{
    (void)channel;
    (void)fd;
    struct lab *lab = context;
    if (kind == MSG_READY)
        lab->ready = true;
    payload->at = payload->end;
    return RC_OK;
}

static void on_warden_closed(void *context, struct channel *channel, const char *reason)
{
    (void)channel;
    (void)reason;
    struct lab *lab = context;
    lab->warden_closed = true;
    lab->warden = NULL;
}

static void on_clock(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Run the loop for a while. */
static void pass(struct lab *lab, uint64_t ms)
{
    uv_timer_start(&lab->clock, on_clock, ms, 0);
    uv_run(&lab->loop, UV_RUN_DEFAULT);
}

#define WAIT_FOR(lab, condition)                                                                   \
    do {                                                                                           \
        for (int waited = 0; waited < PATIENCE_MS && !(condition); waited += 10)                   \
            pass(lab, 10);                                                                         \
        assert_true(condition);                                                                    \
    } while (0)

static void run_child(int channel_fd)
{
    if (dup2(channel_fd, 3) != 3)
        _exit(70);
    for (int fd = 4; fd < 256; fd++)
        close(fd);
    _exit(path_main());
}

static void tell(struct channel *channel, enum message_kind kind, const struct builder *b, int fd)
{
    struct span payload = b ? builder_span(b) : (struct span){NULL, 0};
    assert_int_equal(channel_send(channel, kind, payload, fd), RC_OK);
}

static void give_socket(struct lab *lab, enum socket_kind kind, int fd)
{
    uint8_t bytes[256];
    struct builder b = builder_of(bytes, sizeof bytes);
    child_socket_put(&b, &(struct child_socket){.kind = kind});
    tell(lab->warden, MSG_SOCKET, &b, fd);
}

static void give_key(struct lab *lab)
{
    uint8_t bytes[16];
    struct builder b = builder_of(bytes, sizeof bytes);
    int pair[2];
    assert_int_equal(channel_pair(pair), RC_OK);
    assert_int_equal(channel_open(&lab->loop, pair[0], ROLE_KEY, ROLE_PATH, on_key, on_key_closed,
                                  lab, &lab->key),
                     RC_OK);
    child_peer_put(&b, ROLE_KEY);
    tell(lab->warden, MSG_CHANNEL, &b, pair[1]);
    close(pair[1]);
}

static int lab_up(void **state)
{
    struct lab *lab = calloc(1, sizeof *lab);
    int pair[2], tun[2];
    if (!lab || channel_pair(pair) != RC_OK ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, tun) != 0)
        return -1;
    fflush(NULL);
    lab->child = fork();
    if (lab->child == 0)
        run_child(pair[1]);
    close(pair[1]);
    uv_loop_init(&lab->loop);
    uv_timer_init(&lab->loop, &lab->clock);
    lab->outer = loopback_socket(ADDR_V4);
    lab->peer = loopback_socket(ADDR_V4);
    lab->system = tun[1];
    if (channel_open(&lab->loop, pair[0], ROLE_WARDEN, ROLE_PATH, on_warden, on_warden_closed, lab,
                     &lab->warden) != RC_OK)
        return -1;
    give_socket(lab, SOCKET_ESP_4500, lab->outer.fd);
    give_socket(lab, SOCKET_TUN, tun[0]);
    give_key(lab);
    tell(lab->warden, MSG_RUN, NULL, -1);
    WAIT_FOR(lab, lab->ready);
    close(tun[0]);
    close(lab->outer.fd);
    *state = lab;
    return 0;
}

/* Ends the child as the warden does, and proves that it ended well. */
static int lab_down(void **state)
{
    struct lab *lab = *state;
    int status = -1;
    if (lab->warden)
        tell(lab->warden, MSG_STOP, NULL, -1);
    for (int waited = 0; waited < PATIENCE_MS && !lab->warden_closed; waited += 10)
        pass(lab, 10);
    if (!lab->warden_closed)
        kill(lab->child, SIGKILL);
    waitpid(lab->child, &status, 0);
    channel_close(lab->key);
    uv_close((uv_handle_t *)&lab->clock, NULL);
    for (int i = 0; i < 8 && uv_run(&lab->loop, UV_RUN_NOWAIT); i++)
        ;
    uv_loop_close(&lab->loop);
    close(lab->peer.fd);
    close(lab->system);
    free(lab);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static struct esp_params params_of(const struct lab *lab, enum esp_direction direction)
{
    struct esp_params params = {.direction = direction,
                                .spi = direction == ESP_INBOUND ? SPI_IN : SPI_OUT,
                                .tunnel = TUNNEL,
                                .encapsulation = ESP_UDP,
                                .local = loopback_endpoint(&lab->outer),
                                .remote = loopback_endpoint(&lab->peer),
                                .remote_may_move = true,
                                .suite = {PACKET_AES_CBC, 128, HASH_SHA1, 12},
                                .replay_window = 64};
    params.ours = selector_of_prefix((struct prefix){loopback_addr("10.1.0.0"), 16});
    params.theirs = selector_of_prefix((struct prefix){loopback_addr("10.2.0.0"), 16});
    memset(params.keymat, 0x33, packet_key_len(&params.suite));
    return params;
}

static void install(struct lab *lab, const struct esp_params *params)
{
    uint8_t bytes[1024];
    struct builder b = builder_of(bytes, sizeof bytes);
    esp_params_put(&b, params);
    assert_false(b.bad);
    tell(lab->key, MSG_SA_INSTALL, &b, -1);
}

static void install_outbound(struct lab *lab)
{
    struct esp_params params = params_of(lab, ESP_OUTBOUND);
    install(lab, &params);
    pass(lab, 100);
}

/* One packet into the TUN. */
static void offer(const struct lab *lab)
{
    assert_int_equal(write(lab->system, echo, ECHO_LEN), ECHO_LEN);
}

/* One octet into the outer socket, counted as a keepalive. */
static void keepalive(const struct lab *lab)
{
    struct udp_sender *sender = udp_sender_new();
    uint8_t octet = 0xff;
    struct udp_packet packet = {.at = &octet, .len = 1, .remote = loopback_endpoint(&lab->outer)};
    assert_int_equal(udp_send(sender, &lab->peer, (struct span){NULL, 0}, &packet, 1), 1);
    udp_sender_free(sender);
}

/* How many ESP packets have come to the peer. */
static unsigned arrived(const struct lab *lab)
{
    uint8_t wire[512];
    unsigned count = 0;
    while (recv(lab->peer.fd, wire, sizeof wire, MSG_DONTWAIT) > ECHO_LEN)
        count++;
    return count;
}

static void it_forwards_and_tells_what_changed_once_a_second(void **state)
{
    struct lab *lab = *state;
    install_outbound(lab);
    offer(lab);
    WAIT_FOR(lab, lab->counters == 1);
    assert_int_equal(lab->row.tunnel, TUNNEL);
    assert_int_equal(lab->row.out.packets, 1);
    assert_int_equal(lab->row.out.bytes, ECHO_LEN);
    assert_true(clock_now_ms() - lab->row.out.last_ms < PATIENCE_MS);
    assert_int_equal(lab->row.in.packets, 0);
    assert_int_equal(arrived(lab), 1);
    pass(lab, 2500);
    assert_int_equal(lab->counters, 1); /* nothing changed, nothing told */
}

static void it_asks_for_an_sa_once_a_second(void **state)
{
    struct lab *lab = *state;
    for (int i = 0; i < 5; i++)
        offer(lab);
    WAIT_FOR(lab, lab->drops[DROP_OUT_NO_SA] == 5);
    assert_int_equal(lab->acquires, 1);
    assert_true(addr_equal(lab->acquire.source.first, loopback_addr("10.1.1.10")));
    assert_true(addr_equal(lab->acquire.destination.last, loopback_addr("10.2.2.10")));
    assert_int_equal(lab->acquire.source.protocol, 1);
    assert_int_equal(arrived(lab), 0);
}

static void a_deleted_sa_is_gone(void **state)
{
    struct lab *lab = *state;
    uint8_t bytes[PATH_DELETE_LEN];
    install_outbound(lab);
    for (int i = 0; i < 2; i++) { /* the second time it is no longer there: no breach */
        struct builder b = builder_of(bytes, sizeof bytes);
        path_delete_put(&b, &(struct path_delete){TUNNEL, SPI_OUT, ESP_OUTBOUND});
        tell(lab->key, MSG_SA_DELETE, &b, -1);
    }
    pass(lab, 100);
    offer(lab);
    WAIT_FOR(lab, lab->drops[DROP_OUT_NO_SA] == 1);
    assert_false(lab->key_closed);
}

static void a_key_is_not_installed_twice(void **state)
{
    struct lab *lab = *state;
    install_outbound(lab);
    offer(lab);
    WAIT_FOR(lab, lab->counters == 1);
    install_outbound(lab); /* a counter from zero would repeat what was sent */
    offer(lab);
    WAIT_FOR(lab, lab->counters == 2);
    assert_int_equal(lab->row.out.packets, 2);
    assert_false(lab->key_closed);
}

static void ike_on_the_shared_port_is_handed_over(void **state)
{
    struct lab *lab = *state;
    struct udp_sender *sender = udp_sender_new();
    uint8_t bytes[32] = {0};
    struct udp_packet packet = {
        .at = bytes, .len = sizeof bytes, .remote = loopback_endpoint(&lab->outer)};
    assert_int_equal(udp_send(sender, &lab->peer, (struct span){NULL, 0}, &packet, 1), 1);
    WAIT_FOR(lab, lab->datagrams == 1);
    udp_sender_free(sender);
}

static void forwarding_goes_on_without_key_and_the_next_one_hears_the_drops_again(void **state)
{
    struct lab *lab = *state;
    install_outbound(lab);
    keepalive(lab);
    offer(lab);
    WAIT_FOR(lab, lab->counters == 1 && lab->drops[DROP_ESP_KEEPALIVE] == 1);
    channel_close(lab->key); /* key died */
    lab->key = NULL;
    pass(lab, 100);
    (void)arrived(lab);
    offer(lab);
    pass(lab, 1200);
    assert_int_equal(arrived(lab), 1);
    memset(lab->drops, 0, sizeof lab->drops);
    give_key(lab);
    WAIT_FOR(lab, lab->drops[DROP_ESP_KEEPALIVE] == 1);
    /* The new key process has never heard of this tunnel, but may use its number. */
    assert_int_equal(lab->counters, 1);
    struct esp_params params = params_of(lab, ESP_OUTBOUND);
    params.spi = SPI_OUT + 1;
    memset(params.keymat, 0x44, sizeof params.keymat);
    install(lab, &params);
    pass(lab, 100);
    offer(lab);
    WAIT_FOR(lab, lab->counters == 2);
    assert_int_equal(lab->row.tunnel, TUNNEL);
    assert_int_equal(lab->row.out.packets, 1); /* a life of its own */
    uint8_t wire[512];
    assert_true(recv(lab->peer.fd, wire, sizeof wire, MSG_DONTWAIT) > ECHO_LEN);
    assert_memory_equal(wire, "\0\0\x10\x03\0\0\0\1", 8);
}

static void a_malformed_sa_ends_the_conversation_and_nothing_else(void **state)
{
    struct lab *lab = *state;
    uint8_t junk[40] = {1, 2, 3};
    struct builder b = builder_of(junk, sizeof junk);
    install_outbound(lab);
    (void)builder_room(&b, sizeof junk);
    tell(lab->key, MSG_SA_INSTALL, &b, -1);
    WAIT_FOR(lab, lab->key_closed);
    (void)arrived(lab);
    offer(lab);
    pass(lab, 200);
    assert_int_equal(arrived(lab), 1);
    assert_false(lab->warden_closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_forwards_and_tells_what_changed_once_a_second, lab_up,
                                        lab_down),
        cmocka_unit_test_setup_teardown(it_asks_for_an_sa_once_a_second, lab_up, lab_down),
        cmocka_unit_test_setup_teardown(a_deleted_sa_is_gone, lab_up, lab_down),
        cmocka_unit_test_setup_teardown(a_key_is_not_installed_twice, lab_up, lab_down),
        cmocka_unit_test_setup_teardown(ike_on_the_shared_port_is_handed_over, lab_up, lab_down),
        cmocka_unit_test_setup_teardown(
            forwarding_goes_on_without_key_and_the_next_one_hears_the_drops_again, lab_up,
            lab_down),
        cmocka_unit_test_setup_teardown(a_malformed_sa_ends_the_conversation_and_nothing_else,
                                        lab_up, lab_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
