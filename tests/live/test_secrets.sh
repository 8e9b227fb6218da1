#!/usr/bin/env bash
# Where secrets are not (THREATS X05): neither a password nor a key in the memory of processes that
# have no use for it, in an argument, an environment, the log or the database; and who cannot look.
. "$(dirname "$0")/tap.sh"

password=Pw.ZebraUmbrella77
group_key=Gk.ZebraUmbrella88
branch_key=Bk.ZebraUmbrella99

role_pid() {
    pgrep -P "$(cat "$STAR_DIR/hub.pid")" -x "hubward-$1"
}

everybody() {
    local pid
    cat "$STAR_DIR/hub.pid"
    for pid in $(pgrep -P "$(cat "$STAR_DIR/hub.pid")"); do
        echo "$pid"
        pgrep -P "$pid"
    done
}

# found ROLE TEXT: how often it stands in the memory of that process.
found() {
    local pid
    [ "$1" = warden ] && pid=$(cat "$STAR_DIR/hub.pid") || pid=$(role_pid "$1")
    "$STAR_DIR/memory" "$pid" <<<"$2"
}

absent() {
    [ "$(found "$1" "$2")" = 0 ]
}

present() {
    [ "$(found "$1" "$2")" -gt 0 ]
}

in_no_file() {
    local folder=$1
    shift
    ! grep -rlaF "$1" "$folder"
}

in_no_arguments() {
    local pid
    for pid in $(everybody); do
        ! grep -aF "$1" "/proc/$pid/cmdline" "/proc/$pid/environ" || return 1
    done
}

# Somebody else with the same uid, as a second process that was taken over would be.
unreadable_for_its_user() {
    local pid uid
    pid=$(role_pid "$1")
    uid=$(sed -nE 's/^Uid:\s+([0-9]+).*/\1/p' "/proc/$pid/status")
    ! setpriv --reuid "$uid" --clear-groups --bounding-set -all "$STAR_DIR/memory" "$pid" <<<root
}

no_memory_in_dumps() {
    local pid
    for pid in $(everybody); do
        [ "$(cat "/proc/$pid/coredump_filter")" = 00000000 ] || return 1
        grep -qE '^Max core file size +0 +0 ' "/proc/$pid/limits" || return 1
    done
}

star_up
chmod 755 "$STAR_DIR"
cc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -o "$STAR_DIR/memory" "$here/memory.c"
{
    echo "hubward users $STAR_DIR/users"
    sed "s/cisco321/$group_key/; s/cisco123/$branch_key/" "$root/examples/hub.conf"
} >"$STAR_DIR/hub.conf"
check "the hub starts" star_hub "$STAR_DIR/hub.conf"
check "a user is added" star_ctl hub user add zoe <<<"$password"
export STAR_GROUP_KEY=$group_key
star_vpnc client zoe "$password"
check "she logs in" star_vpnc_up client
check "her tunnel carries" ping_ok client 10.1.1.10 3

check "key has the group's key, or this test sees nothing" present key "$group_key"
for role in path xauth store web; do
    check "$role has not the group's key" absent $role "$group_key"
    check "$role has not the branches' key" absent $role "$branch_key"
done
for role in warden key path xauth store web; do
    check "$role has forgotten the password" absent $role "$password"
done
for secret in "$password" "$group_key" "$branch_key"; do
    check "the log does not say ${secret%%.*}" in_no_file "$STAR_DIR/hub.log" "$secret"
    check "neither does the database" in_no_file "$STAR_DIR/hub-state" "$secret"
    check "nor an argument or the environment of a process" in_no_arguments "$secret"
done
check "show running-config hides them" hub_hides 'Zebra' show running-config
for role in key path xauth store web; do
    check "$role cannot be read by another process of its user" unreadable_for_its_user $role
done
check "no core dump would hold memory" no_memory_in_dumps
new_key=Nk.ZebraUmbrella66
sed -i "s/$group_key/$new_key/" "$STAR_DIR/hub.conf"
check "another key comes into force" star_ctl hub reload
check "key has it" present key "$new_key"
for role in warden key; do
    check "$role has forgotten the former one" absent $role "$group_key"
done
tap_end
