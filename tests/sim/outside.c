/* Sockets and clock of a world with a hole. */
#include "sim/outside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PORT_IKE = 500,
    PORT_NATT = 4500,
    MARKER = 4, /* the zero octets before IKE on port 4500 (RFC 3948, 2.2) */
    DATAGRAM = 4096
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -- the hole -------------------------------------------------------------------------- */

static void to_hub(void *host, const struct ike_path *path, struct span bytes)
{
    const struct outside *outside = host;
    uint8_t octets[DATAGRAM] = {0};
    size_t skip = path->local.port == PORT_NATT ? MARKER : 0;
    if (bytes.len + skip > sizeof octets)
        return;
    memcpy(octets + skip, bytes.at, bytes.len);
    for (size_t i = 0; i < outside->count; i++) {
        const struct outside_host *from = &outside->hosts[i];
        int fd = path->remote.port == PORT_NATT ? from->natt : from->ike;
        /* What cannot be sent is lost, as on any network. */
        if (addr_equal(from->node->address, path->remote.addr))
            (void)send(fd, octets, bytes.len + skip, 0);
    }
}

static void nothing(void *host)
{
    (void)host;
}

static uint64_t never(const void *host)
{
    (void)host;
    return UINT64_MAX;
}

static void from_hub(struct outside *outside, const struct outside_host *host, uint16_t port)
{
    static const uint8_t marker[MARKER];
    const struct endpoint hub = {outside->hub->address, port}, own = {host->node->address, port};
    uint8_t octets[DATAGRAM];
    ssize_t n;
    while ((n = recv(port == PORT_NATT ? host->natt : host->ike, octets, sizeof octets,
                     MSG_DONTWAIT)) > 0) {
        size_t skip = port == PORT_NATT ? MARKER : 0;
        /* ESP and keepalives: scripted hosts have no use for them. */
        if ((size_t)n <= skip || memcmp(octets, marker, skip) != 0)
            continue;
        world_inject(outside->world, hub, own, (struct span){octets + skip, (size_t)n - skip});
    }
}

/* -- hosts ----------------------------------------------------------------------------- */

static struct sockaddr_in socket_address(struct addr addr, uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&at.sin_addr, addr.bytes, sizeof at.sin_addr);
    return at;
}

static int open_socket(struct addr own, struct addr hub, uint16_t port)
{
    const struct sockaddr_in from = socket_address(own, port), to = socket_address(hub, port);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&from, sizeof from) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        give_up("a client's socket");
    return fd;
}

void outside_begin(struct outside *outside, uint64_t seed, const char *hub)
{
    static const struct host_ops hole = {to_hub, nothing, never, nothing};
    *outside = (struct outside){.world = world_new(seed), .started_ms = monotonic_ms()};
    outside->world->outside = true;
    outside->world->weather.delay_ms = 0;
    outside->hub = world_host(outside->world, "hub", hub, &hole, outside);
}

void outside_add(struct outside *outside, struct node *node)
{
    if (outside->count == OUTSIDE_MAX)
        give_up("too many hosts");
    outside->hosts[outside->count++] =
        (struct outside_host){.node = node,
                              .ike = open_socket(node->address, outside->hub->address, PORT_IKE),
                              .natt = open_socket(node->address, outside->hub->address, PORT_NATT)};
}

void outside_turn(struct outside *outside, int wait_ms)
{
    struct pollfd wanted[2 * OUTSIDE_MAX];
    for (size_t i = 0; i < outside->count; i++) {
        wanted[2 * i] = (struct pollfd){.fd = outside->hosts[i].ike, .events = POLLIN};
        wanted[2 * i + 1] = (struct pollfd){.fd = outside->hosts[i].natt, .events = POLLIN};
    }
    bool news = poll(wanted, 2 * outside->count, wait_ms) > 0;
    for (size_t i = 0; news && i < outside->count; i++) {
        if (wanted[2 * i].revents)
            from_hub(outside, &outside->hosts[i], PORT_IKE);
        if (wanted[2 * i + 1].revents)
            from_hub(outside, &outside->hosts[i], PORT_NATT);
    }
    uint64_t now_ms = WORLD_START_MS + monotonic_ms() - outside->started_ms;
    while (world_step(outside->world, now_ms)) {
    }
}

void outside_end(struct outside *outside)
{
    for (size_t i = 0; i < outside->count; i++) {
        close(outside->hosts[i].ike);
        close(outside->hosts[i].natt);
    }
    world_free(outside->world);
}
