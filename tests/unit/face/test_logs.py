"""A log line's way: nothing lost on the way in, little kept, nothing dangerous shown."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from catalyst_tui.backend.log_reader import LogFolder
from screens.logs.parsing import LONGEST, LogLine, parse
from screens.logs.store import LogStore

MESSAGE = '{"@level":"warn","@message":"slow","@timestamp":"2026-01-01T12:00:07.5Z","type":"log"}'


def test_typed_messages_are_read() -> None:
    """OpenTofu's own messages keep their time, level and words."""
    assert parse("tofu", MESSAGE) == LogLine("12:00:07", "tofu", "warn", "slow")


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
    store, sent = LogStore(kept=50), []
    for count in batches:
        lines = [LogLine("", "run", "info", str(len(sent) + n)) for n in range(count)]
        sent += lines
        store.add(lines)
    assert store.total == len(sent)
    assert store.window(height) == sent[-50:][-height:]


def test_a_stopped_window_stays() -> None:
    """Lines that come while the operator reads do not move what is read."""
    store = LogStore()
    store.add(LogLine("", "run", "info", str(n)) for n in range(10))
    store.pause()
    seen = store.window(4)
    store.add([LogLine("", "run", "info", "later")])
    assert store.window(4) == seen
    assert store.behind == 1
    store.scroll(1, 4)
    assert store.following


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
