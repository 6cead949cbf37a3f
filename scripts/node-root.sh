#!/bin/sh
# Makes the small Debian in which the tests run what nodes run: a folder in the cache, made once, and
# only where packages can be had. It is of this machine's own release.
set -eu
packages=curl,faketime,iproute2,openssh-client
cache=${CATALYST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/catalyst}
root=$cache/node-root
[ "$(cat "$root/made" 2>/dev/null || true)" != "$packages" ] || exit 0

# shellcheck source=/dev/null
. /etc/os-release
new=$root.$$
trap 'rm -rf "$new"' EXIT
mkdir -p "$cache"
echo "Making a small Debian for the tests of the nodes' first boot ..."
mmdebstrap --quiet --variant=minbase --include="$packages" "$VERSION_CODENAME" "$new"
echo "$packages" >"$new/made"
rm -rf "$root"
mv "$new" "$root"
