"""`make pins` fills what the module has nodes download."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from provisioner.checks.downloads import check_downloads

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "module_pins.py"
SUMS = {name: sha256(name.encode()).hexdigest() for name in "abcdef"}


class Published(BaseHTTPRequestHandler):
    """What the projects publish, by path."""

    files: dict[str, str] = {}  # noqa: RUF012  shared with the test on purpose

    def do_GET(self) -> None:
        """Answer a file, or 404."""
        body = self.files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """Serve what is published for the shipped versions; return where."""
    versions = json.loads((ROOT / "modules" / "hetzner" / "versions.json").read_text())
    k3s = versions["k3s"]["version"].replace("+", "%2B")
    index = f"entries:\n  cilium:\n  - version: {versions['cilium']['version']}\n"
    index += f"    digest: {SUMS['c']}\n  hcloud-csi:\n"
    index += f"  - version: {versions['hcloud_csi']['version']}\n    digest: {SUMS['f']}\n"
    Published.files = {
        f"/k3s-io/k3s/releases/download/{k3s}/sha256sum-amd64.txt": f"{SUMS['a']}  k3s\n",
        f"/k3s-io/k3s/releases/download/{k3s}/sha256sum-arm64.txt": f"{SUMS['b']}  k3s-arm64\n",
        "/index.yaml": index,
        f"/repos/kubernetes-sigs/gateway-api/releases/tags/{versions['gateway_api']['version']}": (
            _release("standard-install.yaml", SUMS["d"])
        ),
        f"/repos/fluxcd/flux2/releases/tags/{versions['flux']['version']}": (
            _release("install.yaml", SUMS["e"])
        ),
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _release(name: str, told: str) -> str:
    assets = [{"name": "other", "digest": None}, {"name": name, "digest": f"sha256:{told}"}]
    return json.dumps({"assets": assets})


def _fill(site: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """Run the script on copies whose addresses lead to the site; return it, before and after."""
    shipped = (ROOT / "modules" / "hetzner" / "versions.json").read_text()
    (folder / "versions.json").write_text(shipped)
    sources = SCRIPT.with_suffix(".toml").read_text()
    for host in (
        "https://github.com",
        "https://helm.cilium.io",
        "https://charts.hetzner.cloud",
        "https://api.github.com",
    ):
        assert host in sources
        sources = sources.replace(host, site)
    (folder / "sources.toml").write_text(sources)
    files = ("--versions", folder / "versions.json", "--sources", folder / "sources.toml")
    done = subprocess.run(
        [sys.executable, SCRIPT, *files],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, shipped, (folder / "versions.json").read_text()


def test_every_download_gets_its_published_checksum(site: str, tmp_path: Path) -> None:
    """After filling, each sum stands in its place, versions are untouched, preflight is content."""
    done, before, after = _fill(site, tmp_path)
    assert done.returncode == 0, done.stderr
    pins = json.loads(after)
    assert {name: pin["version"] for name, pin in pins.items()} == {
        name: pin["version"] for name, pin in json.loads(before).items()
    }
    assert pins["k3s"]["sha256"] == {"amd64": SUMS["a"], "arm64": SUMS["b"]}
    assert [pins[name]["sha256"] for name in ("cilium", "gateway_api", "flux", "hcloud_csi")] == [
        SUMS[each] for each in "cdef"
    ]
    assert check_downloads(pins) == ()


@pytest.mark.parametrize("body", [None, "", "entries: {}", "entries: {cilium: [{version: x}]}"])
def test_what_cannot_be_filled_stays_as_it_is(body: str | None, site: str, tmp_path: Path) -> None:
    """One source that is gone, empty or odd changes nothing, and the command says why."""
    Published.files.pop("/index.yaml")
    if body is not None:
        Published.files["/index.yaml"] = body
    done, before, after = _fill(site, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("No checksum was changed.")
    assert after == before
