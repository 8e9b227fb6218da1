/* Start-up messages: round trips, every truncation, leftovers, values out of range. */
#include "host/message_start.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef enum rc get(struct cursor *c, void *out);
static enum rc get_socket(struct cursor *c, void *out)
{
    return child_socket_get(c, out);
}
static enum rc get_interface(struct cursor *c, void *out)
{
    return child_interface_get(c, out);
}
static enum rc get_peer(struct cursor *c, void *out)
{
    return child_peer_get(c, out);
}
static enum rc get_line(struct cursor *c, void *out)
{
    return child_line_get(c, out);
}
static enum rc get_route(struct cursor *c, void *out)
{
    return child_route_get(c, out);
}

/* Read `len` octets from a block of exactly that size. */
static enum rc get_exact(get *get_it, const uint8_t *octets, size_t len, void *out)
{
    uint8_t *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, octets, len);
    struct cursor c = cursor_of(exact, len);
    enum rc rc = get_it(&c, out);
    free(exact);
    return rc;
}

/* Every shorter and one longer message is refused. */
static void walk(get *get_it, const struct builder *b)
{
    uint8_t octets[2048] = {0};
    static union {
        struct child_socket socket;
        struct child_interface interface;
        struct child_line line;
        struct child_route route;
        enum role role;
    } out;
    assert_false(b->bad);
    memcpy(octets, b->start, builder_len(b));
    for (size_t n = 0; n < builder_len(b); n++)
        assert_int_equal(get_exact(get_it, octets, n, &out), RC_MALFORMED);
    assert_int_equal(get_exact(get_it, octets, builder_len(b), &out), RC_OK);
    assert_int_equal(get_exact(get_it, octets, builder_len(b) + 1, &out), RC_MALFORMED);
}

static void each_message_is_itself_and_nothing_shorter_or_longer(void **state)
{
    (void)state;
    uint8_t octets[2048];
    struct builder b = builder_of(octets, sizeof octets);
    child_socket_put(&b, &(struct child_socket){SOCKET_WEB, 0xdeadbeef, "127.0.0.1:8500"});
    walk(get_socket, &b);
    b = builder_of(octets, sizeof octets);
    child_interface_put(&b, &(struct child_interface){"Fa0/0", "eth0", 9, addr_v4(1)});
    walk(get_interface, &b);
    b = builder_of(octets, sizeof octets);
    child_peer_put(&b, ROLE_STORE);
    walk(get_peer, &b);
    b = builder_of(octets, sizeof octets);
    child_line_put(&b, LEVEL_ERROR, "text");
    walk(get_line, &b);
    b = builder_of(octets, sizeof octets);
    child_route_put(&b, &(struct child_route){true, 3, prefix_of(addr_v4(0x0a000000), 8)});
    walk(get_route, &b);
}

static void values_survive_the_trip(void **state)
{
    (void)state;
    uint8_t octets[512];
    struct child_socket socket;
    struct child_interface interface;
    struct child_route route;
    struct builder b = builder_of(octets, sizeof octets);
    child_socket_put(&b, &(struct child_socket){SOCKET_ESP_RAW, 6, "x"});
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(child_socket_get(&c, &socket), RC_OK);
    assert_int_equal(socket.kind, SOCKET_ESP_RAW);
    assert_int_equal(socket.number, 6);
    assert_string_equal(socket.name, "x");
    b = builder_of(octets, sizeof octets);
    child_interface_put(&b, &(struct child_interface){"Fa0/0", "eth0", 9, {ADDR_NONE, {0}}});
    c = cursor_over(builder_span(&b));
    assert_int_equal(child_interface_get(&c, &interface), RC_OK);
    assert_string_equal(interface.linux_name, "eth0");
    assert_int_equal(interface.addr.family, ADDR_NONE);
    b = builder_of(octets, sizeof octets);
    child_route_put(&b, &(struct child_route){false, 7, prefix_of(addr_v4(0x0a020000), 16)});
    c = cursor_over(builder_span(&b));
    assert_int_equal(child_route_get(&c, &route), RC_OK);
    assert_false(route.add);
    assert_int_equal(route.tun, 7);
    assert_true(prefix_equal(route.net, prefix_of(addr_v4(0x0a020000), 16)));
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    static const uint8_t socket[] = {SOCKET_KIND_COUNT, 0, 0, 0, 0, 0, 0};
    static const uint8_t level[] = {LEVEL_ERROR + 1, 0, 0};
    static const uint8_t add[] = {2, 0, 0, 0, 0, ADDR_V4, 10, 0, 0, 0, 8};
    static const uint8_t host_bits[] = {1, 0, 0, 0, 0, ADDR_V4, 10, 0, 0, 1, 8};
    static const uint8_t no_family[] = {1, 0, 0, 0, 0, ADDR_NONE, 0};
    static const uint8_t too_long[] = {1, 0, 0, 0, 0, ADDR_V4, 10, 0, 0, 0, 33};
    static const uint8_t fine[] = {1, 0, 0, 0, 0, ADDR_V4, 10, 0, 0, 0, 8};
    static struct child_line line;
    struct child_socket socket_out;
    struct child_route route;
    enum role role;
    assert_int_equal(get_exact(get_socket, socket, sizeof socket, &socket_out), RC_MALFORMED);
    assert_int_equal(get_exact(get_line, level, sizeof level, &line), RC_MALFORMED);
    assert_int_equal(get_exact(get_route, add, sizeof add, &route), RC_MALFORMED);
    assert_int_equal(get_exact(get_route, host_bits, sizeof host_bits, &route), RC_MALFORMED);
    assert_int_equal(get_exact(get_route, no_family, sizeof no_family, &route), RC_MALFORMED);
    assert_int_equal(get_exact(get_route, too_long, sizeof too_long, &route), RC_MALFORMED);
    assert_int_equal(get_exact(get_route, fine, sizeof fine, &route), RC_OK);
    for (unsigned other = 0; other < 256; other++) {
        uint8_t octet = (uint8_t)other;
        bool child = other != ROLE_WARDEN && other != ROLE_OPERATOR && other < ROLE_COUNT;
        assert_int_equal(get_exact(get_peer, &octet, 1, &role), child ? RC_OK : RC_MALFORMED);
    }
}

static void the_longest_line_fits_its_kind(void **state)
{
    (void)state;
    static struct child_line line;
    static char text[CHILD_LOG_TEXT];
    uint8_t octets[CHILD_LOG_TEXT + 16];
    memset(text, 'x', sizeof text - 1);
    struct builder b = builder_of(octets, sizeof octets);
    child_line_put(&b, LEVEL_DEBUG, text);
    assert_int_equal(message_allowed(MSG_LOG, ROLE_KEY, ROLE_WARDEN, builder_len(&b), 0), RC_OK);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(child_line_get(&c, &line), RC_OK);
    assert_string_equal(line.text, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_is_itself_and_nothing_shorter_or_longer),
        cmocka_unit_test(values_survive_the_trip),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(the_longest_line_fits_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
