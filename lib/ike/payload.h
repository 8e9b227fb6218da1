/* Payload chains (RFC 2408, 3.2): a whole chain is cut into at most 32 payloads before anything in
 * it is looked at, and messages are written with a writer that keeps the chain linked. */
#ifndef HUBWARD_IKE_PAYLOAD_H
#define HUBWARD_IKE_PAYLOAD_H

#include "base/rc.h"
#include "ike/wire.h"

enum { IKE_CHAIN_MAX = 32, IKE_PAYLOAD_HEADER = 4 };

struct ike_payload {
    uint8_t type;
    struct span body;  /* without the generic header; borrows the packet */
    struct span whole; /* with it */
};

struct ike_chain {
    struct ike_payload items[IKE_CHAIN_MAX];
    size_t count;
    struct span octets; /* all payloads, without padding behind the last */
};

/* Cut the whole chain. first: type of the first payload. Padding after the last payload is accepted
 * and not part of octets. RC_SHORT: ends early. RC_MALFORMED: a length below 4, RESERVED not zero,
 * or no payload at all (first = 0). RC_FULL: more than IKE_CHAIN_MAX. */
MUST_USE enum rc ike_chain_parse(uint8_t first, struct span octets, struct ike_chain *out);

/* The nth (from 0) payload of this type; NULL when there are not so many. */
const struct ike_payload *ike_chain_find(const struct ike_chain *chain, uint8_t type, size_t nth);
size_t ike_chain_count(const struct ike_chain *chain, uint8_t type);

/* The octets of the chain behind its first payload: what HASH(1) and its kin cover. */
struct span ike_chain_after_first(const struct ike_chain *chain);

/* A bit for each payload type a message may need; types of one meaning share a bit. */
#define P_SA      (1u << 0)
#define P_KE      (1u << 1)
#define P_ID      (1u << 2)
#define P_HASH    (1u << 3)
#define P_NONCE   (1u << 4)
#define P_NOTIFY  (1u << 5)
#define P_DELETE  (1u << 6)
#define P_VENDOR  (1u << 7)
#define P_ATTR    (1u << 8)
#define P_NATD    (1u << 9)
#define P_NATOA   (1u << 10)
#define P_CERT    (1u << 11) /* CERT, CERTREQ, SIG: never needed, sometimes tolerated */
#define P_UNKNOWN (1u << 12)

/* What a message must hold exactly once each, and may hold besides any number of times. ID payloads
 * are counted instead: id_least to id_most of them (at least one when P_ID is needed). Unknown
 * types are tolerated in clear phase 1 messages only when P_UNKNOWN is allowed. */
struct ike_rule {
    uint32_t needed;
    uint32_t allowed;
    uint8_t first; /* payload type that must come first, 0 = any */
    uint8_t id_least, id_most;
};

/* RC_OK, or RC_MALFORMED: a needed payload is missing or doubled, one is not allowed, or the first
 * is wrong. */
MUST_USE enum rc ike_rule_check(const struct ike_rule *rule, const struct ike_chain *chain);

/* A message being written: header, then payloads; length and next-payload fields are patched. */
struct ike_writer {
    struct builder b;
    size_t next_field;    /* offset of the octet that names the next payload */
    size_t payload_start; /* offset of the open payload's body, 0 = none */
};

/* Start a message in buffer; header->next and length are filled in later. */
void ike_writer_start(struct ike_writer *w, void *buffer, size_t size,
                      const struct ike_header *header);
/* Open a payload: link it, write its generic header; write the body through w->b; close it. */
void ike_writer_open(struct ike_writer *w, uint8_t type);
void ike_writer_close(struct ike_writer *w);
/* Open, body, close. */
void ike_writer_add(struct ike_writer *w, uint8_t type, struct span body);
/* Patch the header's length and return what was written; len 0 when the buffer was too small or a
 * payload is still open. */
struct span ike_writer_finish(struct ike_writer *w);

/* Notification payloads (RFC 2408, 3.14). */
struct ike_notification {
    uint8_t protocol;
    uint16_t type;
    struct span spi;
    struct span data;
};
MUST_USE enum rc ike_notification_parse(struct span body, struct ike_notification *out);
void ike_notification_put(struct ike_writer *w, const struct ike_notification *notification);

/* Delete payloads (RFC 2408, 3.15): SPIs of one size, read with ike_deletion_spi. */
struct ike_deletion {
    uint8_t protocol;
    uint8_t spi_size;
    uint16_t spi_count;
    struct span spis;
};
/* RC_MALFORMED: count and size do not fill the body exactly, or size 0. */
MUST_USE enum rc ike_deletion_parse(struct span body, struct ike_deletion *out);
struct span ike_deletion_spi(const struct ike_deletion *deletion, size_t nth);
void ike_deletion_put(struct ike_writer *w, uint8_t protocol, struct span spi);

#endif
