/* hubward-web: the status page's process. It is handed a listening socket, its name and a channel
 * to the keying process on which it can ask for status and nothing else; it has no files, no other
 * network and no right to change anything. */
#include "host/child.h"
#include "host/memfd.h"
#include "web/server.h"
#include "web/site.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct web {
    int listener; /* until the server has it; -1 none */
    struct server *server;
    struct site site;
};

/* "web": the hostname, and the address as the configuration says it (which the socket knows
 * better). */
static enum rc on_config(void *context, struct child *child, const char *name, int take_fd)
{
    struct web *web = context;
    struct span octets = {NULL, 0};
    char hostname[STATUS_HOSTNAME], listen[256];
    enum rc rc = RC_OK;
    (void)child;
    if (strcmp(name, "web") != 0)
        goto out;
    rc = memfd_read(take_fd, &octets);
    if (rc != RC_OK)
        goto out;
    struct cursor c = cursor_over(octets);
    cursor_string(&c, hostname, sizeof hostname);
    cursor_string(&c, listen, sizeof listen);
    rc = cursor_done(&c) ? RC_OK : RC_MALFORMED;
    if (rc == RC_OK)
        memcpy(web->site.hostname, hostname, sizeof hostname);
out:
    memfd_free(octets);
    close(take_fd);
    return rc;
}

static enum rc on_socket(void *context, struct child *child, enum socket_kind kind, uint32_t number,
                         const char *name, int take_fd)
{
    struct web *web = context;
    (void)child;
    (void)number;
    (void)name;
    if (kind != SOCKET_WEB || web->listener >= 0) {
        close(take_fd);
        return kind == SOCKET_WEB ? RC_EXISTS : RC_UNSUPPORTED;
    }
    web->listener = take_fd;
    return RC_OK;
}

static void log_feed(void *context, const char *line)
{
    child_log(context, LEVEL_NOTICE, "the keying process: %s; the page keeps what was known", line);
}

/* Without a network of its own the filter alone keeps it from making sockets. */
static void leave_network(struct child *child)
{
    if (sandbox_leave_network() != RC_OK)
        child_log(child, LEVEL_NOTICE,
                  "stays in the host's network namespace: the system gives no user namespaces (%s)",
                  strerror(errno));
}

static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    struct web *web = context;
    const struct server_options server = {
        .body = site_body, .context = &web->site, .changes = &web->site.changes, .turn = site_turn};
    char listen[SERVER_LISTEN];
    bool loopback;
    (void)options;
    leave_network(child);
    if (getrandom(&web->site.changes.start, sizeof web->site.changes.start, 0) < 0)
        return RC_IO;
    /* Both open a file when first used, which nothing here may do later. */
    tzset();
    json_object_seed(0);
    if (web->listener < 0)
        return RC_OK; /* the page is off, or its port was taken: the warden said so */
    enum rc rc = server_describe(web->listener, listen, &loopback);
    if (rc == RC_OK && !loopback)
        child_log(child, LEVEL_WARNING,
                  "the page refuses every request: %s is no loopback address, and there is no "
                  "login to protect it",
                  listen);
    if (rc == RC_OK)
        rc = feed_new(child_loop(child), log_feed, child, &web->site.feed);
    if (rc != RC_OK)
        return rc;
    int listener = web->listener;
    web->listener = -1;
    return server_start(child_loop(child), listener, &server, &web->server);
}

static enum rc on_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct web *web = context;
    (void)child;
    if (other != ROLE_KEY || !web->site.feed) {
        close(take_fd);
        return other == ROLE_KEY ? RC_OK : RC_UNSUPPORTED;
    }
    return feed_link(web->site.feed, take_fd);
}

static void on_stop(void *context, struct child *child)
{
    (void)context;
    child_finish(child, 0);
}

static void after_run(void *context, struct child *child)
{
    struct web *web = context;
    (void)child;
    server_stop(web->server);
    feed_free(web->site.feed);
    site_wipe(&web->site);
    if (web->listener >= 0)
        close(web->listener);
}

int main(void)
{
    static const struct child_ops ops = {
        .sandbox = SANDBOX_WEB,
        .on_socket = on_socket,
        .on_config = on_config,
        .on_channel = on_channel,
        .before_run = before_run,
        .on_stop = on_stop,
        .after_run = after_run,
    };
    struct web web = {.listener = -1};
    return child_main(ROLE_WEB, &ops, &web);
}
