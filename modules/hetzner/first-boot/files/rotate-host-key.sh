#!/bin/bash
# Makes a host key that never leaves this node, and prints its public half. It is used from the moment
# the caller answers "pinned": a caller that goes away without a word leaves the old key in use.
set -euo pipefail
umask 077

KEY=${KEY:-/etc/ssh/ssh_host_ed25519_key}

rm -f "$KEY.new" "$KEY.new.pub"
ssh-keygen -q -t ed25519 -N '' -C "$(uname -n)" -f "$KEY.new"
cat "$KEY.new.pub"
read -r -t 60 answer
[ "$answer" = pinned ]
chmod 0644 "$KEY.new.pub"
mv "$KEY.new.pub" "$KEY.pub"
mv "$KEY.new" "$KEY"
systemctl try-reload-or-restart ssh.service
