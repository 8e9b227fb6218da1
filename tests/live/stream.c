/* Numbered datagrams through a tunnel, and when each of them came: what shows whether the death of
 * a process lost a packet. Every number that comes is a line, milliseconds since 1970 and the
 * number.
 * Usage: live_stream send ADDRESS PORT EVERY-MICROSECONDS
 *        live_stream receive PORT */
#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { OCTETS = 200, QUEUE = 4 << 20 };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static void advance(struct timespec *when, long ns)
{
    const long second = 1000000000;
    when->tv_nsec += ns;
    when->tv_sec += when->tv_nsec / second;
    when->tv_nsec %= second;
}

/* By the clock and not by pauses: a sender that was held up catches up. An error that a send
 * returns (no route, an unreachable port) is the network's answer; the number is lost by it. */
static _Noreturn void send_all(int fd, const struct sockaddr_in *to, long every_ns)
{
    uint8_t octets[OCTETS] = {0};
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    for (uint64_t number = 1;; number++) {
        uint64_t big = htobe64(number);
        memcpy(octets, &big, sizeof big);
        (void)sendto(fd, octets, sizeof octets, 0, (const struct sockaddr *)to, sizeof *to);
        advance(&when, every_ns);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
    }
}

static _Noreturn void receive_all(int fd)
{
    uint8_t octets[OCTETS];
    for (;;) {
        struct timespec now;
        uint64_t big;
        if (recv(fd, octets, sizeof octets, 0) != OCTETS)
            continue;
        clock_gettime(CLOCK_REALTIME, &now);
        memcpy(&big, octets, sizeof big);
        printf("%lld %llu\n", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000,
               (unsigned long long)be64toh(big));
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), queue = QUEUE;
    if (fd < 0)
        return fail("socket");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 5 && strcmp(argv[1], "send") == 0 && inet_aton(argv[2], &at.sin_addr)) {
        at.sin_port = htons((uint16_t)atoi(argv[3]));
        send_all(fd, &at, atol(argv[4]) * 1000);
    }
    if (argc != 3 || strcmp(argv[1], "receive") != 0) {
        fprintf(stderr, "usage: live_stream send ADDRESS PORT MICROSECONDS | receive PORT\n");
        return 2;
    }
    at.sin_port = htons((uint16_t)atoi(argv[2]));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof queue);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0)
        return fail("bind");
    receive_all(fd);
}
