/* Two small files of the kernel, three numbers out of them (proc(5)). The name of the program
 * stands in the middle of `stat` and may hold anything; what follows its last bracket is ours. */
#include "host/process_usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum rc read_text(pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, out, size - 1);
    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return RC_NOT_FOUND;
    out[len] = '\0';
    return RC_OK;
}

/* The number that is this field, counted from 0 between blanks. */
static bool field(const char *text, unsigned index, uint64_t *out)
{
    char *end;
    for (text += strspn(text, " "); index; index--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    errno = 0;
    *out = strtoull(text, &end, 10);
    return end != text && (*end == ' ' || *end == '\n') && errno == 0;
}

enum rc process_usage(pid_t pid, struct process_usage *out)
{
    enum { UTIME = 11, STIME = 12, RESIDENT = 1 }; /* after the name's bracket; in statm */
    char stat[1024], statm[256];
    uint64_t user, system, pages;
    long page_bytes = sysconf(_SC_PAGESIZE), ticks = sysconf(_SC_CLK_TCK);
    if (read_text(pid, "stat", stat, sizeof stat) != RC_OK ||
        read_text(pid, "statm", statm, sizeof statm) != RC_OK)
        return RC_NOT_FOUND;
    const char *rest = strrchr(stat, ')');
    if (!rest || page_bytes <= 0 || ticks <= 0 || !field(rest + 1, UTIME, &user) ||
        !field(rest + 1, STIME, &system) || !field(statm, RESIDENT, &pages))
        return RC_MALFORMED;
    out->rss_kb = pages * (uint64_t)page_bytes / 1024;
    out->cpu_ms = (user + system) * 1000 / (uint64_t)ticks;
    return RC_OK;
}
