"""A machine that people log in to: this one's systemd, logind and sshd, in namespaces of their own.

It shares the kernel, the programs and the loopback with the tests, and one folder; whatever else it
changes goes with it (see ``logind/boot``).
"""

from __future__ import annotations

import asyncio
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.integration.real_node import free_port

PARTS = Path(__file__).parent / "logind"
PROJECT = Path(__file__).parents[2]
PERSON, ID = "ops", 47110
PATIENCE = 60.0
"""Real seconds for whatever must come."""
ENTER = """
mount -t cgroup2 none "$1"
mkdir "$1/$2"
echo 0 >"$1/$2/cgroup.procs"
umount "$1"
shift 2
exec setpriv --pdeathsig KILL unshare --kill-child --fork \
    --pid --mount --cgroup --uts --ipc "$@"
"""
"""Its own control group is what the machine takes for the root of all; it ends with the tests."""
LEAVE = 'mount -t cgroup2 none "$1"; find "$1/$2" -depth -type d -exec rmdir {} +'


@dataclass(frozen=True)
class Session:
    """One login of the user by SSH, and the name that logind gave it."""

    connection: asyncssh.SSHClientConnection
    name: str

    async def run(self, home: Path, *words: str, given: bytes = b"") -> str:
        """Run ``tests.integration.logged_in`` to its end and return what it prints."""
        program = f"{sys.executable} -m tests.integration.logged_in {' '.join(words)}"
        command = f"cd {PROJECT} && CATALYST_HOME={home} {program}"
        done = await self.connection.run(command, input=given, encoding=None)
        assert done.exit_status == 0, done.stderr
        assert isinstance(done.stdout, bytes)
        return done.stdout.decode()


class Machine:
    """One booted machine and its one ordinary user, whose home is the shared folder."""

    def __init__(self, folder: Path, reached: Collection[Path]) -> None:
        self.shared = folder / "shared"
        self.console = folder / "console"
        self.port = free_port()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self._files, self._groups = folder / "files", folder / "groups"
        self._lay()
        ours, its = pty.openpty()
        threading.Thread(target=self._record, args=(ours,), daemon=True).start()
        environment = {
            "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
            "FILES": str(self._files),
            "SHARED": str(self.shared),
            "CONSOLE": os.ttyname(its),
            "PERSON": PERSON,
            "ID": str(ID),
            "REACHED": " ".join(str(path) for path in (PROJECT, self.shared, *reached)),
        }
        self._parent = self._apart(ENTER, str(self._files / "boot"), env=environment)
        self._its_console = its

    def _lay(self) -> None:
        shutil.copytree(PARTS, self._files)
        (self._files / "host_key").write_bytes(self.key.export_private_key())
        (self._files / "host_key").chmod(0o600)
        (self._files / "authorized_keys").write_bytes(self.key.export_public_key())
        with (self._files / "sshd_config").open("a") as config:
            config.write(f"Port {self.port}\n")
        self._groups.mkdir()
        self.shared.mkdir()
        os.chown(self.shared, ID, ID)

    def _record(self, console: int) -> None:
        """Keep what the machine says on its console."""
        with self.console.open("wb", buffering=0) as log, open(console, "rb", 0) as terminal:
            try:
                while said := terminal.read(4096):
                    log.write(said)
            except OSError:
                return

    def _apart(
        self, script: str, *more: str, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a script that can mount without anybody else seeing it."""
        given = [str(self._groups), f"catalyst-{os.getpid()}", *more]
        command = ["unshare", "--mount", "sh", "-euc", script, "sh", *given]
        return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL)

    @property
    def _init(self) -> int:
        pid = self._parent.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())

    def halt(self) -> None:
        """Kill its first process, with which all others go, and take its control groups away."""
        with suppress(OSError, ValueError):  # it never came so far
            os.kill(self._init, signal.SIGKILL)
        self._parent.wait()
        os.close(self._its_console)
        assert self._apart(LEAVE).wait() == 0

    async def root(self, *command: str) -> str:
        """Have root run a command there and return what it prints; raises AssertionError."""
        enter = ("nsenter", "--all", f"--target={self._init}", "--wd=/")
        process = await asyncio.create_subprocess_exec(
            *enter, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said
        return said.decode()

    async def group(self, pid: int) -> str:
        """Return in which control groups a process is, by the number that it has there."""
        return await self.root("cat", f"/proc/{pid}/cgroup")

    async def set(self, *, kills: bool, lingers: bool) -> None:
        """Have logind kill at logout or not, and the user's manager outlive logins or not."""
        kill = "yes" if kills else "no"
        config = f"[Login]\nKillUserProcesses={kill}\nUserStopDelaySec=0\n"
        await self.root("sh", "-c", 'printf %s "$0" >/etc/systemd/logind.conf', config)
        await self.root("systemctl", "restart", "systemd-logind.service")
        await self.root("loginctl", f"{'enable' if lingers else 'disable'}-linger", PERSON)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Log in for the block; behind it the machine has seen the logout."""
        connection = await asyncssh.connect(
            "127.0.0.1",
            self.port,
            username=PERSON,
            client_keys=[self.key],
            known_hosts=None,
            agent_path=None,
            config=None,
        )
        async with connection:
            name = await connection.run("echo $XDG_SESSION_ID", check=True)
            session = Session(connection, str(name.stdout).strip())
            yield session
        async with asyncio.timeout(PATIENCE):
            while "STATE=active" in await self._state(session):  # noqa: ASYNC110  a file
                await asyncio.sleep(0.05)

    async def _state(self, session: Session) -> str:
        path = f"/run/systemd/sessions/{session.name}"
        return await self.root("sh", "-c", 'cat "$0" 2>/dev/null || true', path)

    async def deserted(self) -> None:
        """Wait until nothing of the user runs any more."""
        async with asyncio.timeout(PATIENCE):
            while str(ID) in await self._users():  # noqa: ASYNC110  processes tell us nothing
                await asyncio.sleep(0.05)

    async def _users(self) -> list[str]:
        owners = await self.root("sh", "-c", "stat -c %u /proc/[0-9]* 2>/dev/null || true")
        return owners.split()

    async def up(self) -> None:
        """Wait until people can log in."""
        async with asyncio.timeout(PATIENCE):
            while not (self.console.exists() and b"Server listening" in self.console.read_bytes()):
                assert self._parent.poll() is None, "it did not boot"
                await asyncio.sleep(0.05)


@contextmanager
def booted(folder: Path, reached: Collection[Path]) -> Iterator[Machine]:
    """Yield a machine that boots; its user can reach these paths if their own permissions allow."""
    machine = Machine(folder, reached)
    try:
        asyncio.run(machine.up())
        yield machine
    finally:
        machine.halt()
