/* A warden for one child: starts the built program as an unprivileged user, hands over what the
 * test wants, joins it to a key that the test plays, and takes its log. The program runs in its
 * real sandbox. */
#ifndef HUBWARD_TESTS_MINI_WARDEN_H
#define HUBWARD_TESTS_MINI_WARDEN_H

#include "host/channel.h"
#include "host/message_start.h"
#include "host/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MINI_UID = 64990, MINI_LINES = 64 };

struct mini {
    uv_loop_t loop;
    enum role role;
    struct channel *warden;
    struct channel *key;
    pid_t pid;
    bool ready;
    size_t lines;
    char line[MINI_LINES][256];
    channel_handler *on_key; /* with this struct as its context */
    void *context;
};

/* Open the program beside this test: build/tests/x → build/libexec/name. -1: it is not built. */
static inline int mini_program(const char *name)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return -1;
    path[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return -1;
        *slash = '\0';
    }
    size_t len = strlen(path);
    snprintf(path + len, sizeof path - len, "/libexec/%s", name);
    return open(path, O_PATH | O_CLOEXEC);
}

static inline enum rc mini_on_warden(void *context, struct channel *channel, enum message_kind kind,
                                     struct cursor *payload, int fd)
{
    struct mini *mini = context;
    struct child_line line;
    (void)channel;
    (void)fd;
    if (kind == MSG_READY)
        mini->ready = true;
    if (kind != MSG_LOG) {
        (void)cursor_take(payload, cursor_left(payload)); /* read to its end, as is due */
        return RC_OK;
    }
    enum rc rc = child_line_get(payload, &line);
    if (rc == RC_OK && mini->lines < MINI_LINES)
        snprintf(mini->line[mini->lines++], sizeof mini->line[0], "%.250s", line.text);
    return rc;
}

static inline void mini_on_closed(void *context, struct channel *channel, const char *reason)
{
    struct mini *mini = context;
    (void)reason;
    if (channel == mini->warden)
        mini->warden = NULL;
    if (channel == mini->key)
        mini->key = NULL;
}

static inline bool mini_tell(struct mini *mini, enum message_kind kind, const struct builder *b,
                             int fd)
{
    struct span payload = b ? builder_span(b) : (struct span){NULL, 0};
    return mini->warden && channel_send(mini->warden, kind, payload, fd) == RC_OK;
}

/* Hand over a socket or directory, or a sealed text. */
static inline bool mini_give_socket(struct mini *mini, enum socket_kind kind, int fd)
{
    uint8_t octets[128];
    struct builder b = builder_of(octets, sizeof octets);
    struct child_socket socket = {.kind = kind};
    child_socket_put(&b, &socket);
    return mini_tell(mini, MSG_SOCKET, &b, fd);
}

static inline bool mini_give_config(struct mini *mini, const char *name, int fd)
{
    uint8_t octets[128];
    struct builder b = builder_of(octets, sizeof octets);
    builder_string(&b, name);
    return mini_tell(mini, MSG_CONFIG, &b, fd);
}

/* A new key: the former channel, if any, is closed. */
static inline bool mini_join_key(struct mini *mini)
{
    int ends[2];
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    child_peer_put(&b, ROLE_KEY);
    channel_close(mini->key);
    mini->key = NULL;
    if (channel_pair(ends) != RC_OK)
        return false;
    bool told = mini_tell(mini, MSG_CHANNEL, &b, ends[1]);
    close(ends[1]);
    return channel_open(&mini->loop, ends[0], ROLE_KEY, mini->role, mini->on_key, mini_on_closed,
                        mini, &mini->key) == RC_OK &&
           told;
}

static inline void mini_on_tick(uv_timer_t *timer)
{
    (void)timer;
}

/* Turn the loop until *flag or so many milliseconds have passed; returns *flag. */
static inline bool mini_wait(struct mini *mini, const bool *flag, uint64_t most_ms)
{
    uv_timer_t timer;
    uint64_t until = uv_hrtime() / 1000000 + most_ms;
    uv_timer_init(&mini->loop, &timer);
    uv_timer_start(&timer, mini_on_tick, 5, 5);
    while (!*flag && uv_hrtime() / 1000000 < until)
        uv_run(&mini->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&mini->loop, UV_RUN_NOWAIT); /* a turn ends with the closing of what is closing */
    return *flag;
}

/* Start the program; what is handed over comes next, then mini_run. */
static inline bool mini_start(struct mini *mini, enum role role, const char *name,
                              channel_handler *on_key, long extra_gid)
{
    int ends[2], program = mini_program(name);
    *mini = (struct mini){.role = role, .on_key = on_key};
    struct spawn_request request = {
        .program_fd = program, .name = name, .user = {MINI_UID, MINI_UID, extra_gid}};
    if (program < 0 || uv_loop_init(&mini->loop) != 0 || channel_pair(ends) != RC_OK)
        return false;
    request.channel_fd = ends[1];
    enum rc rc = spawn_role(&request, &mini->pid);
    close(ends[1]);
    close(program);
    return channel_open(&mini->loop, ends[0], ROLE_WARDEN, role, mini_on_warden, mini_on_closed,
                        mini, &mini->warden) == RC_OK &&
           rc == RC_OK;
}

static inline bool mini_run(struct mini *mini)
{
    return mini_join_key(mini) && mini_tell(mini, MSG_RUN, NULL, -1) &&
           mini_wait(mini, &mini->ready, 20000);
}

/* Wait for the end of the program; its status as waitpid gives it. */
static inline int mini_reap(struct mini *mini)
{
    int status = -1;
    waitpid(mini->pid, &status, 0);
    channel_close(mini->key);
    channel_close(mini->warden);
    mini->key = mini->warden = NULL;
    for (int i = 0; i < 16 && uv_run(&mini->loop, UV_RUN_NOWAIT); i++)
        ;
    uv_loop_close(&mini->loop);
    return status;
}

static inline int mini_stop(struct mini *mini)
{
    mini_tell(mini, MSG_STOP, NULL, -1);
    return mini_reap(mini);
}

static inline int mini_kill(struct mini *mini)
{
    kill(mini->pid, SIGKILL);
    return mini_reap(mini);
}

/* Does a line of its log hold the text? */
static inline bool mini_said(const struct mini *mini, const char *text)
{
    for (size_t i = 0; i < mini->lines; i++)
        if (strstr(mini->line[i], text))
            return true;
    return false;
}

#endif
