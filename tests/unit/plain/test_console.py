"""Lines come from terminals, pipes and files; secrets are not echoed; nothing blocks or hangs."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalyst_tui.plain.console import DROPPED, LONGEST, LineConsole


class Terminal:
    """A pseudo-terminal with a console on it."""

    def __init__(self) -> None:
        self.hand, self.end = os.openpty()
        self.shown = ""
        self.console = LineConsole(self._write, self.end)

    def _write(self, text: str) -> None:
        self.shown += text

    def type(self, text: str) -> None:
        """Type as a person or a paste does."""
        os.write(self.hand, text.encode())

    @property
    def echoed(self) -> str:
        """What the terminal showed of what was typed."""
        os.set_blocking(self.hand, False)
        try:
            return os.read(self.hand, LONGEST).decode()
        except BlockingIOError:
            return ""

    @property
    def echoes(self) -> bool:
        """Whether what is typed would be shown."""
        return bool(termios.tcgetattr(self.end)[3] & termios.ECHO)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Return a terminal, closed after the test."""
    made = Terminal()
    yield made
    os.close(made.hand)
    os.close(made.end)


async def test_a_line_is_what_was_typed(terminal: Terminal) -> None:
    """The prompt stands before it; other scripts arrive whole."""
    terminal.type("عُمان\n")
    assert await terminal.console.read("Name: ") == "عُمان"
    assert terminal.shown == "Name: "


async def test_a_secret_is_not_echoed(terminal: Terminal) -> None:
    """Nothing of it is shown, and echo is back afterwards."""
    reading = asyncio.create_task(terminal.console.read("Token: ", secret=True))
    await asyncio.sleep(0.01)
    assert not terminal.echoes
    terminal.type("s3cret\n")
    assert await reading == "s3cret"
    assert "s3cret" not in terminal.echoed + terminal.shown
    assert terminal.echoes


async def test_leaving_a_secret_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    """Ctrl-C, which cancels the reader, brings the echo back; the loop was never blocked."""
    reading = asyncio.create_task(terminal.console.read("Token: ", secret=True))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert terminal.echoes


async def test_of_a_paste_with_several_lines_only_the_first_counts(terminal: Terminal) -> None:
    """What came with it answers no later question, and that is said."""
    terminal.type("one\ntwo\nthree\n")
    assert await terminal.console.read("Name: ") == "one"
    assert DROPPED in terminal.shown
    terminal.type("four\n")
    assert await terminal.console.read("Name: ") == "four"


async def test_control_d_ends(terminal: Terminal) -> None:
    """The end of input is told as such."""
    terminal.type("\x04")
    with pytest.raises(EOFError):
        await terminal.console.read("Name: ")


async def test_a_pipe_and_a_file_answer_line_by_line(tmp_path: Path) -> None:
    """Each line answers one question, the last one also without its end."""
    path = tmp_path / "replies"
    path.write_bytes(b"a\r\n\xff\n\nlast")
    reader, writer = os.pipe()
    os.write(writer, path.read_bytes())
    os.close(writer)
    file = os.open(path, os.O_RDONLY)
    for descriptor in (reader, file):
        console = LineConsole(lambda _: None, descriptor)
        assert [await console.read("") for _ in range(4)] == ["a", "\ufffd", "", "last"]
        with pytest.raises(EOFError):
            await console.read("")
        os.close(descriptor)


async def test_a_line_without_end_is_cut() -> None:
    """Input that never ends a line cannot fill the memory."""
    descriptor = os.open("/dev/zero", os.O_RDONLY)
    line = await LineConsole(lambda _: None, descriptor).read("")
    os.close(descriptor)
    assert LONGEST <= len(line) <= 2 * LONGEST


def test_long_lines_are_wrapped_at_words() -> None:
    """Terminals that wrap anywhere would break words in two."""
    shown: list[str] = []
    LineConsole(shown.append).say("word " * 30)
    assert all(len(line) <= 78 for line in "".join(shown).splitlines())
    assert "".join(shown).split() == ["word"] * 30
