/* The descriptors and the two ways through them:
 *
 *   socket → keepalive? IKE? → esp_open → events → TUN of the SA
 *   TUN    → SA by selectors → esp_seal → events → socket of the SA's encapsulation
 *
 * Packets stay in the buffer they were read into. Seam of the fast path: a super-packet is one more
 * way to fill and to drain these batches. */
#include "host/datapath.h"

#include "esp/open.h"
#include "esp/seal.h"
#include "host/tun.h"
#include "host/udp.h"

#include <stdlib.h>
#include <unistd.h>

/* ROOM: a jumbo frame. ROUNDS: batches in one turn; a flood on one descriptor costs the others no
 * more than this. */
enum { ROOM = 9600, ROUNDS = 4, MARKER = 4 };

struct tun {
    int fd;
    uint32_t number;
};

struct datapath {
    struct datapath_hooks hooks;
    struct rng rng;
    struct esp_sadb *sadb;
    struct drop_counters drops;
    struct udp_receiver *receiver;
    struct udp_sender *sender;
    uint8_t *memory; /* ESP_BATCH buffers for packets from TUNs */
    struct udp_socket sockets[DATAPATH_SOCKETS];
    size_t socket_count;
    struct tun *tuns;
    size_t tun_count;
};

enum { STRIDE = ESP_HEADROOM + ROOM + ESP_TAILROOM };

struct datapath *datapath_new(uint64_t seed, size_t tunnels, const struct datapath_hooks *hooks,
                              struct rng rng)
{
    struct datapath *datapath = calloc(1, sizeof *datapath);
    if (!datapath)
        return NULL;
    datapath->hooks = *hooks;
    datapath->rng = rng;
    datapath->sadb = esp_sadb_new(seed, tunnels);
    datapath->receiver = udp_receiver_new(0, ROOM, 0);
    datapath->sender = udp_sender_new();
    datapath->memory = calloc(ESP_BATCH, STRIDE);
    if (datapath->sadb && datapath->receiver && datapath->sender && datapath->memory)
        return datapath;
    datapath_free(datapath);
    return NULL;
}

void datapath_free(struct datapath *datapath)
{
    if (!datapath)
        return;
    for (size_t i = 0; i < datapath->socket_count; i++)
        close(datapath->sockets[i].fd);
    for (size_t i = 0; i < datapath->tun_count; i++)
        close(datapath->tuns[i].fd);
    esp_sadb_free(datapath->sadb);
    udp_receiver_free(datapath->receiver);
    udp_sender_free(datapath->sender);
    free(datapath->memory);
    free(datapath->tuns);
    free(datapath);
}

enum rc datapath_add_socket(struct datapath *datapath, int take_fd)
{
    struct udp_socket socket;
    enum rc rc = udp_socket_of(take_fd, &socket);
    if (rc == RC_OK && datapath->socket_count == DATAPATH_SOCKETS)
        rc = RC_FULL;
    if (rc != RC_OK) {
        close(take_fd);
        return rc;
    }
    datapath->sockets[datapath->socket_count++] = socket;
    return RC_OK;
}

static const struct tun *find_tun(const struct datapath *datapath, uint32_t number)
{
    for (size_t i = 0; i < datapath->tun_count; i++)
        if (datapath->tuns[i].number == number)
            return &datapath->tuns[i];
    return NULL;
}

enum rc datapath_add_tun(struct datapath *datapath, uint32_t number, int take_fd)
{
    enum rc rc = find_tun(datapath, number)             ? RC_EXISTS
                 : datapath->tun_count == DATAPATH_TUNS ? RC_FULL
                                                        : RC_OK;
    struct tun *grown = NULL;
    if (rc == RC_OK)
        grown = realloc(datapath->tuns, (datapath->tun_count + 1) * sizeof *grown);
    if (!grown) {
        close(take_fd);
        return rc == RC_OK ? RC_NO_MEMORY : rc;
    }
    datapath->tuns = grown;
    grown[datapath->tun_count++] = (struct tun){.fd = take_fd, .number = number};
    return RC_OK;
}

struct esp_sadb *datapath_sadb(struct datapath *datapath)
{
    return datapath->sadb;
}

const struct drop_counters *datapath_drops(const struct datapath *datapath)
{
    return &datapath->drops;
}

void datapath_drop(struct datapath *datapath, enum drop_reason reason)
{
    if ((size_t)reason < DROP_COUNT)
        datapath->drops.by_reason[reason]++;
}

static void tell_events(struct datapath *datapath, const struct esp_buffer *buffer)
{
    static const struct {
        enum esp_event bit;
        enum sa_event event;
    } pairs[] = {{ESP_EVENT_USED, SA_EVENT_USED},
                 {ESP_EVENT_MOVED, SA_EVENT_MOVED},
                 {ESP_EVENT_SOFT, SA_EVENT_SOFT}};
    for (size_t i = 0; buffer->events && i < sizeof pairs / sizeof pairs[0]; i++)
        if (buffer->events & pairs[i].bit && datapath->hooks.event)
            datapath->hooks.event(datapath->hooks.context, pairs[i].event, buffer->sa);
}

/* ---- inbound ---- */

static void hand_over_ike(struct datapath *datapath, const struct udp_packet *packet)
{
    struct path_datagram datagram = {.local = packet->local,
                                     .remote = packet->remote,
                                     .bytes = {packet->at + MARKER, packet->len - MARKER}};
    if (datapath->hooks.ike)
        datapath->hooks.ike(datapath->hooks.context, &datagram);
}

/* What a datagram can be (RFC 3948, 2). */
enum kind { KIND_ESP, KIND_IKE, KIND_KEEPALIVE, KIND_RUNT, KIND_CUT };

static enum kind kind_of(const struct udp_packet *packet, bool raw)
{
    static const uint8_t marker[MARKER] = {0};
    if (packet->truncated)
        return KIND_CUT;
    if (raw)
        return KIND_ESP;
    if (packet->len == 1 && packet->at[0] == 0xff)
        return KIND_KEEPALIVE;
    if (packet->len < MARKER)
        return KIND_RUNT;
    return memcmp(packet->at, marker, MARKER) == 0 ? KIND_IKE : KIND_ESP;
}

/* Sort a datagram; true when it is ESP. */
static bool sort_in(struct datapath *datapath, const struct udp_packet *packet, bool raw)
{
    switch (kind_of(packet, raw)) {
    case KIND_ESP:
        return true;
    case KIND_IKE:
        hand_over_ike(datapath, packet);
        break;
    case KIND_KEEPALIVE:
        datapath_drop(datapath, DROP_ESP_KEEPALIVE);
        break;
    case KIND_RUNT:
        datapath_drop(datapath, DROP_ESP_SHORT);
        break;
    case KIND_CUT:
        datapath_drop(datapath, DROP_OUT_SIZE);
        break;
    }
    return false;
}

static void deliver(struct datapath *datapath, struct esp_buffer *buffer)
{
    tell_events(datapath, buffer);
    if (buffer->drop != DROP_NONE) {
        datapath_drop(datapath, buffer->drop);
        return;
    }
    const struct tun *tun = find_tun(datapath, buffer->sa->params.tun);
    if (!tun || tun_write(tun->fd, buffer->at, buffer->len) != RC_OK)
        datapath_drop(datapath, DROP_OUT_SEND);
}

static void take_batch(struct datapath *datapath, const struct udp_socket *socket,
                       const struct udp_packet *packets, size_t count, uint64_t now_ms)
{
    struct esp_buffer buffers[UDP_BATCH];
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (sort_in(datapath, &packets[i], socket->raw))
            buffers[n++] = (struct esp_buffer){.at = packets[i].at,
                                               .len = packets[i].len,
                                               .encapsulation = socket->raw ? ESP_RAW : ESP_UDP,
                                               .remote = packets[i].remote,
                                               .tos = packets[i].tos};
    esp_open(datapath->sadb, buffers, n, now_ms);
    for (size_t i = 0; i < n; i++)
        deliver(datapath, &buffers[i]);
}

static enum rc receive(struct datapath *datapath, const struct udp_socket *socket, uint64_t now_ms)
{
    struct udp_packet packets[UDP_BATCH];
    size_t count = UDP_BATCH;
    for (int round = 0; round < ROUNDS && count == UDP_BATCH; round++) {
        enum rc rc = udp_receive(datapath->receiver, socket, packets, &count);
        if (rc != RC_OK)
            return rc == RC_AGAIN ? RC_OK : rc;
        take_batch(datapath, socket, packets, count, now_ms);
    }
    return RC_OK;
}

/* ---- outbound ---- */

/* Packets that the system sends to everybody on a link are no reason to negotiate. */
static bool deserves_tunnel(const struct esp_inner *inner)
{
    static const struct prefix local[] = {
        {{ADDR_V4, {224}}, 4}, {{ADDR_V6, {0xff}}, 8}, {{ADDR_V6, {0xfe, 0x80}}, 10}};
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        if (prefix_contains(local[i], inner->destination))
            return false;
    return !esp_inner_is_martian(inner);
}

/* Find the SA; without one the packet is dropped, never sent in clear. */
static void classify(struct datapath *datapath, uint32_t tun, struct esp_buffer *buffer,
                     struct esp_inner *inner)
{
    if (esp_inner_parse((struct span){buffer->at, buffer->len}, inner) != RC_OK) {
        buffer->drop = DROP_ESP_INNER;
        return;
    }
    buffer->sa = esp_sadb_outbound(datapath->sadb, tun, inner);
    if (!buffer->sa)
        buffer->drop = deserves_tunnel(inner) ? DROP_OUT_NO_SA : DROP_OUT_POLICY;
}

static bool needs_sa(enum drop_reason drop)
{
    return drop == DROP_OUT_NO_SA || drop == DROP_ESP_EXPIRED || drop == DROP_OUT_SEQUENCE;
}

static bool leaves_by(const struct udp_socket *socket, const struct esp_params *params)
{
    bool raw = params->encapsulation == ESP_RAW;
    return socket->family == params->remote.addr.family && socket->raw == raw &&
           (raw || socket->port == params->local.port);
}

/* Send those packets of the batch that leave by this socket. */
static void send_by(struct datapath *datapath, const struct udp_socket *socket,
                    struct esp_buffer *buffers, size_t count)
{
    struct udp_packet packets[ESP_BATCH];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct esp_params *params = buffers[i].sa ? &buffers[i].sa->params : NULL;
        if (buffers[i].drop != DROP_NONE || !params || !leaves_by(socket, params))
            continue;
        packets[n++] = (struct udp_packet){.at = buffers[i].at,
                                           .len = buffers[i].len,
                                           .local = params->local,
                                           .remote = params->remote,
                                           .tos = buffers[i].tos};
        buffers[i].sa = NULL; /* gone: no other socket shall have it */
    }
    size_t sent = udp_send(datapath->sender, socket, (struct span){NULL, 0}, packets, n);
    datapath->drops.by_reason[DROP_OUT_SEND] += n - sent;
}

static void count_drops(struct datapath *datapath, uint32_t tun, const struct esp_buffer *buffer,
                        const struct esp_inner *inner)
{
    if (buffer->drop == DROP_NONE)
        return;
    datapath_drop(datapath, buffer->drop);
    if (needs_sa(buffer->drop) && datapath->hooks.acquire)
        datapath->hooks.acquire(datapath->hooks.context, tun, inner);
}

static void send_batch(struct datapath *datapath, uint32_t tun, struct esp_buffer *buffers,
                       size_t count, uint64_t now_ms)
{
    struct esp_inner inners[ESP_BATCH];
    for (size_t i = 0; i < count; i++)
        classify(datapath, tun, &buffers[i], &inners[i]);
    esp_seal(buffers, count, now_ms, &datapath->rng);
    for (size_t i = 0; i < count; i++) {
        tell_events(datapath, &buffers[i]);
        count_drops(datapath, tun, &buffers[i], &inners[i]);
    }
    for (size_t i = 0; i < datapath->socket_count; i++)
        send_by(datapath, &datapath->sockets[i], buffers, count);
    for (size_t i = 0; i < count; i++)
        if (buffers[i].drop == DROP_NONE && buffers[i].sa)
            datapath_drop(datapath, DROP_OUT_SEND); /* no socket of this kind */
}

/* Fill a batch from the TUN. RC_AGAIN: it is empty now; *count may still be above 0. */
static enum rc read_batch(struct datapath *datapath, const struct tun *tun,
                          struct esp_buffer buffers[ESP_BATCH], size_t *count)
{
    for (*count = 0; *count < ESP_BATCH; (*count)++) {
        uint8_t *at = datapath->memory + *count * STRIDE + ESP_HEADROOM;
        size_t len;
        enum rc rc = tun_read(tun->fd, at, ROOM, &len);
        if (rc != RC_OK)
            return rc;
        buffers[*count] = (struct esp_buffer){.at = at,
                                              .len = len,
                                              .headroom = ESP_HEADROOM,
                                              .tailroom = STRIDE - ESP_HEADROOM - len};
    }
    return RC_OK;
}

static enum rc transmit(struct datapath *datapath, const struct tun *tun, uint64_t now_ms)
{
    struct esp_buffer buffers[ESP_BATCH];
    enum rc rc = RC_OK;
    for (int round = 0; round < ROUNDS && rc == RC_OK; round++) {
        size_t count;
        rc = read_batch(datapath, tun, buffers, &count);
        send_batch(datapath, tun->number, buffers, count, now_ms);
    }
    return rc == RC_AGAIN ? RC_OK : rc;
}

enum rc datapath_readable(struct datapath *datapath, int fd, uint64_t now_ms)
{
    for (size_t i = 0; i < datapath->socket_count; i++)
        if (datapath->sockets[i].fd == fd)
            return receive(datapath, &datapath->sockets[i], now_ms);
    for (size_t i = 0; i < datapath->tun_count; i++)
        if (datapath->tuns[i].fd == fd)
            return transmit(datapath, &datapath->tuns[i], now_ms);
    return RC_NOT_FOUND;
}
