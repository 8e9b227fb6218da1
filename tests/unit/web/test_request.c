/* Routing, the Host allow-list and what is refused before anything is rendered. */
#include "web/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct request_policy policy = {.listen = "127.0.0.2", .loopback = true};

static struct request a_request(void)
{
    return (struct request){
        .method = "GET", .path = "/", .host = "127.0.0.2:8500", .host_count = 1};
}

static void each_path_has_its_route(void **state)
{
    (void)state;
    const struct {
        const char *path;
        unsigned status;
        enum route route;
        const char *type;
    } rows[] = {
        {"/", 200, ROUTE_PAGE, "text/html; charset=utf-8"},
        {"/api/v1/sessions", 200, ROUTE_SESSIONS, "application/json"},
        {"/app.css", 200, ROUTE_STYLE, "text/css; charset=utf-8"},
        {"/app.js", 200, ROUTE_SCRIPT, "text/javascript; charset=utf-8"},
        {"/lists.js", 200, ROUTE_LISTS, "text/javascript; charset=utf-8"},
        {"/icon.svg", 200, ROUTE_ICON, "image/svg+xml"},
        {"", 404, 0, NULL},
        {"//", 404, 0, NULL},
        {"/index.html", 404, 0, NULL},
        {"/api/v1/sessions/", 404, 0, NULL},
        {"/API/v1/sessions", 404, 0, NULL},
        {"/../app.css", 404, 0, NULL},
        {"/%61pp.css", 404, 0, NULL},
        {"http://127.0.0.2/", 404, 0, NULL},
        {"*", 404, 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct request request = a_request();
        enum route route = ROUTE_COUNT;
        request.path = rows[i].path;
        assert_int_equal(request_route(&policy, &request, &route), rows[i].status);
        assert_int_equal(route, rows[i].status == 200 ? rows[i].route : ROUTE_COUNT);
        if (rows[i].type)
            assert_string_equal(route_content_type(route), rows[i].type);
    }
}

static void only_get_and_head_are_methods(void **state)
{
    (void)state;
    const char *const methods[] = {"POST",  "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT",
                                   "PATCH", "get", "Get",    "GETX",    ""};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct request request = a_request();
        enum route route;
        request.method = methods[i];
        assert_int_equal(request_route(&policy, &request, &route), 405);
    }
    struct request request = a_request();
    enum route route;
    request.method = "HEAD";
    assert_int_equal(request_route(&policy, &request, &route), 200);
}

static void hosts_that_are_ours_are_allowed_with_any_port(void **state)
{
    (void)state;
    const char *const good[] = {"127.0.0.2",   "127.0.0.2:8500", "localhost",
                                "LocalHost:1", "127.0.0.1",      "127.0.0.1:65535",
                                "[::1]",       "[::1]:8500",     "localhost:99999"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(request_host_allowed(&policy, good[i]));
}

static void foreign_hosts_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",
                               "evil.example",
                               "evil.example:8500",
                               "localhost.evil.example",
                               "127.0.0.1.evil.example",
                               "evil.example#localhost",
                               "localhost@evil.example",
                               "127.0.0.2.",
                               "127.0.0.3",
                               "127.1",
                               "2130706433",
                               "0x7f000001",
                               "[::]",
                               "[::1",
                               "::1",
                               "[::1]evil",
                               "[::1]:",
                               "localhost:",
                               "localhost:80x",
                               "localhost:123456",
                               "localhost:-1",
                               "localhost:80:80",
                               " localhost",
                               "localhost ",
                               "localhost,evil.example",
                               "localhos",
                               ":8500"};
    assert_false(request_host_allowed(&policy, NULL));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct request request = a_request();
        enum route route;
        request.host = bad[i];
        assert_false(request_host_allowed(&policy, bad[i]));
        assert_int_equal(request_route(&policy, &request, &route), 421);
    }
}

static void none_or_two_hosts_are_malformed(void **state)
{
    (void)state;
    struct request request = a_request();
    enum route route;
    request.host_count = 2;
    assert_int_equal(request_route(&policy, &request, &route), 400);
    request.host_count = 0;
    request.host = NULL;
    assert_int_equal(request_route(&policy, &request, &route), 400);
}

static void anything_that_may_carry_a_body_is_malformed(void **state)
{
    (void)state;
    const struct {
        const char *length;
        size_t length_count, transfer_count;
        unsigned status;
    } rows[] = {
        {NULL, 0, 0, 200}, {"0", 1, 0, 200},    {"1", 1, 0, 400}, {"00", 1, 0, 400},
        {"+0", 1, 0, 400}, {"0, 5", 1, 0, 400}, {"", 1, 0, 400},  {"0", 2, 0, 400},
        {NULL, 0, 1, 400}, {"0", 1, 1, 400},    {"5", 1, 1, 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct request request = a_request();
        enum route route;
        request.length = rows[i].length;
        request.length_count = rows[i].length_count;
        request.transfer_count = rows[i].transfer_count;
        assert_int_equal(request_route(&policy, &request, &route), rows[i].status);
    }
}

/* No login yet: a listener that others can reach answers nobody. */
static void a_listener_that_is_no_loopback_answers_nothing(void **state)
{
    (void)state;
    const struct request_policy open = {.listen = "192.0.2.1", .loopback = false};
    struct request request = a_request();
    enum route route;
    request.host = "192.0.2.1:8500";
    assert_int_equal(request_route(&open, &request, &route), 403);
    request.host = "evil.example";
    assert_int_equal(request_route(&open, &request, &route), 421);
}

static void every_refusal_has_a_sentence(void **state)
{
    (void)state;
    const unsigned statuses[] = {400, 403, 404, 405, 421, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(request_refusal(statuses[i]), request_refusal(statuses[j]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_has_its_route),
        cmocka_unit_test(only_get_and_head_are_methods),
        cmocka_unit_test(hosts_that_are_ours_are_allowed_with_any_port),
        cmocka_unit_test(foreign_hosts_are_refused),
        cmocka_unit_test(none_or_two_hosts_are_malformed),
        cmocka_unit_test(anything_that_may_carry_a_body_is_malformed),
        cmocka_unit_test(a_listener_that_is_no_loopback_answers_nothing),
        cmocka_unit_test(every_refusal_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
