# Two path processes with fixed keys, a and b, in two network namespaces joined by a veth pair, each
# under the harness bench_path. Source it with $build and $pair set; the scripts of the path tests
# and benchmarks.

a=$pair$$a b=$pair$$b
work=$(mktemp -d)

pair_clean() {
    pair_stop
    ip netns del "$a" 2>/dev/null
    ip netns del "$b" 2>/dev/null
    rm -rf "$work"
}
trap pair_clean EXIT

# Until the command succeeds, for 10 s at most.
wait_for() {
    local i
    for i in $(seq 200); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    return 1
}

pair_network() {
    local ns
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
pair_end() {
    local tun
    : >"$work/$1.out" # what an earlier run said is not what this one says
    ip netns exec "$2" "$build/tests/bench_path" "$build/libexec/hubward-path" "$1" "$3" "$4" \
        "$5" "$6" "$7" "$8" >"$work/$1.out" 2>"$work/$1.err" &
    if ! wait_for grep -q '^ready' "$work/$1.out"; then
        echo "path $1 did not start:" >&2
        cat "$work/$1.out" "$work/$1.err" >&2
        exit 1
    fi
    tun=$(sed -n 's/^ready \([^ ]*\) .*/\1/p' "$work/$1.out")
    ip -n "$2" addr add "${7%0/24}1/24" dev "$tun"
    ip -n "$2" route add "$8" dev "$tun"
}

# suite, encapsulation: 10.91.1.1 on a and 10.91.2.1 on b, a tunnel between them
pair_start() {
    pair_end a "$a" "$1" "$2" 192.0.2.1 192.0.2.2 10.91.1.0/24 10.91.2.0/24
    pair_end b "$b" "$1" "$2" 192.0.2.2 192.0.2.1 10.91.2.0/24 10.91.1.0/24
}

# Every background program of the script ends, and the TUNs go.
pair_stop() {
    local pid ns name
    for pid in $(jobs -p); do
        kill -TERM "$pid" 2>/dev/null
    done
    wait
    for ns in "$a" "$b"; do
        for name in $(ip -n "$ns" -o link 2>/dev/null | sed -n 's/^[0-9]*: \(hwb[^:@]*\).*/\1/p'); do
            ip -n "$ns" link del "$name"
        done
    done
}
