#!/usr/bin/env bash
# Accounting as operators read it: a client's session leaves a start, records in between and a stop,
# with what it carried and why it ended; also when the process that knew it was killed.
. "$(dirname "$0")/tap.sh"

make_config() {
    sed -e 's/^ *match identity group testgroup.*/&\n accounting acct/' -e '/^end *$/d' "$root/examples/hub.conf"
    printf '%s\n' 'aaa accounting network acct start-stop' 'aaa accounting update periodic 1' end
}

# The records of a user, oldest first, a line each.
records() {
    star_ctl hub --json show accounting user "$1" | jq -r ".accounting | reverse | map(.record) | join(\" \")"
}
have() {
    [ "$(records gfullage)" = "$1" ]
}
# of_last FILTER: of the newest record of the user.
of_last() {
    star_ctl hub --json show accounting user gfullage | jq -e ".accounting[0] | $1"
}
client_in() {
    star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
    star_vpnc_up client
}
hub_role() {
    local pid
    for pid in $(ip netns pids "$STAR-hub"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] && echo "$pid" && return
    done
    return 1
}

star_up
make_config >"$STAR_DIR/hub.conf"
check "the hub starts" star_hub "$STAR_DIR/hub.conf"
check "nobody was here yet" star_ctl hub show accounting
refute "and no record is of a user" star_ctl hub show accounting user gfullage
check "a client logs in" client_in
soon "its session has begun" have start
check "with its address" of_last ".assigned == \"$(star_lease client)\""
check "packets pass" ping_ok client 10.1.1.10
check "the log has it with its values" logged hub 'accounting start of gfullage'
star_wait 90 have 'start interim'
check "a minute later there is one in between" have 'start interim'
check "with a duration" of_last '.duration_s >= 55 and .duration_s <= 75'
star_stop vpnc-client
soon "the client leaves: its session is over" have 'start interim stop'
check "with the reason" of_last '.reason == "deleted by the peer"'
check "with octets and packets both ways" of_last '.bytes_in > 0 and .packets_in > 0 and .bytes_out > 0 and .packets_out > 0'
check "people read the same" hub_shows 'stop +gfullage +testgroup .*deleted by the peer' show accounting user gfullage
check "the log has the end, too" logged hub 'accounting stop of gfullage: [0-9]+ octets in'
check "another session begins" client_in
soon "with records of its own" have 'start interim stop start'
kill -9 "$(hub_role hubward-key)"
soon "a killed process's sessions are stopped" have 'start interim stop start stop'
check "and that is the reason" of_last '.reason == "the keying process ended"'
star_stop vpnc-client
tap_end vpnc-client
