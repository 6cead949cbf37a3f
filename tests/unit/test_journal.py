"""The journal: what is appended is there, in order, without gaps, for every reader."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provisioner.clock import Clock
from provisioner.errors import JournalError
from provisioner.events import Event, Remarked, WaitStarted
from provisioner.journal import BATCH, Journal, JournalReader, follow

FQDN = "oman.omani.works"


def _remarks(count: int, start: int = 0) -> list[Event]:
    return [Remarked(source="t", text=str(number)) for number in range(start, start + count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_seq_counts_without_gaps_over_all_runs(path: Path) -> None:
    """A second writer goes on where the first one ended."""
    for start in (0, 3):
        journal = Journal(path, FQDN, Clock())
        journal.append(_remarks(3, start))
        journal.close()
    with JournalReader(path, FQDN) as reader:
        found = list(reader.read_all())
    assert [each.seq for each in found] == [1, 2, 3, 4, 5, 6]
    assert [each.event for each in found] == _remarks(6)


def test_reading_in_batches_loses_and_doubles_nothing(path: Path) -> None:
    """More events than one batch come out whole."""
    journal = Journal(path, FQDN, Clock())
    journal.append(_remarks(2 * BATCH + 7))
    with JournalReader(path, FQDN) as reader:
        assert len(reader.read(0)) == BATCH
        assert [each.seq for each in reader.read_all()] == list(range(1, 2 * BATCH + 8))
    journal.close()


async def test_a_follower_sees_each_event_as_it_comes(path: Path) -> None:
    """One is seen before the next is written: nothing waits for a batch to fill."""
    journal = Journal(path, FQDN, Clock())
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def watch() -> None:
        async for batch in follow(path, FQDN):
            for each in batch:
                seen.put_nowait(each.seq)

    watcher = asyncio.create_task(watch())
    for number in range(5):
        journal.append(_remarks(1, number))
        assert await asyncio.wait_for(seen.get(), 60) == number + 1
    watcher.cancel()
    journal.close()


def test_a_newer_schema_is_refused_in_a_sentence(path: Path) -> None:
    """Neither end opens a journal of a later release."""
    Journal(path, FQDN, Clock()).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    for open_it in (lambda: Journal(path, FQDN, Clock()), lambda: JournalReader(path, FQDN)):
        with pytest.raises(JournalError) as caught:
            open_it()
        assert caught.value.code == "journal_newer"


def test_a_damaged_journal_is_said_to_be_damaged(path: Path) -> None:
    """Bytes overwritten in the middle end in one error with a remedy, never in a wrong event."""
    journal = Journal(path, FQDN, Clock())
    journal.append(_remarks(500))
    journal.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = b"\xff" * (len(content) // 2 - 4096)
    path.write_bytes(content)
    with pytest.raises(JournalError) as caught, JournalReader(path, FQDN) as reader:
        list(reader.read_all())
    assert caught.value.code == "journal_damaged"


def test_a_failed_append_leaves_the_count_as_it_was(path: Path) -> None:
    """An event that could not be written takes no number."""
    journal = Journal(path, FQDN, Clock())
    journal.append(_remarks(1))
    blocker = sqlite3.connect(path, isolation_level=None, timeout=0)
    blocker.execute("BEGIN IMMEDIATE")
    journal._db.execute("PRAGMA busy_timeout=1")
    with pytest.raises(JournalError):
        journal.append(_remarks(1))
    blocker.execute("ROLLBACK")
    blocker.close()
    assert [each.seq for each in journal.append(_remarks(1))] == [2]
    journal.close()


def test_json_carries_place_and_type() -> None:
    """``--json`` is one flat object: seq, at, fqdn, type, and the event's own fields."""
    from datetime import UTC, datetime

    import msgspec

    from provisioner.events import Recorded

    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    line = Recorded(7, at, FQDN, WaitStarted(key="k", what="the API")).to_json()
    decoded = msgspec.json.decode(line)
    assert decoded == {
        "seq": 7,
        "at": "2026-01-02T03:04:05Z",
        "fqdn": FQDN,
        "type": "wait_started",
        "key": "k",
        "what": "the API",
        "usual": None,
        "until": None,
    }


def test_a_reader_may_be_closed_while_threads_read(path: Path) -> None:
    """Each of them is told so at its next look; none takes the process with it."""
    Journal(path, FQDN, Clock()).close()

    def read_on(reader: JournalReader) -> str:
        try:
            while True:
                reader.version()
        except JournalError as error:
            return error.code

    with ThreadPoolExecutor(4) as threads:
        for _ in range(50):
            reader = JournalReader(path, FQDN)
            reading = [threads.submit(read_on, reader) for _ in range(4)]
            reader.close()
            assert [each.result(60) for each in reading] == ["journal_damaged"] * 4
