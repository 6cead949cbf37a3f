#!/bin/sh
# What the tests start besides Catalyst's own programs. As root on Debian it is installed; otherwise
# one message names all that is missing.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$0")

missing=""
need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || missing="$missing $2"
}
need sshd openssh-server
need ssh openssh-client
need tmux tmux
need ip iproute2
need unshare util-linux
need shellcheck shellcheck
need cloud-init cloud-init
need git git
need curl curl
need nsd nsd
need unbound unbound
need dbus-daemon dbus-daemon
need gnome-keyring-daemon gnome-keyring
need /lib/systemd/systemd systemd
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
[ -e /lib/systemd/system/dbus.service ] || missing="$missing dbus"
ls /lib/*/security/pam_systemd.so >/dev/null 2>&1 || missing="$missing libpam-systemd"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
need mmdebstrap mmdebstrap
[ -n "$missing" ] || exec "$here/node-root.sh"

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests also need:$missing. On Debian, as root: apt install$missing" >&2
    exit 1
fi
echo "Installing what the tests need:$missing ..."
apt-get -qq update
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
exec "$here/node-root.sh"
