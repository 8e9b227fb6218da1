/* Two datapaths that face each other over loopback, with pairs of local sockets in the place of TUN
 * devices: what goes through, what does not, what is counted and what is told. */
#include "unit/host/loopback.h"

#include "base/rng.h"
#include "host/datapath.h"

#include <fcntl.h>

enum { TUN = 5, SPI_HUB = 0x1001, SPI_BRANCH = 0x1002, NOW = 10000 };

static const char echo[] = "E\0\0\x20\0\0\0\0\x40\1\0\0\x0a\1\1\x0a\x0a\2\2\x0a"
                           "abcdefghijkl"; /* 10.1.1.10 to 10.2.2.10 */
static const char reply[] = "E\0\0\x20\0\0\0\0\x40\1\0\0\x0a\2\2\x0a\x0a\1\1\x0a"
                            "mnopqrstuvwx";
enum { ECHO_LEN = sizeof echo - 1 };

struct end {
    struct datapath *datapath;
    struct udp_socket socket;
    int tun;    /* the datapath's end */
    int system; /* the other end: what the system would see */
    unsigned events[SA_EVENT_COUNT];
    struct endpoint moved_to;
    unsigned acquires;
    struct esp_inner acquired;
    unsigned ike_count;
    size_t ike_len;
    struct path_datagram ike;
};

static void on_ike(void *context, const struct path_datagram *datagram)
{
    struct end *end = context;
    end->ike_count++;
    end->ike = *datagram;
    end->ike_len = datagram->bytes.len;
}

static void on_event(void *context, enum sa_event event, const struct esp_sa *sa)
{
    struct end *end = context;
    end->events[event]++;
    if (event == SA_EVENT_MOVED)
        end->moved_to = sa->params.remote;
}

static void on_acquire(void *context, uint32_t tun, const struct esp_inner *inner)
{
    struct end *end = context;
    assert_int_equal(tun, TUN);
    end->acquires++;
    end->acquired = *inner;
}

static void end_up(struct end *end, enum addr_family family)
{
    static struct rng_seeded seeded;
    int pair[2];
    const struct datapath_hooks hooks = {
        .context = end, .ike = on_ike, .event = on_event, .acquire = on_acquire};
    *end = (struct end){.socket = loopback_socket(family)};
    end->datapath = datapath_new(1, 10, &hooks, rng_seeded_init(&seeded, 1));
    assert_non_null(end->datapath);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
    end->tun = pair[0];
    end->system = pair[1];
    assert_int_equal(datapath_add_socket(end->datapath, end->socket.fd), RC_OK);
    assert_int_equal(datapath_add_tun(end->datapath, TUN, end->tun), RC_OK);
}

static void end_down(struct end *end)
{
    datapath_free(end->datapath);
    close(end->system);
}

static void install(struct end *end, const struct end *peer, enum esp_direction direction,
                    bool is_hub)
{
    bool to_hub = (direction == ESP_INBOUND) == is_hub;
    struct esp_params params = {.direction = direction,
                                .spi = to_hub ? SPI_HUB : SPI_BRANCH,
                                .tunnel = 1,
                                .tun = TUN,
                                .encapsulation = ESP_UDP,
                                .local = loopback_endpoint(&end->socket),
                                .remote = loopback_endpoint(&peer->socket),
                                .remote_may_move = is_hub,
                                .suite = {PACKET_AES_GCM, 128, HASH_NONE, 16},
                                .replay_window = 64};
    struct selector hub = selector_of_prefix((struct prefix){loopback_addr("10.1.0.0"), 16});
    struct selector branch = selector_of_prefix((struct prefix){loopback_addr("10.2.0.0"), 16});
    params.ours = is_hub ? hub : branch;
    params.theirs = is_hub ? branch : hub;
    memset(params.keymat, to_hub ? 1 : 2, packet_key_len(&params.suite));
    assert_int_equal(esp_sadb_install(datapath_sadb(end->datapath), &params), RC_OK);
}

static void lab_up(struct end *hub, struct end *branch, enum addr_family family)
{
    end_up(hub, family);
    end_up(branch, family);
    for (int direction = 0; direction < 2; direction++) {
        install(hub, branch, (enum esp_direction)direction, true);
        install(branch, hub, (enum esp_direction)direction, false);
    }
}

static uint64_t drops(const struct end *end, enum drop_reason reason)
{
    return datapath_drops(end->datapath)->by_reason[reason];
}

static uint64_t all_drops(const struct end *end)
{
    uint64_t sum = 0;
    for (int i = 0; i < DROP_COUNT; i++)
        sum += drops(end, (enum drop_reason)i);
    return sum;
}

/* The system puts a packet into the TUN and the datapath has its turn. */
static void offer(struct end *end, const void *packet, size_t len)
{
    assert_int_equal(write(end->system, packet, len), len);
    assert_int_equal(datapath_readable(end->datapath, end->tun, NOW), RC_OK);
}

static void expect_out(struct end *end, const char *packet)
{
    char got[256];
    assert_int_equal(read(end->system, got, sizeof got), ECHO_LEN);
    assert_memory_equal(got, packet, ECHO_LEN);
}

static void expect_nothing_out(struct end *end)
{
    char got[256];
    assert_int_equal(read(end->system, got, sizeof got), -1);
}

static void take(struct end *end, uint64_t now_ms)
{
    assert_int_equal(datapath_readable(end->datapath, end->socket.fd, now_ms), RC_OK);
}

static void packets_pass_both_ways(void **state)
{
    (void)state;
    static const enum addr_family families[] = {ADDR_V4, ADDR_V6};
    for (size_t i = 0; i < 2; i++) {
        struct end hub, branch;
        lab_up(&hub, &branch, families[i]);
        offer(&hub, echo, ECHO_LEN);
        take(&branch, NOW);
        expect_out(&branch, echo);
        offer(&branch, reply, ECHO_LEN);
        take(&hub, NOW);
        expect_out(&hub, reply);
        assert_int_equal(hub.events[SA_EVENT_USED], 1);
        assert_int_equal(branch.events[SA_EVENT_USED], 1);
        assert_int_equal(all_drops(&hub) + all_drops(&branch), 0);
        end_down(&hub);
        end_down(&branch);
    }
}

static void what_leaves_is_not_in_clear(void **state)
{
    (void)state;
    struct end hub, branch;
    lab_up(&hub, &branch, ADDR_V4);
    uint8_t wire[256];
    offer(&hub, echo, ECHO_LEN);
    ssize_t len = recv(branch.socket.fd, wire, sizeof wire, 0);
    assert_true(len > ECHO_LEN);
    assert_null(memmem(wire, (size_t)len, "abcdef", 6));
    assert_memory_equal(wire, "\0\0\x10\x02\0\0\0\1", 8);
    end_down(&hub);
    end_down(&branch);
}

static void without_an_sa_nothing_leaves_and_the_want_is_told(void **state)
{
    (void)state;
    struct end hub, branch;
    lab_up(&hub, &branch, ADDR_V4);
    char other[ECHO_LEN];
    memcpy(other, echo, ECHO_LEN);
    other[17] = 3; /* to 10.3.2.10 */
    offer(&hub, other, ECHO_LEN);
    assert_int_equal(hub.acquires, 1);
    assert_true(addr_equal(hub.acquired.destination, loopback_addr("10.3.2.10")));
    assert_int_equal(drops(&hub, DROP_OUT_NO_SA), 1);
    uint8_t wire[256];
    assert_int_equal(recv(branch.socket.fd, wire, sizeof wire, MSG_DONTWAIT), -1);
    end_down(&hub);
    end_down(&branch);
}

static void an_sa_that_is_used_up_is_a_want_too(void **state)
{
    (void)state;
    struct end hub, branch;
    lab_up(&hub, &branch, ADDR_V4);
    struct esp_sadb *sadb = datapath_sadb(hub.datapath);
    esp_sadb_next(sadb, NULL)->sa[ESP_OUTBOUND]->sequence = UINT32_MAX;
    offer(&hub, echo, ECHO_LEN);
    assert_int_equal(hub.acquires, 1);
    assert_int_equal(drops(&hub, DROP_OUT_SEQUENCE), 1);
    end_down(&hub);
    end_down(&branch);
}

static void packets_for_a_whole_link_are_no_reason_to_negotiate(void **state)
{
    (void)state;
    struct end hub, branch;
    lab_up(&hub, &branch, ADDR_V4);
    char other[ECHO_LEN];
    memcpy(other, echo, ECHO_LEN);
    memcpy(&other[16], "\xe0\0\0\x05", 4); /* to 224.0.0.5 */
    offer(&hub, other, ECHO_LEN);
    memcpy(&other[16], "\xff\xff\xff\xff", 4);
    offer(&hub, other, ECHO_LEN);
    offer(&hub, "junk", 4);
    assert_int_equal(hub.acquires, 0);
    assert_int_equal(drops(&hub, DROP_OUT_POLICY), 2);
    assert_int_equal(drops(&hub, DROP_ESP_INNER), 1);
    end_down(&hub);
    end_down(&branch);
}

static void datagrams_on_the_shared_port_are_told_apart(void **state)
{
    (void)state;
    struct end hub, branch;
    struct udp_sender *sender = udp_sender_new();
    lab_up(&hub, &branch, ADDR_V4);
    static const struct {
        const char *bytes;
        size_t len;
    } datagrams[] = {{"\xff", 1},     {"\xfe", 1},          {"", 0},
                     {"\0\0\0", 3},   {"\0\0\0\0", 4},      {"\0\0\0\0isakmp", 10},
                     {"\0\0\0\1", 4}, {"\0\0\x10\1xxxx", 8}};
    for (size_t i = 0; i < sizeof datagrams / sizeof datagrams[0]; i++) {
        struct udp_packet packet = {.at = (uint8_t *)(uintptr_t)datagrams[i].bytes,
                                    .len = datagrams[i].len,
                                    .remote = loopback_endpoint(&hub.socket)};
        assert_int_equal(udp_send(sender, &branch.socket, (struct span){NULL, 0}, &packet, 1), 1);
    }
    take(&hub, NOW);
    assert_int_equal(drops(&hub, DROP_ESP_KEEPALIVE), 1);
    assert_int_equal(drops(&hub, DROP_ESP_SHORT), 3 + 2);
    assert_int_equal(hub.ike_count, 2);
    assert_int_equal(hub.ike_len, 6); /* without the marker */
    assert_true(endpoint_equal(hub.ike.local, loopback_endpoint(&hub.socket)));
    assert_true(endpoint_equal(hub.ike.remote, loopback_endpoint(&branch.socket)));
    expect_nothing_out(&hub);
    udp_sender_free(sender);
    end_down(&hub);
    end_down(&branch);
}

static void a_datagram_longer_than_any_packet_is_counted(void **state)
{
    (void)state;
    static uint8_t big[12000] = {1};
    struct end hub, branch;
    struct udp_sender *sender = udp_sender_new();
    lab_up(&hub, &branch, ADDR_V4);
    struct udp_packet packet = {
        .at = big, .len = sizeof big, .remote = loopback_endpoint(&hub.socket)};
    assert_int_equal(udp_send(sender, &branch.socket, (struct span){NULL, 0}, &packet, 1), 1);
    take(&hub, NOW);
    assert_int_equal(drops(&hub, DROP_OUT_SIZE), 1);
    udp_sender_free(sender);
    end_down(&hub);
    end_down(&branch);
}

static void answers_follow_a_peer_that_moved(void **state)
{
    (void)state;
    struct end hub, branch;
    lab_up(&hub, &branch, ADDR_V4);
    struct udp_socket elsewhere = loopback_socket(ADDR_V4);
    struct udp_sender *sender = udp_sender_new();
    uint8_t wire[256];
    offer(&branch, reply, ECHO_LEN);
    ssize_t len = recv(hub.socket.fd, wire, sizeof wire, 0);
    struct udp_packet packet = {
        .at = wire, .len = (size_t)len, .remote = loopback_endpoint(&hub.socket)};
    assert_int_equal(udp_send(sender, &elsewhere, (struct span){NULL, 0}, &packet, 1), 1);
    take(&hub, NOW);
    assert_int_equal(hub.events[SA_EVENT_MOVED], 1);
    assert_int_equal(hub.moved_to.port, elsewhere.port);
    offer(&hub, echo, ECHO_LEN);
    assert_true(recv(elsewhere.fd, wire, sizeof wire, MSG_DONTWAIT) > ECHO_LEN);
    assert_int_equal(recv(branch.socket.fd, wire, sizeof wire, MSG_DONTWAIT), -1);
    udp_sender_free(sender);
    close(elsewhere.fd);
    end_down(&hub);
    end_down(&branch);
}

static void the_traffic_class_goes_outside_and_congestion_comes_back(void **state)
{
    (void)state;
    struct end hub, branch;
    struct udp_receiver *receiver = udp_receiver_new(0, 2000, 0);
    struct udp_sender *sender = udp_sender_new();
    struct udp_packet got[UDP_BATCH];
    size_t count;
    char marked[ECHO_LEN], out[64];
    lab_up(&hub, &branch, ADDR_V4);
    memcpy(marked, echo, ECHO_LEN);
    marked[1] = (char)0xba; /* EF, ECT(0) */
    offer(&hub, marked, ECHO_LEN);
    assert_int_equal(udp_receive(receiver, &branch.socket, got, &count), RC_OK);
    assert_int_equal(got[0].tos, 0xba);
    got[0].tos = 0xbb; /* a router outside met congestion */
    got[0].remote = loopback_endpoint(&branch.socket);
    got[0].local = (struct endpoint){.port = 0};
    assert_int_equal(udp_send(sender, &hub.socket, (struct span){NULL, 0}, got, 1), 1);
    take(&branch, NOW);
    assert_int_equal(read(branch.system, out, sizeof out), ECHO_LEN);
    assert_int_equal((uint8_t)out[1], 0xbb);
    udp_receiver_free(receiver);
    udp_sender_free(sender);
    end_down(&hub);
    end_down(&branch);
}

static void one_turn_is_bounded_and_nothing_is_lost(void **state)
{
    (void)state;
    enum { TURN = 4 * UDP_BATCH, COUNT = TURN + 10 };
    const int room = 1 << 20; /* more than a socket holds by default */
    struct end hub, branch;
    struct udp_sender *sender = udp_sender_new();
    lab_up(&hub, &branch, ADDR_V4);
    bool enlarged = setsockopt(hub.socket.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) == 0;
    size_t count = enlarged ? COUNT : TURN - 10;
    uint8_t keepalive = 0xff;
    struct udp_packet packets[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        packets[i] = (struct udp_packet){
            .at = &keepalive, .len = 1, .remote = loopback_endpoint(&hub.socket)};
    assert_int_equal(udp_send(sender, &branch.socket, (struct span){NULL, 0}, packets, count),
                     count);
    take(&hub, NOW);
    assert_int_equal(drops(&hub, DROP_ESP_KEEPALIVE), enlarged ? TURN : count);
    take(&hub, NOW);
    assert_int_equal(drops(&hub, DROP_ESP_KEEPALIVE), count);
    udp_sender_free(sender);
    end_down(&hub);
    end_down(&branch);
}

static void an_sa_without_a_socket_of_its_kind_sends_nothing(void **state)
{
    (void)state;
    struct end hub, branch;
    lab_up(&hub, &branch, ADDR_V4);
    struct esp_sadb *sadb = datapath_sadb(hub.datapath);
    esp_sadb_next(sadb, NULL)->sa[ESP_OUTBOUND]->params.encapsulation = ESP_RAW;
    offer(&hub, echo, ECHO_LEN);
    assert_int_equal(drops(&hub, DROP_OUT_SEND), 1);
    uint8_t wire[256];
    assert_int_equal(recv(branch.socket.fd, wire, sizeof wire, MSG_DONTWAIT), -1);
    end_down(&hub);
    end_down(&branch);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void descriptors_that_do_not_fit_are_refused_and_closed(void **state)
{
    (void)state;
    struct end hub;
    int pair[2];
    end_up(&hub, ADDR_V4);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    assert_int_equal(datapath_add_socket(hub.datapath, pair[0]), RC_UNSUPPORTED);
    assert_false(is_open(pair[0]));
    assert_int_equal(datapath_add_tun(hub.datapath, TUN, pair[1]), RC_EXISTS);
    assert_false(is_open(pair[1]));
    assert_int_equal(datapath_readable(hub.datapath, 12345, NOW), RC_NOT_FOUND);
    end_down(&hub);
    assert_false(is_open(hub.tun));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_pass_both_ways),
        cmocka_unit_test(what_leaves_is_not_in_clear),
        cmocka_unit_test(without_an_sa_nothing_leaves_and_the_want_is_told),
        cmocka_unit_test(an_sa_that_is_used_up_is_a_want_too),
        cmocka_unit_test(packets_for_a_whole_link_are_no_reason_to_negotiate),
        cmocka_unit_test(datagrams_on_the_shared_port_are_told_apart),
        cmocka_unit_test(a_datagram_longer_than_any_packet_is_counted),
        cmocka_unit_test(answers_follow_a_peer_that_moved),
        cmocka_unit_test(the_traffic_class_goes_outside_and_congestion_comes_back),
        cmocka_unit_test(one_turn_is_bounded_and_nothing_is_lost),
        cmocka_unit_test(an_sa_without_a_socket_of_its_kind_sends_nothing),
        cmocka_unit_test(descriptors_that_do_not_fit_are_refused_and_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
