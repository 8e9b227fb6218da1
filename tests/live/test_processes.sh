#!/usr/bin/env bash
# The processes of a hub: whose they are, what they may do, what they weigh; and what is left of two
# tunnels and of the users' leases when one of them is killed, or all.
. "$(dirname "$0")/tap.sh"

role_pid() {
    pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x "hubward-$1"
}

# All processes below the warden, helpers of roles too.
below_warden() {
    local pid
    for pid in $(pgrep -P "$1"); do
        echo "$pid"
        below_warden "$pid"
    done
}

status_of() {
    sed -nE "s/^$2:\s+//p" "/proc/$1/status"
}

# Not root, no capability in any set, no new privileges, under seccomp, no core dump.
confined() {
    local pid uids
    for pid in $(below_warden "$(cat "$STAR_DIR/hub.pid")"); do
        uids=$(status_of "$pid" Uid | tr '\t' '\n' | sort -u)
        [ "$(wc -w <<<"$uids")" = 1 ] && [ "$uids" != 0 ] || return 1
        for set in CapInh CapPrm CapEff CapBnd CapAmb; do
            [ "$(status_of "$pid" $set)" = 0000000000000000 ] || return 1
        done
        [ "$(status_of "$pid" NoNewPrivs)" = 1 ] && [ "$(status_of "$pid" Seccomp)" = 2 ] || return 1
        grep -qE '^Max core file size +0 +0 ' "/proc/$pid/limits" || return 1
    done
}

uids_differ() {
    local role uids
    uids=$(for role in key path xauth store web; do stat -c %u "/proc/$(role_pid $role)"; done)
    [ "$(sort -u <<<"$uids" | wc -l)" = 5 ]
}

# SETGID, SETUID, KILL, SETPCAP, NET_BIND_SERVICE, NET_ADMIN, NET_RAW and nothing else.
warden_keeps_little() {
    [ "$(status_of "$(cat "$STAR_DIR/hub.pid")" CapEff)" = 00000000000035e0 ]
}

warden_is_confined() {
    local pid
    pid=$(cat "$STAR_DIR/hub.pid")
    [ "$(status_of "$pid" NoNewPrivs)" = 1 ] && [ "$(status_of "$pid" Seccomp)" = 2 ] &&
        [ "$(cat "/proc/$pid/coredump_filter")" = 00000000 ]
}

# Its network has loopback only, which is down, and no route.
web_is_alone() {
    local pid
    pid=$(role_pid web)
    [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink "/proc/$(role_pid key)/ns/net")" ] &&
        [ "$(wc -l <"/proc/$pid/net/route")" -le 1 ] && [ "$(wc -l <"/proc/$pid/net/dev")" = 3 ]
}

# Proportional set size of all of them, in kB.
weight() {
    local pid total=0 warden
    warden=$(cat "$STAR_DIR/hub.pid")
    for pid in "$warden" $(below_warden "$warden"); do
        total=$((total + $(sed -nE 's/^Pss:\s+([0-9]+) kB/\1/p' "/proc/$pid/smaps_rollup")))
    done
    echo $total
}

light() {
    local kb
    kb=$(weight)
    printf '# an idle hub weighs %s kB\n' "$kb" >&3
    [ "$kb" -lt 40960 ]
}

restarted() {
    local pid
    pid=$(role_pid "$1") && [ "$pid" != "$2" ]
}

# Pings through both tunnels, in the background, until beside_end.
beside_begin() {
    exec_on brlan ping -n -i 0.05 -W 2 10.1.1.10 >"$STAR_DIR/beside-branch.log" 2>&1 &
    beside="$!"
    exec_on client ping -n -i 0.05 -W 2 10.1.1.10 >"$STAR_DIR/beside-client.log" 2>&1 &
    beside="$beside $!"
    sleep 0.5
}

beside_end() {
    sleep "$1"
    kill -INT $beside
    wait $beside
}

# lost SIDE MOST: so many pings of this side went unanswered, at most.
lost() {
    ping_lost "$STAR_DIR/beside-$1.log" "$2"
}

# kill_role ROLE: with SIGKILL, in mid-traffic; it must be another process afterwards.
kill_role() {
    local old
    old=$(role_pid "$1")
    beside_begin
    kill -9 "$old"
    check "$1 killed: it is started again" star_wait 5 restarted "$1" "$old"
    beside_end 1.5
}

spis() {
    star_ctl hub show crypto ipsec sa --json | jq -r '.ipsec_sas[] | .spi_in, .spi_out' | sort
}

none_again() {
    [ "$(spis | wc -l)" = 4 ] && [ -z "$(comm -12 <(printf '%s\n' "$spis_before") <(spis))" ]
}

# The second user first, so that an address that went by order would be the other's.
same_leases() {
    star_stop vpnc-client 2
    star_stop vpnc-c1 2
    star_vpnc c1 second second-password "NAT Traversal Mode natt"
    star_vpnc_up c1 && echo "c1 has $(star_lease c1)" && [ "$(star_lease c1)" = 10.5.5.2 ] || return 1
    star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
    star_vpnc_up client && echo "client has $(star_lease client)" && [ "$(star_lease client)" = 10.5.5.1 ]
}

children_gone() {
    local pid
    for pid in $children; do ! kill -0 "$pid" 2>/dev/null || return 1; done
}

# The hub's own view of what must not leave in clear: packets to the branch's net.
inside_is_closed() {
    ! on hublan ping -n -c 3 -i 0.2 -W 1 10.2.2.10 && ! on hub ping -n -c 1 -W 1 -I 10.1.1.1 10.5.5.1
}

star_up
exec 3>&1
extended "$root/examples/hub.conf" 'username second password 0 second-password' >"$STAR_DIR/hub.conf"
before=$(on hub ip -o link; on hub ip rule; on hub nft list ruleset)
check "the hub starts" star_hub "$STAR_DIR/hub.conf"
check "every role has a user of its own" uids_differ
check "none of them is root or has a capability; all are under seccomp" confined
check "the warden keeps seven capabilities" warden_keeps_little
check "it is under seccomp itself, without new privileges" warden_is_confined
check "web stands in an empty network" web_is_alone
check "an idle hub stays under 40 MB" light
check "the branch starts" star_spoke "$root/examples/spoke.conf"
soon "the branch's tunnel is up" ping_ok brlan 10.1.1.10 1
star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
check "a client is up" star_vpnc_up client
star_vpnc c1 second second-password "NAT Traversal Mode natt"
check "another one behind NAT" star_vpnc_up c1
check "users keep their leases, whoever comes first" same_leases
capture_start

for role in web xauth store; do
    kill_role $role
    check "$role killed: the branch's tunnel lost nothing" lost branch 0
    check "$role killed: the client's tunnel lost nothing" lost client 0
    check "$role killed: users log in and keep their leases" same_leases
done

star_stop vpnc-c1
spis_before=$(spis)
kill_role path
check "path killed: the branch's traffic comes back at once" lost branch 20
check "path killed: the client's too" lost client 20
check "path killed: both tunnels are there with SPIs and keys never used before" none_again
check "path killed: the hub's side reaches the branch" ping_ok hublan 10.2.2.10
check "path killed: and the client" ping_ok hublan 10.5.5.1

kill_role key
check "key killed: ESP of the branch lost nothing" lost branch 0
check "key killed: ESP of the client lost nothing" lost client 0
check "key killed: users log in and keep their leases" same_leases
check "key killed: the client's new tunnel carries traffic" ping_ok client 10.1.1.10
check "key killed: the branch can key anew" star_ctl spoke clear crypto session
soon "key killed: and its traffic goes on" ping_ok brlan 10.1.1.10 1
check "none of them is root or has a capability after the restarts" confined
check "nor is web back in the host's network" web_is_alone

children=$(below_warden "$(cat "$STAR_DIR/hub.pid")")
check "six processes stand below the warden" test "$(wc -w <<<"$children")" = 6
kill -9 "$(cat "$STAR_DIR/hub.pid")"
soon "warden killed: every role ends with it" children_gone
check "warden killed: nothing passes from inside" inside_is_closed
capture_stop
check "nothing in clear has left in all this" no_clear_bytes
check "but ESP did cross" esp_seen 100
rm -f "$STAR_DIR/hub.log"
capture_start
check "a hub with the same directories starts" star_hub "$STAR_DIR/hub.conf"
check "a restart of the hub: users keep their leases" same_leases
check "a restart of the hub: the client's tunnel carries traffic" ping_ok client 10.1.1.10
star_stop hub
rm -f "$STAR_DIR/hub.log"
check "a clean restart too" star_hub "$STAR_DIR/hub.conf"
check "users keep their leases over it" same_leases
capture_stop
check "nothing in clear has left in the restarts" no_clear_bytes
star_stop hub
nothing_left() {
    diff <(printf '%s\n' "$before") <(on hub ip -o link; on hub ip rule; on hub nft list ruleset)
}
check "after a stop no device, rule or filter is left" nothing_left
tap_end vpnc-client vpnc-c1
