"""What can be said on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalyst_tui.parser_answers import add_answer_commands, add_edit_command, add_secrets_command
from catalyst_tui.parser_cluster import add_cluster_commands
from catalyst_tui.parser_numbers import price, seq, speed
from catalyst_tui.parser_sandbox import add_sandbox_commands
from catalyst_tui.parser_sovereign import add_sovereign

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


JSON = "events and answers as JSON lines"


class _Version(argparse.Action):
    """Prints the installed version; reading it takes a while, so it is read only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print and end."""
        from importlib.metadata import version

        parser.exit(message=f"catalyst {version('catalyst-tui')}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; without a command the full screen opens."""
    top = argparse.ArgumentParser(
        prog="catalyst",
        description="From an empty Hetzner project to a healthy Kubernetes platform.",
        epilog="Without a command, the full screen opens.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and end")
    top.add_argument("--json", action="store_true", help=JSON)
    top.set_defaults(command="status:status", headless=False, json=False, fqdn=None, which=None)
    commands = top.add_subparsers(metavar="COMMAND")
    rehearse = _add_rehearse(commands)
    add_edit_command(lambda name, where, what: _add(commands, name, where, what))
    add_answer_commands(lambda name, where, what: _add(commands, name, where, what), rehearse)
    add_secrets_command(lambda name, where, what: _add(commands, name, where, what))
    _add_plan_and_apply(commands)
    _add_watching(commands)
    _add_destroy(commands)
    doctor = _add(commands, "doctor", "doctor:doctor", "the programs that would run")
    doctor.add_argument(
        "--make", action="store_true", help="first download or build what is missing"
    )
    add_cluster_commands(lambda name, where, what: _add(commands, name, where, what))
    sandbox = _add(commands, "sandbox", "sandbox:hetzner", "a simulated cloud to try tools on")
    add_sandbox_commands(sandbox)
    bundle = _add(commands, "bundle", "bundle:bundle", "pack a run for whoever is asked for help")
    add_sovereign(bundle)
    bundle.add_argument("--output", type=Path, metavar="FILE", help="where to; default: here")
    return top


def _add_watching(commands: Commands) -> None:
    for name, what, takes_after in (
        ("status", "where every Sovereign stands", False),
        ("attach", "follow a run; Ctrl-C detaches", True),
    ):
        each = _add(commands, name, f"{name}:{name}", what)
        add_sovereign(each)
        if name == "status":
            each.add_argument(
                "--watch", action="store_true", help="the cluster's board as it is, until Ctrl-C"
            )
            each.add_argument("--drift", action="store_true", help="also what was changed by hand")
        if takes_after:
            each.add_argument("--after", type=seq, default=0, metavar="SEQ", help="skip up to here")
    cancel = _add(commands, "cancel", "cancel:cancel", "ask a run to end")
    add_sovereign(cancel)
    cancel.add_argument("--force", action="store_true", help="abandon what is in flight")


def _add_destroy(commands: Commands) -> None:
    destroy = _add(commands, "destroy", "destroy:destroy", "give everything back")
    add_sovereign(destroy, required=True)
    destroy.add_argument("--confirm", metavar="FQDN", help="the name again; without it, look only")
    destroy.add_argument(
        "--unprotect", action="store_true", help="also what is protected from deletion"
    )
    volumes = destroy.add_mutually_exclusive_group()
    volumes.add_argument(
        "--keep-volumes",
        action="store_true",
        default=None,
        dest="keep_volumes",
        help="leave volumes and their data, at their price",
    )
    volumes.add_argument(
        "--delete-volumes",
        action="store_false",
        default=None,
        dest="keep_volumes",
        help="delete volumes and their data",
    )

    forget = _add(commands, "forget", "forget:forget", "remove what is kept of what is not rented")
    add_sovereign(forget, required=True)
    forget.add_argument("--confirm", metavar="FQDN", help="the name again")


def _add_rehearse(commands: Commands) -> argparse.ArgumentParser:
    each = _add(commands, "rehearse", "rehearse:rehearse", "the whole road in a simulated world")
    each.add_argument("--headless", action="store_true", help="without the full screen")
    each.set_defaults(headless=False)
    each.add_argument("--answers", type=Path, metavar="FILE", help="your own sovereign.yaml")
    each.add_argument(
        "--source", choices=("direct", "git"), help="git: the kit from a repository of this world"
    )
    each.add_argument(
        "--scenario", type=_scenario, metavar="NAME", help="what shall happen; default: happy"
    )
    each.add_argument("--speed", type=speed, metavar="N", help="times faster than life")
    return each


def _add_plan_and_apply(commands: Commands) -> None:
    plan = _add(commands, "plan", "apply:plan", "plan and price; nothing is rented")
    apply = _add(commands, "apply", "apply:apply", "apply a plan you agreed to")
    for each in (plan, apply):
        add_sovereign(each)
        each.add_argument("--answers", type=Path, metavar="FILE", help="sovereign.yaml")
    apply.add_argument("--plan", metavar="SHA256", help="exactly this plan")
    apply.add_argument("--yes", action="store_true", help="any plan that destroys nothing …")
    apply.add_argument(
        "--max-monthly", type=price, metavar="N", help="… up to this net price a month"
    )
    resume = _add(commands, "resume", "apply:resume", "go on with an interrupted run")
    add_sovereign(resume)
    for each in (apply, resume):
        each.add_argument(
            "--wait-for-stock",
            action="store_true",
            help="wait for what is sold out, instead of asking what to take in its place",
        )


def _add(commands: Commands, name: str, where: str, what: str) -> argparse.ArgumentParser:
    each = commands.add_parser(name, help=what, description=what)
    # Suppressed, so that it undoes no ``--json`` that stands before the command.
    each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=JSON)
    each.set_defaults(command=where, headless=True)
    return each


def _scenario(text: str) -> str:
    # Only where one is named: no other command waits for what reads them.
    from provisioner.rehearsal import scenarios

    if text not in scenarios.names():
        known = ", ".join(scenarios.names())
        raise argparse.ArgumentTypeError(f"there is no {text}; choose one of {known}")
    return text
