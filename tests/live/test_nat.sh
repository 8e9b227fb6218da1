#!/usr/bin/env bash
# Clients and address translation: two of them behind one translator at once, a mapping that changes
# in mid-session, encapsulation forced where nothing translates, and raw ESP.
. "$(dirname "$0")/tap.sh"

# Four pings at the same time, two clients, both ways; all must succeed.
four_pings() {
    local pids=() pid failed=0
    ping_ok c1 10.1.1.10 10 & pids+=($!)
    ping_ok c2 10.1.1.10 10 & pids+=($!)
    ping_ok hublan "$(star_lease c1)" 10 & pids+=($!)
    ping_ok hublan "$(star_lease c2)" 10 & pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    return $failed
}

# seen FILTER: how many packets of the capture match.
seen() {
    tshark -r "$STAR_DIR/outside.pcap" -Y "$1" 2>/dev/null | wc -l
}

none_seen() {
    [ "$(seen "$1")" = 0 ]
}

some_seen() {
    [ "$(seen "$1")" -ge "$2" ]
}

# The source ports that ESP in UDP came from behind the translator.
nat_ports() {
    tshark -r "$STAR_DIR/outside.pcap" -Y 'ip.src == 10.60.0.2 and udp.dstport == 4500 and esp' \
        -T fields -e udp.srcport 2>/dev/null | sort -u | wc -l
}

# The translator forgets its mappings and gives other ports from now on.
nat_moves() {
    on nat sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1 \
        net.netfilter.nf_conntrack_udp_timeout_stream=1
    ping_ok c1 10.1.1.10 1 && ping_ok c2 10.1.1.10 1 # a mapping takes a new limit with its next packet
    sleep 2.5
    on nat nft 'flush chain ip nat post; add rule ip nat post oifname "eth0" meta l4proto udp masquerade to :30000-31000'
    on nat sysctl -qw net.netfilter.nf_conntrack_udp_timeout=30 \
        net.netfilter.nf_conntrack_udp_timeout_stream=120
}

star_up
extended "$root/examples/hub.conf" 'username second password 0 second-password' \
    'ip local pool salespool 10.5.6.1 10.5.6.254' \
    'crypto isakmp client configuration group sales' ' key sales-key-99' ' pool salespool' \
    'crypto isakmp profile VPNclient' ' match identity group sales' >"$STAR_DIR/hub.conf"
check "the hub starts with two groups and two users" star_hub "$STAR_DIR/hub.conf"

capture_start
star_vpnc c1 gfullage gfullage "NAT Traversal Mode natt"
STAR_GROUP=sales STAR_GROUP_KEY=sales-key-99 star_vpnc c2 second second-password "NAT Traversal Mode natt"
check "the first client behind the NAT gets a lease" star_vpnc_up c1
check "the second client behind the same NAT gets a lease" star_vpnc_up c2
check "the first has an address of its group's pool" test "$(star_lease c1)" = 10.5.5.1
check "the second has one of the other group's" test "$(star_lease c2)" = 10.5.6.1
check "both ping both ways at the same time" four_pings
check "the sessions are marked as translated" hub_shows 'Capabilities:CDXN connid:2' show crypto session detail
check "one of them has a port that the NAT gave" hub_shows 'remote 10.60.0.2/([0-35-9]|4[0-46-9]|45[1-9])' show crypto session detail
capture_stop
check "all that passes the NAT is UDP 500 or 4500" none_seen 'ip.addr == 10.60.0.2 and not udp.port == 500 and not udp.port == 4500 and not icmp'
check "ESP passes it inside UDP 4500" some_seen 'ip.addr == 10.60.0.2 and udp.port == 4500 and esp' 80
check "the two have ports of their own" test "$(nat_ports)" = 2
check "no protected address is seen in clear outside" no_clear_bytes
check "tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181

capture_start
check "the NAT forgets its mappings" nat_moves
check "after the NAT has changed its ports the first client still gets answers" ping_ok c1 10.1.1.10
check "the second too" ping_ok c2 10.1.1.10
check "and both ways" four_pings
capture_stop
check "the ports did change" some_seen 'ip.src == 10.60.0.2 and udp.srcport >= 30000 and udp.srcport <= 31000' 10
check "the hub says that the peers moved" logged hub 'peer moved from .* to 10.60.0.2:30[0-9]{3}'
check "no protected address is seen in clear meanwhile" no_clear_bytes
star_stop vpnc-c1
star_stop vpnc-c2
soon "clients that leave are forgotten" hub_hides 'gfullage|second' show crypto session detail

capture_start
star_vpnc client gfullage gfullage "NAT Traversal Mode force-natt"
check "a client that forces encapsulation gets a lease" star_vpnc_up client
check "it reaches the hub's net" ping_ok client 10.1.1.10
check "the hub's net reaches it" ping_ok hublan 10.5.5.1
capture_stop
check "its ESP is inside UDP 4500" some_seen 'ip.addr == 10.51.82.100 and udp.port == 4500 and esp' 12
check "none of it is raw" none_seen 'ip.addr == 10.51.82.100 and ip.proto == 50'
check "no protected address is seen in clear outside (forced)" no_clear_bytes
star_stop vpnc-client

capture_start
star_vpnc client second second-password "NAT Traversal Mode none"
check "a client without NAT traversal gets a lease" star_vpnc_up client
check "it reaches the hub's net with raw ESP" ping_ok client 10.1.1.10
check "the hub's net reaches it with raw ESP" ping_ok hublan "$(star_lease client)"
capture_stop
check "its ESP is raw" some_seen 'ip.addr == 10.51.82.100 and ip.proto == 50' 12
check "nothing of it is on port 4500" none_seen 'ip.addr == 10.51.82.100 and udp.port == 4500'
check "no protected address is seen in clear outside (raw)" no_clear_bytes
tap_end vpnc-c1 vpnc-c2 vpnc-client
