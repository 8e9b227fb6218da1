/* Inbound ESP, tunnel mode (RFC 4303, 3.4): ESP packets in, inner packets out, in place. */
#ifndef HUBWARD_ESP_OPEN_H
#define HUBWARD_ESP_OPEN_H

#include "esp/buffer.h"
#include "esp/sadb.h"

/* Open a batch. Each packet is an ESP packet without UDP or outer IP header; on return it is the
 * inner packet, cut to its own length, or has a drop reason. A packet that is not authentic changes
 * nothing but the error counter of its SA. */
void esp_open(struct esp_sadb *sadb, struct esp_buffer *packets, size_t count, uint64_t now_ms);

#endif
