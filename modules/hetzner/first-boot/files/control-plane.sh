#!/usr/bin/env bash
# First boot of a control plane. Every step looks at what is there, so that a restart goes on.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/catalyst/node.env
# shellcheck source=common.sh
. /usr/local/lib/catalyst/common.sh

readonly MANIFESTS=/var/lib/rancher/k3s/server/manifests
readonly FOUNDED=$STATE/founded
readonly STORAGE=$STATE/manifests/storage.yaml
kubectl() { /usr/local/bin/k3s kubectl --request-timeout=30s "$@"; }
api_ready() { kubectl get --raw=/readyz >/dev/null 2>&1; }
node_ready() {
  [ "$(kubectl get node "$NODE_NAME" --output='jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ]
}
applied() { kubectl apply --server-side --force-conflicts --filename="$1"; }

# A cluster that already answers is joined, even by the one node that may found it.
enter_cluster() {
  local attempt
  if [ -e "$JOIN" ]; then return; fi
  if [ "$MAY_FOUND" = no ]; then
    if [ -z "$PEERS" ]; then die "this node may not found a cluster, and there is no other to join"; fi
    join_whoever_answers
    return
  fi
  for attempt in 1 2 3; do
    if has_answering_peer; then
      join_whoever_answers
      return
    fi
    if [ -n "$PEERS" ]; then sleep "$attempt"; fi
  done
  touch "$FOUNDED"
  write_join 'cluster-init: true'
}

download() {
  fetch_k3s
  fetch cilium "$CILIUM_URL" "$CILIUM_SHA256" "/var/lib/rancher/k3s/server/static/charts/${CILIUM_URL##*/}"
  if [ -e "$STORAGE" ]; then
    fetch hcloud-csi "$HCLOUD_CSI_URL" "$HCLOUD_CSI_SHA256" "/var/lib/rancher/k3s/server/static/charts/${HCLOUD_CSI_URL##*/}"
  fi
  fetch gateway-api "$GATEWAY_API_URL" "$GATEWAY_API_SHA256" "$STATE/manifests/gateway-api.yaml"
  fetch flux "$FLUX_URL" "$FLUX_SHA256" "$STATE/manifests/flux.yaml"
}

start_k3s() {
  enter_cluster
  systemctl enable --now --no-block "$SERVICE"
  wait_for 600 "the Kubernetes API" api_ready
}

# Cilium's operator looks for the Gateway API once, when it starts: its kinds come first.
install_cilium() {
  if [ -e "$FOUNDED" ]; then
    wait_for 120 "the Gateway API's kinds" applied "$STATE/manifests/gateway-api.yaml"
    install -D -m 0600 "$STATE/manifests/cilium.yaml" "$MANIFESTS/cilium.yaml"
  fi
  wait_for 900 "Cilium on this node" node_ready
  if [ -e "$FOUNDED" ]; then
    wait_for 300 "the rule about the metadata service" applied "$STATE/manifests/metadata.yaml"
  fi
}

# Only what several nodes need; it waits for a token by itself, so nothing waits for it here.
install_storage() {
  if [ -e "$FOUNDED" ] && [ -e "$STORAGE" ]; then
    install -D -m 0600 "$STORAGE" "$MANIFESTS/storage.yaml"
  fi
}

install_flux() {
  if [ ! -e "$FOUNDED" ]; then return; fi
  wait_for 120 "Flux's objects" applied "$STATE/manifests/flux.yaml"
  kubectl --namespace=flux-system wait deployment --all --for=condition=Available \
    --request-timeout=0 --timeout=600s
}

begin
enter network
bring_up_network
enter download
download
enter k3s
start_k3s
enter cilium
install_cilium
install_storage
enter flux
install_flux
enter ready
finish
