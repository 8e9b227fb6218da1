# strongSwan's charon in a node of the star, with its userspace ESP (which speaks UDP-encapsulated
# ESP only, so NAT-T is forced with encap = yes; its own packets carry a mark and pass by its routes,
# so that 0.0.0.0/0 may go through the tunnel). Source it after tap.sh.

# swan_start NODE: swanctl.conf on standard input.
swan_start() {
    local node=$1 dir=$STAR_DIR/swan-$1
    mkdir -p "$dir"
    rm -f "$dir/vici"
    cat >"$dir/swanctl.conf"
    cat >"$dir/strongswan.conf" <<CONF
charon {
    load = random nonce openssl aes des md5 sha1 sha2 hmac kdf gmp pem pkcs1 pkcs8 x509 pubkey gcm curve25519 kernel-libipsec kernel-netlink resolve socket-default vici updown xauth-generic unity attr
    i_dont_care_about_security_and_use_aggressive_mode_psk = yes
    install_routes = yes
    retransmit_timeout = 1.0
    send_vendor_id = yes
    plugins {
        vici {
            socket = unix://$dir/vici
        }
        socket-default {
            fwmark = 0x42
        }
        kernel-netlink {
            fwmark = !0x42
        }
        kernel-libipsec {
            allow_peer_ts = yes
        }
        resolve {
            file = $dir/resolv.conf
        }
    }
    filelog {
        swan {
            path = $STAR_DIR/swan-$node.log
            default = 1
            flush_line = yes
        }
    }
}
CONF
    exec_on "$node" unshare -m sh -c 'mount -t tmpfs none /run && exec "$@"' charon \
        env STRONGSWAN_CONF="$dir/strongswan.conf" /usr/lib/ipsec/charon \
        >"$STAR_DIR/charon-$node.log" 2>&1 &
    echo $! >"$STAR_DIR/swan-$node.pid"
    star_wait 10 test -S "$dir/vici"
    swan "$node" --load-all --file "$dir/swanctl.conf"
}

# swan NODE SWANCTL-OPTION…
swan() {
    local node=$1
    shift
    on "$node" env STRONGSWAN_CONF="$STAR_DIR/swan-$node/strongswan.conf" swanctl "$@" \
        --uri "unix://$STAR_DIR/swan-$node/vici"
}

swan_stop() {
    star_stop "swan-$1"
}

# swan_hub_conf: the hub of the document's branch.
swan_hub_conf() {
    cat <<'CONF'
connections {
    branches {
        version = 1
        local_addrs = 10.48.67.181
        remote_addrs = 0.0.0.0/0
        proposals = 3des-sha1-modp1024
        encap = yes
        local {
            auth = psk
            id = 10.48.67.181
        }
        remote {
            auth = psk
            id = %any
        }
        children {
            net {
                local_ts = 10.1.0.0/16
                remote_ts = 10.2.0.0/16
                esp_proposals = 3des-sha1
            }
        }
    }
}
secrets {
    ike-any {
        secret = cisco123
    }
}
CONF
}

# swan_branch_conf IKE-PROPOSAL ESP-PROPOSAL KEY [ITS-NET OUR-NET]: a branch of the hub.
swan_branch_conf() {
    cat <<CONF
connections {
    hub {
        version = 1
        local_addrs = $(star_branch_address)
        remote_addrs = 10.48.67.181
        proposals = $1
        encap = yes
        dpd_delay = 30s
        local {
            auth = psk
        }
        remote {
            auth = psk
            id = 10.48.67.181
        }
        children {
            net {
                local_ts = ${4:-10.2.0.0/16}
                remote_ts = ${5:-10.1.0.0/16}
                esp_proposals = $2
            }
        }
    }
}
secrets {
    ike-hub {
        secret = $3
    }
}
CONF
}

# swan_load NODE: swanctl.conf on standard input replaces what charon has.
swan_load() {
    cat >"$STAR_DIR/swan-$1/swanctl.conf"
    swan "$1" --load-all --file "$STAR_DIR/swan-$1/swanctl.conf"
}
