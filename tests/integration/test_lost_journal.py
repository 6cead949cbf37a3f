"""A journal that is lost: the remedy is followed as it is written, and nothing is given up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.attach import cancel
from provisioner.errors import HomeError
from provisioner.facts import Outcome
from provisioner.forgetting import forget_sovereign
from provisioner.run import Consent
from tests.integration.rented import Rented, rented


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    """Yield a Sovereign that was never begun."""
    async with rented(tmp_path, tools, speed=200, scale=0.02) as made:
        yield made


def _set_aside(sovereign: Rented) -> None:
    """Move the journal aside with what SQLite keeps beside it, as the remedy says."""
    journal = sovereign.folder.journal
    for each in journal.parent.glob(f"{journal.name}*"):
        each.rename(each.with_name(f"damaged-{each.name}"))


async def test_without_its_journal_a_sovereign_goes_on_and_nothing_is_made_twice(
    sovereign: Rented,
) -> None:
    """Resume takes up what the state holds: no leftover, nothing asked, nothing new."""
    await sovereign.apply_only()
    before, servers = sovereign.names(), set(sovereign.cloud.state.servers)
    _set_aside(sovereign)
    after = await sovereign.start("resume", Consent())
    await sovereign.until(after, lambda each: isinstance(each, e.OutputsSaved))
    cancel(sovereign.folder)
    await sovereign.finish(after)
    view = sovereign.view
    assert view.confirmed is not None
    assert {each.action for each in view.confirmed.changes} <= {"noop", "read"}
    assert view.rented_since is not None
    assert view.founded
    assert view.findings == ()
    assert (sovereign.names(), set(sovereign.cloud.state.servers)) == (before, servers)


async def test_what_is_rented_is_not_forgotten_with_its_journal_and_goes_by_destroy(
    sovereign: Rented,
) -> None:
    """Neither without a journal nor with one that began anew; only after an empty listing."""
    await sovereign.apply_only()
    _set_aside(sovereign)
    for begin_anew in (False, True):
        if begin_anew:
            await sovereign.run("destroy", Consent())
            assert sovereign.view.rented_since is None
        with pytest.raises(HomeError) as refused:
            await forget_sovereign(sovereign.folder)
        assert refused.value.code == "still_rented"
    assert (await sovereign.run("destroy", Consent(destroy=True))).outcome is Outcome.DESTROYED
    assert sovereign.names() == set()
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    await forget_sovereign(sovereign.folder)
    assert not sovereign.folder.exists()
