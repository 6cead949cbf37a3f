"""A journal survives what a machine does to its files: a torn tail, a death at any time."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from provisioner.clock import Clock
from provisioner.events import Event, Remarked
from provisioner.folding import fold, load
from provisioner.journal import Journal, JournalReader
from provisioner.view import FOLD, View
from tests.unit.builders import FQDN


def remarks(numbers: range) -> list[Event]:
    """Return numbered events."""
    return [Remarked(source="t", text=f"{number} " + "x" * 300) for number in numbers]


def as_left(journal: Journal, folder: Path) -> Path:
    """Return a copy of the files as they are on disk now, as a power cut leaves them."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        source = journal.path.with_name(journal.path.name + suffix)
        if source.exists():
            shutil.copy(source, folder / source.name)
    return folder / journal.path.name


@settings(max_examples=60)
@given(cut=st.floats(0, 1), garbled=st.booleans())
def test_a_torn_tail_costs_the_last_events_alone(cut: float, garbled: bool) -> None:
    """Wherever the WAL ends or turns to rubbish, a beginning is read, and writing goes on."""
    with tempfile.TemporaryDirectory() as place:
        journal = Journal(Path(place) / "journal.db", FQDN, Clock())
        for number in range(12):
            journal.append(remarks(range(number, number + 1)))
        left = as_left(journal, Path(place) / "left")
        journal.close()
        wal = left.with_name("journal.db-wal")
        content = wal.read_bytes()
        keep = round(cut * len(content))
        wal.write_bytes(content[:keep] + (b"\xa5" * (len(content) - keep) if garbled else b""))
        again = Journal(left, FQDN, Clock())
        survived = again.last
        assert survived <= 12
        assert survived == 12 or keep < len(content)
        again.append(remarks(range(survived, survived + 3)))
        again.close()
        with JournalReader(left, FQDN) as reader:
            found = list(reader.read_all())
        assert [each.seq for each in found] == list(range(1, survived + 4))
        assert [each.event for each in found] == remarks(range(survived + 3))


class JournalLife(RuleBasedStateMachine):
    """Writers that die, readers that come late, checkpoints at any time: always the same story."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.path = Path(self.place.name) / "journal.db"
        self.told: list[Event] = []
        self.copies = 0

    @initialize()
    def begin(self) -> None:
        """Open the first writer."""
        self.journal = Journal(self.path, FQDN, Clock())

    @rule(count=st.integers(0, 40))
    def append(self, count: int) -> None:
        """Append some events."""
        events = remarks(range(len(self.told), len(self.told) + count))
        self.journal.append(events)
        self.told += events

    @rule()
    def checkpoint(self) -> None:
        """Keep the fold of all there is."""
        view = self.folded()
        self.journal.checkpoint(view.seq, FOLD, msgspec.json.encode(view))

    @rule()
    def hand_over(self) -> None:
        """End the writer in order; another goes on."""
        self.journal.close()
        self.journal = Journal(self.path, FQDN, Clock())

    @rule()
    def power_cut(self) -> None:
        """Go on from the files as they are, without any word of farewell."""
        self.copies += 1
        left = as_left(self.journal, Path(self.place.name) / f"boot-{self.copies}")
        self.journal.close()
        self.path = left
        self.journal = Journal(self.path, FQDN, Clock())

    @invariant()
    def every_reader_is_told_the_same(self) -> None:
        """Nothing is lost, doubled or out of order, from wherever one reads."""
        if not hasattr(self, "journal"):
            return
        with JournalReader(self.path, FQDN) as reader:
            found = list(reader.read_all())
            half = len(found) // 2
            assert [each.seq for each in reader.read_all(half)] == [
                each.seq for each in found[half:]
            ]
        assert [each.seq for each in found] == list(range(1, len(self.told) + 1))
        assert [each.event for each in found] == self.told
        assert load(self.path, FQDN).digest() == self.folded().digest()

    def folded(self) -> View:
        """Return the fold of everything, from the first event on."""
        with JournalReader(self.path, FQDN) as reader:
            return fold(View(fqdn=FQDN), reader.read_all())

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "journal"):
            self.journal.close()
        self.place.cleanup()


TestJournalLife = JournalLife.TestCase
TestJournalLife.settings = settings(max_examples=25, stateful_step_count=25)
