"""The real provider is refused by the rate limit: it is seen while it lasts, and costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.attach import cancel, watch
from provisioner.rehearsal.hetzner.model import Fault
from tests.integration.rented import Rented, rented


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=60, scale=0.1) as made:
        yield made


async def told(sovereign: Rented, after: int) -> list[e.Event]:
    """Return what was journaled until the servers were there, and end the run."""
    events = []
    async for batch in watch(sovereign.folder, after):
        events += [each.event for each in batch]
        if any(isinstance(each, e.OutputsSaved) for each in events):
            break
    cancel(sovereign.folder)
    await sovereign.finish(after)
    return events


def holding(folder: Path, word: bytes) -> list[Path]:
    """Return the files below a folder that hold a word."""
    return [each for each in folder.rglob("*") if each.is_file() and word in each.read_bytes()]


async def test_each_attempt_of_the_provider_is_told_at_its_resource(sovereign: Rented) -> None:
    """Two refused orders of the server are two attempts and one wait; nothing is made twice."""
    # Both halves of the provider; the label is in what it asks, not in the preflight's probe.
    for path, times in (("/servers", 2), ("/ssh_keys", 1)):
        limited = Fault(
            method="POST",
            path=path,
            body=sovereign.spec.fqdn,
            code="rate_limit_exceeded",
            times=times,
        )
        sovereign.cloud.state.settings.faults.append(limited)
    events = await told(sovereign, await sovereign.start("apply"))
    retries = [each for each in events if isinstance(each, e.ResourceRetried)]
    assert [(each.kind, each.attempt) for each in retries if each.kind == "server"] == [
        ("server", 1),
        ("server", 2),
    ]
    assert {each.kind for each in retries} == {"server", "ssh_key"}
    assert {each.reason for each in retries} == {"429 rate_limit_exceeded"}
    assert [each for each in events if isinstance(each, e.WaitStarted) and each.key == "opentofu"]
    assert not any(
        line.retry for line in sovereign.view.resources.values() if line.state == "going"
    )
    assert len(sovereign.cloud.state.servers) == 1


async def test_the_exchange_itself_is_in_no_file(sovereign: Rented) -> None:
    """The log that the attempts are read from holds first-boot secrets, so it is only memory."""
    await told(sovereign, await sovereign.start("apply"))
    folder = sovereign.home.path
    assert await asyncio.to_thread(holding, folder, b"--- Request") == []
    assert await asyncio.to_thread(holding, folder, b'user_data":"') == []
