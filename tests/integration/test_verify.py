"""Verify looks at a real entrance with real certificates, and says what it saw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.cluster.patience import Bound
from provisioner.dns import wanted
from provisioner.outside.budget import FOLDER, Ledger
from provisioner.phases.verify import verify
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.acme import AcmeRefused
from tests.integration.entrances import ADDRESS, FQDN, SOON, Place, living
from tests.integration.simulated import simulated


@pytest.fixture
async def place(tmp_path: Path, rehearsal_tools: dict[str, Path]) -> AsyncIterator[Place]:
    """Let a place live."""
    with simulated(speed=100) as cloud:
        async with living(tmp_path, cloud, rehearsal_tools["pebble"]) as made:
            yield made


async def test_what_is_well_is_seen(place: Place) -> None:
    """Names, ports, certificates and pages are real; targets are unknown without a balancer."""
    place.lead()
    await place.certify()
    seen = await place.look()
    assert [key for key, each in seen.items() if not each.ok] == [("targets", "load balancer 1")]
    assert seen["dns", "console"].saw == f"leads to {ADDRESS}"
    assert "signed by Pebble Intermediate CA" in seen["tls", "harbor"].saw
    assert seen["http", "gitea"].saw == "200 OK"
    assert {host for what, host in seen if what == "http"} == {"console", "gitea", "api"}


async def test_without_a_name_each_layer_says_its_own(place: Place) -> None:
    """The ports are open, the names lead nowhere, so there is no certificate, and it is not
    waited for.
    """
    seen = await place.look(Bound(1000, 1000))
    assert not seen["dns", "api"].ok
    assert seen["tcp", "127"].ok
    assert seen["tls", "api"].code == "tls_none"
    assert not seen["http", "api"].ok


async def test_a_name_that_leads_elsewhere_is_told(place: Place) -> None:
    """What resolvers say is shown."""
    place.lead("192.0.2.66")
    seen = await place.look()
    assert seen["dns", "gitea"].code == "outside_name"
    assert "192.0.2.66" in seen["dns", "gitea"].saw


async def test_a_certificate_that_comes_late_is_waited_for(place: Place) -> None:
    """Names lead here, but the certificate is issued a little later."""
    place.lead()
    looking = asyncio.create_task(place.look(Bound(1000, 30)))
    while not place.told.of(e.WaitStarted):  # noqa: ASYNC110  events are only listed
        await asyncio.sleep(0.01)
    await place.certify()
    seen = await looking
    assert seen["tls", "console"].ok
    assert [each.key for each in place.told.of(e.WaitFinished)] == ["certificate"]


async def test_the_acme_server_refuses_a_name_that_leads_elsewhere(place: Place) -> None:
    """A certificate is signed only for what was proved, by HTTP, at the address of the name."""
    place.lead(hosts=("console",))
    with pytest.raises(AcmeRefused, match="oman"):
        await place.certify()
    assert place.cluster.pair is None


async def test_a_component_that_is_down_is_seen_as_its_page(place: Place) -> None:
    """The certificate is well, the page behind it is not, and the others are."""
    place.lead()
    await place.certify()
    place.cluster.down.add("gitea-http")
    seen = await place.look()
    assert seen["tls", "gitea"].ok
    assert (seen["http", "gitea"].saw, seen["http", "gitea"].code) == (
        "503 Service Unavailable",
        "http_failing",
    )
    assert seen["http", "console"].ok


@pytest.mark.parametrize(
    ("names", "days", "code"),
    [
        (wanted.sites(FQDN), -1, "tls_expired"),
        (("somebody.example.org",), 90, "tls_foreign"),
    ],
)
async def test_a_bad_certificate_is_told_apart(
    place: Place, names: tuple[str, ...], days: int, code: str
) -> None:
    """Expired, or for another name: each with its own remedy."""
    place.lead()
    signer = pairs.authority("Some Root")
    place.cluster.pair = pairs.issue(signer, names, timedelta(days=days))
    seen = await place.look()
    assert seen["tls", "console"].code == code


async def test_an_unknown_authority_is_told_unless_it_is_ones_own(place: Place) -> None:
    """What nobody trusts is no certificate, but for whoever chose an authority of their own."""
    place.lead()
    place.cluster.pair = pairs.issue(pairs.authority("Some Root"), wanted.sites(FQDN))
    seen = await place.look()
    assert seen["tls", "api"].code == "tls_untrusted"
    spec = place.run.spec.model_copy(
        update={"certificates": place.run.spec.certificates.model_copy(update={"issuer": "own"})}
    )
    object.__setattr__(place.run, "spec", spec)
    seen = await place.look()
    assert seen["tls", "api"].ok
    assert "your own authority" in seen["tls", "api"].saw


@pytest.mark.parametrize(("signer", "left"), [("Let's Encrypt", 4), ("Rehearsal", 5)])
async def test_certificates_are_counted_once_each(
    place: Place, tmp_path: Path, signer: str, left: int
) -> None:
    """The ledger lies in the home, counts by serial, and only what its authority limits."""
    place.lead()
    place.cluster.pair = pairs.issue(pairs.authority("Root", signer), wanted.sites(FQDN))
    await place.look()
    await place.look()
    ledger = Ledger.of(place.run.folder, wanted.sites(FQDN))
    found = await asyncio.to_thread(ledger.budget, "production", datetime.now(UTC))
    assert found is not None
    assert found.left == left
    assert (tmp_path / "home" / FOLDER).exists() is (left < 5)


async def test_a_port_that_nobody_serves_is_told(place: Place) -> None:
    """Without an entrance connections are refused."""
    place.lead()
    await place.district.settle(place.ports, {})
    checks = await verify(
        place.run, {"load_balancer": {"ipv4": "127.78.0.10", "id": 1}}, patience=SOON
    )
    closed = [each for each in checks if each.what == "tcp"]
    assert {each.code for each in closed} == {"outside_closed"}
