"""The vault's password: asked where secrets need it, kept nowhere, and never a dead end."""

from __future__ import annotations

from tests.screens import story
from tests.screens import wizard_scenes as w
from tests.screens.stage import noun, on_stage, picture, press

PASSWORD = "correct horse"
KEYS = [*"correct", "space", *"horse"]


async def test_a_plan_that_needs_a_vault_makes_one_and_goes_on() -> None:
    """Where nothing would outlive the program, a password is asked twice; then the plan is made."""
    backend = w.vault_asked(new=True)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert noun(pilot) == "vault"
        await press(pilot, *"short", "enter")
        assert "at least 8 characters" in picture(pilot)
        await press(pilot, *["backspace"] * 5, *KEYS, "enter", *"other", "enter")
        assert "not the same" in picture(pilot)
        await press(pilot, *["backspace"] * 5, *KEYS, "enter")
        assert noun(pilot) == "review"
        assert backend.asked[:2] == ["open vault", "plan"]
        assert story.SHA[:12] in picture(pilot)


async def test_a_wrong_password_is_said_at_its_field_and_asked_again() -> None:
    """The vault that exists is opened, and one that does not open says so and waits."""
    backend = w.vault_asked(new=False, password=PASSWORD)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", *"wrong", "enter")
        assert noun(pilot) == "vault"
        assert "does not open with this password" in picture(pilot)
        await press(pilot, *["backspace"] * 5, *KEYS)
        assert PASSWORD not in picture(pilot)
        await press(pilot, "f3")
        assert PASSWORD in picture(pilot), "F3 shows what is typed"
        await press(pilot, "f3", "enter")
        assert noun(pilot) == "review"
        assert PASSWORD not in str(backend.asked) + str(backend.drafts)


async def test_going_back_without_a_password_says_why_there_is_no_plan() -> None:
    """Escape is no dead end: the reason stands there, and the plan can be asked for again."""
    async with on_stage(w.vault_asked(new=False)) as pilot:
        await press(pilot, "enter", "escape")
        assert noun(pilot) == "review"
        assert "is closed" in picture(pilot)
        await press(pilot, "p")
        assert noun(pilot) == "vault"


async def test_credentials_asks_for_a_vault_before_a_plan_would_be_refused() -> None:
    """What apply would raise is raised here: secrets in memory alone keep the step."""
    backend = w.in_memory()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "enter")
        assert noun(pilot) == "vault"
        await press(pilot, "escape")
        assert noun(pilot) == "credentials"
        await press(pilot, "enter", *KEYS, "enter", *KEYS, "enter")
        assert noun(pilot) == "sizing"
        assert "open vault" in backend.asked


async def test_where_secrets_are_kept_can_be_changed() -> None:
    """F4 shows the stores; Enter on one moves the secrets there and says where they are."""
    backend = w.at("credentials")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "f4", "down", "enter")
        assert "keep at memory" in backend.asked
        assert "kept in memory alone" in picture(pilot)
        await press(pilot, "escape")
        assert noun(pilot) == "credentials"
        assert "kept in memory alone" in picture(pilot)
