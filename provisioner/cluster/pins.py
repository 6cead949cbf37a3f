"""The pinned host keys of a Sovereign's nodes, as an OpenSSH known_hosts file.

A node is met with the first-contact key that its user data brought; `access` replaces that key by
one made on the node and pins it here. Each line ends in a comment, ``server=<id> <standing>``: a
pin counts only for the server it was made for, so that a replaced server is met anew. ``pending``
is a key that the node has shown but may not use yet: it is written before the node switches, so
that a run that dies in between can come back either way.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import asyncssh

from provisioner.errors import AccessError
from provisioner.files import write_private

KEY_TYPE = "ssh-ed25519"
DEFAULT_PORT = 22


class Standing(StrEnum):
    """How far the rotation of a node's host key has come."""

    PENDING = "pending"
    PINNED = "pinned"


class Pin(NamedTuple):
    """One host key of one server."""

    host: str
    """The address as ssh writes it, with its port where that is not 22."""
    key: str
    """``ssh-ed25519 AAAA…``, without a comment."""
    server: str
    """The server's id at the cloud."""
    standing: Standing

    @property
    def line(self) -> str:
        """The pin as one line of a known_hosts file."""
        return f"{self.host} {self.key} server={self.server} {self.standing}"


def host_pattern(address: str, port: int) -> str:
    """Return how known_hosts names ``address`` at ``port``."""
    return address if port == DEFAULT_PORT else f"[{address}]:{port}"


def public_key(text: str) -> str:
    """Return ``text`` as a bare ed25519 public key; raises AccessError if it is none."""
    words = text.split()
    try:
        if len(words) < 2 or words[0] != KEY_TYPE:
            raise ValueError
        bare = " ".join(words[:2])
        asyncssh.import_public_key(bare)
    except (ValueError, asyncssh.KeyImportError) as error:
        raise AccessError("host_key_unreadable") from error
    return bare


def fingerprint(key: str) -> str:
    """Return the SHA-256 fingerprint of a public key, as ``ssh-keygen -l`` shows it."""
    return asyncssh.import_public_key(key).get_fingerprint()


class Pins:
    """The pins file of one Sovereign."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, address: str, port: int, server: str) -> Pin | None:
        """Return the pin of this server at this address; raises AccessError on a bad file."""
        host = host_pattern(address, port)
        for pin in self._read():
            if pin.host == host and pin.server == server:
                return pin
        return None

    def save(self, pin: Pin) -> None:
        """Put ``pin`` in place of every other pin of its host, durably.

        Raises HomeError when the disk refuses.
        """
        kept = [other for other in self._read() if other.host != pin.host]
        text = "".join(f"{each.line}\n" for each in [*kept, pin])
        write_private(self._path, text.encode())

    def _read(self) -> list[Pin]:
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise AccessError("pins_unusable", path=self._path, reason="unreadable") from error
        return [self._parse(line) for line in text.splitlines() if line.strip()]

    def _parse(self, line: str) -> Pin:
        try:
            host, kind, body, server, standing = line.split()
            return Pin(
                host,
                public_key(f"{kind} {body}"),
                server.removeprefix("server="),
                Standing(standing),
            )
        except (ValueError, AccessError) as error:
            raise AccessError("pins_unusable", path=self._path, reason="damaged") from error
