#!/usr/bin/env bash
# Every algorithm of both phases, with PFS: strongSwan as a branch (ESP in UDP), then spoked (raw ESP).
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

# What strongSwan calls it in phase 1 and 2; policy lines; transform-set; what show prints of each.
suites='des-md5-modp768|des-md5-modp768|encr des;hash md5;group 1|esp-des esp-md5-hmac|des +md5 +psk +1 |group1
3des-md5-modp1024|3des-md5-modp1024|encr 3des;hash md5;group 2|esp-3des esp-md5-hmac|3des +md5 +psk +2 |group2
3des-sha1-modp1536|3des-sha1-modp1536|encr 3des;hash sha;group 5|esp-3des esp-sha-hmac|3des +sha +psk +5 |group5
aes128-sha1-modp2048|aes128-sha1-modp2048|encr aes;hash sha;group 14|esp-aes esp-sha-hmac|aes +sha +psk +14 |group14
aes192-sha256-modp3072|aes192-sha256-modp3072|encr aes 192;hash sha256;group 15|esp-aes 192 esp-sha256-hmac|aes192 +sha256 +psk +15 |group15
aes256-sha256-modp4096|aes256-sha512-modp4096|encr aes 256;hash sha256;group 16|esp-aes 256 esp-sha512-hmac|aes256 +sha256 +psk +16 |group16
aes128-sha256-ecp256|aes128gcm16-ecp256|encr aes;hash sha256;group 19|esp-gcm|aes +sha256 +psk +19 |group19
aes256-sha384-ecp384|aes192gcm16-ecp384|encr aes 256;hash sha384;group 20|esp-gcm 192|aes256 +sha384 +psk +20 |group20
aes256-sha512-ecp521|aes256gcm16-ecp521|encr aes 256;hash sha512;group 21|esp-gcm 256|aes256 +sha512 +psk +21 |group21
aes256-sha512-x25519|aes256-sha384-x25519|encr aes 256;hash sha512;group 31|esp-aes 256 esp-sha384-hmac|aes256 +sha512 +psk +31 |group31'

# policy NUMBER LINES
policy() {
    printf 'crypto isakmp policy %s\n authentication pre-share\n' "$1"
    tr ';' '\n' <<<" ${2//;/; }"
}

hub_conf() {
    local n=10 ike esp lines set rest
    printf 'hostname Hub\ncrypto isakmp key suites-key-1234 address 0.0.0.0 0.0.0.0\n'
    while IFS='|' read -r ike esp lines set rest; do
        policy $n "$lines"
        printf 'crypto ipsec transform-set set%s %s\n' $n "$set"
        printf 'crypto dynamic-map branches %s\n set transform-set set%s\n' $n $n
        n=$((n + 10))
    done <<<"$suites"
    cat <<'CONF'
crypto map outside 10 ipsec-isakmp dynamic branches
interface FastEthernet0/0
 ip address 10.48.67.181 255.255.255.224
 crypto map outside
interface FastEthernet0/1
 ip address 10.1.1.1 255.255.254.0
CONF
}

# spoke_conf LINES TRANSFORMS GROUP
spoke_conf() {
    printf 'hostname Spoke\nhubward dial on-start\n'
    policy 10 "$1"
    cat <<CONF
crypto isakmp key suites-key-1234 address 10.48.67.181
crypto ipsec transform-set mine $2
access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255
crypto map outside 10 ipsec-isakmp
 set peer 10.48.67.181
 set transform-set mine
 set pfs $3
 match address 100
interface FastEthernet0/0
 ip address dhcp
 crypto map outside
interface FastEthernet0/1
 ip address 10.2.2.2 255.255.255.0
CONF
}

# Both phases as wanted, and traffic both ways: agreed SHOWN-SUITE TRANSFORMS
agreed() {
    hub_shows "$1" show crypto isakmp sa detail && hub_shows "transform: $2 ,$" show crypto ipsec sa &&
        ping_ok brlan 10.1.1.10 && ping_ok hublan 10.2.2.10
}

star_up
hub_conf >"$STAR_DIR/hub.conf"
check "the hub starts with every algorithm" star_hub "$STAR_DIR/hub.conf"
capture_start
swan_start branch < <(swan_branch_conf 3des-sha1-modp1536 3des-sha1-modp1536 suites-key-1234) >>"$STAR_DIR/check.log" 2>&1
while IFS='|' read -r ike esp lines set shown group; do
    swan_load branch < <(swan_branch_conf "$ike" "$esp" suites-key-1234) >>"$STAR_DIR/check.log" 2>&1
    check "strongSwan: $ike, then $esp" swan branch --initiate --child net --timeout 5
    check "strongSwan: $ike carries traffic with $set" agreed "$shown" "$set"
    swan branch --terminate --ike hub --timeout 2 >>"$STAR_DIR/check.log" 2>&1
done <<<"$suites"
swan_stop branch
while IFS='|' read -r ike esp lines set shown group; do
    spoke_conf "$lines" "$set" "$group" >"$STAR_DIR/spoke.conf"
    rm -f "$STAR_DIR/spoke.log"
    star_spoke "$STAR_DIR/spoke.conf" >>"$STAR_DIR/check.log" 2>&1
    soon "spoked: ${lines//;/, }, then $set with PFS $group" agreed "$shown" "$set"
    star_stop spoke
done <<<"$suites"
capture_stop
check "no protected address is seen in clear outside" no_clear_bytes
check "tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181
check "nor in what spoked sends" well_formed_from "$(star_branch_address)"
tap_end swan-branch
