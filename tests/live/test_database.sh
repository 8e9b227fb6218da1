#!/usr/bin/env bash
# The database in trouble: its disk full, locked by somebody else, damaged, of a newer version, its
# pool empty. Tunnels that are up carry on; who gets an address and who does not follows one rule; the
# log says it once; and when it is over, it is noticed without a restart.
. "$(dirname "$0")/tap.sh"

disk=$STAR_DIR/hub-state
database=$disk/hubward.db
trap 'disk_off; tap_clean' EXIT

disk_on() {
    mkdir -p "$disk"
    mount -t tmpfs -o size=2m,mode=755 none "$disk"
}

disk_off() {
    [ -z "${locker:-}" ] || kill "$locker" 2>/dev/null
    mountpoint -q "$disk" && umount -l "$disk"
}

role_pid() {
    pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x "hubward-$1"
}

# login NODE USER: a client comes; its lease is then in star_lease.
login() {
    star_vpnc "$1" "$2" "$2-password" "NAT Traversal Mode natt"
    star_vpnc_up "$1"
}

refused() {
    star_vpnc "$1" "$2" "$2-password" "NAT Traversal Mode natt"
    star_wait 20 star_gone "vpnc-$1" && ! test -s "$STAR_DIR/vpnc-$1.env"
}

# The client that was there before all this.
carries_on() {
    ping_ok client 10.1.1.10 && ping_ok hublan 10.5.5.1 1
}

times_logged() {
    grep -cE "$1" "$STAR_DIR/hub.log"
}

recovered_again() {
    [ "$(times_logged 'the database takes rows again')" = 2 ]
}

# The store is killed, and cannot come back before the command is done.
with_store_dead() {
    local warden pid
    warden=$(cat "$STAR_DIR/hub.pid")
    pid=$(role_pid store)
    kill -STOP "$warden"
    kill -9 "$pid"
    star_wait 5 store_is_dead "$pid"
    "$@"
    local result=$?
    kill -CONT "$warden"
    return $result
}

store_is_dead() {
    grep -q '^State:.*Z' "/proc/$1/status"
}

# Somebody else holds the lock of the database until unlock.
lock() {
    rm -f "$STAR_DIR/locked"
    { printf 'BEGIN EXCLUSIVE;\n.shell touch %s/locked\n' "$STAR_DIR"; exec sleep 1000; } |
        sqlite3 "$database" >/dev/null 2>&1 &
    star_wait 5 test -e "$STAR_DIR/locked"
    locker=$(pgrep -P $$ -x sleep)
}

unlock() {
    kill "$locker"
    locker=
}

damage() {
    head -c "$(stat -c %s "$database")" /dev/urandom >"$STAR_DIR/noise"
    cat "$STAR_DIR/noise" >"$database"
}

# of_session USER JQ: what the history says of this user's newest session.
of_session() {
    star_ctl hub show history --json | jq -e "[.history[] | select(.user == \"$1\")][0] | $2"
}

# Nothing but the address: it is the living client's and nobody else's.
another_address() {
    echo "c1 has $(star_lease c1)"
    [ -n "$(star_lease c1)" ] && [ "$(star_lease c1)" != 10.5.5.1 ]
}

star_up
disk_on
for user in first second third fourth; do users+=("username $user password 0 $user-password"); done
extended "$root/examples/hub.conf" "${users[@]}" >"$STAR_DIR/hub.conf"
sed 's/^ip local pool ippool.*/ip local pool ippool 10.5.5.1 10.5.5.1/' "$STAR_DIR/hub.conf" >"$STAR_DIR/small.conf"

check "a hub with a pool of one address starts" star_hub "$STAR_DIR/small.conf"
check "one client gets it" login client first
check "pool empty: the next one is refused" refused c1 second
check "pool empty: the log says so" logged hub 'refused at address assignment: .*the pool has no free address'
check "pool empty: so do the problems" hub_shows 'the pool has no free address' show problems
check "pool empty: the first one carries on" carries_on
check "the history has the session" of_session first '.ended_s == 0 and .assigned == "10.5.5.1"'
star_stop vpnc-client
soon "and its end" of_session first '.ended_s > 0 and .reason != ""'
check "peers are known by name" hub_shows 'testgroup/first' show peers
star_stop hub
rm -f "$STAR_DIR/hub.log"
umount "$disk"
disk_on

check "the hub starts on a disk of its own" star_hub "$STAR_DIR/hub.conf"
check "a client is up" login client first
check "another one comes" login c1 second
star_stop vpnc-c1 2
soon "and goes" of_session second '.ended_s > 0'

dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null
check "disk full: who is not known there gets no address" refused c1 third
check "disk full: who is known gets his own again" login c1 second
check "disk full: it is the address of before" test "$(star_lease c1)" = 10.5.5.2
star_stop vpnc-c1 2
check "disk full: the client carries on" carries_on
check "disk full: what is stored can be read" hub_shows ' first ' show history
check "disk full: another one is refused too" refused c1 fourth
check "disk full: the log says it once" test "$(times_logged 'rows cannot be written')" = 1
rm "$disk/filler"
soon "room again: it is noticed" logged hub 'the database takes rows again'
check "room again: a new client gets an address" login c1 third
soon "room again: what happened meanwhile is stored" of_session second '.ended_s > 0'
star_stop vpnc-c1 2

check "locked: somebody else gets the lock" with_store_dead lock
soon "locked: the log says so" logged hub 'database is locked'
check "locked: nobody new gets an address" refused c1 fourth
check "locked: the client carries on" carries_on
check "locked: the history says that it cannot be read" \
    grep -q 'the database cannot be read' <(star_ctl hub show history 2>&1)
check "locked: the log says it once" test "$(times_logged 'database is locked')" = 1
unlock
star_wait 70 recovered_again
check "unlocked: a new client gets an address" login c1 fourth
star_stop vpnc-c1 2
check "unlocked: the client's session is still the one it was" of_session first '.ended_s == 0'

check "damaged: the file is overwritten" with_store_dead damage
soon "damaged: it is set aside, and the log says where" logged hub 'kept as hubward.db.bad-1, an empty one is begun'
check "damaged: what it was is kept" cmp "$STAR_DIR/noise" "$database.bad-1"
check "damaged: the client carries on" carries_on
check "damaged: a new client gets an address" login c1 second
check "damaged: it is not the living client's" another_address
star_stop vpnc-c1 2

kill -9 "$(role_pid key)"
soon "key killed: the history says so" of_session second '.ended_s > 0'
star_stop vpnc-client
star_stop hub
rm -f "$STAR_DIR/hub.log"
sqlite3 "$database" 'PRAGMA user_version=99' >/dev/null
before=$(sha256sum <"$database")
check "newer version: the hub starts" star_hub "$STAR_DIR/hub.conf"
check "newer version: the log says so" logged hub 'is of version 99, this program knows up to .*: left as it is'
check "newer version: nobody gets an address" refused client first
check "newer version: the file is as it was" test "$before" = "$(sha256sum <"$database")"
mv "$database" "$STAR_DIR/newer.db"
star_wait 70 logged hub 'the database takes rows again'
check "another file there: it is noticed, and a client gets an address" login client first
check "and carries traffic" carries_on
tap_end vpnc-client vpnc-c1
