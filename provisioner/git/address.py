"""Where a repository is: its URL taken apart, and as a world rewrites it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Address:
    """One repository's URL, ``https://host/path`` or ``ssh://user@host:port/path``."""

    url: str

    @property
    def by_ssh(self) -> bool:
        """Whether it is reached by SSH."""
        return urlsplit(self.url).scheme == "ssh"

    @property
    def origin(self) -> str:
        """Scheme, host and port: to whom credentials may be given."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """The host as known_hosts files write it: with its port where that is not 22."""
        parts = urlsplit(self.url)
        name, port = parts.hostname or "", parts.port
        return name if port in (None, 22) else f"[{name}]:{port}"

    def rewritten(self, rewrites: Iterable[tuple[str, str]]) -> Address:
        """Return the address with the first prefix that fits put in place of another."""
        for prefix, instead in rewrites:
            if self.url.startswith(prefix):
                return Address(instead + self.url.removeprefix(prefix))
        return self
