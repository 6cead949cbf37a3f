"""A watch that does not end: every state of a kind's objects, each once, whatever breaks.

It lists in pages, then watches from the list's version. A watch that ends, or breaks and can be
taken up at once, goes on from the last version it saw: nothing is missed, nothing comes twice. When
that fails it says so (Lost), tries again with growing pauses, and lists anew (Snapshot), so that
whoever heard Lost also hears that it is over. A version that the API no longer keeps (410) is a
silent new list. No list is older than what was seen before.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, AsyncIterator

import httpx2
import msgspec

from provisioner.cluster.api import Api, untrusted
from provisioner.cluster.patience import backoff, pause
from provisioner.cluster.ports import Changed, Lost, Object, Resource, Snapshot
from provisioner.cluster.wire import Expired, event, lines, page
from provisioner.errors import ClusterError

PAGE = 500
WATCH_SECONDS = 240
"""How long one watch is asked to last, in real seconds of the API server."""
SILENCE_SECONDS = 270.0
"""A watch that says nothing for longer than it may last is dead."""
LASTING = 1.0
"""Seconds after which a watch that said nothing counts as one that worked."""
LONGEST_PAUSE = 5.0
TOO_NEW = "504"
"""The status of a list that asks for a version which this API server does not know yet."""

Sight = Snapshot | Changed | Lost

REASONS = {
    "cluster_not_found": "this kind is not served yet",
    "cluster_forbidden": "no right to read this kind",
    "cluster_unauthorized": "the API does not accept our certificate",
    "cluster_untrusted": "the API's certificate is not of this cluster",
    "cluster_clock": "the API's certificate is not valid at the time that it is here",
}


async def reflect(api: Api, resource: Resource) -> AsyncGenerator[Sight]:
    """Yield what ``resource`` is and becomes, for ever.

    Raises only what must stop the run: an AccessError, when a node showed another host key.
    """
    turn = _Turn(api, resource)
    while True:
        try:
            async for sight in turn.sights():
                yield sight
            continue
        except (Expired, ClusterError, httpx2.TransportError, msgspec.DecodeError) as error:
            lost = turn.failed(error)
        if lost is not None:
            yield lost
        await turn.recover()


class _Turn:
    """One list or watch after the other, and what is known between them."""

    def __init__(self, api: Api, resource: Resource) -> None:
        self._api = api
        self._resource = resource
        self._version = "0"
        """Where to go on; ``0`` is whatever the API has at hand, empty is the newest."""
        self._listed = False
        """Whether a watch can go on from ``_version``; else a list comes first."""
        self._failures = 0
        self._told = ""
        self._began = 0.0

    async def sights(self) -> AsyncIterator[Sight]:
        """Yield a new list where one is due, then what changes, until the watch ends."""
        self._began = self._api.clock.monotonic()
        if not self._listed:
            yield await self._list()
        async for changed in self._watch():
            yield changed
        if not self._lasted():
            raise ClusterError("cluster_failing", said="the watch ends at once")

    def failed(self, error: Exception) -> Lost | None:
        """Note a failure; returns what is to be told, once for each reason.

        The first failure of a watch that worked is tried again at once and told to nobody.
        """
        self._failures = 1 if self._lasted() else self._failures + 1
        if isinstance(error, Expired):
            again = not self._version
            self._listed, self._version = False, ""
            return self._tell("the API keeps no version for long enough") if again else None
        if self._failures == 1 and self._listed:
            return None
        self._listed = False
        if isinstance(error, httpx2.TransportError):
            self._api.way.doubt()
        return self._tell(_reason(error))

    def _tell(self, reason: str) -> Lost | None:
        if reason == self._told:
            return None
        self._told = reason
        return Lost(self._resource, reason)

    async def recover(self) -> None:
        """Wait before the next attempt; raises AccessError when there must be none."""
        if self._failures == 1 and not self._told:
            await pause(self._api.clock, 0)
            return
        seconds = min(backoff(self._api.patience, self._failures), LONGEST_PAUSE)
        await pause(self._api.clock, seconds * random.uniform(0.5, 1.0))  # noqa: S311  jitter
        try:
            await self._api.way.up()
        except ClusterError:
            return  # still lost: the next attempt says so

    def _lasted(self) -> bool:
        return self._began > 0 and self._api.clock.monotonic() - self._began > LASTING

    def _worked(self, version: str) -> None:
        """Go on from ``version``; a failure after this is a first one."""
        self._version = version
        self._failures = 0
        self._told = ""

    async def _list(self) -> Snapshot:
        objects: list[Object] = []
        params = {"limit": str(PAGE)}
        if self._version:
            params |= {"resourceVersion": self._version, "resourceVersionMatch": "NotOlderThan"}
        while True:
            read = page(await self._page(params))
            objects += read.objects
            if not read.following:
                break
            params = {"limit": str(PAGE), "continue": read.following}
        self._worked(read.version)
        self._listed = True
        return Snapshot(self._resource, tuple(objects))

    async def _page(self, params: dict[str, str]) -> bytes:
        try:
            return await self._api.once(self._resource.path, params)
        except ClusterError as error:
            if error.code == "cluster_expired" or error.facts.get("status") == TOO_NEW:
                raise Expired from error
            raise

    async def _watch(self) -> AsyncIterator[Changed]:
        path = self._resource.path
        params = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        try:
            async with self._api.stream(path, params, SILENCE_SECONDS) as response:
                async for line in lines(response.aiter_bytes()):
                    seen = event(line, path)
                    self._worked(seen.version)
                    if seen.object is not None:
                        yield Changed(self._resource, seen.object, seen.gone)
        except ClusterError as error:
            if error.code == "cluster_expired":
                raise Expired from error
            raise


def _reason(error: Exception) -> str:
    if isinstance(error, ClusterError):
        return REASONS.get(error.code) or f"the API answers {error.facts.get('status', 'nothing')}"
    if mistrust := untrusted(error):
        return REASONS[mistrust]
    if isinstance(error, httpx2.TimeoutException):
        return "the API does not answer"
    if isinstance(error, httpx2.TransportError):
        return "no connection to the API"
    return "the API answers with something unreadable"
