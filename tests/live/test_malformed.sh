#!/usr/bin/env bash
# Datagrams that are no honest peer's: junk, other versions, recorded messages cut short, with flipped
# bits, or once more. The hub stays up and counts them by reason; a tunnel beside loses nothing, a
# session whose messages were misused lives on, and an honest handshake right after works.
. "$(dirname "$0")/tap.sh"

hub=10.48.67.181
rounds=300

# Lines of random octets of many sizes, in hexadecimal.
junk() {
    local i
    for i in $(seq $rounds); do
        head -c $((RANDOM % 1400 + 1)) /dev/urandom | od -An -v -tx1 | tr -d ' \n'
        echo
    done
}

# A header that the rest makes wrong: header NEXT VERSION EXCHANGE FLAGS LENGTH [BODY]
header() {
    printf '%s%s%s%s%s%s%s%s%s\n' 1122334455667788 0000000000000000 "$1" "$2" "$3" "$4" 00000000 "$5" "$6"
}

# Headers of other versions, exchanges, flags and lengths; chains that run past the end.
wrong_headers() {
    local zeros
    zeros=$(printf '00%.0s' $(seq 40))
    header 21 20 22 08 00000044 "$zeros"
    header 01 30 02 00 00000044 "$zeros"
    header 01 10 63 00 00000044 "$zeros"
    header 01 10 02 00 ffffffff "$zeros"
    header 01 10 02 00 00000010 "$zeros"
    header 01 10 02 01 00000044 "$zeros"
    header 01 10 02 00 00000044 "$zeros"
    header 01 10 02 00 00000044 "0000ffff${zeros:8}"
    header 01 10 04 00 00000044 "0a000003${zeros:8}"
    header 0b 10 05 00 00000044 "$zeros"
    header 08 10 20 01 00000044 "$zeros"
    printf '%s\n' ff 00 ffffffff 1122334455667788
}

marked() {
    sed 's/^/00000000/'
}

# attack SENTENCE ARGUMENT…: what stands on standard input is sent; at least something is.
attack() {
    local sentence=$1
    shift
    check "$sentence" on client "$STAR_DIR/send" "$@"
}

drops() {
    star_ctl hub show version --json | jq -r ".summary.drops.$1"
}

counted() {
    [ "$(drops "$1")" -gt 0 ]
}

# The process ids of the roles, to see that none was replaced.
roles() {
    ps -o pid=,comm= --ppid "$(cat "$STAR_DIR/hub.pid")" | sort
}

no_role_was_replaced() {
    [ "$(roles)" = "$roles_before" ]
}

half_open_bounded() {
    [ "$(star_ctl hub show version --json | jq .summary.ike_half_open)" -le 1000 ]
}

# What the client sent the hub on port 500 in the recording.
recorded() {
    tshark -r "$STAR_DIR/outside.pcap" -Y "ip.src == 10.51.82.100 and udp.dstport == 500" \
        -T fields -e udp.payload 2>/dev/null
}

recorded_esp() {
    tshark -r "$STAR_DIR/outside.pcap" --disable-protocol esp \
        -Y "ip.src == 10.51.82.100 and ip.proto == 50" -T fields -e data.data 2>/dev/null
}

star_up
cc -std=c17 -D_GNU_SOURCE -Wall -Wextra -o "$STAR_DIR/send" "$here/send.c"
check "the sender is there" test -x "$STAR_DIR/send"
extended "$root/examples/hub.conf" 'username second password 0 second-password' >"$STAR_DIR/hub.conf"
check "the hub starts" star_hub "$STAR_DIR/hub.conf"
check "the branch starts" star_spoke "$root/examples/spoke.conf"
soon "the branch's tunnel is up" ping_ok brlan 10.1.1.10 1
roles_before=$(roles)
capture_start
star_vpnc client gfullage gfullage "NAT Traversal Mode none"
check "a client's handshake is recorded" star_vpnc_up client
check "with some of its ESP" ping_ok client 10.1.1.10 5
capture_stop
recorded >"$STAR_DIR/recorded"
recorded_esp >"$STAR_DIR/recorded-esp"
check "the recording has messages" test "$(wc -l <"$STAR_DIR/recorded")" -ge 5
check "and ESP" test "$(wc -l <"$STAR_DIR/recorded-esp")" -ge 5

ip netns exec "$STAR-brlan" ping -n -i 0.05 -W 2 10.1.1.10 >"$STAR_DIR/beside.log" 2>&1 &
beside=$!
attack "random octets go to port 500" udp $hub 500 < <(junk)
attack "random octets go to port 4500" udp $hub 4500 < <(junk)
attack "random octets go to port 4500 behind the marker" udp $hub 4500 < <(junk | marked)
attack "random octets go out as protocol 50" raw $hub 50 < <(junk)
attack "random octets of every small size too" raw $hub 50 truncate 1 < <(junk | head -n 3 | cut -c 1-128)
attack "wrong headers go to port 500" udp $hub 500 < <(wrong_headers)
attack "wrong headers go to port 4500" udp $hub 4500 < <(wrong_headers | marked)
attack "every message of the recording is cut short" udp $hub 500 truncate 3 <"$STAR_DIR/recorded"
attack "every message gets flipped bits" udp $hub 500 flip 11 <"$STAR_DIR/recorded"
attack "behind the marker too" udp $hub 4500 flip 29 < <(marked <"$STAR_DIR/recorded")
attack "the recording is sent again" udp $hub 500 <"$STAR_DIR/recorded"
attack "its ESP is cut short" raw $hub 50 truncate 1 < <(head -n 2 "$STAR_DIR/recorded-esp")
attack "its ESP gets flipped bits" raw $hub 50 flip 1 < <(head -n 2 "$STAR_DIR/recorded-esp")
attack "its ESP is sent again" raw $hub 50 <"$STAR_DIR/recorded-esp"
sleep 1.5
kill -INT $beside
wait $beside
check "the tunnel beside has lost nothing" ping_lost "$STAR_DIR/beside.log" 0
check "no role was replaced" no_role_was_replaced
check "half-open exchanges are bounded" half_open_bounded
check "the session whose messages were misused lives on" ping_ok client 10.1.1.10
for reason in ike_short ike_version ike_length ike_exchange ike_flags ike_cookie ike_chain ike_half_open \
    esp_short esp_spi esp_auth esp_replay; do
    check "counted: $reason" counted $reason
done
check "the log stays short" test "$(wc -l <"$STAR_DIR/hub.log")" -lt 300
star_vpnc c1 second second-password "NAT Traversal Mode natt"
check "an honest handshake right after works" star_vpnc_up c1
check "and carries traffic" ping_ok c1 10.1.1.10
star_stop vpnc-client
star_vpnc client gfullage gfullage "NAT Traversal Mode none"
check "so does one from the very address of the junk" star_vpnc_up client
check "and it carries traffic" ping_ok client 10.1.1.10
tap_end vpnc-client vpnc-c1 beside
