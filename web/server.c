/* The library parses HTTP; here stand the loop, the deadlines and the headers of every answer.
 * Deadlines are ours because the library's timeout starts anew with each octet, and one octet in
 * nine seconds would hold a connection for ever. */
#include "web/server.h"

#include "web/viewers.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEMORY_LIMIT = 16 * 1024, CHECK_MS = 500 };

struct connection {
    struct connection *next;
    struct connection **link; /* what points to this one */
    struct server *server;
    int fd;
    uint64_t deadline_ms; /* loop time */
};

struct server {
    uv_poll_t poll;
    uv_timer_t wake;  /* the library wants to run again */
    uv_timer_t check; /* deadlines, while there are connections */
    unsigned handles; /* still closing */
    struct MHD_Daemon *daemon;
    struct server_options options;
    struct request_policy policy;
    char listen[SERVER_LISTEN];
    struct connection *connections;
    struct viewers viewers;
};

static const struct {
    const char *name;
    const char *value;
} headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
     "require-trusted-types-for 'script'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static enum rc describe_v6(const struct sockaddr_in6 *address, char out[SERVER_LISTEN],
                           bool *loopback)
{
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text))
        return RC_IO;
    snprintf(out, SERVER_LISTEN, "[%s]", text);
    *loopback = IN6_IS_ADDR_LOOPBACK(&address->sin6_addr);
    return RC_OK;
}

enum rc server_describe(int fd, char out[SERVER_LISTEN], bool *loopback)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    } address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0)
        return RC_IO;
    if (address.any.sa_family == AF_INET6)
        return describe_v6(&address.v6, out, loopback);
    if (address.any.sa_family == AF_UNIX) {
        snprintf(out, SERVER_LISTEN, "localhost");
        *loopback = true;
        return RC_OK;
    }
    if (address.any.sa_family != AF_INET ||
        !inet_ntop(AF_INET, &address.v4.sin_addr, out, SERVER_LISTEN))
        return RC_IO;
    *loopback = ntohl(address.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return RC_OK;
}

static void turn(struct server *server);

static void on_wake(uv_timer_t *timer)
{
    turn(timer->data);
}

/* Let the library do what is due and ask when it wants to be called again. */
static void turn(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    MHD_run(server->daemon);
    if (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES)
        uv_timer_start(&server->wake, on_wake, wait_ms, 0);
    else
        uv_timer_stop(&server->wake);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    turn(poll->data);
}

/* Also the moment when a listener that was full is taken up again, which the library does only at
 * the beginning of a run. */
static void on_check(uv_timer_t *timer)
{
    struct server *server = timer->data;
    uint64_t now = uv_now(timer->loop);
    bool idle = !server->connections;
    if (server->viewers.count) {
        server->options.turn(server->options.context, now);
        viewers_turn(&server->viewers, now);
    }
    for (struct connection *c = server->connections; c; c = c->next)
        if (now >= c->deadline_ms)
            shutdown(c->fd, SHUT_RDWR); /* the library sees the end and closes */
    turn(server);
    if (idle && !server->connections)
        uv_timer_stop(timer);
}

static void extend(struct connection *connection)
{
    if (connection)
        connection->deadline_ms =
            uv_now(connection->server->check.loop) + connection->server->options.deadline_ms;
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void connection_begin(struct server *server, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = calloc(1, sizeof *connection);
    if (!info)
        goto refuse;
    if (!connection) { /* without a deadline it could stay for ever */
        shutdown(info->connect_fd, SHUT_RDWR);
        return;
    }
    connection->server = server;
    connection->fd = info->connect_fd;
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next)
        connection->next->link = &connection->next;
    server->connections = connection;
    extend(connection);
    *context = connection;
    if (!uv_is_active((uv_handle_t *)&server->check))
        uv_timer_start(&server->check, on_check, CHECK_MS, CHECK_MS);
    return;
refuse:
    free(connection);
}

static void connection_end(struct connection *connection)
{
    if (!connection)
        return;
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    free(connection);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **connection,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_begin(server, mhd, connection);
    } else {
        connection_end(*connection);
        *connection = NULL;
    }
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)request;
    (void)code;
    extend(connection_of(mhd)); /* for the next request to come in */
}

static enum MHD_Result on_field(void *context, enum MHD_ValueKind kind, const char *name,
                                const char *value)
{
    struct request *request = context;
    (void)kind;
    if (strcasecmp(name, "Host") == 0) {
        request->host = value;
        request->host_count++;
    } else if (strcasecmp(name, "Content-Length") == 0) {
        request->length = value;
        request->length_count++;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        request->transfer_count++;
    }
    return MHD_YES;
}

/* The response with all headers, or NULL and it is gone. */
static struct MHD_Response *with_headers(struct MHD_Response *response, const char *type,
                                         bool close)
{
    if (!response)
        return NULL;
    bool ok = MHD_add_response_header(response, "Content-Type", type) == MHD_YES;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        ok = MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_YES && ok;
    if (close) /* what follows on this connection cannot be trusted to be a request */
        ok = MHD_add_response_header(response, "Connection", "close") == MHD_YES && ok;
    if (ok)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

static struct MHD_Response *make_response(struct span body, const char *type, bool close)
{
    return with_headers(MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.at,
                                                        MHD_RESPMEM_MUST_COPY),
                        type, close);
}

static enum MHD_Result answer(struct MHD_Connection *mhd, unsigned status, struct span body,
                              const char *type)
{
    struct MHD_Response *response = make_response(body, type, status != 200);
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_YES;
    if (status == 405)
        result = MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (status == 503)
        result = MHD_add_response_header(response, "Retry-After", "10");
    if (result == MHD_YES)
        result = MHD_queue_response(mhd, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *mhd, unsigned status)
{
    const char *text = request_refusal(status);
    return answer(mhd, status, (struct span){(const uint8_t *)text, strlen(text)},
                  "text/plain; charset=utf-8");
}

static enum MHD_Result stream(struct server *server, struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of(mhd);
    uint64_t now = uv_now(server->check.loop);
    const char *last = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Last-Event-ID");
    if (server->options.changes)
        server->options.turn(server->options.context, now);
    struct MHD_Response *response =
        connection ? viewers_open(&server->viewers, mhd, last, &connection->deadline_ms, now)
                   : NULL;
    if (!response)
        return refuse(mhd, server->options.changes ? 503 : 404);
    response = with_headers(response, route_content_type(ROUTE_EVENTS), false);
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(mhd, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request_context)
{
    struct server *server = context;
    struct request request = {.method = method, .path = url};
    struct span body = {NULL, 0};
    enum route route;
    (void)version;
    (void)upload;
    (void)upload_size;
    extend(connection_of(mhd)); /* for the answer to be taken */
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, on_field, &request);
    unsigned status = request_route(&server->policy, &request, &route);
    /* Answering at the first call closes the connection, which is right for what is refused. */
    if (status == 200 && !*request_context) {
        *request_context = server;
        return MHD_YES;
    }
    if (status == 200 && route == ROUTE_EVENTS)
        return strcmp(method, MHD_HTTP_METHOD_GET) == 0 ? stream(server, mhd) : refuse(mhd, 405);
    if (status == 200 && server->options.body(server->options.context, route, &body) != RC_OK)
        status = 503;
    if (status == 200)
        return answer(mhd, status, body, route_content_type(route));
    return refuse(mhd, status);
}

/* Paths are compared as they came: decoding would only make more spellings of four names, and a
 * NUL in the middle of them. */
static size_t keep_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context;
    (void)mhd;
    return strlen(text);
}

static struct MHD_Daemon *start_daemon(struct server *server, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(SERVER_DEADLINE_MS / 1000),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_END);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct server *server = handle->data;
    if (--server->handles == 0)
        free(server);
}

static void close_handle(struct server *server, uv_handle_t *handle)
{
    server->handles++;
    uv_close(handle, on_handle_closed);
}

static enum rc watch(struct server *server, uv_loop_t *loop)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || uv_poll_init(loop, &server->poll, info->epoll_fd) != 0)
        return RC_IO;
    uv_timer_init(loop, &server->wake);
    uv_timer_init(loop, &server->check);
    server->poll.data = server->wake.data = server->check.data = server;
    uv_poll_start(&server->poll, UV_READABLE, on_poll);
    return RC_OK;
}

enum rc server_start(uv_loop_t *loop, int take_fd, const struct server_options *options,
                     struct server **out)
{
    struct server *server = calloc(1, sizeof *server);
    enum rc rc = server ? RC_OK : RC_NO_MEMORY;
    bool loopback = false;
    if (rc == RC_OK)
        rc = server_describe(take_fd, server->listen, &loopback);
    if (rc != RC_OK)
        goto fail;
    server->options = *options;
    if (!server->options.deadline_ms)
        server->options.deadline_ms = SERVER_DEADLINE_MS;
    server->policy = (struct request_policy){server->listen, loopback};
    server->viewers =
        (struct viewers){.changes = options->changes, .limit_ms = server->options.deadline_ms};
    server->daemon = start_daemon(server, take_fd);
    if (!server->daemon) {
        rc = RC_IO;
        goto fail;
    }
    take_fd = -1; /* the library's now */
    rc = watch(server, loop);
    if (rc != RC_OK)
        goto fail;
    *out = server;
    return RC_OK;
fail:
    if (server && server->daemon)
        MHD_stop_daemon(server->daemon);
    if (take_fd >= 0)
        close(take_fd);
    free(server);
    return rc;
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    uv_poll_stop(&server->poll); /* before the descriptor it watches is closed */
    viewers_stop(&server->viewers);
    MHD_stop_daemon(server->daemon);
    close_handle(server, (uv_handle_t *)&server->poll);
    close_handle(server, (uv_handle_t *)&server->wake);
    close_handle(server, (uv_handle_t *)&server->check);
}
