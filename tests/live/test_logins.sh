#!/usr/bin/env bash
# Logins as users meet them: vpnc against accounts of pam_unix (right, wrong, expired, locked), modules
# that hang, crash, are slow or ask twice, users of the users file who come and go while the hub runs,
# `hubctl test aaa`, and pam_faillock with and without `hubward pam user root`. Accounts and services
# are of a mount namespace of this test.
[ -n "${LOGINS_MOUNTS:-}" ] || LOGINS_MOUNTS=1 exec unshare -m --propagation private bash "$0" "$@"
. "$(dirname "$0")/tap.sh"

module=$root/build/tests/pam_hubward_test.so
[ -f "$module" ] || module=$HUBWARD_BIN/../tests/pam_hubward_test.so

# -- accounts and services -----------------------------------------------------------------------

account() {
    local name=$1 uid=$2 hash=$3 expires=$4
    echo "$name:x:$uid:$uid::/:/bin/false" >>"$STAR_DIR/passwd"
    echo "$name:$hash:19000:0:99999:7::$expires:" >>"$STAR_DIR/shadow"
}

make_accounts() {
    local hash
    hash=$(openssl passwd -6 'correct horse')
    cp /etc/passwd "$STAR_DIR/passwd"
    cp /etc/shadow "$STAR_DIR/shadow"
    account carol 64991 "$hash" ''
    account locked 64992 "!$hash" ''
    account expired 64993 "$hash" 19001
    echo 'stale:x:64994:64994::/:/bin/false' >>"$STAR_DIR/passwd"
    echo "stale:$hash:0:0:99999:7:::" >>"$STAR_DIR/shadow" # its password is to be changed first
    chown root:shadow "$STAR_DIR/shadow"
    chmod 640 "$STAR_DIR/shadow"
    mount --bind "$STAR_DIR/passwd" /etc/passwd
    mount --bind "$STAR_DIR/shadow" /etc/shadow
}

service() {
    printf '%s\n' "${@:2}" >"$STAR_DIR/pam.d/$1"
}

faillock_service() {
    service "$1" "auth required pam_faillock.so preauth silent deny=3 dir=$2" \
        'auth sufficient pam_unix.so nodelay' \
        "auth [default=die] pam_faillock.so authfail silent deny=3 dir=$2" \
        "account required pam_faillock.so dir=$2" 'account required pam_unix.so'
}

make_services() {
    cp -r /etc/pam.d "$STAR_DIR/pam.d"
    service hw-unix 'auth required pam_unix.so nodelay' 'account required pam_unix.so'
    service hw-barred "auth required pam_permit.so" "account required $module denied"
    service hw-down "auth required $STAR_DIR/no-such-module.so" 'account required pam_permit.so'
    service hw-hang "auth required $module hang" 'account required pam_permit.so'
    service hw-crash "auth required $module crash" 'account required pam_permit.so'
    service hw-slow "auth required $module slow" 'account required pam_permit.so'
    service hw-twice "auth required $module twice sesame" 'account required pam_permit.so'
    service hw-otp 'auth required pam_unix.so nodelay' "auth required $module code 314159 271828" \
        'account required pam_unix.so'
    mkdir -m 755 "$STAR_DIR/tallies" # what hubward-xauth could not write to
    service hw-gives 'auth required pam_unix.so nodelay' \
        "auth required $module give HUBWARD_POOL=extra HUBWARD_ADDRESS=10.6.6.9" \
        'account required pam_permit.so'
    service hw-foreign 'auth required pam_unix.so nodelay' \
        "auth required $module give HUBWARD_GROUP=sales" 'account required pam_permit.so'
    faillock_service hw-lock "$STAR_DIR/state/locks"
    faillock_service hw-nolock "$STAR_DIR/tallies"
    service hw-probe "auth optional pam_faillock.so preauth silent dir=$STAR_DIR/state/locks" \
        "auth required $module probe $STAR_DIR/state/locks/probe" 'account required pam_permit.so'
    mkdir "$STAR_DIR/state"
    mount --bind "$STAR_DIR/pam.d" /etc/pam.d
}

# The same with a line more under the group: group_with LINE NUMBER NAME METHOD…
group_with() {
    group "${@:2}" | sed "s/^ pool ippool\$/&\n $1/"
}

# A group NAME with a list, a profile and a map entry of its own: group NUMBER NAME METHOD…
group() {
    printf '%s\n' "aaa authentication login $2 ${*:3}" "crypto isakmp client configuration group $2" \
        " key cisco321" " pool ippool" "crypto isakmp profile P$2" " match identity group $2" \
        " client authentication list $2" " isakmp authorization list groupauthor" \
        " client configuration address respond" "crypto dynamic-map dynmap $1" \
        " set transform-set myset" " set isakmp-profile P$2"
}

make_config() {
    {
        sed '/^end *$/d' "$root/examples/hub.conf"
        group 51 unix pam hw-unix
        group 52 hang pam hw-hang
        group 53 crash pam hw-crash
        group 54 twice pam hw-twice
        group 58 otp pam hw-otp
        group_with group-lock 59 locked pam hw-unix local
        echo "hubward user carol address 10.5.5.77 group locked"
        echo "hubward user dave address 172.16.5.5"
        group 55 localpam local pam hw-unix
        group 56 pamlocal pam hw-unix local
        group 57 downlocal pam hw-down local
        group_with 'hubward pool extra' 60 gives pam hw-gives
        group 61 foreign pam hw-foreign
        echo "ip local pool extra 10.6.6.1 10.6.6.20"
        echo "hubward pam attributes hw-gives"
        echo "hubward pam attributes hw-foreign"
        echo "aaa authentication login barred pam hw-barred"
        echo "aaa authentication login hanglocal pam hw-hang local"
        for list in slow lock nolock probe missing; do
            echo "aaa authentication login $list pam hw-$list"
        done
        echo "hubward pam user root hw-lock"
        echo "hubward pam user root hw-probe"
        echo "hubward users $STAR_DIR/users"
        echo end
    } >"$STAR_DIR/hub.conf"
}

# -- asking --------------------------------------------------------------------------------------

# vpnc_in GROUP USER PASSWORD: it gets a tunnel, and leaves again.
vpnc_in() {
    STAR_GROUP=$1 star_vpnc client "$2" "$3" "NAT Traversal Mode natt"
    star_vpnc_up client
    local up=$?
    star_stop vpnc-client
    return $up
}

# vpnc_out GROUP USER PASSWORD: it is refused and gives up.
vpnc_out() {
    STAR_GROUP=$1 star_vpnc client "$2" "$3" "NAT Traversal Mode natt"
    star_wait 15 star_gone vpnc-client && grep -i 'authentication' "$STAR_DIR/vpnc-client.log" &&
        ! grep -q 'VPNC started' "$STAR_DIR/vpnc-client.log"
}

# try LIST USER PASSWORD PATTERN: the answer of test aaa has such a line.
try() {
    printf '%s\n' "$3" | star_ctl hub test aaa "$1" "$2" | grep -E -- "$4"
}

# user_does PASSWORD WORD…: hubctl user … with that on standard input.
user_does() {
    local password=$1
    shift
    printf '%s\n' "$password" | star_ctl hub user "$@"
}

took_ms() {
    printf '%s\n' "$3" | star_ctl hub --json test aaa "$1" "$2" | jq -e ".took_ms < $4"
}

warned() {
    "$HUBWARD_BIN/hubd" --check -c "$STAR_DIR/hub.conf" 2>&1 | grep -E -- "$1"
}

# The pid of this hub's role: hub_role NAME.
hub_role() {
    local pid
    for pid in $(ip netns pids "$STAR-hub"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] && echo "$pid" && return
    done
    return 1
}

no_worker() {
    local pid
    for pid in $(ip netns pids "$STAR-hub"); do
        ! grep -q hubward-xauth-worker "/proc/$pid/cmdline" 2>/dev/null || return 1
    done
}

# Ten logins by a service that hangs, from this host; a source has eight places.
hang_begin() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        printf 'x\n' | exec "$HUBWARD_BIN/hubctl" --run-dir "$STAR_DIR/hub-run" \
            test aaa hang "user$i" >"$STAR_DIR/hang-$i.log" 2>&1 &
        hang_pids="$hang_pids $!"
    done
    star_wait 5 hang_full
}

hang_full() {
    [ "$(grep -l 'no place is free for the source' "$STAR_DIR"/hang-*.log | wc -l)" = 2 ]
}

star_up
make_accounts
make_services
make_config

check "--check says that the faillock service should run as root" \
    warned 'warning: list nolock: .*hw-nolock:1: pam_faillock wants to be root.*hubward pam user root hw-nolock'
refute "and nothing of the kind where it does" warned 'list lock:'
check "a service without a file is said" warned 'list missing: there is no /etc/pam.d/hw-missing'
check "the hub starts" star_hub "$STAR_DIR/hub.conf"
check "a users file that is not there yet is said" logged hub "note: $STAR_DIR/users is not there yet"

# -- accounts of pam_unix --
check "an account with the right password gets a tunnel" vpnc_in unix carol 'correct horse'
check "with a wrong one it is refused" vpnc_out unix carol 'wrong horse'
check "an expired account is refused" vpnc_out unix expired 'correct horse'
check "a locked one too" vpnc_out unix locked 'correct horse'
check "a name that is nobody's too" vpnc_out unix nobody-there 'correct horse'
check "a name that is an option is refused unasked" vpnc_out unix -schallenge 'correct horse'
check "a module that asks twice gets the password twice" vpnc_in twice alice sesame
check "a module that crashes is a refusal" vpnc_out crash alice sesame

# -- challenges --
# vpnc asks whoever sits before it; here that is a program, which hears the question as its argument.
# vpnc_codes CODE…
vpnc_codes() {
    printf '%s\n' "$@" >"$STAR_DIR/codes"
    cat >"$STAR_DIR/helper" <<HELPER
#!/bin/sh
echo "\$*" >>$STAR_DIR/asked
head -n 1 $STAR_DIR/codes
sed -i 1d $STAR_DIR/codes
HELPER
    chmod +x "$STAR_DIR/helper"
    : >"$STAR_DIR/asked"
}
otp_client() {
    STAR_GROUP=otp star_vpnc client carol 'correct horse' "NAT Traversal Mode natt" "Password helper $STAR_DIR/helper"
}
vpnc_codes 314159 271828
otp_client
check "a client that is asked for two codes gets a tunnel" star_vpnc_up client
check "it was asked twice" test "$(wc -l <"$STAR_DIR/asked")" = 2
check "and shown the module's question" grep -q 'Verification code 1:' "$STAR_DIR/vpnc-client.log"
star_stop vpnc-client
vpnc_codes 314159 000000
otp_client
check "a wrong code is refused" star_wait 15 star_gone vpnc-client
refute "without a tunnel" grep -q 'VPNC started' "$STAR_DIR/vpnc-client.log"
check "and as a login that failed" star_wait 5 hub_shows 'user carol of group otp' explain last
STAR_GROUP=otp star_vpnc client carol 'correct horse' "NAT Traversal Mode natt" "Noninteractive"
check "a client that nobody sits before gives up" star_wait 40 star_gone vpnc-client
soon "and no worker waits for it" no_worker
check "test aaa says what would be asked" try otp carol 'correct horse' 'Reason: its service asks "Verification code 1:"'
refute "no code is in the log" grep -qE '314159|271828|000000' "$STAR_DIR/hub.log"

# -- group lock, addresses of users --
check "into a locked group USER@GROUP logs in" vpnc_in locked carol@locked 'correct horse'
check "with the address that is the user's" test "$(star_lease client)" = 10.5.5.77
check "so does USER/GROUP, whose list is asked for the user" vpnc_in locked gfullage/locked gfullage
check "who gets no other's address" test "$(star_lease client)" != 10.5.5.77
check "the user alone is refused" vpnc_out locked carol 'correct horse'
check "so is a user of another group" vpnc_out locked carol@unix 'correct horse'
check "with a reason of its own" star_wait 5 hub_shows 'has group-lock' explain last
check "the lease is the user's" hub_shows 'locked/carol .*10\.5\.5\.77|10\.5\.5\.77 .*locked/carol' show ip local pool detail

# -- what a service says of its users --
check "test aaa shows what the service says of the user" try gives carol 'correct horse' 'HUBWARD_ADDRESS=10\.6\.6\.9'
STAR_GROUP=gives star_vpnc client carol 'correct horse' "NAT Traversal Mode natt"
check "its user gets a tunnel" star_vpnc_up client
check "with the address that it says" test "$(star_lease client)" = 10.6.6.9
check "and traffic" ping_ok client 10.1.1.10
star_stop vpnc-client
check "a user of another group is refused, though the password is right" vpnc_out foreign carol 'correct horse'
check "and the operator is told why" star_wait 5 hub_shows 'HUBWARD_GROUP=sales' explain last

# -- lists of several methods --
check "local then pam: a local user gets a tunnel" vpnc_in localpam gfullage gfullage
check "so does an account that only PAM knows" vpnc_in localpam carol 'correct horse'
check "a local user's wrong password is refused" vpnc_out localpam gfullage 'wrong horse'
check "PAM is not asked about it" try localpam gfullage 'wrong horse' 'Reason: local: the password is wrong$'
check "pam then local: an account gets a tunnel" vpnc_in pamlocal carol 'correct horse'
check "so does a local user that PAM does not know" vpnc_in pamlocal gfullage gfullage
check "an account's wrong password is refused" vpnc_out pamlocal carol 'wrong horse'
check "and nobody else is asked about it" try pamlocal carol wrong 'Reason: hw-unix: Authentication failure$'
check "a service that cannot answer gives way" vpnc_in downlocal gfullage gfullage
check "one that hangs gives way after ten seconds" try hanglocal gfullage gfullage 'accepted, 1[0-2][0-9]{3} ms'

# refused_at LIST USER MILLISECONDS: no operator sees the answer earlier, or much later.
refused_at() {
    local begun=${EPOCHREALTIME/./} took
    try "$1" "$2" 'wrong horse' ': refused' || return 1
    took=$(((${EPOCHREALTIME/./} - begun) / 1000))
    echo "refused after $took ms"
    [ "$took" -ge "$3" ] && [ "$took" -lt $(($3 + 900)) ]
}
check "who is refused by the first method hears it as late" refused_at localpam gfullage 3000
check "as who is refused by the second" refused_at localpam carol 3000
check "and as nobody at all" refused_at localpam nobody-there 3000

# -- reasons --
# explained PATTERN: the latest refusal says so.
explained() {
    star_wait 5 hub_shows "$1" explain last
}
check "a password that must be changed is refused" vpnc_out unix stale 'correct horse'
check "with this reason in the log" logged hub 'refused at Xauth login: the password has expired and must be changed first'
check "and in the decision that is kept" explained 'the password has expired and must be changed first'
check "an account that has expired has its own" logged hub 'refused at Xauth login: the account has expired'
check "test aaa tells the rule" try barred carol x 'Refused: the account is locked or may not log in'

# -- test aaa --
check "test aaa accepts as a login would" try unix carol 'correct horse' 'list unix \(PAM service hw-unix\): accepted'
check "says why it refuses" try unix carol wrong 'Reason: Authentication failure'
check "and that an account has expired" try unix expired 'correct horse' 'Reason: User account has expired'
check "of local users it says who is not there" try clientauth nobody x 'Reason: there is no such user'
check "a crash is no verdict, with the reason" try crash alice x 'Reason: its worker died'
check "a list that is none is no verdict" try nolist alice x 'Reason: its aaa list is not configured'
check "what the modules need is said" try nolock carol wrong 'Warning: .*pam_faillock wants to be root'
check "a slow module is waited for" try slow alice x 'accepted, 2[0-9]{3} ms'
refute "the password is in no log" grep -rF 'correct horse' "$STAR_DIR/hub.log" "$STAR_DIR/hub-run" "$STAR_DIR/hub-state"

# -- a module that hangs --
check "a hung module has its places, and no more" hang_begin
check "a local user logs in at speed meanwhile" took_ms clientauth gfullage gfullage 2000
check "a local user gets a tunnel meanwhile" vpnc_in testgroup gfullage gfullage
check "an account of another source gets one too" vpnc_in unix carol 'correct horse'
kill $hang_pids 2>/dev/null
wait $hang_pids 2>/dev/null
soon "operators who leave give the places back" took_ms unix carol 'correct horse' 2000
soon "no worker is left" no_worker

# -- the users file --
check "hubctl adds a user" user_does 'pass phrase' add dave
check "the file is root's alone" test "$(stat -c %a "$STAR_DIR/users")" = 600
check "it holds a type 9 hash" grep -qE '^username dave secret 9 \$9\$[./0-9A-Za-z]{14}\$[./0-9A-Za-z]{43}$' "$STAR_DIR/users"
check "the user logs in without a restart" vpnc_in testgroup dave 'pass phrase'
check "with an own address that is in no pool" test "$(star_lease client)" = 172.16.5.5
refute "nobody is added twice" user_does other add dave
refute "a user of the configuration stays where it stands" user_does other disable gfullage
check "the list says where everyone stands" hub_shows "^dave +9 +enabled +$STAR_DIR/users, line 1$" user list
check "the configuration's users, too" hub_shows '^gfullage +0 +enabled +configuration, line [0-9]+$' user list
check "the list shows no hash" hub_hides '\$9\$' user list
star_vpnc client dave 'pass phrase' "NAT Traversal Mode natt"
check "a session is up" star_vpnc_up client
check "the user is disabled" user_does '' disable dave
check "the session stays" hub_shows 'Username: dave' show crypto session detail
star_stop vpnc-client
check "but there is no new one" vpnc_out testgroup dave 'pass phrase'
check "test aaa says why" try clientauth dave 'pass phrase' 'Reason: the user is disabled'
check "the user is enabled" user_does '' enable dave
check "and has a new password" user_does 'new phrase' passwd dave
check "the old one is refused" vpnc_out testgroup dave 'pass phrase'
check "the new one is let in" vpnc_in testgroup dave 'new phrase'
echo 'username eve secret 9 nonsense' >>"$STAR_DIR/users"
kill -HUP "$(cat "$STAR_DIR/hub.pid")"
soon "a bad users file is said with its place" logged hub "the configuration stays as it was: $STAR_DIR/users:2:23: error"
check "and changes nothing" try clientauth dave 'new phrase' accepted
refute "hubctl refuses to edit it" user_does x add frank
sed -i '$d' "$STAR_DIR/users"
echo 'username frank secret 0 by-hand' >>"$STAR_DIR/users"
kill -HUP "$(cat "$STAR_DIR/hub.pid")"
soon "a file edited by hand is read on SIGHUP" try clientauth frank by-hand accepted
kill -9 "$(hub_role hubward-xauth)"
soon "a broker that was killed has the users of now" try clientauth frank by-hand accepted

# -- modules that write as root --
try nolock carol wrong refused >/dev/null && try nolock carol wrong refused >/dev/null && try nolock carol wrong refused >/dev/null
check "without root pam_faillock never locks: that is what the warning says" try nolock carol 'correct horse' accepted
check "as root it lets in" try lock carol 'correct horse' 'as root\): accepted'
try lock carol wrong refused >/dev/null && try lock carol wrong refused >/dev/null && try lock carol wrong refused >/dev/null
check "as root it locks after three failures" try lock carol 'correct horse' refused
check "its tally is where it says" test -s "$STAR_DIR/state/locks/carol"
check "root's worker runs" try probe alice x refused
probe=$STAR_DIR/state/locks/probe
check "it is root" grep -qE '^Uid:\s+0\s+0' "$probe"
check "without any capability" test "$(grep -cE '^Cap(Inh|Prm|Eff|Bnd|Amb):\s+0+$' "$probe")" = 5
check "that it could not regain" grep -qE '^NoNewPrivs:\s+1' "$probe"
check "with no descriptor but its own" sh -c "! grep -E '^fd ' '$probe' | grep -vE 'fd [012] /dev/null|fd 3 socket:'"
check "it writes to nobody's files" test "$(grep -cE '^(write|make) .*: Permission denied$' "$probe")" = 3
check "changes no mode" grep -qE '^chmod .*: Operation not permitted$' "$probe"
check "signals nobody" test "$(grep -cE '^signal .*: Operation not permitted$' "$probe")" = 2
kill -9 "$(hub_role hubward-launche)"
soon "a launcher that was killed comes back" try probe alice x refused
umount /etc/pam.d /etc/shadow /etc/passwd
tap_end vpnc-client
