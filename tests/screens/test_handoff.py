"""The hand-off: the whole page by keyboard, a secret that is shown once, and a second look."""

from __future__ import annotations

from pydantic import SecretStr

from provisioner import events as e
from provisioner.events import Event
from provisioner.facts import Outcome, PhaseName
from provisioner.handoff import Administrator
from provisioner.remedies import explain
from screens.scripted import ScriptedBackend
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press

PASSWORD = "s3cret-word-of-the-first-hour"
AGAIN: list[Event] = [
    e.PhaseStarted(phase=PhaseName.DNS, usual=60),
    e.PhaseFinished(phase=PhaseName.DNS, seconds=2),
    *story.outside(),
    e.RunFinished(outcome=Outcome.READY, seconds=4),
]


def handed_over(administrator: Administrator | None = None) -> ScriptedBackend:
    """Return a Sovereign at its hand-off, two of whose hosts are not well."""
    backend = scenes.at_handoff_with_faults()
    backend.script.administrator = administrator
    backend.script.look_again = AGAIN
    return backend


async def test_the_first_administrator_is_shown_while_it_is_looked_at_and_never_else() -> None:
    """The password stands on its page alone, and is gone when that closes."""
    backend = handed_over(Administrator("admin", SecretStr(PASSWORD)))
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert PASSWORD not in picture(pilot)
        await press(pilot, "p")
        assert noun(pilot) == "secretmodal"
        assert f"Password   {PASSWORD}" in picture(pilot)
        await press(pilot, "escape")
        assert noun(pilot) == "handoff"
        assert PASSWORD not in picture(pilot)
    assert backend.asked == ["administrator"]


async def test_the_passphrase_of_the_state_is_shown_while_it_is_looked_at() -> None:
    """Else nobody could store it elsewhere, as the page says to."""
    backend = handed_over()
    backend.script.passphrase = SecretStr(PASSWORD)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert PASSWORD not in picture(pilot)
        await press(pilot, "P")
        assert noun(pilot) == "secretmodal"
        assert PASSWORD in picture(pilot)
        assert "catalyst secrets" in picture(pilot)
        await press(pilot, "escape")
        assert PASSWORD not in picture(pilot)


async def test_a_passphrase_that_nobody_holds_is_said_to_be_missing() -> None:
    """The page stays, and the sentence of the remedy stands under it."""
    async with on_stage(handed_over()) as pilot:
        await press(pilot, "enter", "P")
        assert noun(pilot) == "handoff"
        assert explain("vault_locked", {"path": "vault"}).what in picture(pilot)


async def test_a_cluster_without_the_secret_says_so() -> None:
    """The page stays, and the sentence of the remedy stands under it."""
    async with on_stage(handed_over()) as pilot:
        await press(pilot, "enter", "p")
        assert noun(pilot) == "handoff"
        assert "does not hold the first administrator" in picture(pilot)


async def test_a_second_look_ends_where_it_began_with_what_is_true_by_then() -> None:
    """It plays a run of its own, and comes back to a page on which nothing is wrong any more."""
    backend = handed_over()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "2 with ! are not" in picture(pilot)
        await press(pilot, "v")
        assert "✓ DNS  ✓ Verify" in picture(pilot).splitlines()[1]
        assert noun(pilot) == "handoff"
        assert "everything is as it should be" in picture(pilot)
    assert backend.asked == ["dns"]


async def test_all_of_the_page_can_be_read_in_80x24() -> None:
    """Every line of it comes by the keyboard alone."""
    async with on_stage(scenes.at_ready()) as pilot:
        await press(pilot, "enter")
        shown = ""
        for _ in range(4):
            shown += picture(pilot)
            await press(pilot, "pagedown")
    for words in (
        "console.oman",
        "kubectl",
        "spent so far",
        "in the namespace keycloak",
        "destroy",
    ):
        assert words in shown
