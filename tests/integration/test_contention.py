"""Many want one Sovereign at once; and what a run leaves can be handed to a helper."""

from __future__ import annotations

import asyncio
import io
import stat
import tarfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from provisioner.bundle import write_bundle
from provisioner.errors import Locked
from provisioner.facts import Outcome
from provisioner.redaction import Redactor
from tests.integration.rented import PASSPHRASE, TOKEN, Rented, rented

CONTENDERS = 20


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=60, scale=0.1) as made:
        yield made


async def test_of_twenty_runners_exactly_one_wins(sovereign: Rented) -> None:
    """The others are told who holds the lock, and one run stands in the journal."""
    wanted = (sovereign.start("plan") for _ in range(CONTENDERS))
    ends = await asyncio.gather(*wanted, return_exceptions=True)
    won = [each for each in ends if isinstance(each, int)]
    refused = [each for each in ends if isinstance(each, Locked)]
    assert (len(won), len(refused)) == (1, CONTENDERS - 1), ends
    finished = await sovereign.finish(won[0])
    assert finished.outcome is Outcome.PLANNED
    assert sovereign.view.run is not None
    assert sovereign.view.run.run == 1
    assert {each.facts["pid"] for each in refused} == {str(sovereign.view.run.pid)}


async def test_a_bundle_holds_the_cause_and_no_secret(sovereign: Rented, tmp_path: Path) -> None:
    """The archive is its owner's alone; what a careless program logged is masked in it."""
    sovereign.revoke()
    assert (await sovereign.run("plan")).outcome is Outcome.FAILED
    careless = f"token {TOKEN}\npassphrase {PASSPHRASE}\n"
    (sovereign.folder.logs / "0001-careless.log").write_text(careless)
    target = tmp_path / "bundle.tar.gz"
    redactor = Redactor(sovereign.secrets.values())
    names, missing = write_bundle(sovereign.folder, target, redactor, {"tools": []})
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with tarfile.open(fileobj=io.BytesIO(target.read_bytes())) as archive:
        parts = {
            each.name.partition("/")[2]: (archive.extractfile(each) or io.BytesIO()).read()
            for each in archive.getmembers()
        }
    assert set(parts) == set(names) >= {"cause.md", "journal.jsonl", "doctor.json"}
    assert missing == []
    assert b"Hetzner does not know this token" in parts["cause.md"]
    assert len(parts["journal.jsonl"].splitlines()) == sovereign.view.seq
    assert parts["logs/0001-careless.log"].startswith(b"token ")
    assert all(TOKEN.encode() not in each for each in parts.values())
    assert all(PASSPHRASE.encode() not in each for each in parts.values())
