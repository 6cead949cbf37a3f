"""What is forgotten is never what could still be rented."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalyst_tui.backend.listing import listed
from provisioner.clock import Clock
from provisioner.errors import HomeError
from provisioner.events import Event
from provisioner.forgetting import forget_sovereign
from provisioner.home import Home, SovereignFolder
from provisioner.journal import Journal
from provisioner.settings import StateStore
from provisioner.tofu.backend import lay_backend
from provisioner.tofu.workspace import STATE, mark_initialised
from screens.scripted import run_started
from tests.screens import story


def _folder(tmp_path: Path, *events: Event) -> SovereignFolder:
    folder = Home(tmp_path).create().sovereign(story.FQDN).create()
    journal = Journal(folder.journal, folder.fqdn, Clock())
    journal.append([run_started("plan"), *story.planned(), *events])
    journal.close()
    return folder


async def test_a_plan_is_forgotten_whole(tmp_path: Path) -> None:
    """Nothing was rented: the folder goes."""
    folder = _folder(tmp_path)
    await forget_sovereign(folder)
    assert not folder.path.exists()


async def test_what_is_rented_is_kept(tmp_path: Path) -> None:
    """Its folder is what can take it down, so it stays, whatever happened since."""
    folder = _folder(tmp_path, run_started("apply"), *story.applying())
    with pytest.raises(HomeError) as refused:
        await forget_sovereign(folder)
    assert refused.value.code == "still_rented"
    assert folder.journal.exists()


async def test_what_was_destroyed_is_forgotten(tmp_path: Path) -> None:
    """Once the list was empty, nothing needs the folder."""
    folder = _folder(
        tmp_path,
        run_started("apply"),
        *story.applying(),
        run_started("destroy"),
        *story.destroying(),
        *story.destroyed(),
    )
    await forget_sovereign(folder)
    assert not folder.path.exists()


@pytest.mark.parametrize("journal", ["none", "damaged", "a new one"])
@pytest.mark.parametrize("place", ["here", "a backend"])
async def test_a_state_keeps_its_folder_whatever_became_of_the_journal(
    tmp_path: Path, journal: str, place: str
) -> None:
    """What rents goes on without a journal, and the state is what can take it down."""
    folder = _folder(tmp_path)
    if place == "here":
        (folder.tofu / STATE).write_text("{}")
    else:
        lay_backend(folder.tofu, StateStore(backend="pg"), {})
        mark_initialised(folder.tofu, "digest")
    if journal == "none":
        folder.journal.unlink()
    elif journal == "damaged":
        folder.journal.write_bytes(b"no journal " * 1000)
    with pytest.raises(HomeError) as refused:
        await forget_sovereign(folder)
    assert refused.value.code == "still_rented"
    assert folder.spec.parent.exists()
    (entry,) = listed(Home(tmp_path), rehearsed=False)
    assert entry.rented or entry.trouble


async def test_answers_without_a_run_are_forgotten(tmp_path: Path) -> None:
    """There is neither a journal nor a state."""
    folder = Home(tmp_path).create().sovereign(story.FQDN).create()
    assert listed(Home(tmp_path), rehearsed=False) == []
    await forget_sovereign(folder)
    assert not folder.path.exists()
