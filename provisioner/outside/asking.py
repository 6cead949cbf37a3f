"""Asking a server from outside: does the port open, what certificate does it show, what page."""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime
from http import HTTPStatus

from provisioner.facts import OutsideCheck
from provisioner.outside import certificate
from provisioner.outside.certificate import Shown

SECONDS = 3.0
"""Real seconds for one look, handshake and page included."""
LONGEST_LINE = 4096


async def tcp(address: str, port: int, seconds: float = SECONDS) -> OutsideCheck:
    """Return whether a port opens."""
    target = f"{address}:{port}"
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(address, port)
    except TimeoutError:
        return _bad("tcp", target, f"no answer in {seconds:.0f} s", "outside_silent")
    except OSError as error:
        return _bad("tcp", target, _said(error), "outside_closed")
    writer.close()
    return OutsideCheck(what="tcp", target=target, ok=True, saw="accepts connections")


class Site:
    """One host behind the load balancer, asked by its name at the load balancer's address."""

    def __init__(
        self, name: str, address: str, port: int, trust: ssl.SSLContext, policy: str
    ) -> None:
        self._name = name
        self._address = address
        self._port = port
        self._trust = trust
        self._policy = policy
        self.shown: Shown | None = None
        """The certificate, once it was shown."""

    async def look(
        self, now: datetime, *, page: bool, seconds: float = SECONDS
    ) -> tuple[OutsideCheck, ...]:
        """Return how its certificate stands and, if ``page``, what it answers to a browser."""
        try:
            async with asyncio.timeout(seconds):
                return await self._look(now, page=page)
        except TimeoutError:
            return self._without(f"no answer in {seconds:.0f} s", "outside_silent", page=page)
        except ssl.SSLError as error:
            said = error.reason.replace("_", " ").lower() if error.reason else "no TLS"
            return self._without(f"no TLS: {said}", "tls_none", page=page)
        except (OSError, EOFError) as error:
            return self._without(_said(error), "tls_none", page=page)

    async def _look(self, now: datetime, *, page: bool) -> tuple[OutsideCheck, ...]:
        distrust: ssl.SSLCertVerificationError | None = None
        try:
            reader, writer = await self._open(self._trust)
        except ssl.SSLCertVerificationError as error:
            distrust = error
            reader, writer = await self._open(_unverified())
        try:
            tls = self._judged(writer, distrust, now)
            if not page:
                return (tls,)
            return tls, await self._page(reader, writer)
        finally:
            writer.transport.abort()

    async def _open(
        self, context: ssl.SSLContext
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            self._address, self._port, ssl=context, server_hostname=self._name, limit=LONGEST_LINE
        )

    def _judged(
        self,
        writer: asyncio.StreamWriter,
        distrust: ssl.SSLCertVerificationError | None,
        now: datetime,
    ) -> OutsideCheck:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        try:
            self.shown = certificate.read(der)
        except ValueError:
            return _bad("tls", self._name, "a certificate that cannot be read", "tls_untrusted")
        found = certificate.judge(self.shown, self._name, self._policy, distrust, now)
        return OutsideCheck(
            what="tls", target=self._name, ok=found.ok, saw=found.saw, code=found.code
        )

    async def _page(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> OutsideCheck:
        writer.write(
            f"GET / HTTP/1.1\r\nHost: {self._name}\r\nUser-Agent: catalyst\r\n"
            "Accept: text/html\r\nConnection: close\r\n\r\n".encode("ascii")
        )
        try:
            line = await reader.readline()
        except (ValueError, OSError):
            line = b""
        words = line.decode("ascii", "replace").split()
        if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdecimal():
            return _bad("http", self._name, "no HTTP", "http_none")
        status = int(words[1])
        known = status in HTTPStatus._value2member_map_
        saw = f"{status} {HTTPStatus(status).phrase}" if known else str(status)
        # A page that asks who one is has answered.
        well = 200 <= status < 400 or status in (401, 403)
        return OutsideCheck(
            what="http", target=self._name, ok=well, saw=saw, code="" if well else "http_failing"
        )

    def _without(self, saw: str, code: str, *, page: bool) -> tuple[OutsideCheck, ...]:
        tls = _bad("tls", self._name, saw, code)
        return (tls, _bad("http", self._name, "not asked without TLS", code)) if page else (tls,)


def trust(authorities: str) -> ssl.SSLContext:
    """Return a context that trusts the machine's authorities, and those given as PEM."""
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cadata=authorities)
    return context


def _unverified() -> ssl.SSLContext:
    """Return a context to see what is shown; what comes through it is not believed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _bad(what: str, target: str, saw: str, code: str) -> OutsideCheck:
    return OutsideCheck(what=what, target=target, ok=False, saw=saw, code=code)


def _said(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    reason = getattr(error, "strerror", None)
    return str(reason).lower() if reason else "connection closed"
