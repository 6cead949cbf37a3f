"""A release is downloaded only with a pinned checksum; the server is one of our own on loopback."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from provisioner.errors import ToolchainError
from provisioner.remedies import remedy_of
from provisioner.toolchain import Cache, Progress, Source, Step, ensure, pins
from tests.toolbench import PINS, Toolbench, use

ROOT = Path(__file__).parents[2]
WIDGET = b"#!/bin/sh\necho Widget v1.2.3\n"


class Releases(BaseHTTPRequestHandler):
    """Serves a table of files."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer with the file of this path."""
        self.asked.append(self.path)
        body = self.files.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_words: object) -> None:
        """Keep the tests' output quiet."""


@pytest.fixture
def releases() -> Iterator[str]:
    """Serve releases; returns the address."""
    Releases.files, Releases.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Releases)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bench(tmp_path: Path, releases: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toolbench]:
    """Two small tools whose releases our server has."""
    made = Toolbench(tmp_path)
    use(made, tmp_path, monkeypatch)
    made.write_pins(PINS.replace("RELEASES", releases))
    yield made
    pins.catalogue.cache_clear()


def zipped(content: bytes = WIDGET, member: str = "widget") -> bytes:
    """Return a release as a zip."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w") as archive:
        archive.writestr(member, content)
        archive.writestr("../../escaped", "x")
    return told.getvalue()


def tarred(content: bytes = WIDGET) -> bytes:
    """Return a release as a tar.gz."""
    told = io.BytesIO()
    with tarfile.open(fileobj=told, mode="w:gz") as archive:
        header = tarfile.TarInfo("release/widget")
        header.size = len(content)
        archive.addfile(header, io.BytesIO(content))
    return told.getvalue()


def publish(bench: Toolbench, name: str, body: bytes, member: str = "widget") -> None:
    """Serve a release under a name that has {platform} in it, and pin its checksum."""
    Releases.files[f"/{name.format(platform=Cache().platform)}"] = body
    text = (bench.pins / "pins.toml").read_text()
    text = text.replace("widget_{version}_{platform}.zip", name)
    text = text.replace('member = "widget"', f'member = "{member}"')
    told = hashlib.sha256(body).hexdigest()
    bench.write_pins(
        text.replace('_amd64 = ""', f'_amd64 = "{told}"').replace(
            '_arm64 = ""', f'_arm64 = "{told}"'
        )
    )


@pytest.mark.parametrize(
    ("name", "body", "member"),
    [
        ("widget_{platform}.zip", zipped(), "widget"),
        ("widget_{platform}.tar.gz", tarred(), "release/widget"),
        ("widget_{platform}", WIDGET, ""),
    ],
    ids=["zip", "tar.gz", "program"],
)
async def test_a_verified_release_is_taken_before_a_build(
    name: str, body: bytes, member: str, bench: Toolbench
) -> None:
    """What has the pinned checksum is unpacked, asked for its version, and used."""
    publish(bench, name, body, member)
    reports: list[Progress] = []
    tool = (await ensure(["widget"], reports.append))["widget"]
    assert tool.source is Source.DOWNLOAD
    assert tool.path.read_bytes() == WIDGET
    assert reports[0].step is Step.DOWNLOADING
    assert not bench.calls()
    assert not list(Cache().root.parent.rglob("escaped"))


async def test_without_a_checksum_nobody_is_asked(bench: Toolbench) -> None:
    """A pin without a checksum is refused before a byte is fetched; the build takes over."""
    tool = (await ensure(["widget"]))["widget"]
    assert tool.source is Source.BUILD
    assert not Releases.asked
    assert bench.calls()


async def test_another_content_is_refused_and_not_built_around(bench: Toolbench) -> None:
    """A release that is not the pinned one stops everything: somebody may have changed it."""
    publish(bench, "widget_{platform}.zip", zipped())
    path = f"/widget_{Cache().platform}.zip"
    Releases.files[path] = zipped(WIDGET + b"steal\n")
    with pytest.raises(ToolchainError) as caught:
        await ensure(["widget"])
    assert caught.value.code == "tool_checksum"
    assert caught.value.facts["found"] == hashlib.sha256(Releases.files[path]).hexdigest()
    assert not bench.calls()
    assert not list(Cache().root.rglob("widget"))


async def test_a_release_out_of_reach_is_named_with_its_address(bench: Toolbench) -> None:
    """When neither the release nor Go can be had, both reasons are told."""
    publish(bench, "widget_{platform}.zip", zipped())
    Releases.files.clear()
    bench.set("version", "go version go1.20 linux/amd64")
    with pytest.raises(ToolchainError) as caught:
        await ensure(["widget"])
    told = remedy_of(caught.value).what
    assert "404" in told
    assert "go1.20" in told


async def test_an_archive_without_the_program_is_refused(bench: Toolbench) -> None:
    """A release of another shape is not guessed at; the build takes over."""
    publish(bench, "widget_{platform}.zip", zipped(member="gadget"))
    assert (await ensure(["widget"]))["widget"].source is Source.BUILD
    assert bench.calls()


# --- make pins ----------------------------------------------------------------------------------


def fill(bench: Toolbench) -> subprocess.CompletedProcess[str]:
    """Run what ``make pins`` runs on this bench's pins."""
    path = str(bench.pins / "pins.toml")
    return subprocess.run(
        [sys.executable, "scripts/pins.py", "--pins", path],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_pins_are_filled_from_what_the_project_publishes(bench: Toolbench) -> None:
    """After filling, exactly the published checksums stand there, and a download works."""
    before = (bench.pins / "pins.toml").read_text()
    body = zipped()
    told = hashlib.sha256(body).hexdigest()
    names = [f"widget_1.2.3_linux_{arch}.zip" for arch in ("amd64", "arm64")]
    sums = f"{'0' * 64}  widget_1.2.3_darwin_arm64.zip\n{told}  {names[0]}\n{told} *{names[1]}\n"
    Releases.files = {"/SHA256SUMS": sums.encode()} | {f"/{name}": body for name in names}
    done = fill(bench)
    assert done.returncode == 0, done.stderr
    after = (bench.pins / "pins.toml").read_text()
    assert after == before.replace('_amd64 = ""', f'_amd64 = "{told}"').replace(
        '_arm64 = ""', f'_arm64 = "{told}"'
    )
    pins.catalogue.cache_clear()
    assert (await ensure(["widget"]))["widget"].source is Source.DOWNLOAD


@pytest.mark.parametrize("sums", [None, b"", b"nothing  widget_1.2.3_linux_amd64.zip\n"])
def test_pins_that_cannot_be_filled_stay_as_they_are(sums: bytes | None, bench: Toolbench) -> None:
    """Unreachable, empty or odd lists change nothing, and the command says why."""
    before = (bench.pins / "pins.toml").read_text()
    if sums is not None:
        Releases.files["/SHA256SUMS"] = sums
    done = fill(bench)
    assert done.returncode == 1
    assert done.stderr.startswith("No checksum was changed.")
    assert (bench.pins / "pins.toml").read_text() == before
