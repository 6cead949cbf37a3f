#!/usr/bin/env bash
# First boot of a worker. Every step looks at what is there, so that a restart goes on.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/catalyst/node.env
# shellcheck source=common.sh
. /usr/local/lib/catalyst/common.sh

agent_active() { systemctl is-active --quiet "$SERVICE"; }

begin
enter network
bring_up_network
enter download
fetch_k3s
enter k3s
if [ ! -e "$JOIN" ]; then join_whoever_answers; fi
systemctl enable --now --no-block "$SERVICE"
wait_for 600 "k3s to join its cluster" agent_active
enter ready
finish
