"""What is forgotten is never what could still be rented."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.clock import Clock
from provisioner.errors import HomeError
from provisioner.forgetting import forget_sovereign
from provisioner.home import Home, SovereignFolder
from provisioner.journal import Journal
from screens.scripted import run_started
from tests.screens import story


def _folder(tmp_path: Path, *events: object) -> SovereignFolder:
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
