"""The answers file is judged whole, by line, and written whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner import answers_yaml
from provisioner.answers import (
    Raw,
    check,
    load_spec,
    located,
    partial_check,
    read,
    save_spec,
    to_yaml,
)
from provisioner.answers_findings import finding
from provisioner.errors import AnswersRefused
from provisioner.spec import SovereignSpec
from tests.unit.answers.examples import answers, whole

WRONG = """\
organisation:
  name: Acme
  admin_email: nobody
domain: {mode: pool, label: admin, pool: omani.works}
sizing:
  location: fsn1
  control_plane:
    type: cx43
    count: 2
  controlplane: 3
access:
  operator_cidrs: []
"""


def test_everything_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    """Form and house rules come together, in the order of the file."""
    path = tmp_path / "sovereign.yaml"
    path.write_text(WRONG)
    spec, found = check(read(path))
    assert spec is None
    assert [(each.line, each.field, each.code) for each in found] == [
        (3, "organisation.admin_email", "bad_email"),
        (4, "domain.label", "reserved_label"),
        (9, "sizing.control_plane.count", "bad_control_planes"),
        (10, "sizing.controlplane", "unknown_key"),
        (12, "access.operator_cidrs", "no_operator_cidrs"),
    ]
    assert "control_plane" in found[3].remedy
    assert all(each.reason and each.remedy for each in found)


def test_later_findings_get_the_lines_of_the_file(tmp_path: Path) -> None:
    """What reality says of an answer points at its line, or at the nearest part that is there."""
    path = tmp_path / "sovereign.yaml"
    path.write_text(WRONG)
    fields = ("sizing.workers[0].type", "sizing.control_plane.type", "hetzner.token", "")
    found = [finding("hetzner_unauthorized", (), "") for _ in fields]
    placed = located(
        [msgspec.structs.replace(one, field=name) for one, name in zip(found, fields, strict=True)],
        read(path),
    )
    lines = {each.field: each.line for each in placed}
    assert lines == {
        "sizing.workers[0].type": 5,
        "sizing.control_plane.type": 8,
        "hetzner.token": None,
        "": None,
    }


def test_a_refused_file_carries_its_findings(tmp_path: Path) -> None:
    """Whoever loads gets an error that holds all findings, not only the first."""
    path = tmp_path / "sovereign.yaml"
    path.write_text(WRONG.replace("label: admin", "label: oman"))
    with pytest.raises(AnswersRefused) as refused:
        load_spec(path)
    assert len(refused.value.findings) == 4


def test_a_house_rule_that_became_stricter_refuses_no_existing_spec(tmp_path: Path) -> None:
    """A label that is reserved today can still be loaded, to look after what exists."""
    path = tmp_path / "sovereign.yaml"
    save_spec(path, SovereignSpec.model_validate(answers(domain__label="admin")))
    assert load_spec(path).fqdn == "admin.omani.works"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2\n", "answers_not_yaml"),
        ("[1]", "answers_not_mapping"),
        ("", "answers_not_mapping"),
        ("\t- x", "answers_not_yaml"),
        ("a: *b", "answers_not_yaml"),
        ("a: 1\n---\nb: 2\n", "answers_not_yaml"),
        ("a: \x07", "answers_not_yaml"),
        ("a: " + "[" * 900, "answers_not_yaml"),
        ("a: " + "[" * 5000, "answers_too_complex"),
        ("x: " + "y" * 300_000, "answers_too_large"),
    ],
)
def test_what_is_no_answers_file_is_refused_in_a_sentence(
    tmp_path: Path, text: str, code: str
) -> None:
    """Files that hold no answers are refused as a whole, each with its own code."""
    path = tmp_path / "sovereign.yaml"
    path.write_text(text)
    with pytest.raises(AnswersRefused) as refused:
        read(path)
    assert refused.value.code == code


def test_aliases_cannot_blow_a_small_file_up(tmp_path: Path) -> None:
    """A file of a few lines that stands for millions of values is refused quickly."""
    lines = ["k0: &k0 [1]"]
    lines += [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 12)]
    path = tmp_path / "sovereign.yaml"
    path.write_text("\n".join(lines))
    with pytest.raises(AnswersRefused) as refused:
        read(path)
    assert refused.value.code == "answers_too_complex"


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    """A missing file and one in another encoding say so."""
    for path in (tmp_path / "none.yaml", tmp_path / "latin.yaml", tmp_path):
        (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
        with pytest.raises(AnswersRefused) as refused:
            read(path)
        assert refused.value.code == "answers_unreadable"


def test_answers_of_a_newer_release_are_refused_in_one_sentence() -> None:
    """Nothing else is said about answers whose meaning may have changed."""
    spec, found = partial_check({"version": 9, "brand": "new"})
    assert spec is None
    assert [each.code for each in found] == ["answers_newer"]


SECRET = "abcdEFGH0123" * 6


@pytest.mark.parametrize(
    "text",
    [
        f"hetzner: {{token: {SECRET}}}",
        f"hetzner: {{project: '{SECRET}'}}",
        f"token: {SECRET}",
        f"a: {SECRET}\na: {SECRET}",
        f"organisation: {SECRET}",
        f"organisation: {{name: [{SECRET}]}}",
        f"access: {{operator_cidrs: [{SECRET}]}}",
    ],
)
def test_a_secret_in_the_wrong_place_is_never_repeated(tmp_path: Path, text: str) -> None:
    """Whatever a token was typed into, no finding and no error shows it."""
    path = tmp_path / "sovereign.yaml"
    path.write_text(text)
    try:
        said = repr(check(read(path))[1])
    except AnswersRefused as refused:
        said = repr(refused) + repr(refused.__cause__)
    assert SECRET not in said


def test_saving_is_private_and_leaves_nothing_beside(tmp_path: Path) -> None:
    """The file is its owner's alone, and no temporary file stays."""
    path = tmp_path / "new" / "sovereign.yaml"
    save_spec(path, SovereignSpec.model_validate(answers()))
    save_spec(path, SovereignSpec.model_validate(answers(domain__label="salalah")))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["sovereign.yaml"]
    assert load_spec(path).domain.label == "salalah"


@settings(max_examples=500)
@given(whole)
def test_yaml_round_trip_keeps_every_answer(values: dict[str, Any]) -> None:
    """What is written is read back as the same spec, whatever the answers contain."""
    spec = SovereignSpec.model_validate(values)
    plain, _ = answers_yaml.parse(to_yaml(spec), "sovereign.yaml")
    assert SovereignSpec.model_validate(plain) == spec


@settings(max_examples=1200)
@given(st.text(max_size=200) | st.text("ab: -[]{}&*!|>'\"#\n\t,?%", max_size=80))
def test_any_text_is_judged_or_refused(text: str) -> None:
    """No text makes the reader fail in any other way."""
    try:
        values, lines = answers_yaml.parse(text, "sovereign.yaml")
    except AnswersRefused:
        return
    spec, found = check(Raw(values, lines))
    assert spec is None
    assert found


@pytest.mark.parametrize(
    "url",
    [
        "https://user:SENTINEL@example.com/x.git",
        "https://SENTINEL@example.com/x.git",
        "https://user:pa/SENTINEL@example.com/x.git",
        "https://user:pa@SENTINEL@example.com/x.git",
        "ftp://user:SENTINEL@example.com/x.git",
        "https://example.com/x.git?token=SENTINEL",
        "user:SENTINEL@example.com/x.git",
        "https://user:SENTINEL@",
    ],
)
def test_a_password_in_a_url_is_never_repeated(url: str) -> None:
    """Neither value, reason nor remedy says it; the host is said, so that it can be found."""
    source = {"mode": "git", "url": url, "commit": "a" * 40, "path": "kit"}
    _, findings = check(Raw({"source": source}))
    (found,) = [each for each in findings if each.field == "source.url"]
    assert found.code in ("bad_git_url", "git_url_secret")
    assert "SENTINEL" not in repr(findings)
    assert "example.com" in found.value or url.endswith("@")
