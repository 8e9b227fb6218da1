/* Children: started with fresh exec, handed what is theirs, joined by channels to those they talk
 * to, restarted with back-off. The warden's own copies of what it hands out never change, so the
 * tenth key process gets the same sockets as the first. */
#include "role/warden_state.h"

#include "host/clock.h"
#include "host/message_control.h"
#include "host/message_log.h"
#include "host/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MOST_MS = 10000, HEALTHY_MS = 30000 };
enum { END_LIMIT_MS = 500 }; /* a child whose channel is closed ends within this */

static void start_child(struct warden_child *child);

struct warden_child *warden_child_of(struct warden *warden, enum role role)
{
    for (size_t i = 0; i < warden->child_count; i++)
        if (warden->children[i].role->role == role)
            return &warden->children[i];
    return NULL;
}

enum rc warden_child_tell(struct warden_child *child, enum message_kind kind,
                          const struct builder *b, int fd)
{
    if (!child || !child->channel)
        return RC_NOT_FOUND;
    if (b && b->bad)
        return RC_MALFORMED;
    return channel_send(child->channel, kind, b ? builder_span(b) : (struct span){NULL, 0}, fd);
}

static void on_again(uv_timer_t *timer)
{
    start_child(timer->data);
}

static void start_later(struct warden_child *child)
{
    unsigned wait_ms = child->backoff_ms ? child->backoff_ms : BACKOFF_FIRST_MS;
    child->backoff_ms = wait_ms * 2 < BACKOFF_MOST_MS ? wait_ms * 2 : BACKOFF_MOST_MS;
    log_line(&child->warden->log, LEVEL_NOTICE, "%s is started again in %u ms",
             role_name(child->role->role), wait_ms);
    uv_timer_start(&child->again, on_again, wait_ms, 0);
}

static void all_ready(struct warden *warden)
{
    for (size_t i = 0; i < warden->child_count; i++)
        if (!warden->children[i].ready)
            return;
    if (warden->phase == WARDEN_STARTING) {
        warden->phase = WARDEN_RUNNING;
        log_line(&warden->log, LEVEL_NOTICE, "%s " HUBWARD_VERSION " is up, configuration %s",
                 warden->program->name, warden->options.config);
        notify_manager("READY=1");
    }
}

static enum rc on_ready(struct warden_child *child, struct cursor *c)
{
    if (!cursor_done(c) || child->ready)
        return RC_BAD_STATE;
    child->ready = true;
    uv_timer_stop(&child->again);
    log_line(&child->warden->log, LEVEL_INFO, "%s is ready", role_name(child->role->role));
    all_ready(child->warden);
    if (child->role->role == ROLE_KEY)
        warden_health_all(child->warden);
    else
        warden_health_changed(child);
    return RC_OK;
}

static enum rc on_log(struct warden_child *child, struct cursor *c)
{
    struct child_line line;
    enum rc rc = child_line_get(c, &line);
    if (rc == RC_OK)
        log_text(&child->warden->log, line.level, child->role->role, line.text);
    return rc;
}

static enum rc on_log_event(struct warden_child *child, struct cursor *c)
{
    struct event event;
    event_get(c, &event);
    if (!cursor_done(c))
        return RC_MALFORMED;
    log_event(&child->warden->log, child->role->role, &event);
    return RC_OK;
}

/* Key has stopped talking to it; it would wait for ever. */
static enum rc on_breach(struct warden_child *child, struct cursor *c)
{
    enum role by;
    enum rc rc = child_peer_get(c, &by);
    const struct warden_child *other = warden_child_of(child->warden, by);
    if (rc != RC_OK || !other || other == child)
        return RC_MALFORMED;
    log_line(&child->warden->log, LEVEL_ERROR,
             "%s broke the rules of its channel to %s and is killed", role_name(by),
             role_name(child->role->role));
    if (other->pid > 0)
        kill(other->pid, SIGKILL); /* restarted when it is reaped */
    return RC_OK;
}

static enum rc on_users_read(struct warden_child *child, struct cursor *c)
{
    struct control_result result = {.rc = RC_OK};
    uint8_t octets[CONTROL_TEXT + 64];
    struct builder b = builder_of(octets, sizeof octets);
    if (!cursor_done(c))
        return RC_MALFORMED;
    result.rc = warden_users_reload(child->warden, result.text, sizeof result.text);
    control_result_put(&b, &result);
    if (warden_child_tell(child, MSG_USERS_DONE, &b, -1) != RC_OK)
        log_line(&child->warden->log, LEVEL_WARNING, "%s was not told about the users file",
                 role_name(child->role->role));
    return RC_OK;
}

static enum rc on_config_read(struct warden_child *child, struct cursor *c)
{
    struct reload_order order;
    enum rc rc = reload_order_get(c, &order);
    if (rc == RC_OK)
        warden_reload(child->warden, &order);
    return rc;
}

static enum rc on_log_get(struct warden_child *child, struct cursor *c)
{
    static const size_t size = LOG_HEAD_LEN + LOG_PIECE;
    const struct log_ring *ring = child->warden->log.ring;
    struct log_question question;
    struct log_piece piece;
    enum rc rc = log_question_get(c, &question);
    uint8_t *octets = rc == RC_OK && ring ? malloc(size + LOG_PIECE) : NULL;
    if (!octets)
        return rc;
    struct builder b = builder_of(octets, size);
    log_piece_fill(ring, &question, octets + size, &piece);
    log_piece_put(&b, &piece);
    if (warden_child_tell(child, MSG_LOG_PIECE, &b, -1) != RC_OK)
        log_line(&child->warden->log, LEVEL_WARNING, "%s was not told the log",
                 role_name(child->role->role));
    free(octets);
    return RC_OK;
}

static enum rc on_route(struct warden_child *child, struct cursor *c)
{
    struct child_route route;
    enum rc rc = child_route_get(c, &route);
    return rc == RC_OK ? warden_net_route(child->warden, &route) : rc;
}

typedef enum rc answer(struct warden_child *child, struct cursor *c);
static answer *const answers[MESSAGE_COUNT] = {
    [MSG_READY] = on_ready,
    [MSG_LOG] = on_log,
    [MSG_LOG_EVENT] = on_log_event,
    [MSG_ROUTE] = on_route,
    [MSG_USERS_READ] = on_users_read,
    [MSG_BREACH] = on_breach,
    [MSG_CONFIG_READ] = on_config_read,
    [MSG_LOG_READ] = on_log_get,
};

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    (void)channel;
    if (fd >= 0)
        close(fd); /* no kind to the warden carries one */
    return answers[kind] ? answers[kind](context, payload) : RC_UNSUPPORTED;
}

static void on_overdue(uv_timer_t *timer)
{
    const struct warden_child *child = timer->data;
    if (child->pid > 0)
        kill(child->pid, SIGKILL);
}

static void on_not_ready(uv_timer_t *timer)
{
    const struct warden_child *child = timer->data;
    if (child->pid <= 0)
        return;
    log_line(&child->warden->log, LEVEL_ERROR, "%s does not become ready and is killed",
             role_name(child->role->role));
    kill(child->pid, SIGKILL); /* restarted when it is reaped */
}

/* Either it is just ending, or it asked for what it may not: then it is not what it should be. */
static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct warden_child *child = context;
    child->channel = NULL;
    child->ready = false;
    if (channel_broken(channel)) {
        log_line(&child->warden->log, LEVEL_ERROR,
                 "%s broke the rules of its channel and is killed: %s",
                 role_name(child->role->role), reason);
        if (child->pid > 0)
            kill(child->pid, SIGKILL);
    }
    uv_timer_start(&child->again, on_overdue, END_LIMIT_MS, 0);
}

static enum rc give_handouts(struct warden_child *child)
{
    struct warden *warden = child->warden;
    uint8_t octets[256];
    for (size_t i = 0; i < warden->handout_count; i++) {
        const struct warden_handout *handout = &warden->handouts[i];
        struct builder b = builder_of(octets, sizeof octets);
        if (handout->role != child->role->role)
            continue;
        if (handout->kind == MSG_CONFIG)
            builder_string(&b, handout->socket.name);
        else
            child_socket_put(&b, &handout->socket);
        enum rc rc = warden_child_tell(child, handout->kind, &b, handout->fd);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static enum rc tell_interface(struct warden_child *child, const struct plan_interface *from)
{
    struct child_interface interface = {.ifindex = from->ifindex, .addr = from->addr};
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    snprintf(interface.ios_name, sizeof interface.ios_name, "%s", from->config->name);
    snprintf(interface.linux_name, sizeof interface.linux_name, "%s", from->linux_name);
    child_interface_put(&b, &interface);
    return warden_child_tell(child, MSG_INTERFACE, &b, -1);
}

void warden_child_interface(struct warden *warden, const struct plan_interface *interface)
{
    struct warden_child *key = warden_child_of(warden, ROLE_KEY);
    if (key && key->channel && tell_interface(key, interface) != RC_OK)
        log_line(&warden->log, LEVEL_WARNING, "key was not told the address of %s",
                 interface->linux_name);
}

static enum rc give_interfaces(struct warden_child *child)
{
    struct warden *warden = child->warden;
    if (child->role->role != ROLE_KEY)
        return RC_OK;
    for (size_t i = 0; i < warden->interface_count; i++) {
        enum rc rc = warden->interfaces[i].linux_name[0]
                         ? tell_interface(child, &warden->interfaces[i])
                         : RC_OK;
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

void warden_child_interfaces(struct warden *warden)
{
    for (size_t i = 0; i < warden->interface_count; i++)
        if (warden->interfaces[i].linux_name[0])
            warden_child_interface(warden, &warden->interfaces[i]);
}

enum rc warden_hand_out_again(struct warden *warden, enum role role, const char *name, int take_fd)
{
    for (size_t i = 0; i < warden->handout_count; i++) {
        struct warden_handout *handout = &warden->handouts[i];
        if (handout->role != role || handout->kind != MSG_CONFIG ||
            strcmp(handout->socket.name, name) != 0)
            continue;
        close(handout->fd);
        handout->fd = take_fd;
        return RC_OK;
    }
    close(take_fd);
    return RC_NOT_FOUND;
}

static enum rc give_end(struct warden_child *child, enum role other, int fd)
{
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    child_peer_put(&b, other);
    return warden_child_tell(child, MSG_CHANNEL, &b, fd);
}

/* An other that does not take its end is not the fault of the one that starts: it has died and is
 * joined anew when it is back, or it has stopped listening and is ended so that this happens. */
static enum rc join(struct warden_child *starting, struct warden_child *other)
{
    int ends[2];
    enum rc rc = channel_pair(ends);
    if (rc != RC_OK)
        return rc;
    rc = give_end(starting, other->role->role, ends[0]);
    if (give_end(other, starting->role->role, ends[1]) != RC_OK && other->pid > 0)
        kill(other->pid, SIGKILL);
    close(ends[0]);
    close(ends[1]);
    return rc;
}

/* Key talks to everybody but the launcher of root's workers, which hears the login broker only. */
static bool talk(enum role a, enum role b)
{
    if (a == ROLE_LAUNCHER || b == ROLE_LAUNCHER)
        return a == ROLE_XAUTH || b == ROLE_XAUTH;
    return (a == ROLE_KEY) != (b == ROLE_KEY);
}

static enum rc give_channels(struct warden_child *child)
{
    struct warden *warden = child->warden;
    for (size_t i = 0; i < warden->child_count; i++) {
        struct warden_child *other = &warden->children[i];
        bool joined = other->channel && talk(child->role->role, other->role->role);
        enum rc rc = joined ? join(child, other) : RC_OK;
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static enum rc hand_over(struct warden_child *child)
{
    enum rc rc = give_handouts(child);
    if (rc == RC_OK)
        rc = give_interfaces(child);
    if (rc == RC_OK)
        rc = give_channels(child);
    if (rc == RC_OK)
        rc = warden_child_tell(child, MSG_RUN, NULL, -1);
    return rc;
}

static enum rc launch(struct warden_child *child)
{
    struct warden *warden = child->warden;
    int ends[2];
    enum rc rc = channel_pair(ends);
    if (rc != RC_OK)
        return rc;
    struct spawn_request request = {.program_fd = child->program_fd,
                                    .name = child->role->program,
                                    .user = child->user,
                                    .channel_fd = ends[1]};
    rc = spawn_role(&request, &child->pid);
    close(ends[1]);
    if (rc != RC_OK) {
        close(ends[0]);
        return rc;
    }
    child->started_ms = clock_now_ms();
    child->starts++;
    uv_timer_start(&child->again, on_not_ready, warden->ready_limit_ms, 0);
    return channel_open(&warden->loop, ends[0], ROLE_WARDEN, child->role->role, on_message,
                        on_closed, child, &child->channel);
}

static void start_child(struct warden_child *child)
{
    if (child->warden->phase > WARDEN_RUNNING)
        return;
    enum rc rc = launch(child);
    if (rc == RC_OK)
        rc = hand_over(child);
    warden_health_changed(child);
    if (rc == RC_OK)
        return;
    log_line(&child->warden->log, LEVEL_ERROR, "%s could not be started: %s",
             role_name(child->role->role), rc_text(rc));
    if (child->pid > 0)
        kill(child->pid, SIGKILL); /* restarted when it is reaped */
    else
        start_later(child);
}

void warden_children_start(struct warden *warden)
{
    for (size_t i = 0; i < warden->child_count; i++)
        start_child(&warden->children[i]);
}

static void describe_end(struct warden_child *child, int status)
{
    struct log *log = &child->warden->log;
    const char *name = role_name(child->role->role);
    bool asked = child->warden->phase > WARDEN_RUNNING;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        log_line(log, LEVEL_ERROR, "%s was killed by its sandbox for a forbidden system call",
                 name);
    else if (WIFSIGNALED(status))
        log_line(log, asked ? LEVEL_WARNING : LEVEL_ERROR, "%s was killed by signal %d (%s)", name,
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        log_line(log, asked && WEXITSTATUS(status) == 0 ? LEVEL_INFO : LEVEL_ERROR,
                 "%s ended with status %d", name, WEXITSTATUS(status));
}

static void child_ended(struct warden_child *child, int status)
{
    struct warden *warden = child->warden;
    describe_end(child, status);
    child->pid = 0;
    child->ready = false;
    /* Its last lines may still be in the socket. */
    channel_drain(child->channel);
    channel_close(child->channel);
    child->channel = NULL;
    uv_timer_stop(&child->again); /* the drain may have met the end of the channel */
    if (clock_now_ms() - child->started_ms >= HEALTHY_MS)
        child->backoff_ms = 0;
    warden_health_changed(child);
    if (warden->phase <= WARDEN_RUNNING)
        start_later(child);
    else
        warden_stop_advance(warden);
}

void warden_children_reap(struct warden *warden)
{
    for (size_t i = 0; i < warden->child_count; i++) {
        struct warden_child *child = &warden->children[i];
        int status;
        if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid)
            child_ended(child, status);
    }
}

static int open_program(struct warden *warden, const char *libexec, const char *program)
{
    char path[2 * OPTIONS_PATH];
    snprintf(path, sizeof path, "%s/%s", libexec, program);
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        log_line(&warden->log, LEVEL_ERROR, "%s: %s", path, strerror(errno));
    return fd;
}

enum rc warden_children_init(struct warden *warden)
{
    char libexec[OPTIONS_PATH];
    enum rc rc = warden_dir_libexec(warden, libexec);
    for (size_t i = 0; i < warden->program->role_count && rc == RC_OK; i++) {
        const struct warden_role *role = &warden->program->roles[i];
        if (role->wanted && !role->wanted(warden->config))
            continue;
        struct warden_child *child = &warden->children[warden->child_count];
        *child = (struct warden_child){.warden = warden, .role = role};
        child->user = role->as_root
                          ? spawn_user_root()
                          : spawn_user_find(role->user, WARDEN_UID_BASE + (uid_t)role->role,
                                            role->extra_group);
        child->program_fd = open_program(warden, libexec, role->program);
        if (child->program_fd < 0)
            return RC_NOT_FOUND;
        uv_timer_init(&warden->loop, &child->again);
        child->again.data = child;
        warden->child_count++;
    }
    return rc;
}

void warden_children_kill(struct warden *warden)
{
    for (size_t i = 0; i < warden->child_count; i++)
        if (warden->children[i].pid > 0)
            kill(warden->children[i].pid, SIGKILL);
}

bool warden_children_gone(const struct warden *warden)
{
    for (size_t i = 0; i < warden->child_count; i++)
        if (warden->children[i].pid > 0)
            return false;
    return true;
}

void warden_children_wipe(struct warden *warden)
{
    for (size_t i = 0; i < warden->child_count; i++) {
        struct warden_child *child = &warden->children[i];
        channel_close(child->channel);
        child->channel = NULL;
        close(child->program_fd);
        uv_close((uv_handle_t *)&child->again, NULL);
    }
}
