#!/bin/bash
# Logins a second through the login service, without and with a PAM module that hangs, on this
# machine. The services are of a mount namespace of this script. Needs root and a release build.
# Usage: bench_login.sh BUILD
set -u
build=$(readlink -f "${1:?the build directory}")
[ -n "${BENCH_MOUNTS:-}" ] || BENCH_MOUNTS=1 exec unshare -m --propagation private bash "$0" "$build"
work=$(mktemp -d)
chmod 755 "$work"
trap 'umount /etc/pam.d; rm -rf "$work"' EXIT
printf 'auth required pam_permit.so\naccount required pam_permit.so\n' >"$work/hw-permit"
# Copied, for the service's user need not reach the build directory.
cp "$build/tests/pam_hubward_test.so" "$work/"
printf 'auth required %s/pam_hubward_test.so hang\naccount required pam_permit.so\n' "$work" >"$work/hw-hang"
mount --bind "$work" /etc/pam.d
"$build/tests/bench_login"
