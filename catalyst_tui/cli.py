"""The command line: the full screen, or one command and its exit code."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module

from catalyst_tui.exits import Exit, exit_of_error
from catalyst_tui.headless.printer import Printer
from catalyst_tui.headless.streams import open_streams
from catalyst_tui.parser import parser
from catalyst_tui.terminal import can_show
from provisioner.errors import CatalystError
from provisioner.home import Home
from provisioner.remedies import explain

Command = Callable[[argparse.Namespace, Printer], Coroutine[None, None, Exit]]
PLAIN = "{why} Going on in plain lines; `catalyst --help` lists the commands."


def main(argv: Sequence[str] | None = None) -> int:
    """Show the screen or run one command; return the exit code."""
    open_streams()
    arguments = parser().parse_args(argv)
    printer = Printer(as_json=arguments.json)
    fqdn: str = arguments.fqdn or ""
    screen = False
    try:
        screen = _wants_screen(arguments, printer)
        if screen:
            return _show(arguments)
        module, name = arguments.command.split(":")
        command: Command = getattr(import_module(f"catalyst_tui.commands.{module}"), name)
        return asyncio.run(command(arguments, printer))
    except CatalystError as error:
        printer.error(error, fqdn, getattr(arguments, "component", ""))
        return exit_of_error(error)
    except KeyboardInterrupt:
        return Exit.CANCELLED
    except Exception as error:  # noqa: BLE001  the program's edge: a traceback is no answer
        # Only here: it masks secrets, and with what knows them a start would take twice as long.
        from provisioner.defects import write_down

        log = write_down(Home.default(), error)
        said = {"code": type(error).__name__, "log": str(log or "the lines above")}
        code = "unexpected_screen" if screen else "unexpected_command"
        printer.failed(explain(code, {"fqdn": fqdn, **said}), fqdn)
        return Exit.DEFECT


def _wants_screen(arguments: argparse.Namespace, printer: Printer) -> bool:
    if arguments.headless or arguments.json:
        return False
    why = can_show()
    if why is not None:
        printer.note(PLAIN.format(why=why))
    return why is None


def _show(arguments: argparse.Namespace) -> int:
    from catalyst_tui.app import run_app
    from catalyst_tui.backend.engine import RehearsalOptions

    if arguments.command == "edit:edit":
        return _edit(arguments)
    if arguments.command != "rehearse:rehearse":
        begin = "new" if arguments.command == "new:new" else None
        return run_app(Home.default(), rehearsal=None, begin=begin)
    options = RehearsalOptions(
        scenario=arguments.scenario, speed=arguments.speed, answers=arguments.answers
    )
    return run_app(Home.default(), rehearsal=options)


def _edit(arguments: argparse.Namespace) -> int:
    """Open the wizard on the answers of a Sovereign, real or rehearsed."""
    from catalyst_tui.app import run_app
    from catalyst_tui.backend.engine import RehearsalOptions
    from catalyst_tui.commands.finding import find

    home = Home.default()
    folder = find(home, arguments)
    rehearsal = RehearsalOptions() if home.rehearses(folder) else None
    return run_app(home, rehearsal=rehearsal, edit=folder.fqdn)


if __name__ == "__main__":
    sys.exit(main())
