"""A cancel is heard at whatever moment it comes, also where a library would lose it.

Before Python 3.12 ``asyncio.wait_for`` returns what came in the moment of the cancel, and forgets
the cancel: a loop that only sleeps and asks again then goes on as if nobody had spoken.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import asyncssh
import pytest

from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.pins import KEY_TYPE
from provisioner.cluster.ssh import Node, Unreachable, connect
from provisioner.dns.ask import Server, ask
from provisioner.rehearsal.domain.nameserver import serve_dns

Work = Callable[[], Coroutine[Any, Any, object]]
MOMENTS = 400
"""Turns of the loop; what is tried has ended long before."""
ROUNDS = 10
"""In which turn an answer of the kernel is seen differs a little from one time to the next."""


async def _cancelled_at_every_moment(work: Work) -> int:
    """Cancel one after another a turn later, until it ends by itself; return how often."""
    for turns in range(MOMENTS):
        task = asyncio.create_task(work())
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            task.exception()
            return turns
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    raise AssertionError("it never ended by itself")


async def test_a_node_that_refuses_loses_no_cancel() -> None:
    """As every node does until its sshd listens, again and again."""
    key = asyncssh.generate_private_key(KEY_TYPE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
        public = key.export_public_key().decode()
        node = Node("cp1", "1", "127.0.0.1", port, public)

        async def reached() -> None:
            with pytest.raises(Unreachable, match="refused"):
                await connect(node, OperatorKey("generated", key=key))

        for _ in range(ROUNDS):
            assert await _cancelled_at_every_moment(reached) > 1


async def test_a_name_server_that_answers_loses_no_cancel() -> None:
    """The question whether a name is there yet is asked for as long as it is not."""
    async with serve_dns(dict) as port:

        async def answered() -> None:
            assert (await ask(Server("127.0.0.1", port), "a.example", "A")).rcode == "NXDOMAIN"

        for _ in range(ROUNDS):
            assert await _cancelled_at_every_moment(answered) > 1
