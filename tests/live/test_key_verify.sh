#!/usr/bin/env bash
# hubward key-selection verify: branches on one wildcard network, each with a key of its own in main
# mode, told apart by what they prove; 1, 16, 256 and 1,000 keys, spoked and strongSwan as initiators;
# who has no key, or claims to be another, is refused with the reason.
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

# hub_with COUNT [LINE]: the document's hub with so many keys; the line stands under the last of them.
hub_with() {
    local i
    {
        sed -n '1,/crypto keyring spokes/p' "$root/examples/hub.conf"
        for i in $(seq "$1"); do
            echo "  pre-shared-key address 0.0.0.0 0.0.0.0 key Key-of-branch-$i name branch-$i"
        done
        [ $# = 1 ] || echo "  $2"
        sed '1,/pre-shared-key/d' "$root/examples/hub.conf" | sed '/^end *$/d'
        echo "hubward key-selection verify"
        echo end
    } >"$STAR_DIR/hub.conf"
    star_stop hub
    rm -f "$STAR_DIR/hub.log"
    star_hub "$STAR_DIR/hub.conf"
}

# spoke_with KEY: spoked as this branch.
spoke_with() {
    star_stop spoke
    rm -f "$STAR_DIR/spoke.log"
    sed "s/cisco123/$1/" "$root/examples/spoke.conf" >"$STAR_DIR/spoke.conf"
    star_spoke "$STAR_DIR/spoke.conf"
}

known_as() {
    star_ctl hub show peers --json | jq -e --arg who "key/spokes/$1" '.peers[] | select(.principal == $who and .up)'
}

star_up
for count in 1 16 256 1000; do
    check "$count keys for one network: the hub starts" hub_with "$count"
    check "$count: spoked has the last of them" spoke_with "Key-of-branch-$count"
    soon "$count: its tunnel carries" ping_ok brlan 10.1.1.10 1
    soon "$count: the hub knows it by its key" known_as "branch-$count"
    star_stop spoke
    first=$((count / 2 + 1))
    check "$count: strongSwan has another" swan_start branch < <(swan_branch_conf 3des-sha1-modp1024 3des-sha1 "Key-of-branch-$first")
    check "$count: main mode and quick mode come up" swan branch --initiate --child net
    check "$count: its tunnel carries" ping_ok brlan 10.1.1.10 3
    soon "$count: the hub knows it by that key" known_as "branch-$first"
    check "$count: nobody was refused" test "$(grep -c refused "$STAR_DIR/hub.log")" = 0
    swan_stop branch
done

check "strongSwan with a key that nobody has" swan_start branch < <(swan_branch_conf 3des-sha1-modp1024 3des-sha1 another)
refute "is refused" swan branch --initiate --child net --timeout 8
soon "and the log says that none of the keys made its message" logged hub 'refused at phase 1 authentication: .*; ours: none of the 1000 keys for 10\.'
swan_stop branch

check "a key that is bound to another identity: the hub starts" hub_with 16 "hubward identity fqdn branch-16.example"
check "spoked has the key, and another identity" spoke_with Key-of-branch-16
refute "no tunnel comes of it" ping_ok brlan 10.1.1.10 1
soon "it is refused with both sides' values" logged hub 'the key is for a peer of another identity; peer: 10\.[0-9.]+; ours: key branch-16 \(line [0-9]+\) is for fqdn branch-16.example'
star_stop spoke
check "one that may call itself so" hub_with 16 "hubward identity address 10.0.0.0 255.0.0.0"
check "spoked comes again" spoke_with Key-of-branch-16
soon "and is in" ping_ok brlan 10.1.1.10 1
star_stop spoke

check "the configuration prints without the keys" hub_hides Key-of-branch show running-config
check "but with their names" hub_shows 'key <hidden> name branch-16' show running-config
tap_end swan-branch
