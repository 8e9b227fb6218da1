/* The broker's logic. One epoll set holds the launcher's socket and those of the workers, so the
 * owner's loop has a single descriptor to watch, whose handle never has to be closed in a turn. */
#include "xauth/broker.h"

#include "base/credential.h"
#include "xauth/attempt.h"
#include "xauth/job.h"
#include "xauth/launcher.h"
#include "xauth/local.h"
#include "xauth/pam.h"
#include "xauth/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LAUNCHER_EVENT = ATTEMPTS_MAX, ROOT_EVENT, EVENTS_MAX, LINE_MAX_OCTETS = 1024 };

struct broker {
    struct broker_settings settings;
    struct broker_io io;
    const struct users *users;
    struct attempts attempts;
    int launcher_fd;
    int root_fd; /* of the launcher of root workers; -1: not there */
    int epoll_fd;
};

struct broker_settings broker_defaults(void)
{
    return (struct broker_settings){.deadline_ms = 30000, .refusal_ms = 300};
}

__attribute__((format(printf, 3, 4))) static void say(struct broker *broker, enum event_level level,
                                                      const char *format, ...)
{
    char line[LINE_MAX_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    broker->io.log(broker->io.context, level, line);
}

static enum rc watch(struct broker *broker, int fd, uint32_t number)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    return epoll_ctl(broker->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? RC_OK : RC_IO;
}

enum rc broker_new(const struct broker_settings *settings, const struct broker_io *io,
                   const struct users *users, int take_launcher_fd, struct broker **out)
{
    enum rc rc = RC_NO_MEMORY;
    struct broker *broker = calloc(1, sizeof *broker);
    if (!broker) {
        close(take_launcher_fd);
        return rc;
    }
    *broker = (struct broker){.settings = *settings,
                              .io = *io,
                              .users = users,
                              .launcher_fd = take_launcher_fd,
                              .root_fd = -1,
                              .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    rc = broker->epoll_fd < 0 ? RC_IO : watch(broker, take_launcher_fd, LAUNCHER_EVENT);
    if (rc != RC_OK)
        broker_free(broker);
    else
        *out = broker;
    return rc;
}

/* Part from the worker: whatever it has not said by now it need not say. */
static void drop_worker(struct broker *broker, struct attempt *attempt)
{
    if (attempt->fd < 0)
        return;
    close(attempt->fd); /* leaves the epoll set by itself: no one else holds this end */
    attempt->fd = -1;
    if (attempt->launcher_fd >= 0 && launcher_order_end(attempt->launcher_fd, attempt->id) != RC_OK)
        say(broker, LEVEL_WARNING, "the login launcher does not take orders");
}

/* Workers of a launcher that is gone die with it, and each shows its end. */
static void drop_root(struct broker *broker)
{
    if (broker->root_fd < 0)
        return;
    for (size_t i = 0; i < ATTEMPTS_MAX; i++)
        if (broker->attempts.rows[i].launcher_fd == broker->root_fd)
            broker->attempts.rows[i].launcher_fd = -1;
    close(broker->root_fd);
    broker->root_fd = -1;
}

void broker_take_root(struct broker *broker, int take_launcher_fd)
{
    drop_root(broker);
    if (watch(broker, take_launcher_fd, ROOT_EVENT) == RC_OK)
        broker->root_fd = take_launcher_fd;
    else
        close(take_launcher_fd);
}

void broker_free(struct broker *take_broker)
{
    if (!take_broker)
        return;
    broker_cancel_all(take_broker);
    drop_root(take_broker);
    close(take_broker->launcher_fd); /* the launcher ends every worker and itself */
    if (take_broker->epoll_fd >= 0)
        close(take_broker->epoll_fd);
    free(take_broker);
}

int broker_fd(const struct broker *broker)
{
    return broker->epoll_fd;
}

uint64_t broker_next_ms(struct broker *broker)
{
    const struct attempt *first = attempts_first_due(&broker->attempts);
    return first ? first->due_ms : UINT64_MAX;
}

/* Tell the verdict and give the place back. */
static void conclude(struct broker *broker, struct attempt *attempt)
{
    const struct broker_verdict verdict = {
        .ticket = attempt->ticket, .test = attempt->test, .outcome = attempt->outcome};
    drop_worker(broker, attempt);
    attempts_free(attempt);
    broker->io.verdict(broker->io.context, &verdict);
}

static void give_reason(struct attempt *attempt, const char *reason)
{
    snprintf(attempt->outcome.reason, sizeof attempt->outcome.reason, "%s", reason);
}

/* The verdict is known: success is told now, everything else at the common time of refusals. */
static void decide(struct broker *broker, struct attempt *attempt, enum rc rc, uint64_t now_ms)
{
    uint64_t grid_ms = broker->settings.refusal_ms;
    uint64_t spent_ms = now_ms - attempt->started_ms;
    attempt->outcome.rc = rc;
    attempt->outcome.took_ms = (uint32_t)spent_ms;
    if (rc == RC_OK) {
        conclude(broker, attempt);
        return;
    }
    drop_worker(broker, attempt);
    attempt->state = ATTEMPT_WAITING;
    attempt->due_ms = attempt->started_ms + (spent_ms / grid_ms + 1) * grid_ms;
}

/* Do name and password have the form that the method takes? The reason is for the log, where it
 * says nothing about the password's content. */
static const char *fault_of_form(const struct aaa_list *list, const struct effect_ask_password *ask)
{
    struct span user = {(const uint8_t *)ask->user, strlen(ask->user)};
    struct span password = {ask->password, ask->password_len};
    if (!credential_is_text(user))
        return "the name is empty, too long, or not plain UTF-8 text";
    if (list->method == AAA_PAM && !credential_is_pam_user(user))
        return "the name holds characters that are not passed to PAM";
    if (!credential_is_text(password))
        return "the password is empty, too long, or not plain UTF-8 text";
    return NULL;
}

/* Who verifies, and by what; RC_FULL: a text of the configuration is too long. */
static enum rc fill_job(const struct users *users, const struct aaa_list *list,
                        const struct effect_ask_password *ask, struct job *job)
{
    job->method = list->method;
    addr_format(ask->source, job->source);
    memcpy(job->user, ask->user, sizeof job->user);
    memcpy(job->password, ask->password, ask->password_len);
    job->password_len = ask->password_len;
    if (list->method == AAA_LOCAL)
        return local_prepare(users, ask->user, job);
    int n = snprintf(job->service, sizeof job->service, "%s", list->pam_service);
    return n > 0 && n < JOB_SERVICE ? RC_OK : RC_FULL;
}

/* Put the job into the worker's socket. The kernel holds it until the worker has started; the
 * broker's own copies are gone when this returns. */
static enum rc send_job(const struct users *users, const struct aaa_list *list,
                        const struct effect_ask_password *ask, int fd)
{
    struct job *job = (void *)secret_new(sizeof *job);
    uint8_t *octets = secret_new(JOB_OCTETS);
    enum rc rc = job && octets ? fill_job(users, list, ask, job) : RC_NO_MEMORY;
    if (rc == RC_OK) {
        struct builder b = builder_of(octets, JOB_OCTETS);
        job_put(&b, job);
        size_t len = builder_len(&b);
        rc = !b.bad && send(fd, octets, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len ? RC_OK
                                                                                          : RC_IO;
    }
    secret_free((void *)job, sizeof *job);
    secret_free(octets, JOB_OCTETS);
    return rc;
}

static enum rc start_worker(struct broker *broker, const struct aaa_list *list,
                            const struct effect_ask_password *ask, struct attempt *attempt)
{
    int ends[2];
    int launcher_fd = list->pam_root ? broker->root_fd : broker->launcher_fd;
    if (launcher_fd < 0)
        return RC_NOT_FOUND;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return RC_IO;
    enum rc rc = send_job(broker->users, list, ask, ends[0]);
    if (rc == RC_OK)
        rc = watch(broker, ends[0], (uint32_t)(attempt - broker->attempts.rows));
    if (rc == RC_OK)
        rc = launcher_order_start(launcher_fd, attempt->id, ends[1]);
    close(ends[1]);
    if (rc == RC_OK) {
        attempt->fd = ends[0];
        attempt->launcher_fd = launcher_fd;
    } else {
        close(ends[0]);
    }
    return rc;
}

/* list: NULL: there is none. */
static void describe_list(const struct aaa_list *list, struct login_outcome *outcome)
{
    if (!list)
        return;
    outcome->method = list->method;
    outcome->pam_root = list->pam_root;
    if (list->method == AAA_PAM)
        snprintf(outcome->service, sizeof outcome->service, "%s", list->pam_service);
}

/* No place was taken: answered at once, whoever asks. */
static void turn_away(struct broker *broker, const struct aaa_list *list,
                      const struct effect_ask_password *ask, bool test, const char *reason)
{
    struct broker_verdict verdict = {
        .ticket = ask->ticket, .test = test, .outcome = {.rc = RC_AGAIN}};
    describe_list(list, &verdict.outcome);
    snprintf(verdict.outcome.reason, sizeof verdict.outcome.reason, "%s", reason);
    say(broker, LEVEL_WARNING, "login of %s (group %s) not tried: %s", ask->user, ask->group,
        reason);
    broker->io.verdict(broker->io.context, &verdict);
}

static void begin(struct broker *broker, const struct aaa_list *list,
                  const struct effect_ask_password *ask, struct attempt *attempt, uint64_t now_ms)
{
    const char *fault = fault_of_form(list, ask);
    describe_list(list, &attempt->outcome);
    attempt->started_ms = now_ms;
    attempt->due_ms = now_ms + broker->settings.deadline_ms;
    if (fault) {
        say(broker, LEVEL_NOTICE, "login of group %s refused unasked: %s", ask->group, fault);
        give_reason(attempt, fault);
        decide(broker, attempt, RC_AUTH_FAILED, now_ms);
        return;
    }
    enum rc rc = start_worker(broker, list, ask, attempt);
    if (rc != RC_OK) {
        const char *why = rc == RC_NOT_FOUND ? "workers as root cannot be started" : rc_text(rc);
        say(broker, LEVEL_ERROR, "no worker for the login of %s: %s", ask->user, why);
        give_reason(attempt, why);
        decide(broker, attempt, RC_AGAIN, now_ms);
    }
}

enum rc broker_login(struct broker *broker, const struct effect_ask_password *ask, bool test,
                     uint64_t now_ms)
{
    const struct aaa_list *list = users_list(broker->users, ask->list);
    struct attempt *attempt = NULL;
    const char *limit = "all logins";
    if (!list) {
        turn_away(broker, NULL, ask, test, "its aaa list is not configured");
        return RC_OK;
    }
    enum rc rc = attempts_new(&broker->attempts, ask, list->method, &attempt, &limit);
    if (rc == RC_EXISTS)
        return rc;
    if (rc == RC_OK) {
        attempt->test = test;
        begin(broker, list, ask, attempt, now_ms);
    } else {
        char reason[96];
        snprintf(reason, sizeof reason, "no place is free for %s", limit);
        turn_away(broker, list, ask, test, reason);
    }
    return RC_OK;
}

void broker_cancel(struct broker *broker, const struct ticket *ticket)
{
    struct attempt *attempt = attempts_by_ticket(&broker->attempts, ticket);
    if (!attempt)
        return;
    drop_worker(broker, attempt);
    attempts_free(attempt);
}

void broker_cancel_all(struct broker *broker)
{
    struct attempt *attempt;
    while ((attempt = attempts_first_due(&broker->attempts))) {
        drop_worker(broker, attempt);
        attempts_free(attempt);
    }
}

/* For the operator who tried it. Unlike the verdict, this tells who exists. */
static const char *local_reason(const struct broker *broker, const char *name, enum rc rc)
{
    const struct config_user *user = users_user(broker->users, name);
    if (rc == RC_OK)
        return "the password is right";
    if (!user)
        return "there is no such user";
    return user->disabled ? "the user is disabled" : "the password is wrong";
}

/* The worker has spoken, or died. */
static void take_result(struct broker *broker, struct attempt *attempt, uint64_t now_ms)
{
    uint8_t octets[JOB_RESULT_OCTETS + 1];
    struct job_result result = {.rc = RC_AGAIN};
    ssize_t n = recv(attempt->fd, octets, sizeof octets, MSG_DONTWAIT | MSG_TRUNC);
    struct cursor c = cursor_of(octets, n > 0 && n <= JOB_RESULT_OCTETS ? (size_t)n : 0);
    if (job_result_get(&c, &result) != RC_OK) {
        say(broker, LEVEL_ERROR, "the worker for the login of %s died", attempt->user);
        give_reason(attempt, "its worker died");
    } else if (attempt->method == AAA_LOCAL) {
        give_reason(attempt, local_reason(broker, attempt->user, result.rc));
    } else {
        give_reason(attempt, pam_text(result.pam));
        if (result.rc != RC_OK)
            say(broker, result.rc == RC_AGAIN ? LEVEL_ERROR : LEVEL_INFO,
                "PAM on the login of %s: %s", attempt->user, attempt->outcome.reason);
    }
    decide(broker, attempt, result.rc, now_ms);
}

static enum rc take_events(struct broker *broker, uint64_t now_ms)
{
    struct epoll_event events[EVENTS_MAX];
    enum rc rc = RC_OK;
    int n = epoll_wait(broker->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < n; i++) {
        uint32_t number = events[i].data.u32;
        if (number == LAUNCHER_EVENT) /* it never speaks, so this is its end */
            rc = RC_IO;
        else if (number == ROOT_EVENT)
            drop_root(broker); /* the warden starts another and sends its socket */
        else if (broker->attempts.rows[number].state == ATTEMPT_WORKING)
            take_result(broker, &broker->attempts.rows[number], now_ms);
    }
    return rc;
}

static void meet_deadline(struct broker *broker, struct attempt *attempt)
{
    if (attempt->state == ATTEMPT_WORKING) {
        say(broker, LEVEL_ERROR, "no verdict for the login of %s within %llu ms: worker ended",
            attempt->user, (unsigned long long)broker->settings.deadline_ms);
        give_reason(attempt, "no verdict until the deadline");
        attempt->outcome.took_ms = (uint32_t)broker->settings.deadline_ms;
    }
    conclude(broker, attempt); /* the verdict of a working attempt is still RC_AGAIN */
}

enum rc broker_turn(struct broker *broker, uint64_t now_ms)
{
    enum rc rc = take_events(broker, now_ms);
    struct attempt *first;
    while ((first = attempts_first_due(&broker->attempts)) && first->due_ms <= now_ms)
        meet_deadline(broker, first);
    return rc;
}
