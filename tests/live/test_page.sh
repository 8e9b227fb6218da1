#!/usr/bin/env bash
# The page of a running hub: who is connected, who was refused and why, addresses, processes, who was
# here; what it says while the store is away.
. "$(dirname "$0")/tap.sh"

get() {
    on hub curl -sS --max-time 5 "http://127.0.0.1:8500$1"
}

# api FILTER: the document of the page has this (jq).
api() {
    get /api/v1/sessions | jq -e "$1"
}

page_has() {
    get / | grep -E -- "$1"
}

status_of() {
    on hub curl -sS --max-time 5 -o /dev/null -w '%{http_code}' "$@"
}

pid_of() {
    star_ctl hub show processes --json | jq -r --arg role "$1" '.processes[] | select(.role == $role) | .pid'
}

# The stream of changes, into a file, until it is stopped.
stream_begin() {
    : >"$STAR_DIR/stream"
    exec_on hub curl -sSN --max-time 120 "$@" http://127.0.0.1:8500/api/v1/events >"$STAR_DIR/stream" 2>&1 &
    stream=$!
}

stream_end() {
    kill "$stream" 2>/dev/null
    wait "$stream" 2>/dev/null
}

streamed() {
    grep -E -- "$1" "$STAR_DIR/stream"
}

# streamed_change FILTER: a change has this (jq).
streamed_change() {
    sed -n '/^event: change/,/^data: /s/^data: //p' "$STAR_DIR/stream" | jq -e "$1"
}

star_up
check "the hub starts" star_hub "$root/examples/hub.conf"
soon "the page is live" page_has 'class="badge live"'
check "it says how to connect" page_has 'How to connect'
soon "every process is at work" api '[.processes[] | select(.ready)] | length == 6'
check "the pool is free" api '.pools[0].free == 254'
check "another method is refused" test "$(status_of -X POST http://127.0.0.1:8500/)" = 405
check "another host is refused" test "$(status_of -H 'Host: evil.example' http://127.0.0.1:8500/)" -ge 400

star_vpnc client gfullage wrongpwd
soon "a wrong password is a problem" api '.problems[] | select(.stage == "Xauth login") | .theirs == "user gfullage of group testgroup"'
check "with both sides and what would help" page_has 'check the user&#39;s name and password in login list clientauth'
star_stop vpnc-client
star_vpnc client gfullage gfullage
stream_begin
soon "a stream begins with everything" streamed '^event: snapshot'
check "a client is up" star_vpnc_up client
check "its login comes by the stream within three seconds" star_wait 3 streamed_change '.sessions.rows[] | select(.user == "gfullage" and .assigned == "10.5.5.1")'
soon "it is on the page, with its address" api '.sessions[] | select(.user == "gfullage" and .assigned == "10.5.5.1")'
check "its address is in use" api '.leases[] | select(.address == "10.5.5.1" and .active and .principal == "testgroup/gfullage")'
check "without script too" page_has 'data-label="User or peer"><span>gfullage'
soon "it is a known peer that is here" api '.peers[] | select(.principal == "testgroup/gfullage" and .up)'

before=$(streamed '^event: ' | wc -l)
sleep 5
check "what runs by itself is not told again each second" test $(($(streamed '^event: ' | wc -l) - before)) -le 3
kill -9 "$(pid_of key)"
soon "a death of key comes by the stream" streamed_change '.processes.rows[]? | select(.role == "key" and .restarts == 1)'
kill -STOP "$(pid_of key)"
soon "a key that hangs too" streamed_change '.live == false and .age_ms > 5000'
kill -CONT "$(pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x hubward-key)"
soon "and that it answers again" streamed_change '.live == true'
last=$(sed -n 's/^id: //p' "$STAR_DIR/stream" | tail -n 1)
stream_end
stream_begin -H "Last-Event-ID: $last"
sleep 3
refute "who comes back at once is not told everything" streamed '^event: snapshot'
stream_end
star_stop vpnc-client
star_vpnc client gfullage gfullage
check "the client is up again" star_vpnc_up client

# A store that is stopped hangs; one that is killed is started again at once.
kill -STOP "$(pid_of store)"
check "the tunnel does not miss the store" ping_ok client 10.1.1.10 60
check "a store that hangs does not hold up the rest" api '.live and (.sessions | length == 1)'
soon "and what it would know is said to be missing" api '(.missing | index("history")) and (.problems | length > 0)'
kill -CONT "$(pid_of store)"
old=$(pid_of store)
kill -9 "$old"
soon "a killed store is another process" api ".processes[] | select(.role == \"store\") | .ready and .restarts >= 1"
soon "what it remembers is there again" api '(.missing == []) and (.problems | length > 0)'

star_stop vpnc-client
soon "a session that ended has its reason" api '.history[] | select(.user == "gfullage" and .ended_s > 0 and .reason != "")'
soon "and its address is kept" api '.leases[] | select(.address == "10.5.5.1" and (.active | not) and .kept_ms > 0)'
soon "the peer is away" page_has 'data-label="Peer"><span>key-id testgroup'
tap_end vpnc-client
