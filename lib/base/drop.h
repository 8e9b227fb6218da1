/* Why a packet was dropped: one reason, one counter, one phrase. Reasons of IKE and ESP share the
 * enum so that one table feeds logs, `show` and metrics. */
#ifndef HUBWARD_BASE_DROP_H
#define HUBWARD_BASE_DROP_H

#include <stdint.h>

#define DROP_TABLE(X)                                                                              \
    X(DROP_NONE, "none")                                                                           \
    /* IKE, before any state is touched */                                                         \
    X(DROP_IKE_SHORT, "datagram shorter than an ISAKMP header")                                    \
    X(DROP_IKE_VERSION, "ISAKMP version is not 1.x")                                               \
    X(DROP_IKE_LENGTH, "ISAKMP length differs from the datagram")                                  \
    X(DROP_IKE_EXCHANGE, "exchange type not supported")                                            \
    X(DROP_IKE_FLAGS, "ISAKMP flags not allowed here")                                             \
    X(DROP_IKE_COOKIE, "no ISAKMP SA with these cookies")                                          \
    X(DROP_IKE_REFLECTED, "our own message came back")                                             \
    X(DROP_IKE_RATE, "rate limit of the source")                                                   \
    X(DROP_IKE_HALF_OPEN, "too many half-open exchanges")                                          \
    X(DROP_IKE_NO_MEMORY, "out of memory")                                                         \
    /* IKE, in an exchange */                                                                      \
    X(DROP_IKE_CHAIN, "payload chain malformed")                                                   \
    X(DROP_IKE_PAYLOADS, "payloads not those of this message")                                     \
    X(DROP_IKE_DECRYPT, "did not decrypt to a payload chain")                                      \
    X(DROP_IKE_HASH, "HASH payload does not verify")                                               \
    X(DROP_IKE_STATE, "message not due in this state")                                             \
    X(DROP_IKE_REPEATED, "retransmission, answered from the stored reply")                         \
    X(DROP_IKE_MESSAGE_ID, "message id not allowed")                                               \
    X(DROP_IKE_REFUSED, "refused by policy")                                                       \
    X(DROP_IKE_KEY_EXCHANGE, "public value or nonce not acceptable")                               \
    X(DROP_IKE_NOTIFY, "notification without authentication ignored")                              \
    /* ESP inbound */                                                                              \
    X(DROP_ESP_SHORT, "packet shorter than ESP")                                                   \
    X(DROP_ESP_SPI, "no SA with this SPI")                                                         \
    X(DROP_ESP_ENCAPSULATION, "encapsulation differs from the negotiated one")                     \
    X(DROP_ESP_REPLAY, "replayed or too old")                                                      \
    X(DROP_ESP_AUTH, "integrity check failed")                                                     \
    X(DROP_ESP_PADDING, "padding malformed")                                                       \
    X(DROP_ESP_NEXT_HEADER, "inner protocol not carried")                                          \
    X(DROP_ESP_INNER, "inner packet malformed")                                                    \
    X(DROP_ESP_SELECTOR, "inner addresses outside the negotiated selectors")                       \
    X(DROP_ESP_EXPIRED, "SA hard lifetime reached")                                                \
    X(DROP_ESP_KEEPALIVE, "NAT keepalive")                                                         \
    X(DROP_ESP_DUMMY, "dummy packet")                                                              \
    X(DROP_ESP_ECN, "inner not ECN-capable, outer congestion experienced")                         \
    /* ESP outbound */                                                                             \
    X(DROP_OUT_POLICY, "no selector matches")                                                      \
    X(DROP_OUT_NO_SA, "no SA yet")                                                                 \
    X(DROP_OUT_SEQUENCE, "sequence number space used up")                                          \
    X(DROP_OUT_SIZE, "packet too big")                                                             \
    X(DROP_OUT_SEND, "send failed")

enum drop_reason {
#define DROP_ENUM(name, text) name,
    DROP_TABLE(DROP_ENUM)
#undef DROP_ENUM
        DROP_COUNT
};

struct drop_counters {
    uint64_t by_reason[DROP_COUNT];
};

/* A phrase for a log line, and the metric label ("ike_short"). Never NULL. */
const char *drop_text(enum drop_reason reason);
const char *drop_name(enum drop_reason reason);

#endif
