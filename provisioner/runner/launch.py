"""Starting a runner that outlives whoever asked for it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable

import msgspec

from provisioner.errors import CatalystError, Locked
from provisioner.home import Home, SovereignFolder, cache_directory
from provisioner.logout import Logind
from provisioner.runner.order import Begun, Order, Refused, Reply, Waiting

_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
_OURS = ("SSH_AUTH_SOCK", "TMPDIR", "VIRTUAL_ENV")
_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_REPLY = msgspec.json.Decoder(Reply)


async def launch(
    home: Home, folder: SovereignFolder, order: Order, on_wait: Callable[[], None]
) -> Begun:
    """Start a detached runner and return once it owns the Sovereign.

    Raises Locked if another one does, or the CatalystError that kept it from starting. Secrets go
    through the pipe of its standard input; its own complaints go to a file. ``on_wait`` is called
    if it must wait for an OpenTofu that outlived its runner.
    """
    folder.create()
    command = [sys.executable, "-m", "provisioner.runner", order.fqdn]
    command = await Logind().lasting(command)
    log = os.open(
        folder.logs / "process.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=_environment(home),
            cwd=folder.path,
            start_new_session=True,
        )
    finally:
        os.close(log)
    assert process.stdin is not None  # noqa: S101  (both were asked for)
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(msgspec.json.encode(order))
    process.stdin.close()
    try:
        return await _begun(process.stdout, folder, on_wait)
    finally:
        # What was started here is only the runner's parent, which ends at once.
        await process.wait()


async def _begun(
    replies: asyncio.StreamReader, folder: SovereignFolder, on_wait: Callable[[], None]
) -> Begun:
    async for line in replies:
        match _REPLY.decode(line):
            case Begun() as begun:
                return begun
            case Refused() as refused:
                # To its end: a pipe still open when the loop closes complains on the way out.
                await replies.read()
                raise _refusal(refused)
            case Waiting():
                on_wait()
    raise CatalystError("runner_died", log=folder.logs / "process.log")


def _refusal(refused: Refused) -> CatalystError:
    kind = Locked if refused.code == "locked" else CatalystError
    return kind(refused.code, **refused.facts)


def _environment(home: Home) -> dict[str, str]:
    names = (*_INHERITED, *_OURS, *_NETWORK)
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {"CATALYST_HOME": str(home.path), "CATALYST_CACHE": str(cache_directory())}
