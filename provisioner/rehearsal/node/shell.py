"""The few commands that anybody runs on a node over SSH, by the name they have there."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable

import asyncssh

from provisioner.rehearsal.node.disk import Disk

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
LIBRARY = "/usr/local/lib/catalyst"
ROTATE = f"{LIBRARY}/rotate-host-key"
NOT_FOUND = 127

Process = asyncssh.SSHServerProcess[str]
Reload = Callable[[], None]


class Shell:
    """What a login shell of a node can do: a closed list."""

    def __init__(self, name: str, disk: Disk, reload: Reload) -> None:
        self._name = name
        self._disk = disk
        self._reload = reload
        self._commands: dict[str, Callable[[Process, list[str]], Awaitable[int]]] = {
            "cat": self._cat,
            "test": self._test,
            "tail": self._tail,
            "hostname": self._hostname,
            "true": self._true,
            ROTATE: self._rotate,
        }

    async def run(self, process: Process) -> None:
        """Run the command of an SSH session and end it with the command's exit status."""
        try:
            words = shlex.split(process.command or "")
        except ValueError:
            words = []
        command = self._commands.get(words[0]) if words else None
        missing = bool(words) and words[0].startswith("/") and not self._disk.exists(words[0])
        if command is None or missing:
            name = words[0] if words else "sh"
            process.stderr.write(f"bash: line 1: {name}: command not found\n")
            process.exit(NOT_FOUND)
            return
        process.exit(await command(process, words[1:]))

    async def _cat(self, process: Process, words: list[str]) -> int:
        for path in words:
            try:
                process.stdout.write(self._disk.read(path).decode("utf-8", "replace"))
            except OSError:
                process.stderr.write(f"cat: {path}: No such file or directory\n")
                return 1
        return 0

    async def _tail(self, process: Process, words: list[str]) -> int:
        count = int(words[1]) if words[:1] == ["-n"] and words[1:2] and words[1].isdigit() else 10
        try:
            lines = self._disk.read(words[-1] if words else "").decode().splitlines(keepends=True)
        except OSError:
            process.stderr.write("tail: cannot open the file\n")
            return 1
        process.stdout.write("".join(lines[-count:]))
        return 0

    async def _test(self, process: Process, words: list[str]) -> int:
        del process
        return 0 if len(words) == 2 and self._disk.exists(words[1]) else 1

    async def _hostname(self, process: Process, words: list[str]) -> int:
        del words
        process.stdout.write(f"{self._name}\n")
        return 0

    async def _true(self, process: Process, words: list[str]) -> int:
        del process, words
        return 0

    async def _rotate(self, process: Process, words: list[str]) -> int:
        """Make a host key, show it, and use it once the caller says that it is pinned.

        The caller that goes away without a word leaves the old key in use.
        """
        del words
        key = asyncssh.generate_private_key("ssh-ed25519", comment=f"root@{self._name}")
        process.stdout.write(key.export_public_key().decode())
        if (await process.stdin.readline()).strip() != "pinned":
            return 1
        self._disk.write(f"{HOST_KEY}.pub", key.export_public_key())
        self._disk.write(HOST_KEY, key.export_private_key(), 0o600)
        self._reload()
        return 0
