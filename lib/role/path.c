/* The role as callbacks of host/child.h around one datapath: descriptors come from the warden, SAs
 * from key, packets from the loop. */
#include "role/path.h"

#include "base/wipe.h"
#include "crypto/random.h"
#include "host/channel.h"
#include "host/child.h"
#include "host/clock.h"
#include "role/path_report.h"

#include <stdlib.h>
#include <unistd.h>

enum { TUNNELS_MAX = 200000, TICK_MS = 1000 };

/* A descriptor that is watched; freed by the loop when its handle has closed. */
struct watch {
    uv_poll_t poll;
    struct path *path;
    int fd;
    struct watch *next;
};

struct path {
    struct child *child;
    struct datapath *datapath;
    struct path_report report;
    struct watch *watches;
    uv_timer_t tick;
    bool ticking;
};

/* ---- hooks of the datapath ---- */

static void on_ike(void *context, const struct path_datagram *datagram)
{
    struct path *path = context;
    if (!path_report_ike(&path->report, datagram))
        datapath_drop(path->datapath, DROP_IKE_RATE);
}

static void on_event(void *context, enum sa_event event, const struct esp_sa *sa)
{
    struct path *path = context;
    path_report_event(&path->report, event, sa);
}

static void on_acquire(void *context, uint32_t tun, const struct esp_inner *inner)
{
    struct path *path = context;
    path_report_acquire(&path->report, tun, inner, clock_now_ms());
}

/* ---- descriptors ---- */

static void on_readable(uv_poll_t *poll, int status, int events);

/* libuv stops watching a descriptor that has a pending error. Reading it has cleared that, if it
 * was one that passes. */
static enum rc watch_again(uv_poll_t *poll)
{
    return uv_poll_start(poll, UV_READABLE, on_readable) == 0 ? RC_OK : RC_IO;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct watch *watch = poll->data;
    struct path *path = watch->path;
    enum rc rc = datapath_readable(path->datapath, watch->fd, clock_now_ms());
    if (rc == RC_OK && status != 0)
        rc = watch_again(poll);
    if (rc == RC_OK)
        return;
    /* A device is gone. The warden, which owns it, starts us again when it has made a new one. */
    child_log(path->child, LEVEL_ERROR, "descriptor %d failed: %s", watch->fd, rc_text(rc));
    uv_poll_stop(poll);
    child_finish(path->child, 1);
}

static enum rc watch_fd(struct path *path, int fd)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return RC_NO_MEMORY;
    if (uv_poll_init(child_loop(path->child), &watch->poll, fd) != 0) {
        free(watch);
        return RC_IO;
    }
    watch->path = path;
    watch->fd = fd;
    watch->poll.data = watch;
    watch->next = path->watches;
    path->watches = watch;
    return uv_poll_start(&watch->poll, UV_READABLE, on_readable) == 0 ? RC_OK : RC_IO;
}

static enum rc open_datapath(struct path *path, struct child *child)
{
    struct rng rng = random_rng();
    const struct datapath_hooks hooks = {
        .context = path, .ike = on_ike, .event = on_event, .acquire = on_acquire};
    path->child = child;
    path->report.acquire.seed = rng_u64(&rng);
    path->datapath = datapath_new(rng_u64(&rng), TUNNELS_MAX, &hooks, rng);
    return path->datapath ? RC_OK : RC_NO_MEMORY;
}

static enum rc on_socket(void *context, struct child *child, enum socket_kind kind, uint32_t number,
                         const char *name, int take_fd)
{
    (void)name;
    struct path *path = context;
    enum rc rc = path->datapath ? RC_OK : open_datapath(path, child);
    if (rc != RC_OK || (kind != SOCKET_ESP_4500 && kind != SOCKET_ESP_RAW && kind != SOCKET_TUN)) {
        close(take_fd);
        return rc == RC_OK ? RC_UNSUPPORTED : rc;
    }
    rc = kind == SOCKET_TUN ? datapath_add_tun(path->datapath, number, take_fd)
                            : datapath_add_socket(path->datapath, take_fd);
    return rc == RC_OK ? watch_fd(path, take_fd) : rc;
}

/* ---- key ---- */

static enum rc install(struct path *path, struct cursor *payload)
{
    struct esp_params params = {0};
    esp_params_get(payload, &params);
    enum rc rc = payload->bad ? RC_MALFORMED : RC_OK;
    if (rc == RC_OK) {
        enum rc done = esp_sadb_install(datapath_sadb(path->datapath), &params);
        if (done != RC_OK)
            child_log(path->child, LEVEL_ERROR, "SA with SPI 0x%08x not installed: %s",
                      (unsigned)params.spi, rc_text(done));
    }
    wipe(&params, sizeof params);
    return rc;
}

static enum rc remove_sa(struct path *path, struct cursor *payload)
{
    struct path_delete msg;
    enum rc rc = path_delete_get(payload, &msg);
    if (rc == RC_OK)
        rc = esp_sadb_delete(datapath_sadb(path->datapath), msg.tunnel, msg.spi, msg.direction);
    return rc == RC_NOT_FOUND ? RC_OK : rc; /* it has expired here first */
}

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    (void)channel;
    (void)fd;
    if (kind == MSG_SA_INSTALL)
        return install(context, payload);
    if (kind == MSG_SA_DELETE)
        return remove_sa(context, payload);
    return RC_UNSUPPORTED;
}

/* Key is gone; packets go on. Its tunnels have no name any more. */
static void on_key_closed(void *context, struct channel *channel, const char *reason)
{
    struct path *path = context;
    if (path->report.key != channel)
        return;
    child_log(path->child, LEVEL_WARNING, "the key process is away (%s), forwarding goes on",
              reason);
    path_report_listen(&path->report, NULL);
    esp_sadb_orphan(datapath_sadb(path->datapath));
}

static enum rc on_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct path *path = context;
    struct channel *key;
    if (other != ROLE_KEY) {
        close(take_fd);
        return RC_UNSUPPORTED;
    }
    enum rc rc = channel_open(child_loop(child), take_fd, ROLE_PATH, ROLE_KEY, on_message,
                              on_key_closed, path, &key);
    if (rc != RC_OK)
        return rc;
    if (path->report.key) {
        channel_close(path->report.key);
        esp_sadb_orphan(datapath_sadb(path->datapath));
    }
    path_report_listen(&path->report, key);
    return RC_OK;
}

/* ---- life ---- */

static void on_tick(uv_timer_t *timer)
{
    struct path *path = timer->data;
    esp_sadb_expire(datapath_sadb(path->datapath), clock_now_ms());
    path_report_tick(&path->report, path->datapath);
}

/* The library reads its configuration and gathers randomness at first use, which the sandbox will
 * not allow any more: use it once for each cipher. */
static enum rc warm_up(void)
{
    static const struct packet_suite suites[] = {
        {PACKET_AES_GCM, 128, HASH_NONE, 16},   {PACKET_AES_CBC, 128, HASH_SHA1, 12},
        {PACKET_AES_CTR, 128, HASH_SHA256, 16}, {PACKET_3DES_CBC, 0, HASH_MD5, 12},
        {PACKET_AES_CBC, 256, HASH_SHA384, 24}, {PACKET_DES_CBC, 0, HASH_SHA512, 32}};
    const uint8_t zeros[ESP_KEYMAT_MAX] = {0};
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        struct packet_context *context =
            packet_context_new(&suites[i], (struct span){zeros, packet_key_len(&suites[i])});
        if (!context)
            return RC_CRYPTO;
        packet_context_free(context);
    }
    return RC_OK;
}

static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    (void)options;
    struct path *path = context;
    enum rc rc = path->datapath ? RC_OK : open_datapath(path, child);
    if (rc == RC_OK)
        rc = warm_up();
    if (rc != RC_OK)
        return rc;
    if (uv_timer_init(child_loop(child), &path->tick) != 0)
        return RC_IO;
    path->tick.data = path;
    path->ticking = true;
    return uv_timer_start(&path->tick, on_tick, TICK_MS, TICK_MS) == 0 ? RC_OK : RC_IO;
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void after_run(void *context, struct child *child)
{
    struct path *path = context;
    channel_close(path->report.key);
    path->report.key = NULL;
    while (path->watches) {
        struct watch *watch = path->watches;
        path->watches = watch->next;
        uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    }
    if (path->ticking)
        uv_close((uv_handle_t *)&path->tick, NULL);
    uv_run(child_loop(child), UV_RUN_NOWAIT); /* descriptors must outlive their handles */
    datapath_free(path->datapath);
    path->datapath = NULL;
}

int path_main(void)
{
    static const struct child_ops ops = {.sandbox = SANDBOX_PATH,
                                         .on_socket = on_socket,
                                         .on_channel = on_channel,
                                         .before_run = before_run,
                                         .after_run = after_run};
    struct path path = {0};
    return child_main(ROLE_PATH, &ops, &path);
}
