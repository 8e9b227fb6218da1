#!/bin/bash
# Throughput of the data path on this machine: two path processes in two network namespaces joined
# by a veth pair, fixed keys, one TCP stream of iperf3 through the tunnel. Needs root and a release
# build. Usage: path_throughput.sh BUILD [SECONDS] [SUITE:ENCAPSULATION ...]
set -u
build=${1:?the build directory}
seconds=${2:-5}
shift; shift 2>/dev/null
runs=("$@")
[ ${#runs[@]} -gt 0 ] || runs=(gcm128:udp cbc128-sha1:udp gcm128:raw 3des-sha1:udp)
a=hwbench$$a b=hwbench$$b
work=$(mktemp -d)

cleanup() {
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    wait 2>/dev/null
    ip netns del "$a" 2>/dev/null
    ip netns del "$b" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

network() {
    ip netns add "$a"
    ip netns add "$b"
    ip link add v0 netns "$a" type veth peer name v0 netns "$b"
    ip -n "$a" addr add 192.0.2.1/24 dev v0
    ip -n "$b" addr add 192.0.2.2/24 dev v0
    for ns in "$a" "$b"; do
        ip -n "$ns" link set lo up
        ip -n "$ns" link set v0 up
    done
}

# side, its namespace, suite, encapsulation, outer addresses, inner nets
end() {
    : >"$work/$1.out" # what an earlier run said is not what this one says
    ip netns exec "$2" "$build/tests/bench_path" "$build/libexec/hubward-path" "$1" "$3" "$4" \
        "$5" "$6" "$7" "$8" >"$work/$1.out" 2>"$work/$1.err" &
    for _ in $(seq 100); do
        grep -q '^ready' "$work/$1.out" && break
        sleep 0.05
    done
    tun=$(sed -n 's/^ready \([^ ]*\) .*/\1/p' "$work/$1.out")
    if [ -z "$tun" ]; then
        echo "path $1 did not start:" >&2
        cat "$work/$1.out" "$work/$1.err" >&2
        exit 1
    fi
    ip -n "$2" addr add "${7%0/24}1/24" dev "$tun"
    ip -n "$2" route add "$8" dev "$tun"
}

measure() {
    end a "$a" "$1" "$2" 192.0.2.1 192.0.2.2 10.91.1.0/24 10.91.2.0/24
    end b "$b" "$1" "$2" 192.0.2.2 192.0.2.1 10.91.2.0/24 10.91.1.0/24
    ip netns exec "$b" iperf3 -s -1 -B 10.91.2.1 >/dev/null 2>&1 &
    server=$!
    sleep 0.3
    ip netns exec "$a" ping -c 1 -W 2 -q 10.91.2.1 >/dev/null || echo "no ping" >&2
    ip netns exec "$a" iperf3 -c 10.91.2.1 -t "$seconds" -J >"$work/iperf.json"
    wait "$server"
    jq -r --arg name "$1 $2" '"\($name): \(.end.sum_received.bits_per_second / 1e7 | round / 100)" +
        " Gbit/s, \(.end.sum_sent.retransmits) retransmits"' "$work/iperf.json"
    for pid in $(jobs -p); do
        kill -TERM "$pid" 2>/dev/null
    done
    wait
    for side in a b; do
        sed "s/^/  $side: /" "$work/$side.err"
        grep '^drop' "$work/$side.out" | sed "s/^/  $side: /"
    done
    for ns in "$a" "$b"; do
        ip -n "$ns" -o link | sed -n 's/^[0-9]*: \(hwb[^:@]*\).*/\1/p' |
            while read -r name; do ip -n "$ns" link del "$name"; done
    done
}

network
for run in "${runs[@]}"; do
    measure "${run%:*}" "${run#*:}"
done
