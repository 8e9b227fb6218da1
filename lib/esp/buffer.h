/* A packet on its way through seal or open: a piece of a larger buffer with room on both sides, so
 * that headers and trailers are added and taken off where the packet lies. */
#ifndef HUBWARD_ESP_BUFFER_H
#define HUBWARD_ESP_BUFFER_H

#include "base/drop.h"
#include "esp/sa.h"

enum {
    ESP_BATCH = 64,    /* packets handled by one call into the cipher at most */
    ESP_HEADROOM = 24, /* SPI, sequence number, longest IV */
    ESP_TAILROOM = 49, /* longest padding, its length, next header, longest ICV */
};

/* What the owner of an SA should hear; bits. */
enum esp_event {
    ESP_EVENT_SOFT = 1,  /* time to negotiate a new SA */
    ESP_EVENT_USED = 2,  /* first good packet on an inbound SA */
    ESP_EVENT_MOVED = 4, /* the peer's endpoint changed; sa->params.remote has it */
};

struct esp_buffer {
    uint8_t *at; /* the packet; borrowed */
    size_t len;
    size_t headroom;                      /* octets that may be written before at */
    size_t tailroom;                      /* and behind at + len */
    enum esp_encapsulation encapsulation; /* open: how it came */
    struct endpoint remote;               /* open: where it came from */
    uint8_t tos;                          /* outer DSCP and ECN; open: in, seal: out */
    struct esp_sa *sa;     /* seal: in, NULL skips the packet; open: out, NULL until found */
    enum drop_reason drop; /* in: DROP_NONE, or the packet is skipped; out: what became of it */
    uint8_t events;        /* out: enum esp_event */
};

#endif
