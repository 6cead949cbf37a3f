"""What can be said on the command line to a cluster that stands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from catalyst_tui.parser_numbers import lines, port
from catalyst_tui.parser_sovereign import add_sovereign

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Makes the parser of one command from its name, its function and what it is for."""


def add_cluster_commands(add: Add) -> None:
    """Add the commands that visit a cluster beside its run."""
    _add_kubeconfig(add)
    _add_outside(add)
    _add_access(add)
    reconcile = add("reconcile", "releases:reconcile", "have Flux look at a component now")
    suspend = add("suspend", "releases:suspend", "have Flux leave a component as it is")
    unsuspend = add("unsuspend", "releases:unsuspend", "have Flux take a component up again")
    describe = add("describe", "looking:describe", "a component's conditions, events, containers")
    logs = add("logs", "looking:logs", "the log of a component's failing container")
    for each in (reconcile, suspend, unsuspend, describe, logs):
        add_sovereign(each, required=True)
        each.add_argument("component", help="its name on the board, or namespace/name of a release")
    reconcile.add_argument("--force", action="store_true", help="upgrade though nothing changed")
    logs.add_argument("--container", metavar="POD[/NAME]", help="this one, not the failing one")
    logs.add_argument("--lines", type=lines, default=200, metavar="N", help="the last N lines")
    how = logs.add_mutually_exclusive_group()
    how.add_argument("--follow", action="store_true", help="go on, through restarts, until Ctrl-C")
    how.add_argument("--previous", action="store_true", help="before its last restart")


def _add_outside(add: Add) -> None:
    dns = add("dns", "dns:dns", "look at the name, and from outside, once more")
    add_sovereign(dns)
    handoff = add("handoff", "handoff:handoff", "the page to give away, as it was seen last")
    add_sovereign(handoff)
    handoff.add_argument(
        "--administrator", action="store_true", help="show the first administrator, and only that"
    )


def _add_access(add: Add) -> None:
    each = add("access", "access:access", "which networks reach the nodes by SSH")
    add_sovereign(each)
    for name, what in (("--allow", "let this network in"), ("--withdraw", "let it in no more")):
        each.add_argument(
            name, action="append", default=[], metavar="CIDR", help=f"{what}; may be repeated"
        )
    each.add_argument("--yes", action="store_true", help="change the firewall, and nothing else")


def _add_kubeconfig(add: Add) -> None:
    each = add("kubeconfig", "kubeconfig:kubeconfig", "serve the Kubernetes API to kubectl")
    add_sovereign(each)
    how = each.add_mutually_exclusive_group()
    how.add_argument("--write", type=_file, metavar="FILE", help="write a kubeconfig of its own")
    how.add_argument("--merge", type=_file, metavar="FILE", help="put a context into this one")
    how.add_argument("--print", action="store_true", help="print one; this is the default")
    each.add_argument("--port", type=port, default=0, metavar="N", help="the local port")


def _file(text: str) -> Path:
    return Path(text).expanduser()
