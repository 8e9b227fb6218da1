/* A lease from the client's request to the client's answer, with key or store killed at every
 * system call on the way: an address that was told is the user's for ever, and nobody else's; one
 * that was not told yet is told at the next try. THREATS F02, end to end. */
#include "pair/pair.h"
#include "unit/host/own_network.h"
#include "unit/store/place.h"

#include <sys/ptrace.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    USERS = 2000,
    PATIENCE_MS = 300,
    LOGIN_LIMIT_MS = 20000,
    STOPS_MOST = 600,
    EARLY_MOST = 4,
    AFTERWARDS_MS = 20,
    AFTERWARDS_TURNS = 50
};

static struct place place;
static struct pair pair;

/* Whom the hub told which address. */
static struct told {
    struct addr addr;
} told[USERS];
static char user[32];

static uint64_t now_ms(void)
{
    return pair.outside.world->now_ms;
}

static void turns(int count)
{
    for (int i = 0; i < count; i++)
        pair_turn(&pair);
}

/* -- the client ------------------------------------------------------------------------- */

static void be(size_t n)
{
    snprintf(user, sizeof user, "user%zu", n);
    pair.client->habits.user = user;
}

static bool has_address(void)
{
    return pair.client->lease.family != ADDR_NONE;
}

/* What the client has been told goes into the book, where it must not contradict anything. */
static void note(size_t n)
{
    struct addr addr = pair.client->lease;
    char text[ADDR_TEXT];
    if (told[n].addr.family != ADDR_NONE && !addr_equal(told[n].addr, addr))
        fail_msg("user%zu was told another address before %s", n, addr_format(addr, text));
    for (size_t i = 0; i < USERS; i++)
        if (i != n && addr_equal(told[i].addr, addr))
            fail_msg("user%zu and user%zu were both told %s", n, i, addr_format(addr, text));
    told[n].addr = addr;
}

/* Try until there is an address, as a person would, and more patiently each time. */
static void log_in(size_t n)
{
    uint64_t begin = now_ms(), tried = 0, patience_ms = PATIENCE_MS;
    be(n);
    pair.client->habits.stop_at = CLIENT_LEASED;
    client_start(pair.client);
    for (tried = now_ms(); !has_address() && now_ms() - begin < LOGIN_LIMIT_MS;) {
        pair_turn(&pair);
        bool over = pair.client->stage >= CLIENT_REFUSED || now_ms() - tried > patience_ms;
        if (has_address() || !over)
            continue;
        tried = now_ms();
        patience_ms *= 2;
        client_start(pair.client);
    }
    if (!has_address())
        fail_msg("user%zu gets no address", n);
    note(n);
}

static void leave(void)
{
    client_leave(pair.client);
    pair.client->lease = (struct addr){.family = ADDR_NONE};
    turns(5);
}

/* Up to the point where only the address is missing. */
static void log_in_without_asking(size_t n)
{
    be(n);
    pair.client->habits.stop_at = CLIENT_LOGGED_IN;
    client_start(pair.client);
    for (uint64_t begin = now_ms();
         pair.client->stage != CLIENT_LOGGED_IN && now_ms() - begin < LOGIN_LIMIT_MS;) {
        pair_turn(&pair);
        if (pair.client->stage >= CLIENT_REFUSED)
            client_start(pair.client);
    }
    assert_int_equal(pair.client->stage, CLIENT_LOGGED_IN);
    pair.client->habits.stop_at = CLIENT_LEASED;
}

/* -- death ------------------------------------------------------------------------------ */

static bool attach(pid_t pid)
{
    int status;
    if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(intptr_t)PTRACE_O_TRACESYSGOOD) != 0)
        return false;
    assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSTOPPED(status);
}

/* Let it go on to its at-th stop at a system call (each stops twice: before and after) and kill it
 * there. False: the client had its answer, and a while has passed since, before there were so
 * many. */
static bool kill_at(pid_t pid, unsigned at)
{
    uint64_t asked_ms = now_ms(), answered_ms = 0;
    unsigned stops = 0;
    assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
    client_config_request(pair.client);
    for (;;) {
        int status;
        pair_turn(&pair);
        if (has_address() && !answered_ms)
            answered_ms = now_ms();
        while (waitpid(pid, &status, WNOHANG) == pid) {
            assert_true(WIFSTOPPED(status));
            if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ++stops == at)
                return kill(pid, SIGKILL) == 0;
            assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
        }
        if (answered_ms && now_ms() - answered_ms > AFTERWARDS_MS)
            return false;
        if (now_ms() - asked_ms > LOGIN_LIMIT_MS)
            fail_msg("no answer, and no further system call after %u stops", stops);
    }
}

/* An answer that was on its way when the process died has been given, too: it is waited for before
 * the next one starts. How many calls a lease takes differs a little from one to the next, so one
 * that was over early is not the end. */
static void kill_everywhere(enum victim victim, unsigned least)
{
    unsigned at = 1, killed = 0, answered = 0;
    for (unsigned early = 0; early < EARLY_MOST && at < STOPS_MOST; at++) {
        log_in_without_asking(at);
        if (!attach(pair.minis[victim].pid))
            skip();
        bool alive = kill_at(pair.minis[victim].pid, at);
        for (int i = 0; alive && !has_address() && i < AFTERWARDS_TURNS; i++)
            pair_turn(&pair);
        early = alive ? 0 : early + 1;
        killed += alive;
        answered += alive && has_address();
        if (has_address())
            note(at);
        pair_renew(&pair, victim);
        log_in(at);
        leave();
    }
    print_message("%s: killed at %u boundaries, at %u of them the answer was out\n",
                  role_name(pair.minis[victim].role), killed, answered);
    assert_in_range(killed, least, STOPS_MOST - 1);
}

/* -- the tests -------------------------------------------------------------------------- */

static int begin(void **state)
{
    (void)state;
    memset(told, 0, sizeof told);
    if (place_enter(&place) != 0 || chown(".", MINI_UID, MINI_UID) != 0)
        return -1;
    return pair_begin(&pair) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    pair_end(&pair);
    return place_leave(&place);
}

/* Everybody who was ever told an address, the last first, after both programs have died. */
static void assert_all_come_back(void)
{
    pair_renew(&pair, VICTIM_STORE);
    pair_renew(&pair, VICTIM_KEY);
    for (size_t n = USERS; n-- > 0;) {
        if (told[n].addr.family == ADDR_NONE)
            continue;
        log_in(n);
        leave();
    }
}

static void store_killed_at_every_system_call_of_a_lease_loses_none(void **state)
{
    (void)state;
    log_in(0);
    leave();
    kill_everywhere(VICTIM_STORE, 20);
    assert_all_come_back();
}

static void key_killed_at_every_system_call_of_a_lease_loses_none(void **state)
{
    (void)state;
    log_in(0);
    leave();
    kill_everywhere(VICTIM_KEY, 10);
    assert_all_come_back();
}

#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(store_killed_at_every_system_call_of_a_lease_loses_none),
        PAIR_TEST(key_killed_at_every_system_call_of_a_lease_loses_none),
    };
    int program = mini_program("hubward-key");
    if (program < 0 || getuid() != 0 || !own_network()) {
        print_message("the programs are not built, or this is not root: skipped\n");
        return 0;
    }
    close(program);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
