# Sentences and their verdicts for live tests. Source it, say `check "sentence" command…`, end with
# `tap_end`. A star that the test made is removed whatever happens.

tap_good=0 tap_bad=0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
HUBWARD_BIN=${HUBWARD_BIN:-$root/build/bin}
STAR=t$$
STAR_DIR=/tmp/hubward-live-$$
. "$here/star.sh"

# Clients first: one whose hub is gone takes its time to leave.
tap_clean() {
    local file name
    for file in "$STAR_DIR"/*.pid; do
        name=${file##*/}
        case ${name%.pid} in '*' | hub | spoke | dnsmasq | dhclient) ;; *) star_stop "${name%.pid}" ;; esac
    done
    star_stop hub
    star_stop spoke
    star_down
    rm -rf "$STAR_DIR"
}
trap tap_clean EXIT

ok() {
    printf 'ok - %s\n' "$1"
    tap_good=$((tap_good + 1))
}

not_ok() {
    printf 'not ok - %s\n' "$1"
    tap_bad=$((tap_bad + 1))
}

# check SENTENCE COMMAND…
check() {
    local sentence=$1
    shift
    if "$@" >>"$STAR_DIR/check.log" 2>&1; then ok "$sentence"; else not_ok "$sentence"; fi
}

# refute SENTENCE COMMAND…: the command must fail.
refute() {
    local sentence=$1
    shift
    if "$@" >>"$STAR_DIR/check.log" 2>&1; then not_ok "$sentence"; else ok "$sentence"; fi
}

# soon SENTENCE COMMAND…: within 20 s.
soon() {
    local sentence=$1
    shift
    check "$sentence" star_wait 20 "$@"
}

# logged NAME PATTERN: the log of hub, spoke or a client has such a line.
logged() {
    grep -qE "$2" "$STAR_DIR/$1.log"
}

# hub_shows PATTERN WORD…: the hub's answer to a command has such a line. spoke_shows: the spoke's.
hub_shows() {
    star_ctl hub "${@:2}" | grep -E -- "$1"
}

spoke_shows() {
    star_ctl spoke "${@:2}" | grep -E -- "$1"
}

# hub_hides PATTERN WORD…: it answers, without such a line.
hub_hides() {
    local answer
    answer=$(star_ctl hub "${@:2}") && ! grep -E -- "$1" <<<"$answer"
}

# A configuration with lines more before its `end`: extended FILE LINE… on standard output.
extended() {
    local file=$1
    shift
    sed '/^end *$/d' "$file"
    printf '%s\n' "$@" end
}

# ping_ok NODE ADDRESS [COUNT]: every one of them is answered.
ping_ok() {
    on "$1" ping -n -c "${3:-3}" -i 0.2 -W 2 "$2" | grep -F ' 0% packet loss'
}

# ping_lost FILE MOST [LEAST]: of what a ping wrote that was ended by a signal: at most MOST went
# unanswered, of at least LEAST (20). The very last may have been under way and does not count.
ping_lost() {
    awk -F 'icmp_seq=' -v most="$2" -v least="${3:-20}" '
        /bytes from/ && !/DUP/ { answered++; if ($2 + 0 > last) last = $2 + 0 }
        / packets transmitted/ { sent = $1 + 0 }
        END {
            lost = sent - answered - (last < sent)
            print sent " sent, " answered " answered, " lost " lost"
            exit !(sent >= least && lost <= most)
        }' "$1"
}

# What the hub's outside interface sees (outside.pcap) and all that the provider sees, of every link
# (provider.pcap), from now on until capture_stop.
capture_start() {
    rm -f "$STAR_DIR/outside.pcap" "$STAR_DIR/provider.pcap"
    exec_on hub tcpdump --immediate-mode -i eth0 -U -w "$STAR_DIR/outside.pcap" >/dev/null 2>&1 &
    capture_pids=$!
    exec_on isp tcpdump --immediate-mode -i any -U -w "$STAR_DIR/provider.pcap" >/dev/null 2>&1 &
    capture_pids="$capture_pids $!"
    star_wait 5 test -s "$STAR_DIR/outside.pcap" -a -s "$STAR_DIR/provider.pcap"
}

capture_stop() {
    sleep 0.5
    kill $capture_pids 2>/dev/null
    wait $capture_pids 2>/dev/null
}

# The provider sees no protected address: 10.1/16, 10.2/16, 10.5/16 as IP source or target.
no_clear_bytes() {
    local n
    n=$(tshark -r "$STAR_DIR/provider.pcap" -Y 'not icmp.type == 3 and (ip.addr == 10.1.0.0/16 or
        ip.addr == 10.2.0.0/16 or ip.addr == 10.5.0.0/16)' 2>/dev/null | wc -l)
    [ "$n" = 0 ] && [ -s "$STAR_DIR/provider.pcap" ]
}

esp_seen() {
    [ "$(tshark -r "$STAR_DIR/outside.pcap" -Y esp 2>/dev/null | wc -l)" -ge "${1:-4}" ]
}

# tshark finds nothing malformed and no expert error in what left this address.
# A NAT may give a peer the port of another protocol, as which tshark then reads what goes there.
well_formed_from() {
    local found
    found=$(tshark -r "$STAR_DIR/outside.pcap" -Y "ip.src == $1 and (isakmp or udpencap or esp or
        icmp) and (_ws.malformed or _ws.expert.severity == error)" -T fields -e frame.number -e _ws.col.Info \
        -e _ws.expert.message -e udp.payload 2>/dev/null)
    printf '%s\n' "$found" | cut -c 1-400 >&2
    [ -z "$found" ]
}

tap_end() {
    if [ $tap_bad != 0 ]; then
        for log in hub spoke check "$@"; do
            [ -f "$STAR_DIR/$log.log" ] && printf -- '--- %s\n' "$log" && tail -n 40 "$STAR_DIR/$log.log"
        done
    fi
    printf '%s: %s passed, %s failed\n' "${0##*/}" "$tap_good" "$tap_bad"
    [ $tap_bad = 0 ]
}
