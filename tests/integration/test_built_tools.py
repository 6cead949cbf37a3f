"""What ``make setup`` put into the cache is what the pins say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from provisioner.toolchain import (
    Surveyed,
    ensure,
    flux_distribution,
    gateway_crds,
    names,
    provider_mirror,
    survey,
)

CLI_CONFIG = """
provider_installation {{
  filesystem_mirror {{
    path = "{mirror}"
  }}
}}
"""
MODULE = """
terraform {
  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "1.68.0"
    }
  }
}
"""


async def test_every_tool_is_there_and_unharmed() -> None:
    """A thorough look finds each tool, at a version that fits, and nothing wrong."""
    found = await survey()
    assert [item.name for item in found] == list(names())
    assert [item for item in found if not whole(item)] == []


def whole(item: Surveyed) -> bool:
    """Return whether a tool may be used and nothing is wrong with it."""
    return item.usable and item.problem is None and bool(item.version)


async def test_opentofu_takes_the_provider_from_the_mirror(tmp_path: Path) -> None:
    """The real OpenTofu initialises a module with the real provider, without a network."""
    tools = await ensure(["tofu", "terraform-provider-hcloud"])
    mirror = await provider_mirror(tools["terraform-provider-hcloud"])
    (tmp_path / "tofurc").write_text(CLI_CONFIG.format(mirror=mirror))
    (tmp_path / "main.tf").write_text(MODULE)
    done = subprocess.run(
        [str(tools["tofu"].path), "init", "-no-color"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(tmp_path / "tofurc")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Installed hetznercloud/hcloud v1.68.0" in done.stdout


async def test_the_provider_tells_hetzner_its_release() -> None:
    """The built provider's user agent carries its version, as the official release's does."""
    tools = await ensure(["terraform-provider-hcloud"])
    assert b"1.68.0" in tools["terraform-provider-hcloud"].path.read_bytes()


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("source-controller.yaml", "helmrepositories.source.toolkit.fluxcd.io"),
        ("helm-controller.yaml", "helmreleases.helm.toolkit.fluxcd.io"),
        ("kustomize-controller.yaml", "kustomizations.kustomize.toolkit.fluxcd.io"),
        ("notification-controller.yaml", "alerts.notification.toolkit.fluxcd.io"),
    ],
)
def test_the_flux_distribution_has_its_custom_resources(name: str, resource: str) -> None:
    """Each controller's file brings the custom resources that it reconciles."""
    assert f"name: {resource}" in (flux_distribution() / name).read_text("utf-8")


def test_the_gateway_resources_are_there() -> None:
    """Gateways and routes can be declared on an API server."""
    found = {path.name for path in gateway_crds().iterdir()}
    assert "gateway.networking.k8s.io_gateways.yaml" in found
    assert "gateway.networking.k8s.io_httproutes.yaml" in found
