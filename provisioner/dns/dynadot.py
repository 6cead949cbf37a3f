"""Dynadot's API3: a zone read and written through two commands, always bounded in time.

Key and secret travel in the query, as the API wants it; they are added below the HTTP client, so
that no request object, log line or error ever holds them. Facts of the API: ``set_dns2`` replaces
the whole zone unless ``add_dns_to_current_setting`` is given, and then appends, duplicates too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import httpx2
from pydantic import SecretStr

from provisioner.clock import Clock
from provisioner.dns import dynadot_reply as reply
from provisioner.dns.records import Record, Zone
from provisioner.errors import DnsError
from provisioner.events import Event, WaitFinished, WaitStarted
from provisioner.redaction import Redactor

DEADLINE = 15.0
"""Real seconds for one request."""
ATTEMPTS = 4
"""Of a request that changes nothing."""
FIRST_PAUSE = 1.0
LONGEST_URL = 8000
"""Characters; what is longer goes as a form, because servers cut longer request lines."""


class Dynadot:
    """One domain at Dynadot; an async context manager and a ZoneApi.

    ``emit`` is told of waits; ``transport`` replaces the network in tests.
    """

    def __init__(
        self,
        endpoint: str,
        domain: str,
        key: SecretStr,
        secret: SecretStr,
        clock: Clock,
        emit: Callable[[Event], None] = lambda _: None,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._endpoint = endpoint
        self._domain = domain
        self._clock = clock
        self._emit = emit
        self._deadline = deadline
        self._redact = Redactor([key, secret]).text
        self.requests = 0
        """How many requests were sent, retries included."""
        self._client = httpx2.AsyncClient(
            transport=_Signing(transport or _network(endpoint), key, secret),
            timeout=deadline,
            headers={"Accept": "application/json", "User-Agent": "catalyst"},
        )

    def __repr__(self) -> str:
        return f"Dynadot({self._domain})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    @property
    def domain(self) -> str:
        """The zone's name."""
        return self._domain

    async def read(self) -> Zone:
        """Return the whole zone; raises DnsError."""
        attempt = 1
        while True:
            try:
                body = await self._ask("domain_info", {})
            except DnsError as error:
                if error.code not in _AGAIN or attempt == ATTEMPTS:
                    raise
                await self._pause(attempt)
                attempt += 1
            else:
                return reply.zone(body, self._domain, self._redact)

    async def add(self, records: Sequence[Record]) -> None:
        """Append records, and send that once: sent twice, they would be there twice."""
        fields = _fields(records) | {"add_dns_to_current_setting": "yes"}
        await self._ask("set_dns2", fields)

    async def replace(self, zone: Zone) -> None:
        """Write the zone whole; raises DnsError."""
        if not zone.records:
            # Without any record the command is an error, and a zone that was read is never empty.
            raise DnsError("dns_zone_emptied", zone=self._domain)
        fields = _fields(zone.records) | ({"ttl": zone.ttl} if zone.ttl else {})
        await self._ask("set_dns2", fields)

    async def _ask(self, command: str, fields: dict[str, str]) -> reply.Json:
        self.requests += 1
        told = {"command": command, "domain": self._domain, **fields}
        try:
            # The client's own timeouts bound each read, not the whole.
            async with asyncio.timeout(self._deadline):
                response = await self._send(told)
        except (httpx2.RequestError, TimeoutError) as error:
            reason = self._redact(str(error)) or type(error).__name__
            facts = {"provider": "Dynadot", "request": command, "reason": reason}
            raise DnsError("dns_provider_unreachable", **facts) from None
        return reply.settings(response, command, self._redact)

    async def _send(self, told: dict[str, str]) -> httpx2.Response:
        length = sum(len(name) + len(value) + 2 for name, value in told.items())
        if length <= LONGEST_URL:
            return await self._client.get(self._endpoint, params=told)
        return await self._client.post(self._endpoint, data=told)

    async def _pause(self, attempt: int) -> None:
        seconds = FIRST_PAUSE * 2.0 ** (attempt - 1)
        self._emit(WaitStarted(key="dynadot", what="Dynadot's API", usual=seconds))
        await self._clock.sleep(seconds)
        self._emit(WaitFinished(key="dynadot", seconds=seconds))


_AGAIN = frozenset({"dns_provider_unreachable", "dns_provider_busy"})


class _Signing(httpx2.AsyncBaseTransport):
    """Adds key and secret to each request, below everything that logs or keeps requests."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, key: SecretStr, secret: SecretStr) -> None:
        self._inner = inner
        self._key = key
        self._secret = secret

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request with the credentials in its query."""
        signed = httpx2.Request(
            method=request.method,
            url=request.url.copy_merge_params(
                {"key": self._key.get_secret_value(), "secret": self._secret.get_secret_value()}
            ),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(signed)

    async def aclose(self) -> None:
        """Close what carries the requests."""
        await self._inner.aclose()


def _network(endpoint: str) -> httpx2.AsyncBaseTransport:
    """Return the network; a proxy for the internet never leads to this machine itself."""
    proxy = httpx2.URL(endpoint).host not in ("127.0.0.1", "localhost")
    return httpx2.AsyncHTTPTransport(trust_env=proxy)


def _fields(records: Sequence[Record]) -> dict[str, str]:
    """Return records as the command's numbered fields: the zone's own, then those below it."""
    fields: dict[str, str] = {}
    main = [each for each in records if not each.name]
    below = [each for each in records if each.name]
    for number, each in enumerate(main):
        fields |= {
            f"main_record_type{number}": each.type.lower(),
            f"main_record{number}": each.value,
        }
        if each.extra or each.ttl:
            fields[f"main_recordx{number}"] = each.extra or each.ttl
    for number, each in enumerate(below):
        fields |= {
            f"subdomain{number}": each.name,
            f"sub_record_type{number}": each.type.lower(),
            f"sub_record{number}": each.value,
        }
        if each.extra or each.ttl:
            fields[f"sub_recordx{number}"] = each.extra or each.ttl
    return fields
