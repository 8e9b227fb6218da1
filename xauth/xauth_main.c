/* hubward-xauth: the login broker between key and the launcher's workers (launcher.h draws them).
 * Started by the warden it is the broker; with --worker, by the launcher, it is one login. */
#include "base/wipe.h"
#include "host/channel.h"
#include "host/child.h"
#include "host/memfd.h"
#include "host/message_login.h"
#include "host/users.h"
#include "xauth/broker.h"
#include "xauth/launcher.h"
#include "xauth/secret.h"
#include "xauth/worker.h"

#include <stdio.h>
#include <unistd.h>

static const char worker_argument[] = "--worker";

struct xauth {
    struct child *child;
    struct channel *key; /* NULL: key is not there */
    struct broker *broker;
    struct users users;
    struct effect_ask_password *ask; /* secret memory for the login being read */
    int launcher_fd;                 /* until the broker has it */
    uv_poll_t poll;
    uv_timer_t timer;
};

static void rearm(struct xauth *xauth);

static void on_verdict(void *context, const struct broker_verdict *verdict)
{
    struct xauth *xauth = context;
    uint8_t octets[LOGIN_OUTCOME_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    if (verdict->test)
        login_tested_put(&b, &(struct login_tested){verdict->ticket, verdict->outcome});
    else
        login_verdict_put(&b,
                          &(struct login_verdict){verdict->ticket, verdict->outcome.rc,
                                                  verdict->outcome.rule, verdict->outcome.grant});
    enum message_kind kind = verdict->test ? MSG_LOGIN_TESTED : MSG_VERDICT;
    enum rc sent = xauth->key ? channel_send(xauth->key, kind, builder_span(&b), -1) : RC_NOT_FOUND;
    if (sent != RC_OK)
        child_log(xauth->child, LEVEL_ERROR, "a verdict could not be sent: %s", rc_text(sent));
}

static void on_challenge(void *context, const struct login_challenge *challenge)
{
    struct xauth *xauth = context;
    uint8_t octets[LOGIN_CHALLENGE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    login_challenge_put(&b, challenge);
    if (!xauth->key || channel_send(xauth->key, MSG_CHALLENGE, builder_span(&b), -1) != RC_OK)
        child_log(xauth->child, LEVEL_ERROR, "a challenge could not be sent");
}

static void on_log(void *context, enum event_level level, const char *line)
{
    struct xauth *xauth = context;
    child_log(xauth->child, level, "%s", line);
}

static void turn(struct xauth *xauth)
{
    if (broker_turn(xauth->broker, uv_now(child_loop(xauth->child))) == RC_OK) {
        rearm(xauth);
        return;
    }
    child_log(xauth->child, LEVEL_ERROR, "the login launcher is gone");
    child_finish(xauth->child, 1);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    turn(poll->data);
}

static void on_due(uv_timer_t *timer)
{
    turn(timer->data);
}

static void rearm(struct xauth *xauth)
{
    uint64_t now_ms = uv_now(child_loop(xauth->child));
    uint64_t next_ms = broker_next_ms(xauth->broker);
    if (next_ms == UINT64_MAX)
        uv_timer_stop(&xauth->timer);
    else
        uv_timer_start(&xauth->timer, on_due, next_ms > now_ms ? next_ms - now_ms : 0, 0);
}

static enum rc on_login(struct xauth *xauth, struct cursor *payload, bool test)
{
    enum rc rc = login_ask_get(payload, xauth->ask);
    if (rc == RC_OK)
        rc = broker_login(xauth->broker, xauth->ask, test, uv_now(child_loop(xauth->child)));
    wipe(xauth->ask, sizeof *xauth->ask);
    return rc;
}

static enum rc on_answer(struct xauth *xauth, struct cursor *payload)
{
    struct login_answer answer;
    enum rc rc = login_answer_get(payload, &answer);
    if (rc == RC_OK)
        broker_answer(xauth->broker, &answer, uv_now(child_loop(xauth->child)));
    wipe(&answer, sizeof answer);
    return rc;
}

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    struct xauth *xauth = context;
    struct ticket ticket;
    enum rc rc = RC_UNSUPPORTED;
    (void)channel;
    (void)fd; /* the table allows none */
    if (kind == MSG_LOGIN || kind == MSG_LOGIN_TEST) {
        rc = on_login(xauth, payload, kind == MSG_LOGIN_TEST);
    } else if (kind == MSG_LOGIN_ANSWER) {
        rc = on_answer(xauth, payload);
    } else if (kind == MSG_LOGIN_CANCEL) {
        rc = login_cancel_get(payload, &ticket);
        if (rc == RC_OK)
            broker_cancel(xauth->broker, &ticket);
    }
    rearm(xauth);
    return rc;
}

/* Without key there is nobody to tell, and its tickets have died with it. */
static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct xauth *xauth = context;
    if (channel != xauth->key)
        return;
    child_log(xauth->child, LEVEL_NOTICE, "channel to key: %s", reason);
    xauth->key = NULL;
    broker_cancel_all(xauth->broker);
    rearm(xauth);
}

static enum rc on_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct xauth *xauth = context;
    if (other == ROLE_LAUNCHER) {
        broker_take_root(xauth->broker, take_fd);
        return RC_OK;
    }
    if (other != ROLE_KEY) {
        close(take_fd);
        return RC_OK;
    }
    channel_close(xauth->key);
    xauth->key = NULL;
    broker_cancel_all(xauth->broker);
    return channel_open(child_loop(child), take_fd, ROLE_XAUTH, ROLE_KEY, on_message, on_closed,
                        xauth, &xauth->key);
}

static enum rc read_users(int fd, struct users *out)
{
    struct span text;
    enum rc rc = memfd_read(fd, &text);
    if (rc != RC_OK)
        return rc;
    struct cursor c = cursor_over(text);
    rc = users_get(&c, out);
    memfd_free(text);
    return rc;
}

/* At the start, and again when the configuration has changed. */
static enum rc on_config(void *context, struct child *child, const char *name, int take_fd)
{
    struct xauth *xauth = context;
    struct users users;
    if (strcmp(name, "users") != 0) {
        close(take_fd);
        return RC_OK;
    }
    enum rc rc = read_users(take_fd, &users);
    close(take_fd);
    if (rc != RC_OK) {
        child_log(child, LEVEL_ERROR, "users could not be read: %s", rc_text(rc));
        return rc;
    }
    users_wipe(&xauth->users);
    xauth->users = users; /* the broker looks at &xauth->users */
    return RC_OK;
}

static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    struct xauth *xauth = context;
    const struct broker_settings settings = broker_defaults();
    const struct broker_io io = {
        .verdict = on_verdict, .challenge = on_challenge, .log = on_log, .context = xauth};
    (void)options;
    xauth->child = child;
    xauth->ask = (void *)secret_new(sizeof *xauth->ask);
    if (!xauth->ask)
        return RC_NO_MEMORY;
    int fd = xauth->launcher_fd;
    xauth->launcher_fd = -1;
    enum rc rc = broker_new(&settings, &io, &xauth->users, fd, &xauth->broker);
    if (rc != RC_OK)
        return rc;
    xauth->poll.data = xauth;
    xauth->timer.data = xauth;
    if (uv_timer_init(child_loop(child), &xauth->timer) != 0 ||
        uv_poll_init(child_loop(child), &xauth->poll, broker_fd(xauth->broker)) != 0 ||
        uv_poll_start(&xauth->poll, UV_READABLE, on_readable) != 0)
        return RC_IO;
    return RC_OK;
}

static void after_run(void *context, struct child *child)
{
    struct xauth *xauth = context;
    (void)child;
    channel_close(xauth->key);
    xauth->key = NULL;
    if (xauth->broker) {
        uv_close((uv_handle_t *)&xauth->timer, NULL);
        uv_close((uv_handle_t *)&xauth->poll, NULL);
    }
    broker_free(xauth->broker);
    users_wipe(&xauth->users);
    secret_free((void *)xauth->ask, sizeof *xauth->ask);
}

int main(int argc, char **argv)
{
    static const struct child_ops ops = {.sandbox = SANDBOX_XAUTH,
                                         .on_config = on_config,
                                         .on_channel = on_channel,
                                         .before_run = before_run,
                                         .after_run = after_run};
    struct xauth xauth = {.launcher_fd = -1};
    if (argc == 2 && strcmp(argv[1], worker_argument) == 0)
        worker_run(WORKER_FD, &(struct worker_rules){.pam_confdir = NULL});
    if (launcher_start(worker_argument, &xauth.launcher_fd) != RC_OK) {
        fprintf(stderr, "hubward-xauth: the launcher of login workers could not be started\n");
        return 1;
    }
    return child_main(ROLE_XAUTH, &ops, &xauth);
}
