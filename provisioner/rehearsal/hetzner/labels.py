"""Labels and the selectors that find them, by the rules of the public API reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from provisioner.rehearsal.hetzner.refusal import invalid

_ALNUM = "a-zA-Z0-9"
_NAME = rf"[{_ALNUM}](?:[-_.{_ALNUM}]{{0,61}}[{_ALNUM}])?"
_PREFIX = rf"[{_ALNUM}](?:[-.{_ALNUM}]{{0,251}}[{_ALNUM}])?/"
KEY = re.compile(rf"(?:{_PREFIX})?{_NAME}")
VALUE = re.compile(rf"(?:{_NAME})?")
RESERVED = "hetzner.cloud/"

_SET = re.compile(r"(?P<key>\S+)\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)")
_TERM = re.compile(r"(?P<key>[^\s=!]+)\s*(?P<op>==|=|!=)\s*(?P<value>[^\s=!]*)")
_BARE = re.compile(r"(?P<not>!?)\s*(?P<key>[^\s=!]+)")


def check_labels(labels: Mapping[str, str]) -> None:
    """Raise invalid_input on the first label that breaks the rules."""
    for key, value in labels.items():
        if not KEY.fullmatch(key) or key.startswith(RESERVED):
            raise invalid("labels", f"label key '{key}' is not correctly formatted")
        if not VALUE.fullmatch(value):
            said = f"label value '{value}' (key: {key}) is not correctly formatted"
            raise invalid("labels", said)


class Term(NamedTuple):
    """One condition of a selector: the key's value is among ``values``, or merely there."""

    key: str
    values: frozenset[str] | None
    """None asks only whether the key is there."""
    negated: bool

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels meet the condition; an absent key meets every negated one."""
        found = self.key in labels and (self.values is None or labels[self.key] in self.values)
        return found != self.negated


class Selector(NamedTuple):
    """A parsed selector: all of its terms must hold."""

    terms: tuple[Term, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether a resource with these labels is selected."""
        return all(term.holds(labels) for term in self.terms)


@lru_cache(maxsize=1024)
def parse_selector(text: str, field: str = "label_selector") -> Selector:
    """Parse a selector; raises invalid_input naming ``field``.

    The grammar: ``k==v``, ``k=v``, ``k!=v``, ``k``, ``!k``, ``k in (a,b)``, ``k notin (a,b)``,
    joined by commas.
    """
    if not text.strip():
        return Selector(())
    return Selector(tuple(_term(part.strip(), field) for part in _split(text)))


def _split(text: str) -> list[str]:
    """Cut at the commas that are not within parentheses."""
    return re.split(r",(?![^()]*\))", text)


def _term(part: str, field: str) -> Term:
    if found := _SET.fullmatch(part):
        values = frozenset(value.strip() for value in found["values"].split(","))
        term = Term(found["key"], values, found["op"] == "notin")
    elif found := _TERM.fullmatch(part):
        term = Term(found["key"], frozenset([found["value"]]), found["op"] == "!=")
    elif found := _BARE.fullmatch(part):
        term = Term(found["key"], None, bool(found["not"]))
    else:
        raise invalid(field, f"label selector '{part}' is not correctly formatted")
    _check_term(term, field)
    return term


def _check_term(term: Term, field: str) -> None:
    if not KEY.fullmatch(term.key):
        raise invalid(field, f"label selector key '{term.key}' is not correctly formatted")
    for value in term.values or ():
        if not VALUE.fullmatch(value):
            raise invalid(field, f"label selector value '{value}' is not correctly formatted")
