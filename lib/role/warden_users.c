/* The users file: the one part of the configuration that changes while the hub runs, because people
 * come and go. It is read at the start and whenever an operator says so, by control message or
 * SIGHUP; a bad file changes nothing. */
#include "role/warden_state.h"

#include "base/wipe.h"
#include "host/memfd.h"
#include "host/users.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Hashes are for root's eyes. */
static void look_at_mode(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !(st.st_mode & (S_IRWXG | S_IRWXO)))
        return;
    fprintf(stderr, "%s: warning: others than root can read or write it (mode %03o): chmod 600\n",
            path, st.st_mode & 0777u);
}

/* The first error, on one line; the rest is on stderr. */
static void complain(const struct config_report *report, char *out, size_t size)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct config_finding *finding = &report->findings[i];
        if (finding->severity != CONFIG_ERROR)
            continue;
        snprintf(out, size, "%s:%u:%u: error: %s", report->file, finding->line, finding->column,
                 finding->text);
        return;
    }
}

/* *out: NULL when the file is not there. */
static enum rc read_users(struct warden *warden, struct config **out, char *complaint, size_t size)
{
    const char *path = warden->config->users_file;
    struct span text = {NULL, 0};
    struct config_report report = {0};
    *out = NULL;
    enum rc rc = warden_config_read(path, &text);
    if (rc != RC_OK) {
        snprintf(complaint, size, "%s: error: cannot be read: %s", path,
                 rc == RC_MALFORMED || rc == RC_FULL ? "not a file of at most 16 MB"
                                                     : strerror(errno));
        return rc == RC_NOT_FOUND ? RC_NOT_FOUND : RC_IO;
    }
    rc = config_load_users(text, path, warden->config, out, &report);
    warden_config_print(warden, &report, false);
    if (rc != RC_OK)
        snprintf(complaint, size, "%s: %s", path, rc_text(rc));
    complain(&report, complaint, size);
    config_report_wipe(&report);
    memfd_free(text);
    return rc;
}

enum rc warden_users_load(struct warden *warden)
{
    char complaint[512];
    const char *path = warden->config->users_file;
    if (!path)
        return RC_OK;
    enum rc rc = read_users(warden, &warden->users, complaint, sizeof complaint);
    if (rc == RC_NOT_FOUND) {
        snprintf(complaint, sizeof complaint,
                 "%s:%u:1: note: %s is not there yet: no users of a file\n", warden->options.config,
                 warden->config->users_file_line, path);
        warden_report(warden, LEVEL_NOTICE, complaint);
        return RC_OK;
    }
    if (rc == RC_OK)
        look_at_mode(path);
    else if (rc != RC_MALFORMED) /* the report of what is malformed is printed */
        fprintf(stderr, "%s\n", complaint);
    return rc == RC_OK ? RC_OK : RC_MALFORMED;
}

enum rc warden_users_seal(const struct warden *warden, int *fd)
{
    size_t size = users_size(warden->config, warden->users);
    uint8_t *octets = malloc(size);
    if (!octets)
        return RC_NO_MEMORY;
    struct builder b = builder_of(octets, size);
    users_put(&b, warden->config, warden->users);
    enum rc rc = b.bad ? RC_FULL : memfd_make("users", builder_span(&b), fd);
    wipe(octets, size);
    free(octets);
    return rc;
}

enum rc warden_users_give(struct warden *warden)
{
    struct warden_child *xauth = warden_child_of(warden, ROLE_XAUTH);
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    int fd;
    enum rc rc = warden_users_seal(warden, &fd);
    if (rc == RC_OK)
        rc = warden_hand_out_again(warden, ROLE_XAUTH, "users", fd);
    if (rc != RC_OK)
        return rc;
    builder_string(&b, "users");
    /* One that is just being started anew gets them with everything else. */
    return xauth && xauth->channel ? warden_child_tell(xauth, MSG_CONFIG, &b, fd) : RC_OK;
}

enum rc warden_users_reload(struct warden *warden, char *complaint, size_t size)
{
    struct config *users;
    *complaint = '\0';
    if (!warden->config->users_file) {
        snprintf(complaint, size, "the configuration has no \"hubward users\" line");
        return RC_NOT_FOUND;
    }
    enum rc rc = read_users(warden, &users, complaint, size);
    if (rc == RC_OK) {
        struct config *before = warden->users;
        warden->users = users;
        rc = warden_users_give(warden);
        config_free(rc == RC_OK ? before : users);
        if (rc != RC_OK) {
            warden->users = before;
            snprintf(complaint, size, "the users cannot be handed out: %s", rc_text(rc));
        }
    }
    if (rc != RC_OK)
        log_line(&warden->log, LEVEL_ERROR, "users stay as they were: %s", complaint);
    else
        log_line(&warden->log, LEVEL_NOTICE, "%s: %zu users", warden->config->users_file,
                 warden->users->user_count);
    return rc;
}
