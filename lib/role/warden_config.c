/* The configuration file: read once, reported like a compiler's messages, and divided: key gets the
 * text, the broker the users, the page its address; nobody gets more than it needs. */
#include "role/warden_state.h"

#include "host/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

void warden_report(struct warden *warden, enum event_level level, const char *lines)
{
    if (warden->check)
        check_add_system(warden->check, level, lines);
    else if (warden->notes)
        sink_text(warden->notes, lines);
    else if (warden->options.action == OPTIONS_CHECK || warden->log.form == LOG_TEXT)
        fputs(lines, stderr);
    else
        log_line(&warden->log, level, "%.*s", (int)strcspn(lines, "\n"), lines);
}

static enum rc refuse(struct warden *warden, const char *what, const char *detail)
{
    char text[2 * OPTIONS_PATH];
    snprintf(text, sizeof text, "%s: error: %s%s\n", warden->options.config, what, detail);
    warden_report(warden, LEVEL_ERROR, text);
    return RC_MALFORMED;
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

static enum rc read_path(struct warden *warden, struct span *out)
{
    enum rc rc = warden_config_read(warden->options.config, out);
    if (rc == RC_OK)
        return RC_OK;
    if (rc == RC_NOT_FOUND || rc == RC_DENIED || rc == RC_IO)
        return refuse(warden, "cannot be read: ", strerror(errno));
    char what[64];
    snprintf(what, sizeof what, "not a file of at most %d MB", MEMFD_MAX >> 20);
    return refuse(warden, what, "");
}

void warden_config_print(struct warden *warden, const struct config_report *report, bool all)
{
    static const enum event_level levels[] = {[CONFIG_IGNORED] = LEVEL_DEBUG,
                                              [CONFIG_NOTE] = LEVEL_NOTICE,
                                              [CONFIG_WARNING] = LEVEL_WARNING,
                                              [CONFIG_ERROR] = LEVEL_ERROR};
    char text[4096];
    if (warden->check) {
        check_add_report(warden->check, report);
        return;
    }
    for (size_t i = 0; i < report->count; i++) {
        const struct config_finding *finding = &report->findings[i];
        if (all || finding->severity != CONFIG_IGNORED)
            warden_report(warden, levels[finding->severity],
                          config_finding_format(report, finding, text, sizeof text));
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
    enum rc rc = read_path(warden, &text);
    if (rc != RC_OK)
        return rc;
    rc = config_load(text, options->config, options->mappings, options->mapping_count,
                     &warden->config, &report);
    warden_config_print(warden, &report, options->action == OPTIONS_CHECK);
    bool said = report.errors > 0;
    if (rc == RC_OK) {
        rc = warden_users_load(warden);
        said = rc == RC_MALFORMED;
    }
    if (rc == RC_OK && hand_out)
        rc = hand_out_texts(warden, text);
    else if (rc != RC_OK && !said)
        (void)refuse(warden, rc_text(rc), "");
    config_report_wipe(&report);
    memfd_free(text);
    return rc;
}
