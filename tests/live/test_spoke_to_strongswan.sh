#!/usr/bin/env bash
# spoked with the document's spoke configuration against a strongSwan hub.
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

star_up
check "a strongSwan hub starts" swan_start hub < <(swan_hub_conf)
capture_start
check "the branch starts on the document's configuration" star_spoke "$root/examples/spoke.conf"
soon "matching traffic brings the tunnel up" ping_ok brlan 10.1.1.10 1
check "the branch's net reaches the hub's" ping_ok brlan 10.1.1.10
check "the hub's net reaches the branch's" ping_ok hublan 10.2.2.10
capture_stop
check "ESP crosses the outside" esp_seen
check "no protected address is seen in clear outside" no_clear_bytes
check "tshark finds no fault in what spoked sends" well_formed_from "$(star_branch_address)"
check "the spoke shows the session" spoke_shows UP-ACTIVE show crypto session
check "and that it began it" sh -c "'$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/spoke-run' --json show crypto session | jq -e '.sessions[0].initiator'"
check "strongSwan ends it" swan hub --terminate --ike branches
soon "traffic brings it up again" ping_ok brlan 10.1.1.10 1
tap_end swan-hub
