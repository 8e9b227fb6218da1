#!/usr/bin/env bash
# The warden: what it refuses before anything is changed, who its children are and what they may do,
# that they come back, that routing stays closed whoever dies, and that nothing of it remains.
. "$(dirname "$0")/tap.sh"

conf=$root/examples/hub.conf
maps="--map FastEthernet0/0=eth0 --map FastEthernet0/1=eth1"
dirs="--run-dir $STAR_DIR/hub-run --state-dir $STAR_DIR/hub-state"
roles="key path xauth store web"
sanitized=
nm "$HUBWARD_BIN/../libexec/hubward-path" 2>/dev/null | grep -q __asan_init && sanitized=yes

# exits STATUS COMMAND…
exits() {
    local want=$1
    shift
    "$@"
    [ $? = "$want" ]
}

hubd() { on hub timeout 20 "$HUBWARD_BIN/hubd" "$@"; }
warden() { pgrep -f -- "^$HUBWARD_BIN/$1 .*--run-dir $STAR_DIR" | head -n 1; }
role() { pgrep -x "hubward-$1" -P "$(warden hubd)" | head -n 1; }

untouched() {
    ! on "$1" ip link show hubward0 && [ -z "$(on "$1" nft list tables)" ] &&
        [ "$(on "$1" ip rule | wc -l)" = 3 ]
}

field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }

# each_role FUNCTION: holds for every role's process.
each_role() {
    local role
    for role in $roles; do
        "$1" "$(role "$role")" "$role" || { echo "not $role"; return 1; }
    done
}
has_own_uid() { [ "$(field "$1" Uid)" -ge 100 ]; }
distinct_uids() {
    local role
    [ "$(for role in $roles; do field "$(role "$role")" Uid; done | sort -u | wc -l)" = 5 ]
}
has_no_capability() {
    local set
    for set in CapInh CapPrm CapEff CapBnd CapAmb; do
        [ "$(field "$1" $set)" = 0000000000000000 ] || return 1
    done
    [ "$(field "$1" NoNewPrivs)" = 1 ]
}
is_filtered() { [ "$(field "$1" Seccomp)" = 2 ]; }
has_no_environment() { [ "$(wc -c <"/proc/$1/environ")" = 0 ]; }
holds_no_file() {
    ! readlink /proc/"$1"/fd/* | grep -vE '^(socket|pipe|anon_inode):|^/dev/(null|net/tun)$' |
        grep -vE "$STAR_DIR/(hub-state|hub.log)|^/memfd:"
}

memory_below_40_mb() {
    local pid sum=0 pss
    for pid in $(warden hubd) $(pgrep -P "$(warden hubd)") $(pgrep -P "$(role xauth)"); do
        pss=$(awk '$1 == "Pss:" { print $2 }' "/proc/$pid/smaps_rollup")
        sum=$((sum + pss))
    done
    echo "together $sum kB"
    [ "$sum" -lt 40960 ]
}

# UDP and raw sockets of a role, by inode: the same ones after its death.
sockets_of() {
    local fd inode
    for fd in /proc/"$(role "$1")"/fd/*; do
        inode=$(readlink "$fd" | sed -n 's/socket:\[\(.*\)\]/\1/p')
        [ -n "$inode" ] && on hub cat /proc/net/udp /proc/net/raw | awk -v i="$inode" '$10 == i || $13 == i { print i }'
    done | sort
}

comes_back() {
    local old before
    old=$(role "$1")
    before=$(sockets_of "$1")
    kill -9 "$old"
    star_wait 5 is_another "$1" "$old" && star_wait 5 is_ready_again "$1" && sleep 0.3 &&
        [ "$before" = "$(sockets_of "$1")" ]
}
is_another() { [ -n "$(role "$1")" ] && [ "$(role "$1")" != "$2" ]; }
is_ready_again() { [ "$(grep -c "warden: $1 is ready" "$STAR_DIR/hub.log")" -ge 2 ]; }

counter_of() {
    on "$1" nft list chain inet hubward0 guarded | awk '/counter packets/ {
        for (i = 1; i < NF; i++) if ($i == "packets") sum += $(i + 1) } END { print sum + 0 }'
}

# A packet in clear to a lease address, from a machine on the outside net (THREATS E07).
clear_packet_is_dropped() {
    local before
    before=$(counter_of hub)
    on isp ip route replace 10.5.5.0/24 via 10.48.67.181
    on isp ping -n -c 2 -i 0.2 -W 1 10.5.5.1
    [ $? != 0 ] && [ "$(counter_of hub)" -ge $((before + 2)) ]
}

# Protected packets of the branch's net are sent nowhere: nothing of them is seen outside.
nothing_leaks() {
    on branch timeout 4 tcpdump -ni eth0 -c 1 'net 10.1.0.0/16' >"$STAR_DIR/leak.log" 2>&1 &
    local pid=$!
    sleep 0.7
    on brlan ping -n -c 4 -i 0.2 -W 1 10.1.1.10
    wait $pid
    ! grep -q '^1 packet captured' "$STAR_DIR/leak.log"
}

gone() { ! pgrep -P "$1" && ! kill -0 "$1"; }
no_children_of() { local pid; for pid in $1; do [ ! -d "/proc/$pid" ] || return 1; done; }

# -- before anything is changed ---------------------------------------------------------------------
star_up
printf 'crypto isakmp policy 10\n encrr 3des\n' >"$STAR_DIR/bad.conf"
check "a good configuration passes --check" exits 0 hubd -c "$conf" $maps $dirs --check
check "a broken one is exit 78 for --check" exits 78 hubd -c "$STAR_DIR/bad.conf" $maps $dirs --check
check "and for a start" exits 78 hubd -c "$STAR_DIR/bad.conf" $maps $dirs
check "the message has file, line, column and caret" sh -c \
    "'$HUBWARD_BIN/hubd' -c '$STAR_DIR/bad.conf' --check 2>&1 | grep -E 'bad.conf:2:[0-9]+: error: .*encrr' && '$HUBWARD_BIN/hubd' -c '$STAR_DIR/bad.conf' --check 2>&1 | grep -F '^'"
check "a file that is not there is exit 78" exits 78 hubd -c "$STAR_DIR/none.conf" $maps $dirs
check "a crypto interface without a Linux one is exit 78" exits 78 hubd -c "$conf" $dirs
check "an unknown option is exit 64" exits 64 hubd --frob
check "another user is told to be root, exit 77" exits 77 setpriv --reuid 65534 --clear-groups "$HUBWARD_BIN/hubd" -c "$conf" $maps $dirs
check "an address that differs is said" sh -c \
    "ip netns exec $STAR-hub '$HUBWARD_BIN/hubd' -c '$conf' --map FastEthernet0/0=eth1 --map FastEthernet0/1=eth0 --check 2>&1 | grep -F 'Linux has 10.1.1.1/23 on eth1'"
check "nothing was changed by any of it" untouched hub
check "no directory was made" test ! -e "$STAR_DIR/hub-run"

exec_on hub perl -MIO::Socket::INET -e \
    '$s = IO::Socket::INET->new(Proto => "udp", LocalPort => 500) or die; sleep 60' &
holder=$!
port_taken() { on hub ss -lun | grep -q ':500 '; }
star_wait 5 port_taken
check "a taken port 500 is exit 1" exits 1 hubd -c "$conf" $maps $dirs
kill $holder
star_wait 5 sh -c "! ip netns exec $STAR-hub ss -lun | grep -q ':500 '"
check "and changes nothing either" untouched hub

# -- its children -------------------------------------------------------------------------------------
check "the hub starts" star_hub "$conf"
check "each role has a user of its own" each_role has_own_uid
check "no two have the same" distinct_uids
check "no role has a capability, nor can get one" each_role has_no_capability
check "each is under a system call filter" each_role is_filtered
check "none has an environment" each_role has_no_environment
check "none holds a file but its own" each_role holds_no_file
[ -n "$sanitized" ] || check "all processes together are below 40 MB" memory_below_40_mb
check "the control socket is for root and its group" sh -c "[ \"\$(stat -c %a '$STAR_DIR/hub-run/control.sock')\" = 660 ]"
check "the state directory is the store's alone" sh -c "[ \"\$(stat -c %a '$STAR_DIR/hub-state')\" = 700 ]"
check "a second instance in the same run directory is refused" exits 1 hubd -c "$conf" $maps $dirs
check "a second one beside it finds port 500 taken" exits 1 hubd -c "$conf" $maps \
    --run-dir "$STAR_DIR/second" --state-dir "$STAR_DIR/second-state"
check "the first one's device and rules are still there" on hub ip link show hubward0
check "and the second's are not" sh -c "! ip -n $STAR-hub link show hubward1"
kill -HUP "$(warden hubd)"
soon "SIGHUP is answered in the log" logged hub 'configuration reloaded: 0 lines differ'
for role in $roles; do
    check "$role comes back with the same sockets when it is killed" comes_back "$role"
done
check "hubctl is answered after all of it" star_ctl hub show crypto session
check "a packet in clear to a lease address is dropped" clear_packet_is_dropped

# -- closed routing -------------------------------------------------------------------------------------
check "the branch starts" star_spoke "$root/examples/spoke.conf"
soon "the tunnel carries" ping_ok brlan 10.1.1.10 1
spoke=$(warden spoked)
children=$(pgrep -P "$spoke")
kill -9 "$spoke"
soon "when the warden is killed its children end" no_children_of "$children"
check "and the branch's net still sends nothing in clear" nothing_leaks
check "a new start takes over what was left" star_spoke "$root/examples/spoke.conf"
soon "and the tunnel carries again" ping_ok brlan 10.1.1.10 1
on branch ip addr flush dev eth0
on branch ip addr add 10.100.2.240/24 dev eth0
on branch ip route replace default via 10.100.2.3
soon "a new address is noticed" logged spoke 'FastEthernet0/0 .eth0. now has address 10.100.2.240'
soon "and the tunnel follows it" ping_ok brlan 10.1.1.10 1
on hub ip addr flush dev eth1
soon "the hub notices that its inside address is gone" logged hub 'FastEthernet0/1 .eth1. now has address -'
on hub ip addr add 10.1.1.1/23 dev eth1
soon "and that it has come back" logged hub 'FastEthernet0/1 .eth1. now has address 10.1.1.1'
soon "and the tunnel still carries" ping_ok brlan 10.1.1.10 1
soon "the hub itself reaches the branch from its inside address" on hub ping -n -c 1 -W 2 10.2.2.10
children=$(pgrep -P "$(warden spoked)")
kill -9 "$(warden spoked)"
soon "killed again" no_children_of "$children"
check "--down removes what is left" exits 0 on branch "$HUBWARD_BIN/spoked" --down --run-dir "$STAR_DIR/spoke-run"
check "all of it" untouched branch
check "--down twice is fine" exits 0 on branch "$HUBWARD_BIN/spoked" --down --run-dir "$STAR_DIR/spoke-run"

# -- the end ----------------------------------------------------------------------------------------------
hub=$(warden hubd)
check "--down beside a running instance is refused" exits 1 hubd --down --run-dir "$STAR_DIR/hub-run"
kill -TERM "$hub"
check "a stop takes less than three seconds" star_wait 3 gone "$hub"
check "and leaves nothing" untouched hub
check "no socket either" sh -c "! ls '$STAR_DIR/hub-run/'*.sock"
tap_end
