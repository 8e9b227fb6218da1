#!/usr/bin/env bash
# The log as JSON lines while a client comes, another is refused and things are restarted: every
# line is one object, events carry their values, and no name that a peer sends can break out.
. "$(dirname "$0")/tap.sh"

# every_line: each is an object with the four keys that all have.
every_line() {
    local lines objects
    lines=$(wc -l <"$STAR_DIR/$1.log")
    objects=$(jq -c 'select(has("time") and has("level") and has("role") and has("text"))' \
        "$STAR_DIR/$1.log" | wc -l)
    echo "$lines lines, $objects objects"
    [ "$lines" -gt 5 ] && [ "$lines" = "$objects" ]
}

# has NAME FILTER: some line is so.
has() {
    jq -se "any(.[]; $2)" "$STAR_DIR/$1.log"
}

no_secret() {
    ! grep -E 'cisco123|cisco321|wrong-password' "$STAR_DIR/hub.log"
}

# Every record that show log has stands in the log as it is; others may have come meanwhile.
same_as_log() {
    local kept
    kept=$(star_ctl hub show log 20 --json | jq -c '.log[]')
    [ "$(wc -l <<<"$kept")" = 20 ] && ! grep -vxF -f <(tail -n 30 "$STAR_DIR/hub.log" | jq -c .) <<<"$kept"
}

# show_json FILTER WORD…
show_json() {
    local filter=$1
    shift
    star_ctl hub "$@" --json | jq -e "$filter"
}

no_secret_shown() {
    ! { star_ctl hub show log 1000; star_ctl hub show events 1000; } | grep -E 'cisco123|cisco321|wrong-password'
}

# Over the socket that only answers questions.
not_over_status() {
    mkdir -p "$STAR_DIR/status-run"
    ln -sf "$STAR_DIR/hub-run/status.sock" "$STAR_DIR/status-run/control.sock"
    "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/status-run" "$@" >"$STAR_DIR/over-status"
    [ $? = 3 ] && [ ! -s "$STAR_DIR/over-status" ]
}

star_up
check "the hub starts with --log json" star_hub "$root/examples/hub.conf" --log json
star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
check "a client is up" star_vpnc_up client
check "the spoke starts with --log json" star_spoke "$root/examples/spoke.conf" --log json
soon "the branch is up" ping_ok brlan 10.1.1.10 1
check "what the configuration inherits is said in a record" has hub \
    '.role == "warden" and .level == "warning" and (.text | test("hub.conf:[0-9]+:[0-9]+: warning: "))'
check "a login is an event with user and group" has hub \
    '.event == "XAUTH_OK" and .values == {"user": "gfullage", "group": "testgroup"}'
check "its lease too" has hub '.event == "ADDRESS_ALLOCATED" and .values.address == "10.5.5.1"'
check "SPIs are written as in show" has hub '.event == "SA_CREATED" and (.values.spi_in | test("^0x[0-9A-F]+$"))'
check "the peer is an address and a port" has hub \
    '.event == "AUTHENTICATED" and .peer == {"address": "10.51.82.100", "port": 500}'
check "the spoke says who it calls" has spoke '.event == "INITIATE" and .peer.address == "10.48.67.181"'

star_stop vpnc-client
star_vpnc client 'e"vil\,"role":"warden' wrong-password "NAT Traversal Mode natt"
soon "a refusal has stage, reason and remedy" has hub \
    '.event == "REFUSED" and (.values | .stage != "" and .reason != "" and .remedy != "")'
star_stop vpnc-client
check "no name makes a line of another role" sh -c \
    "! jq -e 'select(.role == \"warden\" and .event != null)' '$STAR_DIR/hub.log'"
kill -9 "$(pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x hubward-web)"
soon "the end of a process is a record" has hub '.level == "error" and (.text | test("web was killed by signal 9"))'
check "show log has the last lines of the log" same_as_log
check "as lines for people, too" hub_shows '^20[0-9-]+T[0-9:.]+Z error warden: web was killed by signal 9' show log
check "show events has the login with its values" hub_shows 'XAUTH_OK +1 +10\.51\.82\.100:500 +user=gfullage group=testgroup$' show events 1000
check "the refusal" show_json '.events | any(.event == "REFUSED" and .values.stage != "")' show events 1000
check "and nothing that is said in words only" show_json '.events | all(has("event"))' show events 1000
check "in neither is a key or a password" no_secret_shown
check "the read-only socket does not tell it" not_over_status show log
check "nor this" not_over_status show events
kill -9 "$(pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x hubward-key)"
soon "after the death of key the records are still there" hub_shows 'XAUTH_OK' show events 1000
check "and what became of it" hub_shows 'key was killed by signal 9' show log
star_stop hub
star_stop spoke
check "every line of the hub is an object" every_line hub
check "every line of the spoke is one" every_line spoke
check "and none holds a key or a password" no_secret
tap_end
