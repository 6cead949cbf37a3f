"""From OpenTofu's messages to events of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from provisioner import events as e
from provisioner.clock import Clock
from provisioner.events import Event
from provisioner.facts import Change
from provisioner.remedies import explain
from provisioner.tofu.failures import classify
from provisioner.tofu.stream import Diagnostic, Hook, Message

_PREFIX = "hcloud_"


def kind_of(resource_type: str) -> str:
    """Return a resource's kind as we show it: ``hcloud_server`` is a ``server``."""
    return resource_type.removeprefix(_PREFIX)


class Translator:
    """Translates one command's messages, with the names that the plan gave its resources.

    Durations are the clock's: OpenTofu itself counts the machine's seconds, and only whole ones.
    They are taken from when its messages were written, since several are read in one look.
    """

    def __init__(self, changes: Mapping[str, Change], clock: Clock, fqdn: str) -> None:
        self._changes = changes
        self._clock = clock
        self._fqdn = fqdn
        self._started: dict[str, float] = {}
        self.errors: list[tuple[str, dict[str, str]]] = []
        """(remedy code, its facts) of every error so far, the first being the cause."""

    def events(self, message: Message) -> Iterator[Event]:
        """Yield the events that a message stands for; most stand for none."""
        if message.diagnostic is not None:
            yield from self._diagnostic(message.diagnostic)
            return
        hook = message.hook
        make = _HOOKS.get(message.type)
        if hook is None or make is None or hook.action in {"noop", "read"}:
            return
        if hook.resource.resource_type.startswith(_PREFIX):
            yield make(hook, self._name(hook), self._seconds(hook, message.written))

    def _seconds(self, hook: Hook, written: float | None) -> float:
        """Return since when a resource is changed: 0 at the first message, and where nobody knows.

        A clock that was set back makes no time negative.
        """
        clock = self._clock
        now = clock.monotonic() if written is None else clock.at(written).timestamp()
        return max(round(now - self._started.setdefault(hook.resource.addr, now), 3), 0.0)

    def _name(self, hook: Hook) -> str:
        known = self._changes.get(hook.resource.addr)
        return known.name if known else hook.resource.resource_name

    def _diagnostic(self, diagnostic: Diagnostic) -> Iterator[Event]:
        if diagnostic.severity != "error":
            yield e.Remarked(source="tofu", level="warning", text=diagnostic.summary)
            return
        code, facts = classify(f"{diagnostic.summary}\n{diagnostic.detail}")
        change = self._changes.get(diagnostic.address)
        facts |= {"address": diagnostic.address, "name": change.name if change else "?"}
        self.errors.append((code, facts))
        if change is None:
            yield e.Remarked(source="tofu", level="error", text=diagnostic.summary)
            return
        yield e.ResourceFailed(
            address=diagnostic.address,
            kind=change.kind,
            name=change.name,
            code=code,
            message=diagnostic.summary,
            remedy=explain(code, {"fqdn": self._fqdn, **facts}),
        )


def _started(hook: Hook, name: str, _seconds: float) -> Event:
    kind = kind_of(hook.resource.resource_type)
    return e.ResourceStarted(address=hook.resource.addr, kind=kind, name=name, action=hook.action)


def _progressed(hook: Hook, _name: str, seconds: float) -> Event:
    return e.ResourceProgressed(address=hook.resource.addr, seconds=seconds)


def _finished(hook: Hook, name: str, seconds: float) -> Event:
    return e.ResourceFinished(
        address=hook.resource.addr,
        kind=kind_of(hook.resource.resource_type),
        name=name,
        action=hook.action,
        id=hook.id_value,
        seconds=seconds,
    )


_HOOKS: Mapping[str, Callable[[Hook, str, float], Event]] = {
    "apply_start": _started,
    "apply_progress": _progressed,
    "apply_complete": _finished,
}
