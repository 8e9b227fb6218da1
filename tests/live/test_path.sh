#!/bin/bash
# Two path processes with fixed keys in two network namespaces, without IKE: pings both ways through
# every encapsulation, tshark decrypts what is outside and finds nothing in clear, replays and
# forgeries are counted and go nowhere, the role runs as nobody without a capability.
# Usage: test_path.sh [BUILD]. Needs root.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build}
pair=hwpair
. "$here/pair.sh"
good=0 bad=0

check() {
    local sentence=$1
    shift
    if "$@" >>"$work/log" 2>&1; then
        echo "ok - $sentence"
        good=$((good + 1))
    else
        echo "not ok - $sentence"
        bad=$((bad + 1))
    fi
}

start() {
    pair_start "$1" "$2"
    ip netns exec "$a" tcpdump -i v0 -U -w "$work/wire.pcap" >/dev/null 2>&1 &
    wait_for test -s "$work/wire.pcap"
}

pings() {
    ip netns exec "$1" ping -n -c 3 -i 0.2 -W 2 "$2"
}

# Packets that outlast every fragment and padding size, and one larger than the outer MTU.
big_pings() {
    local size
    for size in 0 1 2 3 100 1372 4000; do
        ip netns exec "$a" ping -n -c 1 -W 2 -s "$size" 10.91.2.1 || return 1
    done
}

nothing_in_clear() {
    [ "$(tshark -r "$work/wire.pcap" -Y 'ip.addr == 10.91.0.0/16' 2>/dev/null | wc -l)" = 0 ]
}

# What tshark makes of the capture when it knows the keys: how many packets match the filter.
decrypted() {
    local sa key_a key_b options=()
    key_a=$(printf "a5%.0s" $(seq "$1"))
    key_b=$(printf "b6%.0s" $(seq "$1"))
    mac_a=$(printf "a5%.0s" $(seq "$2"))
    mac_b=$(printf "b6%.0s" $(seq "$2"))
    [ "$2" = 0 ] && mac_a= mac_b= || { mac_a=0x$mac_a mac_b=0x$mac_b; }
    for sa in "192.0.2.2|192.0.2.1|0x0001000a|0x$key_a|$mac_a" \
        "192.0.2.1|192.0.2.2|0x0001000b|0x$key_b|$mac_b"; do
        IFS='|' read -r from to spi key mac <<<"$sa"
        options+=(-o "uat:esp_sa:\"IPv4\",\"$from\",\"$to\",\"$spi\",\"$3\",\"$key\",\"$4\",\"$mac\"")
    done
    tshark -r "$work/wire.pcap" -o esp.enable_encryption_decode:TRUE \
        -o esp.enable_authentication_check:TRUE "${options[@]}" -Y "$5" 2>>"$work/log" | wc -l
}

tshark_agrees() {
    local n
    n=$(decrypted "$1" "$2" "$3" "$4" 'icmp and esp')
    echo "decrypted $n"
    # Forgeries do not come from port 4500.
    local ours='(not udp or udp.srcport == 4500)'
    [ "$n" -ge 12 ] && [ "$(decrypted "$1" "$2" "$3" "$4" "$ours and esp.icv_bad == 1")" = 0 ] &&
        [ "$(decrypted "$1" "$2" "$3" "$4" "$ours and _ws.malformed")" = 0 ]
}

# The first ESP datagram from b to a, as it was, or with its last octet changed.
send_again() {
    local hex last
    hex=$(tshark -r "$work/wire.pcap" -Y 'udp and ip.dst == 192.0.2.1' -T fields -e udp.payload \
        2>>"$work/log" | head -n 1)
    [ -n "$hex" ] || return 1
    if [ "$1" = changed ]; then
        last=$((0x${hex: -2} ^ 1))
        hex=${hex%??}$(printf %02x "$last")
        hex=${hex:0:8}7fffffff${hex:16} # a number that is still ahead of the window
    fi
    # Through a file: a pipe could break it in two at an octet 10, and cat would send both.
    printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")" >"$work/datagram"
    ip netns exec "$b" bash -c 'cat "$1" >/dev/udp/192.0.2.1/4500' send "$work/datagram"
}

dropped() {
    wait_for grep -q "^drop $1" "$work/a.out"
}

unprivileged() {
    local pid
    pid=$(sed -n 's/^ready .* pid //p' "$work/a.out")
    grep -qE '^CapEff:\s0+$' "/proc/$pid/status" && grep -qE '^Uid:\s65534' "/proc/$pid/status" &&
        grep -qE '^NoNewPrivs:\s1' "/proc/$pid/status" && grep -qE '^Seccomp:\s2' "/proc/$pid/status"
}

pair_network
for run in "gcm128 udp 20 0 AES-GCM [RFC4106] NULL" "cbc128-sha1 udp 16 20 AES-CBC [RFC3602] HMAC-SHA-1-96 [RFC2404]" \
    "cbc128-sha1 raw 16 20 AES-CBC [RFC3602] HMAC-SHA-1-96 [RFC2404]" "3des-sha1 raw 24 20 TripleDES-CBC [RFC2451] HMAC-SHA-1-96 [RFC2404]"; do
    read -r suite encapsulation key mac cipher cipher_rfc integrity <<<"$run"
    start "$suite" "$encapsulation"
    name="$suite over $encapsulation"
    check "$name: pings pass from a to b" pings "$a" 10.91.2.1
    check "$name: pings pass from b to a" pings "$b" 10.91.1.1
    check "$name: packets of every size pass" big_pings
    check "$name: the role runs as nobody, without capabilities, under seccomp" unprivileged
    if [ "$encapsulation" = udp ]; then
        check "$name: a packet that is sent again is counted" send_again same
        check "$name: it is counted as replayed" dropped esp_replay
        check "$name: a packet that was changed is sent" send_again changed
        check "$name: it is counted as not authentic" dropped esp_auth
    fi
    check "$name: pings still pass" pings "$a" 10.91.2.1
    sleep 0.3
    check "$name: no protected address is seen outside" nothing_in_clear
    if [ "$integrity" = NULL ]; then
        check "$name: tshark decrypts it all" tshark_agrees "$key" "$mac" \
            "AES-GCM with 16 octet ICV [RFC4106]" "NULL"
    else
        check "$name: tshark decrypts it all" tshark_agrees "$key" "$mac" \
            "$cipher $cipher_rfc" "$integrity"
    fi
    sleep 0.3
    pair_stop
    check "$name: nothing went wrong inside" test ! -s "$work/a.err" -a ! -s "$work/b.err"
done
echo "test_path.sh: $good passed, $bad failed"
if [ "$bad" != 0 ]; then
    tail -n 60 "$work/log"
fi
[ "$bad" = 0 ]
