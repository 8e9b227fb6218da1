/* How the processes are: told to key, which shows it to operators, whenever one starts, is ready or
 * ends, and every few seconds for the figures that grow. */
#include "role/warden_state.h"

#include "host/clock.h"
#include "host/process_usage.h"
#include "host/status_rows.h"

#include <unistd.h>

enum { HEALTH_EVERY_MS = 5000 };

static void tell(struct warden *warden, struct warden_child *key, const struct status_process *row)
{
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    status_process_put(&b, row);
    /* A key that does not listen now is told again soon. */
    if (warden_child_tell(key, MSG_PROCESS, &b, -1) == RC_MALFORMED)
        log_line(&warden->log, LEVEL_ERROR, "the state of %s could not be encoded",
                 role_name(row->role));
}

static void measure(pid_t pid, struct status_process *row)
{
    struct process_usage usage;
    if (pid <= 0 || process_usage(pid, &usage) != RC_OK)
        return;
    row->rss_kb = usage.rss_kb;
    row->cpu_ms = usage.cpu_ms;
}

/* Key, when it is there to hear it. */
static struct warden_child *listener(struct warden *warden)
{
    struct warden_child *key = warden_child_of(warden, ROLE_KEY);
    return key && key->ready && warden->phase <= WARDEN_RUNNING ? key : NULL;
}

void warden_health_changed(const struct warden_child *child)
{
    struct warden_child *key = listener(child->warden);
    if (!key)
        return;
    struct status_process row = {.role = child->role->role,
                                 .pid = (uint32_t)child->pid,
                                 .ready = child->ready,
                                 .restarts = child->starts ? child->starts - 1 : 0};
    if (child->pid > 0)
        row.up_ms = clock_now_ms() - child->started_ms;
    measure(child->pid, &row);
    tell(child->warden, key, &row);
}

void warden_health_all(struct warden *warden)
{
    struct warden_child *key = listener(warden);
    if (!key)
        return;
    struct status_process self = {.role = ROLE_WARDEN,
                                  .pid = (uint32_t)getpid(),
                                  .ready = warden->phase == WARDEN_RUNNING,
                                  .up_ms = clock_now_ms() - warden->started_ms};
    measure(getpid(), &self);
    tell(warden, key, &self);
    for (size_t i = 0; i < warden->child_count; i++)
        warden_health_changed(&warden->children[i]);
}

static void on_health(uv_timer_t *timer)
{
    warden_health_all(timer->data);
}

void warden_health_start(struct warden *warden)
{
    warden->started_ms = clock_now_ms();
    uv_timer_init(&warden->loop, &warden->health);
    warden->health.data = warden;
    uv_timer_start(&warden->health, on_health, HEALTH_EVERY_MS, HEALTH_EVERY_MS);
}

void warden_health_stop(struct warden *warden)
{
    if (warden->health.data)
        uv_close((uv_handle_t *)&warden->health, NULL);
}
