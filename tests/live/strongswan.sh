# strongSwan's charon in a node of the star, with its userspace ESP (which speaks UDP-encapsulated
# ESP only, so NAT-T is forced with encap = yes). Source it after tap.sh.

# swan_start NODE: swanctl.conf on standard input.
swan_start() {
    local node=$1 dir=$STAR_DIR/swan-$1
    mkdir -p "$dir"
    cat >"$dir/swanctl.conf"
    cat >"$dir/strongswan.conf" <<CONF
charon {
    load = random nonce openssl aes des md5 sha1 sha2 hmac kdf gmp pem pkcs1 pkcs8 x509 pubkey gcm curve25519 kernel-libipsec kernel-netlink resolve socket-default vici updown xauth-generic unity attr
    i_dont_care_about_security_and_use_aggressive_mode_psk = yes
    install_routes = yes
    retransmit_timeout = 1.0
    plugins {
        vici {
            socket = unix://$dir/vici
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
    on "$1" pkill -x charon
    star_wait 5 sh -c "! ip netns exec $STAR-$1 pgrep -x charon"
}
