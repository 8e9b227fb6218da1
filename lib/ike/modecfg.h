/* Attribute lists of transaction exchanges: Xauth (draft-beaulieu-ike-xauth), mode-config
 * (draft-dukes-ike-mode-cfg) and Cisco Unity. */
#ifndef HUBWARD_IKE_MODECFG_H
#define HUBWARD_IKE_MODECFG_H

#include "ike/attr.h"
#include "ike/payload.h"

enum cfg_type { CFG_REQUEST = 1, CFG_REPLY = 2, CFG_SET = 3, CFG_ACK = 4 };

enum cfg_attr {
    CFG_IP4_ADDRESS = 1,
    CFG_IP4_NETMASK = 2,
    CFG_IP4_DNS = 3,
    CFG_IP4_NBNS = 4,
    CFG_ADDRESS_EXPIRY = 5,
    CFG_IP4_DHCP = 6,
    CFG_APPLICATION_VERSION = 7,
    CFG_IP4_SUBNET = 13,
    CFG_SUPPORTED = 14,
    CFG_XAUTH_TYPE = 16520,
    CFG_XAUTH_USER_NAME = 16521,
    CFG_XAUTH_USER_PASSWORD = 16522,
    CFG_XAUTH_PASSCODE = 16523,
    CFG_XAUTH_MESSAGE = 16524,
    CFG_XAUTH_CHALLENGE = 16525,
    CFG_XAUTH_DOMAIN = 16526,
    CFG_XAUTH_STATUS = 16527,
    CFG_XAUTH_ANSWER = 16529,
    CFG_UNITY_BANNER = 28672,
    CFG_UNITY_SAVE_PASSWORD = 28673,
    CFG_UNITY_DEF_DOMAIN = 28674,
    CFG_UNITY_SPLIT_DNS = 28675,
    CFG_UNITY_SPLIT_INCLUDE = 28676,
    CFG_UNITY_NATT_PORT = 28677,
    CFG_UNITY_LOCAL_LAN = 28678,
    CFG_UNITY_PFS = 28679,
    CFG_UNITY_FW_TYPE = 28680,
    CFG_UNITY_BACKUP_SERVERS = 28681,
    CFG_UNITY_DDNS_HOSTNAME = 28682
};

enum { CFG_ATTRS_MAX = 48 };

struct cfg_message {
    uint8_t type; /* enum cfg_type */
    uint16_t identifier;
    struct ike_attr attrs[CFG_ATTRS_MAX];
    size_t count;
};

/* Read the body of an ATTRIBUTES payload. RC_MALFORMED, RC_SHORT; RC_FULL: more attributes. */
MUST_USE enum rc cfg_parse(struct span body, struct cfg_message *out);
/* The first attribute of this type, or NULL. */
const struct ike_attr *cfg_find(const struct cfg_message *message, uint16_t type);
/* Open an ATTRIBUTES payload; attributes follow through ike_attr_put_*; close with
 * ike_writer_close. */
void cfg_open(struct ike_writer *w, uint8_t type, uint16_t identifier);
/* "IP4_ADDRESS", "XAUTH_USER_NAME_V2", "DEFAULT_DOMAIN"; "UNKNOWN" for others. */
const char *cfg_attr_name(uint16_t type);

#endif
