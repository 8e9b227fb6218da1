#!/usr/bin/env bash
# The configuration changes under a branch and a client that are connected: `check`, `diff`, `reload`
# and SIGHUP. Who is not concerned does not notice; a bad file changes nothing.
. "$(dirname "$0")/tap.sh"

conf=$STAR_DIR/hub.conf
edit() { sed -i "$1" "$conf"; }
says() { # says PATTERN COMMAND…: what hubctl prints of the hub
    local pattern=$1
    shift
    star_ctl hub "$@" >"$STAR_DIR/said" 2>&1
    grep -qE "$pattern" "$STAR_DIR/said"
}
exits() { # exits STATUS COMMAND…
    local wanted=$1 got=0
    shift
    star_ctl hub "$@" >"$STAR_DIR/said" 2>&1 || got=$?
    [ "$got" = "$wanted" ]
}
spoke_shows() {
    local pattern=$1
    shift
    star_ctl spoke "$@" | grep -qE "$pattern"
}
is_up() { on brlan ping -n -c 1 -W 2 10.1.1.10 >/dev/null && on client ping -n -c 1 -W 2 10.1.1.10 >/dev/null; }
# Packets of both while a command runs: none may be lost.
none_lost_while() {
    on brlan ping -n -i 0.02 -w 4 10.1.1.10 >"$STAR_DIR/ping1" &
    local one=$!
    on client ping -n -i 0.02 -w 4 10.1.1.10 >"$STAR_DIR/ping2" &
    local two=$!
    sleep 1
    "$@" >/dev/null 2>&1
    wait $one $two
    ! grep -E ' [1-9][0-9.]*% packet loss' "$STAR_DIR/ping1" "$STAR_DIR/ping2"
}
spis() { star_ctl hub show crypto ipsec sa --json | grep -E '"spi' | sort; }
same_spis() { [ "$(spis)" = "$before" ]; }
in_nft() { on hub nft list ruleset | grep -q "$1"; }
route_in() { on hub ip route show table all | grep -q "^$1 dev hubward"; }
hangup() { kill -HUP "$(cat "$STAR_DIR/hub.pid")"; }

star_up
cp "$root/examples/hub.conf" "$conf"
chmod 600 "$conf"
check "the hub starts" star_hub "$conf"
cp "$root/examples/spoke.conf" "$STAR_DIR/spoke.conf"
check "the branch starts" star_spoke "$STAR_DIR/spoke.conf"
soon "the branch is up" ping_ok brlan 10.1.1.10 1
star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
check "the client is up" star_vpnc_up client
check "both pass traffic" is_up
before=$(spis)

check "an unchanged file differs in nothing" says '^No line differs' diff
check "it can be used" says "hub.conf: can be used" check
check "nobody would notice it" says '^Peers: 2 would be kept, 0 rekeyed, 0 dropped' diff

edit 's/dns 1.1.1.1 2.2.2.2/dns 9.9.9.9/'
edit 's/^ip local pool ippool .*/&\nip local pool second 10.6.6.1 10.6.6.30/'
check "diff names the lines" says '^  \+ +dns 9\.9\.9\.9' diff
check "and their section" says '^    crypto isakmp client configuration group testgroup' diff
refute "diff changes nothing" route_in 10.6.6.1
check "a reload loses no packet" none_lost_while star_ctl hub reload
check "the new text runs" hub_shows 'dns 9.9.9.9' show running-config
check "the pairs are those of before" same_spis
check "a new pool is routed" route_in 10.6.6.1
check "the log sums it up" logged hub 'configuration reloaded: 3 lines differ; peers: 2 kept, 0 rekeyed, 0 dropped'

cp "$conf" "$STAR_DIR/good.conf"
edit 's/^ip local pool second .*//'
check "a pool that is taken away is routed no more" star_ctl hub reload
refute "neither to the device nor closed" route_in 10.6.6.1
edit 's/^crypto isakmp policy 10/crypto isakmp pollicy 10/'
check "a bad file is refused" exits 1 reload
check "with the place of the error" grep -q 'hub.conf:[0-9]*:15: error: ' "$STAR_DIR/said"
check "and nothing has changed" grep -q 'not used, nothing has changed' "$STAR_DIR/said"
check "check says so, too" exits 1 check
check "both go on" is_up
check "SIGHUP with it changes nothing" hangup
soon "which the log says" logged hub 'the configuration stays as it was'
check "both still go on" is_up
check "the pairs are still those of before" same_spis
echo 'hostname Hub' >"$conf"
check "a file of which nothing is to be said can be used" says 'hub.conf: can be used' check
rm "$conf"
check "a file that is gone is refused, too" exits 1 reload
check "by its name" grep -q 'hub.conf: error: cannot be read: No such file' "$STAR_DIR/said"

cp "$STAR_DIR/good.conf" "$conf"
sed 's/^ip local pool second .*//; s/dns 9.9.9.9/dns 8.8.8.8/' "$conf" >"$STAR_DIR/other.conf"
check "another file is compared with what runs" says '^  - +dns 9\.9\.9\.9' diff --config "$STAR_DIR/other.conf"
check "another file is checked without a hub" "$HUBWARD_BIN/hubctl" --run-dir /nonexistent check --config "$STAR_DIR/other.conf"

edit 's/key cisco123/key another1/'
check "diff tells who would be dropped, and by which line" says '^dropped 10\.100\.2\.[0-9]+:500 ' diff
check "the key is not shown" sh -c "! grep -q another1 '$STAR_DIR/said'"
check "SIGHUP goes by it" hangup
soon "the branch is dropped by that line" logged hub 'is dropped because line [0-9]+: its key in keyring spokes is another'
refute "its traffic is closed, not in clear" ping_ok brlan 10.1.1.10 1
check "the client stays" ping_ok client 10.1.1.10
check "its pair is that of before" sh -c "[ \"\$($HUBWARD_BIN/hubctl --run-dir $STAR_DIR/hub-run show crypto ipsec sa | grep -c 'current_peer')\" = 1 ]"
edit 's/key another1/key cisco123/'
check "the key comes back" star_ctl hub reload
# It was just refused, and tries again when that exchange is given up.
check "and with it the branch" star_wait 75 ping_ok brlan 10.1.1.10 1

sed -i 's/^  match address 100/  set pfs group2\n  match address 100/' "$STAR_DIR/spoke.conf"
check "a branch reloads, too" star_ctl spoke reload
check "its tunnel is keyed anew" logged spoke 'is rekeyed because line [0-9]+: map mymap 10 wants other phase 2 algorithms'
soon "and is what the entry wants now" spoke_shows '^Peers: 1 would be kept, 0 rekeyed, 0 dropped' diff
check "and carries" ping_ok brlan 10.1.1.10

kill -9 "$(pgrep -P "$(cat "$STAR_DIR/hub.pid")" -f hubward-key | head -1)" 2>/dev/null || :
edit 's/dns 9.9.9.9/dns 7.7.7.7/'
soon "a key process that dies begins again" star_ctl hub show version
check "with the configuration of the last reload" hub_shows 'dns 9.9.9.9' show running-config
check "and reloads the next one" star_ctl hub reload
check "which runs then" hub_shows 'dns 7.7.7.7' show running-config
tap_end vpnc-client
