/* The ISAKMP header, and the names of the numbers of the IPsec DOI. */
#include "ike/wire.h"

enum { TAIL_MAX = 3 }; /* FreeS/WAN's family pads clear messages to four octets */

bool ike_cookie_is_zero(const uint8_t cookie[IKE_COOKIE])
{
    uint8_t any = 0;
    for (size_t i = 0; i < IKE_COOKIE; i++)
        any |= cookie[i];
    return any == 0;
}

static bool exchange_known(uint8_t exchange)
{
    return exchange == EXCHANGE_MAIN || exchange == EXCHANGE_AGGRESSIVE ||
           exchange == EXCHANGE_INFORMATIONAL || exchange == EXCHANGE_TRANSACTION ||
           exchange == EXCHANGE_QUICK;
}

/* The tail behind the message: at most three zero octets. */
static bool length_right(struct span datagram, uint32_t length)
{
    if (length < IKE_HEADER || length > IKE_MESSAGE_MAX || length > datagram.len ||
        datagram.len - length > TAIL_MAX)
        return false;
    for (size_t i = length; i < datagram.len; i++)
        if (datagram.at[i])
            return false;
    return true;
}

static void read_header(struct cursor *c, struct ike_header *out)
{
    cursor_copy(c, out->cky_i, IKE_COOKIE);
    cursor_copy(c, out->cky_r, IKE_COOKIE);
    out->next = cursor_u8(c);
    out->version = cursor_u8(c);
    out->exchange = cursor_u8(c);
    out->flags = cursor_u8(c);
    out->message_id = cursor_u32(c);
    out->length = cursor_u32(c);
}

enum drop_reason ike_header_parse(struct span datagram, struct ike_header *out, struct span *body)
{
    struct cursor c = cursor_over(datagram);
    struct ike_header header;
    read_header(&c, &header);
    if (c.bad)
        return DROP_IKE_SHORT;
    if (header.version >> 4 != IKE_VERSION_1 >> 4)
        return DROP_IKE_VERSION;
    if (!length_right(datagram, header.length))
        return DROP_IKE_LENGTH;
    if (ike_cookie_is_zero(header.cky_i))
        return DROP_IKE_COOKIE;
    if (!exchange_known(header.exchange))
        return DROP_IKE_EXCHANGE;
    *out = header;
    *body = (struct span){datagram.at + IKE_HEADER, header.length - IKE_HEADER};
    return DROP_NONE;
}

void ike_header_put(struct builder *b, const struct ike_header *header)
{
    builder_bytes(b, header->cky_i, IKE_COOKIE);
    builder_bytes(b, header->cky_r, IKE_COOKIE);
    builder_u8(b, header->next);
    builder_u8(b, header->version);
    builder_u8(b, header->exchange);
    builder_u8(b, header->flags);
    builder_u32(b, header->message_id);
    builder_u32(b, header->length);
}

struct name_row {
    uint16_t number;
    const char *name;
};

static const char *find_name(const struct name_row *rows, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number)
            return rows[i].name;
    return "UNKNOWN";
}

/* RFC 2408, 3.14.1; RFC 2407, 4.6.3; RFC 3706; Cisco Unity. */
static const struct name_row notify_names[] = {
    {1, "INVALID_PAYLOAD_TYPE"},
    {2, "DOI_NOT_SUPPORTED"},
    {3, "SITUATION_NOT_SUPPORTED"},
    {4, "INVALID_COOKIE"},
    {5, "INVALID_MAJOR_VERSION"},
    {6, "INVALID_MINOR_VERSION"},
    {7, "INVALID_EXCHANGE_TYPE"},
    {8, "INVALID_FLAGS"},
    {9, "INVALID_MESSAGE_ID"},
    {10, "INVALID_PROTOCOL_ID"},
    {11, "INVALID_SPI"},
    {12, "INVALID_TRANSFORM_ID"},
    {13, "ATTRIBUTES_NOT_SUPPORTED"},
    {14, "NO_PROPOSAL_CHOSEN"},
    {15, "BAD_PROPOSAL_SYNTAX"},
    {16, "PAYLOAD_MALFORMED"},
    {17, "INVALID_KEY_INFORMATION"},
    {18, "INVALID_ID_INFORMATION"},
    {19, "INVALID_CERT_ENCODING"},
    {20, "INVALID_CERTIFICATE"},
    {21, "CERT_TYPE_UNSUPPORTED"},
    {22, "INVALID_CERT_AUTHORITY"},
    {23, "INVALID_HASH_INFORMATION"},
    {24, "AUTHENTICATION_FAILED"},
    {25, "INVALID_SIGNATURE"},
    {26, "ADDRESS_NOTIFICATION"},
    {27, "NOTIFY_SA_LIFETIME"},
    {28, "CERTIFICATE_UNAVAILABLE"},
    {29, "UNSUPPORTED_EXCHANGE_TYPE"},
    {30, "UNEQUAL_PAYLOAD_LENGTHS"},
    {16384, "CONNECTED"},
    {24576, "RESPONDER_LIFETIME"},
    {24577, "REPLAY_STATUS"},
    {24578, "INITIAL_CONTACT"},
    {36136, "R_U_THERE"},
    {36137, "R_U_THERE_ACK"},
    {40500, "UNITY_HEARTBEAT"},
    {40501, "UNITY_LOAD_BALANCE"},
    {40503, "UNITY_GROUP_HASH"},
};

const char *ike_notify_name(uint16_t notify)
{
    return find_name(notify_names, sizeof notify_names / sizeof *notify_names, notify);
}
