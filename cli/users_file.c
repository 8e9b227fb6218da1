/* Read, change, parse the result, then write beside, sync, rename, sync the directory. Two editors
 * wait for each other by a lock on the directory, which leaves no file behind. */
#include "cli/users_file.h"

#include "base/wipe.h"
#include "config/text.h"
#include "crypto/password.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 8 * 1024 * 1024, FILE_MODE = 0600 };

static enum rc fail(struct sink *why, enum rc rc, const char *path, const char *what)
{
    sink_safe(why, path);
    sink_format(why, ": %s", what);
    return rc;
}

static enum rc fail_errno(struct sink *why, const char *path)
{
    int error = errno;
    enum rc rc = error == ENOENT                     ? RC_NOT_FOUND
                 : error == EACCES || error == EPERM ? RC_DENIED
                                                     : RC_IO;
    return fail(why, rc, path, strerror(error));
}

/* The whole file; released with free_text. */
static enum rc read_text(const char *path, struct span *out, struct sink *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail_errno(why, path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
        close(fd);
        return fail(why, RC_IO, path, "not a file of at most 8 MB");
    }
    size_t size = (size_t)st.st_size, done = 0;
    uint8_t *octets = malloc(size + 1);
    while (octets && done < size) {
        ssize_t n = read(fd, octets + done, size - done);
        if (n <= 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    if (!octets)
        return fail(why, RC_NO_MEMORY, path, "out of memory");
    *out = (struct span){octets, done};
    return RC_OK;
}

static void free_text(struct span text)
{
    uint8_t *at = (uint8_t *)(uintptr_t)text.at;
    if (at)
        wipe(at, text.len);
    free(at);
}

static enum rc parse(struct span text, const char *path, struct config **out, struct sink *why)
{
    struct config_report report;
    char line[1024];
    enum rc rc = config_load_users(text, path, NULL, out, &report);
    for (size_t i = 0; rc != RC_OK && i < report.count; i++)
        sink_text(why, config_finding_format(&report, &report.findings[i], line, sizeof line));
    if (rc != RC_OK && report.count == 0)
        sink_text(why, rc_text(rc));
    config_report_wipe(&report);
    return rc;
}

enum rc users_file_read(const char *path, struct config **out, struct sink *why)
{
    struct span text;
    enum rc rc = read_text(path, &text, why);
    if (rc != RC_OK)
        return rc;
    rc = parse(text, path, out, why);
    free_text(text);
    return rc;
}

/* ---- lines ---- */

/* Where `password` or `secret` stands, behind a privilege and our own word. */
static size_t keyword_of(const struct text_line *line)
{
    size_t at = 2;
    while (at + 1 < line->word_count && line->words[at].text[0] != 's' &&
           strncmp(line->words[at].text, "pa", 2) != 0)
        at++;
    return at;
}

/* `disabled`, or the beginning of it. */
static bool disables(const struct word *word)
{
    return strncmp("disabled", word->text, strlen(word->text)) == 0;
}

static void put_line(struct sink *out, const struct text_line *line, enum users_change change,
                     const char *hash)
{
    size_t keyword = keyword_of(line);
    bool disabled = change == USERS_DISABLE;
    sink_format(out, "username %s", line->words[1].text);
    for (size_t i = 2; i < keyword; i++)
        if (!disables(&line->words[i]))
            sink_format(out, " %s", line->words[i].text);
        else
            disabled = change != USERS_ENABLE; /* nor does a new password enable */
    sink_text(out, disabled ? " disabled" : "");
    if (hash)
        sink_format(out, " secret 9 %s\n", hash);
    else
        sink_format(out, " %s\n", line->words[keyword].rest);
}

static bool is_line_of(const struct text_line *line, const char *user)
{
    return line->word_count > 2 && strcmp(line->words[0].text, "username") == 0 &&
           strcmp(line->words[1].text, user) == 0;
}

static enum rc edit(struct span text, enum users_change change, const char *user, const char *hash,
                    struct sink *out)
{
    struct arena arena = {.blocks = NULL};
    struct text lines;
    enum rc rc = text_split(&arena, text, &lines);
    for (size_t i = 0; rc == RC_OK && i < lines.count; i++) {
        if (is_line_of(&lines.lines[i], user))
            put_line(out, &lines.lines[i], change, hash);
        else if (i + 1 < lines.count || lines.lines[i].text[0])
            sink_format(out, "%s\n", lines.lines[i].text);
    }
    if (rc == RC_OK && change == USERS_ADD)
        sink_format(out, "username %s secret 9 %s\n", user, hash);
    arena_wipe(&arena);
    return rc == RC_OK && out->bad ? RC_NO_MEMORY : rc;
}

/* The result must hold the user as wanted, and as many others as before. */
static enum rc verify(struct span text, const char *path, enum users_change change,
                      const char *user, size_t count, struct sink *why)
{
    struct config *config;
    enum rc rc = parse(text, path, &config, why);
    if (rc != RC_OK)
        return rc;
    const struct config_user *found = config_user(config, user);
    bool good = found && config->user_count == count;
    if (good && (change == USERS_DISABLE || change == USERS_ENABLE))
        good = found->disabled == (change == USERS_DISABLE);
    config_free(config);
    return good ? RC_OK : fail(why, RC_MALFORMED, path, "this user cannot stand in a users file");
}

/* ---- writing ---- */

static enum rc write_all(int fd, struct span text)
{
    while (text.len) {
        ssize_t n = write(fd, text.at, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return RC_IO;
        text.at += n;
        text.len -= (size_t)n;
    }
    return RC_OK;
}

static enum rc replace(int directory, const char *path, struct span text, struct sink *why)
{
    char beside[PATH_MAX];
    int n = snprintf(beside, sizeof beside, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof beside)
        return fail(why, RC_MALFORMED, path, "too long a path");
    unlink(beside); /* of one who was killed */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0)
        return fail_errno(why, beside);
    enum rc rc = write_all(fd, text);
    if (rc == RC_OK && (fchmod(fd, FILE_MODE) != 0 || fsync(fd) != 0))
        rc = RC_IO;
    if (close(fd) != 0)
        rc = RC_IO;
    if (rc == RC_OK && (rename(beside, path) != 0 || fsync(directory) != 0))
        rc = RC_IO;
    if (rc != RC_OK) {
        rc = fail_errno(why, path);
        unlink(beside);
    }
    return rc;
}

static enum rc change_locked(int directory, const char *path, enum users_change change,
                             const char *user, const char *hash, struct sink *why)
{
    struct span text = {NULL, 0};
    struct sink edited = {0};
    struct config *before = NULL;
    enum rc rc = read_text(path, &text, why);
    if (rc == RC_NOT_FOUND && change == USERS_ADD) {
        sink_clear(why);
        rc = RC_OK;
    }
    if (rc == RC_OK)
        rc = parse(text, path, &before, why);
    bool there = rc == RC_OK && config_user(before, user);
    if (rc == RC_OK && there && change == USERS_ADD)
        rc = fail(why, RC_EXISTS, path, "this user is there already");
    if (rc == RC_OK && !there && change != USERS_ADD)
        rc = fail(why, RC_NOT_FOUND, path, "this user is not there");
    if (rc == RC_OK)
        rc = edit(text, change, user, hash, &edited);
    struct span after = {(const uint8_t *)edited.at, edited.len};
    if (rc == RC_OK)
        rc = verify(after, path, change, user, before->user_count + !there, why);
    if (rc == RC_OK)
        rc = replace(directory, path, after, why);
    config_free(before);
    free_text(text);
    if (edited.at)
        wipe(edited.at, edited.len);
    sink_free(&edited);
    return rc;
}

enum rc users_file_change(const char *path, enum users_change change, const char *user,
                          const char *hash, struct sink *why)
{
    char copy[PATH_MAX];
    int n = snprintf(copy, sizeof copy, "%s", path);
    if (n < 0 || (size_t)n >= sizeof copy)
        return fail(why, RC_MALFORMED, path, "too long a path");
    const char *parent = dirname(copy);
    int directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return fail_errno(why, parent);
    enum rc rc = flock(directory, LOCK_EX) == 0
                     ? change_locked(directory, path, change, user, hash, why)
                     : fail_errno(why, parent);
    close(directory);
    return rc;
}
