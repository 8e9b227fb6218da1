/* Start-up messages field by field. */
#include "host/message_start.h"

void child_socket_put(struct builder *b, const struct child_socket *socket)
{
    builder_u8(b, (uint8_t)socket->kind);
    builder_u32(b, socket->number);
    builder_string(b, socket->name);
}

enum rc child_socket_get(struct cursor *c, struct child_socket *out)
{
    struct child_socket socket;
    uint8_t kind = cursor_u8(c);
    socket.kind = (enum socket_kind)kind;
    socket.number = cursor_u32(c);
    cursor_string(c, socket.name, sizeof socket.name);
    if (!cursor_done(c) || kind >= SOCKET_KIND_COUNT)
        return RC_MALFORMED;
    *out = socket;
    return RC_OK;
}

void child_interface_put(struct builder *b, const struct child_interface *interface)
{
    builder_string(b, interface->ios_name);
    builder_string(b, interface->linux_name);
    builder_u32(b, interface->ifindex);
    addr_put(b, interface->addr);
}

enum rc child_interface_get(struct cursor *c, struct child_interface *out)
{
    struct child_interface interface;
    cursor_string(c, interface.ios_name, sizeof interface.ios_name);
    cursor_string(c, interface.linux_name, sizeof interface.linux_name);
    interface.ifindex = cursor_u32(c);
    interface.addr = addr_get(c);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = interface;
    return RC_OK;
}

void child_peer_put(struct builder *b, enum role role)
{
    builder_u8(b, (uint8_t)role);
}

enum rc child_peer_get(struct cursor *c, enum role *out)
{
    uint8_t role = cursor_u8(c);
    if (!cursor_done(c) || role == ROLE_WARDEN || role == ROLE_OPERATOR || role >= ROLE_COUNT)
        return RC_MALFORMED;
    *out = (enum role)role;
    return RC_OK;
}

void child_line_put(struct builder *b, enum event_level level, const char *text)
{
    builder_u8(b, (uint8_t)level);
    builder_string(b, text);
}

enum rc child_line_get(struct cursor *c, struct child_line *out)
{
    struct child_line line;
    uint8_t level = cursor_u8(c);
    line.level = (enum event_level)level;
    cursor_string(c, line.text, sizeof line.text);
    if (!cursor_done(c) || level > LEVEL_ERROR)
        return RC_MALFORMED;
    *out = line;
    return RC_OK;
}

void child_route_put(struct builder *b, const struct child_route *route)
{
    builder_u8(b, route->add);
    builder_u32(b, route->tun);
    prefix_put(b, route->net);
}

enum rc child_route_get(struct cursor *c, struct child_route *out)
{
    struct child_route route;
    uint8_t add = cursor_u8(c);
    route.add = add == 1;
    route.tun = cursor_u32(c);
    route.net = prefix_get(c);
    /* A net with host bits is not a net; addr_get lets ADDR_NONE through. */
    if (!cursor_done(c) || add > 1 || route.net.addr.family == ADDR_NONE ||
        !prefix_equal(prefix_of(route.net.addr, route.net.len), route.net))
        return RC_MALFORMED;
    *out = route;
    return RC_OK;
}
