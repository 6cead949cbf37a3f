"""What can be said on the command line about answers that are no Sovereign yet."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalyst_tui.parser_sovereign import add_sovereign

MADE_HERE = ("state_passphrase", "ssh_private_key")
"""Secrets that nobody chose, so that nobody has them but us."""

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Makes the parser of one command from its name, its function and what it is for."""
PLAIN = "in plain lines: for screen readers, dumb terminals, pipes"


class _Plainly(argparse.Action):
    """Asks in plain lines instead of the full screen; ``const`` names the function, if another."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *__: Any
    ) -> None:
        """Remember it, with the value if there is one."""
        namespace.headless = True
        if self.const is not None:
            namespace.command = self.const
        if self.nargs != 0:
            setattr(namespace, self.dest, values)


class _Assigned(argparse.Action):
    """Takes one more assignment; with one, nothing is left to ask on a screen."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *__: Any
    ) -> None:
        """Remember it."""
        namespace.headless = True
        namespace.set = [*(namespace.set or ()), values]


def add_edit_command(add: Add) -> None:
    """Add the command that changes answers, on the screens or by assignments."""
    edit = add("edit", "edit:edit", "change answers; the next plan shows what it means")
    edit.set_defaults(headless=False)
    add_sovereign(edit)
    edit.add_argument(
        "--set",
        action=_Assigned,
        metavar="KEY=VALUE",
        help="sizing.control_plane.type=cx43; may be given several times",
    )


def add_secrets_command(add: Add) -> None:
    """Add the command that says where secrets are, and gives out those that were made here."""
    each = add("secrets", "secrets:secrets", "where secrets are kept; gives out what was made here")
    add_sovereign(each)
    each.add_argument("--show", choices=MADE_HERE, help="this one, on a terminal only")
    each.add_argument("--to", type=Path, metavar="FILE", help="into this new file instead, 0600")


def add_answer_commands(add: Add, rehearse: argparse.ArgumentParser) -> None:
    """Add the commands that make answers, and the plain way to those of a rehearsal."""
    new = add("new", "new:new", "answer the questions; nothing is rented")
    new.set_defaults(headless=False)
    new.add_argument("--plain", action=_Plainly, nargs=0, help=PLAIN)
    new.add_argument(
        "--answers-out", action=_Plainly, type=Path, metavar="FILE", help="where to; asks plainly"
    )
    add("schema", "new:schema", "the JSON Schema of sovereign.yaml, for editors")
    rehearse.add_argument(
        "--plain", action=_Plainly, nargs=0, const="new:rehearse", help=f"ask {PLAIN}"
    )
