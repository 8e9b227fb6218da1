/* Why a packet was dropped: one reason, one counter, one phrase. Reasons of IKE and ESP share the
 * enum so that one table feeds logs, `show` and metrics. */
#ifndef HUBWARD_BASE_DROP_H
#define HUBWARD_BASE_DROP_H

#include <stdint.h>

#define DROP_TABLE(X)                                                                              \
    X(DROP_NONE, "none", "none")                                                                   \
    /* IKE, before any state is touched */                                                         \
    X(DROP_IKE_SHORT, "ike_short", "datagram shorter than an ISAKMP header")                       \
    X(DROP_IKE_VERSION, "ike_version", "ISAKMP version is not 1.x")                                \
    X(DROP_IKE_LENGTH, "ike_length", "ISAKMP length differs from the datagram")                    \
    X(DROP_IKE_EXCHANGE, "ike_exchange", "exchange type not supported")                            \
    X(DROP_IKE_FLAGS, "ike_flags", "ISAKMP flags not allowed here")                                \
    X(DROP_IKE_COOKIE, "ike_cookie", "no ISAKMP SA with these cookies")                            \
    X(DROP_IKE_REFLECTED, "ike_reflected", "our own message came back")                            \
    X(DROP_IKE_RATE, "ike_rate", "rate limit of the source")                                       \
    X(DROP_IKE_HALF_OPEN, "ike_half_open", "too many half-open exchanges")                         \
    X(DROP_IKE_NO_MEMORY, "ike_no_memory", "out of memory")                                        \
    /* IKE, in an exchange */                                                                      \
    X(DROP_IKE_CHAIN, "ike_chain", "payload chain malformed")                                      \
    X(DROP_IKE_PAYLOADS, "ike_payloads", "payloads not those of this message")                     \
    X(DROP_IKE_DECRYPT, "ike_decrypt", "did not decrypt to a payload chain")                       \
    X(DROP_IKE_HASH, "ike_hash", "HASH payload does not verify")                                   \
    X(DROP_IKE_STATE, "ike_state", "message not due in this state")                                \
    X(DROP_IKE_REPEATED, "ike_repeated", "retransmission, answered from the stored reply")         \
    X(DROP_IKE_MESSAGE_ID, "ike_message_id", "message id not allowed")                             \
    X(DROP_IKE_REFUSED, "ike_refused", "refused by policy")                                        \
    X(DROP_IKE_KEY_EXCHANGE, "ike_key_exchange", "public value or nonce not acceptable")           \
    X(DROP_IKE_NOTIFY, "ike_notify", "notification without authentication ignored")                \
    /* ESP inbound */                                                                              \
    X(DROP_ESP_SHORT, "esp_short", "packet shorter than ESP")                                      \
    X(DROP_ESP_SPI, "esp_spi", "no SA with this SPI")                                              \
    X(DROP_ESP_ENCAPSULATION, "esp_encapsulation",                                                 \
      "encapsulation differs from the negotiated one")                                             \
    X(DROP_ESP_REPLAY, "esp_replay", "replayed or too old")                                        \
    X(DROP_ESP_AUTH, "esp_auth", "integrity check failed")                                         \
    X(DROP_ESP_PADDING, "esp_padding", "padding malformed")                                        \
    X(DROP_ESP_NEXT_HEADER, "esp_next_header", "inner protocol not carried")                       \
    X(DROP_ESP_INNER, "esp_inner", "inner packet malformed")                                       \
    X(DROP_ESP_SELECTOR, "esp_selector", "inner addresses outside the negotiated selectors")       \
    X(DROP_ESP_EXPIRED, "esp_expired", "SA hard lifetime reached")                                 \
    X(DROP_ESP_KEEPALIVE, "esp_keepalive", "NAT keepalive")                                        \
    X(DROP_ESP_DUMMY, "esp_dummy", "dummy packet")                                                 \
    X(DROP_ESP_ECN, "esp_ecn", "inner not ECN-capable, outer congestion experienced")              \
    /* ESP outbound */                                                                             \
    X(DROP_OUT_POLICY, "out_policy", "no selector matches")                                        \
    X(DROP_OUT_NO_SA, "out_no_sa", "no SA yet")                                                    \
    X(DROP_OUT_SEQUENCE, "out_sequence", "sequence number space used up")                          \
    X(DROP_OUT_SIZE, "out_size", "packet too big")                                                 \
    X(DROP_OUT_SEND, "out_send", "send failed")

enum drop_reason {
#define DROP_ENUM(name, label, text) name,
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
