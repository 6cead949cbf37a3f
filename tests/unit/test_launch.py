"""A runner that is asked for while another one is alive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from provisioner.clock import Clock
from provisioner.home import Home
from provisioner.lock import acquire
from tests.unit.builders import FQDN

ASKING = """
import asyncio, sys
from provisioner.errors import Locked
from provisioner.home import Home
from provisioner.runner.launch import launch
from provisioner.runner.order import Order
from provisioner.world import World

home = Home.default()
folder = home.sovereign(sys.argv[1])
world = World(hetzner="http://127.0.0.1:9")
order = Order(fqdn=folder.fqdn, folder=str(folder.path), command="plan", world=world)
try:
    asyncio.run(launch(home, folder, order, lambda: None))
except Locked as error:
    print(error.facts["since"])
"""


async def test_who_is_refused_is_told_since_when_and_nothing_else(tmp_path: Path) -> None:
    """One moment to read, and no complaint of Python's about what was left open."""
    folder = Home(tmp_path).sovereign(FQDN)
    folder.create()
    lock = await acquire(folder.lock, FQDN, Clock().now())
    try:
        done = subprocess.run(
            [sys.executable, "-c", ASKING, FQDN],
            env=os.environ | {"CATALYST_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        lock.release()
    assert done.stderr == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n", done.stdout)
