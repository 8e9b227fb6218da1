#!/usr/bin/env bash
# strongSwan as a branch of the hub: main mode with the wildcard key, 3DES as in the document, then
# AES with a configuration that allows it.
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

star_up
check "the hub starts on the document's configuration" star_hub "$root/examples/hub.conf"
check "charon starts" swan_start branch < <(swan_branch_conf 3des-sha1-modp1024 3des-sha1 cisco123)
capture_start
check "3DES: main mode and quick mode come up" swan branch --initiate --child net
check "3DES: the branch's net reaches the hub's" ping_ok brlan 10.1.1.10
check "3DES: the hub's net reaches the branch's" ping_ok hublan 10.2.2.10
capture_stop
check "3DES: no protected address is seen in clear outside" no_clear_bytes
check "3DES: tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181
check "the hub names its client" hub_shows strongSwan show crypto session detail
check "terminating deletes it" swan branch --terminate --ike hub
soon "the hub has forgotten it" hub_hides '10\.2\.0\.0' show crypto session
swan_stop branch
star_stop hub

check "the hub starts on the tidy configuration" star_hub "$root/examples/hub-clean.conf"
check "charon starts again" swan_start branch < <(swan_branch_conf aes256-sha256-modp2048 aes256-sha256 \
    v9Yq2-Lr7c-Xt4m-Wd8k-example)
check "AES: main mode and quick mode come up" swan branch --initiate --child net
check "AES: the branch's net reaches the hub's" ping_ok brlan 10.1.1.10
check "AES: the hub's net reaches the branch's" ping_ok hublan 10.2.2.10
check "the hub shows AES-256, SHA-256 and group 14" hub_shows 'aes.*sha256.*14' show crypto isakmp sa detail
swan_stop branch
check "charon starts with a wrong key" swan_start branch < <(swan_branch_conf aes256-sha256-modp2048 aes256-sha256 wrong)
refute "a wrong key is refused" swan branch --initiate --child net --timeout 5
soon "the log names the keyring, the line and what would help" logged hub 'phase 1 authentication.*keyring spokes line [0-9]+.*to accept it: give the peer the key of keyring spokes'
tap_end swan-branch
