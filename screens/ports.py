"""What the screens ask of the engine: plain values and one Protocol, no IO.

The real backend wires the engine (catalyst_tui.backend); the scripted one (screens.scripted) plays
events from a list. Every coroutine may raise CatalystError, whose remedy the screen shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from screens.logs.parsing import LogLine

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from pydantic import SecretStr

    from provisioner.drafts import Draft
    from provisioner.facts import DnsRecord, Finding, Price
    from provisioner.remedies import Remedy
    from provisioner.spec import SovereignSpec
    from provisioner.view import View
    from screens.ports_cluster import ClusterPort
    from screens.watched import Watched
    from screens.wizard import Wizard

Answers = Mapping[str, Any]
"""Answers in the shape of sovereign.yaml, with gaps."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of Home: a Sovereign that was begun, a draft, or something that cannot be read."""

    name: str
    rehearsed: bool = False
    view: View | None = None
    alive: bool = False
    """Whether a runner owns it now."""
    rented: bool = False
    """Whether anything of it may be rented, so that its folder must stay."""
    draft: Draft | None = None
    """The answers; of a planned Sovereign those that its plan was made from."""
    now: datetime | None = None
    """The present moment of its world."""
    trouble: Remedy | None = None
    """Why it cannot be shown."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What answers are worth."""

    findings: tuple[Finding, ...] = ()
    spec: SovereignSpec | None = None
    """Present only when nothing blocks."""
    fqdn: str = ""
    """The full name, as soon as the domain's answers give one."""
    slug: str = ""


class SecretState(msgspec.Struct, frozen=True, kw_only=True):
    """One secret, without its value."""

    name: str
    """As in provisioner.credentials: ``hcloud_token``."""
    present: bool = False
    kept: str = ""
    """Where it is kept, in words: ``the keyring of this machine``."""
    passing: bool = False
    """Whether it ends with this program."""
    ending: str = ""
    """Its last characters, to tell one token from another."""


class TokenReport(msgspec.Struct, frozen=True, kw_only=True):
    """What Hetzner says to a token."""

    problem: Remedy | None = None
    servers: int = 0
    """Servers that the project holds now."""
    held: Mapping[str, int] = {}
    """How much of each kind the project holds, by kind; what there is none of is left out."""
    findings: tuple[Finding, ...] = ()
    """What in the project stands in the way: names that are taken, leftovers of an earlier run."""
    requests_left: int | None = None


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """Where this machine can keep secrets."""

    rungs: tuple[str, ...] = ("memory",)
    """As in provisioner.credentials, best first: ``keyring``, ``vault``, ``memory``."""
    vault: str = ""
    """``open``, ``closed`` (its password is not known here), ``absent``, or empty: not needed."""
    lasting: bool = False
    """Whether what is kept now outlives this program."""


class NameReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the registrar, or the zone's own servers, say to the chosen name."""

    fqdn: str = ""
    state: str = "unchecked"
    """``free``, ``ours`` or ``taken``; an own domain is ``found``; else ``unchecked``."""
    zone: str = ""
    servers: tuple[str, ...] = ()
    """Of an own domain: who answers for it."""
    there: tuple[DnsRecord, ...] = ()
    """Of an own domain: records that stand at the names of the hosts now."""
    findings: tuple[Finding, ...] = ()


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A location."""

    name: str
    city: str = ""
    country: str = ""
    zone: str = ""


class ServerKind(msgspec.Struct, frozen=True, kw_only=True):
    """A server type: what it has, where it is, what it costs."""

    name: str
    cores: int
    memory: float
    """GB."""
    disk: int
    """GB."""
    cpu: str
    """``shared`` or ``dedicated``."""
    architecture: str = "x86"
    monthly: Mapping[str, Decimal] = {}
    """Net price by location."""
    stock: frozenset[str] = frozenset()
    """Locations in which one can be ordered now."""
    deprecated: bool = False
    """Whether it is going everywhere."""
    going: Mapping[str, str] = {}
    """Date from which none can be ordered, by location, where announced: ``2026-12-31``."""


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """What else would do instead of a type that cannot be had."""

    type: str
    location: str
    difference: Decimal
    """Net a month, for all servers that change by it; positive is dearer."""
    less: str = ""
    """What of it is less than was asked for, in words; empty where nothing is."""
    lost: int = 0
    """How many servers exist and would be made anew elsewhere, with all that is on them."""


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be rented, as the API lists it now."""

    sites: tuple[Site, ...]
    kinds: tuple[ServerKind, ...]
    currency: str
    requests_left: int | None = None
    kit_memory: float | None = None
    """GB that the bootstrap kit needs, where that is known."""
    overhead: float = 0.0
    """GB that the system takes on each node."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """How far the programs are that every run needs."""

    ready: bool = False
    line: str = ""
    """What is being done now."""
    trouble: Remedy | None = None


class RawLines(msgspec.Struct, frozen=True):
    """New lines of one log file, or of the journal."""

    source: str
    """Who wrote them, in one short word: ``tofu``."""
    lines: Sequence[str] = ()
    said: Sequence[LogLine] = ()
    """Lines that need no parsing."""
    written: float = 0.0
    """When the file was written to last, in seconds since the epoch; 0 where nobody knows."""
    at: str = ""
    """That moment as a time of day, in the world's time: for lines that bear none."""


class Backend(Protocol):
    """The engine as one home's screens see it."""

    @property
    def rehearsed(self) -> bool:
        """Whether this home's Sovereigns live in the simulated world."""
        ...

    @property
    def rehearsal(self) -> Backend | None:
        """The backend of the rehearsed home, where this is the real one."""
        ...

    def now(self) -> datetime:
        """Return the present moment of the world that was followed last."""
        ...

    def entries(self) -> AsyncIterator[Entry]:
        """Yield what this home holds, live Sovereigns first."""
        ...

    def prepare(self) -> AsyncIterator[Tools]:
        """Find or make the programs, and yield how far that is; ends when they are ready."""
        ...

    async def draft(self, draft_id: str | None) -> Draft:
        """Return a stored draft, or a new one with what can be proposed."""
        ...

    async def save(self, draft: Draft) -> None:
        """Keep a draft."""
        ...

    async def forget(self, draft_id: str) -> None:
        """Remove a draft."""
        ...

    async def answers_of(self, fqdn: str) -> Answers:
        """Return the answers that a Sovereign was made from."""
        ...

    async def forget_sovereign(self, fqdn: str) -> None:
        """Remove what is kept of a Sovereign of which nothing is rented."""
        ...

    async def check(self, answers: Answers) -> Judged:
        """Judge the form of answers, and the rules of the house."""
        ...

    async def pools(self) -> tuple[str, ...]:
        """Return the domains under which a label can be taken."""
        ...

    async def secrets(self, fqdn: str) -> tuple[SecretState, ...]:
        """Return where each secret stands."""
        ...

    async def passphrase(self, fqdn: str) -> SecretStr:
        """Return the passphrase of a Sovereign's state, to be shown and stored elsewhere."""
        ...

    async def keep_secret(self, fqdn: str, name: str, value: str) -> SecretState:
        """Keep a secret in the best place that this machine has."""
        ...

    async def carry_token(self, before: str, fqdn: str) -> None:
        """Keep a token under a Sovereign's new name that was given before it was renamed."""
        ...

    async def keeping(self, fqdn: str) -> Keeping:
        """Return where secrets can be kept on this machine now."""
        ...

    async def open_vault(self, password: str) -> None:
        """Open the vault, made first if there is none, and move in what is in memory alone."""
        ...

    async def keep_at(self, fqdn: str, rung: str) -> None:
        """Move a Sovereign's secrets to another store, and keep new ones there."""
        ...

    async def way_out(self) -> str | None:
        """Return the network from which this host reaches the internet, where that can be told."""
        ...

    async def name_report(self, answers: Answers) -> NameReport:
        """Ask the registrar, or the zone's servers, about the chosen name."""
        ...

    async def probe_token(self, fqdn: str) -> TokenReport:
        """Ask Hetzner what the kept token may do."""
        ...

    async def market(self, fqdn: str, *, fresh: bool = False) -> Market:
        """Return what can be rented, as it was read first, or ``fresh``."""
        ...

    async def alternatives(self, answers: Answers) -> tuple[Alternative, ...]:
        """Return what could be rented instead of the chosen type, best first."""
        ...

    async def estimate(self, answers: Answers) -> Price | None:
        """Return what this sizing costs a month, or None while it is incomplete."""
        ...

    async def reality(self, answers: Answers) -> tuple[Finding, ...]:
        """Return what Hetzner holds against answers that may still have gaps."""
        ...

    async def export(self, answers: Answers, path: str) -> tuple[str, ...]:
        """Write the answers, and their schema, to files; returns the commands that go on."""
        ...

    async def plan(self, answers: Answers) -> str:
        """Start a runner that plans and stops; returns the Sovereign's name."""
        ...

    async def apply(self, fqdn: str, sha256: str) -> None:
        """Start a runner that applies exactly this plan."""
        ...

    async def resume(self, fqdn: str, *, wait_for_stock: bool = False) -> None:
        """Start a runner that goes on where the last one ended.

        ``wait_for_stock``: what cannot be rented is waited for instead of asked about again.
        """
        ...

    async def change(self, fqdn: str, assignments: Sequence[str]) -> None:
        """Put each ``key=value`` into the answers of a Sovereign; no run may be at work."""
        ...

    async def look_again(self, fqdn: str) -> None:
        """Start a runner that looks at the name, and from outside, once more."""
        ...

    async def destroy(
        self, fqdn: str, *, keep_volumes: bool | None = None, unprotect: bool = False
    ) -> None:
        """Start a runner that takes everything down; the name was typed.

        It ends without having deleted anything where volumes exist and ``keep_volumes`` is None,
        or where something is protected and ``unprotect`` is not given.
        """
        ...

    async def list_inventory(self, fqdn: str) -> None:
        """Start a runner that lists what a destroy would take down, and changes nothing."""
        ...

    def follow(self, fqdn: str) -> AsyncIterator[View]:
        """Yield the fold of the journal after each batch, until the newest run has finished."""
        ...

    async def another_run(self, fqdn: str, after: int) -> None:
        """Return once a run began behind this place in the journal, whoever began it."""
        ...

    def logs(self, fqdn: str) -> AsyncIterator[RawLines]:
        """Yield what its programs and its journal say, four times a second at most, for ever."""
        ...

    async def cancel(self, fqdn: str, *, force: bool) -> bool:
        """Ask the live run to end; returns False if none lives."""
        ...

    async def keep_lines(self, fqdn: str, lines: Sequence[str]) -> str:
        """Write lines to a new file where the operator works; returns its path."""
        ...

    def cluster(self, fqdn: str) -> ClusterPort:
        """Return the cluster of a Sovereign, to be visited beside its run."""
        ...


class Face(Protocol):
    """The application as its screens see it."""

    backend: Backend
    """The home that is looked at: the root, or the rehearsed one inside it."""
    root: Backend
    """The home that the program was opened on; Home shows it, with the rehearsed one inside."""
    plain_glyphs: bool
    """Whether glyphs need their ASCII stand-ins."""
    tools: Tools
    wizard: Wizard | None
    watched: Watched | None

    def open(self, noun: str) -> None:
        """Show the screen of that noun instead of this one."""
        ...

    def watch_sovereign(self, fqdn: str, *, show: bool = True) -> None:
        """Follow a Sovereign from now on; ``show`` opens the screen on which it belongs."""
        ...

    def leave(self) -> None:
        """End the viewer; a run goes on without it."""
        ...
