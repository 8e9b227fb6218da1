/* ISAKMP framing (RFC 2408, 3.1) and the numbers of the IPsec DOI (RFC 2407). */
#ifndef HUBWARD_IKE_WIRE_H
#define HUBWARD_IKE_WIRE_H

#include "base/builder.h"
#include "base/cursor.h"
#include "base/drop.h"

enum { IKE_COOKIE = 8, IKE_HEADER = 28, IKE_MESSAGE_MAX = 16384, IKE_VERSION_1 = 0x10 };
enum { IKE_FLAG_ENCRYPTED = 1, IKE_FLAG_COMMIT = 2, IKE_FLAG_AUTH_ONLY = 4 };

enum ike_exchange {
    EXCHANGE_MAIN = 2,
    EXCHANGE_AGGRESSIVE = 4,
    EXCHANGE_INFORMATIONAL = 5,
    EXCHANGE_TRANSACTION = 6,
    EXCHANGE_QUICK = 32
};

enum ike_payload_type {
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 1,
    PAYLOAD_PROPOSAL = 2,
    PAYLOAD_TRANSFORM = 3,
    PAYLOAD_KE = 4,
    PAYLOAD_ID = 5,
    PAYLOAD_CERT = 6,
    PAYLOAD_CERTREQ = 7,
    PAYLOAD_HASH = 8,
    PAYLOAD_SIG = 9,
    PAYLOAD_NONCE = 10,
    PAYLOAD_NOTIFY = 11,
    PAYLOAD_DELETE = 12,
    PAYLOAD_VENDOR = 13,
    PAYLOAD_ATTRIBUTES = 14,
    PAYLOAD_NATD_OLD = 15, /* drafts before 02 */
    PAYLOAD_NATOA_OLD = 16,
    PAYLOAD_NATD = 20, /* RFC 3947 */
    PAYLOAD_NATOA = 21,
    PAYLOAD_NATD_DRAFT = 130, /* drafts 02 and 03 */
    PAYLOAD_NATOA_DRAFT = 131,
    PAYLOAD_FRAGMENT = 132
};

enum ike_protocol { PROTOCOL_ISAKMP = 1, PROTOCOL_AH = 2, PROTOCOL_ESP = 3, PROTOCOL_IPCOMP = 4 };

enum ike_notify {
    NOTIFY_INVALID_PAYLOAD_TYPE = 1,
    NOTIFY_DOI_NOT_SUPPORTED = 2,
    NOTIFY_SITUATION_NOT_SUPPORTED = 3,
    NOTIFY_INVALID_COOKIE = 4,
    NOTIFY_INVALID_SPI = 11,
    NOTIFY_NO_PROPOSAL_CHOSEN = 14,
    NOTIFY_PAYLOAD_MALFORMED = 16,
    NOTIFY_INVALID_KEY_INFORMATION = 17,
    NOTIFY_INVALID_ID_INFORMATION = 18,
    NOTIFY_INVALID_HASH_INFORMATION = 23,
    NOTIFY_AUTHENTICATION_FAILED = 24,
    NOTIFY_CONNECTED = 16384,
    NOTIFY_RESPONDER_LIFETIME = 24576,
    NOTIFY_REPLAY_STATUS = 24577,
    NOTIFY_INITIAL_CONTACT = 24578,
    NOTIFY_R_U_THERE = 36136,
    NOTIFY_R_U_THERE_ACK = 36137,
    NOTIFY_UNITY_LOAD_BALANCE = 40501
};

enum { IKE_DOI_IPSEC = 1, IKE_SITUATION_IDENTITY_ONLY = 1 };

struct ike_header {
    uint8_t cky_i[IKE_COOKIE];
    uint8_t cky_r[IKE_COOKIE];
    uint8_t next;
    uint8_t version;
    uint8_t exchange;
    uint8_t flags;
    uint32_t message_id;
    uint32_t length;
};

/* Check what can be checked without state and cut the header off: at least 28 octets, major version
 * 1, length equal to the datagram (a longer datagram is accepted when its tail is at most 3 zero
 * octets of padding) and at most IKE_MESSAGE_MAX, initiator cookie not zero, an exchange type we
 * run. body: the octets behind the header up to `length`. Returns DROP_NONE, or why the datagram is
 * dropped; outputs are set only with DROP_NONE. */
enum drop_reason ike_header_parse(struct span datagram, struct ike_header *out, struct span *body);
void ike_header_put(struct builder *b, const struct ike_header *header);

bool ike_cookie_is_zero(const uint8_t cookie[IKE_COOKIE]);

/* "NO_PROPOSAL_CHOSEN"; "SA", "NAT_D": never NULL, "UNKNOWN" for numbers without a name. */
const char *ike_notify_name(uint16_t notify);

#endif
