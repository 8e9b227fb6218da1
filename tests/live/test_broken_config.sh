#!/usr/bin/env bash
# Broken configurations: the message has file, line, column, the line and a caret; the exit status is
# 78; nothing is started or changed. The document's configurations pass --check.
. "$(dirname "$0")/tap.sh"

# What a start could have changed in the hub's node, and on disk.
state() {
    on hub ip -o link
    on hub ip rule
    on hub ip route show table all
    on hub nft list ruleset
    on hub ss -lnutwx | grep -v -e "State" -e "@"
    find "$STAR_DIR/broken-run" "$STAR_DIR/broken-state" 2>/dev/null
}

unchanged() {
    diff <(printf '%s\n' "$before") <(state)
}

# hubd with directories of its own; its message and its exit status are kept.
start() {
    on hub timeout 10 "$HUBWARD_BIN/hubd" "$@" --map FastEthernet0/0=eth0 --map FastEthernet0/1=eth1 \
        --run-dir "$STAR_DIR/broken-run" --state-dir "$STAR_DIR/broken-state" \
        >"$STAR_DIR/said" 2>&1
    status=$?
    cat "$STAR_DIR/said"
}

# The document's configuration with one line instead of another: broken LINE-NUMBER TEXT
broken() {
    sed "$1s|.*|$2|" "$root/examples/hub.conf" >"$STAR_DIR/broken.conf"
}

# The message of this place, the line under it (a secret in it as stars), the caret under the word.
message_at() {
    local line=$1 column=$2 pattern=$3 shown caret text
    grep -A2 -E "broken\.conf:$line:$column: error: .*$pattern" "$STAR_DIR/said" >"$STAR_DIR/message" || return 1
    shown=$(sed -n 2p "$STAR_DIR/message")
    caret=$(sed -n 3p "$STAR_DIR/message")
    text=$(sed -n "${line}p" "$STAR_DIR/broken.conf")
    [[ "$shown" = "$text" || "$shown" =~ ^"${text:0:column-1}"\*+$ ]] && [[ "$caret" =~ ^\ {$((column - 1))}\^~*$ ]]
}

status_is() {
    [ "$status" = "$1" ]
}

# refused SENTENCE LINE COLUMN PATTERN: by --check and by a start, with nothing changed.
refused() {
    local way
    for way in --check ""; do
        start -c "$STAR_DIR/broken.conf" $way >>"$STAR_DIR/check.log"
        check "$1${way:+ ($way)}: exit status 78" status_is 78
        check "$1${way:+ ($way)}: file, line, column, the line and a caret" message_at "$2" "$3" "$4"
        check "$1${way:+ ($way)}: nothing is started or changed" unchanged
    done
}

star_up
before=$(state)
for config in hub hub-clean spoke; do
    for program in hubd spoked; do
        check "$program --check accepts $config.conf" on hub "$HUBWARD_BIN/$program" --check -c "$root/examples/$config.conf"
    done
done
check "--check changes nothing" unchanged

broken 62 'crypto ipsec transfrom-set myset esp-3des esp-sha-hmac'
refused "an unknown crypto command" 62 14 'transform-set'
broken 28 '  encr 4des'
refused "an unknown algorithm" 28 8 '4des'
broken 81 '  ip address 10.48.67.181 255.255.0.255'
refused "a mask with a hole" 81 27 '255\.255\.0\.255'
broken 43 '  pool nosuchpool'
refused "a pool that is not there" 43 8 'nosuchpool'
broken 67 '  set transform-set nosuchset'
refused "a transform-set that is not there" 67 21 'nosuchset'
broken 25 '  pre-shared-key address 0.0.0.0 0.0.0.0 key <hidden>'
refused "a text that hides a secret" 25 46 'hidden'
broken 10 'username gfullage password 7 02zz024E070A0E2649'
refused "a type 7 password that is none" 10 30 'not a type 7 text'

for missing in "$STAR_DIR/nosuch.conf" "$STAR_DIR"; do
    start -c "$missing" >>"$STAR_DIR/check.log"
    check "${missing##*/} is no file: exit status 78" status_is 78
    check "${missing##*/} is no file: its name and why" grep -E "^$missing: error: (cannot be read: No such file|not a file)" "$STAR_DIR/said"
    check "${missing##*/} is no file: nothing is started or changed" unchanged
done

on hub timeout 10 "$HUBWARD_BIN/hubd" -c "$root/examples/hub.conf" --run-dir "$STAR_DIR/broken-run" \
    --state-dir "$STAR_DIR/broken-state" >"$STAR_DIR/said" 2>&1
status=$?
check "a crypto map on an interface that Linux lacks: exit status 78" status_is 78
check "it says what to add" grep -E 'hub\.conf:[0-9]+:1: error: FastEthernet0/0 has a crypto map and no Linux interface: add' "$STAR_DIR/said"
check "and nothing is started or changed" unchanged
start --nonsense >>"$STAR_DIR/check.log"
check "an unknown option: exit status 64" status_is 64

check "a good configuration starts" star_hub "$root/examples/hub.conf"
running=$(on hub ip -o link; on hub nft list ruleset; on hub ip rule)
start -c "$STAR_DIR/broken.conf" >>"$STAR_DIR/check.log"
check "a broken start beside a running hub is refused" status_is 78
on hub timeout 10 "$HUBWARD_BIN/hubd" -c "$root/examples/hub.conf" --map FastEthernet0/0=eth0 \
    --run-dir "$STAR_DIR/hub-run" --state-dir "$STAR_DIR/hub-state" >"$STAR_DIR/said" 2>&1
check "a second instance with its directories is refused" grep -q 'another instance runs' "$STAR_DIR/said"
on hub timeout 10 "$HUBWARD_BIN/hubd" -c "$root/examples/hub.conf" --map FastEthernet0/0=eth0 \
    --run-dir "$STAR_DIR/other-run" --state-dir "$STAR_DIR/other-state" >"$STAR_DIR/said" 2>&1
status=$?
check "one with its ports is refused" status_is 1
check "and says which port is taken" grep -iE 'port (4)?500|500' "$STAR_DIR/said"
check "the running hub has kept its device, rules and filter" test "$running" = "$(on hub ip -o link; on hub nft list ruleset; on hub ip rule)"
check "and answers" hub_shows 'Hubward' show version
star_stop hub
check "after a stop nothing is left" unchanged
tap_end said
