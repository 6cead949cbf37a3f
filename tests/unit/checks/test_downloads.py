"""What nodes download is verified, or said before it costs anything."""

from __future__ import annotations

from provisioner.checks.downloads import check_downloads, pinned

SUM = "a" * 64


def test_a_download_without_a_checksum_is_named() -> None:
    """Each missing sum is a blocking finding with its name and version; known ones are none."""
    pins = {
        "k3s": {"version": "v1.2.3", "sha256": {"amd64": SUM, "arm64": ""}},
        "cilium": {"version": "1.0.0", "sha256": ""},
        "flux": {"version": "v2.0.0", "sha256": SUM},
    }
    found = check_downloads(pins)
    assert [(each.code, each.value) for each in found] == [
        ("download_unverified", "k3s for arm64"),
        ("download_unverified", "cilium"),
    ]
    assert "k3s for arm64 v1.2.3" in found[0].reason
    assert "make pins" in found[0].remedy


def test_everything_that_is_pinned_is_looked_at() -> None:
    """The file that ships has a version and a place for a sum of each download."""
    blank = {
        name: part
        | {"sha256": "" if isinstance(part["sha256"], str) else dict.fromkeys(part["sha256"], "")}
        for name, part in pinned().items()
    }
    assert [each.value for each in check_downloads(blank)] == [
        "k3s for amd64",
        "k3s for arm64",
        "cilium",
        "gateway_api",
        "flux",
        "hcloud_csi",
    ]
