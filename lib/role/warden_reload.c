/* The configuration, read anew while everything runs: parsed, checked, compared with this machine,
 * all beside the one in force. A good one takes its place in one step, for whoever is started from
 * now on and for key and the login broker, who are told; what only a start can set up is said. */
#include "role/warden_state.h"

#include "role/resolver.h"

#include "config/weak.h"
#include "host/clock.h"
#include "host/memfd.h"

#include <errno.h>
#include <stdarg.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that hangs on a configuration. */
struct in_force {
    struct config *config;
    struct config *users;
    struct plan_interface interfaces[WARDEN_INTERFACES];
    size_t interface_count;
    struct route_plan plan;
};

static void set_aside(struct warden *warden, struct in_force *out)
{
    out->config = warden->config;
    out->users = warden->users;
    out->plan = warden->plan;
    out->interface_count = warden->interface_count;
    memcpy(out->interfaces, warden->interfaces, sizeof out->interfaces);
    warden->config = warden->users = NULL;
    warden->interface_count = 0;
    warden->plan = (struct route_plan){.instance = 0};
}

/* What has taken its place goes. */
static void put_back(struct warden *warden, const struct in_force *former)
{
    config_free(warden->config);
    config_free(warden->users);
    route_plan_wipe(&warden->plan);
    warden->config = former->config;
    warden->users = former->users;
    warden->plan = former->plan;
    warden->interface_count = former->interface_count;
    memcpy(warden->interfaces, former->interfaces, sizeof warden->interfaces);
}

static void forget(struct in_force *former)
{
    config_free(former->config);
    config_free(former->users);
    route_plan_wipe(&former->plan);
}

/* -- reading ----------------------------------------------------------------------------------- */

/* The first error, for the log. */
static void log_error(struct warden *warden, const struct config_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct config_finding *finding = &report->findings[i];
        if (finding->severity != CONFIG_ERROR)
            continue;
        log_line(&warden->log, LEVEL_ERROR, "%s:%u:%u: error: %s", report->file, finding->line,
                 finding->column, finding->text);
        return;
    }
}

/* Into the empty place. Key prints what stands in the text; what differs from this machine goes to
 * warden->notes. */
static enum rc examine(struct warden *warden, struct span text)
{
    struct config_report report = {0};
    const struct options *options = &warden->options;
    enum rc rc = config_load(text, options->config, options->mappings, options->mapping_count,
                             &warden->config, &report);
    log_error(warden, &report);
    config_report_wipe(&report);
    if (rc == RC_OK)
        rc = warden_users_load(warden);
    return rc == RC_OK ? warden_agree(warden) : rc;
}

__attribute__((format(printf, 2, 3))) static void note(struct warden *warden, const char *format,
                                                       ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    warden_report(warden, LEVEL_WARNING, text);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_roots(const struct config *a, const struct config *b)
{
    bool same = a->pam_root_count == b->pam_root_count;
    for (size_t i = 0; same && i < a->pam_root_count; i++)
        same = same_text(a->pam_roots[i].service, b->pam_roots[i].service);
    return same;
}

/* Sockets and processes are made once, while there is the right to. */
static void note_what_waits(struct warden *warden, const struct config *former)
{
    const char *file = warden->options.config;
    if (!same_text(former->web_listen, warden->config->web_listen))
        note(warden, "%s: note: \"hubward web listen\" takes effect at the next start\n", file);
    if (!same_roots(former, warden->config))
        note(warden, "%s: note: \"hubward pam user root\" takes effect at the next start\n", file);
    if (resolver_wanted(warden->config) && !warden_child_of(warden, ROLE_RESOLVER))
        note(warden, "%s: note: peers with names are found from the next start on\n", file);
}

/* -- going by it ----------------------------------------------------------------------------------
 */

static enum rc hand_out_text(struct warden *warden, struct span text)
{
    int fd;
    enum rc rc = memfd_make("config", text, &fd);
    return rc == RC_OK ? warden_hand_out_again(warden, ROLE_KEY, "config", fd) : rc;
}

static enum rc lead(struct warden *warden, const struct in_force *former)
{
    enum rc rc = route_plan_make(warden->config, warden->interfaces, warden->interface_count,
                                 former->plan.tun, former->plan.instance, &warden->plan);
    return rc == RC_OK ? warden_net_change(warden, &former->plan) : rc;
}

/* The network follows first, because only that can fail on the way; closed routes and marks for
 * what is new stand before anybody negotiates for it. */
static enum rc go_by(struct warden *warden, struct span text, const struct in_force *former)
{
    enum rc rc = lead(warden, former);
    if (rc == RC_OK)
        rc = hand_out_text(warden, text);
    if (rc != RC_OK) {
        note(warden, "%s: error: this machine does not take it: %s\n", warden->options.config,
             rc_text(rc));
        return rc;
    }
    rc = warden_users_give(warden);
    if (rc != RC_OK && rc != RC_NOT_FOUND)
        note(warden, "%s: warning: the login service was not told of its users: %s\n",
             warden->options.config, rc_text(rc));
    note_what_waits(warden, former->config);
    return RC_OK;
}

/* -- telling it -------------------------------------------------------------------------------- */

static void tell_key(struct warden *warden, const struct reload_order *order, enum rc rc,
                     struct span text)
{
    struct reload_text message = {.order = *order, .rc = rc};
    const struct sink *notes = warden->notes;
    uint8_t *octets = malloc(MESSAGE_MAX);
    int fd = -1;
    if (!octets || memfd_make("config", text, &fd) != RC_OK) {
        free(octets);
        log_line(&warden->log, LEVEL_ERROR, "key is not told of the configuration");
        return;
    }
    struct builder b = builder_of(octets, MESSAGE_MAX);
    snprintf(message.file, sizeof message.file, "%s", warden->options.config);
    message.notes = (struct span){(const uint8_t *)sink_string(notes),
                                  notes->len < RELOAD_NOTES ? notes->len : RELOAD_NOTES};
    reload_text_put(&b, &message);
    if (warden_child_tell(warden_child_of(warden, ROLE_KEY), MSG_CONFIG_NEW, &b, fd) != RC_OK)
        log_line(&warden->log, LEVEL_WARNING,
                 "key is not told of the configuration: it is just starting, and reads it then");
    close(fd);
    free(octets);
}

static enum rc try(struct warden *warden, const struct reload_order *order, struct span text)
{
    struct in_force *former = malloc(sizeof *former);
    if (!former)
        return RC_NO_MEMORY;
    set_aside(warden, former);
    enum rc rc = examine(warden, text);
    bool touched = rc == RC_OK && order->mode == RELOAD_APPLY;
    if (touched)
        rc = go_by(warden, text, former);
    if (rc == RC_OK && touched) {
        forget(former);
    } else {
        put_back(warden, former);
        if (touched)
            warden_net_refresh(warden);
    }
    free(former);
    return rc;
}

void warden_reload(struct warden *warden, const struct reload_order *order)
{
    struct span text = {NULL, 0};
    struct sink notes = {0};
    warden->notes = &notes;
    enum rc rc = warden_config_read(warden->options.config, &text);
    if (rc == RC_OK)
        rc = try(warden, order, text);
    else
        note(warden, "%s: error: cannot be read: %s\n", warden->options.config,
             rc == RC_FULL || rc == RC_MALFORMED ? "not a file of at most 16 MB" : strerror(errno));
    if (rc != RC_OK && order->mode == RELOAD_APPLY)
        log_line(&warden->log, LEVEL_ERROR, "the configuration stays as it was: %.*s",
                 notes.len ? (int)strcspn(notes.at, "\n") : 32,
                 notes.len ? notes.at : "the file has an error");
    tell_key(warden, order, rc, text);
    if (rc == RC_OK && order->mode == RELOAD_APPLY)
        warden_child_interfaces(warden);
    warden->notes = NULL;
    sink_free(&notes);
    memfd_free(text);
}

/* -- days ---------------------------------------------------------------------------- */

enum { LOOK_AT_DAY_MS = 60 * 1000 };

/* The text in force, and not the file, which somebody may be working on. */
static void read_again(struct warden *warden)
{
    const struct reload_order order = {.mode = RELOAD_APPLY};
    struct sink nothing = {0};
    struct span text;
    for (size_t i = 0; i < warden->handout_count; i++) {
        const struct warden_handout *handout = &warden->handouts[i];
        if (handout->role != ROLE_KEY || handout->kind != MSG_CONFIG ||
            memfd_read(handout->fd, &text) != RC_OK)
            continue;
        warden->notes = &nothing;
        tell_key(warden, &order, RC_OK, text);
        warden->notes = NULL;
        memfd_free(text);
    }
}

static void on_look(uv_timer_t *timer)
{
    struct warden *warden = timer->data;
    const uint32_t today = clock_day();
    bool means_another = config_ends_between(warden->config, warden->day, today);
    if (today == warden->day)
        return;
    warden->day = today;
    if (means_another && warden->phase <= WARDEN_RUNNING)
        read_again(warden);
}

void warden_days_start(struct warden *warden)
{
    warden->day = clock_day();
    uv_timer_init(&warden->loop, &warden->days);
    warden->days.data = warden;
    uv_timer_start(&warden->days, on_look, LOOK_AT_DAY_MS, LOOK_AT_DAY_MS);
}

void warden_days_stop(struct warden *warden)
{
    if (warden->days.data)
        uv_close((uv_handle_t *)&warden->days, NULL);
}
