"""Plays cert-manager's orders: every name is proved by HTTP-01, then a certificate is signed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import secrets
from provisioner.rehearsal.actor.issuers import account
from provisioner.rehearsal.actor.kinds import CERTIFICATES, CHALLENGES, ORDERS
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Gone
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.acme import Account, AcmeRefused, Challenge
from provisioner.rehearsal.certificates.acme import Order as Asked
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.certificates.reach import why_not

SELF_CHECK = 10.0
"""Seconds between two looks whether a challenge's answer is at its address."""


async def ordered(scene: Scene, certificate: Object, issuer: Object) -> Pair:
    """Return a certificate from the ACME server, as soon as the names lead here.

    Raises AcmeRefused, and Gone when the Certificate is deleted meanwhile.
    """
    names, key = certificate["spec"]["dnsNames"], pairs.new_key()
    request = pairs.request(key, names)
    client = await account(scene, issuer)
    for left in scene.store.all(CHALLENGES):
        await scene.api.delete(CHALLENGES, *Key.of(left))
    if (fault := scene.script.scenario.authority) is not None:
        raise AcmeRefused("", fault.message)
    asked = await client.order(names)
    order = await _order(scene, certificate, asked, request)
    try:
        proving = await client.challenges(asked)
        await asyncio.gather(
            *(_Proof(scene, certificate, client, each).prove() for each in proving)
        )
        chain = await client.finish(asked, request)
    except AcmeRefused as refusal:
        await _told(scene, order, state="invalid", reason=str(refusal), failureTime=scene.now())
        raise
    await _told(scene, order, state="valid", certificate=base64.b64encode(chain.encode()).decode())
    return Pair(chain, pairs.private(key))


async def _order(scene: Scene, certificate: Object, asked: Asked, request: bytes) -> Object:
    mark = int(hashlib.sha256(asked.url.encode()).hexdigest()[:8], 16)
    body = _child(certificate, "Order", f"{certificate['metadata']['name']}-1-{mark}") | {
        "spec": {
            "dnsNames": certificate["spec"]["dnsNames"],
            "issuerRef": certificate["spec"]["issuerRef"],
            "request": base64.b64encode(request).decode(),
        }
    }
    made = await scene.create(ORDERS, body, secrets.MANAGER) or body
    await _told(scene, made, state="pending", url=asked.url, finalizeURL=asked.finalize)
    return made


class _Proof:
    """One name on its way to being proved."""

    def __init__(
        self, scene: Scene, certificate: Object, client: Account, challenge: Challenge
    ) -> None:
        self._scene = scene
        self._certificate = certificate
        self._client = client
        self._challenge = challenge
        self._answer = client.answer_for(challenge)

    async def prove(self) -> None:
        """Put the answer to its address, see it there, and have the server look."""
        token, scene = self._challenge.token, self._scene
        item = await self._shown()
        scene.solving[token] = self._answer
        try:
            while why := await self._why_not():
                reason = f"Waiting for HTTP-01 challenge propagation: {why}"
                await _told(
                    scene, item, presented=True, processing=True, state="pending", reason=reason
                )
                await scene.clock.sleep(SELF_CHECK)
            await self._client.prove(self._challenge)
        finally:
            scene.solving.pop(token, None)
        await scene.api.delete(CHALLENGES, *Key.of(item))

    async def _why_not(self) -> str:
        if self._scene.store.get(CERTIFICATES, Key.of(self._certificate)) is None:
            raise Gone
        if self._scene.acme is None:
            return "connection refused"
        return await why_not(
            self._scene.acme, self._challenge.name, self._challenge.token, self._answer
        )

    async def _shown(self) -> Object:
        challenge = self._challenge
        mark = int(hashlib.sha256(challenge.url.encode()).hexdigest()[:8], 16)
        name = f"{self._certificate['metadata']['name']}-1-{mark}"
        body = _child(self._certificate, "Challenge", name) | {
            "spec": {
                "dnsName": challenge.name,
                "type": "HTTP-01",
                "token": challenge.token,
                "key": self._answer,
                "url": challenge.url,
                "authorizationURL": challenge.authorization,
                "issuerRef": self._certificate["spec"]["issuerRef"],
                "wildcard": False,
            }
        }
        return await self._scene.create(CHALLENGES, body, secrets.MANAGER) or body


def _child(certificate: Object, kind: str, name: str) -> Object:
    meta = certificate["metadata"]
    owner = {
        "apiVersion": certificate["apiVersion"],
        "kind": "Certificate",
        "name": meta["name"],
        "uid": meta["uid"],
    }
    return {
        "apiVersion": "acme.cert-manager.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": meta["namespace"], "ownerReferences": [owner]},
    }


async def _told(scene: Scene, item: Object, **status: Any) -> None:
    """Write what an Order or a Challenge says of itself."""
    resource = ORDERS if item["kind"] == "Order" else CHALLENGES
    await scene.patch(resource, item, {"status": status}, secrets.MANAGER, "status")
