/* The two directories of an instance: the run directory with its lock, its sockets and a record of
 * the TUN (so that --down finds what a killed instance left), and the state directory of the
 * store. */
#include "role/warden_state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUN_MODE = 0755, STATE_MODE = 0700 };

static const char lock_name[] = "lock";
static const char record_name[] = "tun";
static const char *const left_at_stop[] = {"control.sock", "status.sock", record_name};

static enum rc join(const char *dir, const char *name, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/%s", dir, name);
    return n > 0 && (size_t)n < size ? RC_OK : RC_FULL;
}

/* mkdir -p, whatever umask says. */
static enum rc make_dirs(const char *path, mode_t mode)
{
    char part[OPTIONS_PATH];
    int n = snprintf(part, sizeof part, "%s", path);
    if (n <= 0 || (size_t)n >= sizeof part)
        return RC_FULL;
    for (char *at = part + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(part, RUN_MODE) != 0 && errno != EEXIST)
            return RC_IO;
        *at = '/';
    }
    if (mkdir(part, mode) != 0)
        return errno == EEXIST ? RC_OK : RC_IO;
    return chmod(part, mode) == 0 ? RC_OK : RC_IO;
}

/* In a folder where others may make links, root's own files would be theirs to place. */
static bool is_ours_alone(const char *dir)
{
    struct stat st;
    return stat(dir, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

enum rc warden_dir_open(struct warden *warden)
{
    const char *dir = warden->options.run_dir;
    char path[OPTIONS_PATH + 16];
    if (make_dirs(dir, RUN_MODE) != RC_OK || join(dir, lock_name, path, sizeof path) != RC_OK) {
        log_line(&warden->log, LEVEL_ERROR, "%s cannot be made: %s", dir, strerror(errno));
        return RC_IO;
    }
    if (!is_ours_alone(dir)) {
        log_line(&warden->log, LEVEL_ERROR,
                 "%s: the run directory must be root's, and nobody else may write there", dir);
        return RC_DENIED;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        log_line(&warden->log, LEVEL_ERROR, "%s: %s", path, strerror(errno));
        return RC_IO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_line(&warden->log, LEVEL_ERROR,
                 "another instance runs with %s; stop it, or give this one a --run-dir", dir);
        close(fd);
        return RC_EXISTS;
    }
    warden->lock_fd = fd;
    return RC_OK;
}

enum rc warden_dir_record(struct warden *warden)
{
    char path[OPTIONS_PATH + 16];
    if (join(warden->options.run_dir, record_name, path, sizeof path) != RC_OK)
        return RC_FULL;
    FILE *file = fopen(path, "we");
    if (!file)
        return RC_IO;
    fprintf(file, "%s %u\n", warden->plan.tun, warden->plan.instance);
    return fclose(file) == 0 ? RC_OK : RC_IO;
}

/* As warden_dir_record writes it: the name, a blank, the number, the end of the line. */
static enum rc read_record(const char *line, char *tun, uint32_t *instance)
{
    const char *number = strchr(line, ' ');
    if (!number || number == line || number - line >= IFNAMSIZ ||
        !isdigit((unsigned char)number[1]))
        return RC_NOT_FOUND;
    char *end;
    unsigned long value = strtoul(number + 1, &end, 10);
    if (strcmp(end, "\n") != 0 || value >= NETDEV_TUNS)
        return RC_NOT_FOUND;
    snprintf(tun, IFNAMSIZ, "%.*s", (int)(number - line), line);
    *instance = (uint32_t)value;
    return RC_OK;
}

enum rc warden_dir_recorded(struct warden *warden, char *tun, uint32_t *instance)
{
    char path[OPTIONS_PATH + 16], line[IFNAMSIZ + 16];
    if (join(warden->options.run_dir, record_name, path, sizeof path) != RC_OK)
        return RC_NOT_FOUND;
    FILE *file = fopen(path, "re");
    if (!file)
        return RC_NOT_FOUND;
    bool any = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    return any ? read_record(line, tun, instance) : RC_NOT_FOUND;
}

void warden_dir_clear(struct warden *warden)
{
    char path[OPTIONS_PATH + 16];
    for (size_t i = 0; i < sizeof left_at_stop / sizeof *left_at_stop; i++)
        if (join(warden->options.run_dir, left_at_stop[i], path, sizeof path) == RC_OK &&
            unlink(path) != 0 && errno != ENOENT)
            log_line(&warden->log, LEVEL_WARNING, "%s stays: %s", path, strerror(errno));
}

/* Nothing in it, so nobody misses it. */
static bool is_empty(int directory)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    size_t entries = 0;
    if (!stream) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    while (readdir(stream))
        entries++;
    closedir(stream);
    return entries <= 2; /* itself and its parent */
}

/* A slip of the pen (--state-dir /etc) must not give a system's folder to the store. */
static bool may_be_taken(int directory, const struct spawn_user *owner)
{
    struct stat st;
    return fstat(directory, &st) == 0 && (st.st_uid == owner->uid || is_empty(directory));
}

enum rc warden_dir_state(struct warden *warden, const struct spawn_user *owner, int *fd)
{
    const char *dir = warden->options.state_dir;
    if (make_dirs(dir, STATE_MODE) != RC_OK)
        goto failed;
    int directory = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        goto failed;
    if (!may_be_taken(directory, owner)) {
        log_line(&warden->log, LEVEL_ERROR,
                 "%s: there are files in it, and it is not the store's (uid %u); give the database "
                 "a --state-dir of its own, or change the owner of this one and its files",
                 dir, (unsigned)owner->uid);
        close(directory);
        return RC_DENIED;
    }
    if (fchown(directory, owner->uid, owner->gid) != 0 || fchmod(directory, STATE_MODE) != 0) {
        close(directory);
        goto failed;
    }
    *fd = directory;
    return RC_OK;
failed:
    log_line(&warden->log, LEVEL_ERROR, "%s: %s", dir, strerror(errno));
    return RC_IO;
}

enum rc warden_dir_libexec(const struct warden *warden, char *out)
{
    char self[OPTIONS_PATH];
    if (warden->options.libexec[0]) {
        memcpy(out, warden->options.libexec, sizeof warden->options.libexec);
        return RC_OK;
    }
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return RC_IO;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return RC_IO;
    *slash = '\0';
    return join(self, "../libexec", out, OPTIONS_PATH);
}
