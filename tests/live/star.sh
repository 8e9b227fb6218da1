# The star network of the live tests and of `./hubward up --demo`, in network namespaces of its own:
#
#   hublan 10.1.1.10 --- hub 10.1.1.1 | 10.48.67.181 ---+
#   brlan 10.2.2.10 --- branch 10.2.2.2 | DHCP ---------+--- isp (router, DHCP server)
#   client 10.51.82.100 --------------------------------+
#   c1 192.168.77.11, c2 192.168.77.12 --- nat 10.60.0.2 +
#
# Addresses are those of seed 003. Source this file, call star_up, star_down. All names begin with
# $STAR, so several stars fit on one machine. Needs root, iproute2, nftables, dnsmasq, dhclient.

STAR=${STAR:-hw}
STAR_DIR=${STAR_DIR:-/tmp/hubward-star-$STAR}
STAR_NODES="isp hub hublan branch brlan client nat c1 c2"

# Run a command in a node.
on() {
    local node=$1
    shift
    ip netns exec "$STAR-$node" "$@"
}

# The same in the background's own process: `exec_on NODE COMMAND… &`, and $! is the command itself.
exec_on() {
    local node=$1
    shift
    exec ip netns exec "$STAR-$node" "$@"
}

# A cable: star_link NODE IF ADDRESS  NODE IF ADDRESS ("-" for no address).
star_link() {
    ip link add "$STAR-a" type veth peer name "$STAR-b"
    ip link set "$STAR-a" netns "$STAR-$1" name "$2"
    ip link set "$STAR-b" netns "$STAR-$4" name "$5"
    [ "$3" = - ] || on "$1" ip addr add "$3" dev "$2"
    [ "$6" = - ] || on "$4" ip addr add "$6" dev "$5"
    on "$1" ip link set "$2" up
    on "$4" ip link set "$5" up
}

star_nodes_up() {
    local node
    for node in $STAR_NODES; do
        ip netns add "$STAR-$node"
        on "$node" ip link set lo up
        # No address of ours is announced or checked for: nothing waits for duplicates.
        on "$node" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    done
    for node in isp hub branch nat; do
        on "$node" sysctl -qw net.ipv4.ip_forward=1
    done
}

star_links_up() {
    star_link hub eth0 10.48.67.181/27 isp hub 10.48.67.190/27
    star_link hub eth1 10.1.1.1/23 hublan eth0 10.1.1.10/23
    star_link branch eth0 - isp branch 10.100.2.3/24
    star_link branch eth1 10.2.2.2/24 brlan eth0 10.2.2.10/24
    star_link client eth0 10.51.82.100/24 isp client 10.51.82.1/24
    star_link nat eth0 10.60.0.2/24 isp nat 10.60.0.1/24
    on nat ip link add inside type bridge
    on nat ip addr add 192.168.77.1/24 dev inside
    on nat ip link set inside up
    star_link c1 eth0 192.168.77.11/24 nat c1 -
    star_link c2 eth0 192.168.77.12/24 nat c2 -
    on nat ip link set c1 master inside
    on nat ip link set c2 master inside
    on hub ip route add default via 10.48.67.190
    on hublan ip route add default via 10.1.1.1
    on brlan ip route add default via 10.2.2.2
    on client ip route add default via 10.51.82.1
    on nat ip route add default via 10.60.0.1
    on c1 ip route add default via 192.168.77.1
    on c2 ip route add default via 192.168.77.1
    on nat nft -f - <<'NFT'
table ip nat {
    chain post {
        type nat hook postrouting priority 100
        oifname "eth0" masquerade
    }
}
NFT
}

# The branch's provider: a real DHCP server with short leases. star_dhcp_server [FIRST LAST]
star_dhcp_server() {
    [ -f "$STAR_DIR/dnsmasq.pid" ] && kill "$(cat "$STAR_DIR/dnsmasq.pid")" 2>/dev/null
    rm -f "$STAR_DIR/dnsmasq.pid" "$STAR_DIR/dnsmasq.leases"
    on isp dnsmasq --port=0 --interface=branch --bind-interfaces --user=root --conf-file=/dev/null \
        --dhcp-range="${1:-10.100.2.102},${2:-10.100.2.110},2m" --dhcp-authoritative \
        --dhcp-option=3,10.100.2.3 --pid-file="$STAR_DIR/dnsmasq.pid" \
        --dhcp-leasefile="$STAR_DIR/dnsmasq.leases" --log-facility="$STAR_DIR/dnsmasq.log"
}

# The branch's DHCP client; its script sets the address and the default route, nothing else.
star_dhcp_client() {
    cat >"$STAR_DIR/dhclient-script" <<'SCRIPT'
#!/bin/sh
case $reason in
BOUND | RENEW | REBIND | REBOOT)
    if [ -n "$old_ip_address" ] && [ "$old_ip_address" != "$new_ip_address" ]; then
        ip addr flush dev "$interface"
    fi
    ip addr replace "$new_ip_address/24" dev "$interface"
    ip route replace default via 10.100.2.3
    ;;
EXPIRE | FAIL | RELEASE | STOP)
    ip addr flush dev "$interface"
    ;;
esac
SCRIPT
    chmod +x "$STAR_DIR/dhclient-script"
    on branch dhclient -1 -q -sf "$STAR_DIR/dhclient-script" -pf "$STAR_DIR/dhclient.pid" \
        -lf "$STAR_DIR/dhclient.leases" eth0
}

# The provider gives the branch another address in mid-session. star_branch_moves FIRST LAST
star_branch_moves() {
    on branch dhclient -r -q -sf "$STAR_DIR/dhclient-script" -pf "$STAR_DIR/dhclient.pid" \
        -lf "$STAR_DIR/dhclient.leases" eth0
    rm -f "$STAR_DIR/dhclient.leases"
    star_dhcp_server "$1" "$2"
    star_dhcp_client
}

star_branch_address() {
    on branch ip -4 -o addr show eth0 | sed -n 's/.* inet \([^/]*\).*/\1/p'
}

star_up() {
    star_down
    mkdir -p "$STAR_DIR"
    chmod 755 "$STAR_DIR"
    star_nodes_up
    star_links_up
    star_dhcp_server
    star_dhcp_client
}

star_down() {
    local node pids
    for node in $STAR_NODES; do
        [ -e "/run/netns/$STAR-$node" ] || continue
        pids=$(ip netns pids "$STAR-$node")
        [ -z "$pids" ] || kill $pids 2>/dev/null
    done
    for node in $STAR_NODES; do
        [ -e "/run/netns/$STAR-$node" ] || continue
        star_wait 5 star_empty "$node" || kill -9 $(ip netns pids "$STAR-$node") 2>/dev/null
        ip netns del "$STAR-$node"
    done
    ip link del "$STAR-a" 2>/dev/null || : # a cable whose laying was interrupted
    [ -f "$STAR_DIR/dnsmasq.pid" ] && kill "$(cat "$STAR_DIR/dnsmasq.pid")" 2>/dev/null
    return 0
}

star_empty() {
    [ -z "$(ip netns pids "$STAR-$1")" ]
}

# star_wait SECONDS COMMAND…: until it succeeds; false when it does not in time.
star_wait() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# -- Hubward in the star -------------------------------------------------------------------------

# star_hub CONFIG [OPTION…]: the hub in its node; log in $STAR_DIR/hub.log.
star_hub() {
    local config=$1
    shift
    mkdir -p "$STAR_DIR/hub-run" "$STAR_DIR/hub-state"
    exec_on hub "$HUBWARD_BIN/hubd" -c "$config" --map FastEthernet0/0=eth0 --map FastEthernet0/1=eth1 \
        --run-dir "$STAR_DIR/hub-run" --state-dir "$STAR_DIR/hub-state" "$@" \
        >>"$STAR_DIR/hub.log" 2>&1 &
    echo $! >"$STAR_DIR/hub.pid"
    disown $!
    star_wait 15 star_ready hub
}

star_spoke() {
    local config=$1
    shift
    mkdir -p "$STAR_DIR/spoke-run" "$STAR_DIR/spoke-state"
    exec_on branch "$HUBWARD_BIN/spoked" -c "$config" --map FastEthernet0/0=eth0 \
        --map FastEthernet0/1=eth1 --run-dir "$STAR_DIR/spoke-run" \
        --state-dir "$STAR_DIR/spoke-state" "$@" >>"$STAR_DIR/spoke.log" 2>&1 &
    echo $! >"$STAR_DIR/spoke.pid"
    disown $!
    star_wait 15 star_ready spoke
}

star_ready() {
    grep -q "ready for peers" "$STAR_DIR/$1.log"
}

# hubctl for hub or spoke: star_ctl hub show version
star_ctl() {
    local which=$1
    shift
    "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/$which-run" "$@"
}

# star_stop NAME [SECONDS]: end what $STAR_DIR/NAME.pid names, with force when it takes longer. (A vpnc
# whose hub has gone tries to key anew and hears no signal meanwhile.)
star_stop() {
    local pid
    pid=$(cat "$STAR_DIR/$1.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || true
    if ! star_wait "${2:-6}" star_ended "$pid"; then
        kill -9 "$pid" 2>/dev/null || true
        star_wait 2 star_ended "$pid" || true
    fi
    rm -f "$STAR_DIR/$1.pid"
}

star_ended() {
    ! kill -0 "$1" 2>/dev/null
}

# What NAME.pid names has ended; a vpnc takes its file away a moment before.
star_gone() {
    star_ended "$(cat "$STAR_DIR/$1.pid" 2>/dev/null)"
}

# -- vpnc ----------------------------------------------------------------------------------------

# star_vpnc NODE USER PASSWORD [CONFIG LINE…]: a real Cisco-style client, detached from the shell; of
# group $STAR_GROUP with key $STAR_GROUP_KEY, when they are set, else of the document's group.
star_vpnc() {
    local node=$1 user=$2 password=$3
    shift 3
    cat >"$STAR_DIR/vpnc-script" <<'SCRIPT'
#!/bin/sh
# Address and routes only; the resolver of the machine is left alone.
case $reason in
connect)
    ip link set "$TUNDEV" up mtu 1390
    ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
    if [ -n "$CISCO_SPLIT_INC" ]; then
        i=0
        while [ "$i" -lt "$CISCO_SPLIT_INC" ]; do
            eval "ip route add \$CISCO_SPLIT_INC_${i}_ADDR/\$CISCO_SPLIT_INC_${i}_MASKLEN dev $TUNDEV"
            i=$((i + 1))
        done
    else
        ip route add 10.1.0.0/16 dev "$TUNDEV"
    fi
    env | grep -E '^(INTERNAL|CISCO)' | sort >"${VPNC_ENV:-/dev/null}"
    ;;
esac
SCRIPT
    chmod +x "$STAR_DIR/vpnc-script"
    {
        printf 'IPSec gateway 10.48.67.181\nIPSec ID %s\nIPSec secret %s\n' \
            "${STAR_GROUP:-testgroup}" "${STAR_GROUP_KEY:-cisco321}"
        printf 'Xauth username %s\nXauth password %s\n' "$user" "$password"
        printf 'Script %s\n' "$STAR_DIR/vpnc-script"
        printf '%s\n' "$@"
    } >"$STAR_DIR/vpnc-$node.conf"
    chmod 600 "$STAR_DIR/vpnc-$node.conf"
    rm -f "$STAR_DIR/vpnc-$node.env" "$STAR_DIR/vpnc-$node.log"
    VPNC_ENV="$STAR_DIR/vpnc-$node.env" exec_on "$node" unshare -m sh -c \
        'mount -t tmpfs none /run && exec "$@"' vpnc stdbuf -oL vpnc --no-detach --debug 1 \
        --enable-weak-encryption --enable-1des --local-port "${STAR_VPNC_PORT:-500}" \
        --pid-file "$STAR_DIR/vpnc-$node.pid" "$STAR_DIR/vpnc-$node.conf" >"$STAR_DIR/vpnc-$node.log" 2>&1 &
    echo $! >"$STAR_DIR/vpnc-$node.pid"
    disown $!
}

# Wait until a client's tunnel is up: its script runs a moment before quick mode is done.
star_vpnc_up() {
    star_wait 20 grep -q 'VPNC started' "$STAR_DIR/vpnc-$1.log" && test -s "$STAR_DIR/vpnc-$1.env"
}

# The lease a client got.
star_lease() {
    sed -n 's/^INTERNAL_IP4_ADDRESS=//p' "$STAR_DIR/vpnc-$1.env"
}
