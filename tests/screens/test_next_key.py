"""The next step is one key away: an ending names the key that its page has, and the key does it."""

from __future__ import annotations

import re

import pytest

from provisioner import events as e
from provisioner.facts import Outcome, PhaseName
from provisioner.remedies import catalogue, explain
from screens.drawing.frame import Key, foot_rows
from screens.drawing.home import trouble_rows
from screens.drawing.remedy import keyed, keyed_rows
from screens.scripted import ScriptedBackend
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press

KEYS = (
    Key("r", "resume", ("resume", "plan")),
    Key("D", "destroy", ("destroy",)),
    Key("e", "edit", ("edit",)),
)


def _ended(backend: ScriptedBackend, code: str, outcome: Outcome) -> ScriptedBackend:
    remedy = explain(code, {"fqdn": story.FQDN, "sha256": "c4f1" * 16})
    ended = e.RunFinished(outcome=outcome, remedy=remedy, phase=PhaseName.APPLY, seconds=50)
    backend.record(story.FQDN, [ended])
    backend.alive.clear()
    return backend


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("`catalyst resume a.b` goes on.", "r goes on."),
        ("Run `catalyst resume`, which tries again.", "Press r, which tries again."),
        ("mend it, then run `catalyst resume`.", "mend it, then press r."),
        ("See there; later, `catalyst resume`.", "See there; later, press r."),
        ("Run the same `catalyst destroy` again.", "Press D again."),
        ("Choose another with `catalyst edit a.b`; look.", "Choose another with e; look."),
        ("Push it, then run the same command again.", "Push it, then press r."),
        (f"The plan {'c4f1' * 16} is ready.", "The plan c4f1c4f1c4f1 is ready."),
        (f"`tofu show {'c4f1' * 16}` tells.", f"`tofu show {'c4f1' * 16}` tells."),
        ("Run `catalyst doctor`; it tells.", "Run `catalyst doctor`; it tells."),
    ],
)
def test_a_key_stands_where_a_command_stood(said: str, shown: str) -> None:
    """The sentence stays a sentence; a command that no key stands for stays a command."""
    assert keyed(said, KEYS) == shown


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_no_remedy_names_a_command_beside_its_key(code: str) -> None:
    """Whatever went wrong, and however the sentence was built."""
    shown = keyed(explain(code, {"fqdn": "t.example.org"}).action, KEYS)
    assert not re.search(r"`catalyst (resume|plan|destroy|edit)\b", shown), shown
    assert not re.search(r"\b[Rr]un [rDe]\b|press press", shown), shown


def test_keys_are_told_apart_wherever_the_line_breaks() -> None:
    """Only the key bears the role of a key, whatever else is spelt like it."""
    text = "Are D and r there? `catalyst resume` goes on, `catalyst destroy` takes all of it down."
    for width in range(16, 60):
        rows = keyed_rows(text, KEYS, width)
        assert [text for row in rows for text, role in row.spans if role == "key"] == ["r", "D"]
        assert " ".join(row.plain.strip() for row in rows) == keyed(text, KEYS)


def test_help_is_always_among_the_keys() -> None:
    """It names those that there is no room for; words stand closer before a key goes."""
    keys = [Key(letter, "does something") for letter in "abcdefgh"] + [Key("?", "help")]
    for width in (60, 80, 120):
        row = foot_rows(("", ""), keys, "N 5 records to set", width)[-1]
        assert "? help" in row.plain
        assert row.width <= width
    few = [Key("a", "x" * 31), Key("b", "x" * 31), Key("?", "help")]
    assert "   " not in foot_rows(("", ""), few, "", 80)[-1].plain.strip()


@pytest.mark.parametrize(
    ("opened", "keys", "page", "named", "footer"),
    [
        (scenes.at_apply, ["enter"], "run", "r goes on, D takes everything down.", "r resume"),
        (scenes.at_bootstrap, ["enter"], "board", "R goes on, D takes everything", "R resume"),
        (scenes.at_bootstrap, [], "home", "R goes on, x takes everything down.", "R resume"),
    ],
)
async def test_an_ending_names_the_key_and_the_key_resumes(
    opened: type[ScriptedBackend], keys: list[str], page: str, named: str, footer: str
) -> None:
    """On each page that tells of an ending the footer has the key that the sentence names."""
    backend = _ended(opened(), "cancelled", Outcome.CANCELLED)
    async with on_stage(backend) as pilot:
        await press(pilot, *keys)
        shown = picture(pilot)
        assert noun(pilot) == page
        assert named in " ".join(shown.split())
        assert footer in shown.splitlines()[-1]
        assert "`catalyst" not in shown
        await press(pilot, footer[0])
        assert backend.asked == ["resume"]
        assert noun(pilot) == "run"


async def test_the_answers_are_edited_from_where_a_run_failed() -> None:
    """The remedy names the key, and the key opens the answers of this Sovereign."""
    code = "hetzner_resource_unavailable"
    backend = _ended(scenes.at_apply(), code, Outcome.FAILED)
    backend.alive.clear()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "with e, or wait and try again with r." in " ".join(picture(pilot).split())
        await press(pilot, "e")
        assert noun(pilot) == "sizing"
        assert pilot.app.wizard is not None  # type: ignore[attr-defined]
        assert pilot.app.wizard.edits == story.FQDN  # type: ignore[attr-defined]
        assert pilot.app.watched is None  # type: ignore[attr-defined]


async def test_home_points_at_a_decision_without_its_hash() -> None:
    """The hash is agreed to where its plan stands; here it would push out what matters."""
    for code in ("plan_goes_beyond", "plan_unconfirmed"):
        backend = _ended(scenes.at_apply(), code, Outcome.NEEDS_DECISION)
        async with on_stage(backend) as pilot:
            shown = picture(pilot)
            assert "   Enter shows what there is to choose or to agree to." in shown
            assert "c4f1" * 4 not in shown
            assert "…" not in shown


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_what_to_do_is_never_cut_at_home(code: str) -> None:
    """Four rows of 80 columns hold what each remedy tells to do, with its keys."""
    facts = {"fqdn": "catalyst-oman.omani.works", "sha256": "c4f1" * 16, "log": "0002-apply.log"}
    rows = trouble_rows(explain(code, facts), KEYS, 80)
    assert not rows[-1].plain.endswith("…")
