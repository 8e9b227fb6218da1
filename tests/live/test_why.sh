#!/usr/bin/env bash
# The answers to "why": real peers are refused, `explain` says why, also after the hub was started
# again; `what-if` says the same of peers that are only described, of a running hub and of a file.
. "$(dirname "$0")/tap.sh"

# exits STATUS COMMAND…
exits() {
    local want=$1
    shift
    "$@"
    [ $? = "$want" ]
}

# A vpnc that gives up.
refused_client() {
    star_vpnc client "$1" "$2" "NAT Traversal Mode natt"
    star_wait 15 star_gone vpnc-client
}

# says TEXT PATTERN…: the text has each of these, as lines in this order.
says() {
    local text=$1 at=0 line
    shift
    for pattern; do
        line=$(tail -n +$((at + 1)) <<<"$text" | grep -nE -m 1 -- "$pattern" | cut -d: -f1)
        [ -n "$line" ] || return 1
        at=$((at + line))
    done
}

# explained WHO PATTERN…
explained() {
    local who=$1
    shift
    says "$(star_ctl hub explain peer "$who")" "$@"
}

what_if_says() {
    local words=$1
    shift
    says "$(star_ctl hub what-if $words)" "$@"
}

# What a file says and what the hub that runs it says is the same, apart from the numbers of lines.
without_lines() {
    sed -E 's/line [0-9]+ */line N/g; /^Lines are/d'
}
same_of_file_and_hub() {
    diff <("$HUBWARD_BIN/hubctl" --config "$root/examples/hub.conf" what-if "$@" | without_lines) \
        <(star_ctl hub what-if "$@" | without_lines)
}

group_words='from 10.51.82.100 mode aggressive id key-id'
branch_words='from 10.100.2.102 offer 3des-sha-2 esp-3des-sha proxies 10.1.0.0/16 10.2.0.0/16'

# -- without any hub -------------------------------------------------------------------------------
mkdir -p "$STAR_DIR"
file=(exits 0 "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/none" --config "$root/examples/hub.conf" what-if)
check "what-if takes the branch of a file" "${file[@]}" $branch_words
file[1]=4
check "it refuses a group that the file does not have" "${file[@]}" $group_words nosuchgrp
file[1]=2
check "it complains about words that describe nobody" "${file[@]}" from 10.100.2.102 port 0
check "without a file it says that no hub is there" exits 3 "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/none" what-if $branch_words

# -- peers that are refused ------------------------------------------------------------------------
star_up
check "the hub starts on the document's configuration" star_hub "$root/examples/hub.conf"
check "nobody was refused yet" exits 4 star_ctl hub explain last
STAR_GROUP=nosuchgrp check "a client of an unknown group gives up" refused_client gfullage gfullage
soon "explain names the group that is there, and the change" explained nosuchgrp 'key-id nosuchgrp' 'client group: REFUSED' 'group testgroup +line 33 +it is for another name' 'Ours: +no group of this name' 'Change: +add crypto isakmp client configuration group nosuchgrp'
check "its identity as it is printed does, too" explained 'key-id nosuchgrp' 'client group: REFUSED'
check "so does the latest of all" hub_shows 'client group: REFUSED' explain last
check "what-if says the same of it" what_if_says "$group_words nosuchgrp" 'AM1, client group: REFUSED' 'group testgroup +line [0-9]+ +it is for another name' 'Change: +add crypto isakmp client configuration group nosuchgrp' 'Refused at AM1'
check "a client with a wrong password gives up" refused_client gfullage wrongpwd
soon "explain finds the user by name" explained gfullage 'Xauth login: REFUSED, user or password wrong' 'Ours: +login list clientauth' 'Theirs: +user gfullage of group testgroup'
check "what-if judges no password, and says so" what_if_says "$group_words testgroup" 'Xauth login: accepted' 'a user and a password, which are not judged here' '^Accepted'
on client ike-scan --sport=0 --retry=1 -M --trans='(1=7,14=256,2=4,3=1,4=14)' 10.48.67.181 >/dev/null
soon "explain has both sides of a proposal that was refused" explained 10.51.82.100 'phase 1 proposal: REFUSED, encryption algorithm differs' 'policy 10 +line 27' 'Ours: +policy 10 \(line 27\): 3des sha group 2' 'Theirs: +aes-256 sha256 group 14' 'Change: +add a policy with encr aes 256'
check "what-if refuses the same proposal for the same reason" what_if_says 'from 10.51.82.100 offer aes-256-sha256-14' 'phase 1 proposal: REFUSED, encryption algorithm differs' 'Change: +add a policy with encr aes 256'
check "an address has the refusals of all that came from it, the latest first" explained 10.51.82.100 'phase 1 proposal' 'Xauth login' 'client group'
check "explain of somebody else exits with 4" exits 4 star_ctl hub explain peer 203.0.113.9
check "its document holds the candidates" sh -c "'$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub-run' explain peer nosuchgrp --json | jq -e '.decisions[0].candidates[0] | .name == \"group testgroup\" and .line == 33'"

# -- a described peer, and what runs ---------------------------------------------------------------
check "what-if takes the branch as it will come" exits 0 star_ctl hub what-if $branch_words
check "file and hub say the same of the branch" same_of_file_and_hub $branch_words
check "and of clients" same_of_file_and_hub $group_words testgroup
check "and of who is refused" same_of_file_and_hub $group_words nosuchgrp
check "no secret is in what the hub is asked for" sh -c "! '$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub-run' what-if $branch_words | grep -E 'cisco123|cisco321'"
sed 's/^hostname Spoke/&\nhubward dial on-start/' "$root/examples/spoke.conf" >"$STAR_DIR/spoke.conf"
check "the branch itself is started" star_spoke "$STAR_DIR/spoke.conf"
soon "it comes up, as what-if said" hub_shows '10\.2\.0\.0' show crypto ipsec sa
check "explain has nothing of the branch" exits 4 star_ctl hub explain peer "$(star_branch_address)"

# -- next morning ----------------------------------------------------------------------------------
star_stop spoke
star_stop hub
rm "$STAR_DIR/hub.log"
check "the hub starts again" star_hub "$root/examples/hub.conf"
soon "explain still knows the unknown group" explained nosuchgrp 'client group: REFUSED' 'group testgroup +line 33' 'Change: '
check "and the wrong password" explained gfullage 'Xauth login: REFUSED'
check "and the proposal" explained 10.51.82.100 'phase 1 proposal: REFUSED' 'Theirs: +aes-256 sha256 group 14'
check "with the time of the day before" sh -c "'$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub-run' explain last --json | jq -e '.decisions[0].last_s < .hub.started_s'"
tap_end vpnc-client
