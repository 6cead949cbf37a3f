"""The spec accepts what the module accepts, refuses the rest, and names the reason."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from provisioner import remedies, rules
from provisioner.answers import partial_check
from provisioner.spec import LONGEST_SLUG, SovereignSpec, json_schema, slug_of
from tests.unit.answers.examples import answers, anything, whole


def codes(values: dict[str, Any]) -> dict[str, str]:
    """Return the code of each finding by its field."""
    return {found.field: found.code for found in partial_check(values)[1]}


def test_defaults_are_the_sound_choice() -> None:
    """Answers without the optional parts make a direct, production, unprotected solo Sovereign."""
    spec = SovereignSpec.model_validate(answers())
    assert spec.fqdn == "oman.omani.works"
    assert spec.slug == "oman-omani-works"
    assert (spec.source.mode, spec.certificates.issuer) == ("direct", "production")
    assert (spec.sizing.control_plane.count, spec.protection.delete) == (1, False)
    assert spec.access.ssh_key == "generated"


@pytest.mark.parametrize(
    ("way", "value", "code"),
    [
        ("domain__label", "-x", "bad_label"),
        ("domain__label", "x\n", "bad_label"),
        ("domain__label", "admin", "reserved_label"),
        ("domain__label", "a" * 60, "fqdn_too_long"),
        ("domain__pool", "example.org", "unknown_pool"),
        ("domain__fqdn", "a.example", "unused_with_mode"),
        ("domain__mode", "both", "not_one_of"),
        ("organisation__name", "  ", "answer_empty"),
        ("organisation__name", "a\x1b[31m", "answer_unprintable"),
        ("organisation__name", "a" * 65, "answer_too_long"),
        ("organisation__name", 7, "not_text"),
        ("organisation__admin_email", "nobody", "bad_email"),
        ("organisation__admin_email", "a@localhost", "bad_email"),
        ("sizing__control_plane__count", 2, "bad_control_planes"),
        ("sizing__control_plane__count", True, "not_a_number"),
        ("sizing__control_plane__count", "3", "not_a_number"),
        ("sizing__control_plane__type", "CX 43", "bad_catalogue_name"),
        ("access__operator_cidrs", [], "no_operator_cidrs"),
        ("access__operator_cidrs", ["10.0.0.0/8"] * 101, "too_many_cidrs"),
        ("access__ssh_key", "id_ed25519", "bad_ssh_key"),
        ("certificates__issuer", "self", "not_one_of"),
        ("protection__delete", "yes", "not_yes_or_no"),
        ("version", 0, "bad_version"),
        ("version", 2, "answers_newer"),
        ("hetzner__token", "a" * 64, "secret_in_answers"),
        ("sizing__wrokers", [], "unknown_key"),
    ],
)
def test_each_wrong_answer_has_its_own_code(way: str, value: object, code: str) -> None:
    """One wrong answer gives one finding, at its field, with the code that explains it."""
    findings = codes(answers(**{way: value}))
    field = way.replace("__", ".")
    place = "domain.pool" if code == "fqdn_too_long" else field
    assert findings == {place: code}


@pytest.mark.parametrize("value", ["1.2.3.4", "1.2.3.4/33", "x/8", "1.2.3.0/255.255.255.0", "/8"])
def test_a_cidr_that_is_none_is_refused(value: str) -> None:
    """Anything but address and length is no network."""
    assert codes(answers(access__operator_cidrs=[value])) == {
        "access.operator_cidrs[0]": "bad_cidr"
    }


def test_a_cidr_with_host_bits_is_told_the_network() -> None:
    """Host bits are a slip with two meanings, so the remedy names both."""
    _, found = partial_check(answers(access__operator_cidrs=["10.1.2.3/8"]))
    assert found[0].code == "cidr_host_bits"
    assert "`10.0.0.0/8`" in found[0].remedy


@pytest.mark.parametrize(
    ("pools", "code"),
    [
        ([{"name": "a", "type": "x", "count": 11}, {"name": "a1", "type": "x", "count": 1}], "dup"),
        ([{"name": "a", "type": "x", "count": 1}, {"name": "a", "type": "y", "count": 1}], "dup"),
        ([{"name": n, "type": "x", "count": 46} for n in "ab"], "too_many_workers"),
    ],
)
def test_pools_share_names_and_numbers(pools: list[dict[str, Any]], code: str) -> None:
    """No two servers get one name, and all pools together fit into a network."""
    expected = "duplicate_pool" if code == "dup" else code
    assert codes(answers(sizing__workers=pools)) == {"sizing.workers": expected}


def test_git_needs_a_pinned_commit_and_no_password() -> None:
    """A branch name is no commit, and a credential has no place in a URL."""
    source = {"mode": "git", "url": "https://me:pw@git.example/kit", "commit": "main"}
    assert codes(answers() | {"source": source}) == {
        "source.url": "git_url_secret",
        "source.commit": "bad_commit",
    }
    assert codes(answers() | {"source": {"mode": "git"}}) == {
        "source.url": "required_with_mode",
        "source.commit": "required_with_mode",
    }


def test_an_own_domain_in_any_script_becomes_ascii() -> None:
    """What is registered is the ASCII form, so that is what is kept."""
    values = answers() | {"domain": {"mode": "own", "fqdn": "Wolke.Müller.example"}}
    spec, _ = partial_check(values)
    assert spec is not None
    assert spec.fqdn == "wolke.xn--mller-kva.example"


@settings(max_examples=500)
@given(whole)
def test_a_spec_survives_its_own_json(values: dict[str, Any]) -> None:
    """Whatever is accepted is accepted again as written down, and keeps its digest."""
    spec = SovereignSpec.model_validate(values)
    again = SovereignSpec.model_validate(json.loads(spec.model_dump_json(exclude_none=True)))
    assert again == spec
    assert again.digest() == spec.digest()


@settings(max_examples=1000)
@given(st.sampled_from(["organisation", "domain", "sizing", "access", "source"]), anything)
def test_any_section_is_judged_without_failing(section: str, value: object) -> None:
    """Nonsense of any shape gives findings whose every code has a remedy of its own."""
    _, found = partial_check(answers() | {section: value})
    assert all(each.code in remedies.catalogue() for each in found)
    assert all("?" not in each.reason.replace(each.value, "") for each in found)


@settings(max_examples=2000)
@given(st.text(max_size=70) | st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True))
def test_a_label_is_what_rfc_1035_says(text: str) -> None:
    """Label and rule agree on every text."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    inner = set(letters + "0123456789-")
    right = (
        1 <= len(text) <= 63
        and text[0] in letters
        and text[-1] != "-"
        and all(each in inner for each in text)
    )
    assert _accepts(rules.domain_label, text) == right


@settings(max_examples=1500)
@given(st.ip_addresses(), st.integers(0, 140))
def test_a_cidr_is_canonical_or_refused(address: Any, length: int) -> None:
    """What is accepted is the network itself, and nothing else is accepted."""
    text = f"{address}/{length}"
    try:
        expected = str(ipaddress.ip_network(text))
    except ValueError:
        assert not _accepts(rules.cidr, text)
    else:
        assert rules.cidr(text) == expected


@settings(max_examples=2500)
@given(st.text(max_size=80))
def test_rules_never_fail_otherwise(text: str) -> None:
    """A rule returns or refuses; nothing that is typed makes it fail."""
    for rule in (rules.fqdn, rules.email, rules.cidr, rules.taint, rules.git_url, rules.ssh_key):
        _accepts(rule, text)


@settings(max_examples=800)
@given(st.lists(st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True), min_size=2, max_size=3))
def test_a_slug_is_one_short_dns_label(labels: list[str]) -> None:
    """Every name has a slug that still fits a server's name, and distinct names distinct ones."""
    fqdn = ".".join(labels)
    slug = slug_of(fqdn)
    assert len(slug) <= LONGEST_SLUG
    rules.matches(slug, r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", "x")
    assert slug != slug_of(f"{fqdn}x")


def test_the_schema_describes_every_answer() -> None:
    """Editors are told what each answer is for."""
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False
        for name, field in part["properties"].items():
            assert "description" in field or "$ref" in field or "default" in field, name


def test_a_spec_cannot_be_changed() -> None:
    """What was checked stays what it was."""
    spec = SovereignSpec.model_validate(answers())
    with pytest.raises(ValidationError):
        spec.version = 2  # type: ignore[misc]  # as whoever ignores the types might


def _accepts(rule: Any, text: str) -> bool:
    try:
        rule(text)
    except PydanticCustomError as refused:
        return refused.type not in remedies.catalogue()
    return True
