"""The record of one Sovereign: append, read, follow.

SQLite in WAL mode with ``synchronous=FULL``: an event that was appended survives power loss. Only
the holder of the Sovereign's lock appends. Readers use bounded batches and never hold a cursor over
an await, since an open read cursor keeps the WAL from being truncated.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Union

import msgspec

from provisioner.clock import Clock
from provisioner.errors import JournalError
from provisioner.events import EVENTS, Event, Recorded

SCHEMA = 1
BATCH = 2_000
POLL = 0.04
"""Real seconds between two looks of a follower: an event is seen well within 100 ms."""
IDLE = 1.0
"""Real seconds after which a follower of a quiet journal is given an empty batch."""

_DECODE = msgspec.json.Decoder(Union[EVENTS])  # noqa: UP007  (built from a tuple, which | cannot)
_ENCODE = msgspec.json.Encoder().encode

_TABLES = """
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS checkpoints (seq INTEGER PRIMARY KEY, fold TEXT, body BLOB NOT NULL);
"""


@contextlib.contextmanager
def _said(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one that has a remedy."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        code = "disk_full" if full else "journal_damaged"
        raise JournalError(code, path=path, reason=error) from error


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA:
        raise JournalError("journal_newer", path=path, version=version, known=SCHEMA)
    return version


class _Database:
    """One connection that any thread may use, one at a time.

    Whoever stops waiting for a thread does not stop the thread: closed under its hands, SQLite
    would end the process.
    """

    def __init__(self, path: Path, database: str, *, uri: bool = False) -> None:
        self.path = path
        self._turn = threading.Lock()
        with _said(path):
            self._db = sqlite3.connect(
                database, uri=uri, isolation_level=None, check_same_thread=False
            )

    @contextlib.contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection to one thread; raises JournalError, also once it is closed."""
        with self._turn, _said(self.path):
            yield self._db

    def close(self) -> None:
        """Close the file, as soon as nobody uses it; every appended event is already on disk."""
        with self._turn:
            self._db.close()


class Journal(_Database):
    """The writing end, for the holder of the lock alone. Its methods block for one disk sync."""

    def __init__(self, path: Path, fqdn: str, clock: Clock) -> None:
        super().__init__(path, str(path))
        self._fqdn = fqdn
        self._clock = clock
        with self._used() as db:
            path.chmod(0o600)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            if _refuse_newer(db, path) == 0:
                db.executescript(_TABLES)
                db.execute(f"PRAGMA user_version={SCHEMA}")
            row = db.execute("SELECT max(seq) FROM events").fetchone()
        self.last = int(row[0] or 0)

    def append(self, events: Sequence[Event]) -> list[Recorded]:
        """Append events in one transaction and return them as recorded."""
        at = self._clock.now()
        rows = [
            (seq, at.isoformat(), _ENCODE(event)) for seq, event in enumerate(events, self.last + 1)
        ]
        with self._used() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
                db.execute("COMMIT")
            except sqlite3.Error:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        self.last += len(rows)
        # Decoded again, so that the writer folds exactly what its readers will.
        return [Recorded(seq, at, self._fqdn, _DECODE.decode(body)) for seq, _, body in rows]

    def checkpoint(self, seq: int, fold: str, body: bytes) -> None:
        """Keep a fold up to ``seq``, so that a late viewer need not read from the start.

        ``fold`` names the fold's own version: one of another version is not used.
        """
        with self._used() as db:
            db.execute("DELETE FROM checkpoints WHERE seq < ?", (seq,))
            row = (seq, fold, body)
            db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)", row)


class JournalReader(_Database):
    """The reading end, for any number of viewers at any time."""

    def __init__(self, path: Path, fqdn: str) -> None:
        if not path.exists():
            raise JournalError("journal_missing", path=path, fqdn=fqdn)
        super().__init__(path, f"{path.absolute().as_uri()}?mode=ro", uri=True)
        self._fqdn = fqdn
        with self._used() as db:
            _refuse_newer(db, path)

    def __enter__(self) -> JournalReader:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def read(self, after: int = 0, limit: int = BATCH) -> list[Recorded]:
        """Return at most ``limit`` events behind ``after``, in order.

        Those before a damaged one are returned without it; a call that begins there raises.
        """
        query = "SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
        found: list[Recorded] = []
        try:
            with self._used() as db, contextlib.closing(db.cursor()) as cursor:
                for row in cursor.execute(query, (after, limit)):
                    found.append(self._recorded(*row))
        except JournalError:
            if not found:
                raise
        return found

    def read_all(self, after: int = 0) -> Iterator[Recorded]:
        """Yield every event behind ``after`` that is there now, batch by batch."""
        while batch := self.read(after):
            yield from batch
            after = batch[-1].seq

    def checkpoint(self, fold: str) -> tuple[int, bytes] | None:
        """Return the newest checkpoint of this fold's version: (seq, body)."""
        query = "SELECT seq, body FROM checkpoints WHERE fold = ? ORDER BY seq DESC LIMIT 1"
        with self._used() as db:
            row = db.execute(query, (fold,)).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def last(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        with self._used() as db:
            row = db.execute("SELECT max(seq) FROM events").fetchone()
        return int(row[0] or 0)

    def version(self) -> int:
        """Return a number that differs once another process has written."""
        with self._used() as db:
            return int(db.execute("PRAGMA data_version").fetchone()[0])

    def _recorded(self, seq: int, at: str, body: bytes) -> Recorded:
        try:
            return Recorded(seq, datetime.fromisoformat(at), self._fqdn, _DECODE.decode(body))
        except (msgspec.MsgspecError, ValueError) as error:
            raise JournalError("journal_damaged", path=self.path, reason=f"event {seq}") from error


async def follow(
    path: Path, fqdn: str, after: int = 0, *, poll: float = POLL
) -> AsyncIterator[list[Recorded]]:
    """Yield events as they are appended, in batches, for ever.

    The first batch, and one after each idle second, may be empty. Each look runs in a thread and
    ends before the batch is handed out.
    """
    reader = await asyncio.to_thread(JournalReader, path, fqdn)
    try:
        seen, quiet = -1, IDLE
        while True:
            version = await asyncio.to_thread(reader.version)
            if version == seen and quiet < IDLE:
                quiet += poll
                await asyncio.sleep(poll)
                continue
            batch = await asyncio.to_thread(reader.read, after)
            yield batch
            after = batch[-1].seq if batch else after
            seen, quiet = (version if len(batch) < BATCH else -1), 0.0
    finally:
        reader.close()
