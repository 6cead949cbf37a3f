"""Answers for editors and scripts: ``sovereign.yaml`` with its JSON Schema beside it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from provisioner.answers import to_yaml
from provisioner.errors import AnswersRefused
from provisioner.files import write_private
from provisioner.spec import SovereignSpec, json_schema

SCHEMA = "sovereign.schema.json"
"""Name of the schema's file; the answers name it without a folder, so that both move together."""
PLAN = "catalyst plan --answers {file}"
APPLY = "catalyst apply --plan {sha256} {fqdn}"
REHEARSE = "catalyst rehearse --headless --answers {file}"
_MODELINE = "# yaml-language-server: $schema={name}\n"


def export_answers(path: Path, spec: SovereignSpec) -> None:
    """Write answers whose first line tells editors their schema, and the schema beside them.

    Blocks on the disk. Raises AnswersRefused where there is no such folder, and HomeError with the
    reason when the disk refuses.
    """
    if not path.parent.is_dir() or path.is_dir():
        reason = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise AnswersRefused("answers_not_written", path=path, reason=reason)
    content = _MODELINE.format(name=SCHEMA) + to_yaml(spec)
    write_private(path.with_name(SCHEMA), schema_text().encode())
    write_private(path, content.encode())


def schema_text() -> str:
    """Return the JSON Schema of the answers as a file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def commands(
    path: Path, spec: SovereignSpec, *, rehearsed: bool, sha256: str = "SHA256"
) -> tuple[str, ...]:
    """Return the commands that go the same road as the screens, from an answers file."""
    file = shlex.quote(str(path))
    if rehearsed:
        return (REHEARSE.format(file=file),)
    return PLAN.format(file=file), APPLY.format(fqdn=spec.fqdn, sha256=sha256)
