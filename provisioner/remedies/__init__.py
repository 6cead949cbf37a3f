"""Every failure a user can meet: what happened, what it means, what to do.

The texts are data: one TOML file an area beside this one, a table a code. A sentence may name facts
in braces; a fact that is not known reads as ``?``, so that explaining can never fail. Each code has
a class, which says what can be done about it; those of Hetzner's API stand in hetzner/codes.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from provisioner.errors import CatalystError
from provisioner.hetzner import codes


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator is told about one failure."""

    code: str
    """Stable name, for scripts and for searching."""
    class_: str = msgspec.field(name="class", default="")
    """What can be done about it: one of ``CLASSES``; nothing where an old release wrote it."""
    what: str
    """What happened, in one sentence."""
    means: str
    """What it means for the run and for money."""
    action: str
    """What to do now."""
    next: tuple[str, ...] = ()
    """The commands that the action names, best first: what a key can offer."""

    @property
    def brief(self) -> str:
        """What happened and what to do, in one line."""
        return f"{self.what} {self.action}"


_COMMAND = re.compile(r"`catalyst ([a-z]+)")
ADDRESSED = (
    "access",
    "apply",
    "attach",
    "bundle",
    "cancel",
    "destroy",
    "dns",
    "edit",
    "handoff",
    "kubeconfig",
    "plan",
    "resume",
    "secrets",
    "status",
)
"""Commands that mean one Sovereign, whose name needs not be said while there is only one."""
OF_COMPONENTS = ("describe", "logs", "reconcile", "suspend", "unsuspend")
"""Commands that mean one component, which has to be said, and the Sovereign with it."""
_NAMELESS = re.compile(rf"`catalyst ({'|'.join(ADDRESSED)})(?=`| --)")
_COMPONENTLESS = re.compile(rf"`catalyst ({'|'.join(OF_COMPONENTS)})(?=`| --)")


CLASSES: Mapping[str, str] = {
    "untouched": "nothing was done: the same may be asked again at once",
    "passing": "may be over by itself: the same command again",
    "later": "may be over later, or not at all: read what it says",
    "ordering": "too early, overtaken or cut short: what exists has to be looked at anew",
    "capacity": "there is not enough of it: something else is chosen, or it is waited for",
    "operator": "the operator's to correct: an answer, a secret, a name, a record",
    "refused": "the request itself, or what somebody changed by hand",
    "machine": "this machine's to mend: a program, a file, room, its network or clock",
    "cluster": "to be mended on a node or in the cluster",
    "decision": "waits for the operator's word",
    "defect": "ours: it is reported",
}
"""What can be done about a failure, by class."""


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return each known code with its class and raw sentences (``what``, ``means``, ``action``)."""
    merged: dict[str, Mapping[str, str]] = {}
    for entry in files(__name__).iterdir():
        if entry.name.endswith(".toml"):
            merged.update(tomllib.loads(entry.read_text("utf-8")))
    return merged


def explain(code: str, facts: Mapping[str, str] | None = None) -> Remedy:
    """Return the remedy of ``code`` with its sentences filled from ``facts``."""
    known = code if code in catalogue() else "unexpected"
    filled = _Facts(facts or {})
    filled.setdefault("code", code)
    text = catalogue()[known]
    return Remedy(
        code=code,
        class_=class_of(known) or "",
        what=_addressed(text["what"], filled).format_map(filled),
        means=_addressed(text["means"], filled).format_map(filled),
        action=_addressed(text["action"], filled).format_map(filled),
        # Of the raw text: a fact may quote what others wrote.
        next=tuple(dict.fromkeys(_COMMAND.findall(text["action"]))),
    )


def _addressed(text: str, facts: Mapping[str, str]) -> str:
    """Return a raw sentence with the names in each command that would need them.

    So that a command can be copied as it stands, also where there are several Sovereigns.
    """
    if not facts.get("fqdn"):
        return text
    if facts.get("component"):
        text = _COMPONENTLESS.sub(r"`catalyst \1 {fqdn} {component}", text)
    return _NAMELESS.sub(r"`catalyst \1 {fqdn}", text)


def class_of(code: str) -> str | None:
    """Return what can be done about a failure: one of ``CLASSES``; None for an unknown code."""
    return catalogue().get(code, {}).get("class") or codes.class_of(code)


def remedy_of(error: CatalystError, fqdn: str = "", component: str = "") -> Remedy:
    """Return the remedy of an error, filled with its own facts and with the names it was met at.

    Where ``fqdn`` or ``component`` is given, the commands that the remedy names bear it.
    """
    met = {"fqdn": fqdn, "component": component}
    return explain(error.code, {name: each for name, each in met.items() if each} | error.facts)
