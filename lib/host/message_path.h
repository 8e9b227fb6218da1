/* The messages between key and path besides MSG_SA_INSTALL, which is esp_params: MSG_SA_DELETE,
 * MSG_SA_COUNTERS, MSG_SA_EVENT, MSG_ACQUIRE, MSG_IKE_DATAGRAM, MSG_DROPS. Tunnels are named by the
 * handles that key chose; path names only tunnels that the key process at the other end
 * installed. */
#ifndef HUBWARD_HOST_MESSAGE_PATH_H
#define HUBWARD_HOST_MESSAGE_PATH_H

#include "base/drop.h"
#include "esp/params.h"
#include "host/message.h"

enum {
    PATH_DELETE_LEN = 13,
    PATH_COUNTERS_ROW_LEN = 88,
    PATH_COUNTERS_ROWS_MAX = MESSAGE_MAX / PATH_COUNTERS_ROW_LEN, /* in one message */
    PATH_EVENT_MAX = 28,
    PATH_ACQUIRE_MAX = 78,
    PATH_DATAGRAM_HEADER_MAX = 38,
    PATH_DATAGRAM_MAX = MESSAGE_MAX - PATH_DATAGRAM_HEADER_MAX, /* octets of the datagram */
    PATH_DROPS_ROW_LEN = 10
};

/* MSG_SA_DELETE */
struct path_delete {
    uint64_t tunnel;
    uint32_t spi;
    enum esp_direction direction;
};

/* MSG_SA_COUNTERS: rows to the end of the message, of tunnels whose counters changed. */
struct path_counters_row {
    uint64_t tunnel;
    struct esp_counters in, out;
};

/* MSG_SA_EVENT */
struct path_event {
    enum sa_event event;
    uint64_t tunnel;
    struct endpoint moved_to; /* SA_EVENT_MOVED: the peer's outer endpoint now; else zero */
};

/* MSG_ACQUIRE: the addresses, protocol and ports of a packet that found no SA. A port is 0 where
 * the packet shows none. */
struct path_acquire {
    uint32_t tun;
    struct selector source;
    struct selector destination;
};

/* MSG_IKE_DATAGRAM: what came to path's socket on port 4500 behind a non-ESP marker. */
struct path_datagram {
    struct endpoint local;
    struct endpoint remote;
    struct span bytes; /* without the marker; a get borrows the message's octets */
};

/* MSG_DROPS: rows to the end of the message, of reasons whose total changed. */
struct path_drops_row {
    enum drop_reason reason;
    uint64_t total; /* since path started */
};

/* Puts append to the builder; ask `bad` at the end. Gets of delete, event, acquire and datagram:
 * RC_MALFORMED unless the rest of the cursor is exactly one such message; gets of rows take one
 * row: RC_MALFORMED unless one is there. *out is written only on RC_OK. */
void path_delete_put(struct builder *b, const struct path_delete *msg);
MUST_USE enum rc path_delete_get(struct cursor *c, struct path_delete *out);
void path_counters_put(struct builder *b, const struct path_counters_row *row);
MUST_USE enum rc path_counters_get(struct cursor *c, struct path_counters_row *out);
void path_event_put(struct builder *b, const struct path_event *msg);
MUST_USE enum rc path_event_get(struct cursor *c, struct path_event *out);
void path_acquire_put(struct builder *b, const struct path_acquire *msg);
MUST_USE enum rc path_acquire_get(struct cursor *c, struct path_acquire *out);
void path_datagram_put(struct builder *b, const struct path_datagram *msg);
MUST_USE enum rc path_datagram_get(struct cursor *c, struct path_datagram *out);
void path_drops_put(struct builder *b, const struct path_drops_row *row);
MUST_USE enum rc path_drops_get(struct cursor *c, struct path_drops_row *out);

#endif
