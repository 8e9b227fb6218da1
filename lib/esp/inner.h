/* The packet inside the tunnel: what selectors look at (addresses, protocol, ports), its true
 * length, and the traffic class bits that the two headers exchange (RFC 4301, 5.1.2; RFC 6040). */
#ifndef HUBWARD_ESP_INNER_H
#define HUBWARD_ESP_INNER_H

#include "base/addr.h"

struct esp_inner {
    struct addr source;
    struct addr destination;
    uint8_t protocol; /* of the payload, past IPv6 extension headers */
    bool has_ports;   /* a transport with ports, and its header is here */
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t tos; /* DSCP and ECN */
    uint8_t ttl;
    size_t total_len; /* octets by the header's own account: TFC padding may follow */
};

/* Read the headers of an IPv4 or IPv6 packet. RC_SHORT: ends before its headers or its own length
 * say. RC_MALFORMED: not IP, or lengths that contradict each other. */
MUST_USE enum rc esp_inner_parse(struct span packet, struct esp_inner *out);

/* Does the packet belong to these selectors? A restricted port matches only a packet that shows
 * its ports; a later fragment does not (RFC 4301, 7.4, without the stateful part). */
bool esp_inner_matches(const struct esp_inner *inner, const struct selector *source,
                       const struct selector *destination);

/* Addresses that no tunnel may bring in, whatever was negotiated: loopback, this-network, reserved
 * and IPv4-mapped ones on either side, multicast as a source. */
bool esp_inner_is_martian(const struct esp_inner *inner);

/* Apply the outer header's ECN field to the inner packet (RFC 6040, 4.2), which must have parsed.
 * RC_DENIED: congestion was signalled to a flow that cannot hear it; drop the packet. */
MUST_USE enum rc esp_inner_decapsulate_ecn(uint8_t *packet, uint8_t outer_tos);

#endif
