/* Sends datagrams that nobody should: each line of hexadecimal digits on standard input as it is,
 * cut short at every length, or with single bits flipped. Live tests compile it and run it in a
 * node of the star. Usage: send udp|raw ADDRESS PORT-OR-PROTOCOL [same|truncate|flip] [STEP] */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { LINE = 8192, EVERY = 64, PAUSE_NS = 1000000 };

struct sender {
    int fd;
    struct sockaddr_in to;
    unsigned long sent;
};

/* A pause now and then: the receiver is to read them all, not to lose them in its queue. */
static void send_one(struct sender *sender, const uint8_t *octets, size_t len)
{
    const struct timespec pause = {0, PAUSE_NS};
    if (sendto(sender->fd, octets, len, 0, (struct sockaddr *)&sender->to, sizeof sender->to) < 0)
        return; /* an answer that is an error, such as "port unreachable": the next one counts */
    if (++sender->sent % EVERY == 0)
        nanosleep(&pause, NULL);
}

static size_t parse(const char *line, uint8_t *out)
{
    size_t len = 0;
    unsigned octet;
    while (sscanf(line + 2 * len, "%2x", &octet) == 1)
        out[len++] = (uint8_t)octet;
    return len;
}

static void send_truncated(struct sender *sender, const uint8_t *octets, size_t len, size_t step)
{
    for (size_t n = 0; n < len; n += step)
        send_one(sender, octets, n);
}

static void send_flipped(struct sender *sender, uint8_t *octets, size_t len, size_t step)
{
    for (size_t bit = 0; bit < len * 8; bit += step) {
        octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
        send_one(sender, octets, len);
        octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(int argc, char **argv)
{
    static char line[LINE];
    static uint8_t octets[LINE / 2];
    if (argc < 4)
        return 2;
    int raw = strcmp(argv[1], "raw") == 0, number = atoi(argv[3]);
    const char *how = argc > 4 ? argv[4] : "same";
    size_t step = argc > 5 ? (size_t)atoi(argv[5]) : 1;
    struct sender sender = {
        .fd = socket(AF_INET, raw ? SOCK_RAW : SOCK_DGRAM, raw ? number : 0),
        .to = {.sin_family = AF_INET, .sin_port = htons(raw ? 0 : (uint16_t)number)}};
    if (sender.fd < 0 || step == 0 || inet_pton(AF_INET, argv[2], &sender.to.sin_addr) != 1)
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        size_t len = parse(line, octets);
        if (strcmp(how, "truncate") == 0)
            send_truncated(&sender, octets, len, step);
        else if (strcmp(how, "flip") == 0)
            send_flipped(&sender, octets, len, step);
        else
            send_one(&sender, octets, len);
    }
    printf("%lu\n", sender.sent);
    return sender.sent ? 0 : 1;
}
