"""``catalyst new --plain`` and ``catalyst schema``: from questions to an answers file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from catalyst_tui.backend.engine import EngineBackend, RehearsalOptions
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from catalyst_tui.headless.streams import put
from catalyst_tui.plain.console import LineConsole
from catalyst_tui.plain.conversation import converse
from provisioner.home import Home

ENDS = (signal.SIGTERM, signal.SIGHUP)
KEPT = "\nLeft. What you answered is kept; `{command}` goes on with it."
APPLIED = "The plan is named by its SHA256, which `catalyst plan` prints; nothing is rented before."


async def new(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Ask for a Sovereign's answers in plain lines, and write them to a file."""
    return await _talk(printer, EngineBackend(Home.default()), arguments.answers_out, "new")


async def rehearse(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Ask for the answers of a rehearsal in plain lines, beginning with the example."""
    options = RehearsalOptions(
        scenario=arguments.scenario, speed=arguments.speed, answers=arguments.answers
    )
    return await _talk(printer, EngineBackend(Home.default(), options), None, "rehearse")


async def schema(_arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print the JSON Schema of the answers, for editors."""
    from provisioner.exporting import schema_text

    text = schema_text()
    if printer.as_json:
        printer.object(msgspec.json.decode(text))
    else:
        printer.text(text.rstrip())
    return Exit.DONE


async def _talk(
    printer: Printer, backend: EngineBackend, wanted: Path | None, command: str
) -> Exit:
    console = LineConsole(_writer(printer), sys.stdin.fileno())
    try:
        with _orderly():
            written = await converse(backend, console, wanted)
    except (EOFError, asyncio.CancelledError):
        console.say(KEPT.format(command=f"catalyst {command} --plain"))
        return Exit.CANCELLED
    if printer.as_json:
        found = {"answers": str(written.path), "fqdn": written.spec.fqdn}
        printer.object(found | {"commands": written.following})
        return Exit.DONE
    printer.text("")
    printer.text(f"Written: {written.path}. This goes on from it:")
    for each in written.following:
        printer.text(f"  {each}")
    if len(written.following) > 1:
        printer.note(APPLIED)
    return Exit.DONE


def _writer(printer: Printer) -> Callable[[str], None]:
    """Return where the conversation is shown: apart from what a script reads."""
    stream = sys.stderr if printer.as_json else sys.stdout
    # Whatever an operator types can be shown, if need be with question marks.
    with contextlib.suppress(AttributeError):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # as suppressed

    def write(text: str) -> None:
        put(stream, text)

    return write


@contextlib.contextmanager
def _orderly() -> Iterator[None]:
    """Let a signal that ends programs leave the terminal as it was found."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in ENDS:
            loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in ENDS:
            loop.remove_signal_handler(number)
