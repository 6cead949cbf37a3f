"""What is said of a name, against a real authoritative server and a real validating resolver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from provisioner.dns.ask import Server, ask
from provisioner.dns.delegation import Authority, find_authority
from provisioner.dns.own import advice, records
from provisioner.dns.propagation import look, remaining, resolves, wrong
from provisioner.errors import DnsError
from provisioner.facts import NameState
from tests.integration.nameservers import NameServers, free_port, name_servers

FQDN = "cloud.plain.test"
ADDRESS, OLD = "192.0.2.1", "192.0.2.9"
RIGHT = [f"{each.name}. {each.ttl} IN A {ADDRESS}" for each in records(FQDN, ADDRESS)]


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[NameServers]:
    """Run NSD and Unbound with one zone."""
    async with name_servers(tmp_path, {"plain.test": RIGHT}) as running:
        yield running


async def test_the_zone_of_a_name_and_its_servers_are_found(servers: NameServers) -> None:
    """The name itself is no zone; the one above it is, and its own server is asked."""
    found = await find_authority(FQDN, [servers.resolver], servers.port)
    assert found.zone == "plain.test"
    assert found.servers == (Server("127.0.0.1", servers.port, "ns1.plain.test"),)
    reply = await ask(found.servers[0], f"console.{FQDN}", "A")
    assert (reply.values, reply.ttl, reply.authoritative) == ((ADDRESS,), 300, True)


async def test_a_zone_below_a_zone_is_found_without_asking_a_resolver_for_it(
    tmp_path: Path,
) -> None:
    """Delegations are followed at the zones' own servers, so that no absence is kept anywhere."""
    below = [f"$ORIGIN {FQDN}.", *RIGHT]
    above = ["cloud IN NS ns1.cloud", "ns1.cloud IN A 127.0.0.1"]
    async with name_servers(tmp_path, {"plain.test": above, FQDN: below}) as servers:
        found = await find_authority(FQDN, [servers.resolver], servers.port)
        assert found.zone == FQDN
        assert resolves(await look(FQDN, ADDRESS, found, [servers.resolver]))


async def test_a_name_that_is_right_everywhere_resolves(servers: NameServers) -> None:
    """Six hosts, at the zone's server and at the resolver."""
    authority = await find_authority(FQDN, [servers.resolver], servers.port)
    found = await look(FQDN, ADDRESS, authority, [servers.resolver])
    assert len(found) == 12
    assert resolves(found)
    assert advice(found, ADDRESS) == ()


@pytest.mark.parametrize(
    ("host", "record", "state", "code"),
    [
        ("api", "", NameState.RIGHT, ""),
        ("api", f"api IN A {OLD}", NameState.WRONG, "dns_name_wrong"),
        ("api", f"api IN A {ADDRESS}\napi IN A {OLD}", NameState.STALE, "dns_name_stale"),
        ("api", f"api IN A {ADDRESS}\napi IN AAAA 2001:db8::1", NameState.WRONG, "dns_name_wrong"),
        ("api", "api IN A 104.16.0.7", NameState.PROXIED, "dns_name_proxied"),
        ("api", "api IN CNAME www.plain.test.", NameState.CNAME, "dns_name_cname"),
        ("*", "* IN TXT nothing", NameState.MISSING, "dns_name_missing"),
    ],
)
async def test_each_wrong_answer_is_told_apart(
    servers: NameServers, host: str, record: str, state: NameState, code: str
) -> None:
    """Wrong, doubled, IPv6 to elsewhere, proxied, aliased, missing: each with its own remedy."""
    lines = [each for each in RIGHT if not each.startswith(f"{host}.") or not record]
    own = [f"$ORIGIN {FQDN}.", record] if record else []
    await servers.change("plain.test", [*lines, *own])
    authority = await find_authority(FQDN, [servers.resolver], servers.port)
    found = await look(FQDN, ADDRESS, authority, [servers.resolver])
    ours = next(each for each in found if each.name == f"{host}.{FQDN}" and each.authority)
    assert ours.state is state
    assert [each.code for each in advice(found, ADDRESS)] == ([code] if code else [])
    others = [each for each in found if each.authority and each is not ours]
    assert all(each.state is NameState.RIGHT for each in others)


async def test_what_a_resolver_still_keeps_is_stale_for_as_long_as_it_may(
    servers: NameServers,
) -> None:
    """Once the zone is right, the TTL of the old answer says how long it takes."""
    old = [each.replace(ADDRESS, OLD).replace(" 300 ", " 120 ") for each in RIGHT]
    await servers.change("plain.test", old)
    authority = await find_authority(FQDN, [servers.resolver], servers.port)
    before = await look(FQDN, ADDRESS, authority, [servers.resolver])
    assert {each.state for each in before} == {NameState.WRONG}
    assert remaining(before) is None
    await servers.change("plain.test", RIGHT)
    after = await look(FQDN, ADDRESS, authority, [servers.resolver], known=before)
    assert {each.state for each in wrong(after)} == {NameState.STALE}
    assert not any(each.authority for each in wrong(after))
    left = remaining(after)
    assert left is not None
    assert 100 < left <= 120


async def test_an_absence_is_kept_by_resolvers_too(servers: NameServers) -> None:
    """Whoever asked too early waits for the negative TTL of the zone, not for ever."""
    await servers.change("plain.test", [])
    authority = await find_authority(FQDN, [servers.resolver], servers.port)
    await look(FQDN, ADDRESS, authority, [servers.resolver])
    await servers.change("plain.test", RIGHT)
    after = await look(FQDN, ADDRESS, authority, [servers.resolver])
    assert {each.state for each in wrong(after)} == {NameState.STALE}
    left = remaining(after)
    assert left is not None
    assert 0 < left <= 60


async def test_broken_ways_to_a_zone_are_told_apart(tmp_path: Path) -> None:
    """Nobody serves the zone, its signatures do not hold, no resolver answers: each a sentence."""
    zones: dict[str, list[str]] = {"plain.test": RIGHT, "good.test": [], "bogus.test": []}
    made = NameServers(tmp_path, zones)
    made.sign("good.test")
    made.sign("bogus.test", wrongly=True)
    made.forsake("lame.test")
    await made.start()
    nobody = Server("127.0.0.1", free_port())
    try:
        assert (await find_authority("a.good.test", [made.resolver], made.port)).zone == "good.test"
        for name, resolver, code in (
            ("a.lame.test", made.resolver, "dns_delegation_broken"),
            ("a.bogus.test", made.resolver, "dns_dnssec_broken"),
            ("a.plain.test", nobody, "dns_resolvers_silent"),
        ):
            with pytest.raises(DnsError) as failed:
                await find_authority(name, [resolver], made.port, patience=1)
            assert failed.value.code == code
        found = await find_authority("a.plain.test", [nobody, made.resolver], made.port)
        assert found.zone == "plain.test"
        with pytest.raises(DnsError) as failed:
            await find_authority("a.plain.test", [made.resolver], free_port())
        assert failed.value.code == "dns_delegation_broken"
    finally:
        await made.stop()


async def test_a_zone_whose_servers_fall_silent_is_told(tmp_path: Path) -> None:
    """They were found and answered for the zone; then nobody can say where the name leads."""
    made = NameServers(tmp_path, {"plain.test": RIGHT})
    await made.start()
    authority = await find_authority(FQDN, [made.resolver], made.port)
    await made.stop()
    found = await look(FQDN, ADDRESS, authority, ())
    assert not resolves(found)
    said = advice(found, ADDRESS)
    assert {each.code for each in said} == {"dns_name_silent"}
    assert "ns1.plain.test" in said[0].what


async def test_a_resolver_that_refuses_signatures_is_told(tmp_path: Path) -> None:
    """The zone's own server is right, and whoever validates gets no address."""
    zone = "bogus.test"
    name = f"cloud.{zone}"
    lines = [each.replace(FQDN, name) for each in RIGHT]
    made = NameServers(tmp_path, {"plain.test": [], zone: lines})
    made.sign(zone, wrongly=True)
    await made.start()
    try:
        authority = Authority(zone, (Server("127.0.0.1", made.port, f"ns1.{zone}"),))
        found = await look(name, ADDRESS, authority, [made.resolver])
    finally:
        await made.stop()
    assert {each.state for each in found if each.authority} == {NameState.RIGHT}
    assert {each.state for each in found if not each.authority} == {NameState.BROKEN}
    assert {each.code for each in advice(found, ADDRESS)} == {"dns_name_broken"}
