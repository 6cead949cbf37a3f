"""All checks of answers against Hetzner, together: preflight's, and those of refused answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from provisioner.checks import access, project, sizing
from provisioner.checks.memory import check_memory
from provisioner.checks.reality import Reality
from provisioner.checks.wanted import chosen_fqdn
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.errors import HetznerError
from provisioner.facts import Finding
from provisioner.hetzner.catalogue import Catalogue, read_catalogue
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Inventory, read_inventory
from provisioner.settings import Settings
from provisioner.spec import slug_of


async def live_findings(
    values: Mapping[str, Any], hetzner: Hetzner, settings: Settings
) -> tuple[Finding, ...]:
    """Return all that reality holds against answers in the shape of sovereign.yaml.

    Answers may have gaps or be wrong; each check looks at what it can read. Never raises for what
    the API says.
    """
    fqdn = chosen_fqdn(values)
    name = fqdn or ""
    found = access.check_cidrs(values)
    rights = await project.check_token_rights(hetzner, name)
    if rights:
        return found + rights
    try:
        catalogue, inventory = await _look(hetzner, name)
        found += await project.check_image(values, catalogue, settings, hetzner)
    except HetznerError as error:
        return (*found, project.api_finding(error, name))
    kit_mib = await asyncio.to_thread(kit_memory_mib)
    found += sizing.check_locations(values, catalogue)
    now = hetzner.world.clock.now()
    found += sizing.check_types(values, Reality(catalogue, settings, now, kit_mib))
    found += check_memory(values, catalogue, settings, kit_mib)
    found += project.check_limits(values, inventory, settings)
    if fqdn is not None:
        found += project.check_leftovers(fqdn, inventory)
        found += project.check_names(slug_of(fqdn), inventory)
    return found


def kit_memory_mib() -> int:
    """Return what the bootstrap kit's components need together; blocks on the disk."""
    return sum(part.sheet.memory for part in packaged_kit().parts)


async def _look(hetzner: Hetzner, fqdn: str) -> tuple[Catalogue, Inventory]:
    """Read catalogue and project at once; raises the first HetznerError."""
    try:
        async with asyncio.TaskGroup() as tasks:
            catalogue = tasks.create_task(read_catalogue(hetzner))
            inventory = tasks.create_task(read_inventory(hetzner, fqdn))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return catalogue.result(), inventory.result()
