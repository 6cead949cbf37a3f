"""The zones of a rehearsed project: there from the first day, served as the API changes them."""

from __future__ import annotations

import dns.message

from provisioner.dns.hetzner_dns import find_zone, remove_records, set_records
from provisioner.rehearsal.domain.hosted import furnish, hosted
from provisioner.rehearsal.domain.nameserver import answer
from provisioner.rehearsal.hetzner import Cloud
from tests.unit.hetzner.cloud import client, project

FQDN, ADDRESS = "cloud.example.org", "127.78.0.9"


def said(cloud: Cloud, name: str) -> list[str]:
    """Return the addresses that the world's name server has for a name."""
    asked = dns.message.make_query(name, "A").to_wire()
    reply = dns.message.from_wire(answer(asked, hosted(cloud), "127.0.0.1") or b"")
    return [record.to_text() for each in reply.answer for record in each]


async def test_a_domain_of_ones_own_leads_to_the_sovereign_through_the_projects_zone() -> None:
    """Its records are set by the real client, served by the name server, and removed again."""
    cloud = project()
    furnish(cloud)
    before = hosted(cloud)["example.org"]
    assert said(cloud, "www.example.org") == ["192.0.2.30"]
    async with client(cloud) as hetzner:
        zone = await find_zone(hetzner, FQDN)
        assert zone is not None
        assert await set_records(hetzner, zone, FQDN, ADDRESS) == 6
        assert said(cloud, f"console.{FQDN}") == [ADDRESS]
        assert said(cloud, f"anything.{FQDN}") == [ADDRESS]
        assert await remove_records(hetzner, zone, FQDN) == 6
    assert hosted(cloud)["example.org"] == before


def test_a_project_that_was_used_is_left_as_it_is() -> None:
    """The zone is there for a new world, and does not come back to one from which it was taken."""
    cloud = project()
    furnish(cloud)
    cloud.state.zones.clear()
    furnish(cloud)
    assert hosted(cloud) == {}
