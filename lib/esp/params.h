/* What one ESP security association is (RFC 4303): made by the engine when a quick mode completes,
 * carried by an effect and an IPC message to the path process, copied there and never changed.
 * A key is installed once in its life. */
#ifndef HUBWARD_ESP_PARAMS_H
#define HUBWARD_ESP_PARAMS_H

#include "base/addr.h"
#include "crypto/packet.h"

enum esp_direction { ESP_INBOUND, ESP_OUTBOUND };
enum esp_encapsulation { ESP_RAW, ESP_UDP }; /* protocol 50, or RFC 3948 on port 4500 */
enum { ESP_KEYMAT_MAX = 32 + 4 + 64 };

struct esp_params {
    enum esp_direction direction;
    uint32_t spi;    /* chosen by the receiver; >= 256 */
    uint64_t tunnel; /* the engine's handle of the phase 2 SA pair; both directions share it */
    uint32_t tun;    /* which TUN device: 0 = crypto maps */
    enum esp_encapsulation encapsulation;
    struct endpoint local; /* outer; ports count with ESP_UDP only */
    struct endpoint remote;
    bool
        remote_may_move; /* peer is behind NAT: an authentic newer packet from elsewhere moves it */
    struct selector ours;   /* protected net on our side */
    struct selector theirs; /* on the peer's */
    struct packet_suite suite;
    uint8_t keymat[ESP_KEYMAT_MAX]; /* packet_key_len(&suite) octets */
    uint16_t replay_window;         /* packets; 0 = off (inbound only) */
    uint64_t soft_bytes;            /* report once when this many have passed; 0 = never */
    uint64_t hard_bytes;            /* drop beyond; 0 = never */
    uint64_t hard_ms; /* boot-time clock; drop after: the path outlives a dead key process */
};

/* Counters of one SA, read by `show`, DPD and lifetimes. */
struct esp_counters {
    uint64_t packets;
    uint64_t bytes;    /* inner */
    uint64_t errors;   /* dropped after the SA was found */
    uint64_t last_ms;  /* boot-time clock of the last good packet; 0 = none */
    uint64_t sequence; /* the highest number: of authentic packets that came, or given to one */
};

/* IPC form, keys included. Unknown enums and selectors of mixed families poison the cursor. */
void esp_params_put(struct builder *b, const struct esp_params *params);
void esp_params_get(struct cursor *c, struct esp_params *out);

#endif
