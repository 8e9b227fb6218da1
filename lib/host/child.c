/* The child's half of the start-up protocol: a small state (handed over, running, stopping) around
 * one channel to the warden. */
#include "host/child.h"

#include "host/channel.h"

#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Lines are not worth megabytes of queue: beyond this they are counted and lost. */
enum { LOG_QUEUE_MAX = 256 * 1024, EXIT_NO_WARDEN = 64 };

struct child {
    enum role self;
    const struct child_ops *ops;
    void *context;
    uv_loop_t loop;
    struct channel *warden;
    int waiting[ROLE_COUNT]; /* channels that came before RUN */
    bool running;
    bool finished;
    int status;
    unsigned lines_lost;
};

typedef enum rc step(struct child *child, struct cursor *c, int fd);

uv_loop_t *child_loop(struct child *child)
{
    return &child->loop;
}

void child_finish(struct child *child, int status)
{
    child->finished = true;
    child->status = status;
    uv_stop(&child->loop);
}

static void fail(struct child *child, const char *what, enum rc rc)
{
    child_log(child, LEVEL_ERROR, "%s: %s", what, rc_text(rc));
    child_finish(child, 1);
}

static enum rc tell(struct child *child, enum message_kind kind, const struct builder *b)
{
    if (!child->warden)
        return RC_IO;
    if (b && b->bad)
        return RC_MALFORMED;
    return channel_send(child->warden, kind, b ? builder_span(b) : (struct span){NULL, 0}, -1);
}

static void send_record(struct child *child, enum message_kind kind, const struct builder *b)
{
    if (!child->warden || channel_queued(child->warden) > LOG_QUEUE_MAX ||
        tell(child, kind, b) != RC_OK)
        child->lines_lost++;
}

static void send_line(struct child *child, enum event_level level, const char *text)
{
    uint8_t octets[CHILD_LOG_TEXT + 16];
    struct builder b = builder_of(octets, sizeof octets);
    child_line_put(&b, level, text);
    send_record(child, MSG_LOG, &b);
}

static void tell_lost(struct child *child)
{
    char text[64];
    if (!child->lines_lost || !child->warden || channel_queued(child->warden) != 0)
        return;
    snprintf(text, sizeof text, "%u lines of this log were lost", child->lines_lost);
    child->lines_lost = 0;
    send_line(child, LEVEL_WARNING, text);
}

void child_log_event(struct child *child, const struct event *event)
{
    uint8_t octets[2048];
    struct builder b = builder_of(octets, sizeof octets);
    event_put(&b, event);
    tell_lost(child);
    send_record(child, MSG_LOG_EVENT, &b);
}

void child_log(struct child *child, enum event_level level, const char *format, ...)
{
    char text[CHILD_LOG_TEXT];
    tell_lost(child);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    send_line(child, level, text);
}

enum rc child_route(struct child *child, bool add, uint32_t tun, struct prefix net)
{
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    child_route_put(&b, &(struct child_route){.add = add, .tun = tun, .net = net});
    return tell(child, MSG_ROUTE, &b);
}

enum rc child_breach(struct child *child, enum role by)
{
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    child_peer_put(&b, by);
    return tell(child, MSG_BREACH, &b);
}

enum rc child_users_read(struct child *child)
{
    return tell(child, MSG_USERS_READ, NULL);
}

enum rc child_reload(struct child *child, const struct reload_order *order)
{
    uint8_t octets[16];
    struct builder b = builder_of(octets, sizeof octets);
    reload_order_put(&b, order);
    return tell(child, MSG_CONFIG_READ, &b);
}

enum rc child_log_get(struct child *child, const struct log_question *question)
{
    uint8_t octets[LOG_QUESTION_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    log_question_put(&b, question);
    return tell(child, MSG_LOG_READ, &b);
}

static enum rc on_config(struct child *child, struct cursor *c, int fd)
{
    char name[CHILD_NAME];
    cursor_string(c, name, sizeof name);
    if (!cursor_done(c) || !child->ops->on_config) {
        close(fd);
        return c->bad ? RC_MALFORMED : RC_OK;
    }
    enum rc rc = child->ops->on_config(child->context, child, name, fd);
    if (rc != RC_OK)
        fail(child, "the configuration was not accepted", rc);
    return RC_OK;
}

static enum rc on_socket(struct child *child, struct cursor *c, int fd)
{
    struct child_socket socket;
    enum rc rc = child_socket_get(c, &socket);
    if (rc != RC_OK || !child->ops->on_socket) {
        close(fd);
        return rc;
    }
    rc = child->ops->on_socket(child->context, child, socket.kind, socket.number, socket.name, fd);
    if (rc != RC_OK)
        fail(child, "a socket was not accepted", rc);
    return RC_OK;
}

static void give_channel(struct child *child, enum role other, int fd)
{
    if (!child->ops->on_channel) {
        close(fd);
        return;
    }
    enum rc rc = child->ops->on_channel(child->context, child, other, fd);
    if (rc != RC_OK)
        fail(child, "a channel could not be opened", rc);
}

static enum rc on_channel(struct child *child, struct cursor *c, int fd)
{
    enum role other;
    if (child_peer_get(c, &other) != RC_OK) {
        close(fd);
        return RC_MALFORMED;
    }
    if (child->running) {
        give_channel(child, other, fd);
        return RC_OK;
    }
    /* A peer that died before we ran: its successor's channel replaces the dead one. */
    if (child->waiting[other] >= 0)
        close(child->waiting[other]);
    child->waiting[other] = fd;
    return RC_OK;
}

static enum rc on_interface(struct child *child, struct cursor *c, int fd)
{
    (void)fd;
    struct child_interface interface;
    enum rc rc = child_interface_get(c, &interface);
    if (rc != RC_OK || !child->ops->on_interface)
        return rc;
    rc = child->ops->on_interface(child->context, child, &interface);
    if (rc != RC_OK)
        fail(child, "an interface was not accepted", rc);
    return RC_OK;
}

static enum rc on_process(struct child *child, struct cursor *c, int fd)
{
    (void)fd;
    struct status_process row;
    status_process_get(c, &row);
    if (!cursor_done(c))
        return RC_MALFORMED;
    return child->ops->on_process ? child->ops->on_process(child->context, child, &row) : RC_OK;
}

static enum rc prepare_and_lock(struct child *child)
{
    struct sandbox_options options = {.directory_fd = -1};
    if (child->ops->before_run) {
        enum rc rc = child->ops->before_run(child->context, child, &options);
        if (rc != RC_OK) {
            fail(child, "could not be set up", rc);
            return rc;
        }
    }
    enum rc rc = child->finished ? RC_BAD_STATE : sandbox_enter(child->ops->sandbox, &options);
    if (rc != RC_OK && !child->finished)
        fail(child, "the sandbox could not be locked", rc);
    return rc;
}

static enum rc on_run(struct child *child, struct cursor *c, int fd)
{
    (void)fd;
    if (child->running || !cursor_done(c))
        return RC_BAD_STATE;
    if (prepare_and_lock(child) != RC_OK)
        return RC_OK;
    child->running = true;
    for (int role = 0; role < ROLE_COUNT && !child->finished; role++) {
        int waiting = child->waiting[role];
        child->waiting[role] = -1;
        if (waiting >= 0)
            give_channel(child, (enum role)role, waiting);
    }
    if (!child->finished && tell(child, MSG_READY, NULL) != RC_OK)
        child_finish(child, 1);
    return RC_OK;
}

static enum rc on_users_done(struct child *child, struct cursor *c, int fd)
{
    (void)fd;
    struct control_result result;
    enum rc rc = control_result_get(c, &result);
    if (rc == RC_OK && child->ops->on_users)
        child->ops->on_users(child->context, child, &result);
    return rc;
}

static enum rc on_config_new(struct child *child, struct cursor *c, int fd)
{
    struct reload_text text;
    enum rc rc = reload_text_get(c, &text);
    if (rc == RC_OK && child->running && child->ops->on_reload)
        child->ops->on_reload(child->context, child, &text, fd);
    else
        close(fd);
    return rc;
}

static enum rc on_log_text(struct child *child, struct cursor *c, int fd)
{
    (void)fd;
    struct log_piece piece;
    enum rc rc = log_piece_get(c, &piece);
    if (rc == RC_OK && child->ops->on_log_text)
        child->ops->on_log_text(child->context, child, &piece);
    return rc;
}

static enum rc on_stop(struct child *child, struct cursor *c, int fd)
{
    (void)fd;
    if (!cursor_done(c))
        return RC_MALFORMED;
    if (child->running && child->ops->on_stop)
        child->ops->on_stop(child->context, child);
    else
        child_finish(child, 0);
    return RC_OK;
}

static step *const steps[MESSAGE_COUNT] = {
    [MSG_CONFIG] = on_config,         [MSG_SOCKET] = on_socket,   [MSG_CHANNEL] = on_channel,
    [MSG_INTERFACE] = on_interface,   [MSG_RUN] = on_run,         [MSG_STOP] = on_stop,
    [MSG_USERS_DONE] = on_users_done, [MSG_PROCESS] = on_process, [MSG_CONFIG_NEW] = on_config_new,
    [MSG_LOG_PIECE] = on_log_text,
};

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    (void)channel;
    struct child *child = context;
    /* After child_finish nothing more is begun; a descriptor must not be lost in it. */
    if (child->finished || !steps[kind]) {
        if (fd >= 0)
            close(fd);
        payload->at = payload->end;
        return steps[kind] ? RC_OK : RC_UNSUPPORTED;
    }
    return steps[kind](child, payload, fd);
}

/* The warden is gone, and with it whoever could stop or restart us. */
static void on_warden_closed(void *context, struct channel *channel, const char *reason)
{
    (void)channel;
    (void)reason;
    struct child *child = context;
    child->warden = NULL;
    child_finish(child, 1);
}

/* Ctrl-C reaches the whole foreground group, but the order of a stop is the warden's. */
static void ignore_signals(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
}

static void close_down(struct child *child)
{
    if (child->ops->after_run)
        child->ops->after_run(child->context, child);
    for (int role = 0; role < ROLE_COUNT; role++)
        if (child->waiting[role] >= 0)
            close(child->waiting[role]);
    channel_close(child->warden);
    child->warden = NULL;
    /* Closing a handle takes turns of the loop. One that a role left open must not keep us. */
    for (int i = 0; i < 8 && uv_run(&child->loop, UV_RUN_NOWAIT); i++)
        ;
    uv_loop_close(&child->loop);
}

/* Asked before the loop is made, whose own descriptors would take the number. */
static bool has_channel(void)
{
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(CHILD_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

static enum rc open_warden(struct child *child)
{
    if (!has_channel() || uv_loop_init(&child->loop) != 0)
        return RC_IO;
    enum rc rc = channel_open(&child->loop, CHILD_FD, child->self, ROLE_WARDEN, on_message,
                              on_warden_closed, child, &child->warden);
    if (rc != RC_OK) {
        uv_run(&child->loop, UV_RUN_NOWAIT);
        uv_loop_close(&child->loop);
    }
    return rc;
}

int child_main(enum role self, const struct child_ops *ops, void *context)
{
    struct child child = {.self = self, .ops = ops, .context = context};
    for (int role = 0; role < ROLE_COUNT; role++)
        child.waiting[role] = -1;
    char name[16];
    ignore_signals();
    /* The warden executes us by descriptor, which leaves a number as the name in `ps`. */
    snprintf(name, sizeof name, "hubward-%s", role_name(self));
    prctl(PR_SET_NAME, name, 0, 0, 0);
    /* One arena for all threads: less memory, and the allocator never needs to look at /proc,
     * which it does to shrink the arenas of threads. */
    mallopt(M_ARENA_MAX, 1);
    if (sandbox_prepare() != RC_OK)
        return 1;
    if (open_warden(&child) != RC_OK) {
        fprintf(stderr, "%s: this program is started by hubd or spoked, not by hand\n",
                role_name(self));
        return EXIT_NO_WARDEN;
    }
    while (!child.finished)
        uv_run(&child.loop, UV_RUN_DEFAULT);
    close_down(&child);
#ifdef HUBWARD_SANITIZED
    /* The leak check at exit traces its own process, which a process that cannot be traced
     * fails. */
    fflush(NULL);
    _exit(child.status);
#endif
    return child.status;
}
