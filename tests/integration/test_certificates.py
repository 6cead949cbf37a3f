"""The actor's orders against a real ACME server: pending until the names lead here, then signed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from provisioner.cluster.ports import Object, Resource
from provisioner.dns import wanted
from provisioner.dns.records import Record
from provisioner.rehearsal.actor import secrets
from provisioner.rehearsal.actor.kinds import CERTIFICATES, CHALLENGES, ISSUERS, ORDERS
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.domain.district import District, Ports
from tests.integration.nameservers import free_port
from tests.unit.rehearsal_world.test_certificates import SPACE, condition, of, signing, told

FQDN, ADDRESS = "oman.omani.works", "127.78.0.9"
ACME = {
    "server": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "email": "ops@example.org",
    "privateKeySecretRef": {"name": "acme-account"},
}
REFERENCE = {"kind": "Issuer", "name": "entrance"}


@dataclass
class Behind:
    """A cluster as its entrance sees it."""

    scene: Scene

    def serves(self, namespace: str, name: str) -> bool:
        """Return that everything is ready."""
        return bool(namespace and name)

    def certificate(self) -> Pair | None:
        """Return what is in the Secret."""
        return secrets.pair(self.scene, SPACE, "entrance")

    def challenge(self, token: str) -> str | None:
        """Return what answers a challenge."""
        return self.scene.solving.get(token)


@dataclass
class Town:
    """A cluster, its entrance, the name server and the ACME server."""

    scene: Scene
    district: District
    acme: Pebble
    ports: Ports

    async def ask(self) -> None:
        """Let the kit's Issuer and Certificate come."""
        await self.scene.create(ISSUERS, of("Issuer", "entrance", acme=ACME), "helm")
        names = list(wanted.sites(FQDN))
        asked = of("Certificate", "entrance", secretName="entrance", dnsNames=names,
                   issuerRef=REFERENCE)  # fmt: skip
        await self.scene.create(CERTIFICATES, asked, "helm")

    def lead(self) -> None:
        """Let the names lead to the entrance."""
        records = [Record(name=f"{host}.oman", type="A", value=ADDRESS) for host in wanted.HOSTS]
        self.district.registrar.write("omani.works", records, append=True)

    async def handshake(self) -> str:
        """Return the protocol that a client speaks who trusts the ACME server's roots."""
        trust = ssl.create_default_context(cadata=self.acme.roots)
        _, writer = await asyncio.open_connection(
            ADDRESS, self.ports.https, ssl=trust, server_hostname=f"api.{FQDN}"
        )
        version = str(writer.get_extra_info("ssl_object").version())
        writer.transport.abort()
        return version


@asynccontextmanager
async def town(folder: Path, program: Path) -> AsyncIterator[Town]:
    """Yield a town in which nobody has asked for anything yet."""
    acme, ports = Pebble(folder / "acme"), Ports(0, free_port(), free_port())
    async with signing(acme) as scene:
        behind = Behind(scene)
        district = District(folder, lambda _: behind)
        async with district.living(ports, lambda: {FQDN: ADDRESS}) as dns_port:
            await district.settle(ports, {FQDN: ADDRESS})
            await acme.start(program, dns_port=dns_port, http_port=ports.http)
            yield Town(scene, district, acme, ports)
    await acme.stop()


async def changed(scene: Scene, resource: Resource, wanted_state: str) -> Object:
    """Return the first object of a kind that is in this state."""
    found: asyncio.Future[Object] = asyncio.get_running_loop().create_future()

    def heard(_: Key, __: Object | None, after: Object | None) -> None:
        state = (after or {}).get("status", {}).get("state")
        if after is not None and state == wanted_state and not found.done():
            found.set_result(after)

    scene.store.listen(resource, heard)
    async with asyncio.timeout(90):
        return await found


async def test_a_certificate_is_signed_once_the_names_lead_here(
    tmp_path: Path, rehearsal_tools: dict[str, Path]
) -> None:
    """Before, the challenge says what it waits for; after, whoever trusts the root gets in."""
    async with town(tmp_path, rehearsal_tools["pebble"]) as here:
        await here.ask()
        challenge = await changed(here.scene, CHALLENGES, "pending")
        reason = challenge["status"]["reason"]
        assert reason.startswith("Waiting for HTTP-01 challenge propagation: failed to perform")
        with pytest.raises(OSError):  # noqa: PT011  refused by an alert, or hung up on
            await here.handshake()
        here.lead()
        await told(here.scene, CERTIFICATES, "entrance", "Ready", "Ready")
        assert await here.handshake() == "TLSv1.3"
        order = await changed(here.scene, ORDERS, "valid")
        issuer = here.scene.get(ISSUERS, SPACE, "entrance")
        registered = condition(issuer, "Ready")
        assert (registered["status"], registered["reason"]) == ("True", "ACMEAccountRegistered")
        assert set(order["spec"]["dnsNames"]) == set(wanted.sites(FQDN))
        assert here.scene.solving == {}
        assert "tls.key" not in str(here.scene.get(CERTIFICATES, SPACE, "entrance"))


async def test_what_was_signed_is_trusted_after_the_authority_began_anew(
    tmp_path: Path, rehearsal_tools: dict[str, Path]
) -> None:
    """Pebble forgets its root when it ends; a world does not."""
    program: Any = rehearsal_tools["pebble"]
    async with town(tmp_path, program) as here:
        here.lead()
        await here.ask()
        await told(here.scene, CERTIFICATES, "entrance", "Ready", "Ready")
        before = here.acme.roots
        await here.acme.stop()
        where = {"dns_port": here.acme.dns_port, "http_port": here.acme.http_port}
        await here.acme.start(program, **where)
        assert here.acme.roots.startswith(before)
        assert here.acme.roots.count("BEGIN") == 2
        assert await here.handshake() == "TLSv1.3"
