#!/usr/bin/env bash
# What operators type: show, clear and debug against a hub with a branch and a client, filters, JSON,
# abbreviations and exit codes.
. "$(dirname "$0")/tap.sh"

ctl() {
    star_ctl hub "$@"
}

# exits CODE WORD…
exits() {
    local wanted=$1 code
    shift
    ctl "$@"
    code=$?
    echo "exit $code"
    [ $code = "$wanted" ]
}

# json FILTER WORD…: the answer parses, and this is true of it.
json() {
    local filter=$1
    shift
    ctl --json "$@" | jq -e "$filter"
}

as_nobody() {
    setpriv --reuid 65534 --regid 65534 --clear-groups "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/hub-run" "$@"
    [ $? = 5 ]
}

# The stream of debug, while it runs: debug_begin NAME AREA…
debug_begin() {
    local name=$1
    shift
    "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/hub-run" debug crypto "$@" >"$STAR_DIR/$name.log" 2>&1 &
    echo $! >"$STAR_DIR/$name.pid"
    sleep 0.3
}

# Lines in this order, others may stand between: ordered NAME PATTERN…
ordered() {
    local at=0 name=$1 line
    shift
    for pattern in "$@"; do
        line=$(tail -n +$((at + 1)) "$STAR_DIR/$name.log" | grep -n -m 1 -E -- "$pattern") ||
            { echo "missing after line $at: $pattern"; return 1; }
        at=$((at + ${line%%:*}))
    done
}

# The same of what show crypto session detail says.
ordered_text() {
    ctl show crypto session detail >"$STAR_DIR/detail.log"
    ordered detail "$@"
}

# It has ended by itself and with success when its reader interrupted it.
interrupted_well() {
    local pid
    pid=$(cat "$STAR_DIR/$1.pid")
    kill -TERM "$pid"
    wait "$pid"
}

only_area() {
    ! grep -vE "^[A-Z][a-z]{2} [ 0-9]{2} [0-9:.]{12}: $2( |:|/)" "$STAR_DIR/$1.log"
}

# hubd --check of a text with the star's interfaces.
checks() {
    "$HUBWARD_BIN/hubd" -c "$1" --map FastEthernet0/0=eth0 --map FastEthernet0/1=eth1 --check
}

hidden_is_refused() {
    ctl show running-config >"$STAR_DIR/running.conf"
    checks "$STAR_DIR/running.conf" 2>"$STAR_DIR/refused"
    [ $? = 78 ] && grep '<hidden>.*write the secret' "$STAR_DIR/refused"
}

loads_again() {
    sed 's/<hidden>/sesame/' "$STAR_DIR/running.conf" >"$STAR_DIR/again.conf"
    checks "$STAR_DIR/again.conf"
}

same_as_json() {
    ctl show running-config --json | jq -r '.running_config[]' | diff - "$STAR_DIR/running.conf"
}

# Through the read-only socket: over_status CODE WORD…
over_status() {
    local wanted=$1
    shift
    mkdir -p "$STAR_DIR/status-run"
    ln -sf "$STAR_DIR/hub-run/status.sock" "$STAR_DIR/status-run/control.sock"
    "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/status-run" "$@" >"$STAR_DIR/over-status"
    [ $? = "$wanted" ]
}

over_status_silent() {
    over_status 3 "$@" && [ ! -s "$STAR_DIR/over-status" ]
}

star_up
check "the hub starts" star_hub "$root/examples/hub.conf"
check "without a session show says so and exits 0" exits 0 show crypto session
check "clearing nothing exits 4" exits 4 clear crypto session
debug_begin isakmp isakmp
debug_begin ipsec ipsec
debug_begin aaa aaa
star_vpnc client gfullage gfullage "NAT Traversal Mode natt"
check "a client is up" star_vpnc_up client
check "the branch starts" star_spoke "$root/examples/spoke.conf"
soon "the branch is up" ping_ok brlan 10.1.1.10 1
check "the client's traffic passes" ping_ok client 10.1.1.10
sleep 1.2

# -- debug, streamed while it happens ----------------------------------------------------------------
check "debug crypto isakmp shows the client's aggressive mode" ordered isakmp \
    'ISAKMP \(0:0\): received packet from 10\.51\.82\.100 dport 500 sport 500 Global \(N\) NEW SA' \
    'ISAKMP: local port 500, remote port 500' 'processing SA payload\. message ID = 0' \
    'ID payload next-payload : [0-9]+ type : 11 group id : testgroup protocol : [0-9]+ port : [0-9]+ length : 17' \
    'peer matches VPNclient profile' 'vendor ID is XAUTH' 'Authentication by xauth preshared' \
    'Checking ISAKMP transform [0-9]+ against priority 10 policy' 'ISAKMP:      encryption 3DES-CBC' \
    'auth XAUTHInitPreShared' 'atts are acceptable' 'processing KE payload' 'Input = IKE_MSG_FROM_PEER, IKE_AM_EXCH' \
    'Old State = IKE_READY  New State = IKE_R_AM_AAA_AWAIT' 'SKEYID state generated' \
    'SA is doing pre-shared key authentication plus XAUTH using id type ID_IPV4_ADDR' \
    'sending packet to 10\.51\.82\.100 my_port 500 peer_port 500 \(R\) AG_INIT_EXCH' \
    'Old State = IKE_R_AM_AAA_AWAIT  New State = IKE_R_AM2' \
    'received packet from 10\.51\.82\.100 dport 500 sport 500 Global \(R\) AG_INIT_EXCH' \
    'SA authentication status: authenticated' 'SA has been authenticated with 10\.51\.82\.100' \
    'Old State = IKE_R_AM2  New State = IKE_P1_COMPLETE'
check "then its Xauth and mode-config" ordered isakmp 'Need XAUTH' \
    'Old State = IKE_P1_COMPLETE  New State = IKE_XAUTH_AAA_START_LOGIN_AWAIT' \
    'ISAKMP: set new node -?[0-9]+ to CONF_XAUTH' 'ISAKMP/xauth: request attribute XAUTH_USER_NAME_V2' \
    'initiating peer config to 10\.51\.82\.100\. ID = -?[0-9]+' \
    'Old State = IKE_XAUTH_AAA_START_LOGIN_AWAIT  New State = IKE_XAUTH_REQ_SENT' \
    'processing transaction payload from 10\.51\.82\.100\. message ID = -?[0-9]+' 'ISAKMP: Config payload REPLY' \
    'ISAKMP/xauth: reply attribute XAUTH_USER_PASSWORD_V2' \
    'Old State = IKE_XAUTH_REQ_SENT  New State = IKE_XAUTH_AAA_CONT_LOGIN_AWAIT' \
    'Old State = IKE_XAUTH_AAA_CONT_LOGIN_AWAIT  New State = IKE_XAUTH_SET_SENT' 'Config payload ACK' \
    'XAUTH ACK Processed' 'Old State = IKE_XAUTH_SET_SENT  New State = IKE_P1_COMPLETE' 'Config payload REQUEST' \
    'checking request:' 'ISAKMP:      IP4_ADDRESS' \
    'Old State = IKE_P1_COMPLETE  New State = IKE_CONFIG_AUTHOR_AAA_AWAIT' \
    'allocating address 10\.5\.5\.1' 'ISAKMP: Sending private address: 10\.5\.5\.1' \
    'responding to peer config from 10\.51\.82\.100\. ID = -?[0-9]+' '\(R\) CONF_ADDR' \
    'Old State = IKE_CONFIG_AUTHOR_AAA_AWAIT  New State = IKE_P1_COMPLETE' \
    'processing SA payload\. message ID = -?[0-9]+' 'Node -?[0-9]+, Input = IKE_MSG_FROM_PEER, IKE_QM_EXCH' \
    'Old State = IKE_QM_READY  New State = IKE_QM_SPI_STARVE' \
    'Old State = IKE_QM_SPI_STARVE  New State = IKE_QM_R_QM2' 'reason "quick mode done \(await\)"' \
    'Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE'
check "and the branch's main mode" ordered isakmp \
    'ISAKMP \(0:0\): received packet from 10\.100\.2\.[0-9]+ dport 500 sport 500 Global \(N\) NEW SA' \
    'Old State = IKE_READY  New State = IKE_R_MM1' \
    'ISAKMP: Looking for a matching key for 10\.100\.2\.[0-9]+ in default$' \
    'ISAKMP: Looking for a matching key for 10\.100\.2\.[0-9]+ in spokes : success' \
    'auth pre-share' 'Old State = IKE_R_MM1  New State = IKE_R_MM1' 'MM_SA_SETUP' \
    'Old State = IKE_R_MM1  New State = IKE_R_MM2' 'Old State = IKE_R_MM2  New State = IKE_R_MM3' 'MM_KEY_EXCH' \
    'Old State = IKE_R_MM3  New State = IKE_R_MM4' 'Old State = IKE_R_MM4  New State = IKE_R_MM5' \
    'peer matches L2L profile' 'Found ADDRESS key in keyring spokes' 'SA authentication status: authenticated' \
    'Old State = IKE_R_MM5  New State = IKE_R_MM5' 'Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE' \
    'processing HASH payload\. message ID = -?[0-9]+' \
    'Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE'
check "debug crypto ipsec shows the SAs" ordered ipsec 'IPSEC \(0:1\): sa created, inbound spi 0x[0-9A-F]+ outbound spi'
check "debug crypto aaa shows the login" ordered aaa 'AAA \(0:1\): user gfullage of group testgroup logged in'
check "no stream has lines of another area" only_area ipsec IPSEC
check "nor this one" only_area isakmp ISAKMP
check "no stream holds a password or a key" sh -c "! grep -hE 'cisco321|cisco123|Password' '$STAR_DIR'/isakmp.log '$STAR_DIR'/aaa.log"
check "an interrupted stream ends with success" interrupted_well isakmp
check "debug has no JSON form: exit 2" exits 2 --json debug crypto isakmp

# -- show --------------------------------------------------------------------------------------------
check "show running-config is the document's hub" hub_shows '^crypto isakmp profile VPNclient$' show running-config
check "its keys and passwords are hidden" hub_shows '^  pre-shared-key address 0\.0\.0\.0 0\.0\.0\.0 key <hidden>$' show running-config
check "and stand nowhere in it" hub_hides 'cisco123|cisco321|02010D' show running-config
check "as it is, it does not load" hidden_is_refused
check "with secrets put back it does" loads_again
check "as JSON it is the same lines" same_as_json
check "show crypto isakmp sa has the columns of IOS" hub_shows '^dst +src +state +conn-id +slot' show crypto isakmp sa
check "and a row for each peer" hub_shows '^10\.48\.67\.181 +10\.51\.82\.100 +QM_IDLE +1 +0' show crypto isakmp sa
check "detail has the codes" hub_shows 'C - IKE configuration mode, D - Dead Peer Detection' show crypto isakmp sa detail
check "and the suite" hub_shows '^1 +10\.48\.67\.181 +10\.51\.82\.100 +3des +sha +2 +23:59:[0-9]{2} CDX' show crypto isakmp sa detail
check "show crypto ipsec sa has the map" hub_shows 'Crypto map tag: mymap, local addr\. 10\.48\.67\.181' show crypto ipsec sa
check "the proxies" hub_shows 'remote ident \(addr/mask/prot/port\): \(10\.5\.5\.1/255\.255\.255\.255/0/0\)' show crypto ipsec sa
check "and what passed" hub_shows '#pkts decaps: 3, #pkts decrypt: 3, #pkts verify 3' show crypto ipsec sa
check "show crypto ipsec sa peer names one" hub_shows 'current_peer: 10\.51\.82\.100:500' show crypto ipsec sa peer 10.51.82.100
check "and leaves the others out" hub_hides '10\.2\.0\.0' show crypto ipsec sa peer 10.51.82.100
check "show crypto session names the user" hub_shows 'Username: gfullage' show crypto session
check "detail names profile, group, client" ordered_text 'Profile: VPNclient' 'Group: testgroup' 'Assigned address: 10\.5\.5\.1' 'Client: vpnc'
check "show crypto isakmp policy marks what is weak" hub_shows 'Three key triple DES  \(weak\)' show crypto isakmp policy
check "show crypto isakmp key says for whom, and no key" hub_shows '^spokes +0\.0\.0\.0 +\[0\.0\.0\.0\] +<hidden>$' show crypto isakmp key
check "show crypto isakmp profile has the identities" hub_shows '^    group testgroup$' show crypto isakmp profile
check "show crypto ipsec transform-set has the suite" hub_shows '^Transform set myset: \{ esp-3des esp-sha-hmac  \}' show crypto ipsec transform-set
check "show crypto dynamic-map has the template" hub_shows '^Crypto Map Template"dynmap" 10$' show crypto dynamic-map tag dynmap
check "show crypto map has an entry for the client's tunnel" hub_shows 'permit ip any host 10\.5\.5\.1$' show crypto map interface fa0/0
check "and one for the branch's" json '.crypto_maps[0].temporary | length == 2 and any(.theirs == "10.2.0.0/16" and .dynamic_map == "dynmap")' show crypto map tag mymap
check "show crypto engine connections active counts packets" hub_shows '^ 200[0-9]  IPsec   3DES\+SHA +0 +3 +3 10\.48\.67\.181$' show crypto engine connections active
check "and has the phase 1 of each peer" json '[.connections[] | select(.type == "IKE") | .algorithm] == ["SHA+3DES", "SHA+3DES"]' show crypto engine connections active
check "show version counts" hub_shows '^2 ISAKMP SAs, 0 half-open, 2 IPsec tunnels' show version

# -- filters, abbreviations, JSON --------------------------------------------------------------------
check "| include keeps what matches" test "$(ctl show crypto ipsec sa '| include #pkts encaps' | grep -c encaps)" = 2
check "words after the bar need no quotes" test "$(ctl show crypto ipsec sa \| include pkts encaps | wc -l)" = 2
check "| exclude drops it" sh -c "! '$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/hub-run' show version '| exclude ISAKMP' | grep ISAKMP"
check "| count counts" hub_shows '= 2$' show crypto isakmp sa '| count QM_IDLE'
check "| begin begins" test "$(ctl show crypto isakmp sa '| begin 10.51' | head -n 1 | cut -c 1-12)" = 10.48.67.181
check "| section has the lines below" hub_shows 'inbound esp sas' show crypto ipsec sa '| section interface'
check "a filter that matches nothing exits 4" exits 4 show version '| include nothing-such'
check "a broken expression exits 2" exits 2 show version '| include ('
check "cut words are understood" hub_shows QM_IDLE sh cry isa sa
check "show crypto session --json parses" json '.schema == 1 and (.sessions | length) == 2 and (.tunnels | length) == 2' show crypto session
check "it names user, group and lease" json '.sessions[] | select(.user == "gfullage") | .group == "testgroup" and .assigned == "10.5.5.1" and .client == "vpnc" and .weak' show crypto session
check "show crypto isakmp sa --json parses" json '[.isakmp_sas[].state] == ["QM_IDLE", "QM_IDLE"]' show crypto isakmp sa
check "show crypto ipsec sa --json parses" json '[.ipsec_sas[] | .in.packets] | min >= 1' show crypto ipsec sa
check "show version --json parses" json '.summary.established_total == 2 and .summary.drops.esp_auth == 0' show version
check "the spoke answers as well" sh -c "'$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/spoke-run' --json show crypto session | jq -e '.sessions[0].initiator'"

# -- exit codes and permissions ----------------------------------------------------------------------
check "an unknown word exits 2" exits 2 show nonsense
check "an unfinished command exits 2" exits 2 show crypto
check "an unknown option exits 2" exits 2 --nonsense show version
check "a peer that is not there exits 4" exits 4 show crypto ipsec sa peer 10.9.9.9
check "clearing one that is not there exits 4" exits 4 clear crypto session peer 10.9.9.9
check "a session number that is not there exits 4" exits 4 clear crypto session id 99
check "a hub that is not there exits 3" sh -c "'$HUBWARD_BIN/hubctl' --run-dir '$STAR_DIR/nosuch' show version; [ \$? = 3 ]"
check "a stranger may not ask" as_nobody show version
check "nor clear" as_nobody clear crypto session
check "the read-only socket says what is connected" over_status 0 show crypto session
check "but not the configuration" over_status_silent show running-config
check "and clears nothing" over_status_silent clear crypto session

# -- clear -------------------------------------------------------------------------------------------
id=$(ctl --json show crypto session | jq -r '.sessions[] | select(.user == "gfullage") | .id')
check "clear crypto session id ends one" exits 0 clear crypto session id "$id"
check "it is gone" hub_hides gfullage show crypto session
check "the branch stayed" hub_shows '10\.2\.0\.0' show crypto session
check "and lost nothing" ping_ok brlan 10.1.1.10
check "the log says who did it" logged hub 'uid 0 cleared 1 sessions'
conn=$(ctl --json show crypto isakmp sa | jq -r '.isakmp_sas[0].conn')
check "clear crypto sa peer ends the branch's tunnel" exits 0 clear crypto sa peer "$(star_branch_address)"
check "its phase 1 stayed" json ".isakmp_sas[0].conn == $conn" show crypto isakmp sa
soon "traffic negotiates another under it" ping_ok brlan 10.1.1.10 1
check "which is still the same phase 1" json "[.isakmp_sas[].conn] == [$conn]" show crypto isakmp sa
check "the log says who did that" logged hub 'uid 0 cleared 1 IPsec tunnels'
check "clear crypto session peer ends the branch's" exits 0 clear crypto session peer "$(star_branch_address)"
soon "traffic brings it up again" ping_ok brlan 10.1.1.10 1
check "clear crypto session ends all" exits 0 clear crypto session
check "the number of a session is never used again" json "[.sessions[].id | select(. == \"$id\")] == []" show crypto session
soon "traffic brings the branch up once more" ping_ok brlan 10.1.1.10 1
conn=$(ctl --json show crypto isakmp sa | jq -r '.isakmp_sas[0].conn')
check "a peer that is connected is not forgotten" exits 1 clear crypto peer "$(star_branch_address)"
check "one that is not is" exits 0 clear crypto peer gfullage
check "and is known no more" json '[.peers[].principal | startswith("key/spokes/")] == [true]' show peers
check "the log says who did that, too" logged hub 'uid 0 has a known peer cleared'
check "whom nobody knows exits 4" exits 4 clear crypto peer gfullage
check "the read-only socket forgets nobody" over_status_silent clear crypto peer "$(star_branch_address)"
check "clear crypto isakmp id ends phase 1" exits 0 clear crypto isakmp id "$conn"
check "of which nothing is left" json '.isakmp_sas == []' show crypto isakmp sa
check "but the tunnel carries on" ping_ok brlan 10.1.1.10
check "a connection that is gone exits 4" exits 4 clear crypto isakmp id "$conn"
tap_end vpnc-client isakmp
