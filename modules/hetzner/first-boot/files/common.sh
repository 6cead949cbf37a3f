# shellcheck shell=bash
# Shared by the first boots of both roles: stages, bounded waits, checked downloads. Expects
# /etc/catalyst/node.env to be read, and set -euo pipefail.

STATE=${STATE:-/var/lib/catalyst}
LOG=${LOG:-/var/log/catalyst-boot.log}
stage=

say() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }

die() {
  say "$*" >&2
  exit 1
}

# The last lines of the log as a list of JSON strings, in printable ASCII.
last_lines() {
  tail -n 20 "$LOG" 2>/dev/null | LC_ALL=C tr -cd '\12\40-\176' | cut -c 1-300 |
    sed -e 's/[\\"]/\\&/g' -e 's/.*/"&"/' | paste -sd , -
}

# Writes the stage file that whoever waits for this node reads; whole or not at all.
report() {
  local state=$1 lines=${2:-} index=0 of=0 name
  for name in $STAGES; do
    of=$((of + 1))
    if [ "$name" = "$stage" ]; then index=$of; fi
  done
  printf '{"stage":"%s","index":%d,"of":%d,"since":"%s","state":"%s","lines":[%s]}\n' \
    "$stage" "$index" "$of" "$since" "$state" "$lines" >"$STATE/stage.json.new"
  chmod 0644 "$STATE/stage.json.new"
  mv "$STATE/stage.json.new" "$STATE/stage.json"
}

enter() {
  stage=$1
  since=$(date -u +%FT%TZ)
  say "stage $stage"
  report running
}

ended() {
  local code=$?
  if [ "$code" -ne 0 ] && [ -n "$stage" ]; then
    journalctl --no-pager -n 8 -o cat -u "$SERVICE" 2>/dev/null || true
    say "stage $stage failed with exit code $code"
    report failed "$(last_lines)"
  fi
}

finish() {
  touch "$STATE/booted"
  report 'done'
  stage=
}

begin() {
  mkdir -p "$STATE"
  trap ended EXIT
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds, at most so long.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  say "waiting for $what"
  until "$@"; do
    if [ "$SECONDS" -ge "$deadline" ]; then die "gave up waiting for $what"; fi
    sleep 2
  done
}

# fetch NAME URL SHA256 TARGET: retried, and kept only if the sum is the pinned one.
fetch() {
  local name=$1 url=$2 sum=$3 target=$4 attempt
  if [ -z "$sum" ]; then die "no checksum is pinned for $name, so it is not downloaded"; fi
  if [ -e "$target" ] && printf '%s  %s\n' "$sum" "$target" | sha256sum --check --status; then return; fi
  mkdir -p "$(dirname "$target")"
  for attempt in 1 2 3 4 5; do
    say "downloading $name, attempt $attempt"
    if curl --fail --silent --show-error --location --connect-timeout 10 --max-time 300 \
      --output "$target.new" "$url" &&
      printf '%s  %s\n' "$sum" "$target.new" | sha256sum --check --status; then
      mv "$target.new" "$target"
      return
    fi
    rm -f "$target.new"
    sleep $((attempt * 2))
  done
  die "$name could not be downloaded from $url with its pinned checksum"
}

# Prints this node's private address once an interface holds it.
private_address() {
  local address
  for address in $(ip -4 -o address show scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
    # PRIVATE_ADDRESS is an address, or a pattern such as 10.0.2.*
    # shellcheck disable=SC2254
    case $address in $PRIVATE_ADDRESS) printf '%s\n' "$address" && return ;; esac
  done
  return 1
}

has_private_address() { private_address >/dev/null; }

bring_up_network() {
  timeout 120 netplan apply
  wait_for 600 "the private address $PRIVATE_ADDRESS" has_private_address
}

# A supervisor that is up answers its ping without being asked who asks.
answers() {
  [ "$(curl --insecure --silent --connect-timeout 2 --max-time 5 "https://$1:6443/ping")" = pong ]
}

# Prints the address of a control plane that answers.
answering_peer() {
  local peer
  for peer in $PEERS; do
    if answers "$peer"; then
      printf '%s\n' "$peer"
      return
    fi
  done
  return 1
}

has_answering_peer() { answering_peer >/dev/null; }

fetch_k3s() {
  case $(uname -m) in
    x86_64) fetch k3s "$K3S_URL/k3s" "$K3S_SHA256_AMD64" /usr/local/bin/k3s ;;
    aarch64) fetch k3s "$K3S_URL/k3s-arm64" "$K3S_SHA256_ARM64" /usr/local/bin/k3s ;;
    *) die "k3s has no program for $(uname -m)" ;;
  esac
  chmod 0755 /usr/local/bin/k3s
}

# How this node enters its cluster is decided once and then kept, also over a restart.
JOIN=${JOIN:-/etc/rancher/k3s/config.yaml.d/50-join.yaml}

write_join() {
  local address
  address=$(private_address)
  mkdir -p "$(dirname "$JOIN")"
  printf '%s\nnode-ip: "%s"\n' "$1" "$address" >"$JOIN.new"
  chmod 0600 "$JOIN.new"
  mv "$JOIN.new" "$JOIN"
}

join_whoever_answers() {
  wait_for 1800 "a control plane that answers" has_answering_peer
  write_join "server: \"https://$(answering_peer):6443\""
}
