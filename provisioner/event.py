"""What every event is: its base, its place in the journal, and the one that is only printed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from provisioner.facts import Finding


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=_snake):
    """A fact in the past; ``type`` is the class's name in snake case."""


class AnswersRefused(Event, frozen=True, kw_only=True):
    """The answers make no spec: there is no run. Printed, never journaled."""

    findings: tuple[Finding, ...]


class Recorded(msgspec.Struct, frozen=True):
    """An event with its place in the journal."""

    seq: int
    at: datetime
    fqdn: str
    event: Event

    def to_json(self) -> bytes:
        """Return the event as ``--json`` prints it: one object, no newline."""
        head = {"seq": self.seq, "at": self.at, "fqdn": self.fqdn}
        return msgspec.json.encode(head | msgspec.to_builtins(self.event))
