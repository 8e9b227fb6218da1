/* What a request is and what it gets, before anything is rendered: pure, so that every refusal can
 * be tested without a socket. */
#ifndef HUBWARD_WEB_REQUEST_H
#define HUBWARD_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* As the HTTP library saw it. Texts are hostile and borrowed; NULL: not there. */
struct request {
    const char *method;
    const char *path; /* without query */
    const char *host; /* value of the Host field */
    size_t host_count;
    const char *length; /* value of Content-Length */
    size_t length_count;
    size_t transfer_count; /* Transfer-Encoding fields */
};

enum route {
    ROUTE_PAGE,
    ROUTE_SESSIONS,
    ROUTE_EVENTS,
    ROUTE_STYLE,
    ROUTE_SCRIPT,
    ROUTE_LISTS,
    ROUTE_ICON,
    ROUTE_COUNT
};

/* Which requests this listener answers. */
struct request_policy {
    const char *listen; /* our address as hosts may name it, without port: "192.0.2.1", "[::1]" */
    bool loopback;      /* only machine-local clients can reach us */
};

/* 200 and *out set, or the status of a refusal: 400 a body or a field that could smuggle one, 421
 * a Host that is not ours (DNS rebinding), 403 the listener is no loopback and there is no login,
 * 405, 404. */
unsigned request_route(const struct request_policy *policy, const struct request *request,
                       enum route *out);

/* May a Host field say this? Names without port match `listen`, localhost, 127.0.0.1, [::1];
 * letter case and a numeric port do not count. */
bool request_host_allowed(const struct request_policy *policy, const char *host);

const char *route_content_type(enum route route);
/* A sentence for the body of a refusal. */
const char *request_refusal(unsigned status);

#endif
