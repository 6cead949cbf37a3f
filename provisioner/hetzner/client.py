"""The Hetzner Cloud API: one small async client that is always bounded in time.

Every request has a deadline. What the API asks to try again is tried again with growing pauses and
jitter, a rate limit is waited for visibly, and what remains is a HetznerError. The token is in no
repr and no error. Source: Hetzner's API documentation on errors, pagination and rate limiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx2
import msgspec
from pydantic import SecretStr

from provisioner.errors import CredentialError
from provisioner.events import Event
from provisioner.hetzner.patience import Patience
from provisioner.hetzner.refusals import SAFE, Refusal, malformed, refusal, unreachable
from provisioner.world import World

Json = dict[str, Any]

DEADLINE = 15.0
"""Real seconds for one request: the network's time is real, whatever the world's clock does."""
ATTEMPTS = 5
RESERVE = 20
"""Requests of the project's budget that are left to others."""
PER_PAGE = 50
"""The API's own maximum."""
MOST_PAGES = 200


class Hetzner:
    """The API of one world with one project's token; an async context manager.

    ``emit`` is told of waits; ``deadline`` is of one request, in real seconds;
    ``attempts`` is 1 where a person waits and can ask again. ``transport`` replaces the network in
    tests. Raises CredentialError for a token that no header can carry.
    """

    def __init__(
        self,
        world: World,
        token: SecretStr,
        emit: Callable[[Event], None] = lambda _: None,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        deadline: float = DEADLINE,
        attempts: int = ATTEMPTS,
    ) -> None:
        if not (value := token.get_secret_value()).isascii() or not value.isalnum():
            # The HTTP library would repeat a header that it cannot send, and the token with it.
            raise CredentialError("token_characters")
        self.world = world
        self._deadline = deadline
        self._attempts = attempts
        self.requests = 0
        """How many requests were sent, retries included."""
        self.remaining: int | None = None
        """Requests left in the project's budget, as the last answer said."""
        self._token = token
        self._patience = Patience(world.clock, emit)
        self._client = httpx2.AsyncClient(
            base_url=world.hetzner,
            timeout=deadline,
            transport=transport,
            # A proxy for the internet never leads to this machine itself.
            mounts={"all://127.0.0.1": None, "all://localhost": None},
            headers={"Accept": "application/json", "User-Agent": "catalyst"},
        )

    def __repr__(self) -> str:
        return f"Hetzner({self.world.hetzner})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, **params: str | int) -> Json:
        """Return one answer; raises HetznerError."""
        return await self.call("GET", path, params=params)

    async def list(self, path: str, key: str, **params: str | int) -> list[Json]:
        """Return all elements of a list, over all its pages; raises HetznerError."""
        found: list[Json] = []
        page: int | None = 1
        while page is not None and page <= MOST_PAGES:
            answer = await self.get(path, page=page, per_page=PER_PAGE, **params)
            try:
                found += answer[key]
                page = answer.get("meta", {}).get("pagination", {}).get("next_page")
            except (KeyError, TypeError, AttributeError) as error:
                raise malformed(path, f"no list of {key}") from error
        return found

    async def call(
        self, method: str, path: str, *, params: Json | None = None, body: Json | None = None
    ) -> Json:
        """Send one request until it is answered for good; raises HetznerError.

        The last requests of the project's budget are not ours: OpenTofu, and whoever else works in
        the project, would be refused.
        """
        attempt = 1
        while True:
            if self.remaining is not None and self.remaining < RESERVE:
                missing, self.remaining = RESERVE - self.remaining, None
                await self._patience.spare(missing)
            answer = await self._try(method, path, params, body)
            if isinstance(answer, dict):
                return answer
            if attempt == self._attempts or not answer.again:
                raise answer.error
            await self._patience.wait(attempt, answer)
            attempt += 1

    async def _try(
        self, method: str, path: str, params: Json | None, body: Json | None
    ) -> Json | Refusal:
        try:
            response = await self._send(method, path, params, body)
        except (httpx2.RequestError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            return unreachable(self.world.hetzner, reason, again=method in SAFE)
        if response.is_success:
            return _json(response, path)
        return refusal(response, method, path, self._token)

    async def _send(
        self, method: str, path: str, params: Json | None, body: Json | None
    ) -> httpx2.Response:
        self.requests += 1
        # httpx's own timeouts bound each read, not the whole: a slow drip would never end.
        async with asyncio.timeout(self._deadline):
            response = await self._client.request(
                method,
                path,
                params=params,
                json=body,
                headers={"Authorization": f"Bearer {self._token.get_secret_value()}"},
            )
        left = response.headers.get("RateLimit-Remaining", "")
        if left.isdigit():
            self.remaining = int(left)
        return response


def _json(response: httpx2.Response, path: str) -> Json:
    if not response.content:
        return {}
    try:
        answer = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(path, "it is not JSON") from error
    if not isinstance(answer, dict):
        raise malformed(path, "it is no object")
    return answer
