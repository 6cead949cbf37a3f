"""``python -m provisioner.runner FQDN``: takes its order from standard input."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import msgspec

from provisioner.runner.order import Order
from provisioner.runner.serve import serve


def main() -> int:
    """Read the order and carry it out; the journal, not the exit code, says how it went."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    if os.fork():
        # Whoever started us has no child to wait for: the runner is nobody's but init's.
        os._exit(0)
    asyncio.run(serve(order))
    return 0


if __name__ == "__main__":
    sys.exit(main())
