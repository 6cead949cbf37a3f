"""What a pool's zone of a thousand records costs us beyond its HTTP round trips.

A Sovereign moves to another address: the zone is read, merged, written whole and read back, through
a real socket. The same requests, sent again by a bare client in the same run, are the measure.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import httpx2
from pydantic import SecretStr

from benchmarks.row import Row
from provisioner.clock import Clock
from provisioner.dns import wanted
from provisioner.dns.dynadot import Dynadot
from provisioner.dns.pool import claim
from provisioner.dns.records import Record, Zone
from provisioner.rehearsal.domain.dynadot import PATH, create_dynadot
from provisioner.rehearsal.domain.registrar import Domain, Registrar, digest
from provisioner.rehearsal.hetzner.serving import serving

POOL, LABEL, OWNER = "omani.works", "oman", "1" * 32
RECORDS, ROUNDS, PROMISE = 1000, 15, 1.2
LATENCY = 0.05
"""Seconds that the API takes for a request; from Europe Dynadot takes several times as long."""


async def measure() -> list[Row]:
    """Return the row of this promise."""
    ratio = await _measured()
    return [
        Row(
            what=f"zone of {RECORDS} records: move against bare round trips",
            promise=f"<= {PROMISE}x",
            measured=f"{ratio:.2f}x",
            kept=ratio <= PROMISE,
        )
    ]


async def _measured() -> float:
    registrar = Registrar({})
    with serving(create_dynadot(registrar, {digest("key", "secret")})) as at:
        endpoint = at.endpoint.removesuffix("/v1") + PATH
        ours, bare = [], []
        for _ in range(ROUNDS):
            sent: list[httpx2.Request] = []
            registrar.domains[POOL] = Domain(zone=_zone())
            ours.append(await _timed(lambda: _move(endpoint, sent)))  # noqa: B023
            registrar.domains[POOL] = Domain(zone=_zone())
            bare.append(await _timed(lambda: _again(sent)))  # noqa: B023
    return statistics.median(ours) / statistics.median(bare)


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


class _Slow(httpx2.AsyncBaseTransport):
    """The network, as far away as an API is; keeps what was sent."""

    def __init__(self, sent: list[httpx2.Request] | None = None) -> None:
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False)
        self._sent = sent

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(LATENCY)
        if self._sent is not None:
            self._sent.append(request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _move(endpoint: str, sent: list[httpx2.Request]) -> None:
    key, secret = SecretStr("key"), SecretStr("secret")
    transport = _Slow(sent)
    async with Dynadot(endpoint, POOL, key, secret, Clock(), transport=transport) as dynadot:
        await claim(dynadot, Clock(), LABEL, OWNER, "192.0.2.2")


async def _again(sent: list[httpx2.Request]) -> None:
    async with httpx2.AsyncClient(transport=_Slow()) as client:
        for each in sent:
            await client.send(each)


def _zone() -> Zone:
    many = [
        Record(name=f"host-{n}", type="A", value="192.0.2.7", ttl="300") for n in range(RECORDS)
    ]
    ours = [wanted.claim(LABEL, OWNER), *wanted.addresses(LABEL, "192.0.2.1")]
    return Zone(domain=POOL, records=(*many, *ours), ttl="300")
