#!/bin/sh
# Makes .venv with Catalyst and the Python packages of requirements.lock.
# Quick when nothing changed: .venv/ready holds the digest of what it was made from.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "$*" >&2
    exit 1
}

fits='import sys; sys.exit(sys.version_info < (3, 11))'
python=""
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && "$candidate" -c "$fits"; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is needed; on Debian: apt install python3 python3-venv"

wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat .venv/ready 2>/dev/null || true)" != "$wanted" ]; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "Installing python3-venv ..."
            apt-get -qq update
            DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-venv >/dev/null
        else
            fail "Python's venv module is missing; on Debian, as root: apt install python3-venv"
        fi
    fi
    rm -f .venv/ready
    [ -x .venv/bin/python ] || "$python" -m venv --clear .venv
    echo "Installing Python packages, as pinned in requirements.lock ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation -e .
    echo "$wanted" >.venv/ready
fi
