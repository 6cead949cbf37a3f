"""What is wrong with answers, in words: pydantic's errors as findings.

The words stand in remedies/answers.toml. A value that may be a secret typed into the wrong place is
never repeated.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from provisioner import remedies
from provisioner.facts import Finding, Severity
from provisioner.spec import SovereignSpec

Place = tuple[str | int, ...]

SHOWN = 60
"""Longest value that a finding repeats."""
HIDDEN = "(hidden)"

_CODES = {
    "extra_forbidden": "unknown_key",
    "missing": "answer_missing",
    "literal_error": "not_one_of",
    "string_type": "not_text",
    "int_type": "not_a_number",
    "int_from_float": "not_a_number",
    "bool_type": "not_yes_or_no",
    "tuple_type": "not_a_list",
    "dict_type": "not_a_mapping",
    "model_type": "not_a_mapping",
    "model_attributes_type": "not_a_mapping",
}
"""The remedy of each of pydantic's own errors; the spec's own rules name theirs themselves."""

_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|private|credential|(^|_)key$", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"[A-Za-z0-9+/_=-]{40,}")


def findings_of(error: ValidationError, lines: Mapping[Place, int]) -> tuple[Finding, ...]:
    """Return one finding an error, in the order of the file where lines are known."""
    found = [_finding_of(dict(each), lines) for each in error.errors(include_url=False)]
    return tuple(sorted(found, key=lambda each: each.line or 0))


def finding(
    code: str,
    place: Iterable[str | int],
    value: object,
    facts: Mapping[str, object] | None = None,
    lines: Mapping[Place, int] | None = None,
    severity: Severity = Severity.BLOCKING,
) -> Finding:
    """Return the finding that ``code`` explains about one answer.

    ``place`` is the way to the answer, ``facts`` fill the remedy's sentences.
    """
    way = tuple(place)
    name = dotted(way)
    shown = shorten(value, name)
    known = {each: str(fact) for each, fact in (facts or {}).items()}
    remedy = remedies.explain(code, {"field": name, "value": shown, **known})
    return Finding(
        field=name,
        value=shown,
        code=code,
        reason=remedy.what,
        remedy=remedy.action,
        severity=severity,
        line=_line(way, lines or {}),
    )


def dotted(place: Place) -> str:
    """Return a place as operators write it: ``sizing.workers[0].type``."""
    name = ""
    for step in place:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name


def shorten(value: object, field: str = "") -> str:
    """Return a value as it may be shown: one line, short, and no secret."""
    if isinstance(value, dict | list | tuple):
        return ""
    text = str(value)
    last = field.rpartition(".")[2]
    if isinstance(value, str) and (_SECRET_NAME.search(last) and last != "ssh_key"):
        return HIDDEN
    if isinstance(value, str) and _SECRET_VALUE.fullmatch(text) and last != "commit":
        return HIDDEN
    text = _without_credentials(text)
    printable = "".join(each if each.isprintable() else "�" for each in text[: SHOWN + 1])
    return printable if len(printable) <= SHOWN else printable[: SHOWN - 1] + "…"


def _without_credentials(text: str) -> str:
    """Return a value without what a URL can carry in secret: its user, password and query."""
    scheme, found, rest = text.partition("://")
    if not found:
        # ``user:password@host``, as scp and people write it; ``git@host:path`` holds no secret.
        user, at, host = text.rpartition("@")
        return f"{HIDDEN}@{host}" if at and ":" in user else text
    place, mark, _ = rest.partition("?")
    _, at, host = place.rpartition("@")
    shown = f"{HIDDEN}@{host}" if at else place
    return f"{scheme}://{shown}" + (f"?{HIDDEN}" if mark else "")


def _finding_of(error: dict[str, Any], lines: Mapping[Place, int]) -> Finding:
    place: Place = tuple(each for each in error["loc"] if each != "[key]")
    code = _CODES.get(error["type"], error["type"])
    facts: dict[str, object] = dict(error.get("ctx") or {})
    value: object = error["input"]
    if code == "unknown_key":
        close = difflib.get_close_matches(str(place[-1]), _siblings(place), n=1)
        facts["suggestion"] = f"Did you mean `{close[0]}`? " if close else ""
        facts["known"] = ", ".join(_siblings(place))
        if _SECRET_NAME.search(str(place[-1])):
            code, value = "secret_in_answers", HIDDEN
    if code == "answer_missing" or value is None:
        value = ""
    return finding(code, place, value, facts, lines)


def _siblings(place: Place) -> list[str]:
    """Return the keys that the model knows where an unknown one was found."""
    model: Any = SovereignSpec
    for step in place[:-1]:
        if isinstance(step, str):
            fields = getattr(model, "model_fields", {})
            model = _model_in(fields[step].annotation) if step in fields else None
    return list(getattr(model, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def _line(place: Place, lines: Mapping[Place, int]) -> int | None:
    """Return the line of an answer, or of the nearest part of the file that should hold it."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None
