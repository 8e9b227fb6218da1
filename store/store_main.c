/* hubward-store: the sole owner of the database. It is given its directory by the warden and key's
 * channel, and can reach nothing else. */
#include "host/channel.h"
#include "host/child.h"
#include "store/service.h"

#include <time.h>
#include <unistd.h>

struct store {
    struct child *child;
    struct channel *key; /* NULL: key is not there */
    struct service *service;
    int directory_fd;
    uv_timer_t timer;
    uv_check_t check;
};

static struct service_now store_now(struct store *store)
{
    return (struct service_now){.ms = uv_now(child_loop(store->child)),
                                .unix_s = (uint64_t)time(NULL)};
}

static enum rc send_to_key(void *context, enum message_kind kind, struct span payload)
{
    struct store *store = context;
    return store->key ? channel_send(store->key, kind, payload, -1) : RC_NOT_FOUND;
}

static size_t queued_for_key(void *context)
{
    struct store *store = context;
    return store->key ? channel_queued(store->key) : 0;
}

static void on_log(void *context, enum event_level level, const char *line)
{
    struct store *store = context;
    child_log(store->child, level, "%s", line);
}

static void on_due(uv_timer_t *timer);

static void rearm(struct store *store)
{
    uint64_t now_ms = uv_now(child_loop(store->child));
    uint64_t next_ms = service_next_ms(store->service);
    if (next_ms == UINT64_MAX)
        uv_timer_stop(&store->timer);
    else
        uv_timer_start(&store->timer, on_due, next_ms > now_ms ? next_ms - now_ms : 0, 0);
}

static void on_due(uv_timer_t *timer)
{
    struct store *store = timer->data;
    const struct service_now now = store_now(store);
    service_tick(store->service, &now);
    rearm(store);
}

/* After all descriptors of this turn have been read: what they brought is one transaction. */
static void on_check(uv_check_t *check)
{
    struct store *store = check->data;
    const struct service_now now = store_now(store);
    service_commit(store->service, &now);
    rearm(store);
}

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    struct store *store = context;
    (void)channel;
    (void)fd; /* the table allows none */
    const struct service_now now = store_now(store);
    return service_message(store->service, kind, payload, &now);
}

static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct store *store = context;
    if (channel != store->key)
        return;
    child_log(store->child, LEVEL_NOTICE, "channel to key: %s", reason);
    store->key = NULL;
    const struct service_now now = store_now(store);
    service_key_gone(store->service, &now);
}

static enum rc on_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct store *store = context;
    if (other != ROLE_KEY) {
        close(take_fd);
        return RC_OK;
    }
    const struct service_now now = store_now(store);
    channel_close(store->key);
    store->key = NULL;
    service_key_gone(store->service, &now);
    enum rc rc = channel_open(child_loop(child), take_fd, ROLE_STORE, ROLE_KEY, on_message,
                              on_closed, store, &store->key);
    if (rc != RC_OK)
        return rc;
    service_key_came(store->service, &now);
    rearm(store);
    return RC_OK;
}

static enum rc on_socket(void *context, struct child *child, enum socket_kind kind, uint32_t number,
                         const char *name, int take_fd)
{
    struct store *store = context;
    (void)child;
    (void)number;
    (void)name;
    if (kind != SOCKET_STATE_DIR || store->directory_fd >= 0) {
        close(take_fd);
        return RC_OK;
    }
    store->directory_fd = take_fd;
    return RC_OK;
}

/* The database itself is opened when key comes: a damaged file is read inside the sandbox only. */
static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    struct store *store = context;
    const struct service_io io = {
        .send = send_to_key, .queued = queued_for_key, .log = on_log, .context = store};
    store->child = child;
    if (store->directory_fd < 0 || fchdir(store->directory_fd) != 0) {
        child_log(child, LEVEL_ERROR, "the directory of the database cannot be entered");
        return RC_IO;
    }
    options->directory_fd = store->directory_fd;
    enum rc rc = service_new(NULL, &io, &store->service);
    if (rc != RC_OK)
        return rc;
    store->timer.data = store;
    store->check.data = store;
    uv_timer_init(child_loop(child), &store->timer); /* these never fail */
    uv_check_init(child_loop(child), &store->check);
    uv_check_start(&store->check, on_check);
    return RC_OK;
}

static void after_run(void *context, struct child *child)
{
    struct store *store = context;
    (void)child;
    if (store->service) {
        const struct service_now now = store_now(store);
        service_free(store->service, &now); /* key is still told what this commits */
        uv_close((uv_handle_t *)&store->timer, NULL);
        uv_close((uv_handle_t *)&store->check, NULL);
    }
    channel_close(store->key);
    store->key = NULL;
    if (store->directory_fd >= 0)
        close(store->directory_fd);
}

int main(void)
{
    static const struct child_ops ops = {.sandbox = SANDBOX_STORE,
                                         .on_socket = on_socket,
                                         .on_channel = on_channel,
                                         .before_run = before_run,
                                         .after_run = after_run};
    struct store store = {.directory_fd = -1};
    return child_main(ROLE_STORE, &ops, &store);
}
