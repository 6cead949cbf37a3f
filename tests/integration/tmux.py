"""A terminal that is looked at: tmux on a socket of its own."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Tmux:
    """One program in one pane of 80x24."""

    def __init__(
        self, folder: Path, program: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._socket = str(folder / "tmux")
        self._program = program
        self._environment = environment
        self._ask("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "sleep 3600")
        self._ask("set", "-g", "remain-on-exit", "on")

    def start(self) -> None:
        """Start the program in the pane, whatever ran there before."""
        given = [f"{name}={value}" for name, value in self._environment.items()]
        command = shlex.join(["env", *given, *self._program])
        self._ask("respawn-pane", "-k", command)

    def close(self) -> None:
        """End tmux and what runs in it."""
        self._ask("kill-server")

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._ask("display-message", "-p", "#{pane_pid}"))

    def keys(self, *keys: str) -> None:
        """Press keys, named as tmux names them."""
        self._ask("send-keys", *keys)

    def picture(self) -> str:
        """Return what is shown."""
        return self._ask("capture-pane", "-p")

    def until(self, *texts: str, seconds: float = 60) -> str:
        """Return the picture once all texts are in it; fails with the last picture."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            shown = self.picture()
            if all(text in shown for text in texts):
                return shown
            time.sleep(0.1)
        raise AssertionError(f"{texts} never came:\n{self.picture()}")

    def _ask(self, *arguments: str) -> str:
        found = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, check=True
        )
        return found.stdout
