"""What can be said on the command line to mean one Sovereign."""

from __future__ import annotations

import argparse


def add_sovereign(each: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Add the name, and for one that both homes hold, which of the two is meant."""
    each.add_argument("fqdn", nargs=None if required else "?")
    which = each.add_mutually_exclusive_group()
    which.add_argument(
        "--rehearsal",
        action="store_const",
        const="rehearsed",
        dest="which",
        help="the rehearsed one, where a real one has the same name",
    )
    which.add_argument(
        "--real",
        action="store_const",
        const="real",
        dest="which",
        help="the real one, where a rehearsed one has the same name",
    )
