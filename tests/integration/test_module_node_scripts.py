"""The scripts of a first boot, run for real: stages, bounded waits, checked downloads."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from tests.integration.module import SOURCE

COMMON = SOURCE / "first-boot" / "files" / "common.sh"
HEAD = f"""
set -euo pipefail
STATE=$PWD LOG=$PWD/boot.log JOIN=$PWD/join.d/50-join.yaml
STAGES='network download ready' SERVICE=k3s
exec >>"$LOG" 2>&1
. {COMMON}
sleep() {{ :; }}
journalctl() {{ printf 'k3s said: \\t"no \\\\ way" \\303\\244\\n'; }}
begin
"""


def run(folder: Path, script: str) -> int:
    """Run a script that starts as a first boot does; return its exit code."""
    return subprocess.run(["bash", "-c", HEAD + script], cwd=folder, check=False).returncode


def stage(folder: Path) -> dict[str, object]:
    """Return what the stage file says."""
    return dict(json.loads((folder / "stage.json").read_text()))


def test_says_at_which_stage_it_is(tmp_path: Path) -> None:
    """The stage file names the stage, its place, and since when."""
    assert run(tmp_path, "enter network; enter download; trap - EXIT") == 0
    said = stage(tmp_path)
    assert str(said.pop("since")).endswith("Z")
    assert said == {"stage": "download", "index": 2, "of": 3, "state": "running", "lines": []}


def test_ends_with_the_last_stage_done(tmp_path: Path) -> None:
    """A boot that came through says so, and is not repeated after a restart."""
    assert run(tmp_path, "enter network; enter ready; finish") == 0
    said = stage(tmp_path)
    assert (said["stage"], said["index"], said["state"]) == ("ready", 3, "done")
    assert (tmp_path / "booted").exists()


def test_a_failure_brings_its_last_lines(tmp_path: Path) -> None:
    """A stage that fails says so with the log's end, in JSON whatever the log holds."""
    assert run(tmp_path, 'enter download; say "before"; false; say "never"') == 1
    said = stage(tmp_path)
    assert (said["stage"], said["state"]) == ("download", "failed")
    lines = said["lines"]
    assert isinstance(lines, list)
    assert any(line.endswith("before") for line in lines)
    assert 'k3s said: "no \\ way" ' in lines
    assert not any("never" in line for line in lines)


def test_a_wait_ends(tmp_path: Path) -> None:
    """No wait is for ever, and the failure names what was waited for."""
    assert run(tmp_path, 'enter network; SECONDS=0; wait_for 0 "the moon" false') == 1
    assert "gave up waiting for the moon" in str(stage(tmp_path)["lines"])


def test_refuses_a_download_without_a_checksum(tmp_path: Path) -> None:
    """Where no checksum is pinned, nothing is downloaded."""
    (tmp_path / "release").write_text("program")
    script = f'enter download; fetch k3s "file://{tmp_path}/release" "" "$PWD/k3s"'
    assert run(tmp_path, script) == 1
    assert "no checksum is pinned for k3s" in str(stage(tmp_path)["lines"])
    assert not (tmp_path / "k3s").exists()


def test_keeps_only_what_has_the_pinned_checksum(tmp_path: Path) -> None:
    """What differs from its checksum is thrown away after some attempts; what fits is kept."""
    release = tmp_path / "release"
    release.write_text("program")
    right = hashlib.sha256(b"program").hexdigest()
    assert (
        run(tmp_path, f'enter download; fetch k3s "file://{release}" "{"0" * 64}" "$PWD/k3s"') == 1
    )
    assert not list(tmp_path.glob("k3s*"))
    assert run(tmp_path, f'fetch k3s "file://{release}" "{right}" "$PWD/k3s"') == 0
    assert (tmp_path / "k3s").read_text() == "program"
    release.unlink()
    assert run(tmp_path, f'fetch k3s "file://{release}" "{right}" "$PWD/k3s"') == 0


ADDRESSES = """
ip() {
  echo '2: eth0    inet 203.0.113.9/32 scope global eth0'
  echo '3: enp7s0    inet 10.0.2.17/32 scope global enp7s0'
}
"""


def test_finds_its_private_address(tmp_path: Path) -> None:
    """A worker takes the address of its subnet that it was given; a public one is never taken."""
    check = 'PRIVATE_ADDRESS="10.0.2.*"; [ "$(private_address)" = 10.0.2.17 ]'
    assert run(tmp_path, ADDRESSES + check) == 0
    assert run(tmp_path, ADDRESSES + "PRIVATE_ADDRESS=10.0.1.2; has_private_address") == 1


PEERS = """
curl() { case $* in *10.0.1.3:6443/ping) printf pong ;; *) return 7 ;; esac; }
PEERS='10.0.1.2 10.0.1.3'
"""


def test_joins_whoever_answers(tmp_path: Path) -> None:
    """A node that joins takes the first control plane that answers, not the first of the list."""
    script = f"{ADDRESSES}{PEERS}PRIVATE_ADDRESS='10.0.2.*'; join_whoever_answers"
    assert run(tmp_path, script) == 0
    joined = (tmp_path / "join.d" / "50-join.yaml").read_text()
    assert joined == 'server: "https://10.0.1.3:6443"\nnode-ip: "10.0.2.17"\n'
