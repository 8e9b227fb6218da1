#!/usr/bin/env bash
# strongSwan as Xauth client of the hub: aggressive mode with the group's key-id, Xauth, mode-config.
. "$(dirname "$0")/tap.sh"
. "$here/strongswan.sh"

# client_conf PASSWORD GROUPKEY
client_conf() {
    cat <<CONF
connections {
    hub {
        version = 1
        aggressive = yes
        local_addrs = 10.51.82.100
        remote_addrs = 10.48.67.181
        proposals = 3des-sha1-modp1024
        encap = yes
        vips = 0.0.0.0
        local-1 {
            auth = psk
            id = "@#$(printf testgroup | od -An -tx1 | tr -d ' \n')"
        }
        local-2 {
            auth = xauth
            xauth_id = gfullage
        }
        remote {
            auth = psk
            id = 10.48.67.181
        }
        children {
            net {
                remote_ts = 0.0.0.0/0
                esp_proposals = 3des-sha1
            }
        }
    }
}
secrets {
    ike-hub {
        secret = $2
    }
    xauth-user {
        id = gfullage
        secret = $1
    }
}
CONF
}

star_up
check "the hub starts on the document's configuration" star_hub "$root/examples/hub.conf"
check "charon starts" swan_start client < <(client_conf gfullage cisco321)
capture_start
check "group key, Xauth and mode-config come up" swan client --initiate --child net
check "the client has the pool's first address" sh -c "ip netns exec $STAR-client ip -4 -o addr | grep -F 10.5.5.1/32"
check "the client reaches the hub's net" on client ping -n -c 3 -i 0.2 -W 2 -I 10.5.5.1 10.1.1.10
check "the hub's net reaches the client" ping_ok hublan 10.5.5.1
capture_stop
check "no protected address is seen in clear outside" no_clear_bytes
check "tshark finds no fault in what the hub sends" well_formed_from 10.48.67.181
swan client --terminate --ike hub >/dev/null 2>&1
swan_stop client

check "charon starts with a wrong password" swan_start client < <(client_conf wrong cisco321)
refute "a wrong password is refused" swan client --initiate --child net --timeout 15
check "the log says stage, list and what would help" logged hub 'Xauth login.*user or password wrong.*clientauth'
swan_stop client
check "charon starts with a wrong group key" swan_start client < <(client_conf gfullage wrong)
refute "a wrong group key is refused" swan client --initiate --child net --timeout 10
tap_end swan-client
