/* Datagrams in batches over loopback: addresses both ways, the traffic class, the prefix, what is
 * cut off, and what cannot be sent. */
#include "unit/host/loopback.h"

enum { ROOM = 2000 };

struct lab {
    struct udp_socket a, b;
    struct udp_receiver *receiver;
    struct udp_sender *sender;
};

static struct lab lab_up(enum addr_family family)
{
    struct lab lab = {.a = loopback_socket(family),
                      .b = loopback_socket(family),
                      .receiver = udp_receiver_new(0, ROOM, 0),
                      .sender = udp_sender_new()};
    assert_non_null(lab.receiver);
    assert_non_null(lab.sender);
    return lab;
}

static void lab_down(struct lab *lab)
{
    close(lab->a.fd);
    close(lab->b.fd);
    udp_receiver_free(lab->receiver);
    udp_sender_free(lab->sender);
}

static struct udp_packet to_b(const struct lab *lab, uint8_t *bytes, size_t len)
{
    return (struct udp_packet){.at = bytes, .len = len, .remote = loopback_endpoint(&lab->b)};
}

static void a_datagram_shows_both_ends_and_its_traffic_class(void **state)
{
    (void)state;
    static const enum addr_family families[] = {ADDR_V4, ADDR_V6};
    for (size_t i = 0; i < 2; i++) {
        struct lab lab = lab_up(families[i]);
        struct udp_packet got[UDP_BATCH];
        uint8_t text[] = "hello";
        struct udp_packet packet = to_b(&lab, text, 5);
        size_t count;
        packet.tos = 0xb9; /* EF, ECT(1) */
        assert_int_equal(udp_send(lab.sender, &lab.a, (struct span){NULL, 0}, &packet, 1), 1);
        assert_int_equal(udp_receive(lab.receiver, &lab.b, got, &count), RC_OK);
        assert_int_equal(count, 1);
        assert_int_equal(got[0].len, 5);
        assert_memory_equal(got[0].at, "hello", 5);
        assert_true(endpoint_equal(got[0].local, loopback_endpoint(&lab.b)));
        assert_true(endpoint_equal(got[0].remote, loopback_endpoint(&lab.a)));
        assert_int_equal(got[0].tos, 0xb9);
        assert_false(got[0].truncated);
        assert_int_equal(udp_receive(lab.receiver, &lab.b, got, &count), RC_AGAIN);
        lab_down(&lab);
    }
}

static void the_source_address_is_the_one_asked_for(void **state)
{
    (void)state;
    struct lab lab = lab_up(ADDR_V4);
    struct udp_packet got[UDP_BATCH];
    uint8_t octet = 1;
    struct udp_packet packet = to_b(&lab, &octet, 1);
    size_t count;
    packet.local.addr = loopback_addr("127.5.6.7");
    packet.remote.addr = loopback_addr("127.8.9.10");
    assert_int_equal(udp_send(lab.sender, &lab.a, (struct span){NULL, 0}, &packet, 1), 1);
    assert_int_equal(udp_receive(lab.receiver, &lab.b, got, &count), RC_OK);
    assert_true(addr_equal(got[0].remote.addr, loopback_addr("127.5.6.7")));
    assert_true(addr_equal(got[0].local.addr, loopback_addr("127.8.9.10")));
    lab_down(&lab);
}

static void a_prefix_goes_before_each_datagram(void **state)
{
    (void)state;
    static const uint8_t marker[4] = {0};
    struct lab lab = lab_up(ADDR_V4);
    struct udp_packet got[UDP_BATCH], packets[3];
    uint8_t text[] = "abc";
    size_t count;
    for (size_t i = 0; i < 3; i++)
        packets[i] = to_b(&lab, text, i); /* also an empty one */
    assert_int_equal(udp_send(lab.sender, &lab.a, (struct span){marker, 4}, packets, 3), 3);
    assert_int_equal(udp_receive(lab.receiver, &lab.b, got, &count), RC_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(got[i].len, 4 + i);
        assert_memory_equal(got[i].at, marker, 4);
        assert_memory_equal(got[i].at + 4, text, i);
    }
    lab_down(&lab);
}

static void more_than_a_batch_is_sent_and_received_in_order(void **state)
{
    (void)state;
    enum { COUNT = UDP_BATCH * 2 + 3 };
    struct lab lab = lab_up(ADDR_V4);
    struct udp_packet got[UDP_BATCH], packets[COUNT];
    uint8_t numbers[COUNT];
    size_t total = 0, count;
    for (size_t i = 0; i < COUNT; i++) {
        numbers[i] = (uint8_t)i;
        packets[i] = to_b(&lab, &numbers[i], 1);
    }
    assert_int_equal(udp_send(lab.sender, &lab.a, (struct span){NULL, 0}, packets, COUNT), COUNT);
    while (udp_receive(lab.receiver, &lab.b, got, &count) == RC_OK) {
        assert_true(count <= UDP_BATCH);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(got[i].at[0], total++);
    }
    assert_int_equal(total, COUNT);
    lab_down(&lab);
}

static void one_that_cannot_be_sent_does_not_hold_up_the_others(void **state)
{
    (void)state;
    static uint8_t huge[66000];
    struct lab lab = lab_up(ADDR_V4);
    struct udp_packet got[UDP_BATCH], packets[4];
    uint8_t octet = 7;
    size_t count;
    packets[0] = to_b(&lab, huge, sizeof huge);
    packets[1] = to_b(&lab, &octet, 1);
    packets[2] = to_b(&lab, &octet, 1);
    packets[2].remote.addr = loopback_addr("::1"); /* not over this socket */
    packets[3] = to_b(&lab, &octet, 1);
    assert_int_equal(udp_send(lab.sender, &lab.a, (struct span){NULL, 0}, packets, 4), 2);
    assert_int_equal(udp_receive(lab.receiver, &lab.b, got, &count), RC_OK);
    assert_int_equal(count, 2);
    lab_down(&lab);
}

static void a_datagram_longer_than_the_room_is_marked(void **state)
{
    (void)state;
    static uint8_t bytes[ROOM + 1];
    struct lab lab = lab_up(ADDR_V4);
    struct udp_packet got[UDP_BATCH];
    struct udp_packet packets[2] = {to_b(&lab, bytes, ROOM), to_b(&lab, bytes, ROOM + 1)};
    size_t count;
    assert_int_equal(udp_send(lab.sender, &lab.a, (struct span){NULL, 0}, packets, 2), 2);
    assert_int_equal(udp_receive(lab.receiver, &lab.b, got, &count), RC_OK);
    assert_int_equal(count, 2);
    assert_false(got[0].truncated);
    assert_true(got[1].truncated);
    lab_down(&lab);
}

static void what_is_no_datagram_socket_is_refused(void **state)
{
    (void)state;
    struct udp_socket out;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    assert_int_equal(udp_socket_of(pair[0], &out), RC_UNSUPPORTED);
    assert_int_equal(udp_prepare(pair[0]), RC_UNSUPPORTED);
    assert_int_equal(udp_socket_of(-1, &out), RC_IO);
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(udp_socket_of(stream, &out), RC_UNSUPPORTED);
    close(stream);
    close(pair[0]);
    close(pair[1]);
}

static void a_broken_descriptor_is_no_empty_one(void **state)
{
    (void)state;
    struct lab lab = lab_up(ADDR_V4);
    struct udp_packet got[UDP_BATCH];
    struct udp_socket gone = {.fd = -1, .family = ADDR_V4};
    size_t count;
    assert_int_equal(udp_receive(lab.receiver, &gone, got, &count), RC_IO);
    lab_down(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_datagram_shows_both_ends_and_its_traffic_class),
        cmocka_unit_test(the_source_address_is_the_one_asked_for),
        cmocka_unit_test(a_prefix_goes_before_each_datagram),
        cmocka_unit_test(more_than_a_batch_is_sent_and_received_in_order),
        cmocka_unit_test(one_that_cannot_be_sent_does_not_hold_up_the_others),
        cmocka_unit_test(a_datagram_longer_than_the_room_is_marked),
        cmocka_unit_test(what_is_no_datagram_socket_is_refused),
        cmocka_unit_test(a_broken_descriptor_is_no_empty_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
