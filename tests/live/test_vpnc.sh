#!/usr/bin/env bash
# Debian's vpnc, the Cisco-style client of record, against hubd with the document's configuration:
# group key, Xauth, mode-config; raw ESP, then through NAT, two clients behind one.
. "$(dirname "$0")/tap.sh"

star_up
check "the hub starts on the document's configuration" star_hub "$root/examples/hub.conf"
capture_start
star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
check "a client with group and user credentials gets a lease" star_vpnc_up client
check "the lease is the pool's first address" test "$(star_lease client)" = 10.5.5.1
check "it is told the group's DNS servers" grep -qx 'INTERNAL_IP4_DNS=1.1.1.1 2.2.2.2' "$STAR_DIR/vpnc-client.env"
check "it is told the group's WINS servers" grep -qx 'INTERNAL_IP4_NBNS=3.3.3.3 4.4.4.4' "$STAR_DIR/vpnc-client.env"
check "it is told the group's domain" grep -qx 'CISCO_DEF_DOMAIN=cisco.com' "$STAR_DIR/vpnc-client.env"
check "the client reaches the hub's net" ping_ok client 10.1.1.10
check "the hub's net reaches the client" ping_ok hublan 10.5.5.1
capture_stop
check "raw ESP crosses the outside" esp_seen
check "no protected address is seen in clear outside" no_clear_bytes
check "tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181
check "the session shows the user" hub_shows 'Username: gfullage' show crypto session detail
check "and the group" hub_shows 'Group: testgroup' show crypto session detail
star_stop vpnc-client
soon "a client that leaves is forgotten" hub_hides gfullage show crypto session detail

star_vpnc c1 gfullage gfullage "NAT Traversal Mode natt"
check "a client behind NAT gets the same user's address again" star_vpnc_up c1
check "it is the address of before" test "$(star_lease c1)" = 10.5.5.1
check "the client behind NAT reaches the hub's net" ping_ok c1 10.1.1.10
check "the hub's net reaches the client behind NAT" ping_ok hublan 10.5.5.1
tap_end vpnc-client vpnc-c1
