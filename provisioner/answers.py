"""The answers file ``sovereign.yaml``: read it, judge it, write it.

A file is judged whole: whatever is wrong comes back as findings, each with its line, its field, its
value, the reason and the remedy. Secrets have no place in it and are never repeated from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from provisioner import answers_yaml, rules
from provisioner.answers_findings import dotted, finding, findings_of
from provisioner.errors import AnswersRefused
from provisioner.facts import Finding
from provisioner.files import write_private
from provisioner.rules import SCHEMA_VERSION
from provisioner.settings import Settings, default_settings
from provisioner.spec import SovereignSpec
from provisioner.suffixes import is_public_suffix

Lines = Mapping[tuple[str | int, ...], int]
"""Line in the file, from 1, by the answer's place: ``("domain", "label")``."""
_NO_LINES: Lines = {}


class Raw(msgspec.Struct, frozen=True):
    """A file's answers before they are judged."""

    values: dict[str, Any]
    lines: Lines = _NO_LINES


def read(path: Path) -> Raw:
    """Return the answers of a file as plain values; raises AnswersRefused when it is no YAML.

    Blocks on the disk. A file larger than any answers is refused unread.
    """
    return Raw(*answers_yaml.parse(answers_yaml.read_text(path), path.name))


def load_spec(path: Path) -> SovereignSpec:
    """Return the spec that a file makes; raises AnswersRefused with every finding.

    Only the form counts here: a house rule that became stricter must not keep anybody from
    looking after a Sovereign that exists (see check).
    """
    raw = read(path)
    spec, findings = _judge(raw)
    if spec is None:
        raise AnswersRefused(path=path, findings=findings)
    return spec


def check(
    raw: Raw, settings: Settings | None = None
) -> tuple[SovereignSpec | None, tuple[Finding, ...]]:
    """Judge new answers: the spec if they make one, and all that is wrong in form or by the house.

    The spec is None as soon as one finding blocks.
    """
    spec, findings = _judge(raw)
    findings += house_findings(raw, settings or default_settings())
    in_order = tuple(sorted(findings, key=lambda each: each.line or 0))
    return (None if findings else spec), in_order


def partial_check(
    values: Mapping[str, Any], settings: Settings | None = None
) -> tuple[SovereignSpec | None, tuple[Finding, ...]]:
    """Judge answers that need not be complete, as ``check`` does, without a file's lines."""
    return check(Raw(dict(values)), settings)


def house_findings(raw: Raw, settings: Settings) -> tuple[Finding, ...]:
    """Return what no new answers may have: reserved labels, unknown pools, public suffixes."""
    domain = raw.values.get("domain")
    if not isinstance(domain, dict):
        return ()
    if domain.get("mode") == "own":
        return _suffix_findings(domain.get("fqdn"), raw)
    if domain.get("mode") != "pool":
        return ()
    label, pool = domain.get("label"), domain.get("pool")
    found = []
    if isinstance(label, str) and label in settings.reserved_labels:
        found.append(finding("reserved_label", ("domain", "label"), label, None, raw.lines))
    if isinstance(pool, str) and pool.lower() not in settings.pools:
        known = {"pools": ", ".join(settings.pools)}
        found.append(finding("unknown_pool", ("domain", "pool"), pool, known, raw.lines))
    return tuple(found)


def _suffix_findings(fqdn: object, raw: Raw) -> tuple[Finding, ...]:
    """Return a finding for a name under which everybody can register: ``co.uk``."""
    try:
        if not isinstance(fqdn, str) or not is_public_suffix(rules.fqdn(fqdn)):
            return ()
    except PydanticCustomError:
        # What is no name at all is said already.
        return ()
    return (finding("public_suffix", ("domain", "fqdn"), fqdn, {"fqdn": fqdn}, raw.lines),)


def located(findings: Iterable[Finding], raw: Raw) -> tuple[Finding, ...]:
    """Return findings of later checks with the lines of the file that they are about, in order."""
    lines = {dotted(place): line for place, line in raw.lines.items()}
    found = [msgspec.structs.replace(each, line=_nearest(each.field, lines)) for each in findings]
    return tuple(sorted(found, key=lambda each: each.line or 0))


def _nearest(field: str, lines: Mapping[str, int]) -> int | None:
    while field and field not in lines:
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return lines.get(field)


def to_yaml(spec: SovereignSpec) -> str:
    """Return the file that makes this spec, answers that were left out included."""
    return answers_yaml.render(spec.model_dump(mode="json", exclude_none=True))


def save_spec(path: Path, spec: SovereignSpec) -> None:
    """Write a spec as ``sovereign.yaml``: whole or not at all, readable by its owner only."""
    write_private(path, to_yaml(spec).encode())


def _judge(raw: Raw) -> tuple[SovereignSpec | None, tuple[Finding, ...]]:
    version = raw.values.get("version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        # Nothing else can be said about answers whose meaning may have changed.
        known = {"known": SCHEMA_VERSION}
        return None, (finding("answers_newer", ("version",), version, known, raw.lines),)
    try:
        return SovereignSpec.model_validate(raw.values), ()
    except ValidationError as error:
        return None, findings_of(error, raw.lines)
