"""Real name servers on loopback: NSD holds the zones, Unbound resolves and validates."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdataset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from provisioner.dns.ask import Server, ask

NSD = """
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: ""
  zonelistfile: "{folder}/zone.list"
  logfile: "{folder}/nsd.log"
  server-count: 1
  xfrdir: "{folder}"
remote-control:
  control-enable: no
"""
UNBOUND = """
server:
  interface: 127.0.0.1@{port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: "{folder}/unbound.log"
  do-not-query-localhost: no
  module-config: "validator iterator"
  access-control: 127.0.0.0/8 allow
  local-zone: "test." nodefault
  domain-insecure: "plain.test"
  domain-insecure: "lame.test"
"""
HEAD = """$ORIGIN {zone}.
$TTL 300
@ 300 IN SOA ns1 hostmaster {serial} 3600 600 86400 60
@ IN NS ns1
ns1 IN A 127.0.0.1
"""


class NameServers:
    """Both programs, and the zones that they hold."""

    def __init__(self, folder: Path, zones: Mapping[str, Sequence[str]]) -> None:
        self.folder = folder
        self.port, self.resolver_port = free_port(), free_port()
        self._zones = {zone: list(lines) for zone, lines in zones.items()}
        # No other number of an SOA is as large.
        self._serial = 2026010100
        self._anchors: list[str] = []
        self._lame: list[str] = []
        self._running: list[asyncio.subprocess.Process] = []

    @property
    def resolver(self) -> Server:
        """Unbound."""
        return Server("127.0.0.1", self.resolver_port)

    @property
    def authority(self) -> Server:
        """NSD."""
        return Server("127.0.0.1", self.port)

    def sign(self, zone: str, *, wrongly: bool = False) -> None:
        """Sign a zone, and have the resolver trust its key, or another one than it is signed by."""
        path = self._write(zone)
        origin = dns.name.from_text(zone)
        made = dns.zone.from_file(str(path), origin, relativize=False)
        private, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        key = dns.dnssec.make_dnskey(private.public_key(), "ECDSAP256SHA256", flags=257)
        soon = datetime.now(UTC) + timedelta(days=1)
        with made.writer() as writer:
            dns.dnssec.sign_zone(
                made, writer, [(private, key)], expiration=soon, add_dnskey=True, dnskey_ttl=300
            )
        made.to_file(str(path), relativize=False)
        if wrongly:
            key = dns.dnssec.make_dnskey(other.public_key(), "ECDSAP256SHA256", flags=257)
        self._anchors.append(f"{zone}. 300 IN DNSKEY {key.to_text()}")

    def forsake(self, zone: str) -> None:
        """Delegate a zone to a port on which nobody answers."""
        self._lame.append(zone)

    async def start(self) -> None:
        """Start both and return when they answer."""
        for zone in self._zones:
            if not (self.folder / zone).exists():
                self._write(zone)
        self._configure()
        for program, told in (("nsd", ["-d", "-c"]), ("unbound", ["-d", "-c"])):
            found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
            assert found, f"{program} is not installed"
            config = str(self.folder / f"{program}.conf")
            self._running.append(await asyncio.create_subprocess_exec(found, *told, config))
        zone = next(iter(self._zones))
        async with asyncio.timeout(90):
            for server in (self.authority, self.resolver):
                while not await _says(server, zone):  # noqa: ASYNC110  # it tells us nothing
                    await asyncio.sleep(0.05)

    async def change(self, zone: str, lines: Sequence[str]) -> None:
        """Replace a zone's records, and return when NSD serves them."""
        self._zones[zone] = list(lines)
        self._write(zone)
        self._running[0].send_signal(signal.SIGHUP)
        async with asyncio.timeout(90):
            wanted = str(self._serial)
            while wanted not in (await _says(self.authority, zone)).split():  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End both."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            await process.wait()

    def _write(self, zone: str) -> Path:
        self._serial += 1
        path = self.folder / zone
        head = HEAD.format(zone=zone, serial=self._serial)
        path.write_text(head + "\n".join(self._zones[zone]) + "\n")
        return path

    def _configure(self) -> None:
        served = "".join(f'zone:\n  name: "{each}"\n  zonefile: "{each}"\n' for each in self._zones)
        nsd = NSD.format(port=self.port, folder=self.folder) + served
        (self.folder / "nsd.conf").write_text(nsd)
        anchors = "".join(f"  trust-anchor: '{each}'\n" for each in self._anchors)
        stubs = "".join(
            f'stub-zone:\n  name: "{each}"\n  stub-addr: 127.0.0.1@{port}\n  stub-prime: no\n'
            for names, port in ((self._zones, self.port), (self._lame, free_port()))
            for each in names
        )
        unbound = UNBOUND.format(port=self.resolver_port, folder=self.folder) + anchors + stubs
        (self.folder / "unbound.conf").write_text(unbound)


@asynccontextmanager
async def name_servers(
    folder: Path, zones: Mapping[str, Sequence[str]]
) -> AsyncIterator[NameServers]:
    """Run both while the block runs."""
    made = NameServers(folder, zones)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def _says(server: Server, zone: str) -> str:
    return " ".join((await ask(server, zone, "SOA", recursive=True, seconds=0.5)).values)


def free_port() -> int:
    """Return a port that is free for UDP and TCP now."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", port))
        return port
