#!/usr/bin/env bash
# A branch on a DHCP line that dials at start: it gets another address in mid-session, then its hub is
# restarted, then killed. The tunnel comes back by itself each time, and nothing leaves in clear.
. "$(dirname "$0")/tap.sh"

only_peer() {
    local peers
    peers=$(star_ctl hub show crypto session --json | jq -r '.sessions[].remote.address')
    [ "$peers" = "$1" ]
}

# Only outer addresses of the hub's session are of interest: how many tunnels lead to the branch.
one_tunnel() {
    [ "$(star_ctl hub show crypto session --json | jq '.tunnels | length')" = 1 ]
}

both_ways() {
    ping_ok brlan 10.1.1.10 && ping_ok hublan 10.2.2.10
}

# Longest run of seconds without an answer, from ping's own time stamps.
longest_gap() {
    awk -F'[][]' '/ bytes from /{ if (last && $2 - last > gap) gap = $2 - last; last = $2 }
        END { printf "%d\n", gap }' "$STAR_DIR/traffic.log"
}

traffic_begin() {
    exec_on brlan ping -n -D -i 0.2 -W 1 10.1.1.10 >"$STAR_DIR/traffic.log" 2>&1 &
    traffic=$!
    sleep 0.6
}

# The gap that users saw, at most so many seconds.
traffic_end() {
    local gap
    kill -INT $traffic
    wait $traffic
    gap=$(longest_gap)
    printf '# traffic stood still for %s s\n' "$gap" >&3
    [ "$gap" -le "$1" ]
}

star_up
exec 3>&1
extended "$root/examples/hub.conf" 'crypto isakmp keepalive 10 3' >"$STAR_DIR/hub.conf"
extended "$root/examples/spoke.conf" 'hubward dial on-start' 'crypto isakmp keepalive 10 3' >"$STAR_DIR/spoke.conf"
check "the hub starts" star_hub "$STAR_DIR/hub.conf"
check "the branch starts" star_spoke "$STAR_DIR/spoke.conf"
soon "it dials at start, without traffic" one_tunnel
check "traffic passes both ways" both_ways
first=$(star_branch_address)
check "the hub has one peer, at the branch's address" only_peer "$first"

capture_start
traffic_begin
check "the branch gets another address" star_branch_moves 10.100.2.50 10.100.2.60
check "it is another one" test "$(star_branch_address)" != "$first"
soon "the tunnel comes back by itself" both_ways
check "traffic stood still for some seconds only" traffic_end 15
check "a second tunnel beside the old one is not kept" one_tunnel
check "the old phase 1 is gone once its peer is silent" star_wait 40 only_peer "$(star_branch_address)"
check "traffic passes both ways still" both_ways
traffic_begin
check "the branch gets its third address" star_branch_moves 10.100.2.102 10.100.2.110
soon "the tunnel comes back again" both_ways
check "traffic stood still for some seconds only, again" traffic_end 15

traffic_begin
star_stop hub
rm -f "$STAR_DIR/hub.log"
check "the hub is restarted" star_hub "$STAR_DIR/hub.conf"
soon "the branch dials by itself" one_tunnel
check "and carries traffic both ways" both_ways
check "a clean restart of the hub costs seconds" traffic_end 20

traffic_begin
kill -9 "$(cat "$STAR_DIR/hub.pid")"
sleep 1
rm -f "$STAR_DIR/hub.log"
check "a killed hub is started again" star_hub "$STAR_DIR/hub.conf"
check "the branch notices and dials by itself" star_wait 60 one_tunnel
soon "and carries traffic both ways again" both_ways
check "dead peer detection took less than a minute" traffic_end 60
capture_stop
check "nothing has left in clear in all this" no_clear_bytes
check "ESP crossed" esp_seen 20
tap_end traffic
