"""Requests to the Kubernetes API: sent again when that is safe, refused in our own words.

Everything the engine sends is safe to repeat (get, server-side apply, merge patch, delete), so a
request outlives a lost link, a restarting API server and a busy one, within a bound.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2
import msgspec

from provisioner.clock import Clock
from provisioner.cluster.kubeconfig import API_NAME
from provisioner.cluster.patience import Patience, backoff, pause
from provisioner.cluster.ports import Object
from provisioner.cluster.refusals import refusal
from provisioner.errors import ClusterError

OUT_OF_TIME = frozenset({9, 10})
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""
BUSY = frozenset({429, 500, 502, 503, 504})
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60
"""Real seconds, as an API server takes them in any world."""


class Way(Protocol):
    """What carries the requests and may break."""

    async def up(self) -> object:
        """Return when it stands; raises CatalystError when that takes too long."""
        ...

    def doubt(self) -> None:
        """Hear that the API did not answer behind it."""
        ...


def client(transport: httpx2.AsyncBaseTransport) -> httpx2.AsyncClient:
    """Return an HTTP client for the API behind ``transport``."""
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return httpx2.AsyncClient(
        transport=transport, base_url=f"https://{API_NAME}", timeout=timeout, trust_env=False
    )


@dataclass
class Api:
    """One API server, or several that are one."""

    http: httpx2.AsyncClient
    way: Way
    clock: Clock
    patience: Patience = field(default_factory=Patience)

    async def get(self, path: str, **params: str) -> Object:
        """Return what ``path`` answers; raises ClusterError."""
        return await self.send("GET", path, params=params)

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
        secret: bool = False,
    ) -> Object:
        """Send one request until it is answered; raises ClusterError.

        ``secret`` says that an answer may quote secrets, so that an error quotes nothing of it.
        """
        encoded = msgspec.json.encode(body) if body is not None else None
        headers = {"content-type": content, "accept": "application/json"}
        request = self.http.build_request(
            method, path, params=params, content=encoded, headers=headers
        )
        response = await self._answered(request)
        if not response.is_success:
            raise refusal(response.status_code, path, response.content, secret=secret)
        return decoded(response.content)

    async def once(self, path: str, params: Mapping[str, str]) -> bytes:
        """Ask once, and return the raw answer.

        Raises ClusterError when it is refused, and httpx2.TransportError when it breaks.
        """
        response = await self.http.get(path, params=params)
        if not response.is_success:
            raise refusal(response.status_code, path, response.content)
        return response.content

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        params: Mapping[str, str],
        silence: float,
        *,
        said: Callable[[int, str, bytes], ClusterError] = refusal,
    ) -> AsyncIterator[httpx2.Response]:
        """Open one long answer, that may be silent for ``silence`` real seconds. Never repeats.

        ``said`` makes the error of a refusal from status, path and body. Raises ClusterError when
        it is refused, and httpx2.TransportError when it breaks.
        """
        timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=silence)
        async with self.http.stream("GET", path, params=params, timeout=timeout) as response:
            if not response.is_success:
                raise said(response.status_code, path, await response.aread())
            yield response

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        """Send until something final is said; what a busy server said last counts at the end."""
        busy: httpx2.Response | None = None
        attempt = 0
        try:
            async with self.patience.reconnect.of(self.clock):
                while True:
                    await self.way.up()
                    try:
                        response = await self.http.send(request)
                    except httpx2.TransportError as error:
                        if mistrust := untrusted(error):
                            raise ClusterError(mistrust) from error
                        self.way.doubt()
                    else:
                        if response.status_code not in BUSY:
                            return response
                        busy = response
                    attempt += 1
                    await pause(self.clock, backoff(self.patience, attempt))
        except TimeoutError as error:
            if busy is None:
                raise ClusterError("cluster_unreachable", node=API_NAME) from error
        return busy


def untrusted(error: BaseException) -> str:
    """Return why the server behind a failed connection is not believed to be this cluster's.

    ``cluster_untrusted``, or ``cluster_clock`` where its certificate is right but not at the time
    that it is here; empty if the connection failed otherwise.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return ""
    return "cluster_clock" if cause.verify_code in OUT_OF_TIME else "cluster_untrusted"


def decoded(content: bytes) -> Object:
    """Return an answer's JSON object; raises ClusterError when it is none."""
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ClusterError("cluster_unreadable") from error
