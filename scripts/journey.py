"""Writes docs/journey.md: the wizard over a real sshd, behind a relay that delays each byte.

``python scripts/journey.py``: a rehearsal is opened over SSH, led from the first question to its
price, and each screen is kept as text, with how long the key before it took to be drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte

from provisioner.home import Home
from provisioner.rehearsal import close_world

DELAY = 0.1
"""Seconds by which each direction is delayed: 200 ms there and back."""
SETTLES = 1.5
"""Seconds after which nothing is on its way any more."""
PATIENCE = 180.0
"""Seconds for one step: the plan is made by the real OpenTofu."""
COLUMNS, LINES = 80, 24
PAGE = Path(__file__).resolve().parent.parent / "docs" / "journey.md"
STEPS = (
    ("", "Whose platform is it?", "Organisation"),
    ("\r", "Free in omani.works", "Domain"),
    ("\r", "may write", "Credentials"),
    ("\r", "with 19 % VAT", "Sizing"),
    ("c", "planes 3 highly available", "Three control planes"),
    ("\r", "applies exactly this plan", "Review"),
    ("\x10", "Commands", "Everything that can be done here"),
)
HEAD = """# A journey over SSH

The rehearsal's wizard, over a real sshd behind a relay that delays 200 ms there and back, in 80x24.
Written by `python scripts/journey.py`.
"""


async def _relay(to: int, started: asyncio.Future[int]) -> None:
    """Pass bytes on, each as late as a far host's."""

    async def one_way(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while data := await source.read(65536):
            loop.call_later(DELAY, sink.write, data)
        loop.call_later(DELAY, sink.close)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, on = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(one_way(reader, on), one_way(back, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    started.set_result(int(server.sockets[0].getsockname()[1]))
    async with server:
        await server.serve_forever()


@contextmanager
def _sshd(folder: Path, port: int) -> Iterator[None]:
    """Run a real sshd that lets one key in."""
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    options = {
        "Port": port, "ListenAddress": "127.0.0.1", "HostKey": folder / "host", "PidFile": "none",
        "AuthorizedKeysFile": folder / "user.pub", "StrictModes": "no", "UsePAM": "no",
    }  # fmt: skip
    (folder / "sshd").write_text("".join(f"{key} {value}\n" for key, value in options.items()))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") or "sshd"
    process = subprocess.Popen([program, "-D", "-f", str(folder / "sshd")])
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.05)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class Terminal:
    """The operator's terminal: ssh on it, and what it shows."""

    def __init__(self, command: list[str]) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._hand, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color"}
        self._process = subprocess.Popen(
            command, stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True
        )
        os.close(end)
        os.set_blocking(self._hand, False)

    async def step(self, keys: str, text: str) -> tuple[float, float]:
        """Press keys; return when something and when the text was drawn."""
        began = time.perf_counter()
        os.write(self._hand, keys.encode())
        first = 0.0
        while text not in " ".join(self.picture.split()):
            await asyncio.sleep(0.005)
            try:
                self._stream.feed(os.read(self._hand, 65536))
                first = first or time.perf_counter() - began
            except BlockingIOError:
                if time.perf_counter() - began > PATIENCE:
                    raise TimeoutError(f"{text}:\n{self.picture}") from None
        return first, time.perf_counter() - began

    async def settle(self) -> None:
        """Take what is still on its way, so that it is not taken for an answer to the next key."""
        await asyncio.sleep(SETTLES)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._stream.feed(os.read(self._hand, 65536))

    @property
    def picture(self) -> str:
        """What is shown."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def close(self) -> None:
        """Close the terminal."""
        self._process.terminate()
        self._process.wait()
        os.close(self._hand)


async def _journey(folder: Path) -> list[str]:
    """Return the page's parts."""
    port = 20000 + os.getpid() % 20000
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    relay = asyncio.create_task(_relay(port, started))
    program = [sys.executable, "-m", "catalyst_tui.cli", "rehearse", "--speed", "60"]
    given = ["env", f"CATALYST_HOME={folder}/state", "LANG=C.UTF-8", *program]
    remote = f"cd {shlex.quote(str(PAGE.parent.parent))} && {shlex.join(given)}"
    parts = [HEAD]
    with _sshd(folder, port):
        ssh = ["ssh", "-tt", "-F", "none", "-i", str(folder / "user"), "-p", str(await started),
               "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
               "-o", "LogLevel=ERROR", "127.0.0.1", remote]  # fmt: skip
        terminal = Terminal(ssh)
        try:
            for keys, text, title in STEPS:
                first, whole = await terminal.step(keys, text)
                await terminal.settle()
                shown = terminal.picture
                took = f"First drawn after {first:.2f} s; all of it stood after {whole:.2f} s."
                parts.append(f"## {title}\n\n{took if keys else ''}\n\n```\n{shown}\n```\n")
        finally:
            terminal.close()
            await asyncio.sleep(SETTLES)
    relay.cancel()
    return parts


def main() -> int:
    """Make the journey and write the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            parts = asyncio.run(_journey(folder))
        finally:
            asyncio.run(close_world(Home(folder / "state")))
    PAGE.write_text("\n".join(parts).replace("\n\n\n", "\n\n"), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
