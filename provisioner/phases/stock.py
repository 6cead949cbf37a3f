"""Waiting for stock: a patient look at one server type, until it can be rented in its location."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from provisioner.checks.wanted import Servers, wanted_servers
from provisioner.errors import HetznerError
from provisioner.events import WaitFinished, WaitStarted
from provisioner.facts import Finding
from provisioner.hetzner.catalogue import ServerType, convert
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.codes import is_of
from provisioner.run import Run

FIRST = 30.0
"""Seconds before the first look; each later pause is half as long again."""
LONGEST = 300.0
"""Seconds between two looks at most: one request each, far below the project's budget."""
_NO_STOCK = "hetzner_type_no_stock"


async def wait_for_stock(run: Run, wanted: Servers) -> None:
    """Return once the API says that such a server can be rented; one request a look.

    What the API lists is a hint, not a promise, so the first look comes after a pause. Raises
    HetznerError when the API refuses for good; an API that only falters is asked again later.
    """
    key = f"stock {wanted.type} {wanted.location}"
    started = run.clock.monotonic()
    run.emit(WaitStarted(key=key, what=f"stock of {wanted.type} in {wanted.location}"))
    pause = FIRST
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        while True:
            await run.clock.sleep(pause * (1 + secrets.randbelow(256) / 1024))
            if await _is_there(run, hetzner, wanted):
                break
            pause = min(pause * 1.5, LONGEST)
    run.emit(WaitFinished(key=key, seconds=round(run.clock.monotonic() - started, 1)))


async def outwaited(run: Run, blocking: Sequence[Finding]) -> bool:
    """Wait for the stock of all that preflight missed; return False if anything else blocks."""
    if not blocking or any(each.code != _NO_STOCK for each in blocking):
        return False
    missing = {each.value for each in blocking}
    for servers in wanted_servers(run.spec.model_dump(mode="json")):
        if servers.type in missing:
            await wait_for_stock(run, servers)
    return True


async def _is_there(run: Run, hetzner: Hetzner, wanted: Servers) -> bool:
    path = "/server_types"
    try:
        found = (await hetzner.get(path, name=wanted.type)).get("server_types", [])
    except HetznerError as error:
        if error.code == "hetzner_unreachable" or is_of(error.code, "passing", "untouched"):
            return False
        raise
    types = convert(found, list[ServerType], path)
    return any(each.orderable(wanted.location, run.clock.now()) for each in types)
