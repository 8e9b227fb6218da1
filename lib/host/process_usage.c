/* Two small files of the kernel, two and one numbers out of them (proc(5)). The name of the program
 * stands in the middle of `stat` and may hold anything; what follows its last bracket is ours. */
#include "host/process_usage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
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

enum rc process_usage(pid_t pid, struct process_usage *out)
{
    char stat[1024], statm[256];
    uint64_t user, system, pages;
    long page_bytes = sysconf(_SC_PAGESIZE), ticks = sysconf(_SC_CLK_TCK);
    if (read_text(pid, "stat", stat, sizeof stat) != RC_OK ||
        read_text(pid, "statm", statm, sizeof statm) != RC_OK)
        return RC_NOT_FOUND;
    const char *rest = strrchr(stat, ')');
    /* Fields 3 to 13, then utime and stime. */
    if (!rest || page_bytes <= 0 || ticks <= 0 ||
        sscanf(rest + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64, &user,
               &system) != 2 ||
        sscanf(statm, "%*s %" SCNu64, &pages) != 1)
        return RC_MALFORMED;
    out->rss_kb = pages * (uint64_t)page_bytes / 1024;
    out->cpu_ms = (user + system) * 1000 / (uint64_t)ticks;
    return RC_OK;
}
