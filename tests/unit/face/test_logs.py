"""A log line's way: nothing lost on the way in, little kept, nothing dangerous shown."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst_tui.backend.log_reader import EVENTS, FAR, JournalTail, LogFolder, read_logs, timed
from provisioner import events as e
from provisioner.clock import Clock
from provisioner.facts import Rung, State
from provisioner.home import SovereignFolder
from provisioner.journal import Journal
from screens.logs.parsing import LEVELS, LONGEST, LogLine, parse
from screens.logs.store import LogStore

MESSAGE = '{"@level":"warn","@message":"slow","@timestamp":"2026-01-01T12:00:07.5Z","type":"log"}'


def seen(store: LogStore, height: int) -> list[LogLine]:
    """Return the lines of the window, of which none repeats another."""
    window = store.window(height)
    assert all(each.times == 1 and each.first == each.last for each in window)
    return [each.line for each in window]


def test_typed_messages_are_read() -> None:
    """OpenTofu's own messages keep their time, level and words."""
    assert parse("tofu", MESSAGE) == LogLine("12:00:07", "tofu", "warn", "slow")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("W0101 12:00:07.5 1 a.go:1] slow", LogLine("12:00:07", "c", "warn", "a.go:1] slow")),
        (
            '{"level":"error","ts":"2026-01-01T12:00:07Z","msg":"no","n":1}',
            LogLine("12:00:07", "c", "error", "no n=1"),
        ),
        ("time=x level=warning msg=y", LogLine("", "c", "warn", "time=x level=warning msg=y")),
        ("FATAL: gone", LogLine("", "c", "error", "FATAL: gone")),
        (
            "2026-01-01T12:00:07.123+0100 [WARN]  slow",
            LogLine("12:00:07", "c", "warn", "[WARN]  slow"),
        ),
        ("2026-01-01 12:00:07,5 said", LogLine("12:00:07", "c", "info", "said")),
        ("nothing of that", LogLine("", "c", "info", "nothing of that")),
        ("[1, 2]", LogLine("", "c", "info", "[1, 2]")),
    ],
)
def test_what_containers_write_has_a_level(raw: str, expected: LogLine) -> None:
    """klog, JSON, logfmt and bare words are told apart; anything else is shown as it is."""
    assert parse("c", raw) == expected


@given(st.text(max_size=3000))
def test_any_line_can_be_shown(text: str) -> None:
    """Whatever a program writes becomes one printable line of bounded length."""
    line = parse("run", text)
    assert len(line.text) <= LONGEST
    assert "\x1b" not in line.text
    assert "\n" not in line.text


@given(st.lists(st.integers(0, 40), max_size=20), st.integers(1, 30))
def test_the_store_is_bounded_and_follows(batches: list[int], height: int) -> None:
    """A store keeps the newest lines, a bounded number of them, and shows the last ones."""
    store = LogStore(kept=50)
    sent: list[LogLine] = []
    for count in batches:
        lines = [LogLine("", "run", "info", str(len(sent) + n)) for n in range(count)]
        sent += lines
        store.add(lines)
    assert store.total == len(sent)
    assert seen(store, height) == sent[-50:][-height:]


def test_a_stopped_window_stays() -> None:
    """Lines that come while the operator reads do not move what is read."""
    store = LogStore()
    store.add(LogLine("", "run", "info", str(n)) for n in range(10))
    store.pause()
    before = seen(store, 4)
    store.add([LogLine("", "run", "info", "later")])
    assert seen(store, 4) == before
    assert store.behind == 1
    store.scroll(1, 4)
    assert store.following


LINES = [
    LogLine("", source, level, f"{number} {source} {level}")
    for number, (source, level) in enumerate(
        (source, level) for _ in range(5) for source in ("tofu", "wait") for level in LEVELS
    )
]


@given(st.sampled_from(LEVELS), st.sampled_from(["", "tofu", "wait", "other"]), st.integers(1, 9))
def test_level_and_source_leave_the_rest_in_order(level: str, source: str, height: int) -> None:
    """The window holds the newest lines that fit, whichever way one came to it."""
    store = LogStore()
    store.add(LINES)
    store.level, store.source = level, source
    fits = [
        line
        for line in LINES
        if source in ("", line.source) and LEVELS.index(line.level) >= LEVELS.index(level)
    ]
    assert seen(store, height) == fits[-height:]
    store.scroll(-3, height)
    if fits:
        end = max(len(fits) - 3, min(height, len(fits)))
        assert seen(store, height) == fits[max(end - height, 0) : end]
    assert list(store.everything()) == fits


@given(st.sampled_from(["tofu", "3", "warn", "nowhere"]), st.integers(1, 9))
def test_a_search_meets_every_match_once_and_shows_it(pattern: str, height: int) -> None:
    """From the newest to the oldest; the one it stands on is always in the window."""
    store = LogStore()
    store.add(LINES)
    wanted = [number for number, line in enumerate(LINES) if pattern in line.text]
    met, more = [], store.search(pattern.upper(), height)
    while more:
        assert store.hit in [each.first for each in store.window(height)]
        met.append(store.hit)
        more = store.step(height, older=True)
    assert met == wanted[::-1]
    assert store.following is not bool(wanted)


def test_the_journal_is_told_in_words_but_for_what_the_files_hold(tmp_path: Path) -> None:
    """Events become lines with time, source and level; OpenTofu's stand in its own log."""
    folder = SovereignFolder(tmp_path / "oman.omani.works").create()
    assert JournalTail(folder).read() == [], "a journal that is not there yet says nothing"
    journal = Journal(folder.journal, folder.fqdn, Clock())
    journal.append([e.Remarked(source="api", text=f"{number}") for number in range(5_000)])
    tail = JournalTail(folder)
    (first,) = tail.read()
    assert [line.text for line in first.said] == [f"{n}" for n in range(5_000 - EVENTS, 5_000)]
    started = e.ResourceStarted(address="a", kind="server", name="cp1", action="create")
    journal.append([started, e.Remarked(source="api", text="busy", level="warning")])
    (then,) = tail.read()
    assert [(line.source, line.level, line.text) for line in then.said] == [("api", "warn", "busy")]
    assert tail.read() == []
    tail.close()
    journal.close()


def test_a_faster_world_has_one_time_in_its_log() -> None:
    """What OpenTofu wrote by the machine's clock stands between the journal's events."""
    real = datetime(2026, 1, 1, 12, 0, 7, tzinfo=UTC)
    clock = Clock(30, real.timestamp() - 60, offset=3.0)
    shown = parse("tofu", timed(MESSAGE, clock))
    # The message came 60.5 s after the origin, from which on 30 s pass in each.
    expected = (real + timedelta(seconds=3 - 60 + 60.5 * 30)).astimezone()
    assert shown == LogLine(f"{expected:%H:%M:%S}", "tofu", "warn", "slow")
    for other in ("no message", '{"@timestamp":"soon","@message":"x"}'):
        assert timed(other, clock) == other


def test_a_line_of_this_machine_has_the_time_of_here() -> None:
    """OpenTofu writes the zone of where it runs, or UTC; the journal's lines beside it do not."""
    here = datetime(2026, 1, 1, 12, 0, 7, tzinfo=UTC).astimezone()
    for raw in (MESSAGE, "2026-01-01T16:00:07.5+0400 [WARN] slow"):
        assert parse("tofu", timed(raw, Clock())).at == f"{here:%H:%M:%S}"


async def test_every_line_has_a_time(tmp_path: Path) -> None:
    """What OpenTofu writes in plain words gets the moment at which its file was written."""
    folder = SovereignFolder(tmp_path / "oman.omani.works").create()
    path = folder.logs / "0001-init.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("Initializing modules...\n")
    written = datetime(2026, 1, 1, 12, 0, 7, tzinfo=UTC)
    os.utime(path, (written.timestamp(),) * 2)
    async for read in read_logs(folder, lambda line: line, Clock()):
        line = parse(read.source, read.lines[0], read.at)
        assert line == LogLine(f"{written.astimezone():%H:%M:%S}", "tofu", "info", read.lines[0])
        break


def test_a_rung_of_the_evidence_is_no_second_line(tmp_path: Path) -> None:
    """A component that only climbed stands in the log once, until what is said of it changes."""
    folder = SovereignFolder(tmp_path / "oman.omani.works").create()
    journal = Journal(folder.journal, folder.fqdn, Clock())
    tail = JournalTail(folder)
    at = e.ComponentChanged(component="gitea", state=State.INSTALLING, rungs=(Rung.SOURCE,))
    climbed = msgspec.structs.replace(at, rungs=(Rung.SOURCE, Rung.RELEASE))
    said = []
    for event in (at, climbed, msgspec.structs.replace(climbed, state=State.HEALTHY)):
        journal.append([event])
        said += [line.text for read in tail.read() for line in read.said]
    assert said == ["gitea: installing", "gitea: healthy"]
    tail.close()
    journal.close()


def test_the_reader_reads_every_line_once(tmp_path: Path) -> None:
    """Lines written between two looks come once, whole, and a half line waits for its end."""
    (tmp_path / "1-plan.jsonl").write_text("a\nb\nhal")
    files = LogFolder(tmp_path)
    assert [each.lines for each in files.read()] == [["a", "b"]]
    with (tmp_path / "1-plan.jsonl").open("a") as file:
        file.write("f\n")
    (tmp_path / "1-plan.log").write_text("the same in plain words\n")
    (tmp_path / "process.log").write_text("apart\n")
    found = {each.source: each.lines for each in files.read()}
    assert found == {"tofu": ["half"], "run": ["apart"]}
    assert files.read() == []


def test_who_comes_late_reads_the_end(tmp_path: Path) -> None:
    """Of a long file somebody who attaches late is shown the last lines, none of them broken."""
    (tmp_path / "1-apply.jsonl").write_text("".join(f"line {n:06}\n" for n in range(50_000)))
    (lines,) = LogFolder(tmp_path).read()
    assert lines.lines[-1] == "line 049999"
    assert all(len(line) == len("line 000000") for line in lines.lines)


def test_a_reader_that_falls_far_behind_goes_on_at_the_end_and_says_so(tmp_path: Path) -> None:
    """What nobody could read is left out, in a line that names the file which has it."""
    path = tmp_path / "1-apply.jsonl"
    path.write_text("first\n")
    files = LogFolder(tmp_path)
    assert files.read()[0].lines == ["first"]
    with path.open("a") as file:
        file.writelines(f"{number:099}\n" for number in range(FAR // 100 + 10))
    (found,) = files.read()
    assert "came too fast; they are in 1-apply.jsonl" in found.lines[0]
    assert int(found.lines[-1]) == FAR // 100 + 9
    assert all(len(line) == 99 for line in found.lines[1:])


def repeated(*said: str) -> LogStore:
    """Return a store of lines, each a second after the one before it."""
    store = LogStore()
    store.add(LogLine(f"12:00:{at:02}", "run", "info", text) for at, text in enumerate(said))
    return store


def test_what_is_said_again_is_counted_and_kept() -> None:
    """One row with the newest time; other words between make rows of their own; all is saved."""
    store = repeated("a", "again", "again", "again", "b", "again")
    told = [(each.line.at, each.line.text, each.times) for each in store.window(9)]
    assert told == [
        ("12:00:00", "a", 1),
        ("12:00:03", "again", 3),
        ("12:00:04", "b", 1),
        ("12:00:05", "again", 1),
    ]
    assert [line.text for line in store.everything()] == ["a", *["again"] * 3, "b", "again"]
    store.add([LogLine("12:00:06", "tofu", "info", "again")])
    assert store.window(1)[0].times == 1, "another source says it for itself"


def test_one_goes_by_rows_and_finds_each_row_once() -> None:
    """A thousand times the same is one step of the arrows, and one match."""
    store = repeated("first", *["again"] * 1000, "last")
    store.scroll(-1, 2)
    assert [each.line.text for each in store.window(2)] == ["first", "again"]
    store.scroll(1, 2)
    assert store.following
    assert store.search("AGAIN", 2)
    (hit,) = [each for each in store.window(3) if each.first == store.hit]
    assert hit.times == 1000
    assert not store.step(2, older=True)
    assert not store.step(2, older=False)


def test_what_is_said_again_while_one_reads_stays_one_row() -> None:
    """A stopped window does not move, though its last row goes on; a key takes it up again."""
    store = repeated("a", "b", "again", "again")
    store.pause()
    store.add([LogLine("12:00:09", "run", "info", "again")])
    assert [(each.line.text, each.times) for each in store.window(2)] == [("b", 1), ("again", 2)]
    assert store.behind == 1
    store.scroll(-1, 2)
    assert [each.line.text for each in store.window(2)] == ["a", "b"]


def test_what_opentofu_says_in_plain_words_is_its_own(tmp_path: Path) -> None:
    """An import or an untaint has no typed messages; only the runner's own file is the run's."""
    (tmp_path / "0001-import-0.log").write_text("Import successful!\n")
    (tmp_path / "process.log").write_text("apart\n")
    found = {each.source: each.lines for each in LogFolder(tmp_path).read()}
    assert found == {"tofu": ["Import successful!"], "run": ["apart"]}
