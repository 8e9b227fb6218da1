/* One datagram a record. */
#include "host/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char usual_place[] = "/run/systemd/journal/socket";

bool journal_is(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM"); /* "device:inode" */
    struct stat st;
    char own[64];
    if (!stream || fstat(fd, &st) != 0)
        return false;
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

/* Connected once: the socket is the manager's and outlives a restart of the journal. */
enum rc journal_open(const char *path, int *out)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    if (!path)
        path = usual_place;
    if (strlen(path) >= sizeof un.sun_path)
        return RC_IO;
    memcpy(un.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return RC_IO;
    if (connect(fd, (struct sockaddr *)&un, sizeof un) != 0) {
        close(fd);
        return RC_IO;
    }
    *out = fd;
    return RC_OK;
}

enum rc journal_send(int fd, struct span fields)
{
    ssize_t n = send(fd, fields.at, fields.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == (ssize_t)fields.len ? RC_OK : RC_IO;
}
