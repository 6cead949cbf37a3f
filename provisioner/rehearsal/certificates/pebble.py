"""Let's Encrypt's place in a rehearsed world: pebble, its own test server, as a process.

Facts of pebble 2.10: it keeps all in memory, so that each start has another root; it asks the name
server that it is given and the port that it is told; and it refuses some nonces on purpose.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx2
import msgspec

from provisioner.errors import RehearsalError
from provisioner.files import write_private
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.cluster.child import Child
from provisioner.rehearsal.ports import LOOPBACK, free_port

START = 8.0
"""Real seconds until it must answer: whoever gave the order waits a little longer."""
LOOK = 0.05
VALID = int(pairs.VALID.total_seconds())
HOST = "localhost"


class Pebble:
    """The ACME server of one world; its files lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Child | None = None
        self._starting = asyncio.Lock()
        self.directory = ""
        """The URL at which clients begin; empty while it never ran."""
        self.http = httpx2.AsyncClient(trust_env=False)
        """A client that trusts the server."""
        self.dns_port = 0
        """Where it asks for names, on the loopback address."""
        self.http_port = 0
        """Where it asks for answers to challenges."""
        self.roots = ""
        """The root of every start, as PEM: whoever trusts these trusts all that it ever signed."""

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.running

    async def start(self, program: Path, *, dns_port: int, http_port: int) -> None:
        """Start it, unless it runs; raises RehearsalError."""
        async with self._starting:
            if self.running:
                return
            self.dns_port, self.http_port = dns_port, http_port
            await self._start(program)

    async def _start(self, program: Path) -> None:
        port, management = free_port(), free_port()
        trust = await asyncio.to_thread(self._prepare, port, management)
        await self.http.aclose()
        self.http = httpx2.AsyncClient(verify=trust, trust_env=False, timeout=10)
        self.directory = f"https://{HOST}:{port}/dir"
        log = self._folder / "pebble.log"
        command = [str(program), "-config", str(self._folder / "pebble.json")]
        command += ["-dnsserver", f"{LOOPBACK}:{self.dns_port}"]
        self._child = await Child.start(command, log, {"PEBBLE_VA_NOSLEEP": "1"})
        try:
            async with asyncio.timeout(START):
                await self._get(self.directory)
                root = await self._get(f"https://{HOST}:{management}/roots/0")
        except TimeoutError as error:
            raise RehearsalError("acme_not_started", log=log) from error
        self.roots = await asyncio.to_thread(self._remember, root)

    async def stop(self) -> None:
        """End it."""
        await self.http.aclose()
        if self._child is not None:
            await self._child.kill()

    async def _get(self, url: str) -> str:
        """Return what stands at a URL, as soon as somebody answers; TimeoutError if nobody can."""
        while self.running:
            try:
                answer = await self.http.get(url)
            except httpx2.TransportError:
                await asyncio.sleep(LOOK)
            else:
                return answer.text
        raise TimeoutError

    def _prepare(self, port: int, management: int) -> ssl.SSLContext:
        """Write its files, and return who trusts its own certificate."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        signer = pairs.authority("Rehearsal")
        own = pairs.issue(signer, [HOST])
        certificate, key = self._folder / "server.pem", self._folder / "server.key"
        write_private(certificate, own.certificate.encode())
        write_private(key, own.key.encode())
        told = {
            "listenAddress": f"{LOOPBACK}:{port}",
            "managementListenAddress": f"{LOOPBACK}:{management}",
            "certificate": str(certificate),
            "privateKey": str(key),
            "httpPort": self.http_port,
            "tlsPort": self.http_port,
            "keyAlgorithm": "ecdsa",
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "90 days", "validityPeriod": VALID}},
        }
        write_private(self._folder / "pebble.json", msgspec.json.encode({"pebble": told}))
        return ssl.create_default_context(cadata=signer.certificate)

    def _remember(self, root: str) -> str:
        place = self._folder / "roots.pem"
        held = place.read_text("ascii") if place.exists() else ""
        if root not in held:
            held += root
            write_private(place, held.encode())
        return held
