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
pair=hwbench
. "$(dirname "$0")/../live/pair.sh"

measure() {
    local server side
    pair_start "$1" "$2"
    ip netns exec "$b" iperf3 -s -1 -B 10.91.2.1 >/dev/null 2>&1 &
    server=$!
    sleep 0.3
    ip netns exec "$a" ping -c 1 -W 2 -q 10.91.2.1 >/dev/null || echo "no ping" >&2
    ip netns exec "$a" iperf3 -c 10.91.2.1 -t "$seconds" -J >"$work/iperf.json"
    wait "$server"
    jq -r --arg name "$1 $2" '"\($name): \(.end.sum_received.bits_per_second / 1e7 | round / 100)" +
        " Gbit/s, \(.end.sum_sent.retransmits) retransmits"' "$work/iperf.json"
    pair_stop
    for side in a b; do
        sed "s/^/  $side: /" "$work/$side.err"
        grep '^drop' "$work/$side.out" | sed "s/^/  $side: /"
    done
}

pair_network
for run in "${runs[@]}"; do
    measure "${run%:*}" "${run#*:}"
done
