"""What a command prints: readable lines, or with ``--json`` the events themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from catalyst_tui.headless.streams import put
from provisioner.clock import Clock
from provisioner.errors import AnswersRefused, CatalystError
from provisioner.events import AnswersRefused as AnswersRefusedEvent
from provisioner.events import (
    PlanSaved,
    Recorded,
    RunFinished,
)
from provisioner.facts import Finding, Outcome
from provisioner.remedies import Remedy, remedy_of
from screens.losses import losses, resizes
from screens.repeating import Repeating
from screens.words import line_of

NEXT = "`catalyst handoff {fqdn}` shows the page to give away: addresses, and what was checked"
_NAME = 11
UNWRITTEN = "What this command prints cannot be written any more: {reason}."


class Printer:
    """Prints to standard output; notes about the command itself go to standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._repeating = Repeating()

    def event(self, recorded: Recorded) -> None:
        """Print one event."""
        if self.as_json:
            self._out(recorded.to_json().decode())
            return
        line = line_of(recorded.event)
        if line is not None and not self._repeating.repeats(recorded.event, line[1]):
            self.line(*line, at=recorded.at)
        if isinstance(recorded.event, PlanSaved) and not recorded.event.for_destroy:
            for said in (*losses(recorded.event.changes), *resizes(recorded.event)):
                self.line("plan", said, at=recorded.at)
        if isinstance(recorded.event, RunFinished) and recorded.event.remedy is not None:
            self.remedy(recorded.event.remedy)
        if isinstance(recorded.event, RunFinished) and recorded.event.outcome is Outcome.READY:
            self.line("next", NEXT.format(fqdn=recorded.fqdn), at=recorded.at)

    def line(self, source: str, text: str, *, at: datetime | None = None) -> None:
        """Print one line of a readable log, in local time."""
        when = (at or Clock().now()).astimezone()
        self._out(f"{when:%H:%M:%S} {source:<{_NAME}} {text}")

    def text(self, text: str) -> None:
        """Print one line as it is."""
        self._out(text)

    def remedy(self, remedy: Remedy) -> None:
        """Print what happened, what it means, and what to do."""
        for text in (remedy.what, remedy.means, remedy.action):
            self._out(f"{'':<9}{'':<{_NAME}}{text}")

    def note(self, text: str) -> None:
        """Say something about the command itself, out of the way of what scripts read."""
        put(sys.stderr, f"{text}\n")

    def object(self, value: object) -> None:
        """Print one JSON object."""
        self._out(msgspec.json.encode(value).decode())

    def error(self, error: CatalystError, fqdn: str = "", component: str = "") -> None:
        """Print why a command, given these names, could not be carried out."""
        if isinstance(error, AnswersRefused) and error.findings:
            self._refused(error.findings, fqdn)
            return
        self.failed(remedy_of(error, fqdn, component), fqdn)

    def failed(self, remedy: Remedy, fqdn: str = "") -> None:
        """Print what ended a command, what it means, and what to do."""
        if self.as_json:
            self.object({"type": "command_failed", "fqdn": fqdn, "remedy": remedy})
            return
        for text in (remedy.what, remedy.means, remedy.action):
            self.note(text)

    def _refused(self, findings: Iterable[Finding], fqdn: str) -> None:
        event = AnswersRefusedEvent(findings=tuple(findings))
        if self.as_json:
            head = {"seq": 0, "at": datetime.now(UTC), "fqdn": fqdn}
            self.object(head | msgspec.to_builtins(event))
            return
        for finding in event.findings:
            where = finding.field or "answers"
            line = "" if finding.line is None else f" (line {finding.line})"
            value = f" = {finding.value}" if finding.value else ""
            self._out(f"{where}{value}{line}")
            self._out(f"    {finding.reason}")
            self._out(f"    {finding.remedy}")

    def _out(self, text: str) -> None:
        wrong = put(sys.stdout, f"{text}\n")
        # That a reader has left is its own choice; a disk that is full should be known.
        if wrong is not None and not isinstance(wrong, BrokenPipeError):
            self.note(UNWRITTEN.format(reason=wrong.strerror))
