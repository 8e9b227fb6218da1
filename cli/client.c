/* Connecting, and one message a datagram. */
#include "cli/client.h"

#include "base/wipe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { SEND_TIMEOUT_S = 10 };

static const char socket_name[] = "/control.sock";

enum rc client_of_fd(int take_fd, struct client *out)
{
    const struct timeval patience = {.tv_sec = SEND_TIMEOUT_S};
    uint8_t *buffer = malloc(MESSAGE_HEADER + MESSAGE_MAX);
    if (!buffer || setsockopt(take_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
        free(buffer);
        close(take_fd);
        return RC_NO_MEMORY;
    }
    *out = (struct client){.fd = take_fd, .buffer = buffer};
    return RC_OK;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->buffer);
    *client = (struct client){.fd = -1};
}

static enum exit_code explain(int error, const char *path, struct sink *why)
{
    sink_text(why, "cannot reach the hub at ");
    sink_safe(why, path);
    if (error == ENOENT)
        sink_text(why, ": no such socket. Is hubd running, with this --run-dir?");
    else if (error == ECONNREFUSED)
        sink_text(why, ": nobody listens. hubd has ended; start it again.");
    else if (error == EACCES || error == EPERM)
        sink_text(why, ": permission denied. Operators are root and the socket's group.");
    else
        sink_format(why, ": %s", strerror(error));
    return error == EACCES || error == EPERM ? EXIT_DENIED : EXIT_UNREACHABLE;
}

enum exit_code client_open(const char *run_dir, struct client *out, struct sink *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct sink path = {0};
    enum exit_code code = EXIT_FAILED;
    int fd = -1;
    sink_text(&path, run_dir);
    sink_text(&path, socket_name);
    if (path.bad || path.len >= sizeof address.sun_path) {
        code = explain(ENAMETOOLONG, sink_string(&path), why);
        goto out;
    }
    memcpy(address.sun_path, sink_string(&path), path.len + 1);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        code = explain(errno, sink_string(&path), why);
        goto out;
    }
    if (client_of_fd(fd, out) == RC_OK)
        code = EXIT_OK;
    else
        sink_text(why, "out of memory");
    fd = -1; /* taken over */
out:
    if (fd >= 0)
        close(fd);
    sink_free(&path);
    return code;
}

enum rc client_send(struct client *client, enum message_kind kind, struct span payload)
{
    enum rc rc = message_allowed((uint16_t)kind, ROLE_OPERATOR, ROLE_KEY, payload.len, 0);
    if (rc != RC_OK)
        return rc;
    struct builder b = builder_of(client->buffer, MESSAGE_HEADER + MESSAGE_MAX);
    builder_u16(&b, (uint16_t)kind);
    builder_u16(&b, (uint16_t)payload.len);
    builder_add(&b, payload);
    ssize_t n;
    do
        n = send(client->fd, client->buffer, builder_len(&b), MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    rc = n >= 0 ? RC_OK : errno == EAGAIN ? RC_AGAIN : RC_IO;
    wipe(client->buffer, builder_len(&b)); /* it may have held a password */
    return rc;
}

/* RC_OK: something is there to be read, if only the end. */
static enum rc wait_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int n = poll(&poll_fd, 1, timeout_ms);
    if (n < 0)
        return errno == EINTR ? RC_AGAIN : RC_IO;
    return n ? RC_OK : RC_AGAIN;
}

enum rc client_receive(struct client *client, int timeout_ms, enum message_kind *kind,
                       struct cursor *payload)
{
    enum rc rc = wait_readable(client->fd, timeout_ms);
    if (rc != RC_OK)
        return rc;
    ssize_t n = recv(client->fd, client->buffer, MESSAGE_HEADER + MESSAGE_MAX, MSG_TRUNC);
    if (n <= 0) /* no message is empty: 0 is the end */
        return n < 0 && errno == EINTR ? RC_AGAIN : RC_IO;
    if (n < MESSAGE_HEADER || n > MESSAGE_HEADER + MESSAGE_MAX)
        return RC_MALFORMED;
    struct cursor c = cursor_of(client->buffer, (size_t)n);
    uint16_t number = cursor_u16(&c);
    uint16_t length = cursor_u16(&c);
    if (length != cursor_left(&c))
        return RC_MALFORMED;
    rc = message_allowed(number, ROLE_KEY, ROLE_OPERATOR, length, 0);
    if (rc != RC_OK)
        return rc;
    *kind = (enum message_kind)number;
    *payload = c;
    return RC_OK;
}
