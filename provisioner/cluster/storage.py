"""Volumes of a Sovereign with several control planes: rented at Hetzner by its CSI driver.

The node's first boot installs the driver, which labels what it rents with the Sovereign. A single
control plane keeps its volumes on its own disk, and nothing here concerns it. Source: the driver's
chart and documentation (hetznercloud/csi-driver).
"""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

from pydantic import SecretStr

from provisioner.cluster.kitfiles import Kit
from provisioner.cluster.kitsource import kit_of
from provisioner.hetzner.prices import Rented
from provisioner.run import Run

SMALLEST_VOLUME = 10
"""GB: the driver rounds up to what Hetzner rents at least."""


async def rented_volumes(run: Run) -> Counter[Rented]:
    """Return the volumes that a run's kit will claim, wherever the kit comes from.

    Raises KitError, GitError when the kit cannot be read.
    """
    if not run.spec.is_highly_available:
        return Counter()
    return volumes_of(await kit_of(run), run.spec.sizing.location)


def volumes_of(kit: Kit, location: str) -> Counter[Rented]:
    """Return the volumes that a kit claims where storage is rented."""
    sizes = (size for part in kit.parts for size in part.sheet.volumes)
    return Counter(Rented("volume", str(max(size, SMALLEST_VOLUME)), location) for size in sizes)


def token_secret(token: SecretStr) -> dict[str, Any]:
    """Return the Secret from which the driver takes Hetzner's token, under its chart's name."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "hcloud", "namespace": "kube-system"},
        "type": "Opaque",
        "data": {"token": base64.b64encode(token.get_secret_value().encode()).decode()},
    }
