/* The key role's UDP sockets: 500, and its member of the 4500 group, where IKE stands behind a
 * marker of four zero octets (RFC 3948, 2.2). */
#include "host/udp.h"
#include "role/key_state.h"

#include <stdlib.h>
#include <unistd.h>

enum { DATAGRAM_MAX = 16400, MARKER = 4, ROUNDS_MAX = 4 };

struct key_wire {
    struct udp_receiver *receiver;
    struct udp_sender *sender;
};

enum rc key_udp_add(struct key *key, enum socket_kind kind, int take_fd)
{
    struct udp_socket socket;
    if (key->socket_count == KEY_SOCKETS || udp_socket_of(take_fd, &socket) != RC_OK) {
        close(take_fd);
        return RC_FULL;
    }
    key->sockets[key->socket_count++] =
        (struct key_socket){.key = key, .udp = socket, .natt = kind == SOCKET_IKE_4500};
    return RC_OK;
}

void key_udp_input(struct key *key, const struct ike_path *path, struct span datagram)
{
    struct io io = key_turn(key);
    engine_input(key->engine, path, datagram, &io);
    key_turn_end(key);
}

static void received(struct key_socket *socket, const struct udp_packet *packet)
{
    static const uint8_t marker[MARKER] = {0};
    struct span bytes = {packet->at, packet->len};
    const struct ike_path path = {
        .local = packet->local, .remote = packet->remote, .natt = socket->natt};
    if (packet->truncated)
        return;
    if (socket->natt) {
        /* Keepalives and ESP that strayed here are not ours to count. */
        if (bytes.len <= MARKER || memcmp(bytes.at, marker, MARKER) != 0)
            return;
        bytes = (struct span){bytes.at + MARKER, bytes.len - MARKER};
    }
    key_udp_input(socket->key, &path, bytes);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    struct key_socket *socket = poll->data;
    struct udp_packet packets[UDP_BATCH];
    size_t count;
    (void)status;
    (void)events;
    /* Bounded, so that timers, operators and the other socket get their turn under a flood. */
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (udp_receive(socket->key->wire->receiver, &socket->udp, packets, &count) != RC_OK)
            return;
        for (size_t i = 0; i < count; i++)
            received(socket, &packets[i]);
        if (count < UDP_BATCH)
            return;
    }
}

enum rc key_udp_listen(struct key *key)
{
    key->wire = calloc(1, sizeof *key->wire);
    if (!key->wire)
        return RC_NO_MEMORY;
    key->wire->receiver = udp_receiver_new(0, DATAGRAM_MAX, 0);
    key->wire->sender = udp_sender_new();
    if (!key->wire->receiver || !key->wire->sender)
        return RC_NO_MEMORY;
    for (size_t i = 0; i < key->socket_count; i++) {
        struct key_socket *socket = &key->sockets[i];
        if (uv_poll_init(key->loop, &socket->poll, socket->udp.fd) != 0)
            return RC_IO;
        socket->poll.data = socket;
        socket->polling = true;
        if (uv_poll_start(&socket->poll, UV_READABLE, readable) != 0)
            return RC_IO;
    }
    return RC_OK;
}

static struct key_socket *socket_for(struct key *key, const struct ike_path *path)
{
    for (size_t i = 0; i < key->socket_count; i++)
        if (key->sockets[i].natt == path->natt &&
            key->sockets[i].udp.family == path->remote.addr.family)
            return &key->sockets[i];
    return NULL;
}

void key_udp_send(struct key *key, const struct effect_send *send)
{
    static const uint8_t marker[MARKER] = {0};
    struct key_socket *socket = socket_for(key, &send->path);
    bool marked = send->path.natt && !send->bare;
    if (!socket || !key->wire)
        return;
    /* The sender takes a pointer for all its users; it does not write through it. */
    const struct udp_packet packet = {.at = (uint8_t *)(uintptr_t)send->bytes.at,
                                      .len = send->bytes.len,
                                      .local = send->path.local,
                                      .remote = send->path.remote};
    struct span prefix = {marker, marked ? sizeof marker : 0};
    if (udp_send(key->wire->sender, &socket->udp, prefix, &packet, 1) != 1)
        key->sends_lost++;
}

void key_udp_close(struct key *key)
{
    for (size_t i = 0; i < key->socket_count; i++) {
        if (key->sockets[i].polling)
            uv_close((uv_handle_t *)&key->sockets[i].poll, NULL);
        close(key->sockets[i].udp.fd);
    }
    key->socket_count = 0;
    if (key->wire) {
        udp_receiver_free(key->wire->receiver);
        udp_sender_free(key->wire->sender);
    }
    free(key->wire);
    key->wire = NULL;
}
