"""A toolchain in miniature: pins of two tools, and a Go that behaves as it is told."""

from __future__ import annotations

import asyncio
import stat
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.toolchain import pins

MODULE = "example.com/kit"
MODULE_HASH = "h1:Kl99a2A1KMxLhNSOkSvwQsL4Ezggt300DxUBahSaFN4="
"""What Go's own dirhash says of the zip that ``module_zip`` writes."""
PINS = """
[widget]
title = "the widget"
needed_by = ["run"]
version = "1.2.3"
least = "1.2.0"
below = "1.3.0"
program = "widget"
place = "programs/widget/{version}/{platform}"
asks = ["--version"]
says = 'Widget v(\\S+)'
usual = 2
room = 1

[widget.build]
package = "example.com/widget"
ldflags = ["-X", "main.version={version}"]

[widget.release]
url = "RELEASES/widget_{version}_{platform}.zip"
sums = "RELEASES/SHA256SUMS"
member = "widget"

[widget.release.sha256]
linux_amd64 = ""
linux_arm64 = ""

[kit]
title = "the kit"
needed_by = ["rehearsal"]
version = "1.0.0"
place = "files/kit/{version}"
usual = 2
room = 1

[kit.files]
module = "example.com/kit"
folder = "config"
"""

_GO = """\
#!{python}
import json, os, pathlib, sys, time
here = pathlib.Path({here!r})
with open(here / "calls", "a") as calls:
    calls.write(json.dumps({{"argv": sys.argv[1:], "env": dict(os.environ)}}) + "\\n")
if sys.argv[1] == "version":
    print((here / "version").read_text())
    sys.exit()
package = pathlib.Path(os.environ["GOMODCACHE"], "example.com@v1")
package.mkdir(exist_ok=True)
(package / "go.mod").write_text("")
package.chmod(0o555)
print("go: downloading example.com/widget", file=sys.stderr, flush=True)
while (here / "slow").exists():
    time.sleep(0.02)
if sys.argv[1] == "mod":
    print(json.dumps({{"Zip": str(here / "kit.zip"), "Error": "requires a newer go"}}))
    sys.exit(1)
if (here / "fails").exists():
    sys.exit("widget.go:1: does not compile")
target = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
target.write_text("#!/bin/sh\\necho Widget v" + (here / "builds").read_text() + "\\n")
target.chmod(0o755)
"""


class Toolbench:
    """Pins in a folder of their own, and a stand-in for Go whose behaviour is files beside it."""

    def __init__(self, root: Path) -> None:
        self.pins = root / "pins"
        self.go = root / "go"
        for name in ("widget", "kit"):
            (self.pins / "go" / name).mkdir(parents=True)
            (self.pins / "go" / name / "go.mod").write_text(f"module {name}\n")
        (self.pins / "go" / "kit" / "go.sum").write_text(f"{MODULE} v1.0.0 {MODULE_HASH}\n")
        self.write_pins(PINS)
        self.go.mkdir()
        self.set("version", "go version go1.26.0 linux/amd64")
        self.set("builds", "1.2.3")
        self.program = write_program(
            self.go / "go", _GO.format(python=sys.executable, here=str(self.go))
        )
        module_zip(self.go / "kit.zip")

    def write_pins(self, text: str) -> None:
        """Replace the pins."""
        (self.pins / "pins.toml").write_text(text)
        pins.catalogue.cache_clear()

    def set(self, name: str, text: str = "") -> None:
        """Tell the stand-in how to behave: ``version``, ``builds``, ``slow`` or ``fails``."""
        (self.go / name).write_text(text)

    def unset(self, name: str) -> None:
        """Take a behaviour back."""
        (self.go / name).unlink()

    def calls(self) -> str:
        """Return what the stand-in was called with, a JSON object a line."""
        path = self.go / "calls"
        return path.read_text() if path.exists() else ""


def module_zip(path: Path, kind: str = "A") -> Path:
    """Write a Go module zip whose hash is MODULE_HASH, or another one for another ``kind``."""
    contents = {
        "go.mod": f"module {MODULE}\n",
        "config/a.yaml": f"kind: {kind}\n",
        "config/b.yaml": "kind: B\n",
        "config/deep/c.yaml": "kind: C\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in contents.items():
            archive.writestr(f"{MODULE}@v1.0.0/{name}", text)
    return path


def write_program(path: Path, text: str) -> Path:
    """Write an executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def widget(path: Path, version: str) -> Path:
    """Write a widget that says its version."""
    return write_program(path, f"#!/bin/sh\necho Widget v{version}\n")


def use(bench: Toolbench, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the toolchain see this bench, an empty cache, an empty home and nothing else."""
    monkeypatch.setattr(pins, "HERE", bench.pins)
    monkeypatch.setenv("CATALYST_CACHE", str(root / "cache"))
    monkeypatch.setenv("CATALYST_HOME", str(root / "home"))
    monkeypatch.setenv("CATALYST_GO", str(bench.program))
    monkeypatch.setenv("PATH", str(root / "bin"))
    for name in ("CATALYST_WIDGET", "CATALYST_KIT"):
        monkeypatch.delenv(name, raising=False)


async def until(happened: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something has happened in another process; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(0.02)
