/* Vendor ids: what the other side is and can do. Never required, matched by exact octets or by a
 * documented prefix, unknown ones ignored. */
#ifndef HUBWARD_IKE_VENDOR_H
#define HUBWARD_IKE_VENDOR_H

#include "ike/payload.h"

enum vendor {
    VENDOR_XAUTH,
    VENDOR_DPD,
    VENDOR_UNITY,
    VENDOR_FRAGMENTATION,
    VENDOR_NATT_RFC3947,
    VENDOR_NATT_03,
    VENDOR_NATT_02N,
    VENDOR_NATT_02,
    VENDOR_NATT_01,
    VENDOR_NATT_00,
    VENDOR_NATT_04_TO_08, /* and Apple's: RFC numbers */
    VENDOR_IOS,
    VENDOR_CISCO_3000,
    VENDOR_CISCO_CLIENT,
    VENDOR_STRONGSWAN,
    VENDOR_RACOON,
    VENDOR_WINDOWS,
    VENDOR_SHREW,
    VENDOR_VPNC,
    VENDOR_HUBWARD,
    VENDOR_COUNT
};

/* The vendor of a VID body, or VENDOR_COUNT. */
enum vendor vendor_of(struct span body);
/* Bit set (1 << enum vendor) of all VID payloads in a chain. */
uint32_t vendor_set(const struct ike_chain *chain);
/* "XAUTH", "DPD", "NAT-T RFC 3947", …; never NULL. */
const char *vendor_name(enum vendor vendor);
/* Append our VID payload of this kind (only kinds we send have one; others write nothing). */
void vendor_put(struct ike_writer *w, enum vendor vendor);
/* What kind of client this is, for people: "vpnc", "Cisco IOS", "strongSwan", …, "" unknown. */
const char *vendor_client(uint32_t set);

#endif
