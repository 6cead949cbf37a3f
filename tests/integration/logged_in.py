"""What an operator's session runs, on the home of its environment.

``begin`` starts the run that standard input orders and prints the seq behind which its events
follow; ``cancel FQDN`` asks it to end; ``rehearse`` starts a rehearsed world.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
from pydantic import SecretStr

from provisioner.attach import cancel
from provisioner.begin import begin
from provisioner.home import Home
from provisioner.rehearsal import open_world
from provisioner.runner.order import Order


async def start(home: Home, order: Order) -> int:
    """Begin a run as every command does."""
    begun = await begin(
        home,
        home.sovereign(order.fqdn),
        order.command,
        world=order.world,
        consent=order.consent,
        secrets={name: SecretStr(value) for name, value in order.secrets.items()},
        tools={name: Path(path) for name, path in order.tools.items()},
    )
    return begun.after


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["begin"]:
            ordered = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
            sys.stdout.write(str(asyncio.run(start(Home.default(), ordered))))
        case ["cancel", fqdn]:
            assert cancel(Home.default().sovereign(fqdn)), "no run lives"
        case ["rehearse"]:
            asyncio.run(open_world(Home.default().create(), tools={}))
