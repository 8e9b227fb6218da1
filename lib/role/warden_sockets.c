/* Every descriptor that a role is given, made once and kept. */
#include "role/warden_state.h"

#include "host/listen.h"
#include "host/sockets.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONTROL_MODE = 0660, COMPLAINT = 256 };

/* Families of the outer sockets. IPv6 joins here when the engine speaks it. */
static const enum addr_family families[] = {ADDR_V4};

const struct warden_role *warden_role_of(const struct warden_program *program, enum role role)
{
    for (size_t i = 0; i < program->role_count; i++)
        if (program->roles[i].role == role)
            return &program->roles[i];
    return NULL;
}

enum rc warden_hand_out(struct warden *warden, enum role role, enum message_kind kind,
                        enum socket_kind socket, uint32_t number, const char *name, int take_fd)
{
    if (warden->handout_count == WARDEN_HANDOUTS) {
        close(take_fd);
        return RC_FULL;
    }
    struct warden_handout *handout = &warden->handouts[warden->handout_count++];
    *handout = (struct warden_handout){
        .role = role, .kind = kind, .socket = {.kind = socket, .number = number}, .fd = take_fd};
    snprintf(handout->socket.name, sizeof handout->socket.name, "%s", name);
    return RC_OK;
}

static enum rc open_family(struct warden *warden, enum addr_family family, char *complaint,
                           size_t size)
{
    uint32_t mark = warden->plan.mark_bypass;
    int fd, path_fd;
    enum rc rc = sockets_ike(family, mark, &fd, complaint, size);
    if (rc == RC_OK)
        rc = warden_hand_out(warden, ROLE_KEY, MSG_SOCKET, SOCKET_IKE_500, family, "", fd);
    if (rc == RC_OK)
        rc = sockets_natt(family, mark, &fd, &path_fd, complaint, size);
    if (rc != RC_OK)
        return rc;
    rc = warden_hand_out(warden, ROLE_KEY, MSG_SOCKET, SOCKET_IKE_4500, family, "", fd);
    enum rc second =
        warden_hand_out(warden, ROLE_PATH, MSG_SOCKET, SOCKET_ESP_4500, family, "", path_fd);
    if (rc == RC_OK && second == RC_OK)
        rc = sockets_esp(family, mark, &fd, complaint, size);
    if (rc == RC_OK && second == RC_OK)
        rc = warden_hand_out(warden, ROLE_PATH, MSG_SOCKET, SOCKET_ESP_RAW, family, "", fd);
    return rc == RC_OK ? second : rc;
}

static enum rc open_outer(struct warden *warden)
{
    char complaint[COMPLAINT] = "";
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        enum rc rc = open_family(warden, families[i], complaint, sizeof complaint);
        if (rc != RC_OK) {
            log_line(&warden->log, LEVEL_ERROR, "%s", complaint[0] ? complaint : rc_text(rc));
            return rc;
        }
    }
    return RC_OK;
}

/* Operators in the group "hubward", when there is one, may use the control socket. */
static enum rc open_control(struct warden *warden, const char *name, enum socket_kind kind)
{
    char path[OPTIONS_PATH + 16];
    const struct group *group = getgrnam("hubward");
    int fd;
    snprintf(path, sizeof path, "%s/%s", warden->options.run_dir, name);
    enum rc rc = listen_unix(path, CONTROL_MODE, group ? group->gr_gid : 0, &fd);
    if (rc != RC_OK) {
        log_line(&warden->log, LEVEL_ERROR, "%s: %s", path,
                 rc == RC_MALFORMED ? "too long for the name of a socket" : strerror(errno));
        return rc;
    }
    return warden_hand_out(warden, ROLE_KEY, MSG_SOCKET, kind, 0, name, fd);
}

/* The page is a convenience: without its port the hub runs on. */
static enum rc open_web(struct warden *warden)
{
    const char *listen = warden->config->web_listen;
    struct endpoint endpoint;
    int fd;
    if (!warden_role_of(warden->program, ROLE_WEB) || (listen && !*listen))
        return RC_OK;
    if (!listen)
        listen = "127.0.0.1:8500";
    if (listen_parse(listen, &endpoint) != RC_OK) {
        log_line(&warden->log, LEVEL_WARNING, "web listen %s: not an address and port; no page",
                 listen);
        return RC_OK;
    }
    if (!listen_is_loopback(endpoint)) {
        log_line(&warden->log, LEVEL_WARNING,
                 "web listen %s: the page has no login, so it is served on loopback only; no page",
                 listen);
        return RC_OK;
    }
    enum rc rc = listen_tcp(endpoint, &fd);
    if (rc != RC_OK) {
        log_line(&warden->log, LEVEL_WARNING, "web listen %s: %s; no page", listen,
                 rc == RC_EXISTS ? "the port is in use" : strerror(errno));
        return RC_OK;
    }
    return warden_hand_out(warden, ROLE_WEB, MSG_SOCKET, SOCKET_WEB, 0, listen, fd);
}

static enum rc open_state(struct warden *warden)
{
    const struct warden_role *store = warden_role_of(warden->program, ROLE_STORE);
    int fd;
    if (!store)
        return RC_OK;
    struct spawn_user user =
        spawn_user_find(store->user, WARDEN_UID_BASE + ROLE_STORE, store->extra_group);
    enum rc rc = warden_dir_state(warden, &user, &fd);
    if (rc != RC_OK)
        return rc;
    return warden_hand_out(warden, ROLE_STORE, MSG_SOCKET, SOCKET_STATE_DIR, 0, "state", fd);
}

enum rc warden_sockets_open(struct warden *warden)
{
    enum rc rc = open_outer(warden);
    if (rc == RC_OK)
        rc = open_control(warden, "control.sock", SOCKET_CONTROL);
    if (rc == RC_OK)
        rc = open_control(warden, "status.sock", SOCKET_STATUS);
    if (rc == RC_OK)
        rc = open_web(warden);
    if (rc == RC_OK)
        rc = open_state(warden);
    return rc;
}
