"""The process that is a rehearsed world: ``python -m provisioner.rehearsal HOME``."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from provisioner.errors import Locked
from provisioner.home import Home
from provisioner.lock import acquire
from provisioner.rehearsal.living import LivingWorld
from provisioner.rehearsal.record import WorldFolder


async def main(home: Home) -> None:
    """Be the world of ``home``, unless another process is it already."""
    folder = WorldFolder.of(home).create()
    try:
        held = await acquire(folder.lock, "rehearsal", datetime.now(UTC))
    except Locked:
        return
    world = LivingWorld(home)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, world.end, number.name)
    try:
        await world.live()
    finally:
        held.release()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for noisy in ("asyncssh", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if os.fork():
        # Whoever started us has no child to wait for: the world is nobody's but init's.
        os._exit(0)
    asyncio.run(main(Home(Path(sys.argv[1]))))
