#!/usr/bin/env bash
# The two routers of the document on keyrings, whose tunnel comes up from one side only: each has two
# keyrings with a key for the other, and the profile of the other's identity uses one of them. Then with
# different keys, and with key-selection verify, where both sides come up.
. "$(dirname "$0")/tap.sh"
golden=$root/tests/golden/why
mkdir -p "$STAR_DIR"

# Two namespaces and a cable; r1 stands where the star has its branch, r2 where it has its hub, or the
# other way round.
cable() {
    local node
    star_down
    for node in hub branch; do
        ip netns add "$STAR-$node"
        ip -n "$STAR-$node" link set lo up
        ip -n "$STAR-$node" link add inside type dummy
        ip -n "$STAR-$node" link set inside up
    done
    ip link add eth0 netns "$STAR-hub" type veth peer name eth0 netns "$STAR-branch"
    node_is hub "$1"
    node_is branch "$2"
}

# node_is NODE r1|r2: its addresses.
node_is() {
    local side=${2#r}
    ip -n "$STAR-$1" addr add "192.168.0.$side/24" dev eth0
    ip -n "$STAR-$1" addr add "192.168.${side}00.1/24" dev inside
    ip -n "$STAR-$1" link set eth0 up
    ip -n "$STAR-$1" route add default via "192.168.0.$((3 - side))"
}

# play INITIATOR RESPONDER [LINE]: both run, the initiator dials; the line is the responder's.
play() {
    star_stop hub
    star_stop spoke
    rm -f "$STAR_DIR/hub.log" "$STAR_DIR/spoke.log"
    cable "$2" "$1"
    { sed '/^end/d' "${responder:-$golden/$2.conf}"; echo "${3:-}"; } >"$STAR_DIR/responder.conf"
    { sed '/^end/d' "$golden/$1.conf"; echo "hubward dial on-start"; } >"$STAR_DIR/initiator.conf"
    star_hub "$STAR_DIR/responder.conf" --map Ethernet0/0=eth0 &&
        star_spoke "$STAR_DIR/initiator.conf" --map Ethernet0/0=eth0
}

up() {
    logged spoke 'IPSEC: tunnel up with' && spoke_shows "$1" show crypto session
}

check "R1 begins: both routers start" play r1 r2
soon "R1's tunnel to R2 comes up" up 192.168.200.0
check "R2 refused nobody" test "$(grep -c refused "$STAR_DIR/hub.log")" = 0

check "R2 begins: both routers start" play r2 r1
soon "R2 dials" logged spoke 'beginning Main Mode'
soon "R1 ends it in the document's words" logged hub 'Key not found in keyrings of profile, aborting exchange'
check "and says what would help" logged hub "to accept it: add 'keyring keyring1' to profile profile2"
refute "there is no tunnel" logged spoke 'IPSEC: tunnel up'

sed '0,/key cisco/s//key other/' "$golden/r1.conf" >"$STAR_DIR/different.conf"
responder=$STAR_DIR/different.conf
check "different keys: both routers start" play r2 r1
soon "R2 dials" logged spoke 'beginning Main Mode'
soon "R1 says which key its message was made with" logged hub \
    'MM5 did not decrypt with the key of keyring keyring1 line [0-9]+; it does with keyring keyring2 line [0-9]+'
refute "there is no tunnel" logged spoke 'IPSEC: tunnel up'

check "the same with key-selection verify: both routers start" play r2 r1 "hubward key-selection verify"
soon "R2's tunnel to R1 comes up, too" up 192.168.100.0
check "R1 knows it by the key that it proved to have" hub_shows 'key/keyring2/192.168.0.2' show peers --json
responder=

check "equal keys are refused with verify, by line" \
    eval '! play r2 r1 "hubward key-selection verify" && logged hub "the same key as in line"'
tap_end
