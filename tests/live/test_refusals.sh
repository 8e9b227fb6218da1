#!/usr/bin/env bash
# Peers that must be refused: wrong group, key, user, password, proposal, selector. Each gets the
# protocol's answer, the same for names that exist and names that do not; the hub logs one line with
# the stage, both sides' values and the change that would help; nothing is established.
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

mark() {
    log_at=$(wc -l <"$STAR_DIR/hub.log")
}

since_mark() {
    tail -n +$((log_at + 1)) "$STAR_DIR/hub.log"
}

# Since the mark the hub has logged one refusal of this stage and peer, with our value and this hint.
# (Clients that were refused without their knowing get a line of their own half a minute later.)
one_refusal() {
    [ "$(since_mark | grep -cE " refused at $1: .*; peer: $2; ours: ")" = 1 ] &&
        since_mark | grep -E " refused at $1: .*; peer: $2; ours: $3; to accept it: $4"
}

# No phase 1 is authenticated, no tunnel is there.
nothing_up() {
    star_ctl hub show crypto session --json |
        jq -e '([.sessions[] | select(.established)] | length) + (.tunnels | length) == 0'
}

# What the hub answered the client whose exchange opens the capture: types and sizes, in order,
# without retransmissions.
answers() {
    local cookie
    cookie=$(tshark -r "$STAR_DIR/outside.pcap" -Y 'isakmp and ip.src == 10.51.82.100' \
        -T fields -e isakmp.ispi 2>/dev/null | head -n 1)
    tshark -r "$STAR_DIR/outside.pcap" -Y "ip.src == 10.48.67.181 and isakmp.ispi == $cookie" \
        -T fields -e isakmp.exchangetype -e ip.len 2>/dev/null | uniq
}

# refused_client NAME USER PASSWORD: a vpnc that gives up; the answers it got are kept under NAME.
refused_client() {
    capture_start
    star_vpnc client "$2" "$3" "NAT Traversal Mode natt"
    star_wait 15 star_gone vpnc-client
    local gave_up=$?
    capture_stop
    answers >"$STAR_DIR/answers-$1"
    return $gave_up
}

same_answers() {
    [ -s "$STAR_DIR/answers-$1" ] && diff "$STAR_DIR/answers-$1" "$STAR_DIR/answers-$2"
}

# scan NAME OPTION…: ike-scan from the client; its view of the answer, without what is random.
scan() {
    local name=$1
    shift
    capture_start
    on client ike-scan --sport=0 --retry=1 -M "$@" 10.48.67.181 | grep -P '^\t|^10\.' |
        sed 's/(CKY-R=[^)]*)//' >"$STAR_DIR/scan-$name"
    capture_stop
    answers >"$STAR_DIR/answers-$name"
}

scan_says() {
    grep -E "$2" "$STAR_DIR/scan-$1"
}

same_scans() {
    same_answers "$1" "$2" && diff "$STAR_DIR/scan-$1" "$STAR_DIR/scan-$2"
}

# A strongSwan branch with these values gets no tunnel, and hears why as the notification says.
refused_branch() {
    local notification=$1 said
    shift
    swan_load branch < <(swan_branch_conf "$@")
    said=$(swan branch --initiate --child net --timeout 3 2>&1)
    local up=$?
    swan branch --terminate --ike hub --timeout 2
    echo "$said"
    [ $up != 0 ] && grep -E "$notification" <<<"$said"
}

star_up
check "the hub starts on the document's configuration" star_hub "$root/examples/hub.conf"

# -- the group -------------------------------------------------------------------------------------
mark
STAR_GROUP=nosuchgrp check "a client of an unknown group gives up" refused_client no-group gfullage gfullage
check "its line names the group and what would help" one_refusal 'client group' 'key-id nosuchgrp' 'no group of this name' 'add crypto isakmp client configuration group nosuchgrp, or set'
mark
group_key_mark=$log_at
STAR_GROUP_KEY=wrong check "a client with a wrong group key gives up" refused_client no-group-key gfullage gfullage
check "unknown group and wrong group key get the same answers" same_answers no-group no-group-key
scan known -A --id=testgroup --idtype=11 --trans=5,2,65001,2
scan unknown -A --id=nosuchgrp --idtype=11 --trans=5,2,65001,2
check "the hub answers a known group in aggressive mode" scan_says known 'Hash\(20 bytes\)'
check "a known and an unknown group get the same payloads of the same sizes" same_scans known unknown
scan known-plain -A --id=testgroup --idtype=11 --trans=5,2,1,2
scan unknown-plain -A --id=nosuchgrp --idtype=11 --trans=5,2,1,2
check "also when they do not offer Xauth" same_scans known-plain unknown-plain
scan known-weak -A --id=testgroup --idtype=11 --trans=1,1,65001,1
scan unknown-weak -A --id=nosuchgrp --idtype=11 --trans=1,1,65001,1
check "also when they offer what no policy allows" same_scans known-weak unknown-weak
check "nothing is established" nothing_up

# -- the user --------------------------------------------------------------------------------------
mark
check "an unknown user gives up" refused_client no-user nobodyxx gfullage
check "its line names user, group and login list" one_refusal 'Xauth login' 'user nobodyxx of group testgroup' 'login list clientauth' 'check the user'
mark
check "a known user with a wrong password gives up" refused_client no-password gfullage wrongpwd
check "its line says the same" one_refusal 'Xauth login' 'user gfullage of group testgroup' 'login list clientauth' 'check the user'
check "the client was told so, not timed out" grep -q 'authentication unsuccessful' "$STAR_DIR/vpnc-client.log"
check "both get the same answers, SET included" same_answers no-user no-password
check "the log holds no password" sh -c "! grep -q wrongpwd '$STAR_DIR/hub.log'"
soon "nothing is established by logins that failed" nothing_up

# -- proposals and keys ----------------------------------------------------------------------------
mark
scan proposal --trans='(1=7,14=256,2=4,3=1,4=14)'
check "a wrong phase 1 proposal is told NO-PROPOSAL-CHOSEN" scan_says proposal 'NO-PROPOSAL-CHOSEN'
check "its line has both proposals and the policy to add" one_refusal 'phase 1 proposal' 'aes-256 sha256 group 14' 'policy 10 \(line 27\): 3des sha group 2' 'add a policy with encr aes 256, hash sha256, group 14'
check "charon starts" swan_start branch < <(swan_branch_conf 3des-sha1-modp1024 3des-sha1 cisco123 10.2.0.0/16 10.1.0.0/16)
mark
check "a branch with a wrong key gets nothing" refused_branch 'not established after' 3des-sha1-modp1024 3des-sha1 wrong 10.2.0.0/16 10.1.0.0/16
check "its line names the key's line" one_refusal 'phase 1 authentication' '10\.100\.2\.[0-9]+' 'key of keyring spokes line 25' 'give the peer the key of keyring spokes line 25'
mark
check "a wrong phase 2 proposal is told NO_PROPOSAL_CHOSEN" refused_branch 'NO_PROPOSAL_CHOSEN' 3des-sha1-modp1024 aes256-sha256 cisco123 10.2.0.0/16 10.1.0.0/16
check "its line has both suites and the transform-set to add" one_refusal 'phase 2 proposal' 'esp-aes 256 esp-sha256-hmac.*' 'transform-set myset \(line 62\): esp-3des esp-sha-hmac.*' 'add a transform-set esp-aes 256 esp-sha256-hmac'
soon "nothing is established" nothing_up

# A client that sees the hub's proof fail says nothing; the hub notices when no third message comes.
group_key_refused() {
    log_at=$group_key_mark
    since_mark | grep -E ' refused at phase 1 authentication: .*; peer: no third message came; ours: key of testgroup \(line 33\); to accept it: give the client the key of testgroup'
}
check "the wrong group key has its line once the hub has waited enough" star_wait 40 group_key_refused

# -- selectors -------------------------------------------------------------------------------------
# Another hub, so that one source's budget of log lines is fresh.
star_stop hub
rm "$STAR_DIR/hub.log"
check "the hub starts again" star_hub "$root/examples/hub.conf"
mark
check "a branch that wants everything is told INVALID_ID_INFORMATION" refused_branch 'INVALID_ID_INFORMATION' 3des-sha1-modp1024 3des-sha1 cisco123 0.0.0.0/0 10.1.0.0/16
check "its line says so" one_refusal 'proxy identities' 'its side 0\.0\.0\.0/0, our side 10\.1\.0\.0/16' 'dynmap 10 \(line 69\)' 'let the peer propose its own network'
mark
check "a branch that wants the hub's own net is refused" refused_branch 'INVALID_ID_INFORMATION' 3des-sha1-modp1024 3des-sha1 cisco123 10.1.0.0/16 10.1.0.0/16
check "its line names the interface" one_refusal 'proxy identities' 'its side 10\.1\.0\.0/16, our side 10\.1\.0\.0/16' 'dynmap 10 .*interface FastEthernet0/1 \(line 88\)' 'let the peer propose a network that does not overlap'
mark
check "a branch that wants the clients' pool is refused" refused_branch 'INVALID_ID_INFORMATION' 3des-sha1-modp1024 3des-sha1 cisco123 10.5.5.0/24 10.1.0.0/16
check "its line names the pool" one_refusal 'proxy identities' 'its side 10\.5\.5\.0/24, our side 10\.1\.0\.0/16' 'dynmap 10 .*pool ippool.*' 'let the peer propose a network that does not overlap'
check "no protected net is led to the branch" sh -c "! ip netns exec $STAR-hub ip route show table all | grep -E '10\.(1|5)\..* dev hwb' | grep -v 10.5.5."
soon "nothing is established" nothing_up
star_stop hub
rm "$STAR_DIR/hub.log"

# -- no entry for this profile ---------------------------------------------------------------------
sed '/^crypto dynamic-map dynmap 10/,/isakmp-profile/s/isakmp-profile L2L/isakmp-profile VPNclient/' \
    "$root/examples/hub.conf" >"$STAR_DIR/hub.conf"
check "a hub starts whose entries are all bound to clients" star_hub "$STAR_DIR/hub.conf"
mark
check "a branch finds no entry" refused_branch 'NO_PROPOSAL_CHOSEN' 3des-sha1-modp1024 3des-sha1 cisco123 10.2.0.0/16 10.1.0.0/16
check "its line names the entry and the profile" one_refusal 'crypto map' 'its side 10\.2\.0\.0/16, our side 10\.1\.0\.0/16' 'dynmap 5 \(line 65\)' 'let a match identity line of profile VPNclient cover the peer, or remove set isakmp-profile'
mark
sed 's/crypto isakmp key cisco123/crypto isakmp key cisco12/; s/^hostname Spoke/&\nhubward dial on-start/' \
    "$root/examples/spoke.conf" >"$STAR_DIR/spoke.conf"
swan_stop branch
check "spoked starts with a wrong key" star_spoke "$STAR_DIR/spoke.conf"
soon "the hub refuses it" one_refusal 'phase 1 authentication' '10\.100\.2\.[0-9]+' 'key of keyring spokes line 25' 'give the peer the key'
soon "nothing is established by spoked" nothing_up
tap_end vpnc-client swan-branch
