"""The module applied by the real OpenTofu and provider, on the simulated Hetzner."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner.app import create_app
from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.rehearsal.hetzner.gate import digest
from provisioner.rehearsal.hetzner.http import Seen
from provisioner.rehearsal.hetzner.inventory import inventory
from provisioner.rehearsal.hetzner.model import Server, Settings
from provisioner.rehearsal.hetzner.resources.firewall_actions import of_server
from provisioner.rehearsal.hetzner.serving import serving
from tests.integration.module import TOKEN, Module, answers, pool

SPEED = 200.0
LABEL = "catalyst.openova.io/"


class Rented:
    """A simulated project and the module that rents in it."""

    def __init__(self, cloud: Cloud, module: Module) -> None:
        self.cloud, self.module = cloud, module

    def servers(self) -> dict[str, Server]:
        """Return the project's servers by name."""
        return {server.name: server for server in self.cloud.state.servers.values()}

    def ids(self) -> dict[str, int]:
        """Return the id of each server by name."""
        return {name: server.id for name, server in self.servers().items()}


class OrderLog:
    """A cloud, and the firewalls that each server had the moment it was ordered."""

    def __init__(self) -> None:
        self.cloud = Cloud(Clock(SPEED, time.time()), settings=Settings(rate_limit=1e6))
        self.born_behind: list[set[int]] = []

    def witness(self, seen: Seen) -> None:
        """Look at the answer to an order."""
        if (seen.method, seen.route, seen.status) == ("POST", "/servers", 201):
            firewalls = json.loads(seen.answered)["server"]["public_net"]["firewalls"]
            self.born_behind.append({each["id"] for each in firewalls})


@pytest.fixture
def rented(tools: dict[str, Path], tmp_path: Path) -> Iterator[Rented]:
    """Serve an empty project and prepare the module for it."""
    cloud = Cloud(Clock(SPEED, time.time()), settings=Settings(rate_limit=1e6))
    with serving(create_app(cloud, {digest(TOKEN): "write"})) as served:
        module = Module(tmp_path / "hetzner", tools, served.endpoint).prepare()
        yield Rented(cloud, module)


def given(control_planes: int = 1, *pools: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return variables whose polling fits a fast cloud."""
    polls = {"poll_interval": "20ms", "server_poll_interval": "20ms"}
    return answers(control_planes, *pools, **polls, **more)


def test_solo_from_nothing_to_nothing(rented: Rented) -> None:
    """A solo Sovereign is applied, a second plan is empty, and destroy leaves nothing."""
    first = given()
    outputs = rented.module.apply(first)
    server = rented.servers()["catalyst-oman-cp1"]
    assert server.ipv4
    assert outputs["control_planes"]["cp1"] == {
        "name": "catalyst-oman-cp1",
        "id": str(server.id),
        "ipv4": rented.cloud.state.primary_ips[server.ipv4].ip,
        "private_ipv4": "10.0.1.2",
        "host_key": first["first_contact"]["cp1"]["public_key"],
    }
    assert outputs["load_balancer"]["private_ipv4"] == "10.0.1.254"
    assert outputs["workers"] == {}
    assert rented.module.plan(given(ssh_public_key=first["ssh_public_key"])) == {}
    rented.module.run("destroy", "-auto-approve", "-no-color", "-input=false")
    assert inventory(rented.cloud) == {}


def test_secrets_show_in_nothing_printed(rented: Rented) -> None:
    """Neither plan nor apply nor destroy prints a key or a token, first or later ones."""
    first, later = given(), given()
    rented.module.apply(first)
    rented.module.plan(later)
    rented.module.apply(later)
    rented.module.run("destroy", "-auto-approve", "-no-color", "-input=false")
    printed = "".join(rented.module.printed)
    assert "catalyst-oman-cp1" in printed
    for secrets in (first, later):
        body = secrets["first_contact"]["cp1"]["private_key"].splitlines()[2]
        for secret in (secrets["join_token"], secrets["agent_token"], body):
            assert secret not in printed


def test_nodes_boot_with_the_remembered_secrets(rented: Rented) -> None:
    """A node added later holds the first tokens, not those made for its plan."""
    first = given()
    rented.module.apply(first)
    rented.module.apply(given(1, pool("web", 1)) | {"ssh_public_key": first["ssh_public_key"]})
    told = rented.servers()["catalyst-oman-web1"].user_data
    assert first["agent_token"] in told
    assert first["join_token"] not in told
    assert YAML(typ="safe").load(told)["hostname"] == "catalyst-oman-web1"


def test_every_node_has_its_place(rented: Rented) -> None:
    """Control planes and pools get addresses, labels, groups; the balancer reaches ingress only."""
    sizing = (pool("web", 11, ingress=True), pool("db", 2, location="nbg1"))
    outputs = rented.module.apply(given(3, *sizing))
    nodes = outputs["control_planes"] | outputs["workers"]
    assert [nodes[f"cp{n}"]["private_ipv4"] for n in (1, 2, 3)] == [
        "10.0.1.2",
        "10.0.1.3",
        "10.0.1.4",
    ]
    workers = [node["private_ipv4"] for node in outputs["workers"].values()]
    assert len(set(workers)) == 13
    assert all(address.startswith("10.0.2.") for address in workers)
    assert len(rented.cloud.state.placement_groups) == 4
    ingress = {
        name for name, server in rented.servers().items() if f"{LABEL}ingress" in server.labels
    }
    assert ingress == {f"catalyst-oman-web{n + 1}" for n in range(11)}
    rented.module.run("destroy", "-auto-approve", "-no-color", "-input=false", "-parallelism=40")
    assert inventory(rented.cloud) == {}


def test_no_server_is_ever_without_a_firewall(tools: dict[str, Path], tmp_path: Path) -> None:
    """A server is ordered behind a closed firewall; the one with rules comes by label."""
    log = OrderLog()
    with serving(create_app(log.cloud, {digest(TOKEN): "write"}, witness=log.witness)) as served:
        Module(tmp_path / "hetzner", tools, served.endpoint).prepare().apply(
            given(1, pool("web", 2))
        )
        time.sleep(0.1)
        log.cloud.settle()
    closed, nodes = sorted(log.cloud.state.firewalls.values(), key=lambda each: each.name)
    assert (closed.name, closed.rules) == ("catalyst-oman-closed", [])
    assert log.born_behind == [{closed.id}] * 3
    for server in log.cloud.state.servers:
        assert {key for key, _ in of_server(log.cloud, server)} == {closed.id, nodes.id}


def test_changes_of_size_replace_nothing(rented: Rented) -> None:
    """Growing, shrinking and adding pools, and another type, leave every other server alone."""
    key = given()["ssh_public_key"]
    rented.module.apply(given(1, pool("web", 2), pool("db", 1), ssh_public_key=key))
    before = rented.ids()
    bigger = (pool("new", 1), pool("web", 3, type="cx33"), pool("db", 1))
    planned = rented.module.plan(given(1, *bigger, ssh_public_key=key))
    assert {each for each in planned.values() if each != "create"} == {"update"}
    assert {name for name, does in planned.items() if does == "update"} == {
        'hcloud_server.node["web1"]',
        'hcloud_server.node["web2"]',
    }
    rented.module.apply(given(1, *bigger, ssh_public_key=key))
    assert before.items() <= rented.ids().items()
    fewer = rented.module.plan(given(1, pool("db", 1), ssh_public_key=key))
    assert set(fewer.values()) == {"delete"}
    assert not any("db1" in name or "cp1" in name for name in fewer)


def test_a_new_release_replaces_nothing(rented: Rented) -> None:
    """Another first boot, image or key of the operator plans no server's replacement."""
    rented.module.apply(given())
    boot = rented.module.folder / "first-boot" / "files" / "common.sh"
    boot.write_text(boot.read_text() + "\n# a later release\n")
    planned = rented.module.plan(given(image="debian-12", cluster_init=False))
    assert planned == {"hcloud_ssh_key.operator": "delete+create"}


def test_protection_is_lifted_before_a_destroy(rented: Rented) -> None:
    """With delete protection nothing can be destroyed; once it is lifted, all is."""
    first = given(delete_protection=True)
    rented.module.apply(first)
    assert rented.module.attempt("destroy", "-auto-approve", "-no-color").returncode == 1
    assert "catalyst-oman-cp1" in rented.ids()
    rented.module.apply(first | {"delete_protection": False})
    rented.module.run("destroy", "-auto-approve", "-no-color", "-input=false")
    assert inventory(rented.cloud) == {}


def test_an_imported_server_is_kept(rented: Rented) -> None:
    """A server that the state had lost is taken back as it is, with its place in the network."""
    first = given()
    rented.module.apply(first)
    server = rented.ids()["catalyst-oman-cp1"]
    for address in ('hcloud_server_network.node["cp1"]', 'hcloud_server.node["cp1"]'):
        rented.module.run("state", "rm", address)
    rented.module.run("import", "-input=false", 'hcloud_server.node["cp1"]', str(server))
    planned = rented.module.plan(first)
    assert not any("delete" in does for does in planned.values())
    rented.module.apply(first)
    assert rented.ids() == {"catalyst-oman-cp1": server}
    assert rented.module.plan(first) == {}
