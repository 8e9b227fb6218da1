/* What the tests of the broker share: a real launcher and real workers, but a clock that the test
 * turns: what is told when is exact, whatever the machine is doing. */
#ifndef HUBWARD_TESTS_BROKER_FIXTURE_H
#define HUBWARD_TESTS_BROKER_FIXTURE_H

#include "services.h"
#include "xauth/broker.h"
#include "xauth/launcher.h"

#include "base/wipe.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { START = 1000000, VERDICTS = 64 };

static struct services services;
static struct broker *broker;
static pid_t launcher_pid;

static struct {
    struct ticket ticket;
    enum rc rc;
} verdicts[VERDICTS];
static size_t verdict_count;
static char last_line[1024];

static const struct config_user users_rows[] = {
    {.name = "gone", .type = 0, .stored = "secret", .disabled = true},
    {.name = "alice", .type = 0, .stored = "secret"},
    {.name = "hash", .type = 5, .stored = "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"}, /* "password" */
};
static const struct aaa_list lists[] = {
    {.name = "here", .steps = {{.method = AAA_LOCAL, .pam_service = ""}}, .step_count = 1},
    {.name = "matrix", .steps = {{.method = AAA_PAM, .pam_service = "matrix"}}, .step_count = 1},
    {.name = "hung", .steps = {{.method = AAA_PAM, .pam_service = "hung"}}, .step_count = 1},
    {.name = "crash", .steps = {{.method = AAA_PAM, .pam_service = "crash"}}, .step_count = 1},
    {.name = "unavailable",
     .steps = {{.method = AAA_PAM, .pam_service = "unavailable"}},
     .step_count = 1},
    {.name = "expired", .steps = {{.method = AAA_PAM, .pam_service = "expired"}}, .step_count = 1},
    {.name = "gives",
     .steps = {{.method = AAA_PAM, .pam_service = "gives", .pam_attributes = true}},
     .step_count = 1},
    {.name = "gives-unasked",
     .steps = {{.method = AAA_PAM, .pam_service = "gives"}},
     .step_count = 1},
    {.name = "gives-wrong",
     .steps = {{.method = AAA_PAM, .pam_service = "gives-no-address", .pam_attributes = true}},
     .step_count = 1},
    {.name = "root",
     .steps = {{.method = AAA_PAM, .pam_service = "matrix", .pam_root = true}},
     .step_count = 1},
    {.name = "local-pam",
     .steps = {{.method = AAA_LOCAL}, {.method = AAA_PAM, .pam_service = "matrix"}},
     .step_count = 2},
    {.name = "pam-local",
     .steps = {{.method = AAA_PAM, .pam_service = "deny"}, {.method = AAA_LOCAL}},
     .step_count = 2},
    {.name = "unknown-local",
     .steps = {{.method = AAA_PAM, .pam_service = "unknown"}, {.method = AAA_LOCAL}},
     .step_count = 2},
    {.name = "down-local",
     .steps = {{.method = AAA_PAM, .pam_service = "unavailable"}, {.method = AAA_LOCAL}},
     .step_count = 2},
    {.name = "crash-local",
     .steps = {{.method = AAA_PAM, .pam_service = "crash"}, {.method = AAA_LOCAL}},
     .step_count = 2},
    {.name = "hung-local",
     .steps = {{.method = AAA_PAM, .pam_service = "hung"}, {.method = AAA_LOCAL}},
     .step_count = 2},
    {.name = "root-local",
     .steps = {{.method = AAA_PAM, .pam_service = "matrix", .pam_root = true},
               {.method = AAA_LOCAL}},
     .step_count = 2},
    {.name = "otp", .steps = {{.method = AAA_PAM, .pam_service = "otp"}}, .step_count = 1},
    {.name = "otp-first",
     .steps = {{.method = AAA_PAM, .pam_service = "otp-first"}},
     .step_count = 1},
    {.name = "otp-endless",
     .steps = {{.method = AAA_PAM, .pam_service = "otp-endless"}},
     .step_count = 1},
    {.name = "unknown-hung",
     .steps = {{.method = AAA_PAM, .pam_service = "unknown"},
               {.method = AAA_PAM, .pam_service = "hung"}},
     .step_count = 2},
    {.name = "hung-down",
     .steps = {{.method = AAA_PAM, .pam_service = "hung"},
               {.method = AAA_PAM, .pam_service = "unavailable"}},
     .step_count = 2},
};
static struct users users = {.lists = lists,
                             .list_count = sizeof lists / sizeof lists[0],
                             .users = users_rows,
                             .user_count = 3};

static struct broker_verdict last_verdict;

static inline void on_verdict(void *context, const struct broker_verdict *verdict)
{
    (void)context;
    assert_true(verdict_count < VERDICTS);
    last_verdict = *verdict;
    verdicts[verdict_count].ticket = verdict->ticket;
    verdicts[verdict_count++].rc = verdict->outcome.rc;
}

static struct login_challenge last_challenge;
static unsigned challenge_count;

static inline void on_challenge(void *context, const struct login_challenge *challenge)
{
    (void)context;
    last_challenge = *challenge;
    challenge_count++;
}

static inline void on_log(void *context, enum event_level level, const char *line)
{
    (void)context;
    (void)level;
    snprintf(last_line, sizeof last_line, "%s", line);
}

/* The one child of this process. */
static inline pid_t only_child(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%d", &pid) != 1)
            pid = 0;
        fclose(file);
    }
    return pid;
}

static inline int begin(void **state)
{
    (void)state;
    const struct broker_settings settings = broker_defaults();
    const struct broker_io io = {.verdict = on_verdict, .challenge = on_challenge, .log = on_log};
    int fd;
    verdict_count = 0;
    challenge_count = 0;
    last_line[0] = '\0';
    if (launcher_start(services.worker_argument, &fd) != RC_OK)
        return -1;
    launcher_pid = only_child();
    return broker_new(&settings, &io, &users, fd, &broker) == RC_OK ? 0 : -1;
}

/* With the broker everything must be gone. */
static inline int end(void **state)
{
    (void)state;
    broker_free(broker);
    broker = NULL;
    while (waitpid(-1, NULL, 0) > 0)
        ;
    return services_processes(&services) == 0 ? 0 : -1;
}

static inline struct effect_ask_password ask_of(unsigned n, const char *list, const char *user,
                                                const char *password)
{
    struct effect_ask_password ask = {.source = addr_v4(0xc0000200 + n)};
    memcpy(ask.ticket.id, &n, sizeof n);
    ask.ticket.id[15] = 1;
    snprintf(ask.list, sizeof ask.list, "%s", list);
    snprintf(ask.group, sizeof ask.group, "group%u", n);
    snprintf(ask.user, sizeof ask.user, "%s", user);
    ask.password_len = strlen(password);
    memcpy(ask.password, password, ask.password_len);
    return ask;
}

static inline void login(unsigned n, const char *list, const char *user, const char *password)
{
    struct effect_ask_password ask = ask_of(n, list, user, password);
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
}

/* Wait in real time until a worker has spoken. */
static inline void wait_for_worker(void)
{
    struct pollfd fd = {.fd = broker_fd(broker), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 20000), 1);
}

static inline int setup(void **state)
{
    (void)state;
    return services_init(&services) ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    services_remove(&services);
    return 0;
}

#define BROKER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
