"""The pins are complete, and versions are compared as versions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.errors import ToolchainError
from provisioner.toolchain import pins
from provisioner.toolchain.pins import Pin, Platform, pin_of
from tests.toolbench import Toolbench

REAL = pins.load(pins.HERE / "pins.toml")
LINUX = Platform("linux", "amd64")


@pytest.mark.parametrize("pin", REAL.values(), ids=REAL)
def test_every_pinned_module_is_in_its_go_sum(pin: Pin) -> None:
    """What is built or taken is required at the pinned version, and hashed with its go.mod."""
    module = pin.files.module if pin.files else pin.build.package if pin.build else ""
    required = re.findall(r"^(?:require )?\s*(\S+) (v\S+)", _text(pin, "go.mod"), re.MULTILINE)
    found = [(name, version) for name, version in required if module.startswith(name)]
    assert found, f"{module} is required by no line"
    for name, version in found:
        assert pin.files or version == f"v{pin.version}"
        hashed = _text(pin, "go.sum")
        assert re.search(rf"^{re.escape(name)} {re.escape(version)} h1:", hashed, re.MULTILINE)
        assert f"{name} {version}/go.mod h1:" in hashed


@pytest.mark.parametrize("pin", REAL.values(), ids=REAL)
def test_a_checksum_is_a_sha256_or_openly_absent(pin: Pin) -> None:
    """No placeholder can pass for a checksum, and nothing is fetched without TLS."""
    if pin.release is None:
        assert pin.files or pin.needed_by == ("rehearsal",)
        return
    assert pin.release.url.startswith("https://")
    assert pin.release.sums.startswith("https://")
    assert set(pin.release.sha256) == {"linux_amd64", "linux_arm64"}
    for told in pin.release.sha256.values():
        assert re.fullmatch(r"[0-9a-f]{64}|", told)


@pytest.mark.parametrize("pin", [p for p in REAL.values() if p.program], ids=lambda pin: pin.name)
def test_the_pinned_version_fits_its_own_bounds(pin: Pin) -> None:
    """What Catalyst gets for itself is one of the versions that it accepts."""
    assert pin.fits(pin.version)
    assert not pin.fits(pin.below)
    assert not pin.fits(f"{pin.below}-rc1")


@given(st.integers(0, 40), st.integers(0, 40))
def test_versions_are_ordered_by_number(minor: int, patch: int) -> None:
    """1.10 comes after 1.9, whatever their letters say."""
    tofu = REAL["tofu"]
    assert tofu.fits(f"1.{minor}.{patch}") == (minor == 12)


def test_a_changed_hash_makes_another_recipe(bench: Toolbench) -> None:
    """A program built from other modules does not pass for the pinned one."""
    before = pin_of("kit").recipe()
    (bench.pins / "go" / "kit" / "go.sum").write_text("example.com/kit v1.0.0 h1:other=\n")
    assert pin_of("kit").recipe() != before


def test_a_filled_checksum_does_not_invalidate_what_was_built(bench: Toolbench) -> None:
    """Filling the pins rebuilds nothing."""
    before = pin_of("widget").recipe()
    text = (bench.pins / "pins.toml").read_text()
    bench.write_pins(text.replace('linux_amd64 = ""', f'linux_amd64 = "{"a" * 64}"'))
    assert pin_of("widget").checksum(LINUX) == "a" * 64
    assert pin_of("widget").recipe() == before


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """A slip of the pen is no traceback."""
    with pytest.raises(ToolchainError) as caught:
        pin_of("terraform")
    assert caught.value.code == "tool_unknown"
    assert "tofu" in caught.value.facts["known"]


def test_a_rehearsal_needs_more_than_a_real_run() -> None:
    """A real Sovereign asks for OpenTofu and its provider only."""
    assert pins.names("run") == ("tofu", "terraform-provider-hcloud")
    assert set(pins.names("run")) < set(pins.names("rehearsal"))


def _text(pin: Pin, name: str) -> str:
    return (pin.sources / name).read_text("utf-8")
