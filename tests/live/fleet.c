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
#include "sim/outside.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    TURN_MS = 5,
    GIVE_UP_MS = 20000,
    HOLD_LEAST_MS = 200,
    HOLD_MORE_MS = 1300,
    PAUSE_LEAST_MS = 50,
    PAUSE_MORE_MS = 400,
    RESEND_MS = 250
};

struct member {
    struct client *client;
    char user[32], password[48];
    uint64_t begun_unix_ms;
    uint64_t next_ms;    /* leaves, or begins; world time */
    bool told;           /* the address of this session is in the log */
    struct addr address; /* the first it was ever told */
};

struct fleet {
    struct outside outside;
    struct world *world; /* outside's */
    struct addr first;
    struct member *members;
    size_t count;
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

static uint64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
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
    fprintf(fleet->log, "%llu acked %s %s %llu\n", (unsigned long long)unix_ms(), member->user,
            addr_format(now, text), (unsigned long long)member->begun_unix_ms);
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
    member->begun_unix_ms = unix_ms();
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
    fprintf(fleet->log, "%llu refused %s %s %llu\n", (unsigned long long)unix_ms(), member->user,
            client_stage_name(member->client->stage), (unsigned long long)member->begun_unix_ms);
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
             unix_ms() - member->begun_unix_ms > GIVE_UP_MS)
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
    member->client = client_join(fleet->world, member->user, addr_format(own, address),
                                 fleet->outside.hub, &habits);
    outside_add(&fleet->outside, member->client->node);
    member->next_ms = later(fleet, 1, PAUSE_MORE_MS);
}

/* -- the whole ----------------------------------------------------------------------- */

static void start(struct fleet *fleet, const char *hub, const char *log)
{
    outside_begin(&fleet->outside, unix_ms(), hub);
    fleet->world = fleet->outside.world;
    fleet->members = calloc(fleet->count, sizeof *fleet->members);
    fleet->log = fopen(log, "w");
    if (!fleet->members || !fleet->log)
        give_up(log);
    setvbuf(fleet->log, NULL, _IOLBF, 0);
    for (size_t i = 0; i < fleet->count; i++)
        join(fleet, &fleet->members[i], i);
}

static void stop(struct fleet *fleet, const char *told)
{
    write_told(fleet, told);
    fclose(fleet->log);
    outside_end(&fleet->outside);
    free(fleet->members);
}

int main(int argc, char **argv)
{
    struct fleet fleet = {.count = argc == 6 ? (size_t)atoi(argv[3]) : 0};
    if (!fleet.count || fleet.count > OUTSIDE_MAX) {
        fprintf(stderr, "usage: live_fleet HUB FIRST-ADDRESS CLIENTS LOG TOLD\n");
        return 2;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    fleet.first = world_addr(argv[2]);
    start(&fleet, argv[1], argv[4]);
    while (!stopping) {
        outside_turn(&fleet.outside, TURN_MS);
        for (size_t i = 0; i < fleet.count; i++)
            live(&fleet, &fleet.members[i]);
    }
    printf("%lu addresses acknowledged to %zu users, %lu of them wrong\n", fleet.logins,
           fleet.count, fleet.failures);
    stop(&fleet, argv[5]);
    return fleet.failures ? 1 : 0;
}
