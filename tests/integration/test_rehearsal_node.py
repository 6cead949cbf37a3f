"""A rehearsed machine is reached as a real one is: its keys, its files, its commands, its ports."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import httpx2
import pytest

from provisioner.cluster import kubeconfig, probe, tls
from provisioner.cluster.node import NodeStage, read_stage
from tests.integration.rehearsing import ROTATE, Rehearsal, Rented, rehearsing, until

Booted = tuple[Rehearsal, Rented, asyncssh.SSHClientConnection]


@pytest.fixture
async def booted(tmp_path: Path, rehearsal_tools: Mapping[str, Path]) -> AsyncIterator[Booted]:
    """Open a world with one control plane whose first boot is done."""
    async with rehearsing(tmp_path / "home", rehearsal_tools) as rehearsal:
        machine = await rehearsal.rent()
        with pytest.raises(OSError, match="Connect call failed"):
            await rehearsal.connect(machine)
        connection = await rehearsal.booted(machine)
        yield rehearsal, machine, connection
        connection.close()


async def test_a_machine_lives_as_a_real_one(booted: Booted) -> None:
    """Only the pinned key and the operator get in; commands, key rotation and forwards work."""
    rehearsal, machine, connection = booted
    await strangers_stay_out(rehearsal, machine)
    await commands_answer(connection)
    async with kubernetes(connection) as api:
        await the_api_serves_flux(api)
        await services_answer_for_their_pods(api, connection)
    await the_host_key_is_replaced_when_it_is_pinned(rehearsal, machine, connection)
    await a_machine_that_is_off_drops_everybody(rehearsal, machine)


async def test_a_first_boot_can_fail_with_its_last_lines(
    tmp_path: Path, rehearsal_tools: Mapping[str, Path]
) -> None:
    """A scenario that breaks a stage leaves the stage file that access reports from."""
    home = tmp_path / "home"
    async with rehearsing(home, rehearsal_tools, scenario="no-download") as rehearsal:
        machine = await rehearsal.rent()
        async with await rehearsal.answering(machine) as connection:

            async def failed() -> NodeStage | None:
                async with connection.start_sftp_client() as sftp:
                    stage = await read_stage(sftp, "/var/lib/catalyst/stage.json")
                return stage if stage is not None and stage.state == "failed" else None

            stage = await until(failed)
        assert stage.stage == "download"
        assert any("Could not resolve host" in line for line in stage.lines)


async def strangers_stay_out(rehearsal: Rehearsal, machine: Rented) -> None:
    """Assert that a wrong host key is never spoken to, and a wrong operator refused."""
    other = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        await rehearsal.connect(machine, other.export_public_key().decode())
    stranger = Rented(machine.id, machine.address, other, machine.host_key)
    with pytest.raises(asyncssh.PermissionDenied):
        await rehearsal.connect(stranger)


async def commands_answer(connection: asyncssh.SSHClientConnection) -> None:
    """Assert that the few known commands work, no other does, and no path leads out."""
    assert (await connection.run("test -f /var/lib/catalyst/booted")).exit_status == 0
    assert (await connection.run("hostname")).stdout == "cp1\n"
    assert (await connection.run("rm -rf /")).exit_status == 127
    assert (await connection.run("cat /../../../../../../etc/passwd")).exit_status == 1
    stage = json.loads(str((await connection.run("cat /var/lib/catalyst/stage.json")).stdout))
    assert (stage["stage"], stage["index"], stage["of"]) == ("ready", 6, 6)


@asynccontextmanager
async def kubernetes(connection: asyncssh.SSHClientConnection) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield the API behind the node's 127.0.0.1:6443, opened by the kubeconfig found there."""
    async with (
        connection.start_sftp_client() as sftp,
        sftp.open("/etc/rancher/k3s/k3s.yaml", "r") as file,
    ):
        identity = kubeconfig.parse(await file.read())
    listener = await connection.forward_local_port("127.0.0.1", 0, "127.0.0.1", 6443)
    with tempfile.TemporaryDirectory() as private:
        context = tls.context(identity, Path(private))
    url = f"https://127.0.0.1:{listener.get_port()}"
    async with httpx2.AsyncClient(base_url=url, verify=context, trust_env=False) as client:
        yield client
    listener.close()


async def the_api_serves_flux(api: httpx2.AsyncClient) -> None:
    """Assert that the first boot left a node that is ready, and Flux's kinds."""
    assert (await api.get("/apis/helm.toolkit.fluxcd.io/v2")).is_success
    node = (await api.get("/api/v1/nodes/cp1")).json()
    conditions = {c["type"]: c["status"] for c in node["status"]["conditions"]}
    assert conditions["Ready"] == "True"


async def services_answer_for_their_pods(
    api: httpx2.AsyncClient, connection: asyncssh.SSHClientConnection
) -> None:
    """Assert that a Service with ready pods answers, in its own way, and nothing else does."""
    for namespace, name, port, secure in (
        ("flux-system", "source-controller", 80, False),
        ("kube-system", "hubble-peer", 443, True),
    ):
        service = (await api.get(f"/api/v1/namespaces/{namespace}/services/{name}")).json()
        answer = await probe.probe(connection, service["spec"]["clusterIP"], port, "/", secure)
        assert answer.ok, answer
    for host, port in (("10.43.200.200", 80), ("127.0.0.1", 2379), ("192.0.2.1", 443)):
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection(host, port)


async def the_host_key_is_replaced_when_it_is_pinned(
    rehearsal: Rehearsal, machine: Rented, connection: asyncssh.SSHClientConnection
) -> None:
    """Assert that a rotation counts at once when it is confirmed, and else not at all."""
    async with connection.create_process(ROTATE) as process:
        await process.stdout.readline()
        process.stdin.write_eof()
        assert (await process.wait()).exit_status == 1
    (await rehearsal.connect(machine)).close()

    async with connection.create_process(ROTATE) as process:
        new = await process.stdout.readline()
        process.stdin.write("pinned\n")
        assert (await process.wait()).exit_status == 0
    (await rehearsal.connect(machine, new)).close()
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        await rehearsal.connect(machine)


async def a_machine_that_is_off_drops_everybody(rehearsal: Rehearsal, machine: Rented) -> None:
    """Assert that nobody reaches a machine that was deleted."""
    assert (await rehearsal.cloud.delete(f"servers/{machine.id}")).is_success

    async def refused() -> bool:
        try:
            (await rehearsal.connect(machine)).close()
        except asyncssh.Error:
            return False
        except OSError:
            return True
        return False

    assert await until(refused, 20)
