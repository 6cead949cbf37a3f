"""Why there is no certificate yet, in the words of who asks for it: cert-manager in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.cluster.ports import Kube
from provisioner.errors import ClusterError
from provisioner.facts import OutsideCheck

NAMESPACE, NAME = "catalyst-platform", "entrance"
"""Of the Certificate and its Issuer, as the kit names both."""
LONGEST = 300
_SIGNING = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}"
_PROVING = f"/apis/acme.cert-manager.io/v1/namespaces/{NAMESPACE}"


async def issuance(kube: Kube) -> OutsideCheck | None:
    """Return what the certificate waits for, or None if nothing says so.

    The issuer's own trouble comes first, then that of a challenge, then what the Certificate says.
    """
    issuer = await _get(kube, f"{_SIGNING}/issuers/{NAME}")
    certificate = await _get(kube, f"{_SIGNING}/certificates/{NAME}")
    challenges = await _get(kube, f"{_PROVING}/challenges")
    told = ((each.get("status") or {}).get("reason") for each in challenges.get("items", ()))
    saw = (
        _unless(issuer, "Ready")
        or next((str(each) for each in told if each), "")
        or _unless(certificate, "Issuing")
        or _unless(certificate, "Ready")
    )
    if not saw:
        return None
    said = " ".join(saw.split())[:LONGEST].rstrip(".")
    target = f"Certificate {NAMESPACE}/{NAME}"
    return OutsideCheck(what="issuance", target=target, ok=False, saw=said, code="tls_pending")


async def _get(kube: Kube, path: str) -> Mapping[str, Any]:
    try:
        return await kube.get(path)
    except ClusterError:
        # Without cert-manager, or before its objects are there, nothing is known.
        return {}


def _unless(item: Mapping[str, Any], kind: str) -> str:
    """Return the message of a condition that is false, or an empty text."""
    conditions = (item.get("status") or {}).get("conditions") or ()
    found = (each for each in conditions if each["type"] == kind and each["status"] == "False")
    return next((str(each.get("message") or each.get("reason")) for each in found), "")
