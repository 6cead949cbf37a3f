"""Token probe, inventory and catalogue, against the simulated project."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from provisioner.errors import HetznerError
from provisioner.hetzner.catalogue import Deprecation, Offer, read_catalogue
from provisioner.hetzner.inventory import LABEL, read_inventory, sort_out
from provisioner.hetzner.probe import probe_write
from tests.unit.hetzner.cloud import READ_ONLY, client, project

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OURS = {LABEL: "oman.omani.works"}


async def test_the_probe_tells_tokens_apart_and_leaves_nothing() -> None:
    """One request each: may write, may only read, unknown; and the project stays empty."""
    cloud = project()
    async with client(cloud) as hetzner:
        await probe_write(hetzner)
        assert hetzner.requests == 1
    for token, code in ((READ_ONLY, "hetzner_token_readonly"), ("x" * 64, "hetzner_unauthorized")):
        async with client(cloud, token) as hetzner:
            with pytest.raises(HetznerError) as refused:
                await probe_write(hetzner)
            assert refused.value.code == code
            assert hetzner.requests == 1
    assert not cloud.state.ssh_keys


async def test_the_inventory_tells_ours_from_others() -> None:
    """Labelled resources are ours; the rest is only counted and named."""
    async with client(project()) as hetzner:
        for name, labels in (("ours", OURS), ("theirs", {}), ("other", {LABEL: "x.omani.works"})):
            body = {"name": name, "ip_range": "10.0.0.0/16", "labels": labels}
            await hetzner.call("POST", "/networks", body=body)
        found = await read_inventory(hetzner, "oman.omani.works")
    assert [(each.name, each.owner) for each in found.items] == [("ours", "label")]
    assert sorted(each.name for each in found.others) == ["other", "theirs"]
    assert found.foreign == 2


def test_what_hangs_on_ours_is_ours_to_clean_up() -> None:
    """Volumes, addresses and balancers of our servers and network are found without a label."""
    found = sort_out(
        {
            "server": [{"id": 1, "labels": OURS}, {"id": 2, "labels": {}}],
            "network": [{"id": 3, "labels": OURS}],
            "volume": [{"id": 4, "server": 1}, {"id": 5, "server": 2}, {"id": 6, "server": None}],
            "primary_ip": [{"id": 7, "assignee_id": 1}, {"id": 8, "assignee_id": None}],
            "load_balancer": [{"id": 9, "private_net": [{"network": 3}]}, {"id": 10}],
        },
        "oman.omani.works",
    )
    owners = {(each.kind, each.id): each.owner for each in found.items}
    assert owners == {
        ("server", "1"): "label",
        ("network", "3"): "label",
        ("volume", "4"): "attached",
        ("primary_ip", "7"): "attached",
        ("load_balancer", "9"): "attached",
    }
    assert found.foreign == 5


async def test_the_catalogue_is_what_the_api_lists() -> None:
    """Types, stock and zones come over the wire, in few requests."""
    async with client(project(stock={"cx43": {"fsn1": "none"}})) as hetzner:
        found = await read_catalogue(hetzner)
        assert hetzner.requests <= 3
    assert found.locations["fsn1"].network_zone == "eu-central"
    kind = found.server_types["cx43"]
    assert (kind.cores, kind.memory, kind.architecture) == (8, 16, "x86")
    assert not kind.orderable("fsn1", NOW)
    assert kind.orderable("nbg1", NOW)
    assert kind.offer("sin") is None


async def test_a_type_that_is_gone_cannot_be_ordered() -> None:
    """After the day that the catalogue names, a deprecated type counts as gone."""
    async with client(project()) as hetzner:
        kind = (await read_catalogue(hetzner)).server_types["cx43"]
    ending = Deprecation(announced=NOW, unavailable_after=NOW + timedelta(days=30))
    offer = Offer(name="fsn1", deprecation=ending)
    going = msgspec.structs.replace(kind, locations=(offer,))
    assert going.orderable("fsn1", NOW + timedelta(days=29))
    assert not going.orderable("fsn1", NOW + timedelta(days=31))
