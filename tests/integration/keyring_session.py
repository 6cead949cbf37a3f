"""A session bus and a real gnome-keyring on it: logged in, logged out, and asked for secrets."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

from pydantic import SecretStr

from provisioner.credentials import Credentials, open_credentials
from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.secret_service import Readiness, probe
from provisioner.home import Home

FQDN = "oman.omani.works"
VALUE = SecretStr("v" * 64)


BUS = """
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""A session bus that starts nothing: whoever asks early would else get a second, locked keyring."""


class Session:
    """A session bus and a keyring on it, in a home of their own.

    ``starts``: the bus starts a keyring for whoever asks, as a desktop's does.
    """

    def __init__(self, folder: Path, *, starts: bool = False) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        config = folder / "bus.conf"
        config.write_text(BUS)
        self._folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        kind = "--session" if starts else f"--config-file={config}"
        self._bus = self._start("dbus-daemon", kind, "--nofork", "--print-address=1")
        assert self._bus.stdout is not None
        address = self._bus.stdout.readline().decode().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        self.daemon: subprocess.Popen[bytes] | None = None

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def log_in(self, password: str | None) -> None:
        """Start the keyring; with a password its login collection is made, or opened."""
        unlock = ("--unlock",) if password is not None else ()
        components = "--components=secrets"
        self.daemon = self._start("gnome-keyring-daemon", "--foreground", components, *unlock)
        assert self.daemon.stdin is not None
        self.daemon.stdin.write((password or "").encode())
        self.daemon.stdin.close()

    def log_out(self) -> None:
        """End the keyring; what it keeps stays on the disk."""
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.terminate()
            self.daemon.wait()
            _close(self.daemon)
            self.daemon = None

    def close(self) -> None:
        """End both."""
        self.log_out()
        self._bus.terminate()
        self._bus.wait()
        _close(self._bus)


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()


async def until_ready(environment: dict[str, str], wanted: Readiness) -> None:
    """Wait until the keyring is as wanted; fails after a generous time."""
    end = time.monotonic() + 90
    while (found := await probe(environment)) is not wanted:
        assert time.monotonic() < end, f"{found}, never {wanted}"
        await asyncio.sleep(0.1)


async def ladder_of(session: Session, home: Home, password: str = "") -> Credentials:
    """Return where a program of this session keeps secrets, with a vault if there is a password."""
    keyring = await find_keyring(session.environment)
    vault = {"CATALYST_VAULT_PASSWORD": password} if password else {}
    return open_credentials(home, FQDN, vault, keyring=keyring)
