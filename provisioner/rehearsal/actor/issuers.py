"""Plays cert-manager's issuers: an account at the ACME server, or an authority in the cluster."""

from __future__ import annotations

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import secrets
from provisioner.rehearsal.actor.kinds import ISSUERS
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Gone, Status
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.acme import Account, AcmeRefused

AGAIN = 5.0
"""Seconds until an issuer that is not ready is looked at again."""


class Issuers:
    """Reconciles Issuers."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def reconcile(self, key: Key) -> float | None:
        """Bring one issuer forward; returns when to look again."""
        item = self._scene.store.get(ISSUERS, key)
        if item is None:
            return None
        status = Status(self._scene, ISSUERS, item, secrets.MANAGER)
        try:
            return await self._pass(status, item["spec"])
        except Gone:
            return None

    async def _pass(self, status: Status, spec: Object) -> float | None:
        if "selfSigned" in spec:
            status.set("Ready", "True", "IsReady", "")
            await status.write()
            return None
        if "ca" in spec:
            return await self._authority(status, spec["ca"]["secretName"])
        try:
            made = await account(self._scene, status.item)
        except AcmeRefused as refusal:
            told = f"Failed to register ACME account: {refusal}"
            status.set("Ready", "False", "ErrRegisterACMEAccount", told)
            await status.write()
            return AGAIN
        told = "The ACME account was registered with the ACME server"
        status.set("Ready", "True", "ACMEAccountRegistered", told)
        email = spec["acme"].get("email", "")
        await status.write(acme={"uri": made.url, "lastRegisteredEmail": email})
        return None

    async def _authority(self, status: Status, name: str) -> float | None:
        if secrets.pair(self._scene, status.item["metadata"]["namespace"], name) is None:
            told = f'Error getting keypair for CA issuer: secrets "{name}" not found'
            status.set("Ready", "False", "ErrGetKeyPair", told)
            await status.write()
            return AGAIN
        status.set("Ready", "True", "KeyPairVerified", "Signing CA verified")
        await status.write()
        return None


async def account(scene: Scene, issuer: Object) -> Account:
    """Return an ACME issuer's account, registered with the key in its Secret; raises AcmeRefused.

    Whichever server the issuer names, this world's own stands for it.
    """
    acme = issuer["spec"]["acme"]
    if scene.acme is None or not scene.acme.running:
        raise AcmeRefused("", f'Get "{acme["server"]}": dial tcp: connection refused')
    namespace, name = issuer["metadata"]["namespace"], acme["privateKeySecretRef"]["name"]
    held = secrets.key(scene, namespace, name)
    if held is None:
        held = pairs.private(pairs.new_key())
        await secrets.keep(scene, namespace, name, {secrets.KEY: held})
    made = Account(scene.acme.http, scene.acme.directory, pairs.load_key(held), scene.clock)
    await made.register(acme.get("email", ""))
    return made
