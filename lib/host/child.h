/* The common side of every unprivileged role: it takes over what the warden hands out on descriptor
 * 3 (sockets, configuration, channels), locks the sandbox, says READY and runs the loop. A role is
 * a table of callbacks; its main file is one call of child_main.
 *
 * Order of a start: on_config, on_socket, on_interface in any order as they come; at MSG_RUN
 * before_run; the sandbox; then on_channel for every peer that was already there; READY. Nothing
 * that another process or the network wrote is read before the sandbox is locked, because
 * callbacks of the loop run only after that. Afterwards on_channel comes again for a peer that was
 * restarted, on_interface for an address that changed. */
#ifndef HUBWARD_HOST_CHILD_H
#define HUBWARD_HOST_CHILD_H

#include "base/addr.h"
#include "base/event.h"
#include "host/message_control.h"
#include "host/message_log.h"
#include "host/message_reload.h"
#include "host/message_start.h"
#include "host/sandbox.h"
#include "host/status_rows.h"

#include <uv.h>

enum { CHILD_FD = 3 };

struct child;

/* Every callback may be NULL (what it would have taken is closed or ignored) and gets the context
 * of child_main. Descriptors named take_fd are the callback's to close, whatever it returns. A
 * return other than RC_OK ends the process with a line in the log. */
struct child_ops {
    enum sandbox_kind sandbox;
    /* A socket, device or directory. number and name as enum socket_kind says. */
    enum rc (*on_socket)(void *context, struct child *child, enum socket_kind kind, uint32_t number,
                         const char *name, int take_fd);
    /* A sealed memfd; read it with host/memfd.h. name: "config" (key: the text as it stands in the
     * file), "users" (xauth: users_get; again when
     * the users file has changed), "pam-root" (launcher: builder strings, the services), "web"
     * (web: two builder strings, the hostname and the address the page listens on). */
    enum rc (*on_config)(void *context, struct child *child, const char *name, int take_fd);
    /* A channel to another role: open it with channel_open(child_loop(child), take_fd, …). The
     * same role again means that it was restarted; the old channel has closed or is about to. */
    enum rc (*on_channel)(void *context, struct child *child, enum role other, int take_fd);
    enum rc (*on_interface)(void *context, struct child *child,
                            const struct child_interface *interface);
    /* Key only: how another process of the daemon, or the warden, is. */
    enum rc (*on_process)(void *context, struct child *child, const struct status_process *row);
    /* What became of child_users_read (key): result as message_control.h has it. */
    void (*on_users)(void *context, struct child *child, const struct control_result *result);
    /* Key only: the warden has read the configuration anew, asked by child_reload or not. The
     * descriptor is a sealed memfd with the text. */
    void (*on_reload)(void *context, struct child *child, const struct reload_text *text,
                      int take_fd);
    /* The answer to child_log_get (key). */
    void (*on_log_text)(void *context, struct child *child, const struct log_piece *piece);
    /* Everything but the channels is here; the last moment to open files, those that a library
     * opens on first use (OpenSSL's configuration and providers) included. options is preset and
     * may be completed (the store's directory). */
    enum rc (*before_run)(void *context, struct child *child, struct sandbox_options *options);
    /* The warden asks to end. Must lead to child_finish; the warden kills what is still there after
     * 3 s. NULL: ends at once. */
    void (*on_stop)(void *context, struct child *child);
    /* The loop has ended: close handles, wipe secrets. */
    void (*after_run)(void *context, struct child *child);
};

/* Run the role until it is told to stop or the warden is gone. Returns the exit status of the
 * process: 0, 1 (failed, a line was logged), 64 (not started by a warden). */
int child_main(enum role self, const struct child_ops *ops, void *context);

uv_loop_t *child_loop(struct child *child);

/* One line for the log, of at most CHILD_LOG_TEXT octets, cut beyond; the warden escapes, limits
 * its rate and prints it. Never a key, a password or raw payload. A line that does not fit into the
 * queue is counted and lost. */
__attribute__((format(printf, 3, 4))) void child_log(struct child *child, enum event_level level,
                                                     const char *format, ...);

/* The same for an event of the engine, which keeps its values: the warden renders it. Of key only.
 */
void child_log_event(struct child *child, const struct event *event);

/* Ask the warden to lead a net into a TUN, or no longer (MSG_ROUTE). It is checked against the
 * configuration there; a refusal is logged there. RC_FULL. */
MUST_USE enum rc child_route(struct child *child, bool add, uint32_t tun, struct prefix net);

/* Tell the warden that another role broke the table of messages (MSG_BREACH): it is ended and
 * started afresh. RC_FULL, RC_IO. */
MUST_USE enum rc child_breach(struct child *child, enum role by);

/* Ask the warden to read the users file again (MSG_USERS_READ); on_users has the outcome. RC_FULL,
 * RC_IO: no warden. */
MUST_USE enum rc child_users_read(struct child *child);

/* Ask the warden to read the configuration again (MSG_CONFIG_READ); on_reload has the outcome.
 * RC_FULL, RC_IO: no warden. */
MUST_USE enum rc child_reload(struct child *child, const struct reload_order *order);
/* Ask the warden for records of the log (MSG_LOG_READ); on_log_text has them. RC_FULL, RC_IO: no
 * warden. */
MUST_USE enum rc child_log_get(struct child *child, const struct log_question *question);

/* Leave the loop and return from child_main with this status. */
void child_finish(struct child *child, int status);

#endif
