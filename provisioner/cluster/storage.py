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

from provisioner.cluster.kitfiles import Kit, packaged_kit
from provisioner.hetzner.prices import Rented
from provisioner.spec import SovereignSpec

SMALLEST_VOLUME = 10
"""GB: the driver rounds up to what Hetzner rents at least."""


def rented_volumes(spec: SovereignSpec) -> Counter[Rented]:
    """Return the volumes that the shipped kit will claim for a spec; blocks on the disk once.

    A kit that comes from a repository claims what only that repository knows.
    """
    if not spec.is_highly_available or spec.source.mode != "direct":
        return Counter()
    return volumes_of(packaged_kit(), spec.sizing.location)


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
