"""The OS keyring as a store: each call in a child process that can be given up.

The library that speaks to the keyring blocks without end when the keyring hangs, and a thread
cannot be ended; a process can. Secrets pass through pipes only.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import msgspec
from pydantic import SecretStr

from provisioner.credentials.names import SECRETS
from provisioner.credentials.secret_service import Readiness, bus_address, probe
from provisioner.errors import CredentialError

DEADLINE = 2.0
"""Real seconds for one call, once its process is up; then the keyring counts as none."""
STARTING = 3.0
"""Real seconds for the process to come up: an interpreter and a library on a busy machine."""
CHILD = "provisioner.credentials.keyring_child"
_PASSED_ON = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "XDG_RUNTIME_DIR")


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the child is to do."""

    do: str
    """``get``, ``put`` or ``forget``."""
    keys: tuple[str, ...]
    """``get`` takes many, the others one."""
    value: str = ""


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the child answers."""

    values: dict[str, str] = {}
    """By key, those that the keyring holds."""
    error: str = ""


class Keyring:
    """The session's keyring, found ready by the probe.

    A process costs more than all secrets together, so the first look at one Sovereign's reads all
    of them; what this process has seen it does not ask for again.
    """

    rung = "keyring"
    durable = True

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {
            name: environment[name] for name in _PASSED_ON if name in environment
        } | {"DBUS_SESSION_BUS_ADDRESS": bus_address(environment) or ""}
        self._seen: dict[str, SecretStr | None] = {}

    async def get(self, key: str) -> SecretStr | None:
        """Return a secret; raises CredentialError when the keyring fails or hangs."""
        if key not in self._seen:
            family = _family(key)
            held = (await self._ask(Asked("get", family))).values
            self._seen |= {each: SecretStr(held[each]) if each in held else None for each in family}
        return self._seen[key]

    async def put(self, key: str, value: SecretStr) -> None:
        """Keep a secret; raises CredentialError."""
        await self._ask(Asked("put", (key,), value.get_secret_value()))
        self._seen[key] = value

    async def forget(self, key: str) -> None:
        """Remove a secret; raises CredentialError."""
        if key in self._seen and self._seen[key] is None:
            return
        await self._ask(Asked("forget", (key,)))
        self._seen[key] = None

    async def _ask(self, asked: Asked) -> Said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            CHILD,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What the libraries print would land on the operator's screen.
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
        )
        try:
            async with asyncio.timeout(STARTING + DEADLINE):
                printed, _ = await process.communicate(msgspec.json.encode(asked))
            said = msgspec.json.decode(printed, type=Said)
        except TimeoutError:
            raise CredentialError("keyring_failed", reason="it does not answer") from None
        except msgspec.DecodeError:
            raise CredentialError("keyring_failed", reason="it ended without an answer") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if said.error:
            raise CredentialError("keyring_failed", reason=said.error)
        return said


async def find_keyring(environment: Mapping[str, str]) -> tuple[Keyring, ...]:
    """Return the keyring if it can be used without asking anybody, else nothing."""
    ready = await probe(environment) is Readiness.READY
    return (Keyring(environment),) if ready else ()


def _family(key: str) -> tuple[str, ...]:
    """Return the keys that are wanted together: all of one Sovereign, and what all share."""
    fqdn = key.rpartition("/")[0]
    own = tuple(f"{fqdn}/{name}" for name in SECRETS) if fqdn else ()
    return tuple(dict.fromkeys((key, *SECRETS, *own)))
