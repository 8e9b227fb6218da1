/* Transaction exchange payloads: type, identifier, attributes. */
#include "ike/modecfg.h"

enum rc cfg_parse(struct span body, struct cfg_message *out)
{
    struct cursor c = cursor_over(body);
    struct cfg_message message = {.type = cursor_u8(&c)};
    cursor_u8(&c); /* RESERVED; some clients leave noise there */
    message.identifier = cursor_u16(&c);
    if (c.bad)
        return RC_SHORT;
    if (message.type < CFG_REQUEST || message.type > CFG_ACK)
        return RC_MALFORMED;
    while (cursor_left(&c) >= IKE_ATTR_LEAST) {
        if (message.count == CFG_ATTRS_MAX)
            return RC_FULL;
        enum rc rc = ike_attr_next(&c, &message.attrs[message.count]);
        if (rc != RC_OK)
            return rc;
        message.count++;
    }
    *out = message;
    return RC_OK;
}

const struct ike_attr *cfg_find(const struct cfg_message *message, uint16_t type)
{
    for (size_t i = 0; i < message->count; i++)
        if (message->attrs[i].type == type)
            return &message->attrs[i];
    return NULL;
}

void cfg_open(struct ike_writer *w, uint8_t type, uint16_t identifier)
{
    ike_writer_open(w, PAYLOAD_ATTRIBUTES);
    builder_u8(&w->b, type);
    builder_u8(&w->b, 0);
    builder_u16(&w->b, identifier);
}

/* As IOS prints them in its debug output. */
static const struct {
    uint16_t type;
    const char *name;
} names[] = {
    {CFG_IP4_ADDRESS, "IP4_ADDRESS"},
    {CFG_IP4_NETMASK, "IP4_NETMASK"},
    {CFG_IP4_DNS, "IP4_DNS"},
    {CFG_IP4_NBNS, "IP4_NBNS"},
    {CFG_ADDRESS_EXPIRY, "ADDRESS_EXPIRY"},
    {CFG_IP4_DHCP, "IP4_DHCP"},
    {CFG_APPLICATION_VERSION, "APPLICATION_VERSION"},
    {CFG_IP4_SUBNET, "IP4_SUBNET"},
    {CFG_SUPPORTED, "SUPPORTED_ATTRIBUTES"},
    {CFG_XAUTH_TYPE, "XAUTH_TYPE_V2"},
    {CFG_XAUTH_USER_NAME, "XAUTH_USER_NAME_V2"},
    {CFG_XAUTH_USER_PASSWORD, "XAUTH_USER_PASSWORD_V2"},
    {CFG_XAUTH_PASSCODE, "XAUTH_PASSCODE_V2"},
    {CFG_XAUTH_MESSAGE, "XAUTH_MESSAGE_V2"},
    {CFG_XAUTH_CHALLENGE, "XAUTH_CHALLENGE_V2"},
    {CFG_XAUTH_DOMAIN, "XAUTH_DOMAIN_V2"},
    {CFG_XAUTH_STATUS, "XAUTH_STATUS_V2"},
    {CFG_XAUTH_ANSWER, "XAUTH_ANSWER_V2"},
    {CFG_UNITY_BANNER, "BANNER"},
    {CFG_UNITY_SAVE_PASSWORD, "SAVE_PASSWORD"},
    {CFG_UNITY_DEF_DOMAIN, "DEFAULT_DOMAIN"},
    {CFG_UNITY_SPLIT_DNS, "SPLIT_DNS"},
    {CFG_UNITY_SPLIT_INCLUDE, "SPLIT_INCLUDE"},
    {CFG_UNITY_NATT_PORT, "UDP_ENCAP_PORT"},
    {CFG_UNITY_LOCAL_LAN, "INCLUDE_LOCAL_LAN"},
    {CFG_UNITY_PFS, "PFS"},
    {CFG_UNITY_FW_TYPE, "FW_RECORD"},
    {CFG_UNITY_BACKUP_SERVERS, "BACKUP_SERVER"},
    {CFG_UNITY_DDNS_HOSTNAME, "DDNS_HOSTNAME"},
};

const char *cfg_attr_name(uint16_t type)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == type)
            return names[i].name;
    return "UNKNOWN";
}
