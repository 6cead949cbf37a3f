"""Records in a zone of the same Hetzner project: ours by label, others' left alone."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from provisioner.dns.hetzner_dns import find_zone, remove_records, set_records
from provisioner.errors import DnsError
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import LABEL
from tests.unit.hetzner.cloud import scripted

FQDN, ADDRESS = "cloud.example.org", "192.0.2.1"


class Zones:
    """As much of the API of zones as is needed, in memory."""

    def __init__(self, *names: str, mode: str = "primary") -> None:
        self.zones = [{"id": n, "name": name, "mode": mode} for n, name in enumerate(names, 1)]
        self.rrsets: dict[tuple[str, str], dict[str, Any]] = {}
        self.writes = 0

    def put(self, name: str, value: str, kind: str = "A", **labels: str) -> None:
        """Add a set of records."""
        self.rrsets[name, kind] = {
            "name": name,
            "type": kind,
            "records": [{"value": value}],
            "labels": labels,
        }

    def client(self) -> Hetzner:
        """Return a client of it."""
        return scripted(self._answer)

    def values(self) -> dict[str, list[str]]:
        """Return the values of each A record set by its name."""
        return {
            name: [each["value"] for each in found["records"]]
            for (name, kind), found in self.rrsets.items()
            if kind == "A"
        }

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/v1").split("/")[1:]
        if request.method == "GET" and path == ["zones"]:
            return httpx2.Response(200, json={"zones": self.zones})
        if request.method == "GET":
            kind = request.url.params["type"]
            found = [each for each in self.rrsets.values() if each["type"] == kind]
            return httpx2.Response(200, json={"rrsets": found})
        self.writes += 1
        if request.method == "DELETE":
            del self.rrsets[path[3], path[4]]
        elif path[-1] == "set_records":
            self.rrsets[path[3], path[4]]["records"] = json.loads(request.content)["records"]
        else:
            body = json.loads(request.content)
            assert (body["name"], body["type"]) not in self.rrsets
            self.rrsets[body["name"], body["type"]] = body
        return httpx2.Response(201, json={"action": {"id": 1, "status": "running"}})


async def test_the_closest_zone_is_taken() -> None:
    """A zone whose name only ends alike is none of ours."""
    zones = Zones("example.org", "ample.org", "cloud.example.org", "other.example.org")
    async with zones.client() as hetzner:
        found = await find_zone(hetzner, FQDN)
        assert found is not None
        assert found.name == "cloud.example.org"
        assert await find_zone(hetzner, "cloud.example.net") is None


@pytest.mark.parametrize(("zone", "host"), [("example.org", "api.cloud"), (FQDN, "api")])
async def test_records_are_set_moved_and_removed(zone: str, host: str) -> None:
    """Six records, of which a second call changes none, and a new address all."""
    zones = Zones(zone)
    zones.put("www", "192.0.2.7")
    async with zones.client() as hetzner:
        found = await find_zone(hetzner, FQDN)
        assert found is not None
        assert await set_records(hetzner, found, FQDN, ADDRESS) == 6
        assert zones.values()[host] == [ADDRESS]
        assert await set_records(hetzner, found, FQDN, ADDRESS) == 0
        assert await set_records(hetzner, found, FQDN, "192.0.2.2") == 6
        assert zones.values()[host] == ["192.0.2.2"]
        assert await remove_records(hetzner, found, FQDN) == 6
    assert zones.values() == {"www": ["192.0.2.7"]}


async def test_what_is_somebodys_is_told_and_left() -> None:
    """A record of the zone's own with another value stays, and the others are set all the same."""
    zones = Zones("example.org")
    zones.put("api.cloud", "192.0.2.7")
    zones.put("console.cloud", ADDRESS)
    async with zones.client() as hetzner:
        found = await find_zone(hetzner, FQDN)
        assert found is not None
        with pytest.raises(DnsError) as told:
            await set_records(hetzner, found, FQDN, ADDRESS)
        assert told.value.code == "dns_record_foreign"
        assert told.value.facts["name"] == f"api.{FQDN}"
        assert await remove_records(hetzner, found, FQDN) == 4
    assert zones.values() == {"api.cloud": ["192.0.2.7"], "console.cloud": [ADDRESS]}


async def test_an_alias_in_the_way_is_told() -> None:
    """A CNAME excludes an address; it is not ours to remove."""
    zones = Zones("example.org")
    zones.put("admin.cloud", "elsewhere.example.org.", "CNAME", **{LABEL: "x"})
    async with zones.client() as hetzner:
        found = await find_zone(hetzner, FQDN)
        assert found is not None
        with pytest.raises(DnsError) as told:
            await set_records(hetzner, found, FQDN, ADDRESS)
    assert told.value.code == "dns_cname_in_the_way"
    assert ("admin.cloud", "CNAME") in zones.rrsets


async def test_a_copy_of_a_zone_is_not_written() -> None:
    """A secondary zone takes its records from elsewhere."""
    zones = Zones("example.org", mode="secondary")
    async with zones.client() as hetzner:
        found = await find_zone(hetzner, FQDN)
        assert found is not None
        with pytest.raises(DnsError) as told:
            await set_records(hetzner, found, FQDN, ADDRESS)
    assert told.value.code == "dns_zone_secondary"
    assert zones.writes == 0
