"""Why a certificate is not there: the first of those who know tells."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.cluster.ports import Object
from provisioner.errors import ClusterError
from provisioner.outside.issuance import issuance
from provisioner.remedies import explain
from tests.unit.cluster.partial_kube import PartialKube

ISSUER, CERTIFICATE, CHALLENGES = "issuers/entrance", "certificates/entrance", "challenges"


def saying(kind: str, status: str, message: str) -> dict[str, Any]:
    """Return an object with one condition."""
    return {"status": {"conditions": [{"type": kind, "status": status, "message": message}]}}


PENDING = {"items": [{"status": {"reason": "wrong status code '404',\n expected '200'"}}]}
FAILED = saying("Issuing", "False", "The certificate request has failed.")
WAITING = saying("Ready", "False", "Issuing certificate as Secret does not exist")


class Cluster(PartialKube):
    """As much of a cluster's API as cert-manager has objects in it."""

    def __init__(self, held: dict[str, Any]) -> None:
        self._held = held

    async def get(self, path: str, **_: str) -> Object:
        """Return an object, or refuse as the API does."""
        found = next((each for end, each in self._held.items() if path.endswith(end)), None)
        if found is None:
            raise ClusterError("kube_refused", reason="not found")
        return dict(found)


@pytest.mark.parametrize(
    ("held", "saw"),
    [
        ({}, ""),
        ({ISSUER: saying("Ready", "True", "registered"), CHALLENGES: {"items": []}}, ""),
        ({ISSUER: saying("Ready", "False", "cannot register: 429")}, "cannot register: 429"),
        ({CHALLENGES: PENDING, CERTIFICATE: WAITING}, "wrong status code '404', expected '200'"),
        ({CERTIFICATE: FAILED}, "The certificate request has failed"),
        ({CERTIFICATE: WAITING}, "Issuing certificate as Secret does not exist"),
    ],
)
async def test_who_knows_most_tells(held: dict[str, Any], saw: str) -> None:
    """Issuer, challenge, Certificate; without any of them nothing is claimed."""
    found = await issuance(Cluster(held))
    assert (found.saw if found is not None else "") == saw
    if found is not None:
        assert not found.ok
        assert saw in explain(found.code, {"target": found.target, "saw": found.saw}).what
