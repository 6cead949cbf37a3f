"""Keys and certificates in a cluster's Secrets, as cert-manager keeps them."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from provisioner.rehearsal.actor.kinds import SECRETS
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.certificates.pairs import Pair

MANAGER = "cert-manager"
CERTIFICATE, KEY, AUTHORITY = "tls.crt", "tls.key", "ca.crt"


def pair(scene: Scene, namespace: str, name: str) -> Pair | None:
    """Return the certificate and key in a Secret, if both are there."""
    secret = scene.get(SECRETS, namespace, name)
    data: Mapping[str, str] = (secret or {}).get("data") or {}
    held = {each: base64.b64decode(value).decode() for each, value in data.items()}
    return Pair(held[CERTIFICATE], held[KEY]) if {CERTIFICATE, KEY} <= held.keys() else None


def key(scene: Scene, namespace: str, name: str) -> str | None:
    """Return the key in a Secret as PEM."""
    secret = scene.get(SECRETS, namespace, name)
    told = ((secret or {}).get("data") or {}).get(KEY)
    return base64.b64decode(told).decode() if told else None


async def keep(
    scene: Scene, namespace: str, name: str, values: Mapping[str, str], kind: str = "Opaque"
) -> None:
    """Write a Secret."""
    data = {each: base64.b64encode(value.encode()).decode() for each, value in values.items()}
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": kind,
        "data": data,
    }
    await scene.apply(SECRETS, body, MANAGER)
