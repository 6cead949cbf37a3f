"""Plain prompts make the same specs as the screens, refuse the same, and lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from provisioner.answers import load_spec
from provisioner.answers_findings import finding
from provisioner.remedies import explain
from provisioner.spec import SovereignSpec
from screens.ports import TokenReport
from screens.questions import MANY, questions
from screens.scripted import ScriptedBackend
from tests.screens import scenes
from tests.unit.plain.talking import Replies, talk

FQDN = "oman.omani.works"
FIRST: Replies = [("Name", "Acme"), ("Admin e-mail", "ops@example.org")]
POOL: Replies = [("Name", "1"), ("Pool domain", "omani.works"), ("Label", "oman")]
KEYS: Replies = [("Hetzner token", ""), ("Project", ""), ("SSH from", "203.0.113.7/32")]
SIZE: Replies = [("Location", "1"), ("Control planes", ""), ("Type", "cx33")]
END: Replies = [("Workers", ""), ("Change them", ""), ("Write them", ""), ("Answers file", "")]
TOKEN = "tokentoken123456" * 4


def home(**changes: Any) -> ScriptedBackend:
    """Return a home in which nothing was ever begun."""
    return ScriptedBackend(scenes.script(**changes), rehearsed=False)


async def test_enter_takes_defaults_and_the_file_makes_the_same_spec(tmp_path: Path) -> None:
    """The shortest conversation ends in a file for editors, and names what goes on from it."""
    path = tmp_path / "my answers.yaml"
    replies = [*FIRST, *POOL, *KEYS, ("SSH key", ""), *SIZE, *END[:-1]]
    backend = home()
    written, console = await talk(backend, replies, path)
    assert written is not None
    assert load_spec(path) == written.spec
    assert written.spec.fqdn == FQDN
    modeline, _, rest = path.read_text().partition("\n")
    assert modeline == "# yaml-language-server: $schema=sovereign.schema.json"
    assert (tmp_path / "sovereign.schema.json").is_file()
    assert rest.startswith("version: 1")
    assert backend.drafts == {}, "the file holds all that the draft held"
    plan, apply = written.following
    assert plan == f"catalyst plan --answers '{path}'"
    assert apply == f"catalyst apply --plan SHA256 {FQDN}"
    assert "6.99 EUR net" in console.all


def _fields(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = _model(field.annotation)
        many = "[]" if inner is not None and "tuple" in str(field.annotation) else ""
        yield from [f"{path}{name}"] if inner is None else _fields(inner, f"{path}{name}{many}.")


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model(each))), None)


def _given(values: Any, path: str = "") -> Iterator[str]:
    """Yield the fields that answers set to something else than their defaults."""
    for name, value in values.items():
        if name == "workers" or (isinstance(value, dict) and name != "labels"):
            inner, many = (value[0], "[]") if name == "workers" else (value, "")
            yield from _given(inner, f"{path}{name}{many}.")
        else:
            yield f"{path}{name}"


ALL: Replies = [
    *FIRST,
    *[("Name", "own"), ("Full name", "Wolke.Example.org")],
    *[("Hetzner token", TOKEN), ("Project", "Wolke"), ("SSH from", "10.0.0.0/8, 2001:db8::/32")],
    *[("SSH key", "file"), ("Key file", "~/.ssh/id_ed25519")],
    *[("Location", "hel1"), ("Control planes", "3"), ("Type", "ccx23")],
    *[("Workers", "a"), ("Name", "web"), ("Type", "cx43"), ("Count", "2"), ("Location", "fsn1")],
    *[("Labels", "tier=web"), ("Taints", "a=b:NoSchedule"), ("Ingress", "yes"), ("Workers", "")],
    *[("Change them", "yes"), ("Kit", "git"), ("Repository", "https://git.example/kit")],
    ("Git token, not shown", ""),
    *[("Commit", "0" * 40), ("Folder", "kit"), ("Certificates", "staging"), ("Protection", "y")],
    *[("Protection", "yes"), ("Write them", "")],
]


async def test_every_field_of_the_spec_has_a_prompt(tmp_path: Path) -> None:
    """A conversation can set every field; what it did not ask was asked by the other name."""
    written, _ = await talk(home(), ALL, tmp_path / "all.yaml")
    assert written is not None
    spec = written.spec.model_dump(mode="json", exclude_defaults=True)
    decided = set(_fields(SovereignSpec)) - {"version"}
    assert decided - set(_given(spec)) == {"domain.label", "domain.pool"}
    assert spec["domain"] == {"mode": "own", "fqdn": "wolke.example.org"}
    assert spec["access"] == {
        "operator_cidrs": ["10.0.0.0/8", "2001:db8::/32"],
        "ssh_key": "~/.ssh/id_ed25519",
    }
    assert spec["sizing"]["workers"][0]["labels"] == {"tier": "web"}
    asked = {each.answers for each in questions()}
    assert decided <= asked
    assert asked - decided == {"hetzner.token", "access.ssh_key_path"}
    assert all(each.answers.startswith(MANY) for each in questions("workers"))


async def test_a_wrong_answer_is_asked_again_with_reason_and_remedy() -> None:
    """The reason and the way out are said, the next try counts, and nothing else is lost."""
    backend = home()
    replies = [("Name", "\x1b[31mx"), ("Name", "Acme"), ("Admin e-mail", "nobody")]
    _, console = await talk(backend, replies)
    refused = explain("bad_email", {"value": "nobody"})
    assert f"{refused.what} {refused.action}" in console.said
    assert "\x1b" not in console.all
    (draft,) = backend.drafts.values()
    assert draft.answers["organisation"] == {"name": "Acme", "admin_email": "nobody"}


async def test_an_example_is_never_an_answer() -> None:
    """Enter on a question without a default asks again."""
    _, console = await talk(home(), [("Name", ""), ("Name", "-")])
    assert "Sultanate of Oman" in console.all
    assert len(console.prompts) == 3
    assert console.prompts == ["Name: "] * 3


async def test_back_and_help_keep_answers() -> None:
    """Going back shows the answer in brackets; Enter keeps it."""
    replies = [*FIRST, ("Name", "<"), ("Admin e-mail [ops@example.org]", "<")]
    replies += [("Name [Acme]", "?"), ("Name [Acme]", ""), ("Admin e-mail [ops@example.org]", "")]
    _, console = await talk(home(), [*replies, ("Name [pool]", "")])
    assert any("hand-off page" in each for each in console.said)


async def test_an_ended_conversation_goes_on_where_it_was() -> None:
    """The draft is kept after each answer, wrong ones too, and offered the next time."""
    backend = home()
    await talk(backend, [*FIRST, *POOL[:2], ("Label", "-x")])
    _, console = await talk(backend, [("Go on with [1]", ""), ("Label", "oman")])
    assert "kept" in console.all
    assert any("`-x` is no domain label" in each for each in console.said)
    assert console.prompts[-1].startswith("Hetzner token")
    (draft,) = backend.drafts.values()
    assert draft.step == "domain"


async def test_a_change_of_mode_keeps_what_was_typed() -> None:
    """Trying the other way to a name and coming back finds the label again."""
    replies = [*FIRST, *POOL, ("Hetzner token", "<"), ("Label", "<"), ("Pool domain", "<")]
    replies += [("Name", "own"), ("Full name", "<"), ("Name [own]", "pool")]
    await talk(home(), [*replies, ("Pool domain", ""), ("Label [oman]", "")])


async def test_a_token_is_in_no_draft_and_never_said() -> None:
    """A token goes to its store alone; what cannot be one does not replace what is there."""
    backend = home()
    replies = [*FIRST, *POOL, ("Hetzner token", TOKEN[:40]), ("Hetzner token", TOKEN)]
    _, console = await talk(backend, [*replies, ("Project", "x")])
    assert backend.asked == ["keep hcloud_token"]
    assert TOKEN[:40] not in console.all + str(backend.drafts)
    assert any("has 40 characters" in each for each in console.said)


async def test_a_token_that_may_not_write_is_asked_again() -> None:
    """The reason is said; the operator can go on without Hetzner, and then types names."""
    report = TokenReport(problem=explain("hetzner_token_readonly"))
    backend = home(token=report)
    replies = [*FIRST, *POOL, ("Hetzner token", ""), ("Hetzner token", "-"), *KEYS[1:]]
    _, console = await talk(backend, [*replies, ("SSH key", ""), ("Location", "fsn1")])
    assert any("can read but not write" in each for each in console.said)
    assert console.prompts[-1].startswith("Control planes")


async def test_what_hetzner_holds_against_an_answer_is_said_at_it() -> None:
    """A type that is sold out is refused at its question, with what else would do."""
    place = ("sizing", "control_plane", "type")
    facts = {"location": "fsn1", "suggestion": "Choose cx43 in hel1."}
    sold_out = finding("hetzner_type_no_stock", place, "cx33", facts)
    backend = home(findings=(sold_out,))
    _, console = await talk(backend, [*FIRST, *POOL, *KEYS, ("SSH key", ""), *SIZE])
    assert any("Choose cx43 in hel1." in each for each in console.said)
    assert console.prompts[-1].startswith("Type")


async def test_pools_are_changed_removed_and_refused() -> None:
    """Pools of one name are refused before going on; a number changes, a minus removes."""
    web = [("Name", "web"), ("Type", ""), ("Count", "1"), ("Location", ""), ("Labels", "")]
    pool = [*web, ("Taints", ""), ("Ingress", "")]
    replies = [*FIRST, *POOL, *KEYS, ("SSH key", ""), *SIZE, ("Workers", "a"), *pool]
    replies += [("Workers", "a"), *pool, ("Workers", "3"), ("Workers", ""), ("Workers", "2")]
    replies += [("Name [web]", "db"), ("Type [cx33]", "<"), ("Name [db]", "<"), ("Workers", "-1")]
    backend = home()
    _, console = await talk(backend, replies)
    assert any("Two servers of the pools web, web" in each for each in console.said)
    (draft,) = backend.drafts.values()
    left = {"name": "db", "type": "cx33", "count": 1, "ingress": False}
    assert draft.answers["sizing"]["workers"] == [left]


async def test_review_changes_one_answer_and_comes_back(tmp_path: Path) -> None:
    """A number at the end asks that question alone, and all that follows from it."""
    backend = ScriptedBackend(scenes.script(), drafts=[scenes.draft("review")])
    replies = [("Go on with", "1"), ("Change them", ""), ("Write them", "2")]
    replies += [("Admin e-mail", "new@example.org"), ("Write them", "3"), ("Name", "own")]
    replies += [("Full name", "a.example.org"), ("Write them", ""), ("Answers file", "")]
    path = tmp_path / "there.yaml"
    path.write_text("mine")
    replies[-1] = (f"{path} exists", "no")
    replies += [("Answers file", str(tmp_path / "none" / "x.yaml")), ("Answers file", str(path))]
    written, console = await talk(backend, [*replies, (f"{path} exists", "yes")], path)
    assert written is not None
    assert (written.spec.organisation.admin_email, written.spec.fqdn) == (
        "new@example.org",
        "a.example.org",
    )
    assert any("there is no folder" in each for each in console.said)
