"""The token of a Git repository: asked where the repository is, kept with the secrets alone."""

from __future__ import annotations

from screens.widgets.field import Field
from tests.screens import scenes
from tests.screens import wizard_scenes as w
from tests.screens.stage import noun, on_stage, picture, press, until


async def test_a_git_token_is_kept_apart_from_the_answers() -> None:
    """It is masked, kept once, and in no draft; the page says where it stands."""
    backend = w.at("domain")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "f2", "right")
        await until(pilot, "Git token")
        await press(pilot, "down", "down", "down", "down", *"ghs99")
        await until(pilot, "Kept in")
        assert set(backend.asked) == {"keep git_credentials"}
        assert "ghs99" not in picture(pilot) + str(backend.drafts)


async def test_whoever_leaves_at_once_loses_no_token() -> None:
    """Escape right behind the last key keeps it first."""
    backend = w.at("domain")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "f2", "right", "down", "down", "down", "down")
        for key in ("source-url", "source-commit"):
            pilot.app.screen.query_one(f"#{key}", Field).value = VALUES[key]
        await press(pilot, *"ghs9")
        await pilot.press("9", "escape")
        while noun(pilot) == "advanced":
            await pilot.pause(0.05)
        assert backend.asked[-1] == "keep git_credentials"


async def test_a_token_without_a_sovereign_waits_for_its_name() -> None:
    """Secrets belong to a name; before there is one, the page says so and stays."""
    backend = scenes.empty()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await until(pilot, "Whose platform is it?")
        await press(pilot, "f2", "right", "down", "down", "down", "down", *"ghs99")
        await until(pilot, "once the Sovereign has a name")
        assert backend.asked == []


VALUES = {"source-url": "https://git.example/kit.git", "source-commit": "a" * 40}
