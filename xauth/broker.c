/* The broker's logic. One epoll set holds the launcher's socket and those of the workers, so the
 * owner's loop has a single descriptor to watch, whose handle never has to be closed in a turn. */
#include "xauth/broker.h"

#include "base/credential.h"
#include "xauth/attempt.h"
#include "xauth/errand.h"
#include "xauth/job.h"
#include "xauth/launcher.h"
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
    return (struct broker_settings){.deadline_ms = 30000,
                                    .refusal_ms = 300,
                                    .chain_refusal_ms = 3000,
                                    .method_ms = 10000,
                                    .challenge_ms = 120000};
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

/* Nobody is asked any more: the password goes. */
static void drop_ask(struct attempt *attempt)
{
    secret_free((void *)attempt->ask, sizeof *attempt->ask);
    attempt->ask = NULL;
}

/* Behind what the methods before had to say. */
static void give_reason(struct attempt *attempt, const char *reason)
{
    char *text = attempt->outcome.reason;
    size_t n = strlen(text), size = sizeof attempt->outcome.reason;
    const char *who = attempt->outcome.method == AAA_LOCAL ? "local" : attempt->outcome.service;
    if (attempt->chained)
        snprintf(text + n, size - n, "%s%s: %s", n ? "; " : "", who, reason);
    else
        snprintf(text, size, "%s", reason);
}

/* The verdict is known: success is told now, everything else at the common time of refusals. */
static void decide(struct broker *broker, struct attempt *attempt, enum rc rc,
                   enum decision_rule rule, uint64_t now_ms)
{
    uint64_t grid_ms =
        attempt->chained ? broker->settings.chain_refusal_ms : broker->settings.refusal_ms;
    uint64_t spent_ms = now_ms - attempt->started_ms;
    attempt->outcome.rc = rc;
    attempt->outcome.rule = rule;
    attempt->outcome.took_ms = (uint32_t)spent_ms;
    if (rc == RC_OK) {
        conclude(broker, attempt);
        return;
    }
    drop_worker(broker, attempt);
    drop_ask(attempt);
    attempt->state = ATTEMPT_WAITING;
    attempt->due_ms = attempt->started_ms + (spent_ms / grid_ms + 1) * grid_ms;
}

static enum rc start_worker(struct broker *broker, const struct aaa_step *step,
                            const struct effect_ask_password *ask, struct attempt *attempt)
{
    int ends[2];
    int launcher_fd = step->pam_root ? broker->root_fd : broker->launcher_fd;
    if (launcher_fd < 0)
        return RC_NOT_FOUND;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return RC_IO;
    enum rc rc = errand_send(broker->users, step, ask, ends[0]);
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

static void describe_step(const struct aaa_step *step, struct login_outcome *outcome)
{
    bool pam = step->method == AAA_PAM;
    outcome->method = step->method;
    outcome->pam_root = step->pam_root;
    snprintf(outcome->service, sizeof outcome->service, "%s", pam ? step->pam_service : "");
}

/* No place was taken: answered at once, whoever asks. list: NULL: there is none. */
static void turn_away(struct broker *broker, const struct aaa_list *list,
                      const struct effect_ask_password *ask, bool test, const char *reason)
{
    struct broker_verdict verdict = {
        .ticket = ask->ticket, .test = test, .outcome = {.rc = RC_AGAIN, .rule = RULE_NO_VERDICT}};
    if (list)
        describe_step(&list->steps[0], &verdict.outcome);
    snprintf(verdict.outcome.reason, sizeof verdict.outcome.reason, "%s", reason);
    say(broker, LEVEL_WARNING, "login of %s (group %s) not tried: %s", ask->user, ask->group,
        reason);
    broker->io.verdict(broker->io.context, &verdict);
}

/* A method of the attempt is asked. RC_OK: its worker has it. RC_NOT_FOUND: it can know no such
 * user. RC_AGAIN: it cannot be asked. */
static enum rc ask_step(struct broker *broker, const struct aaa_list *list,
                        const struct effect_ask_password *ask, struct attempt *attempt,
                        uint64_t now_ms)
{
    const struct aaa_step *step = &list->steps[attempt->step];
    const char *fault = errand_name_fault(step, ask);
    bool last = attempt->step + 1 == list->step_count;
    describe_step(step, &attempt->outcome);
    attempt->attributes = step->pam_attributes;
    if (fault) {
        say(broker, LEVEL_NOTICE, "login of group %s refused unasked: %s", ask->group, fault);
        give_reason(attempt, fault);
        return RC_NOT_FOUND;
    }
    enum rc rc = start_worker(broker, step, ask, attempt);
    if (rc != RC_OK) {
        const char *why = rc == RC_NOT_FOUND ? "workers as root cannot be started" : rc_text(rc);
        say(broker, LEVEL_ERROR, "no worker for the login of %s: %s", ask->user, why);
        give_reason(attempt, why);
        return RC_AGAIN;
    }
    if (last)
        drop_ask(attempt);
    attempt->due_ms = attempt->started_ms + broker->settings.deadline_ms;
    if (!last && now_ms + broker->settings.method_ms < attempt->due_ms)
        attempt->due_ms = now_ms + broker->settings.method_ms;
    return RC_OK;
}

/* The list of an attempt, if the configuration still has its next step. */
static const struct aaa_list *list_of(const struct broker *broker, const struct attempt *attempt)
{
    const struct aaa_list *list =
        attempt->ask ? users_list(broker->users, attempt->ask->list) : NULL;
    return list && attempt->step + 1 < list->step_count ? list : NULL;
}

/* One more method is asked. RC_FULL: there is none. */
static enum rc ask_next(struct broker *broker, struct attempt *attempt, uint64_t now_ms)
{
    const struct aaa_list *list = list_of(broker, attempt);
    const char *limit = "";
    if (!list || now_ms >= attempt->started_ms + broker->settings.deadline_ms)
        return RC_FULL;
    drop_worker(broker, attempt);
    describe_step(&list->steps[++attempt->step], &attempt->outcome);
    if (attempts_move(&broker->attempts, attempt, list->steps[attempt->step].method, &limit) ==
        RC_OK)
        return ask_step(broker, list, attempt->ask, attempt, now_ms);
    say(broker, LEVEL_WARNING, "login of %s (group %s): no place is free for %s", attempt->user,
        attempt->group, limit);
    give_reason(attempt, "no place is free");
    return RC_AGAIN;
}

/* What one method found, and then those behind it when it is not for this one to say. */
static void judge(struct broker *broker, struct attempt *attempt, enum rc rc,
                  enum decision_rule rule, uint64_t now_ms)
{
    while (rc == RC_NOT_FOUND || rc == RC_AGAIN) {
        enum rc next = ask_next(broker, attempt, now_ms);
        if (next == RC_OK)
            return;
        if (next == RC_FULL)
            break;
        rc = next;
    }
    if (rc == RC_NOT_FOUND)
        decide(broker, attempt, RC_AUTH_FAILED, RULE_PASSWORD, now_ms);
    else
        decide(broker, attempt, rc, rc == RC_AGAIN ? RULE_NO_VERDICT : rule, now_ms);
}

/* Passwords are kept for as long as a method may still be asked. */
static bool keep_ask(struct attempt *attempt, const struct effect_ask_password *ask)
{
    attempt->ask = (void *)secret_new(sizeof *attempt->ask);
    if (attempt->ask)
        *attempt->ask = *ask;
    return attempt->ask;
}

static void begin(struct broker *broker, const struct aaa_list *list,
                  const struct effect_ask_password *ask, struct attempt *attempt, uint64_t now_ms)
{
    const char *fault = errand_password_fault(ask);
    attempt->chained = list->step_count > 1;
    attempt->started_ms = now_ms;
    if (fault) {
        describe_step(&list->steps[attempt->step], &attempt->outcome);
        say(broker, LEVEL_NOTICE, "login of group %s refused unasked: %s", ask->group, fault);
        give_reason(attempt, fault);
        decide(broker, attempt, RC_AUTH_FAILED, RULE_PASSWORD, now_ms);
        return;
    }
    if (attempt->step + 1 < list->step_count && !keep_ask(attempt, ask)) {
        decide(broker, attempt, RC_AGAIN, RULE_NO_VERDICT, now_ms);
        return;
    }
    enum rc rc = ask_step(broker, list, ask, attempt, now_ms);
    if (rc != RC_OK)
        judge(broker, attempt, rc, RULE_NO_VERDICT, now_ms);
}

/* A place with the first method that has one free. RC_EXISTS, RC_FULL: as attempts_new. */
static enum rc find_place(struct broker *broker, const struct aaa_list *list,
                          const struct effect_ask_password *ask, struct attempt **out,
                          const char **limit)
{
    enum rc rc = RC_FULL;
    for (unsigned i = 0; i < list->step_count && rc == RC_FULL; i++) {
        rc = attempts_new(&broker->attempts, ask, list->steps[i].method, out, limit);
        if (rc == RC_OK)
            (*out)->step = i;
    }
    return rc;
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
    enum rc rc = find_place(broker, list, ask, &attempt, &limit);
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

/* What a local check means: the worker is not told whether there is such a user. The reason is for
 * the operator who tried it; unlike the verdict, it tells who exists. */
static enum rc local_end(const struct broker *broker, struct attempt *attempt, enum rc rc,
                         enum decision_rule *rule)
{
    const struct config_user *user = users_user(broker->users, attempt->user);
    *rule = user && user->disabled ? RULE_ACCOUNT_LOCKED : RULE_PASSWORD;
    if (rc == RC_OK)
        *rule = RULE_CHOSEN;
    give_reason(attempt, rc == RC_OK      ? "the password is right"
                         : !user          ? "there is no such user"
                         : user->disabled ? "the user is disabled"
                                          : "the password is wrong");
    return rc == RC_AUTH_FAILED && !user ? RC_NOT_FOUND : rc;
}

/* The service is at fault, not the user. */
static void service_fault(struct broker *broker, struct attempt *attempt, const char *reason)
{
    say(broker, LEVEL_ERROR, "PAM service %s on the login of %s: %s", attempt->outcome.service,
        attempt->user, reason);
    give_reason(attempt, reason);
}

static enum rc pam_end_of(struct broker *broker, struct attempt *attempt,
                          const struct job_result *result, enum decision_rule *rule)
{
    *rule = result->rc == RC_OK ? RULE_CHOSEN : pam_rule(result->pam, result->account);
    if (result->rc == RC_OK && attempt->attributes)
        attempt->outcome.grant = result->grant;
    if (result->bad_item[0]) {
        char reason[JOB_ITEM + 64];
        snprintf(reason, sizeof reason, "its modules set %s to what is no such thing",
                 result->bad_item);
        service_fault(broker, attempt, reason);
        return RC_AGAIN;
    }
    give_reason(attempt, pam_text(result->pam));
    if (result->rc != RC_OK)
        say(broker, result->rc == RC_AGAIN ? LEVEL_ERROR : LEVEL_INFO,
            "PAM service %s on the login of %s: %s", attempt->outcome.service, attempt->user,
            pam_text(result->pam));
    return result->rc;
}

static void take_result(struct broker *broker, struct attempt *attempt,
                        const struct job_result *result, uint64_t now_ms)
{
    enum decision_rule rule;
    enum rc rc = attempt->method == AAA_LOCAL ? local_end(broker, attempt, result->rc, &rule)
                                              : pam_end_of(broker, attempt, result, &rule);
    judge(broker, attempt, rc, rule, now_ms);
}

/* Nobody else is asked: a login that has come this far is this method's. */
static void end_asking(struct broker *broker, struct attempt *attempt, const char *reason,
                       uint64_t now_ms)
{
    say(broker, LEVEL_NOTICE, "login of %s: %s", attempt->user, reason);
    give_reason(attempt, reason);
    decide(broker, attempt, RC_AGAIN, RULE_NO_VERDICT, now_ms);
}

/* Control characters of a module's prompt are not for a client's terminal. */
static void clean_prompt(const char *from, char out[LOGIN_PROMPT])
{
    size_t n = 0;
    for (size_t i = 0; from[i] && n < LOGIN_PROMPT - 1; i++)
        out[n++] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? ' ' : from[i];
    out[n] = '\0';
    while (n && out[n - 1] == ' ')
        out[--n] = '\0';
    if (!credential_is_text((struct span){(const uint8_t *)out, n}))
        snprintf(out, LOGIN_PROMPT, "Code:");
}

/* A module wants to know more. */
static void take_prompt(struct broker *broker, struct attempt *attempt, const char *prompt,
                        uint64_t now_ms)
{
    struct login_challenge challenge = {.ticket = attempt->ticket};
    uint64_t deadline_ms = attempt->started_ms + broker->settings.challenge_ms;
    clean_prompt(prompt, challenge.prompt);
    if (attempt->method != AAA_PAM || attempt->rounds++ == BROKER_ROUNDS) {
        end_asking(broker, attempt, "its service asks too often", now_ms);
        return;
    }
    if (attempt->test) {
        char reason[LOGIN_PROMPT + 64];
        snprintf(reason, sizeof reason, "its service asks \"%s\", which only a client can be asked",
                 challenge.prompt);
        end_asking(broker, attempt, reason, now_ms);
        return;
    }
    drop_ask(attempt); /* one conversation of the user, one method */
    attempt->state = ATTEMPT_ASKING;
    attempt->due_ms = deadline_ms;
    broker->io.challenge(broker->io.context, &challenge);
}

void broker_answer(struct broker *broker, const struct login_answer *answer, uint64_t now_ms)
{
    struct attempt *attempt = attempts_by_ticket(&broker->attempts, &answer->ticket);
    struct span text = {answer->text, answer->len};
    if (!attempt || attempt->state != ATTEMPT_ASKING)
        return;
    attempt->state = ATTEMPT_WORKING;
    if (!credential_is_text(text)) {
        give_reason(attempt, "the answer is empty, too long, or not plain UTF-8 text");
        decide(broker, attempt, RC_AUTH_FAILED, RULE_PASSWORD, now_ms);
    } else if (send(attempt->fd, text.at, text.len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
               (ssize_t)text.len) {
        end_asking(broker, attempt, "its worker died", now_ms);
    }
}

/* The worker has spoken, or died. */
static void take_word(struct broker *broker, struct attempt *attempt, uint64_t now_ms)
{
    uint8_t octets[JOB_WORD_OCTETS + 1];
    struct job_word word;
    ssize_t n = recv(attempt->fd, octets, sizeof octets, MSG_DONTWAIT | MSG_TRUNC);
    struct cursor c = cursor_of(octets, n > 0 && n <= JOB_WORD_OCTETS ? (size_t)n : 0);
    bool sound = job_word_get(&c, &word) == RC_OK;
    if (sound && word.kind == JOB_PROMPT && attempt->state == ATTEMPT_WORKING) {
        take_prompt(broker, attempt, word.prompt, now_ms);
    } else if (sound && word.kind == JOB_RESULT) {
        take_result(broker, attempt, &word.result, now_ms);
    } else {
        say(broker, LEVEL_ERROR, "the worker for the login of %s died", attempt->user);
        give_reason(attempt, "its worker died");
        judge(broker, attempt, RC_AGAIN, RULE_NO_VERDICT, now_ms);
    }
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
        else if (broker->attempts.rows[number].fd >= 0)
            take_word(broker, &broker->attempts.rows[number], now_ms);
    }
    return rc;
}

/* A method, or the whole login, is out of time; or a refusal is due. */
static void meet_deadline(struct broker *broker, struct attempt *attempt, uint64_t now_ms)
{
    if (attempt->state == ATTEMPT_WAITING) {
        conclude(broker, attempt);
        return;
    }
    uint64_t spent_ms = attempt->due_ms - attempt->started_ms;
    attempt->outcome.took_ms = (uint32_t)spent_ms;
    if (attempt->state == ATTEMPT_ASKING) {
        give_reason(attempt, "no answer of the user until the deadline");
        conclude(broker, attempt);
        return;
    }
    say(broker, LEVEL_ERROR, "no verdict for the login of %s within %llu ms: worker ended",
        attempt->user, (unsigned long long)spent_ms);
    give_reason(attempt, "no verdict until the deadline");
    if (spent_ms < broker->settings.deadline_ms)
        judge(broker, attempt, RC_AGAIN, RULE_NO_VERDICT, now_ms);
    else
        conclude(broker, attempt); /* the verdict of a working attempt is still RC_AGAIN */
}

enum rc broker_turn(struct broker *broker, uint64_t now_ms)
{
    enum rc rc = take_events(broker, now_ms);
    struct attempt *first;
    while ((first = attempts_first_due(&broker->attempts)) && first->due_ms <= now_ms)
        meet_deadline(broker, first, now_ms);
    return rc;
}
