"""The provider's own defects, provoked: what v1.68 does with what older releases got wrong.

Who pins another release learns here what changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.module import Module
from tests.integration.simulated import Simulated, simulated
from tests.integration.troubled import at_work, fault

RESOURCES = """
resource "hcloud_firewall" "wall" { name = "wall" }
resource "hcloud_primary_ip" "spare" {
  name        = "spare"
  type        = "ipv4"
  location    = "fsn1"
  auto_delete = false
}
resource "hcloud_network" "net" {
  name     = "net"
  ip_range = "10.0.0.0/16"
}
resource "hcloud_network_subnet" "net" {
  network_id   = hcloud_network.net.id
  type         = "cloud"
  network_zone = "eu-central"
  ip_range     = "10.0.1.0/24"
}
resource "hcloud_server" "web" {
  name        = "web"
  server_type = "cx23"
  image       = "ubuntu-24.04"
  location    = "fsn1"
  network {
    network_id = hcloud_network.net.id
  }
  depends_on = [hcloud_network_subnet.net]
}
"""


@pytest.fixture
def cloud() -> Iterator[Simulated]:
    """Return a served cloud."""
    with simulated(speed=200) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path, tools: dict[str, Path], cloud: Simulated) -> Module:
    """Return a working folder in which everything was applied."""
    folder = at_work(tmp_path, tools, cloud, RESOURCES)
    folder.run("apply", "-auto-approve", "-no-color", "-input=false")
    return folder


def destroy(folder: Module) -> str:
    """Destroy everything, which must fail, and return what was said."""
    done = folder.attempt("destroy", "-auto-approve", "-no-color", "-input=false")
    assert done.returncode == 1
    return " ".join((done.stdout + done.stderr).replace("│", " ").split())


def finish(folder: Module, cloud: Simulated) -> None:
    """Destroy again, without faults: nothing may be left in the project or in the state."""
    cloud.sim("DELETE", "/faults")
    folder.run("destroy", "-auto-approve", "-no-color", "-input=false")
    assert cloud.sim("GET", "/inventory") == {}
    assert folder.run("state", "list") == ""


def test_a_network_comes_to_a_server_that_boots_already(folder: Module, cloud: Simulated) -> None:
    """The order has no network in it: whoever boots must wait for its private address.

    And an address that nobody has shows no drift.
    """
    posts = [
        seen["path"].rstrip("0123456789")
        for seen in cloud.sim("GET", "/requests")["requests"]
        if seen["method"] == "POST" and "server" in seen["path"]
    ]
    assert posts[0] == "/servers"
    assert posts[1].endswith("/actions/attach_to_network")
    actions = {one["command"]: one for one in cloud.api("/actions")["actions"]}
    assert actions["start_server"]["finished"] <= actions["attach_to_network"]["started"]
    assert "hcloud_primary_ip.spare" not in folder.plan({})


def test_a_firewall_that_is_gone_crashes_the_provider(folder: Module, cloud: Simulated) -> None:
    """It deletes a firewall that a 404 did not give it; the next run heals."""
    fault(cloud, method="GET", path="/firewalls/*", nth=2, times=0, code="not_found")
    assert "failed to respond to the plugin" in destroy(folder)
    assert "hcloud_firewall.wall" in folder.run("state", "list").split()
    finish(folder, cloud)


def test_an_invalid_input_without_its_fields_is_survived(folder: Module, cloud: Simulated) -> None:
    """Older releases read the details without asking whether there are any."""
    fault(cloud, method="DELETE", path="/networks/*", times=0, code="invalid_input", details=None)
    said = destroy(folder)
    assert "injected fault" in said
    assert "failed to respond to the plugin" not in said
    assert "hcloud_network.net" in folder.run("state", "list").split()
    finish(folder, cloud)


def test_an_address_that_cannot_be_deleted_yet_is_not_forgotten(
    folder: Module, cloud: Simulated
) -> None:
    """Older releases took the refusal for success, and the address was paid for ever after."""
    fault(cloud, method="DELETE", path="/primary_ips/*", times=2, code="must_be_unassigned")
    folder.run("destroy", "-auto-approve", "-no-color", "-input=false")
    asked = [
        seen["status"]
        for seen in cloud.sim("GET", "/requests")["requests"]
        if seen["method"] == "DELETE" and seen["path"].startswith("/primary_ips/")
    ]
    assert asked == [422, 422, 204]
    assert cloud.sim("GET", "/inventory") == {}


def test_a_server_that_vanishes_before_its_deletion_is_an_error(
    folder: Module, cloud: Simulated
) -> None:
    """A 404 on DELETE ends the run, and what waited for it stays; the next run goes on."""
    fault(cloud, method="GET", path="/servers/*", do="vanish", kind="server", name="web")
    assert "not_found" in destroy(folder)
    finish(folder, cloud)
