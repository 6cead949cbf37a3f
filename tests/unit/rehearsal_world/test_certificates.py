"""The actor's cert-manager: who signs, what it says meanwhile, and what a failure leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from provisioner.cluster.ports import Object, Resource
from provisioner.errors import RehearsalError
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor import secrets
from provisioner.rehearsal.actor.certificates import Certificates
from provisioner.rehearsal.actor.controller import Controller
from provisioner.rehearsal.actor.issuers import Issuers
from provisioner.rehearsal.actor.kinds import CERT_MANAGER, CERTIFICATES, ISSUERS, SECRETS
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.clock import WorldClock
from tests.unit.rehearsal_world.memory_api import MemoryApi

SPACE = "catalyst-platform"
HOSTS = ["console.oman.omani.works", "api.oman.omani.works"]


@asynccontextmanager
async def signing(acme: Pebble | None = None) -> AsyncIterator[Scene]:
    """Yield a scene in which cert-manager is played, and nobody else."""
    tasks: set[asyncio.Task[None]] = set()

    def spawn(work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        tasks.add(task)
        return task

    script = Script(scenarios.load(scenarios.DEFAULT))
    scene = Scene(MemoryApi(), WorldClock(500.0, time.time()), script, spawn, acme)
    for resource in (*CERT_MANAGER, SECRETS):
        listed = asyncio.Event()
        spawn(scene.store.follow(resource, listed))
        await listed.wait()
    Controller(scene, ISSUERS, Issuers(scene).reconcile).start()
    Controller(scene, CERTIFICATES, Certificates(scene).reconcile).start()
    try:
        yield scene
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [each for each in results if isinstance(each, Exception)]


def of(kind: str, name: str, **spec: Any) -> Object:
    """Return an object of cert-manager."""
    meta = {"name": name, "namespace": SPACE}
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": meta, "spec": spec}


def condition(item: Object | None, kind: str) -> dict[str, Any]:
    """Return one condition of an object, empty if it is not there."""
    found = (item or {}).get("status", {}).get("conditions", ())
    return next((each for each in found if each["type"] == kind), {})


async def told(
    scene: Scene, resource: Resource, name: str, kind: str, reason: str
) -> dict[str, Any]:
    """Return a condition of an object once it has this reason."""
    found: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def heard(key: Key, _: Object | None, after: Object | None) -> None:
        said = condition(after, kind)
        if key.name == name and said.get("reason") == reason and not found.done():
            found.set_result(said)

    scene.store.listen(resource, heard)
    async with asyncio.timeout(90):
        return await found


async def test_an_authority_of_ones_own_signs_from_its_own_secret() -> None:
    """A self-signed root is made first; the entrance waits for it and bears its name."""
    async with signing() as scene:
        for resource, item in (
            (CERTIFICATES, of("Certificate", "entrance", secretName="entrance", dnsNames=HOSTS,
                              issuerRef={"kind": "Issuer", "name": "entrance"})),
            (ISSUERS, of("Issuer", "entrance", ca={"secretName": "authority"})),
            (ISSUERS, of("Issuer", "self-signed", selfSigned={})),
            (CERTIFICATES, of("Certificate", "authority", isCA=True, commonName="oman",
                              secretName="authority",
                              issuerRef={"kind": "Issuer", "name": "self-signed"})),
        ):  # fmt: skip
            await scene.create(resource, item, "helm")
        ready = await told(scene, CERTIFICATES, "entrance", "Ready", "Ready")
        made, root = (secrets.pair(scene, SPACE, name) for name in ("entrance", "authority"))
    assert ready["status"] == "True"
    assert made is not None
    assert root is not None
    made.leaf.verify_directly_issued_by(root.leaf)
    names = made.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == HOSTS
    assert repr(made.key) not in repr(made)


async def test_without_an_acme_server_the_issuer_says_so_and_nothing_is_signed() -> None:
    """The certificate waits for its issuer, which names what it cannot reach."""
    acme = {"server": "https://acme.example/dir", "privateKeySecretRef": {"name": "account"}}
    async with signing() as scene:
        await scene.create(ISSUERS, of("Issuer", "entrance", acme=acme), "helm")
        asked = of("Certificate", "entrance", secretName="entrance", dnsNames=HOSTS,
                   issuerRef={"kind": "Issuer", "name": "entrance"})  # fmt: skip
        await scene.create(CERTIFICATES, asked, "helm")
        waiting = await told(scene, CERTIFICATES, "entrance", "Issuing", "DoesNotExist")
        why = await told(scene, ISSUERS, "entrance", "Ready", "ErrRegisterACMEAccount")
    assert waiting["status"] == "True"
    assert why["status"] == "False"
    assert "acme.example" in why["message"]
    assert secrets.pair(scene, SPACE, "entrance") is None


async def test_a_program_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    """Whoever asked is not left waiting for an answer that cannot come."""
    acme = Pebble(tmp_path / "acme")
    with pytest.raises(RehearsalError) as failed:
        await acme.start(Path("/bin/false"), dns_port=1, http_port=2)
    assert failed.value.code == "acme_not_started"
    assert failed.value.facts["log"].endswith("pebble.log")
    assert not acme.running
    await acme.stop()
