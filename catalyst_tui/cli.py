"""The command line: which command, with what, and which exit code."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from catalyst_tui.exits import Exit, exit_of_error
from catalyst_tui.headless.printer import Printer
from provisioner.errors import CatalystError
from provisioner.remedies import explain

Command = Callable[[argparse.Namespace, Printer], Coroutine[None, None, Exit]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    printer = Printer(as_json=getattr(arguments, "json", False))
    module, name = arguments.command.split(":")
    command: Command = getattr(import_module(f"catalyst_tui.commands.{module}"), name)
    try:
        return asyncio.run(command(arguments, printer))
    except CatalystError as error:
        printer.error(error, getattr(arguments, "fqdn", None) or "")
        return exit_of_error(error)
    except KeyboardInterrupt:
        return Exit.CANCELLED
    except Exception as error:  # noqa: BLE001  the program's edge: a traceback is no answer
        remedy = explain("unexpected", {"code": type(error).__name__})
        printer.note(f"{remedy.what}\n{remedy.means}\n{remedy.action}")
        return Exit.DEFECT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="catalyst",
        description="From an empty Hetzner project to a healthy Kubernetes platform.",
    )
    parser.add_argument("--version", action="version", version=version("catalyst-tui"))
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_rehearse(commands)
    _add_plan_and_apply(commands)
    for name, what, takes_after in (
        ("status", "where every Sovereign stands", False),
        ("attach", "follow a run; Ctrl-C detaches", True),
    ):
        each = _add(commands, name, f"{name}:{name}", what)
        each.add_argument("fqdn", nargs="?")
        if takes_after:
            each.add_argument("--after", type=int, default=0, metavar="SEQ", help="skip up to here")
    cancel = _add(commands, "cancel", "cancel:cancel", "ask a run to end")
    cancel.add_argument("fqdn", nargs="?")
    cancel.add_argument("--force", action="store_true", help="abandon what is in flight")
    destroy = _add(commands, "destroy", "destroy:destroy", "give everything back")
    destroy.add_argument("fqdn")
    destroy.add_argument("--confirm", metavar="FQDN", help="the name again; without it, look only")
    _add(commands, "doctor", "doctor:doctor", "the programs that would run")
    return parser


def _add_rehearse(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    each = _add(commands, "rehearse", "rehearse:rehearse", "the whole road in a simulated world")
    each.add_argument("--headless", action="store_true", help="without the full screen")
    each.add_argument("--answers", type=Path, metavar="FILE", help="your own sovereign.yaml")
    each.add_argument("--scenario", metavar="NAME", help="what shall happen; default: happy")
    each.add_argument("--speed", type=_speed, metavar="N", help="times faster than life")


def _add_plan_and_apply(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plan = _add(commands, "plan", "apply:plan", "plan and price; nothing is rented")
    apply = _add(commands, "apply", "apply:apply", "apply a plan you agreed to")
    for each in (plan, apply):
        each.add_argument("fqdn", nargs="?")
        each.add_argument("--answers", type=Path, metavar="FILE", help="sovereign.yaml")
    apply.add_argument("--plan", metavar="SHA256", help="exactly this plan")
    apply.add_argument("--yes", action="store_true", help="any plan that destroys nothing …")
    apply.add_argument(
        "--max-monthly", type=Decimal, metavar="N", help="… up to this net price a month"
    )
    resume = _add(commands, "resume", "apply:resume", "go on with an interrupted run")
    resume.add_argument("fqdn", nargs="?")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, where: str, what: str
) -> argparse.ArgumentParser:
    each = commands.add_parser(name, help=what, description=what)
    each.add_argument("--json", action="store_true", help="events and answers as JSON lines")
    each.set_defaults(command=where)
    return each


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError("between 0.1 and 1000")
    return speed


if __name__ == "__main__":
    sys.exit(main())
