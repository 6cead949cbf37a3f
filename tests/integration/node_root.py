"""A node that boots for real: its own scripts and units, in a Debian cut off from all else.

What cannot be had in a test stands in (see the folder ``node``): k3s, systemd's and netplan's
commands. Everything else is the real thing: bash, curl, sha256sum, ip.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provisioner.home import cache_directory
from provisioner.rehearsal.cluster.pki import Pki
from tests.integration.node_world import PORT

HERE = Path(__file__).parent
STAND_INS = HERE / "node"
FAST, RUSHED = "20", "900"
"""How much faster the node's clock runs: enough to be quick, and enough to see long waits end."""
WAIT = "while grep -qsa 'catalyst/[b]oot' /proc/[0-9]*/cmdline; do sleep 0.05; done\n"
"""A unit that is started without waiting ends when its program does."""


def published(folder: Path, versions: Mapping[str, Any]) -> dict[str, Any]:
    """Make what projects publish, in a folder; return versions with its checksums."""
    folder.mkdir()
    (folder / "fails").touch()
    shutil.copy(STAND_INS / "k3s", folder / "k3s")
    names = {"cilium": f"cilium-{versions['cilium']['version']}.tgz"}
    names["hcloud_csi"] = f"hcloud-csi-{versions['hcloud_csi']['version']}.tgz"
    names |= {"gateway_api": "standard-install.yaml", "flux": "install.yaml"}
    made = {}
    for name, file in names.items():
        (folder / file).write_text(f"what {name} publishes\n" * 100)
        made[name] = {"version": versions[name]["version"], "sha256": _sum(folder / file)}
    sums = {"amd64": _sum(folder / "k3s"), "arm64": "0" * 64}
    Pki(folder).make()
    return made | {"k3s": {"version": versions["k3s"]["version"], "sha256": sums}}


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Booted:
    """What a node left behind."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def text(self, path: str) -> str:
        """Return a file that the node wrote, or nothing."""
        file = self.out / path.lstrip("/")
        return file.read_text() if file.is_file() else ""

    def mode(self, path: str) -> int:
        """Return the permissions of a file."""
        return (self.out / path.lstrip("/")).stat().st_mode & 0o777

    @property
    def stage(self) -> dict[str, Any]:
        """What the stage file says."""
        return dict(json.loads(self.text("/var/lib/catalyst/stage.json")))

    @property
    def log(self) -> str:
        """The log of the first boot."""
        return self.text("/var/log/catalyst-boot.log")

    @property
    def kubectl(self) -> list[str]:
        """What kubectl was asked, in order."""
        return self.text("/var/log/kubectl.log").splitlines()

    def asked(self, what: str) -> int:
        """Return how often something was downloaded."""
        return self.log.count(f"downloading {what}, attempt")


class Node:
    """One node before its first boot."""

    def __init__(self, folder: Path, config: Mapping[str, Any], served: Path, address: str) -> None:
        self.folder, self.config, self.files = folder, config, folder / "files"
        root = cache_directory() / "node-root"
        assert (root / "made").exists(), "run scripts/install-test-needs.sh where the network is"
        self.root = root
        shutil.copytree(served, self.files / "served")
        self._lay(address)

    def _lay(self, address: str) -> None:
        """Write what cloud-init would, the stand-ins, and where downloads are."""
        for each in self.config["write_files"]:
            path = self.files / each["path"].lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(each["content"])
            path.chmod(int(each["permissions"], 8))
        environment = self.files / "etc/catalyst/node.env"
        here = re.sub(r"https://[^/']+", f"http://127.0.0.1:{PORT}", environment.read_text())
        environment.write_text(here)
        programs = self.files / "usr/local/sbin"
        programs.mkdir(parents=True)
        for name in ("systemctl", "netplan", "journalctl"):
            shutil.copy(STAND_INS / name, programs / name)
        (self.files / "run").mkdir()
        (self.files / "run/private-address").write_text(address)

    def boot(
        self, *, but: str = "", peers: Sequence[str] = (), speed: str = FAST, again: str = ""
    ) -> Booted:
        """Boot with everything but one thing, which is missing in /run; return what is left.

        ``again`` is done after the first boot, before a second one.
        """
        boot = "".join(f"{' '.join(command)}\n" for command in self.config["runcmd"]) + WAIT
        played = [f"echo {speed} >/run/speed", f"touch /run/no-{but}" if but else "", boot]
        played += [again, boot] if again else []
        (self.files / "played").write_text("\n".join(played))
        work, out = self.folder / "work", self.folder / "out"
        work.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
            "ROOT": str(self.root),
            "FILES": str(self.files),
            "WORK": str(work),
            "OUT": str(out),
            "PYTHON": sys.executable,
            "PEERS": " ".join(peers),
        }
        apart = ["--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
        done = subprocess.run(
            ["unshare", *apart, STAND_INS / "play"],
            cwd=HERE.parents[1],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return Booted(out)
