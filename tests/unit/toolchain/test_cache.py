"""What stands in the cache is used only while it is what was put there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provisioner.toolchain.cache import Cache, Source
from provisioner.toolchain.finder import Tool
from provisioner.toolchain.pins import Pin, pin_of
from provisioner.toolchain.places import provider_mirror
from tests.toolbench import Toolbench, widget


def put(cache: Cache, pin: Pin, source: Source = Source.BUILD) -> Path:
    """Put a widget into the cache and return where it stands."""
    made = cache.workspace() / "made"
    widget(made / "widget", "1.2.3")
    cache.put(pin, made, source)
    return cache.path(pin)


@pytest.fixture
def cache(bench: Toolbench) -> Cache:
    """Return an empty cache for the tools of the bench."""
    assert bench.pins.is_dir()
    return Cache()


def test_what_was_put_is_found_with_its_source(cache: Cache) -> None:
    """A tool is known only after it was put."""
    pin = pin_of("widget")
    assert cache.source(pin) is None
    path = put(cache, pin)
    assert path.is_file()
    assert cache.source(pin) is Source.BUILD
    assert cache.damage(pin, thorough=True) == ""


def test_a_changed_program_is_named(cache: Cache) -> None:
    """Other bytes are noticed, as is a program that is gone."""
    pin = pin_of("widget")
    path = put(cache, pin)
    path.write_text("#!/bin/sh\necho Widget v1.2.3 # and more\n")
    assert cache.damage(pin) == f"{path} is not what was put there"
    path.unlink()
    assert cache.damage(pin) == f"{path} is missing"


def test_a_thorough_look_believes_no_timestamp(cache: Cache) -> None:
    """Same size, same time, other bytes: a quick look believes it, doctor does not."""
    pin = pin_of("widget")
    path = put(cache, pin)
    stat = path.stat()
    path.write_text(path.read_text().replace("Widget", "Gadget"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert cache.damage(pin) == ""
    assert cache.damage(pin, thorough=True) == f"{path} is not what was put there"


def test_a_touched_but_equal_program_is_fine(cache: Cache) -> None:
    """A restored backup with other times needs no new build."""
    pin = pin_of("widget")
    os.utime(put(cache, pin), ns=(1, 1))
    assert cache.damage(pin) == ""


def test_a_torn_record_is_no_record(cache: Cache) -> None:
    """A half-written record means that the tool is made anew, not that doctor breaks."""
    pin = pin_of("widget")
    put(cache, pin)
    record = next((cache.root / "records").iterdir())
    record.write_bytes(record.read_bytes()[:40])
    assert cache.source(pin) is None
    assert cache.damage(pin) == "it has no record"


def test_a_download_stays_valid_only_with_its_checksum(cache: Cache, bench: Toolbench) -> None:
    """When the pinned checksum changes, what was downloaded before is not the pinned release."""
    text = (bench.pins / "pins.toml").read_text()
    for told, expected in (("a", Source.DOWNLOAD), ("b", None)):
        sums = "\n".join(
            f'{platform} = "{told * 64}"' for platform in ("linux_amd64", "linux_arm64")
        )
        bench.write_pins(text.replace('linux_amd64 = ""\nlinux_arm64 = ""', sums))
        if told == "a":
            put(cache, pin_of("widget"), Source.DOWNLOAD)
        assert cache.source(pin_of("widget")) is expected


def test_a_new_one_takes_the_place_of_the_old(cache: Cache) -> None:
    """Making a tool again leaves one of it, and it is whole."""
    pin = pin_of("widget")
    put(cache, pin).write_text("damaged")
    put(cache, pin)
    assert [path.name for path in cache.folder(pin).iterdir()] == ["widget"]
    assert cache.damage(pin, thorough=True) == ""


async def test_the_mirror_has_the_shape_that_opentofu_reads(cache: Cache) -> None:
    """A made provider lies in the mirror; one from elsewhere gets a mirror of its own."""
    pin = pin_of("widget")
    path = put(cache, pin)
    made = Tool(name="widget", path=path, version="1.2.3", source=Source.BUILD)
    assert await provider_mirror(made, cache) == cache.root / "programs"
    elsewhere = widget(cache.root / "elsewhere" / "widget", "1.2.4")
    named = Tool(name="widget", path=elsewhere, version="1.2.4", source=Source.SETTING)
    mirror = await provider_mirror(named, cache)
    copy = mirror / path.relative_to(cache.root / "programs")
    assert copy.read_bytes() == elsewhere.read_bytes()
    assert os.access(copy, os.X_OK)
    assert await provider_mirror(named, cache) == mirror
