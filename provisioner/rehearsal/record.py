"""What a world remembers of itself, and where: ``<home>/rehearsal/world/``.

::

    world/                        0700
    ├── world.json                this record, 0600
    ├── lock                      held by the process that is the world
    ├── log                       what that process said, append-only
    ├── cloud.json                the simulated cloud
    ├── git/                      the repository of the kit
    ├── names/                    the registrar's zones, and the ACME server's files
    ├── clusters/<sovereign>/     etcd's data, certificates and logs of one cluster
    └── nodes/<id>/root/          the disk of one machine
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec

from provisioner.errors import HomeError, RehearsalError
from provisioner.files import write_private
from provisioner.home import Home
from provisioner.process import Identity
from provisioner.rehearsal import scenarios


class Record(msgspec.Struct, kw_only=True):
    """The world, as it is saved."""

    speed: float = 1.0
    origin: float = 0.0
    offset: float = 0.0
    scenario: str = scenarios.DEFAULT
    api_port: int = 0
    ssh_port: int = 0
    dns_port: int = 0
    http_port: int = 0
    https_port: int = 0
    control: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))
    """What a command must know to give this world orders."""
    tokens: tuple[str, ...] = ()
    """The SHA-256 of each token that opens the cloud."""
    accounts: tuple[str, ...] = ()
    """The digest of each key, with its secret, that opens the registrar."""
    readers: tuple[str, ...] = ()
    """The digest of each account that may read the repository."""
    tools: dict[str, str] = {}
    """The programs of its clusters."""
    process: Identity | None = None
    """Who the world is now, once it listens."""


class Order(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a command asks of a live world."""

    token: str
    """The SHA-256 of the token that the run will use."""
    tools: dict[str, str]
    account: str = ""
    """The digest of the registrar's key, with its secret, that the run will use."""
    reader: str = ""
    """The digest of the account by which the run, and its cluster, read the repository."""
    speed: float | None = None
    scenario: str | None = None


class Refusal(msgspec.Struct, kw_only=True):
    """Why a world does not do what it was asked."""

    code: str
    facts: dict[str, str] = {}


class Standing(msgspec.Struct, kw_only=True):
    """How a world stands, as it tells a command."""

    speed: float
    origin: float
    offset: float
    scenario: str
    ssh_port: int
    dns_port: int = 0
    http_port: int = 0
    https_port: int = 0
    authorities: str = ""
    """The roots of every certificate that this world's ACME server signed, as PEM."""
    clusters: tuple[str, ...] = ()
    commit: str = ""
    """What the repository's branch is at; empty where there is no git to make it."""


@dataclass(frozen=True)
class WorldFolder:
    """Where one world is kept."""

    path: Path

    @classmethod
    def of(cls, home: Home) -> WorldFolder:
        """Return the folder of the world of an operator's home."""
        return cls(home.rehearsal.path / "world")

    @property
    def record(self) -> Path:
        """The record."""
        return self.path / "world.json"

    @property
    def lock(self) -> Path:
        """Held by the world's process."""
        return self.path / "lock"

    @property
    def log(self) -> Path:
        """What the world's process said."""
        return self.path / "log"

    @property
    def names(self) -> Path:
        """The registrar's zones, and the ACME server's files."""
        return self.path / "names"

    @property
    def git(self) -> Path:
        """The repository of the kit."""
        return self.path / "git"

    @property
    def cloud(self) -> Path:
        """The simulated cloud's state."""
        return self.path / "cloud.json"

    def cluster(self, name: str) -> Path:
        """Return the folder of a Sovereign's cluster."""
        return self.path / "clusters" / name.replace("/", "_")

    def node(self, key: int) -> Path:
        """Return the folder of a machine."""
        return self.path / "nodes" / str(key)

    def create(self) -> WorldFolder:
        """Make the folder, private to the operator; raises RehearsalError."""
        try:
            Home(self.path).create()
        except HomeError as error:
            raise RehearsalError("world_unusable", **error.facts) from error
        return self

    def load(self) -> Record:
        """Return the record, a new one where there is none; raises RehearsalError."""
        try:
            return msgspec.json.decode(self.record.read_bytes(), type=Record)
        except FileNotFoundError:
            return Record()
        except (OSError, msgspec.MsgspecError) as error:
            raise RehearsalError("world_unusable", path=self.record, reason=error) from error

    def save(self, record: Record) -> None:
        """Replace the record; raises RehearsalError."""
        try:
            write_private(self.record, msgspec.json.encode(record))
        except HomeError as error:
            raise RehearsalError("world_unusable", **error.facts) from error
