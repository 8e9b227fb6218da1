/* The life of a warden: options, configuration, what takes a privilege, children, loop, and all of
 * it backwards. Until the configuration is known to be good nothing is changed. */
#include "role/warden_state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A start takes a second on a slow machine; who needs more than this has got stuck. */
enum { READY_LIMIT_MS = 10000 };

static const int watched_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGPIPE};

static void on_signal(uv_signal_t *handle, int number)
{
    struct warden *warden = handle->data;
    if (number == SIGCHLD)
        warden_children_reap(warden);
    else if (number == SIGTERM || number == SIGINT)
        warden_stop_begin(warden, 0);
    else if (number == SIGHUP)
        warden_reload(warden, &(struct reload_order){.mode = RELOAD_APPLY});
}

static enum rc watch_signals(struct warden *warden)
{
    for (size_t i = 0; i < sizeof watched_signals / sizeof *watched_signals; i++) {
        uv_signal_init(&warden->loop, &warden->signals[i]);
        warden->signals[i].data = warden;
        if (uv_signal_start(&warden->signals[i], on_signal, watched_signals[i]) != 0)
            return RC_IO;
    }
    return RC_OK;
}

static void interface_changed(struct warden *warden, const struct plan_interface *interface)
{
    char addr[ADDR_TEXT];
    log_line(&warden->log, LEVEL_NOTICE, "%s (%s) %s %s", interface->config->name,
             interface->linux_name,
             interface->ifindex ? "now has address" : "is not there, address",
             addr_format(interface->addr, addr));
    warden_child_interface(warden, interface);
}

static void on_network_changed(void *context)
{
    struct warden *warden = context;
    if (warden_agree_again(warden, interface_changed) && warden->phase <= WARDEN_RUNNING)
        warden_net_refresh(warden);
}

/* The TUN first, for its number is the instance's; then the ports, which may be taken; then what
 * would have to be undone. A device left by an instance that was killed keeps its closed routes
 * until the ports are ours. */
static enum rc acquire(struct warden *warden)
{
    char tun[IFNAMSIZ];
    uint32_t instance;
    enum rc rc = netdev_tun_open(warden->options.tun_prefix, tun, &instance, &warden->tun_fd);
    if (rc != RC_OK) {
        log_line(&warden->log, LEVEL_ERROR, "no TUN device: %s",
                 rc == RC_FULL ? "sixteen are in use" : strerror(errno));
        return rc;
    }
    rc = route_plan_make(warden->config, warden->interfaces, warden->interface_count, tun, instance,
                         &warden->plan);
    if (rc == RC_OK)
        rc = warden_hand_out(warden, ROLE_PATH, MSG_SOCKET, SOCKET_TUN, 0, tun, warden->tun_fd);
    if (rc == RC_OK)
        rc = warden_sockets_open(warden);
    if (rc == RC_OK)
        rc = warden_net_up(warden);
    return rc;
}

static enum rc start(struct warden *warden)
{
    enum rc rc = watch_signals(warden);
    if (rc == RC_OK)
        rc = warden_children_init(warden);
    if (rc == RC_OK)
        rc = acquire(warden);
    if (rc == RC_OK)
        rc = netdev_watch_start(&warden->loop, on_network_changed, warden, &warden->watch);
    if (rc == RC_OK)
        rc = warden_lock(warden);
    if (rc == RC_OK) {
        warden_health_start(warden);
        warden_days_start(warden);
        warden_children_start(warden);
    }
    return rc;
}

static void finish(struct warden *warden)
{
    netdev_watch_stop(warden->watch);
    warden_children_wipe(warden);
    warden_health_stop(warden);
    warden_days_stop(warden);
    uv_close((uv_handle_t *)&warden->stop_limit, NULL);
    for (size_t i = 0; i < sizeof watched_signals / sizeof *watched_signals; i++)
        if (warden->signals[i].data)
            uv_close((uv_handle_t *)&warden->signals[i], NULL);
    while (uv_run(&warden->loop, UV_RUN_NOWAIT))
        ;
    uv_loop_close(&warden->loop);
}

/* A start that failed before it touched the routes leaves those of a killed instance as they
 * are. */
static void put_back(struct warden *warden)
{
    char tun[IFNAMSIZ];
    uint32_t instance;
    if (warden->net_touched) {
        warden_net_down(warden);
        warden_dir_clear(warden);
    } else if (warden->tun_fd >= 0 && warden_dir_recorded(warden, tun, &instance) != RC_OK &&
               netdev_tun_release(warden->tun_fd) != RC_OK) {
        log_line(&warden->log, LEVEL_WARNING, "the TUN device stays: %s", strerror(errno));
    }
}

static int run(struct warden *warden)
{
    if (uv_loop_init(&warden->loop) != 0)
        return 1;
    uv_timer_init(&warden->loop, &warden->stop_limit);
    warden->stop_limit.data = warden;
    bool started = start(warden) == RC_OK;
    if (started)
        uv_run(&warden->loop, UV_RUN_DEFAULT);
    finish(warden);
    put_back(warden);
    if (started)
        log_line(&warden->log, LEVEL_NOTICE, "%s has stopped", warden->program->name);
    return started ? warden->status : 1;
}

static void release(struct warden *warden)
{
    for (size_t i = 0; i < warden->handout_count; i++)
        close(warden->handouts[i].fd);
    netlink_close(&warden->netlink);
    route_plan_wipe(&warden->plan);
    config_free(warden->config);
    config_free(warden->users);
    free(warden->nets);
    if (warden->lock_fd >= 0)
        close(warden->lock_fd);
}

static bool is_root(const struct warden *warden)
{
    if (geteuid() == 0)
        return true;
    fprintf(stderr,
            "%s: must be started as root; its parts that talk to the network run as other users\n",
            warden->program->name);
    return false;
}

/* 0: it can be run here. */
static int examine(struct warden *warden, bool hand_out)
{
    if (warden_config_load(warden, hand_out) != RC_OK)
        return WARDEN_BAD_CONFIG;
    if (netlink_open(&warden->netlink) != RC_OK)
        return 1;
    return warden_agree(warden) == RC_OK ? 0 : WARDEN_BAD_CONFIG;
}

static int check(struct warden *warden)
{
    warden->check = warden->options.json ? check_document(warden->options.config) : NULL;
    int status = examine(warden, false);
    if (warden->check)
        check_print(warden->check, status == 0);
    warden->check = NULL;
    return status;
}

static int run_or_check(struct warden *warden)
{
    if (warden->options.action == OPTIONS_CHECK)
        return check(warden);
    if (!is_root(warden))
        return WARDEN_NOT_ROOT;
    int status = examine(warden, true);
    if (status != 0)
        return status;
    return warden_dir_open(warden) == RC_OK ? run(warden) : 1;
}

/* Without a record (the run directory was lost) the first device of the prefix is meant. */
static int take_down(struct warden *warden)
{
    char tun[IFNAMSIZ];
    uint32_t instance = 0;
    if (!is_root(warden))
        return WARDEN_NOT_ROOT;
    if (netlink_open(&warden->netlink) != RC_OK || warden_dir_open(warden) != RC_OK)
        return 1;
    if (warden_dir_recorded(warden, tun, &instance) != RC_OK)
        snprintf(tun, sizeof tun, "%s0", warden->options.tun_prefix);
    route_plan_name(&warden->plan, tun, instance);
    if (netdev_tun_reopen(tun, &warden->tun_fd) != RC_OK && netdev_index(tun) != 0) {
        log_line(&warden->log, LEVEL_ERROR, "%s is in use by another process", tun);
        return 1;
    }
    warden_net_down(warden);
    warden_dir_clear(warden);
    if (warden->tun_fd >= 0)
        close(warden->tun_fd);
    return 0;
}

static int print_manual(void (*write)(struct sink *out, const struct warden *warden,
                                      const struct options_defaults *defaults),
                        const struct warden *warden, const struct options_defaults *defaults)
{
    struct sink manual = {0};
    write(&manual, warden, defaults);
    fputs(sink_string(&manual), stdout);
    sink_free(&manual);
    return 0;
}

static void program_manual(struct sink *out, const struct warden *warden,
                           const struct options_defaults *defaults)
{
    warden_manual(out, warden->program, defaults);
}

static void config_manual(struct sink *out, const struct warden *warden,
                          const struct options_defaults *defaults)
{
    (void)warden;
    (void)defaults;
    warden_manual_config(out);
}

static int act(struct warden *warden, const struct options_defaults *defaults)
{
    char text[4096];
    switch (warden->options.action) {
    case OPTIONS_HELP:
        fputs(options_help(defaults, text, sizeof text), stdout);
        return 0;
    case OPTIONS_MAN:
        return print_manual(program_manual, warden, defaults);
    case OPTIONS_MAN_CONFIG:
        return print_manual(config_manual, warden, defaults);
    case OPTIONS_VERSION:
        printf("%s " HUBWARD_VERSION "\n", warden->program->name);
        return 0;
    case OPTIONS_DOWN:
        return take_down(warden);
    case OPTIONS_RUN:
    case OPTIONS_CHECK:
        break;
    }
    return run_or_check(warden);
}

/* Started with one of the first three closed, the next socket or secret would become it, and lines
 * of the log would go there. */
static void fill_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int warden_main(int argc, char **argv, const struct warden_program *program)
{
    struct options_defaults defaults = {.program = program->name,
                                        .config = program->config,
                                        .run_dir = program->run_dir,
                                        .state_dir = program->state_dir};
    char complaint[512] = "defaults too long";
    fill_standard();
    struct warden *warden = calloc(1, sizeof *warden);
    if (!warden)
        return 1;
    warden->program = program;
    warden->tun_fd = -1;
    warden->lock_fd = -1;
    warden->ready_limit_ms = READY_LIMIT_MS;
    log_init(&warden->log, STDERR_FILENO);
    int status = WARDEN_USAGE;
    if (options_parse(argc, argv, &defaults, &warden->options, complaint, sizeof complaint) ==
        RC_OK) {
        log_use(&warden->log, warden->options.log, program->name, NULL);
        log_remember(&warden->log);
        status = act(warden, &defaults);
    } else {
        fprintf(stderr, "%s: %s; try --help\n", program->name, complaint);
    }
    release(warden);
    log_close(&warden->log);
    free(warden);
    return status;
}
