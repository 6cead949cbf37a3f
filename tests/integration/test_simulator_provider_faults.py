"""The real provider in trouble: what the simulated cloud's faults make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.module import Module
from tests.integration.simulated import Simulated, simulated
from tests.integration.troubled import at_work, fault

RESOURCES = """
resource "hcloud_firewall" "wall" {
  name = "wall"
  rule {
    direction  = "in"
    protocol   = "icmp"
    source_ips = ["0.0.0.0/0"]
  }
}
resource "hcloud_server" "web" {
  name         = "web"
  server_type  = "cx23"
  image        = "ubuntu-24.04"
  location     = "fsn1"
  firewall_ids = [hcloud_firewall.wall.id]
}
"""


@pytest.fixture
def cloud() -> Iterator[Simulated]:
    """Return a served cloud."""
    with simulated(speed=200) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path, tools: dict[str, Path], cloud: Simulated) -> Module:
    """Return a working folder with a firewall and a server."""
    return at_work(tmp_path, tools, cloud, RESOURCES)


def fails(folder: Module) -> str:
    """Apply, which must fail, and return what was said."""
    done = folder.attempt("apply", "-auto-approve", "-no-color", "-input=false")
    assert done.returncode == 1
    assert "panic" not in done.stderr
    return " ".join(done.stderr.replace("│", " ").split())


def in_state(folder: Module) -> set[str]:
    """Return the addresses that OpenTofu knows."""
    return set(folder.run("state", "list").split())


def test_stock_that_vanished_is_told_by_its_code(folder: Module, cloud: Simulated) -> None:
    """What was on offer while it was planned is refused when it is ordered."""
    fault(cloud, method="GET", path="/server_types", do="sell_out", server_type="cx23")
    said = fails(folder)
    assert "out of stock" in said
    assert "resource_unavailable" in said
    assert in_state(folder) == {"hcloud_firewall.wall"}


def test_a_firewall_whose_action_failed_is_an_orphan(folder: Module, cloud: Simulated) -> None:
    """The provider forgets it: it stands in the project, not in the state, and is in the way."""
    fault(cloud, method="POST", path="/firewalls", do="action_error", code="no_luck")
    assert "no_luck" in fails(folder)
    assert in_state(folder) == set()
    assert [wall["name"] for wall in cloud.sim("GET", "/inventory")["firewall"]] == ["wall"]
    assert "uniqueness_error" in fails(folder)


def test_a_server_whose_start_failed_is_kept_as_tainted(folder: Module, cloud: Simulated) -> None:
    """It is rented and in the state; the next plan wants to replace it."""
    fault(cloud, method="POST", path="/servers", do="action_error", code="no_luck")
    fails(folder)
    assert in_state(folder) == {"hcloud_firewall.wall", "hcloud_server.web"}
    assert folder.plan({}) == {"hcloud_server.web": "delete+create"}


def test_an_invalid_input_is_shown_with_its_fields(folder: Module, cloud: Simulated) -> None:
    """The provider reads the details without asking whether they are there."""
    details = {"fields": [{"name": "name", "messages": ["is not liked"]}]}
    fault(cloud, method="POST", path="/servers", code="invalid_input", details=details)
    assert "is not liked" in fails(folder)


def test_a_moment_of_trouble_is_survived(folder: Module, cloud: Simulated) -> None:
    """A conflict and a proxy's 502 are tried again by the provider itself."""
    fault(cloud, method="POST", path="/firewalls", code="conflict")
    fault(cloud, method="POST", path="/servers", status=502, json=False, message="Bad Gateway")
    folder.run("apply", "-auto-approve", "-no-color", "-input=false")
    posts = [
        (seen["path"], seen["status"])
        for seen in cloud.sim("GET", "/requests")["requests"]
        if seen["method"] == "POST"
    ]
    assert posts == [("/firewalls", 409), ("/firewalls", 201), ("/servers", 502), ("/servers", 201)]


def test_what_was_deleted_behind_ones_back_is_planned_anew(
    folder: Module, cloud: Simulated
) -> None:
    """A refresh notices; only what is gone is created."""
    folder.run("apply", "-auto-approve", "-no-color", "-input=false")
    assert cloud.sim("POST", "/vanish", {"kind": "server", "name": "web"}) == {"found": True}
    assert folder.plan({}) == {"hcloud_server.web": "create"}
    assert json.dumps(cloud.sim("GET", "/inventory")).count('"name"') == 1
