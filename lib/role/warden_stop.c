/* The order of a stop: key first, so that its deletes still leave through its sockets; then the
 * others; what is still there after three seconds is killed. */
#include "role/warden_state.h"

#include "host/notify.h"

enum { KEY_LIMIT_MS = 2000, REST_LIMIT_MS = 900 };

static void on_limit(uv_timer_t *timer);

static void ask(struct warden *warden, bool key)
{
    for (size_t i = 0; i < warden->child_count; i++) {
        struct warden_child *child = &warden->children[i];
        bool meant = (child->role->role == ROLE_KEY) == key;
        /* A queue that is full belongs to a child that does not listen: the limit ends it. */
        if (meant && child->channel && warden_child_tell(child, MSG_STOP, NULL, -1) != RC_OK)
            log_line(&warden->log, LEVEL_DEBUG, "%s cannot be asked to stop",
                     role_name(child->role->role));
    }
}

static bool key_gone(struct warden *warden)
{
    const struct warden_child *key = warden_child_of(warden, ROLE_KEY);
    return !key || key->pid == 0;
}

static void stop_rest(struct warden *warden)
{
    warden->phase = WARDEN_STOPPING_REST;
    ask(warden, false);
    uv_timer_start(&warden->stop_limit, on_limit, REST_LIMIT_MS, 0);
}

static void on_limit(uv_timer_t *timer)
{
    struct warden *warden = timer->data;
    if (warden->phase == WARDEN_STOPPING_KEY) {
        log_line(&warden->log, LEVEL_WARNING, "key takes too long to stop");
        stop_rest(warden);
        return;
    }
    warden_children_kill(warden);
}

void warden_stop_begin(struct warden *warden, int status)
{
    if (warden->phase > WARDEN_RUNNING) {
        log_line(&warden->log, LEVEL_WARNING, "stopping at once");
        warden_children_kill(warden);
        return;
    }
    notify_manager("STOPPING=1");
    warden->status = status;
    warden->phase = WARDEN_STOPPING_KEY;
    ask(warden, true);
    uv_timer_start(&warden->stop_limit, on_limit, KEY_LIMIT_MS, 0);
    warden_stop_advance(warden);
}

void warden_stop_advance(struct warden *warden)
{
    if (warden->phase == WARDEN_STOPPING_KEY && key_gone(warden))
        stop_rest(warden);
    if (warden->phase == WARDEN_STOPPING_REST && warden_children_gone(warden))
        uv_stop(&warden->loop);
}
