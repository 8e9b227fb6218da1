#!/usr/bin/env bash
# One hub under load, and kill -9 of its processes at random: in each round every role once, in random
# order, then key and store at the same moment, then the warden. `kills.sh SEED ROUNDS FIGURES`; figures
# (`role what milliseconds`) are appended to the last. test_kills.sh runs several side by side.
. "$(dirname "$0")/tap.sh"

RANDOM=$1
rounds=$2 figures=$3
tools=$HUBWARD_BIN/../tests
clients=12
every_us=20000 # of the streams: what a starved process has not read yet must fit into its queues
kinds="key path xauth store web"

now_ms() {
    echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

pause() {
    sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"
}

figure() {
    echo "$1 $2 $3" >>"$figures"
}

# within SECONDS COMMAND…: as star_wait, but looking a hundred times a second.
within() {
    local end=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt $end ] || return 1
        sleep 0.01
    done
}

role_pid() {
    pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x "hubward-$1"
}

restarted() {
    local pid
    pid=$(role_pid "$1") && [ "$pid" != "$2" ]
}

# -- the load ---------------------------------------------------------------------------------

# Clients that come and go, and a numbered stream each way through the branch's tunnel.
load_begin() {
    local k
    for k in $(seq $clients); do on client ip addr add 10.51.82.$((100 + k))/24 dev eth0; done
    exec_on client "$tools/live_fleet" 10.48.67.181 10.51.82.101 $clients "$STAR_DIR/fleet.log" \
        "$STAR_DIR/told" >"$STAR_DIR/fleet.out" 2>&1 &
    fleet=$!
    exec_on hublan "$tools/live_stream" receive 7001 >"$STAR_DIR/up.log" &
    exec_on brlan "$tools/live_stream" receive 7002 >"$STAR_DIR/down.log" &
    exec_on brlan "$tools/live_stream" send 10.1.1.10 7001 $every_us &
    exec_on hublan "$tools/live_stream" send 10.2.2.10 7002 $every_us &
    disown -a
}

# Somebody who began at this moment or later has been told an address; prints when the first was.
login_since() {
    tail -n 500 "$STAR_DIR/fleet.log" 2>/dev/null | awk -v since="$1" \
        '$2 == "acked" && $5 >= since { print $1; found = 1; exit } END { exit !found }'
}

# Streams of both directions have come through since then, at once and after one another.
streams_since() {
    local side
    for side in up down; do
        tail -n 1 "$STAR_DIR/$side.log" | awk -v since="$1" '{ at = $1 } END { exit !(at >= since) }' || return 1
    done
}

# lost SIDE FROM TO: numbers that did not come, and the end of the longest silence, as `count end`.
lost() {
    tail -n 20000 "$STAR_DIR/$1.log" | awk -v from="$2" -v to="$3" '
        $1 < from { before = $2; last = $1; next }
        $1 > to { next }
        { got++; top = $2; if ($1 - last > gap) { gap = $1 - last; end = $1 } last = $1 }
        END { if (!got) print "all 0"; else print top - before - got, end }'
}

nothing_lost() {
    local side count end
    for side in up down; do
        read -r count end < <(lost $side "$1" "$2")
        echo "$side: $count lost"
        [ "$count" = 0 ] || return 1
    done
}

branch_anew() {
    star_ctl spoke clear crypto session
    within 10 streams_since $(($(now_ms) + 100))
}

# -- deaths -----------------------------------------------------------------------------------

spis() {
    star_ctl hub show crypto ipsec sa --json | jq -r '.ipsec_sas[] | .spi_in, .spi_out' | sort
}

spis_of_branch() {
    star_ctl hub show crypto ipsec sa --json |
        jq -r '.ipsec_sas[] | select(.remote.address == "'"$branch"'") | .spi_in, .spi_out' | sort
}

# hubctl is answered, and somebody logs in who began after the death: how long both took.
recovered() {
    local role=$1 since=$2 at
    within 20 star_ctl hub show version || return 1
    [ "$role" != key ] || figure "$role" hubctl $(($(now_ms) - since))
    within 20 login_since "$since" || return 1
    at=$(login_since "$since")
    figure "$role" login $((at - since))
}

# What the streams went without.
outage() {
    local role=$1 since=$2 side count end
    for side in up down; do
        read -r count end < <(lost $side "$since" "$(now_ms)")
        [ "$end" -gt 0 ] || return 1
        figure "$role" "tunnel-$side" $((count ? end - since : 0))
        figure "$role" "lost-$side" "$count"
    done
}

# kill_role ROLE [NAME IN FIGURES]
kill_role() {
    local role=$1 old since
    old=$(role_pid "$role")
    since=$(now_ms)
    kill -9 "$old"
    check "$name: $role is started again" within 5 restarted "$role" "$old"
    check "$name: $role: the hub answers and users log in" recovered "${2:-$role}" "$since"
    pause $((1000 + RANDOM % 1000 - ($(now_ms) - since < 1000 ? $(now_ms) - since : 1000)))
    killed=$since
}

kill_quiet() {
    kill_role "$1"
    check "$name: $1: no packet of the branch was lost" nothing_lost "$killed" "$(now_ms)"
}

kill_web() { kill_quiet web; }
kill_xauth() { kill_quiet xauth; }
kill_store() { kill_quiet store; }

kill_key() {
    kill_quiet key
    check "$name: key: the branch keys anew" branch_anew
}

# SPIs of the keys that key has handed to path since this one died (MSG_SA_INSTALL: kind and length,
# then direction and SPI).
installs() {
    local kind
    kind=$(grep -oE 'X\(MSG_[A-Z_0-9]+' "$root/lib/host/message.h" | grep -nx 'X(MSG_SA_INSTALL' | cut -d: -f1)
    awk -v since="$killed" '$2 * 1000 >= since' "$STAR_DIR/key.trace" |
        grep -oE 'iov_base="(\\x[0-9a-f]{2}){9}' | sed 's/iov_base="//; s/\\x//g' |
        sed -nE "s/^$(printf %04x "$kind").{4}0[01](.{8})$/0x\U\1/p" | sort
}

none_pushed_again() {
    local now
    now=$(installs)
    echo "installed: $now"
    [ "$(wc -w <<<"$now")" -ge 2 ] && [ -z "$(comm -12 <(printf '%s\n' "$before") <(printf '%s\n' "$now"))" ]
}

# A client that has left without a word is waited for a while; the branch answers.
branch_is_new() {
    local now
    now=$(spis_of_branch)
    [ -n "$now" ] && [ -z "$(comm -12 <(printf '%s\n' "$before") <(printf '%s\n' "$now"))" ]
}

# In the first round somebody listens to key, which makes it slow; its figures are not the others'.
kill_path() {
    local strace=0 as=path
    if [ "$round" = 1 ]; then
        as=path+strace
        strace -f -ttt -e trace=sendmsg -xx -s 64 -o "$STAR_DIR/key.trace" -p "$(role_pid key)" 2>/dev/null &
        strace=$!
        within 2 grep -q . "$STAR_DIR/key.trace"
    fi
    before=$(spis)
    kill_role path $as
    check "$name: path: the tunnel carries again" within 10 streams_since $((killed + 1000))
    check "$name: path: the branch's SPIs are none of before" within 5 branch_is_new
    check "$name: path: it is known how long it did not carry" outage $as "$killed"
    [ $strace = 0 ] && return
    kill $strace
    wait $strace
    check "$name: path: no key was installed a second time" none_pushed_again
}

kill_two() {
    local since
    since=$(now_ms)
    kill -9 "$(role_pid key)" "$(role_pid store)"
    check "$name: key and store at once: the hub answers and users log in" recovered key+store "$since"
}

below_warden() {
    local pid
    for pid in $(pgrep -P "$1"); do
        echo "$pid"
        below_warden "$pid"
    done
}

# Ended, whether or not somebody has taken note of it.
all_ended() {
    local pid state
    for pid in $children; do
        { read -r _ _ state _ <"/proc/$pid/stat"; } 2>/dev/null || continue
        [ "$state" = Z ] || return 1
    done
}

ended_with_it() {
    within 5 all_ended || return 1
    figure warden end $(($(now_ms) - $1))
}

hub_again() {
    mv "$STAR_DIR/hub.log" "$STAR_DIR/hub-before.log"
    star_hub "$STAR_DIR/hub.conf"
}

kill_warden() {
    local since warden
    warden=$(cat "$STAR_DIR/hub.pid")
    children=$(below_warden "$warden")
    since=$(now_ms)
    kill -9 "$warden"
    check "$name: warden: its six processes end with it" ended_with_it "$since"
    since=$(now_ms)
    pause 300
    refute "$name: warden: nothing comes through meanwhile" streams_since $((since + 50))
    since=$(now_ms)
    check "$name: warden: hubd starts over what it left" hub_again
    figure warden hubctl $(($(now_ms) - since))
    check "$name: warden: users log in again" recovered warden "$since"
    check "$name: warden: the branch keys anew" branch_anew
}

# -- the whole --------------------------------------------------------------------------------

# What is in the database is what was told, and no address stands there twice.
leases_as_told() {
    sqlite3 -separator ' ' "$STAR_DIR/hub-state/hubward.db" 'SELECT principal, address FROM leases' |
        sort >"$STAR_DIR/stored"
    sort "$STAR_DIR/told" >"$STAR_DIR/told.sorted"
    [ -s "$STAR_DIR/told" ] && [ -z "$(comm -23 "$STAR_DIR/told.sorted" "$STAR_DIR/stored")" ] &&
        [ -z "$(awk '{ print $2 }' "$STAR_DIR/stored" | sort | uniq -d)" ]
}

fleet_ends_well() {
    kill -TERM $fleet
    within 5 star_ended $fleet
    sed -n '1,5p' "$STAR_DIR/fleet.out"
    grep -q ', 0 of them wrong$' "$STAR_DIR/fleet.out"
}

# Nothing protected was seen at the provider, who would have seen it.
nothing_in_clear() {
    on isp ip route add 10.2.2.222 via 10.51.82.100
    on isp ping -n -c 1 -W 1 10.2.2.222
    sleep 0.3
    kill $watch
    sleep 0.3
    [ "$(tcpdump -nr "$STAR_DIR/clear.pcap" dst 10.2.2.222 2>/dev/null | wc -l)" -ge 1 ] &&
        [ "$(tcpdump -nr "$STAR_DIR/clear.pcap" not dst 10.2.2.222 2>/dev/null | wc -l)" = 0 ]
}

star_up
mapfile -t users < <(for k in $(seq $clients); do echo "username user$k password 0 user$k-password"; done)
extended "$root/examples/hub.conf" "${users[@]}" >"$STAR_DIR/hub.conf"
exec_on isp tcpdump --immediate-mode -i any -U -w "$STAR_DIR/clear.pcap" \
    net 10.1.0.0/16 or net 10.2.0.0/16 or net 10.5.0.0/16 >/dev/null 2>&1 &
watch=$!
disown $watch
name="seed $1"
check "$name: the hub starts" star_hub "$STAR_DIR/hub.conf"
check "$name: the branch starts" star_spoke "$root/examples/spoke.conf"
check "$name: its tunnel is up" star_wait 20 ping_ok brlan 10.1.1.10 1
branch=$(star_branch_address)
load_begin
check "$name: users log in" within 10 login_since 0
for round in $(seq "$rounds"); do
    name="seed $1, round $round"
    pause $((500 + RANDOM % 500))
    for role in $(shuf -e $kinds --random-source=<(while echo $RANDOM; do :; done)); do
        kill_$role
    done
    kill_two
    check "$name: the branch keys anew" branch_anew
    kill_warden
done
name="seed $1"
check "$name: no user was told two addresses, no address was told to two users" fleet_ends_well
check "$name: nothing in clear has left" nothing_in_clear
star_stop hub
check "$name: every address that was told is in the database, none twice" leases_as_told
echo "# seed $1: $(cat "$STAR_DIR/fleet.out")"
tap_end
