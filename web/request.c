/* The checks of THREATS W02 and W03, in the order in which a request loses trust. */
#include "web/request.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *path;
    const char *type;
} routes[ROUTE_COUNT] = {
    [ROUTE_PAGE] = {"/", "text/html; charset=utf-8"},
    [ROUTE_SESSIONS] = {"/api/v1/sessions", "application/json"},
    [ROUTE_EVENTS] = {"/api/v1/events", "text/event-stream"},
    [ROUTE_STYLE] = {"/app.css", "text/css; charset=utf-8"},
    [ROUTE_SCRIPT] = {"/app.js", "text/javascript; charset=utf-8"},
    [ROUTE_LISTS] = {"/lists.js", "text/javascript; charset=utf-8"},
    [ROUTE_ICON] = {"/icon.svg", "image/svg+xml"},
};

const char *route_content_type(enum route route)
{
    return routes[route].type;
}

const char *request_refusal(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } rows[] = {
        {400, "This server takes no request with a body.\n"},
        {403, "This listener is not on a loopback address and has no login. Reach the page through "
              "`ssh -L 8500:127.0.0.1:8500 hub`, or let a proxy with a login forward to it.\n"},
        {404, "There is nothing here. The page is at /.\n"},
        {405, "GET and HEAD only.\n"},
        {503, "This server has too much to do just now.\n"},
        {421, "The Host of this request is not this server.\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status)
            return rows[i].text;
    return "The request could not be answered.\n";
}

/* Octets of the name in front of the port; a bracketed IPv6 address keeps its brackets. */
static size_t name_len(const char *host)
{
    const char *bracket = host[0] == '[' ? strchr(host, ']') : NULL;
    return bracket ? (size_t)(bracket - host) + 1 : strcspn(host, ":");
}

static bool port_is_sound(const char *at)
{
    if (!*at)
        return true;
    size_t digits = strspn(at + 1, "0123456789");
    return *at == ':' && digits >= 1 && digits <= 5 && at[1 + digits] == '\0';
}

static bool is_name(const char *host, size_t len, const char *name)
{
    return name && len == strlen(name) && strncasecmp(host, name, len) == 0;
}

bool request_host_allowed(const struct request_policy *policy, const char *host)
{
    if (!host)
        return false;
    size_t len = name_len(host);
    if (!len || !port_is_sound(host + len))
        return false;
    return is_name(host, len, "localhost") || is_name(host, len, "127.0.0.1") ||
           is_name(host, len, "[::1]") || is_name(host, len, policy->listen);
}

/* A request with a body has no business here, and one whose end two parsers may see in two places
 * even less. */
static bool has_body(const struct request *request)
{
    return request->transfer_count || request->length_count > 1 ||
           (request->length && strcmp(request->length, "0") != 0);
}

unsigned request_route(const struct request_policy *policy, const struct request *request,
                       enum route *out)
{
    if (has_body(request) || request->host_count != 1 || !request->path || !request->method)
        return 400;
    if (!request_host_allowed(policy, request->host))
        return 421;
    if (!policy->loopback)
        return 403;
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        return 405;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (strcmp(request->path, routes[i].path) == 0) {
            *out = (enum route)i;
            return 200;
        }
    }
    return 404;
}
