#!/usr/bin/env bash
# Seed 003's branch: a DHCP-addressed router run by spoked with the document's configuration, against
# hubd with the document's hub configuration. Traffic that matches the access list brings it up.
. "$(dirname "$0")/tap.sh"

star_up
check "the hub starts on the document's configuration" star_hub "$root/examples/hub.conf"
check "the branch starts on the document's configuration" star_spoke "$root/examples/spoke.conf"
capture_start
soon "matching traffic brings the tunnel up" ping_ok brlan 10.1.1.10 1
check "the branch's net reaches the hub's" ping_ok brlan 10.1.1.10
check "the hub's net reaches the branch's" ping_ok hublan 10.2.2.10
check "the branch router itself reaches the hub's net" on branch ping -n -c 2 -W 2 -I 10.2.2.2 10.1.1.10
capture_stop
check "ESP crosses the outside" esp_seen
check "no protected address is seen in clear outside" no_clear_bytes
check "tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181
check "nor in what spoked sends" well_formed_from "$(star_branch_address)"
check "show crypto isakmp sa names the peer" star_ctl hub show crypto isakmp sa detail
check "the phase 1 SA is 3des sha psk group 2" hub_shows '3des +sha +psk +2' show crypto isakmp sa detail
check "show crypto ipsec sa shows the proxies" hub_shows '\(10\.2\.0\.0/255\.255\.0\.0/0/0\)' show crypto ipsec sa
check "hubctl works on the spoke too" star_ctl spoke show crypto session
check "clear crypto session ends it" star_ctl hub clear crypto session
soon "traffic brings it up again" ping_ok brlan 10.1.1.10 1
tap_end
