/* The broker's verdicts and when they are told. */
#include "broker_fixture.h"

/* One login from its beginning to its verdict, each worker's answer taken at START + took_ms. */
static enum rc judged(const char *list, const char *user, const char *password, uint64_t took_ms)
{
    verdict_count = 0;
    login(1, list, user, password);
    if (verdict_count == 0) {
        wait_for_worker();
        assert_int_equal(broker_turn(broker, START + took_ms), RC_OK);
    }
    if (verdict_count == 0)
        assert_int_equal(broker_turn(broker, broker_next_ms(broker)), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(broker_next_ms(broker), UINT64_MAX);
    return verdicts[0].rc;
}

static void right_passwords_are_let_in_by_either_method(void **state)
{
    (void)state;
    assert_int_equal(judged("here", "alice", "secret", 5), RC_OK);
    assert_int_equal(judged("here", "hash", "password", 5), RC_OK);
    assert_int_equal(judged("matrix", "alice", "secret", 5), RC_OK);
}

static void wrong_passwords_and_unknown_names_are_refused_by_either_method(void **state)
{
    (void)state;
    assert_int_equal(judged("here", "alice", "Secret", 5), RC_AUTH_FAILED);
    assert_int_equal(judged("here", "nobody", "secret", 5), RC_AUTH_FAILED);
    assert_int_equal(judged("here", "hash", "secret", 5), RC_AUTH_FAILED);
    assert_int_equal(judged("matrix", "alice", "Secret", 5), RC_AUTH_FAILED);
    assert_int_equal(judged("matrix", "nobody", "secret", 5), RC_AUTH_FAILED);
    assert_int_equal(judged("expired", "alice", "secret", 5), RC_AUTH_FAILED);
}

static void a_success_is_told_at_once(void **state)
{
    (void)state;
    login(1, "here", "alice", "secret");
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 7), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_OK);
}

/* THREATS X02: the time of a refusal does not depend on its reason. */
static void every_refusal_is_told_at_the_same_time(void **state)
{
    (void)state;
    static const struct {
        const char *list, *user, *password;
        bool asked; /* a worker is */
    } rows[] = {
        {"here", "alice", "wrong", true},
        {"here", "nobody", "wrong", true},
        {"here", "hash", "wrong", true},
        {"here", "", "secret", false},
        {"here", "alice", "", false},
        {"here", "al\nice", "secret", false},
        {"here", "alice", "sec\x01ret", false},
        {"matrix", "alice", "wrong", true},
        {"matrix", "nobody", "wrong", true},
        {"matrix", "../alice", "secret", false},
        {"matrix", "-schallenge", "secret", false},
        {"expired", "alice", "secret", true},
        {"unavailable", "alice", "secret", true},
        {"crash", "alice", "secret", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        verdict_count = 0;
        login(1, rows[i].list, rows[i].user, rows[i].password);
        if (rows[i].asked) {
            wait_for_worker();
            assert_int_equal(broker_turn(broker, START + 11 * (i + 1)), RC_OK);
        }
        assert_int_equal(verdict_count, 0);
        assert_int_equal(broker_next_ms(broker), START + 300);
        assert_int_equal(broker_turn(broker, START + 299), RC_OK);
        assert_int_equal(verdict_count, 0);
        assert_int_equal(broker_turn(broker, START + 300), RC_OK);
        assert_int_equal(verdict_count, 1);
        assert_int_not_equal(verdicts[0].rc, RC_OK);
    }
}

static void a_refusal_that_takes_longer_waits_for_the_next_multiple(void **state)
{
    (void)state;
    static const uint64_t took[][2] = {{0, 300},   {299, 300}, {300, 600},
                                       {301, 600}, {899, 900}, {1000, 1200}};
    for (size_t i = 0; i < sizeof took / sizeof took[0]; i++) {
        login(1, "here", "alice", "wrong");
        wait_for_worker();
        assert_int_equal(broker_turn(broker, START + took[i][0]), RC_OK);
        assert_int_equal(broker_next_ms(broker), START + took[i][1]);
        assert_int_equal(broker_turn(broker, START + took[i][1]), RC_OK);
        assert_int_equal(verdict_count, i + 1);
    }
}

/* THREATS X01 */
static void lengths_at_the_edge_are_judged_and_beyond_are_refused_unasked(void **state)
{
    (void)state;
    struct effect_ask_password ask = ask_of(1, "here", "alice", "");
    memset(ask.password, 'x', sizeof ask.password);
    ask.password_len = 255;
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 300), RC_OK);
    ask = ask_of(2, "here", "alice", "");
    memset(ask.password, 'x', sizeof ask.password);
    ask.password_len = 256;
    assert_int_equal(broker_login(broker, &ask, false, START + 400), RC_OK);
    assert_non_null(strstr(last_line, "unasked"));
    assert_null(strstr(last_line, "xxx"));
}

static void no_verdict_until_the_deadline_is_told_then_and_nothing_is_left(void **state)
{
    (void)state;
    login(1, "hung", "alice", "secret");
    assert_true(services_wait(&services, 2, 2));
    assert_int_equal(broker_next_ms(broker), START + 30000);
    assert_int_equal(broker_turn(broker, START + 29999), RC_OK);
    assert_int_equal(verdict_count, 0);
    assert_int_equal(broker_turn(broker, START + 30000), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
    assert_true(services_wait(&services, 0, 0));
    assert_int_equal(broker_turn(broker, START + 60000), RC_OK);
    assert_int_equal(verdict_count, 1);
}

static void broken_services_and_dead_workers_are_no_verdict(void **state)
{
    (void)state;
    assert_int_equal(judged("unavailable", "alice", "secret", 5), RC_AGAIN);
    assert_non_null(strstr(last_line, "retrieve authentication info"));
    assert_int_equal(judged("crash", "alice", "secret", 5), RC_AGAIN);
    assert_non_null(strstr(last_line, "died"));
}

/* What an operator is told, of a login judged as any other. */
static const struct login_outcome *tried(const char *list, const char *user, const char *password)
{
    struct effect_ask_password ask = ask_of(1, list, user, password);
    verdict_count = 0;
    assert_int_equal(broker_login(broker, &ask, true, START), RC_OK);
    /* Refused without a worker it is due soon. */
    if (verdict_count == 0 && broker_next_ms(broker) > START + 300) {
        wait_for_worker();
        assert_int_equal(broker_turn(broker, START + 7), RC_OK);
    }
    if (verdict_count == 0)
        assert_int_equal(broker_turn(broker, broker_next_ms(broker)), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_true(last_verdict.test);
    return &last_verdict.outcome;
}

static void an_operator_is_told_why(void **state)
{
    static const struct {
        const char *list, *user, *password, *reason, *service;
        enum rc rc;
    } rows[] = {
        {"here", "alice", "secret", "the password is right", "", RC_OK},
        {"here", "alice", "other", "the password is wrong", "", RC_AUTH_FAILED},
        {"here", "nobody", "secret", "there is no such user", "", RC_AUTH_FAILED},
        {"here", "alice", "", "the password is empty, too long, or not plain UTF-8 text", "",
         RC_AUTH_FAILED},
        {"matrix", "alice", "other", "Authentication failure", "matrix", RC_AUTH_FAILED},
        {"expired", "alice", "secret", "User account has expired", "expired", RC_AUTH_FAILED},
        {"crash", "alice", "secret", "its worker died", "crash", RC_AGAIN},
        {"nolist", "alice", "secret", "its aaa list is not configured", "", RC_AGAIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct login_outcome *outcome = tried(rows[i].list, rows[i].user, rows[i].password);
        assert_int_equal(outcome->rc, rows[i].rc);
        assert_string_equal(outcome->reason, rows[i].reason);
        assert_string_equal(outcome->service, rows[i].service);
    }
    assert_int_equal(tried("matrix", "alice", "secret")->took_ms, 7);
    login(1, "here", "alice", "secret");
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 1), RC_OK);
    assert_false(last_verdict.test);
}

static void what_modules_say_of_a_user_counts_where_a_line_asks_for_it(void **state)
{
    (void)state;
    const struct login_outcome *outcome = tried("gives", "alice", "secret");
    assert_int_equal(outcome->rc, RC_OK);
    assert_string_equal(outcome->grant.group, "sales");
    outcome = tried("gives-unasked", "alice", "secret");
    assert_int_equal(outcome->rc, RC_OK);
    assert_string_equal(outcome->grant.group, "");
    assert_int_equal(outcome->grant.addr.family, ADDR_NONE);
    assert_int_equal(judged("gives-wrong", "alice", "secret", 300), RC_AGAIN);
    assert_non_null(strstr(last_verdict.outcome.reason, "HUBWARD_ADDRESS"));
}

static void a_login_as_root_is_nobodys_without_roots_launcher(void **state)
{
    int fd;
    (void)state;
    assert_string_equal(tried("root", "alice", "secret")->reason,
                        "workers as root cannot be started");
    assert_int_equal(last_verdict.outcome.rc, RC_AGAIN);
    assert_int_equal(launcher_start(services.worker_argument, &fd), RC_OK);
    broker_take_root(broker, fd);
    assert_int_equal(tried("root", "alice", "secret")->rc, RC_OK);
    assert_int_equal(judged("matrix", "alice", "secret", 5), RC_OK);
}

static void the_end_of_roots_launcher_is_not_the_end_of_the_broker(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    broker_take_root(broker, ends[0]);
    login(1, "root", "alice", "secret"); /* its worker is never started */
    close(ends[1]);                      /* with the order in it */
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 1), RC_OK);
    assert_int_equal(broker_turn(broker, START + 300), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
    assert_int_equal(judged("matrix", "alice", "secret", 5), RC_OK);
}

static void a_list_that_is_not_configured_is_no_verdict_at_once(void **state)
{
    (void)state;
    login(1, "elsewhere", "alice", "secret");
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
}

static void a_cancelled_login_ends_its_worker_and_has_no_verdict(void **state)
{
    (void)state;
    struct effect_ask_password ask = ask_of(1, "hung", "alice", "secret");
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    assert_true(services_wait(&services, 2, 2));
    broker_cancel(broker, &ask.ticket);
    assert_true(services_wait(&services, 0, 0));
    assert_int_equal(broker_next_ms(broker), UINT64_MAX);
    assert_int_equal(broker_turn(broker, START + 40000), RC_OK);
    assert_int_equal(verdict_count, 0);
    broker_cancel(broker, &ask.ticket); /* again: unknown by now */
}

static void a_refusal_that_waits_for_its_time_can_be_cancelled(void **state)
{
    (void)state;
    struct effect_ask_password ask = ask_of(1, "here", "", "secret");
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    broker_cancel(broker, &ask.ticket);
    assert_int_equal(broker_turn(broker, START + 300), RC_OK);
    assert_int_equal(verdict_count, 0);
}

static void a_ticket_in_use_is_a_breach(void **state)
{
    (void)state;
    struct effect_ask_password ask = ask_of(1, "hung", "alice", "secret");
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    assert_int_equal(broker_login(broker, &ask, false, START), RC_EXISTS);
    assert_int_equal(verdict_count, 0);
}

static void many_logins_get_each_its_own_verdict(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 24; n++) {
        char user[16];
        snprintf(user, sizeof user, n % 2 ? "alice" : "user%u", n);
        /* Four places for one user. */
        if (n % 2 && n >= 8)
            snprintf(user, sizeof user, "other%u", n);
        login(n, n % 3 ? "here" : "matrix", user, "secret");
    }
    for (int i = 0; i < 1000 && verdict_count < 24; i++) {
        struct pollfd fd = {.fd = broker_fd(broker), .events = POLLIN};
        poll(&fd, 1, 20);
        uint64_t next = broker_next_ms(broker);
        assert_int_equal(broker_turn(broker, next < START + 30000 ? next : START + 1), RC_OK);
    }
    assert_int_equal(verdict_count, 24);
    for (size_t i = 0; i < verdict_count; i++) {
        unsigned n;
        memcpy(&n, verdicts[i].ticket.id, sizeof n);
        assert_int_equal(verdicts[i].rc, n % 2 && n < 8 ? RC_OK : RC_AUTH_FAILED);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(&verdicts[i].ticket, &verdicts[j].ticket, 16);
    }
}

/* PRODUCT §7: local users never wait for a PAM that hangs. */
static void hung_logins_hold_their_places_and_no_others(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 24; n++) {
        char user[16];
        snprintf(user, sizeof user, "user%u", n);
        login(n, "hung", user, "secret");
    }
    assert_int_equal(verdict_count, 0);
    login(100, "matrix", "alice", "secret");
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
    assert_non_null(strstr(last_line, "no place is free for logins by PAM"));
    login(101, "here", "alice", "secret");
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 10), RC_OK);
    assert_int_equal(verdict_count, 2);
    assert_int_equal(verdicts[1].rc, RC_OK);
    assert_int_equal(broker_turn(broker, START + 30000), RC_OK);
    assert_int_equal(verdict_count, 26);
    assert_true(services_wait(&services, 0, 0));
    assert_int_equal(judged("matrix", "alice", "secret", 5), RC_OK);
}

static void the_fifth_login_of_a_user_is_turned_away_at_once(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 4; n++)
        login(n, "hung", "alice", "secret");
    login(4, "hung", "alice", "secret");
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
    assert_non_null(strstr(last_line, "the user"));
    broker_cancel_all(broker);
    assert_true(services_wait(&services, 0, 0));
    login(5, "hung", "alice", "secret");
    assert_int_equal(verdict_count, 1);
}

static void exchanged_users_count_from_the_next_login(void **state)
{
    (void)state;
    static const struct config_user row = {.name = "alice", .type = 0, .stored = "another"};
    const struct users others = {.lists = lists, .list_count = 1, .users = &row, .user_count = 1};
    assert_int_equal(judged("here", "alice", "secret", 5), RC_OK);
    const struct users before = users;
    users = others;
    assert_int_equal(judged("here", "alice", "secret", 5), RC_AUTH_FAILED);
    assert_int_equal(judged("here", "alice", "another", 5), RC_OK);
    users = before;
}

static void without_its_launcher_the_broker_says_so(void **state)
{
    (void)state;
    char script[96];
    snprintf(script, sizeof script, "%s/hang.sh", services.directory);
    login(1, "hung", "alice", "secret");
    for (int i = 0; i < 1000 && services_count(script) == 0; i++)
        services_sleep_ms(10);
    assert_true(services_count(script) > 0); /* it runs; before, it was a fork of the worker */
    kill(launcher_pid, SIGKILL);
    wait_for_worker();
    enum rc rc = broker_turn(broker, START + 1);
    for (int i = 0; i < 100 && rc == RC_OK; i++) {
        services_sleep_ms(10);
        rc = broker_turn(broker, START + 1);
    }
    assert_int_equal(rc, RC_IO);
    /* The worker died with it; the script in a session of its own had nobody left to end it. */
    for (int i = 0; i < 500 && services_processes(&services) > 1; i++)
        services_sleep_ms(10);
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(directory)))
        if (services_command_holds(entry->d_name, services.directory)) {
            assert_false(services_command_holds(entry->d_name, services.worker_argument));
            kill(atoi(entry->d_name), SIGKILL);
        }
    closedir(directory);
    assert_true(services_wait(&services, 0, 0));
}

/* THREATS X05: once the worker has its job, the broker's memory does not hold the password. */
static void the_password_is_nowhere_in_the_broker_after_it_was_handed_over(void **state)
{
    (void)state;
    enum { LEN = 20 };
    static char inverted[LEN];
    static struct effect_ask_password ask;
    for (int i = 0; i < LEN; i++)
        inverted[i] = (char)~(33 + (i * 37 + 11) % 90);
    ask = ask_of(1, "hung", "alice", "");
    for (int i = 0; i < LEN; i++)
        ask.password[i] = (uint8_t)~inverted[i];
    ask.password_len = LEN;
    assert_true(services_memory_holds(getpid(), inverted, LEN)); /* the search does find */
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    wipe(&ask, sizeof ask);
    assert_false(services_memory_holds(getpid(), inverted, LEN));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(right_passwords_are_let_in_by_either_method),
        BROKER_TEST(wrong_passwords_and_unknown_names_are_refused_by_either_method),
        BROKER_TEST(a_success_is_told_at_once),
        BROKER_TEST(every_refusal_is_told_at_the_same_time),
        BROKER_TEST(a_refusal_that_takes_longer_waits_for_the_next_multiple),
        BROKER_TEST(lengths_at_the_edge_are_judged_and_beyond_are_refused_unasked),
        BROKER_TEST(no_verdict_until_the_deadline_is_told_then_and_nothing_is_left),
        BROKER_TEST(broken_services_and_dead_workers_are_no_verdict),
        BROKER_TEST(an_operator_is_told_why),
        BROKER_TEST(what_modules_say_of_a_user_counts_where_a_line_asks_for_it),
        BROKER_TEST(a_login_as_root_is_nobodys_without_roots_launcher),
        BROKER_TEST(the_end_of_roots_launcher_is_not_the_end_of_the_broker),
        BROKER_TEST(a_list_that_is_not_configured_is_no_verdict_at_once),
        BROKER_TEST(a_cancelled_login_ends_its_worker_and_has_no_verdict),
        BROKER_TEST(a_refusal_that_waits_for_its_time_can_be_cancelled),
        BROKER_TEST(a_ticket_in_use_is_a_breach),
        BROKER_TEST(many_logins_get_each_its_own_verdict),
        BROKER_TEST(hung_logins_hold_their_places_and_no_others),
        BROKER_TEST(the_fifth_login_of_a_user_is_turned_away_at_once),
        BROKER_TEST(exchanged_users_count_from_the_next_login),
        BROKER_TEST(without_its_launcher_the_broker_says_so),
        BROKER_TEST(the_password_is_nowhere_in_the_broker_after_it_was_handed_over),
    };
    services_be_worker(argc, argv);
    if (!services_has_modules()) {
        print_message("libpam-wrapper's modules are not installed: skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
