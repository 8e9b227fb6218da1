/* Typed events: what happened, to whom, with which values. The engine fills values in; text is made
 * only at the edge (log, `debug`, page) from one table, so nothing is formatted that nobody reads,
 * and no event can hold a key or a password. The wording follows the debug output of IOS where the
 * event is the same. */
#ifndef HUBWARD_BASE_EVENT_H
#define HUBWARD_BASE_EVENT_H

#include "base/addr.h"

enum event_area { AREA_ISAKMP, AREA_IPSEC, AREA_ENGINE, AREA_AAA, AREA_SYSTEM, AREA_COUNT };
enum event_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_NOTICE, LEVEL_WARNING, LEVEL_ERROR };

/* In the templates: {peer} {local} endpoints' addresses, {pport} {lport} their ports, {n0}…{n3}
 * decimal, {x0}…{x3} hexadecimal numbers, {d0}…{d3} signed 32-bit decimals (IOS message ids),
 * {t0}…{t2} texts.
 * What stands before a line is "ISAKMP (0:7): ", with the connection if there is one. A mark at the
 * template's beginning changes that, as IOS does: '~' leaves the connection out, '#' writes it even
 * when it is 0, '/' goes on behind the area ("ISAKMP/xauth: …"). */
#define EVENT_TABLE(X)                                                                             \
    X(EV_PACKET_IN, AREA_ISAKMP, LEVEL_DEBUG,                                                      \
      "#received packet from {peer} dport {lport} sport {pport} Global ({t0}) {t1}")               \
    X(EV_PACKET_OUT, AREA_ISAKMP, LEVEL_DEBUG,                                                     \
      "sending packet to {peer} my_port {lport} peer_port {pport} ({t0}) {t1}")                    \
    X(EV_SA_NEW, AREA_ISAKMP, LEVEL_DEBUG, "~local port {lport}, remote port {pport}")             \
    X(EV_STATE_INPUT, AREA_ISAKMP, LEVEL_DEBUG, "Input = {t0}")                                    \
    X(EV_STATE, AREA_ISAKMP, LEVEL_DEBUG, "Old State = {t0}  New State = {t1}")                    \
    X(EV_PAYLOAD, AREA_ISAKMP, LEVEL_DEBUG, "processing {t0} payload. message ID = {d0}")          \
    X(EV_NOTIFY_IN, AREA_ISAKMP, LEVEL_DEBUG,                                                      \
      "processing NOTIFY {t0} protocol {n0} spi {x1}, message ID = {d2}")                          \
    X(EV_KEY_LOOKUP, AREA_ISAKMP, LEVEL_DEBUG,                                                     \
      "~Looking for a matching key for {peer} in {t0}{t1}")                                        \
    X(EV_KEY_FOUND, AREA_ISAKMP, LEVEL_DEBUG, "found peer pre-shared key matching {peer}")         \
    X(EV_KEY_LOCAL, AREA_ISAKMP, LEVEL_DEBUG, "local preshared key found")                         \
    X(EV_KEY_RING, AREA_ISAKMP, LEVEL_DEBUG, "Found {t0} key in keyring {t1}")                     \
    X(EV_PROFILES, AREA_ISAKMP, LEVEL_DEBUG, "~Scanning profiles for xauth ...{t0}")               \
    X(EV_AUTH_METHOD, AREA_ISAKMP, LEVEL_DEBUG, "Authentication by xauth preshared")               \
    X(EV_TRANSFORM_ATTR, AREA_ISAKMP, LEVEL_DEBUG, "~     {t0}")                                   \
    X(EV_TRANSFORM_CHECK, AREA_ISAKMP, LEVEL_DEBUG,                                                \
      "Checking ISAKMP transform {n0} against priority {n1} policy")                               \
    X(EV_PROPOSAL_CHECK, AREA_ISAKMP, LEVEL_DEBUG, "Checking IPsec proposal {n0}")                 \
    X(EV_ATTS_ACCEPTABLE, AREA_ISAKMP, LEVEL_DEBUG, "atts are acceptable. Next payload is {n0}")   \
    X(EV_ATTS_NOT_ACCEPTABLE, AREA_ISAKMP, LEVEL_DEBUG, "atts are not acceptable: {t0}")           \
    X(EV_SKEYID, AREA_ISAKMP, LEVEL_DEBUG, "SKEYID state generated")                               \
    X(EV_VENDOR, AREA_ISAKMP, LEVEL_DEBUG, "vendor ID is {t0}")                                    \
    X(EV_VENDOR_IN, AREA_ISAKMP, LEVEL_DEBUG, "processing vendor id payload")                      \
    X(EV_ID_PAYLOAD, AREA_ISAKMP, LEVEL_DEBUG,                                                     \
      "ID payload next-payload : {n0} type : {n1} {t0} : {t1} protocol : {n2} port : {n3} "        \
      "length : {t2}")                                                                             \
    X(EV_ID_LENGTH, AREA_ISAKMP, LEVEL_DEBUG, "Total payload length: {n0}")                        \
    X(EV_AUTH_BY, AREA_ISAKMP, LEVEL_DEBUG,                                                        \
      "SA is doing pre-shared key authentication{t0} using id type {t1}")                          \
    X(EV_AUTH_STATUS, AREA_ISAKMP, LEVEL_DEBUG, "SA authentication status: authenticated")         \
    X(EV_PROFILE, AREA_ISAKMP, LEVEL_DEBUG, "peer matches {t0}")                                   \
    X(EV_NAT, AREA_ISAKMP, LEVEL_DEBUG, "NAT found: {t0}")                                         \
    X(EV_NODE_INPUT, AREA_ISAKMP, LEVEL_DEBUG, "Node {d0}, Input = {t0}")                          \
    X(EV_NODE_NEW, AREA_ISAKMP, LEVEL_DEBUG, "~set new node {d0} to {t0}")                         \
    X(EV_NODE_DELETED, AREA_ISAKMP, LEVEL_DEBUG, "deleting node {d0} error {t0} reason \"{t1}\"")  \
    X(EV_AUTHENTICATED, AREA_ISAKMP, LEVEL_INFO, "SA has been authenticated with {peer}")          \
    X(EV_INITIAL_CONTACT, AREA_ISAKMP, LEVEL_INFO,                                                 \
      "Process initial contact, bring down existing phase 1 and 2 SA's with local {local} remote " \
      "{peer} remote port {pport}")                                                                \
    X(EV_INITIAL_SENT, AREA_ISAKMP, LEVEL_DEBUG, "Send initial contact")                           \
    X(EV_XAUTH_NEEDED, AREA_ISAKMP, LEVEL_DEBUG, "Need XAUTH")                                     \
    X(EV_CALLBACK, AREA_ISAKMP, LEVEL_DEBUG, "~got callback 1")                                    \
    X(EV_XAUTH_REQUEST, AREA_ISAKMP, LEVEL_DEBUG, "/xauth: request attribute {t0}")                \
    X(EV_XAUTH_REPLY, AREA_ISAKMP, LEVEL_DEBUG, "/xauth: reply attribute {t0}")                    \
    X(EV_XAUTH_ACK, AREA_ISAKMP, LEVEL_DEBUG, "XAUTH ACK Processed")                               \
    X(EV_CONFIG_BEGUN, AREA_ISAKMP, LEVEL_DEBUG, "initiating peer config to {peer}. ID = {d0}")    \
    X(EV_CONFIG_REPLY, AREA_ISAKMP, LEVEL_DEBUG,                                                   \
      "responding to peer config from {peer}. ID = {d0}")                                          \
    X(EV_TRANSACTION, AREA_ISAKMP, LEVEL_DEBUG,                                                    \
      "processing transaction payload from {peer}. message ID = {d0}")                             \
    X(EV_XAUTH_OK, AREA_AAA, LEVEL_INFO, "user {t0} of group {t1} logged in")                      \
    X(EV_XAUTH_ONCE, AREA_AAA, LEVEL_INFO,                                                         \
      "user {t0} of group {t1} stays logged in: same address and port")                            \
    X(EV_XAUTH_FAILED, AREA_AAA, LEVEL_DEBUG, "login of user {t0} of group {t1} refused: {t2}")    \
    X(EV_CONFIG_IN, AREA_ISAKMP, LEVEL_DEBUG, "~Config payload {t0}")                              \
    X(EV_CONFIG_CHECK, AREA_ISAKMP, LEVEL_DEBUG, "checking request:")                              \
    X(EV_CONFIG_ASKED, AREA_ISAKMP, LEVEL_DEBUG, "~     {t0}")                                     \
    X(EV_CONFIG_SENT, AREA_ISAKMP, LEVEL_DEBUG, "~Sending {t0}: {t1}")                             \
    X(EV_ADDRESS_ALLOCATED, AREA_ISAKMP, LEVEL_INFO, "allocating address {t0} to {t1}")            \
    X(EV_ADDRESS_RETURNED, AREA_ISAKMP, LEVEL_INFO, "returning IP addr {t0} to the address pool")  \
    X(EV_RESPONDER_LIFETIME, AREA_ISAKMP, LEVEL_DEBUG, "~Sending phase 1 responder lifetime {n0}") \
    X(EV_RETRANSMIT, AREA_ISAKMP, LEVEL_DEBUG, "retransmitting {t0}, attempt {n0}")                \
    X(EV_SPI_ASKED, AREA_IPSEC, LEVEL_DEBUG, "getting spi 0x{x0} for SA from {local} to {peer}")   \
    X(EV_SA_CREATED, AREA_IPSEC, LEVEL_INFO,                                                       \
      "sa created, inbound spi 0x{x0} outbound spi 0x{x1}, {t0}, local proxy {t1}, remote proxy "  \
      "{t2}")                                                                                      \
    X(EV_SA_DELETED, AREA_IPSEC, LEVEL_INFO, "sa deleted, inbound spi 0x{x0}: {t0}")               \
    X(EV_IKE_DELETED, AREA_ISAKMP, LEVEL_INFO, "deleting SA reason \"{t0}\" state ({t1}) {t2}")    \
    X(EV_DPD_SENT, AREA_ISAKMP, LEVEL_DEBUG, "DPD/R_U_THERE sequence {n0} to {peer}")              \
    X(EV_DPD_ACK, AREA_ISAKMP, LEVEL_DEBUG, "DPD/R_U_THERE_ACK sequence {n0} from {peer}")         \
    X(EV_DPD_DEAD, AREA_ISAKMP, LEVEL_WARNING,                                                     \
      "peer {peer} not responding, {n0} probes unanswered")                                        \
    X(EV_PEER_MOVED, AREA_ISAKMP, LEVEL_INFO, "peer moved from {t0} to {peer}:{pport}")            \
    X(EV_DROPPED, AREA_ISAKMP, LEVEL_DEBUG, "packet from {peer} dropped: {t0}")                    \
    X(EV_REFUSED, AREA_ISAKMP, LEVEL_WARNING, "{peer} refused at {t0}: {t1}; to accept it: {t2}")  \
    X(EV_INITIATE, AREA_ISAKMP, LEVEL_INFO, "beginning {t0} exchange with {peer}")                 \
    X(EV_TUNNEL_UP, AREA_IPSEC, LEVEL_NOTICE, "tunnel up with {peer} ({t0}): {t1} <-> {t2}")       \
    X(EV_TUNNEL_DOWN, AREA_IPSEC, LEVEL_NOTICE, "tunnel down with {peer} ({t0}): {t1}")            \
    X(EV_ACCOUNTING, AREA_AAA, LEVEL_INFO,                                                         \
      "accounting {t0} of {t1}: {n0} octets in, {n1} out, {n2} packets, {n3} s, {t2}")             \
    X(EV_SYSTEM, AREA_SYSTEM, LEVEL_NOTICE, "{t0}")                                                \
    X(EV_SYSTEM_WARNING, AREA_SYSTEM, LEVEL_WARNING, "{t0}")

enum event_kind {
#define EVENT_ENUM(name, area, level, text) name,
    EVENT_TABLE(EVENT_ENUM)
#undef EVENT_ENUM
        EVENT_COUNT
};

/* A text holds a rule with both sides' values, as a refusal needs it. */
enum { EVENT_TEXT = 416, EVENT_LINE = 1024 };

struct event {
    enum event_kind kind;
    uint32_t conn; /* number of the ISAKMP SA, 0 = none yet */
    struct endpoint local;
    struct endpoint peer;
    uint64_t n[4];
    char text[3][EVENT_TEXT]; /* cut to fit; may hold hostile octets, escaped when rendered */
};

enum event_area event_area(enum event_kind kind);
enum event_level event_level(enum event_kind kind);

/* Copy text into slot i of the event, cut to fit; NULL is the empty text. */
void event_text(struct event *event, size_t i, const char *text);
/* The same for octets off the wire, which need not be text. */
void event_octets(struct event *event, size_t i, struct span octets);

/* Render one line without newline into out (size octets, always terminated), in the shape of IOS:
 * "ISAKMP (0:7): SA has been authenticated with 10.1.1.1". Octets outside printable ASCII and the
 * backslash come out as \xNN. Returns out. */
const char *event_render(const struct event *event, char *out, size_t size);

/* "AUTHENTICATED": the code that programs go by. */
const char *event_name(enum event_kind kind);

/* A value of an event as programs read it: a text (may be hostile, not escaped) or a number in
 * decimal; SPIs are texts ("0x7A1AB8F3"), and so is a number past 2^63. */
typedef void event_value(void *context, const char *name, const char *text, bool number);
/* Every value that the event's line shows, by name, in the order of the line; the endpoints and
 * the connection are the event's own and not among them. */
void event_values(const struct event *event, event_value *each, void *context);

/* IPC form. A kind outside the table poisons the cursor. */
void event_put(struct builder *b, const struct event *event);
void event_get(struct cursor *c, struct event *out);

#endif
