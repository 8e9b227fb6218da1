#!/usr/bin/env bash
# Static entries: a hub that begins tunnels to fixed peers (spoked, strongSwan), the order of static
# and dynamic entries, reverse routes, a branch whose every packet goes to the hub, two hubs in order
# of preference, and a hub whose name moves.
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

# The second hub is the client's node: the same inside service, 10.1.9.9, stands at both.
second_hub_up() {
    on client sysctl -qw net.ipv4.ip_forward=1
    on client ip link add eth1 type bridge
    on client ip addr add 10.1.1.2/23 dev eth1
    on client ip link set eth1 up
    on client ip addr add 10.1.9.9/32 dev lo
    on hub ip addr add 10.1.9.9/32 dev lo
}

second_hub() {
    mkdir -p "$STAR_DIR/hub2-run" "$STAR_DIR/hub2-state"
    sed 's/10.48.67.181 255.255.255.224/10.51.82.100 255.255.255.0/
        s/10.1.1.1 255.255.254.0/10.1.1.2 255.255.254.0/' "$root/examples/hub.conf" >"$STAR_DIR/hub2.conf"
    exec_on client "$HUBWARD_BIN/hubd" -c "$STAR_DIR/hub2.conf" --map FastEthernet0/0=eth0 \
        --map FastEthernet0/1=eth1 --run-dir "$STAR_DIR/hub2-run" \
        --state-dir "$STAR_DIR/hub2-state" >>"$STAR_DIR/hub2.log" 2>&1 &
    echo $! >"$STAR_DIR/hub2.pid"
    disown $!
    star_wait 15 star_ready hub2
}

# A static entry of this number for the branch's two nets, with these lines more.
hub_conf() {
    local sequence=$1
    shift
    extended "$root/examples/hub.conf" "hostname Hub" \
        "access-list 150 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255" \
        "access-list 150 permit ip 10.1.0.0 0.0.255.255 10.3.0.0 0.0.255.255" \
        "crypto map mymap $sequence ipsec-isakmp" "  set peer $(star_branch_address)" \
        "  set transform-set myset" "  match address 150" "$@" >"$STAR_DIR/hub.conf"
}

spoke_conf() { # PEER-LINE…
    printf '%s\n' "$@" >"$STAR_DIR/peers"
    extended "$root/examples/spoke.conf" \
        "access-list 100 permit ip 10.3.0.0 0.0.255.255 10.1.0.0 0.0.255.255" \
        "crypto isakmp key cisco123 address 10.51.82.100" "crypto isakmp keepalive 10" |
        sed -e "/^  set peer 10.48.67.181 *$/{r $STAR_DIR/peers" -e 'd}' >"$STAR_DIR/spoke.conf"
}

tables() {
    on hub ip route show table all | grep -E "^(unreachable )?$1 "
}

no_tables() {
    ! tables "$1"
}

led() {
    tables "$1" | grep "dev hubward"
}

restart() { # hub | spoke, then what starts it
    star_stop "$1"
    rm -f "$STAR_DIR/$1.log"
    "${@:2}"
}

now_ms() {
    date +%s%3N
}

# The service answers through whichever hub.
service() {
    on brlan ping -n -c 1 -W 1 -I 10.2.2.10 10.1.9.9
}

service_from() { # the hub that has the tunnel to the branch
    service # it is what brings the tunnel up
    "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/$1-run" show crypto session | grep UP-ACTIVE && service
}

star_up
second_hub_up
on brlan ip addr add 10.3.3.10/24 dev eth0
on branch ip addr add 10.3.3.1/24 dev eth1

# -- the hub begins ----------------------------------------------------------------------------
hub_conf 5 "  reverse-route"
spoke_conf "  set peer 10.48.67.181"
check "the hub starts with a static entry" star_hub "$STAR_DIR/hub.conf"
check "the branch starts" star_spoke "$STAR_DIR/spoke.conf"
check "no route to the branch's nets is there before" no_tables 10.2.0.0/16
capture_start
soon "traffic of the hub's net brings the tunnel up" ping_ok hublan 10.2.2.10 1
soon "and one more for the second line of the list" ping_ok hublan 10.3.3.10 1
check "the branch's second net answers through it" on brlan ping -n -c 2 -W 2 -I 10.3.3.10 10.1.1.10
capture_stop
check "ESP crosses the outside, and nothing in clear" no_clear_bytes
check "tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181
check "the hub began it" sh -c "'$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub-run' --json show crypto session | jq -e '.sessions[0].initiator'"
check "reverse-route: a route to each net is there" led 10.2.0.0/16
check "for both" led 10.3.0.0/16
check "show crypto map has the peer" hub_shows 'Current peer: 10\.100\.2\.' show crypto map
check "clear crypto session ends it" star_ctl hub clear crypto session
soon "and the routes are gone with it" no_tables 10.2.0.0/16
check "the hub's own programs bring it up, too" star_wait 20 on hub ping -n -c 1 -W 1 -I 10.1.1.1 10.2.2.10

# -- static before dynamic -----------------------------------------------------------------------
hub_conf 900
check "a static entry behind the dynamic one is told" sh -c "'$HUBWARD_BIN/hubd' --check -c '$STAR_DIR/hub.conf' --map FastEthernet0/0=eth0 2>&1 | grep -q static-above-dynamic"
restart hub star_hub "$STAR_DIR/hub.conf"
restart spoke star_spoke "$STAR_DIR/spoke.conf"
soon "the branch's traffic brings the tunnel up" ping_ok brlan 10.1.1.10 1
check "it is served by the static entry: no route was asked for" no_tables 10.2.0.0/16
check "and the hub's net reaches the branch's by its mark" ping_ok hublan 10.2.2.10

# -- a route that is always there ------------------------------------------------------------------
hub_conf 5 "  reverse-route static"
check "a reload takes reverse-route static" star_ctl hub reload
check "the tunnel stays" ping_ok brlan 10.1.1.10 1
soon "the route is there" led 10.2.0.0/16
check "clear crypto session" star_ctl hub clear crypto session
check "and it stays without a tunnel" led 10.2.0.0/16

# -- strongSwan as the peer that is dialled ------------------------------------------------------------
star_stop spoke
hub_conf 5 "  reverse-route"
printf '%s\n' "hubward dial on-start" "crypto isakmp keepalive 10" end >>"$STAR_DIR/hub.conf"
sed -i '/^end *$/d' "$STAR_DIR/hub.conf"
check "strongSwan waits in the branch" swan_start branch <<CONF
connections {
    hub {
        version = 1
        local_addrs = $(star_branch_address)
        remote_addrs = 10.48.67.181
        proposals = 3des-sha1-modp1024
        encap = yes
        local {
            auth = psk
        }
        remote {
            auth = psk
            id = 10.48.67.181
        }
        children {
            net {
                local_ts = 10.2.0.0/16
                remote_ts = 10.1.0.0/16
                esp_proposals = 3des-sha1
            }
            two {
                local_ts = 10.3.0.0/16
                remote_ts = 10.1.0.0/16
                esp_proposals = 3des-sha1
            }
        }
    }
}
secrets {
    ike-hub {
        secret = cisco123
    }
}
CONF
restart hub star_hub "$STAR_DIR/hub.conf"
soon "hubward dial on-start brings it up without traffic" led 10.2.0.0/16
soon "the hub's net reaches the branch's" ping_ok hublan 10.2.2.10 1
soon "and its second net" ping_ok hublan 10.3.3.10 1
check "both lists' lines stand under one phase 1" sh -c "[ \$('$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub-run' --json show crypto session | jq '.sessions | length') = 1 ]"
swan_stop branch

# -- two hubs ------------------------------------------------------------------------------------------
restart hub star_hub "$root/examples/hub.conf"
check "a second hub starts" second_hub
spoke_conf "  set peer 10.51.82.100" "  set peer 10.48.67.181 default"
restart spoke star_spoke "$STAR_DIR/spoke.conf"
soon "the default peer gets the tunnel" service_from hub
began=$(now_ms)
kill -9 "$(cat "$STAR_DIR/hub.pid")" # every role ends with it, and nobody says goodbye
check "its traffic goes through the second hub within 30 s" star_wait 30 service_from hub2
printf '# from the kill of the first hub to traffic through the second: %s ms\n' $(($(now_ms) - began))
rm -f "$STAR_DIR/hub.log"
began=$(now_ms)
exec_on brlan ping -n -i 0.2 -W 1 -I 10.2.2.10 10.1.9.9 >"$STAR_DIR/back.ping" 2>&1 &
ping_pid=$!
check "the first hub comes back" star_hub "$root/examples/hub.conf"
check "and so does the tunnel" star_wait 90 service_from hub
printf '# from its return to traffic through it: %s ms\n' $(($(now_ms) - began))
sleep 1
kill -INT $ping_pid
wait $ping_pid
check "the way back costs at most one packet" ping_lost "$STAR_DIR/back.ping" 1 5
check "the second hub was told" star_wait 5 sh -c "! '$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub2-run' show crypto session | grep -q UP-ACTIVE"

# -- everything goes to the hub --------------------------------------------------------------------------
on hub nft -f - <<'NFT'
table ip nat {
    chain post {
        type nat hook postrouting priority 100
        ip saddr 10.2.0.0/16 oifname "eth0" masquerade
    }
}
NFT
sed 's/^list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0$/list 100 permit ip 10.2.0.0 0.0.255.255 any/
    /^0\.0\.255\.255$/d' "$root/examples/spoke.conf" >"$STAR_DIR/spoke.conf"
restart spoke star_spoke "$STAR_DIR/spoke.conf"
capture_start
soon "a branch that sends everything to the hub reaches its net" ping_ok brlan 10.1.1.10 1
check "and the world through the hub" ping_ok brlan 10.51.82.1
check "the branch's own way out is as it was" on branch ping -n -c 2 -W 2 10.51.82.1
capture_stop
check "nothing of its net leaves in clear" no_clear_bytes
check "what the world saw came from the hub" sh -c "tshark -r '$STAR_DIR/provider.pcap' -Y 'icmp.type == 8 and ip.src == 10.48.67.181 and ip.dst == 10.51.82.1' 2>/dev/null | grep -q ."

# -- a hub by its name --------------------------------------------------------------------------------------
names() { # ADDRESS: what hub.example is from now on
    [ -f "$STAR_DIR/names.pid" ] && kill "$(cat "$STAR_DIR/names.pid")" 2>/dev/null
    star_wait 3 sh -c "! ip netns exec $STAR-isp ss -lun | grep -q '10.100.2.3:53 '"
    on isp dnsmasq --no-resolv --no-hosts --listen-address=10.100.2.3 --bind-interfaces --user=root \
        --conf-file=/dev/null --address="/hub.example/$1" --pid-file="$STAR_DIR/names.pid" \
        --log-queries --log-facility="$STAR_DIR/names.log"
}

# The branch's programs see a resolv.conf of their own.
named_spoke() {
    mkdir -p "/etc/netns/$STAR-branch"
    printf 'nameserver 10.100.2.3\n' >"/etc/netns/$STAR-branch/resolv.conf"
    star_spoke "$STAR_DIR/spoke.conf"
}

names 10.48.67.181
spoke_conf "  set peer hub.example dynamic"
restart spoke named_spoke
soon "a peer by name is found and dialled" service_from hub
check "by the resolver, which is not root" sh -c "for p in \$(ip netns pids $STAR-branch); do
    grep -qs resolver /proc/\$p/cmdline && awk '/^Uid:/ {exit \$2 == 0} /^Seccomp:/ {exit \$2 != 2}' /proc/\$p/status && exit 0; done; exit 1"
check "show crypto map names it" spoke_shows 'Peer = hub.example dynamic' show crypto map
names 10.51.82.100
began=$(now_ms)
exec_on brlan ping -n -i 0.2 -W 1 -I 10.2.2.10 10.1.9.9 >"$STAR_DIR/moved.ping" 2>&1 &
ping_pid=$!
check "its name moves, and the tunnel follows" star_wait 40 service_from hub2
printf '# from the change of the name to traffic with the other hub: %s ms\n' $(($(now_ms) - began))
sleep 1
kill -INT $ping_pid
wait $ping_pid
check "at the price of at most one packet" ping_lost "$STAR_DIR/moved.ping" 1
names 192.0.2.66
sleep 25
check "a wrong address takes nothing down" service_from hub2
kill "$(cat "$STAR_DIR/names.pid")"
sleep 15
check "nor does a name server that is away" service_from hub2
rm -rf "/etc/netns/$STAR-branch"
tap_end hub2 swan-branch
