"""The kubelets' own API, as far as a log needs it, and the API server's way to it.

The API server asks the kubelet at its node's private address. As in k3s, it does not dial that
itself but asks for a tunnel (its egress selector, HTTP CONNECT over TLS); here every tunnel ends at
one server, which knows the logs of all nodes.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from provisioner.rehearsal.actor.podlogs import Line, NoLog, PodLogs
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.cluster.pki import Pki
from provisioner.rehearsal.ports import LOOPBACK

LOOK = 0.1
"""Real seconds between two looks for more of a log that is followed."""
LONGEST = 64 * 1024
CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_SELECTOR = """\
apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: HTTPConnect
    transport:
      tcp:
        url: https://{host}:{port}
        tlsConfig:
          caBundle: {authority}
          clientCert: {certificate}
          clientKey: {key}
"""


class Kubelets:
    """The kubelets of one cluster."""

    def __init__(self, pki: Pki) -> None:
        self._pki = pki
        self._logs: asyncio.Server | None = None
        self._tunnels: asyncio.Server | None = None
        self.logs: PodLogs | None = None
        """What is told; nothing before the actor plays."""

    async def start(self) -> None:
        """Listen, unless it does already."""
        if self._tunnels is not None:
            return
        context = ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH, cafile=str(self._pki.authority)
        )
        context.load_cert_chain(*self._pki.server)
        context.verify_mode = ssl.CERT_REQUIRED
        self._logs = await asyncio.start_server(
            self._answer, LOOPBACK, 0, ssl=context, limit=LONGEST
        )
        self._tunnels = await asyncio.start_server(
            self._tunnel, LOOPBACK, 0, ssl=context, limit=LONGEST
        )

    async def stop(self) -> None:
        """Stop listening."""
        for server in (self._tunnels, self._logs):
            if server is not None:
                server.close()
        self._tunnels = self._logs = None

    def selector(self, place: Path) -> Path:
        """Write, and return, the API server's configuration of the way here."""
        certificate, key = self._pki.administrator
        text = _SELECTOR.format(
            host=LOOPBACK,
            port=_port(self._tunnels),
            authority=self._pki.authority,
            certificate=certificate,
            key=key,
        )
        place.write_text(text, "utf-8")
        return place

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes between the API server and the one kubelet there is."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            back, forth = await asyncio.open_connection(LOOPBACK, _port(self._logs))
            writer.write(CONNECTED)
            ways = (_carry(reader, forth), _carry(back, writer))
            await asyncio.gather(*ways)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            await self._log(head.decode("latin-1").split(" ")[1], writer)
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def _log(self, target: str, writer: asyncio.StreamWriter) -> None:
        """Answer ``/containerLogs/NAMESPACE/POD/CONTAINER``."""
        url = urlsplit(target)
        asked = {name: values[-1] for name, values in parse_qs(url.query).items()}
        parts = url.path.strip("/").split("/")
        if self.logs is None or len(parts) != 4 or parts[0] != "containerLogs":
            _head(writer, HTTPStatus.NOT_FOUND)
            return
        pod, container = Key(parts[1], parts[2]), parts[3]
        try:
            lines = self.logs.read(pod, container, previous=asked.get("previous") == "true")
        except NoLog as reason:
            _head(writer, HTTPStatus.BAD_REQUEST)
            writer.write(str(reason).encode())
            await writer.drain()
            return
        _head(writer, HTTPStatus.OK)
        since, stamped = asked.get("sinceTime", ""), asked.get("timestamps") == "true"
        await _write(writer, _last(lines, since, asked.get("tailLines")), stamped)
        if asked.get("follow") == "true":
            await self._follow(writer, pod, container, len(lines), stamped)

    async def _follow(
        self, writer: asyncio.StreamWriter, pod: Key, container: str, shown: int, stamped: bool
    ) -> None:
        """Write what comes behind what was shown, until this run of the container has ended."""
        logs = self.logs
        run = logs.run(pod, container) if logs is not None else None
        ended = logs is None or run is None
        while logs is not None and not ended and not writer.is_closing():
            await asyncio.sleep(LOOK)
            now = logs.run(pod, container)
            ended = now != run
            with suppress(NoLog):
                lines = logs.read(pod, container, previous=ended and now is not None)
                await _write(writer, lines[shown:], stamped)
                shown = len(lines)


def _last(lines: list[Line], since: str, tail: str | None) -> list[Line]:
    """Return the last lines that were written since a moment (RFC 3339)."""
    found = [line for line in lines if line.at >= since]
    return found if tail is None else found[max(0, len(found) - int(tail)) :]


def _head(writer: asyncio.StreamWriter, status: HTTPStatus) -> None:
    told = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain\r\n"
    writer.write(f"{told}Connection: close\r\n\r\n".encode())


async def _write(writer: asyncio.StreamWriter, lines: list[Line], stamped: bool) -> None:
    for line in lines:
        writer.write(f"{line.at} {line.text}\n".encode() if stamped else f"{line.text}\n".encode())
    await writer.drain()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(LONGEST):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


def _port(server: asyncio.Server | None) -> int:
    return int(server.sockets[0].getsockname()[1]) if server is not None else 0
