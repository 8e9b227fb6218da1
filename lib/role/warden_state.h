/* The warden's own state. Private to lib/role/warden*.c. */
#ifndef HUBWARD_ROLE_WARDEN_STATE_H
#define HUBWARD_ROLE_WARDEN_STATE_H

#include "host/channel.h"
#include "host/log.h"
#include "host/message_reload.h"
#include "host/message_start.h"
#include "host/netdev.h"
#include "host/options.h"
#include "host/route_plan.h"
#include "host/spawn.h"
#include "role/warden.h"
#include "role/warden_check.h"

enum { WARDEN_HANDOUTS = 16, WARDEN_INTERFACES = 64, WARDEN_ROUTES = 65536 };

/* A descriptor for a role, kept for ever so that a restarted role gets the same one. */
struct warden_handout {
    enum role role;
    enum message_kind kind;     /* MSG_SOCKET or MSG_CONFIG */
    struct child_socket socket; /* MSG_CONFIG: name only */
    int fd;
};

struct warden;
struct warden_child {
    struct warden *warden;
    const struct warden_role *role;
    struct spawn_user user;
    int program_fd;
    pid_t pid; /* 0: not running */
    struct channel *channel;
    bool ready;
    uint64_t started_ms;
    uint32_t starts; /* so far */
    unsigned backoff_ms;
    uv_timer_t again; /* not running: when to restart; running: when it must be ready or gone */
};

/* A net that key asked for. */
struct warden_net {
    struct prefix net;
    bool live; /* else only its unreachable route is left */
};

enum warden_phase { WARDEN_STARTING, WARDEN_RUNNING, WARDEN_STOPPING_KEY, WARDEN_STOPPING_REST };

struct warden {
    const struct warden_program *program;
    struct options options;
    struct log log;
    json_t *check;      /* --check --json: where findings go; else NULL */
    struct sink *notes; /* a configuration is read anew: where findings go; else NULL */
    struct config *config;
    struct config *users; /* of the users file; NULL: there is none */
    int lock_fd;

    uv_loop_t loop;
    uv_signal_t signals[5];
    uv_timer_t stop_limit;
    uv_timer_t health;
    uv_timer_t days; /* looks whether it is another one */
    uint32_t day;    /* that key goes by */
    uint64_t started_ms;
    enum warden_phase phase;
    int status;

    struct plan_interface interfaces[WARDEN_INTERFACES];
    size_t interface_count;
    struct netlink netlink;
    struct netdev_watch *watch;

    struct route_plan plan;
    int tun_fd;
    uint32_t tun_ifindex;
    bool net_touched; /* routes and rules are ours to take down */
    struct warden_net *nets;
    size_t net_count;

    struct warden_handout handouts[WARDEN_HANDOUTS];
    size_t handout_count;
    struct warden_child children[ROLE_COUNT];
    size_t child_count;
    unsigned ready_limit_ms; /* a child that is not ready by then is killed */
};

/* -- warden_config.c: the file, its report, what of it goes to whom ---------------- */
/* A file into fresh memory, released with memfd_free. RC_NOT_FOUND, RC_DENIED, RC_IO: errno says
 * why; RC_MALFORMED: not a regular file; RC_FULL: more than MEMFD_MAX; RC_NO_MEMORY. */
MUST_USE enum rc warden_config_read(const char *path, struct span *out);
void warden_config_print(struct warden *warden, const struct config_report *report, bool all);
/* Read, load, report on stderr. RC_OK, or RC_MALFORMED: the exit status is 78. On RC_OK with
 * hand_out the texts for the children are among the handouts. */
MUST_USE enum rc warden_config_load(struct warden *warden, bool hand_out);
/* A finding about the configuration, one or more lines: on stderr as it is, where people look for
 * it; its first line as a record where the log is for programs. */
void warden_report(struct warden *warden, enum event_level level, const char *lines);

/* -- warden_users.c: the users file ----------------------------------------------------- */
/* Read it, when the configuration names one; a file that is not there yet holds no users. Findings
 * go to stderr. RC_MALFORMED: the exit status is 78. */
MUST_USE enum rc warden_users_load(struct warden *warden);
/* Read it again; if it is good, the broker gets it. complaint (size octets): one sentence when it
 * is not, and nothing has changed. RC_NOT_FOUND: the configuration names none, or it cannot be
 * read; RC_MALFORMED; RC_IO, RC_NO_MEMORY. */
MUST_USE enum rc warden_users_reload(struct warden *warden, char *complaint, size_t size);
/* To the broker that runs, and to every one that is started from now on. RC_NOT_FOUND: there is no
 * broker here. RC_IO, RC_NO_MEMORY, RC_FULL. */
MUST_USE enum rc warden_users_give(struct warden *warden);
/* The configuration's users and the file's, for the broker: a sealed memfd. */
MUST_USE enum rc warden_users_seal(const struct warden *warden, int *fd);

/* -- warden_reload.c: the configuration, read anew ---------------------------------------- */
/* Read it and tell key, who answers whoever asked. With RELOAD_APPLY it is in force when it is
 * good, and when it is not nothing has changed. */
void warden_reload(struct warden *warden, const struct reload_order *order);
/* Days begin: when one does on which the text in force means something else, key reads it again. */
void warden_days_start(struct warden *warden);
void warden_days_stop(struct warden *warden);

/* -- warden_agree.c: the configuration's interfaces and Linux's -------------------- */
/* Map interfaces and compare addresses and routes; says on stderr what differs. RC_MALFORMED: an
 * interface with a crypto map has no Linux interface. */
MUST_USE enum rc warden_agree(struct warden *warden);
/* Look again; each that changed is told through changed(). Returns whether any did. */
bool warden_agree_again(struct warden *warden,
                        void (*changed)(struct warden *warden,
                                        const struct plan_interface *interface));

/* -- warden_dir.c: directories, the lock, the record of what must be taken down ---- */
MUST_USE enum rc warden_dir_open(struct warden *warden);
MUST_USE enum rc warden_dir_record(struct warden *warden);
/* The TUN that the record names. RC_NOT_FOUND. */
MUST_USE enum rc warden_dir_recorded(struct warden *warden, char *tun, uint32_t *instance);
void warden_dir_clear(struct warden *warden); /* sockets and record, at a clean stop */
MUST_USE enum rc warden_dir_state(struct warden *warden, const struct spawn_user *owner, int *fd);
/* The directory of the role programs into out (OPTIONS_PATH octets). RC_IO. */
MUST_USE enum rc warden_dir_libexec(const struct warden *warden, char *out);

/* -- warden_sockets.c -------------------------------------------------------------- */
MUST_USE enum rc warden_sockets_open(struct warden *warden);
MUST_USE enum rc warden_hand_out(struct warden *warden, enum role role, enum message_kind kind,
                                 enum socket_kind socket, uint32_t number, const char *name,
                                 int take_fd);
const struct warden_role *warden_role_of(const struct warden_program *program, enum role role);

/* -- warden_net.c: TUN, routes, packet filter -------------------------------------- */
MUST_USE enum rc warden_net_up(struct warden *warden);
/* Everything of the plan's instance, also what another process left. Logs what fails. */
void warden_net_down(struct warden *warden);
/* Addresses of interfaces have changed: the plan and what hangs on it follow. */
void warden_net_refresh(struct warden *warden);
/* The plan is another one: pools, access lists and sources follow. RC_IO: the log says why; what is
 * there may be partly of the new plan, and closed. */
MUST_USE enum rc warden_net_change(struct warden *warden, const struct route_plan *former);
/* MSG_ROUTE from key. A net that belongs to something else is refused with a line in the log, as
 * interfaces change while key asks. RC_DENIED: a TUN that there never was. */
MUST_USE enum rc warden_net_route(struct warden *warden, const struct child_route *route);

/* -- warden_child.c ---------------------------------------------------------------- */
MUST_USE enum rc warden_children_init(struct warden *warden);
void warden_children_start(struct warden *warden);
void warden_children_reap(struct warden *warden); /* SIGCHLD */
struct warden_child *warden_child_of(struct warden *warden, enum role role);
MUST_USE enum rc warden_child_tell(struct warden_child *child, enum message_kind kind,
                                   const struct builder *b, int fd);
void warden_child_interface(struct warden *warden, const struct plan_interface *interface);
/* All of them. */
void warden_child_interfaces(struct warden *warden);
/* Another text of this name for a role, when it is started from now on. take_fd replaces what was
 * there. RC_NOT_FOUND: there is none; take_fd is closed. */
MUST_USE enum rc warden_hand_out_again(struct warden *warden, enum role role, const char *name,
                                       int take_fd);
void warden_children_kill(struct warden *warden);
bool warden_children_gone(const struct warden *warden);
void warden_children_wipe(struct warden *warden);

/* -- warden_health.c: how the processes are, told to key ---------------------------- */
void warden_health_start(struct warden *warden);
void warden_health_stop(struct warden *warden);
void warden_health_changed(const struct warden_child *child); /* it started, is ready or ended */
void warden_health_all(struct warden *warden);                /* for a key that has just begun */

/* -- warden_lock.c ----------------------------------------------------------------------- */
/* Give up, for good, what is not needed after the start; the children inherit it. RC_DENIED: a line
 * is in the log. */
MUST_USE enum rc warden_lock(struct warden *warden);

/* -- warden_manual.c --------------------------------------------------------------- */
/* The manual page of the program, in mdoc. */
void warden_manual(struct sink *out, const struct warden_program *program,
                   const struct options_defaults *defaults);

/* -- warden_manual_config.c --------------------------------------------------------- */
/* hub.conf(5), in mdoc: the table of commands, and what --check looks for. */
void warden_manual_config(struct sink *out);

/* -- warden_stop.c: the order of a stop -------------------------------------------- */
void warden_stop_begin(struct warden *warden, int status);
void warden_stop_advance(struct warden *warden); /* a child has ended */

#endif
