"""SSH to a node whose host key is known beforehand, and to nobody else."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.probe import probe
from provisioner.cluster.ssh import HostKeyRefused, OperatorKeyRefused, Unreachable, connect
from tests.integration.real_node import RealNode, free_port


async def test_the_pinned_key_opens(node: RealNode) -> None:
    """A node that proves its pinned key accepts the operator."""
    async with await connect(node.node, node.key, user=node.layout.user) as connection:
        assert (await connection.run("true")).exit_status == 0
    assert node.accepted()


async def test_another_key_is_refused_before_anything_is_sent(node: RealNode) -> None:
    """A node with another host key is never authenticated to, and both keys are named."""
    await node.stop()
    node.new_host_key()
    await node.start()
    with pytest.raises(HostKeyRefused) as refused:
        await connect(node.node, node.key, user=node.layout.user)
    assert refused.value.code == "host_key_changed"
    assert refused.value.facts["expected"] == node.node.fingerprint
    shown = asyncssh.read_private_key(node.host_key).get_fingerprint()
    assert refused.value.facts["shown"] == shown
    assert not node.accepted()


async def test_another_type_of_key_is_refused(node: RealNode) -> None:
    """A node without an ed25519 key cannot be told from an impostor."""
    await node.stop()
    node.new_host_key("ecdsa-sha2-nistp256")
    await node.start()
    with pytest.raises(HostKeyRefused) as refused:
        await connect(node.node, node.key, user=node.layout.user)
    assert refused.value.code == "host_key_wrong_type"


async def test_a_foreign_operator_is_named(node: RealNode) -> None:
    """A right node that refuses the operator's key is told apart from a wrong node."""
    foreign = OperatorKey("generated", key=asyncssh.generate_private_key("ssh-ed25519"))
    with pytest.raises(OperatorKeyRefused) as refused:
        await connect(node.node, foreign, user=node.layout.user)
    assert refused.value.code == "ssh_key_refused"


async def test_a_booting_node_is_only_unreachable(node: RealNode) -> None:
    """A port that refuses, and one that hangs up, are states and no failures."""
    await node.stop()
    with pytest.raises(Unreachable, match="refused"):
        await connect(node.node, node.key, user=node.layout.user)
    mute = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", node.port)
    async with mute:
        with pytest.raises(Unreachable, match="closed the connection"):
            await connect(node.node, node.key, user=node.layout.user)


async def test_the_agent_offers_its_keys(node: RealNode) -> None:
    """A key that only an agent holds opens the node."""
    path = str(node.folder / "agent")
    agent = await asyncio.create_subprocess_exec(
        "ssh-agent", "-D", "-a", path, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert agent.stdout is not None
        await agent.stdout.readline()
        async with asyncssh.connect_agent(path) as client:
            await client.add_keys([asyncssh.import_private_key(node.private_key)])
        key = OperatorKey("agent", agent=path)
        async with await connect(node.node, key, user=node.layout.user) as connection:
            assert (await connection.run("true")).exit_status == 0
    finally:
        agent.terminate()
        await agent.wait()


async def test_probes_ask_from_the_node(node: RealNode) -> None:
    """A probe tells good and bad HTTP, bare TCP, a closed port and a service that is no HTTP."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(4096)
        status = {b"/good": b"204 No Content", b"/bad": b"503 Service Unavailable"}
        said = status.get([*request.split(), b"", b""][1])
        writer.write(b"HTTP/1.1 " + said + b"\r\n\r\n" if said else b"hello\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, await connect(node.node, node.key, user=node.layout.user) as way:
        good = await probe(way, "127.0.0.1", port, "/good", tls=False)
        bad = await probe(way, "127.0.0.1", port, "/bad", tls=False)
        odd = await probe(way, "127.0.0.1", port, "/odd", tls=False)
        bare = await probe(way, "127.0.0.1", port, None, tls=False)
        tls = await probe(way, "127.0.0.1", port, "/good", tls=True)
        shut = await probe(way, "127.0.0.1", free_port(), "/", tls=False)
    assert good == (True, "204 No Content")
    assert bad == (False, "503 Service Unavailable")
    assert odd == (False, "no HTTP")
    assert bare == (True, "accepts connections")
    assert tls == (False, "no TLS")
    assert shut == (False, "connection refused")
