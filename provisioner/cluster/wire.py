"""How the Kubernetes API writes lists and watches, read fast: bytes in, objects out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from provisioner.cluster.ports import Object
from provisioner.cluster.refusals import refusal, status


class Expired(Exception):
    """The version to go on from is no longer kept, or not yet known."""


class Page(NamedTuple):
    """One page of a list."""

    objects: list[Object]
    version: str
    following: str
    """Where the next page begins; empty on the last one."""


class Event(NamedTuple):
    """One line of a watch."""

    version: str
    object: Object | None
    """None for a bookmark, which only says how far the watch has come."""
    gone: bool = False


class _Meta(msgspec.Struct, frozen=True):
    version: str = msgspec.field(default="", name="resourceVersion")
    following: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct, frozen=True):
    version: str = msgspec.field(name="apiVersion")
    kind: str
    metadata: _Meta
    items: list[Object] | None = None


class _Bookmark(msgspec.Struct, frozen=True):
    metadata: _Meta


class _Line(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw


_LISTS = msgspec.json.Decoder(_List)
_LINES = msgspec.json.Decoder(_Line)
_BOOKMARKS = msgspec.json.Decoder(_Bookmark)
_OBJECTS = msgspec.json.Decoder(dict[str, Any])


def page(content: bytes) -> Page:
    """Read one page of a list; its objects say their kind, as those of a watch do."""
    read = _LISTS.decode(content)
    kind = {"apiVersion": read.version, "kind": read.kind.removesuffix("List")}
    objects = [kind | item for item in read.items or ()]
    return Page(objects, read.metadata.version, read.metadata.following)


def event(line: bytes, path: str) -> Event:
    """Read one line of a watch; raises Expired or ClusterError when it says an error."""
    read = _LINES.decode(line)
    if read.type == "BOOKMARK":
        return Event(_BOOKMARKS.decode(read.object).metadata.version, None)
    if read.type == "ERROR":
        content = bytes(read.object)
        code = status(content).code
        if code == HTTPStatus.GONE:
            raise Expired
        raise refusal(code, path, content)
    found = _OBJECTS.decode(read.object)
    return Event(found["metadata"]["resourceVersion"], found, read.type == "DELETED")


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Cut a stream into its whole lines; what follows the last line's end is dropped."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line:
                yield line
