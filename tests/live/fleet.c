/* Many VPN clients in one process, against a real hub: the scripted clients of the simulated world
 * over real sockets, one address and two ports each. They log in, get an address, hold it, leave or
 * begin again without a word, for ever, until SIGTERM. Of every address that the hub acknowledged
 * there is a line in LOG, and two things must hold: the same user always gets the same address, and
 * no address is ever told to two users.
 *
 *   live_fleet HUB FIRST-ADDRESS CLIENTS LOG TOLD
 *
 * Client k (from 1) has FIRST-ADDRESS + k - 1, is user "userK" of group testgroup and says
 * "userK-password"; every other one claims to be behind a NAT and speaks on port 4500. LOG gets
 * `MS acked USER ADDRESS BEGUN-MS` and `MS refused USER STAGE BEGUN-MS`; TOLD, at the end,
 * `PRINCIPAL ADDRESS` for each user. Exit: 0, or 1 when something did not hold. */
#include "sim/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 500,
    TURN_MS = 5,
    GIVE_UP_MS = 20000,
    HOLD_LEAST_MS = 200,
    HOLD_MORE_MS = 1300,
    PAUSE_LEAST_MS = 50,
    PAUSE_MORE_MS = 400,
    RESEND_MS = 250,
    MARKER = 4, /* the zero octets before IKE on port 4500 (RFC 3948, 2.2) */
    DATAGRAM = 4096
};

enum port { PORT_IKE, PORT_NATT, PORT_COUNT };
static const uint16_t ports[PORT_COUNT] = {500, 4500};

struct member {
    struct client *client;
    char user[32], password[48];
    int fds[PORT_COUNT];
    uint64_t begun_unix_ms;
    uint64_t next_ms;    /* leaves, or begins; world time */
    bool told;           /* the address of this session is in the log */
    struct addr address; /* the first it was ever told */
};

struct fleet {
    struct world *world;
    struct node *hub;
    struct addr first;
    struct member *members;
    size_t count;
    uint64_t started_ms; /* monotonic */
    FILE *log;
    unsigned long logins, failures;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "live_fleet: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -- between the world and the sockets --------------------------------------------------------- */

static size_t port_index(uint16_t port)
{
    return port == ports[PORT_NATT] ? PORT_NATT : PORT_IKE;
}

/* The world's hub is a hole in its wall: what reaches it leaves by the sender's own socket. */
static void to_hub(void *host, const struct ike_path *path, struct span bytes)
{
    struct fleet *fleet = host;
    uint8_t octets[DATAGRAM] = {0};
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[i];
        size_t skip = path->local.port == ports[PORT_NATT] ? MARKER : 0;
        if (!addr_equal(member->client->node->address, path->remote.addr) ||
            bytes.len + skip > sizeof octets)
            continue;
        memcpy(octets + skip, bytes.at, bytes.len);
        /* What cannot be sent is lost, as on any network. */
        (void)send(member->fds[port_index(path->remote.port)], octets, bytes.len + skip, 0);
    }
}

static void no_tick(void *host)
{
    (void)host;
}

static uint64_t no_deadline(const void *host)
{
    (void)host;
    return UINT64_MAX;
}

static void no_free(void *host)
{
    (void)host;
}

static void from_hub(struct fleet *fleet, struct member *member, enum port port)
{
    static const uint8_t marker[MARKER];
    uint8_t octets[DATAGRAM];
    ssize_t n;
    while ((n = recv(member->fds[port], octets, sizeof octets, MSG_DONTWAIT)) > 0) {
        struct span bytes = {octets, (size_t)n};
        if (port == PORT_NATT && (n <= MARKER || memcmp(octets, marker, MARKER) != 0))
            continue; /* ESP or a keepalive: these clients send no traffic */
        if (port == PORT_NATT)
            bytes = (struct span){octets + MARKER, bytes.len - MARKER};
        world_inject(fleet->world, (struct endpoint){fleet->hub->address, ports[port]},
                     (struct endpoint){member->client->node->address, ports[port]}, bytes);
    }
}

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

/* -- who was told what ------------------------------------------------------------------------- */

static void hold_against(struct fleet *fleet, const struct member *member, const char *why,
                         const char *other)
{
    char text[ADDR_TEXT];
    fleet->failures++;
    printf("FAILED: %s was told %s, %s %s\n", member->user,
           addr_format(member->client->lease, text), why, other);
}

static void acknowledged(struct fleet *fleet, struct member *member)
{
    char text[ADDR_TEXT];
    struct addr now = member->client->lease;
    member->told = true;
    fleet->logins++;
    fprintf(fleet->log, "%llu acked %s %s %llu\n", (unsigned long long)clock_ms(CLOCK_REALTIME),
            member->user, addr_format(now, text), (unsigned long long)member->begun_unix_ms);
    if (member->address.family == ADDR_NONE)
        member->address = now;
    else if (!addr_equal(member->address, now))
        hold_against(fleet, member, "before it was", addr_format(member->address, text));
    for (size_t i = 0; i < fleet->count; i++)
        if (&fleet->members[i] != member && addr_equal(fleet->members[i].address, now))
            hold_against(fleet, member, "which is the address of", fleet->members[i].user);
}

static void write_told(const struct fleet *fleet, const char *name)
{
    char text[ADDR_TEXT];
    FILE *file = fopen(name, "w");
    if (!file)
        give_up(name);
    for (size_t i = 0; i < fleet->count; i++)
        if (fleet->members[i].address.family != ADDR_NONE)
            fprintf(file, "testgroup/%s %s\n", fleet->members[i].user,
                    addr_format(fleet->members[i].address, text));
    fclose(file);
}

/* -- the life of a client ---------------------------------------------------------------------- */

static uint64_t later(struct fleet *fleet, uint32_t least_ms, uint32_t more_ms)
{
    return fleet->world->now_ms + least_ms + rng_u32(&fleet->world->chance) % more_ms;
}

static void begin(struct member *member)
{
    member->told = false;
    member->next_ms = UINT64_MAX;
    member->begun_unix_ms = clock_ms(CLOCK_REALTIME);
    client_start(member->client);
}

/* Four times of five it says goodbye; the fifth it is cut off and comes again at once. */
static void leave(struct fleet *fleet, struct member *member)
{
    if (rng_u32(&fleet->world->chance) % 5 == 0) {
        begin(member);
        return;
    }
    client_leave(member->client);
    member->next_ms = later(fleet, PAUSE_LEAST_MS, PAUSE_MORE_MS);
}

static void refused(struct fleet *fleet, struct member *member)
{
    fprintf(fleet->log, "%llu refused %s %s %llu\n", (unsigned long long)clock_ms(CLOCK_REALTIME),
            member->user, client_stage_name(member->client->stage),
            (unsigned long long)member->begun_unix_ms);
    member->next_ms = later(fleet, PAUSE_LEAST_MS, PAUSE_MORE_MS);
}

static void live(struct fleet *fleet, struct member *member)
{
    struct client *client = member->client;
    bool idle = client->stage == CLIENT_IDLE, over = client->stage >= CLIENT_REFUSED;
    bool due = fleet->world->now_ms >= member->next_ms;
    if (client->lease.family != ADDR_NONE && !member->told)
        acknowledged(fleet, member);
    if (client->stage == CLIENT_UP && member->next_ms == UINT64_MAX)
        member->next_ms = later(fleet, HOLD_LEAST_MS, HOLD_MORE_MS);
    else if (over && member->next_ms == UINT64_MAX)
        refused(fleet, member);
    else if (client->stage == CLIENT_UP && due)
        leave(fleet, member);
    else if ((idle || over) && due)
        begin(member);
    else if (!idle && !over && client->stage != CLIENT_UP &&
             clock_ms(CLOCK_REALTIME) - member->begun_unix_ms > GIVE_UP_MS)
        begin(member);
}

static void join(struct fleet *fleet, struct member *member, size_t i)
{
    char address[ADDR_TEXT];
    struct addr own = addr_add(fleet->first, (uint32_t)i);
    snprintf(member->user, sizeof member->user, "user%zu", i + 1);
    snprintf(member->password, sizeof member->password, "%s-password", member->user);
    const struct client_habits habits = {.group = "testgroup",
                                         .key = "cisco321",
                                         .user = member->user,
                                         .password = member->password,
                                         .initial_contact = true,
                                         .lie_about_nat = i % 2,
                                         .resend_ms = RESEND_MS};
    member->client =
        client_join(fleet->world, member->user, addr_format(own, address), fleet->hub, &habits);
    for (size_t port = 0; port < PORT_COUNT; port++)
        member->fds[port] = open_socket(own, fleet->hub->address, ports[port]);
    member->next_ms = later(fleet, 1, PAUSE_MORE_MS);
}

/* -- turns ------------------------------------------------------------------------------------- */

static void wait_for_news(struct fleet *fleet)
{
    static struct pollfd wanted[CLIENTS_MAX * PORT_COUNT];
    size_t count = fleet->count * PORT_COUNT;
    for (size_t i = 0; i < count; i++)
        wanted[i] = (struct pollfd){.fd = fleet->members[i / PORT_COUNT].fds[i % PORT_COUNT],
                                    .events = POLLIN};
    if (poll(wanted, count, TURN_MS) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (wanted[i].revents)
            from_hub(fleet, &fleet->members[i / PORT_COUNT], i % PORT_COUNT);
}

static void turn(struct fleet *fleet)
{
    wait_for_news(fleet);
    uint64_t now_ms = WORLD_START_MS + clock_ms(CLOCK_MONOTONIC) - fleet->started_ms;
    while (world_step(fleet->world, now_ms)) {
    }
    for (size_t i = 0; i < fleet->count; i++)
        live(fleet, &fleet->members[i]);
}

static void start(struct fleet *fleet, const char *hub, const char *log)
{
    static const struct host_ops hole = {to_hub, no_tick, no_deadline, no_free};
    fleet->world = world_new(clock_ms(CLOCK_REALTIME));
    fleet->world->outside = true;
    fleet->world->weather.delay_ms = 0;
    fleet->hub = world_host(fleet->world, "hub", hub, &hole, fleet);
    fleet->members = calloc(fleet->count, sizeof *fleet->members);
    fleet->log = fopen(log, "w");
    if (!fleet->members || !fleet->log)
        give_up(log);
    setvbuf(fleet->log, NULL, _IOLBF, 0);
    fleet->started_ms = clock_ms(CLOCK_MONOTONIC);
    for (size_t i = 0; i < fleet->count; i++)
        join(fleet, &fleet->members[i], i);
}

static void stop(struct fleet *fleet, const char *told)
{
    write_told(fleet, told);
    for (size_t i = 0; i < fleet->count; i++)
        for (size_t port = 0; port < PORT_COUNT; port++)
            close(fleet->members[i].fds[port]);
    fclose(fleet->log);
    world_free(fleet->world);
    free(fleet->members);
}

int main(int argc, char **argv)
{
    struct fleet fleet = {.count = argc == 6 ? (size_t)atoi(argv[3]) : 0};
    if (!fleet.count || fleet.count > CLIENTS_MAX) {
        fprintf(stderr, "usage: live_fleet HUB FIRST-ADDRESS CLIENTS LOG TOLD\n");
        return 2;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    fleet.first = world_addr(argv[2]);
    start(&fleet, argv[1], argv[4]);
    while (!stopping)
        turn(&fleet);
    printf("%lu addresses acknowledged to %zu users, %lu of them wrong\n", fleet.logins,
           fleet.count, fleet.failures);
    stop(&fleet, argv[5]);
    return fleet.failures ? 1 : 0;
}
