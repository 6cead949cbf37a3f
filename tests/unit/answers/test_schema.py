"""Editors that know the schema help with answers: they accept ours and underline what is wrong."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from provisioner import answers_yaml
from provisioner.answers import read
from provisioner.errors import CatalystError
from provisioner.exporting import SCHEMA, export_answers, schema_text
from provisioner.spec import SovereignSpec
from tests.unit.answers.editor import wrong
from tests.unit.answers.examples import answers, whole

THE_SCHEMA = json.loads(schema_text())


def test_the_example_is_accepted() -> None:
    """What a rehearsal begins with has nothing underlined."""
    text = files("provisioner.rehearsal").joinpath("example.yaml").read_text("utf-8")
    assert wrong(THE_SCHEMA, answers_yaml.parse(text, "example.yaml")[0]) == []


@settings(max_examples=300)
@given(whole)
def test_whatever_is_accepted_is_not_underlined(values: dict[str, Any]) -> None:
    """The schema is never stricter than the rules, as typed and as written down by us."""
    assert wrong(THE_SCHEMA, values) == []
    spec = SovereignSpec.model_validate(values)
    assert wrong(THE_SCHEMA, spec.model_dump(mode="json", exclude_none=True)) == []


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ("domain__label", "-x"),
        ("domain__label", 7),
        ("domain__mode", "both"),
        ("domain__pool", "a" * 64),
        ("organisation__name", ["Acme"]),
        ("organisation__nmae", "Acme"),
        ("sizing__control_plane__count", 2),
        ("sizing__control_plane__count", "3"),
        ("sizing__control_plane__type", "CX 43"),
        ("sizing__workers", {"name": "web"}),
        ("access__operator_cidrs", "203.0.113.7/32"),
        ("certificates__issuer", "self"),
        ("protection__delete", "yes"),
        ("version", 2),
        ("hetzner__token", "x"),
    ],
)
def test_a_bad_value_is_underlined_where_it_stands(way: str, value: object) -> None:
    """One wrong answer, one place."""
    assert wrong(THE_SCHEMA, answers(**{way: value})) == [way.replace("__", ".")]


def test_what_lacks_is_underlined() -> None:
    """An answer without a default must be given, also in a pool."""
    values = answers(sizing__workers=[{"name": "web", "type": "cx33", "count": 1}, {}])
    del values["access"]
    assert wrong(THE_SCHEMA, values) == ["sizing.workers[1]", ""]


def test_an_exported_file_names_the_schema_beside_it(tmp_path: Path) -> None:
    """Both files move together; the answers are read again as they were, by us and by editors."""
    spec = SovereignSpec.model_validate(answers())
    path = tmp_path / "a b.yaml"
    export_answers(path, spec)
    assert path.read_text().splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA}"
    assert json.loads((tmp_path / SCHEMA).read_text()) == THE_SCHEMA
    again = read(path).values
    assert SovereignSpec.model_validate(again) == spec
    assert wrong(THE_SCHEMA, again) == []
    with pytest.raises(CatalystError, match="answers_not_written"):
        export_answers(tmp_path / "none" / "x.yaml", spec)
