/* The outer sockets, in a network namespace of the test's own: which datagram goes where, what each
 * holder can no longer change, and what is said when a port is taken. */
#include "host/sockets.h"
#include "unit/host/own_network.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MARK = 0x48b00000 };
static char complaint[256];

struct natt {
    int key, path, sender;
};

static void open_natt(struct natt *natt)
{
    if (!own_network())
        skip();
    assert_int_equal(
        sockets_natt(ADDR_V4, MARK, &natt->key, &natt->path, complaint, sizeof complaint), RC_OK);
    natt->sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(natt->sender >= 0);
}

static void close_natt(struct natt *natt)
{
    close(natt->key);
    close(natt->path);
    close(natt->sender);
}

static void send_to(int fd, uint16_t port, const void *octets, size_t len)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(sendto(fd, octets, len, 0, (struct sockaddr *)&to, sizeof to), len);
}

static bool has(int fd, size_t len)
{
    uint8_t octets[256];
    return recv(fd, octets, sizeof octets, MSG_DONTWAIT) == (ssize_t)len;
}

static void assert_goes(struct natt *natt, const void *octets, size_t len, bool to_key)
{
    send_to(natt->sender, SOCKETS_PORT_NATT, octets, len);
    assert_int_equal(has(natt->key, len), to_key);
    assert_int_equal(has(natt->path, len), !to_key);
}

static void the_marker_steers(struct natt *natt)
{
    static const uint8_t ike[40] = {0, 0, 0, 0, 1, 2, 3};
    uint8_t esp[40] = {0};
    for (size_t n = 4; n <= sizeof ike; n++)
        assert_goes(natt, ike, n, true);
    for (size_t octet = 0; octet < 4; octet++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memset(esp, 0, sizeof esp);
            esp[octet] = (uint8_t)(1u << bit);
            assert_goes(natt, esp, 4, false);
            assert_goes(natt, esp, sizeof esp, false);
        }
    }
}

static void ike_goes_to_key_and_everything_else_to_path(void **state)
{
    (void)state;
    struct natt natt;
    open_natt(&natt);
    the_marker_steers(&natt);
    close_natt(&natt);
}

static void keepalives_and_scraps_go_to_path(void **state)
{
    (void)state;
    static const uint8_t keepalive = 0xff, zeros[3];
    struct natt natt;
    open_natt(&natt);
    assert_goes(&natt, &keepalive, 1, false);
    for (size_t n = 1; n <= sizeof zeros; n++)
        assert_goes(&natt, zeros, n, false);
    close_natt(&natt);
}

/* A role that dies closes its duplicates; the warden's stay, and so does the order of the group. */
static void steering_survives_the_death_of_either_holder(void **state)
{
    (void)state;
    struct natt natt;
    open_natt(&natt);
    for (int round = 0; round < 3; round++) {
        int key = dup(natt.key), path = dup(natt.path);
        close(round == 1 ? key : path);
        the_marker_steers(&natt);
        close(round == 1 ? path : key);
        the_marker_steers(&natt);
    }
    close_natt(&natt);
}

static void no_holder_can_replace_the_steering(void **state)
{
    (void)state;
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog program = {.len = 1, .filter = code};
    int off = 0;
    struct natt natt;
    open_natt(&natt);
    const int holders[] = {natt.key, natt.path};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            setsockopt(holders[i], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program),
            -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(
            setsockopt(holders[i], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), -1);
        assert_int_equal(setsockopt(holders[i], SOL_SOCKET, SO_LOCK_FILTER, &off, sizeof off), -1);
    }
    the_marker_steers(&natt);
    close_natt(&natt);
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

static void every_socket_is_marked_and_reports_addresses(void **state)
{
    (void)state;
    struct natt natt;
    int ike, esp;
    open_natt(&natt);
    assert_int_equal(sockets_ike(ADDR_V4, MARK, &ike, complaint, sizeof complaint), RC_OK);
    assert_int_equal(sockets_esp(ADDR_V4, MARK, &esp, complaint, sizeof complaint), RC_OK);
    const int all[] = {ike, esp, natt.key, natt.path};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(option(all[i], SOL_SOCKET, SO_MARK), MARK);
        assert_int_equal(option(all[i], IPPROTO_IP, IP_PKTINFO), 1);
        assert_int_equal(option(all[i], IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_DONT);
        assert_true(option(all[i], SOL_SOCKET, SO_RCVBUF) >= 1 << 20);
    }
    assert_int_equal(option(ike, SOL_SOCKET, SO_REUSEADDR), 0);
    assert_int_equal(option(ike, SOL_SOCKET, SO_REUSEPORT), 0);
    assert_int_equal(option(esp, SOL_SOCKET, SO_PROTOCOL), IPPROTO_ESP);
    close(ike);
    close(esp);
    close_natt(&natt);
}

static void both_families_live_side_by_side(void **state)
{
    (void)state;
    int v4, v6, key, path, key6, path6;
    if (!own_network())
        skip();
    assert_int_equal(sockets_ike(ADDR_V4, MARK, &v4, complaint, sizeof complaint), RC_OK);
    assert_int_equal(sockets_ike(ADDR_V6, MARK, &v6, complaint, sizeof complaint), RC_OK);
    assert_int_equal(sockets_natt(ADDR_V4, MARK, &key, &path, complaint, sizeof complaint), RC_OK);
    assert_int_equal(sockets_natt(ADDR_V6, MARK, &key6, &path6, complaint, sizeof complaint),
                     RC_OK);
    const int all[] = {v4, v6, key, path, key6, path6};
    for (size_t i = 0; i < 6; i++)
        close(all[i]);
}

static int occupy(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void a_port_in_use_is_named_with_who_to_look_for(void **state)
{
    (void)state;
    int fd = -7, other = -7;
    if (!own_network())
        skip();
    int other500 = occupy(SOCKETS_PORT_IKE), other4500 = occupy(SOCKETS_PORT_NATT);
    assert_int_equal(sockets_ike(ADDR_V4, MARK, &fd, complaint, sizeof complaint), RC_IO);
    assert_non_null(strstr(complaint, "UDP port 500 is in use"));
    assert_non_null(strstr(complaint, "charon"));
    assert_non_null(strstr(complaint, "ss -lunp"));
    assert_int_equal(sockets_natt(ADDR_V4, MARK, &fd, &other, complaint, sizeof complaint), RC_IO);
    assert_non_null(strstr(complaint, "UDP port 4500 is in use"));
    assert_int_equal(fd, -7);
    assert_int_equal(other, -7);
    close(other500);
    close(other4500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_goes_to_key_and_everything_else_to_path),
        cmocka_unit_test(keepalives_and_scraps_go_to_path),
        cmocka_unit_test(steering_survives_the_death_of_either_holder),
        cmocka_unit_test(no_holder_can_replace_the_steering),
        cmocka_unit_test(every_socket_is_marked_and_reports_addresses),
        cmocka_unit_test(both_families_live_side_by_side),
        cmocka_unit_test(a_port_in_use_is_named_with_who_to_look_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
