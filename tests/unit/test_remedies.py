"""Every failure that the code can name is explained, in three whole sentences."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import provisioner
from catalyst_tui.parser import parser
from provisioner import errors, remedies
from provisioner.hetzner.codes import PREFIX, classes
from provisioner.hetzner.codes import class_of as class_of_api
from provisioner.remedies import CLASSES, class_of, explain

SOURCES = sorted(Path(provisioner.__file__).parent.rglob("*.py"))
NAMING = {
    *(name for name, kind in vars(errors).items() if isinstance(kind, type)),
    "refuse",
    "finding",
    "explain",
    "matches",
}
"""Calls that name a code; ``matches`` names it last, the others first."""

OF_CATALOGUE = ("type_", "location_", "zone_")
"""Beginnings of codes that the catalogue contradicts, which the API never says."""


def named_codes() -> Iterator[tuple[str, str]]:
    """Yield each code that the sources name, and where."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            code = node.args[-1 if name == "matches" else 0]
            if name in NAMING and isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, f"{path.name}:{node.lineno}"


def test_every_code_that_is_raised_has_a_remedy() -> None:
    """A failure without a sentence would tell the operator nothing."""
    missing = {code: at for code, at in named_codes() if code not in remedies.catalogue()}
    assert missing == {}


@pytest.mark.parametrize("code", sorted(remedies.catalogue()))
def test_a_remedy_says_what_it_means_and_what_to_do(code: str) -> None:
    """Three sentences, each whole, each readable even when no fact is known."""
    remedy = explain(code)
    for said in (remedy.what, remedy.means, remedy.action):
        assert re.search(r"[.?)]$", said), said
        assert "{" not in said
        assert "!" not in said


def test_what_a_remedy_names_can_be_done() -> None:
    """Every command that an action names exists, so that a key can offer it."""
    named = set()
    for code in remedies.catalogue():
        named |= set(explain(code, {"fqdn": "`catalyst nonsense`"}).next)
    for command in sorted(named):
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([command, "--help"])
        assert ended.value.code == 0, command
    assert explain("hetzner_resource_unavailable").next == ("edit", "resume")
    assert explain("cancelled").next == ("resume", "destroy")


def test_a_command_names_the_sovereign_where_it_is_known() -> None:
    """It can be copied as it stands, with several Sovereigns too; what others wrote stays."""
    known = {"fqdn": "t.example.org", "reason": "`catalyst resume`", "sha256": "c4f1"}
    assert explain("plan_unconfirmed", known).action.startswith(
        "`catalyst apply t.example.org --plan c4f1` "
    )
    drift = explain("hetzner_incompatible_network_type", known).action
    assert "`catalyst status t.example.org --drift`" in drift
    assert "{" not in drift
    for code in remedies.catalogue():
        remedy = explain(code, {**known, "reason": "?"})
        nameless = re.findall(r"`catalyst ([a-z]+)(?=`| --)", remedy.means + remedy.action)
        assert set(nameless).isdisjoint(remedies.ADDRESSED), code
    assert "`catalyst resume`" in explain("tofu_failed").action
    error = errors.DnsError("dns_provider_refused", reason="`catalyst resume`.")
    assert "`catalyst resume`" in remedies.remedy_of(error, "t.example.org").what


@pytest.mark.parametrize("code", sorted(remedies.catalogue()))
def test_a_command_can_be_pasted(code: str) -> None:
    """Each one that a remedy names is taken as it stands, and means the Sovereign it is about."""
    known = {"fqdn": "t.example.org", "component": "gitea", "sha256": "c4f1", "file": "s.yaml"}
    remedy = explain(code, known)
    for said in re.findall(
        r"`catalyst ([^`]+)`", " ".join((remedy.what, remedy.means, remedy.action))
    ):
        arguments = parser().parse_args(shlex.split(said))
        meant = said.split()[0] in (*remedies.ADDRESSED, *remedies.OF_COMPONENTS, "forget")
        assert arguments.fqdn == ("t.example.org" if meant else None), said


def test_all_that_take_a_name_and_could_go_without_are_addressed() -> None:
    """A command that means one Sovereign and no component is known as such."""
    (commands,) = (each.choices for each in parser()._actions if isinstance(each.choices, dict))
    naming = {
        name
        for name, each in commands.items()
        if {"fqdn", "component"} & {action.dest for action in each._actions} == {"fqdn"}
    }
    assert naming - {"forget"} == set(remedies.ADDRESSED)
    of_components = {
        name
        for name, each in commands.items()
        if {"fqdn", "component"} <= {action.dest for action in each._actions}
    }
    assert of_components == set(remedies.OF_COMPONENTS)


def test_every_failure_of_opentofu_has_a_remedy() -> None:
    """What its output is read for is explained."""
    text = files("provisioner.tofu").joinpath("failures.toml").read_text("utf-8")
    rows = tomllib.loads(text)["failure"]
    assert {row["code"] for row in rows} <= set(remedies.catalogue())


def test_every_code_has_one_class() -> None:
    """What can be done is known of each; the API's codes have theirs in codes.toml alone."""
    assert set(classes()) < set(CLASSES)
    for code, text in remedies.catalogue().items():
        assert class_of(code) in CLASSES, code
        assert ("class" in text) is (class_of_api(code) is None), code
        assert explain(code).class_ == class_of(code)
    assert {class_of(code) for code in remedies.catalogue()} == set(CLASSES)
    assert explain("never_heard_of").class_ == "defect"


def test_no_code_stands_in_two_files() -> None:
    """A code has one explanation, whoever reads which file first."""
    folder = Path(remedies.__file__).parent
    found = [
        line for path in folder.glob("*.toml") for line in path.read_text("utf-8").splitlines()
    ]
    codes = [line for line in found if re.fullmatch(r"\[[a-z0-9_]+\]", line)]
    assert sorted(codes) == sorted(set(codes))


def test_every_code_of_the_api_has_a_class_and_a_remedy() -> None:
    """What Hetzner can answer is known in advance: one class each, and three sentences."""
    codes = [code for each in classes().values() for code in each]
    assert len(codes) == len(set(codes)) >= 58
    assert {code for code in codes if PREFIX + code not in remedies.catalogue()} == set()
    known = {code.removeprefix(PREFIX) for code in remedies.catalogue() if code.startswith(PREFIX)}
    ours = {"unreachable", "malformed", "refused", "action_endless", "not_empty", "price_missing"}
    ours |= {"leftovers", "name_taken", "image_missing", "new_account_limit"}
    ours |= {"memory_short", "memory_short_shipped"}
    assert {
        code for code in known - set(codes) - ours if not code.startswith(OF_CATALOGUE)
    } == set()
