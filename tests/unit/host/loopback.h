/* Sockets on loopback for tests of datagram code: bound to a free port, prepared as the warden
 * does, without privilege. */
#ifndef HUBWARD_TESTS_UNIT_HOST_LOOPBACK_H
#define HUBWARD_TESTS_UNIT_HOST_LOOPBACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/udp.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static inline struct addr loopback_addr(const char *text)
{
    struct addr addr;
    if (addr_parse(text, &addr) != RC_OK)
        abort();
    return addr;
}

/* A UDP socket on the wildcard address of the family, ready for udp_receive. */
static inline struct udp_socket loopback_socket(enum addr_family family)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct udp_socket out;
    int fd = socket(family == ADDR_V4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(udp_prepare(fd), RC_OK);
    if (family == ADDR_V4)
        assert_int_equal(bind(fd, (struct sockaddr *)&v4, sizeof v4), 0);
    else
        assert_int_equal(bind(fd, (struct sockaddr *)&v6, sizeof v6), 0);
    assert_int_equal(udp_socket_of(fd, &out), RC_OK);
    assert_int_not_equal(out.port, 0);
    return out;
}

static inline struct endpoint loopback_endpoint(const struct udp_socket *socket)
{
    const char *text = socket->family == ADDR_V4 ? "127.0.0.1" : "::1";
    return (struct endpoint){loopback_addr(text), socket->port};
}

#endif
