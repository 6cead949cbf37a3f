"""Plays cert-manager: every Certificate from its birth to a Secret that holds what it asks for."""

from __future__ import annotations

from datetime import UTC, datetime

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import secrets
from provisioner.rehearsal.actor.issuers import AGAIN
from provisioner.rehearsal.actor.kinds import CERTIFICATES, ISSUERS
from provisioner.rehearsal.actor.ordering import ordered
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Gone, Status
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.acme import AcmeRefused
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.clock import stamp

BACKOFF = 3600.0
"""Seconds until a certificate that failed is asked for again, doubled each time."""
MOST = 32 * 3600.0


class Certificates:
    """Reconciles Certificates."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def reconcile(self, key: Key) -> float | None:
        """Bring one certificate forward; returns when to look again."""
        item = self._scene.store.get(CERTIFICATES, key)
        if item is None:
            return None
        status = Status(self._scene, CERTIFICATES, item, secrets.MANAGER)
        try:
            return await self._pass(key, status)
        except Gone:
            return None

    async def _pass(self, key: Key, status: Status) -> float | None:
        spec = status.item["spec"]
        held = secrets.pair(self._scene, key.namespace, spec["secretName"])
        if held is not None:
            await self._ready(status, held)
            return None
        told = "Issuing certificate as Secret does not exist"
        status.set("Ready", "False", "DoesNotExist", told)
        status.set("Issuing", "True", "DoesNotExist", told)
        await status.write()
        issuer = self._scene.get(ISSUERS, key.namespace, spec["issuerRef"]["name"])
        if issuer is None or not _is_ready(issuer):
            return AGAIN
        try:
            made = await self._signed(status.item, issuer)
        except AcmeRefused as refusal:
            return await self._failed(status, str(refusal))
        values = {secrets.CERTIFICATE: made.certificate, secrets.KEY: made.key}
        await secrets.keep(
            self._scene, key.namespace, spec["secretName"], values, "kubernetes.io/tls"
        )
        await self._ready(status, made)
        return None

    async def _signed(self, item: Object, issuer: Object) -> Pair:
        spec, how = item["spec"], issuer["spec"]
        if "acme" in how:
            return await ordered(self._scene, item, issuer)
        if spec.get("isCA"):
            return pairs.authority(spec["commonName"])
        signer = secrets.pair(self._scene, item["metadata"]["namespace"], how["ca"]["secretName"])
        if signer is None:
            raise AcmeRefused("", "the issuer has lost its Secret")
        return pairs.issue(signer, spec["dnsNames"])

    async def _ready(self, status: Status, held: Pair) -> None:
        leaf = held.leaf
        begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        # Certificates know real time only.
        if ends <= datetime.now(UTC):
            status.set("Ready", "False", "Expired", f"Certificate expired on {ends:%c}")
        else:
            told = "Certificate is up to date and has not expired"
            status.set("Ready", "True", "Ready", told)
        status.drop("Issuing")
        moments = {"notBefore": begins, "notAfter": ends, "renewalTime": ends - (ends - begins) / 3}
        await status.write(revision=1, **{name: stamp(at) for name, at in moments.items()})

    async def _failed(self, status: Status, reason: str) -> float:
        count = int(status.fields.get("failedIssuanceAttempts", 0)) + 1
        told = f"The certificate request has failed to complete and will be retried: {reason}"
        status.set("Issuing", "False", "Failed", told)
        await status.write(failedIssuanceAttempts=count, lastFailureTime=self._scene.now())
        return min(MOST, BACKOFF * 2.0 ** min(count - 1, 5))


def _is_ready(issuer: Object) -> bool:
    conditions = issuer.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
