"""The chosen name against reality: taken, free, not yet checked; and its key asked in place."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.widget import Widget

from screens.ports import NameReport
from tests.screens import scenes, story
from tests.screens import wizard_scenes as w
from tests.screens.stage import noun, on_stage, picture, press, settled, until, wizard_of


async def test_a_label_that_another_has_keeps_the_step() -> None:
    """Enter does not leave Domain with a name that belongs to somebody else."""
    async with on_stage(w.taken()) as pilot:
        await press(pilot, "enter", "enter")
        assert noun(pilot) == "domain"
        assert "Another Sovereign has the label" in picture(pilot)


async def test_a_label_that_nobody_can_check_says_so_and_lets_go_on() -> None:
    """Without the pool's key the label reads as not yet checked; preflight asks again."""
    async with on_stage(w.keyless()) as pilot:
        await press(pilot, "enter")
        assert "Not yet checked" in picture(pilot)
        await press(pilot, "enter")
        assert noun(pilot) == "credentials"


async def test_the_key_of_the_pool_is_asked_in_place_and_kept_apart() -> None:
    """Key and secret are typed on the same page, kept with the secrets, and in no draft."""
    backend = w.keyless()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await until(pilot, "Dynadot secret")
        backend.script.name = NameReport(state="free", zone="omani.works")
        await press(pilot, "down", "down", "down", *"key99", "down", *"secret99")
        await until(pilot, "Free in omani.works")
        assert backend.asked == ["keep dynadot_key", "keep dynadot_secret"]
        assert "secret99" not in picture(pilot) + str(backend.drafts)


async def test_an_answer_about_an_older_name_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said to a name is always said to the one that stands there."""
    backend = scenes.with_draft("domain")
    late: list[asyncio.Event] = []

    async def slow(answers: Any) -> NameReport:
        fqdn = (await backend.check(answers)).fqdn
        gate = asyncio.Event()
        late.append(gate)
        await gate.wait()
        return NameReport(fqdn=fqdn, state="taken" if fqdn.startswith("oman.") else "free")

    monkeypatch.setattr(backend, "name_report", slow)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "down", "down", *"x")
        for _ in range(50):
            if len(late) > 1:
                break
            await asyncio.sleep(0.05)
        for gate in reversed(late):
            gate.set()
        await until(pilot, "Free in")
        assert "omanx.omani.works" in picture(pilot)


async def test_the_organisations_name_proposes_a_label() -> None:
    """F5 takes what the name becomes as a label; until then it is no answer."""
    backend = scenes.empty()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await until(pilot, "Whose platform is it?")
        await press(pilot, *"Oman", "enter", *"a", "at", *"b", "full_stop", *"om", "enter")
        await until(pilot, "F5 take oman")
        wizard = wizard_of(pilot)
        assert wizard.get("domain.label") is None
        await press(pilot, "f5")
        assert wizard.get("domain.label") == "oman"


class _Lasting(Widget):
    """A part of a page that takes its time to go."""

    gate: asyncio.Event

    async def on_unmount(self) -> None:
        """Go when told to."""
        await self.gate.wait()


async def test_an_answer_for_a_page_that_is_being_taken_down_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its parts go one by one, and an answer may come between the first and the last."""
    backend = scenes.with_draft("domain")
    answered, lasting = asyncio.Event(), _Lasting()
    lasting.gate = asyncio.Event()

    async def slow(_answers: Any) -> NameReport:
        await answered.wait()
        return NameReport(fqdn=story.FQDN, state="free", zone="omani.works")

    monkeypatch.setattr(backend, "name_report", slow)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        page = pilot.app.screen
        await page.mount(lasting)
        going = asyncio.create_task(pilot.press("escape"))
        try:
            async with asyncio.timeout(5):
                while page.query("#domain-label"):  # noqa: ASYNC110  (nobody tells of it)
                    await asyncio.sleep(0.01)
            answered.set()
            await asyncio.sleep(0.05)
        finally:
            lasting.gate.set()
            await going
        await settled(pilot)
        # What a worker did not expect would have ended the application.
        assert noun(pilot) == "organisation"


async def test_this_hosts_network_is_proposed_and_taken_by_a_key() -> None:
    """The operator's network is proposed from this host's way out, never answered by itself."""
    async with on_stage(w.tokenless()) as pilot:
        await press(pilot, "enter")
        wizard = wizard_of(pilot)
        assert "This host goes out by 203.0.113.7/32" in picture(pilot)
        assert wizard.get("access.operator_cidrs") is None
        await press(pilot, "f5")
        assert wizard.get("access.operator_cidrs") == ["203.0.113.7/32"]


async def test_a_token_goes_along_when_the_name_changes() -> None:
    """Renaming after the token was given does not ask for it again."""
    backend = w.at("credentials")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "escape", "down", "down", *"x", "enter")
        await settled(pilot)
        assert noun(pilot) == "credentials"
        assert "carry oman.omani.works omanx.omani.works" in backend.asked
