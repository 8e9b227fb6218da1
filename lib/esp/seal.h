/* Outbound ESP, tunnel mode (RFC 4303, 3.3): inner packets in, ESP packets out, in place. */
#ifndef HUBWARD_ESP_SEAL_H
#define HUBWARD_ESP_SEAL_H

#include "base/rng.h"
#include "esp/buffer.h"

/* Seal a batch. Each packet has its SA, ESP_HEADROOM and ESP_TAILROOM; on return it is an ESP
 * packet with tos set for the outer header, or has a drop reason: DROP_ESP_INNER (not IP),
 * DROP_OUT_SIZE (no room), DROP_ESP_EXPIRED, DROP_OUT_SEQUENCE, DROP_OUT_SEND (cipher failed). rng
 * gives CBC IVs. */
void esp_seal(struct esp_buffer *packets, size_t count, uint64_t now_ms, const struct rng *rng);

#endif
