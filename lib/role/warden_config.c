/* The configuration file: read once, reported like a compiler's messages, and divided: key gets the
 * text, the broker the users, the page its address; nobody gets more than it needs. */
#include "role/warden_state.h"

#include "host/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rc read_file(int fd, struct span *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return RC_MALFORMED;
    if (st.st_size > MEMFD_MAX)
        return RC_FULL;
    size_t size = (size_t)st.st_size, done = 0;
    uint8_t *octets = malloc(size + 1);
    while (octets && done < size) {
        ssize_t n = read(fd, octets + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* it became shorter meanwhile: what is there counts */
        done += (size_t)n;
    }
    if (!octets)
        return RC_NO_MEMORY;
    octets[done] = 0;
    *out = (struct span){octets, done};
    return RC_OK;
}

enum rc warden_config_read(const char *path, struct span *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? RC_NOT_FOUND : errno == EACCES ? RC_DENIED : RC_IO;
    enum rc rc = read_file(fd, out);
    close(fd);
    return rc;
}

static enum rc read_path(const char *path, struct span *out)
{
    enum rc rc = warden_config_read(path, out);
    if (rc == RC_NOT_FOUND || rc == RC_DENIED || rc == RC_IO)
        fprintf(stderr, "%s: error: cannot be read: %s\n", path, strerror(errno));
    else if (rc != RC_OK)
        fprintf(stderr, "%s: error: not a file of at most %d MB\n", path, MEMFD_MAX >> 20);
    return rc == RC_OK ? RC_OK : RC_MALFORMED;
}

void warden_config_print(const struct config_report *report, bool all)
{
    char text[4096];
    for (size_t i = 0; i < report->count; i++) {
        const struct config_finding *finding = &report->findings[i];
        if (all || finding->severity != CONFIG_IGNORED)
            fputs(config_finding_format(report, finding, text, sizeof text), stderr);
    }
}

static enum rc hand_out_octets(struct warden *warden, enum role role, const char *name,
                               struct span octets)
{
    int fd;
    if (!warden_role_of(warden->program, role))
        return RC_OK;
    enum rc rc = memfd_make(name, octets, &fd);
    if (rc != RC_OK)
        return rc;
    return warden_hand_out(warden, role, MSG_CONFIG, 0, 0, name, fd);
}

static enum rc hand_out_users(struct warden *warden)
{
    int fd;
    if (!warden_role_of(warden->program, ROLE_XAUTH))
        return RC_OK;
    enum rc rc = warden_users_seal(warden, &fd);
    return rc == RC_OK ? warden_hand_out(warden, ROLE_XAUTH, MSG_CONFIG, 0, 0, "users", fd) : rc;
}

/* The services whose workers run as root. */
static enum rc hand_out_root(struct warden *warden)
{
    uint8_t octets[8192];
    struct builder b = builder_of(octets, sizeof octets);
    for (size_t i = 0; i < warden->config->pam_root_count; i++)
        builder_string(&b, warden->config->pam_roots[i].service);
    return b.bad ? RC_FULL : hand_out_octets(warden, ROLE_LAUNCHER, "pam-root", builder_span(&b));
}

static enum rc hand_out_web(struct warden *warden)
{
    uint8_t octets[1024];
    struct builder b = builder_of(octets, sizeof octets);
    builder_string(&b, warden->config->hostname);
    builder_string(&b, warden->config->web_listen ? warden->config->web_listen : "127.0.0.1:8500");
    return b.bad ? RC_FULL : hand_out_octets(warden, ROLE_WEB, "web", builder_span(&b));
}

static enum rc hand_out_texts(struct warden *warden, struct span text)
{
    enum rc rc = hand_out_octets(warden, ROLE_KEY, "config", text);
    if (rc == RC_OK)
        rc = hand_out_users(warden);
    if (rc == RC_OK)
        rc = hand_out_root(warden);
    if (rc == RC_OK)
        rc = hand_out_web(warden);
    if (rc != RC_OK)
        log_line(&warden->log, LEVEL_ERROR, "the configuration cannot be handed out: %s",
                 rc_text(rc));
    return rc;
}

enum rc warden_config_load(struct warden *warden, bool hand_out)
{
    struct span text = {NULL, 0};
    struct config_report report = {0};
    const struct options *options = &warden->options;
    enum rc rc = read_path(options->config, &text);
    if (rc != RC_OK)
        return rc;
    rc = config_load(text, options->config, options->mappings, options->mapping_count,
                     &warden->config, &report);
    warden_config_print(&report, options->action == OPTIONS_CHECK);
    if (rc == RC_OK)
        rc = warden_users_load(warden);
    if (rc == RC_OK && hand_out)
        rc = hand_out_texts(warden, text);
    else if (rc != RC_OK && rc != RC_MALFORMED)
        fprintf(stderr, "%s: error: %s\n", options->config, rc_text(rc));
    config_report_wipe(&report);
    memfd_free(text);
    return rc;
}
