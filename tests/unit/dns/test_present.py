"""A domain of one's own as it is now, and the way by which this host leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from provisioner.checks.domain import look_at_own
from provisioner.dns.records import Record, Zone
from provisioner.outside.way_out import way_out
from provisioner.rehearsal.domain.nameserver import LOOPBACK, OPERATOR, serve_dns
from provisioner.world import World

FQDN = "cloud.example.org"


@asynccontextmanager
async def _world(*records: tuple[str, str, str]) -> AsyncIterator[World]:
    held = tuple(Record(name=name, type=kind, value=value) for name, kind, value in records)
    zone = Zone(domain="example.org", records=held)
    async with serve_dns(lambda: {"example.org": zone}) as port:
        yield World(resolvers=(f"{LOOPBACK}:{port}",), dns_port=port)


async def test_an_empty_zone_is_found_with_its_servers() -> None:
    """The zone and who answers for it are said; nothing is in the way."""
    async with _world() as world:
        present, findings = await look_at_own(world, FQDN, "production")
    assert present is not None
    assert (present.zone, present.servers) == ("example.org", ("ns1.example.org",))
    assert (present.records, findings) == ((), ())


async def test_an_alias_at_a_host_is_in_the_way_and_an_address_is_not() -> None:
    """An A record will be changed anyway; a CNAME would win over it."""
    records = (("console.cloud", "CNAME", "old.example.net."), ("api.cloud", "A", "192.0.2.1"))
    async with _world(*records) as world:
        present, findings = await look_at_own(world, FQDN, "production")
    assert present is not None
    assert len(present.records) == 2
    assert [each.code for each in findings] == ["dns_names_occupied"]
    assert "console (CNAME old.example.net)" in findings[0].reason
    assert "api" not in findings[0].reason


async def test_a_domain_that_nobody_registered_is_a_warning() -> None:
    """It does not block: the cluster needs no name, and it may be registered meanwhile."""
    async with _world() as world:
        present, findings = await look_at_own(world, "cloud.example.com", "production")
    assert present is None
    assert [(each.code, each.severity) for each in findings] == [("dns_domain_unknown", "warning")]


async def test_the_way_out_is_what_a_resolver_sees() -> None:
    """Behind a router the address is asked for; a silent resolver tells nothing."""
    async with _world() as world:
        assert await way_out(world) == f"{OPERATOR}/32"
    assert await way_out(world) is None
