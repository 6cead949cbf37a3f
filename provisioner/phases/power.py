"""Power: the machines of a Sovereign that is to be reached are on.

A destroy switches them off before it deletes anything, so that one which is cut leaves them off;
somebody may have done it at Hetzner, too. No plan of OpenTofu sees it, and whoever waits for them
would wait in vain.
"""

from __future__ import annotations

from provisioner.events import Remarked
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import sort_out
from provisioner.hetzner.sweep import switch_on, wait_for_actions
from provisioner.run import Run


async def switched_on(run: Run) -> None:
    """Switch on what is off, and say so; raises HetznerError."""
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        found = sort_out({"server": await hetzner.list("/servers", "servers")}, run.fqdn)
        off = set(found.items) - set(found.running)
        for each in off:
            text = f"server {each.name} was off: it is switched on."
            run.emit(Remarked(source="cloud", level="warning", text=text))
        await switch_on(hetzner, off)
        await wait_for_actions(hetzner, off, run.clock)
