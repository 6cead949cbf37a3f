"""The Kubernetes API through SSH: TLS verified, any kind applied, refusals in our own words."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pydantic import SecretStr

from provisioner.clock import Clock
from provisioner.cluster.gateway import gateway
from provisioner.cluster.kubeconfig import Identity, render
from provisioner.cluster.link import Link
from provisioner.cluster.opened import ClusterAccess, opened
from provisioner.cluster.patience import Bound, Patience
from provisioner.cluster.ports import Changed, Lost, Resource, Snapshot
from provisioner.cluster.tls import context
from provisioner.errors import AccessError, ClusterError
from provisioner.events import Event, Remarked
from tests.integration.real_api import Authority, RealApi, definition
from tests.integration.real_node import RealNode

CLOCK = Clock(speed=20)
PATIENCE = Patience(reconnect=Bound(60, 10), kind=Bound(20, 2))
MAPS = Resource("", "v1", "configmaps")


def config_map(name: str, **data: str) -> dict[str, object]:
    """Return a ConfigMap in the default namespace."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


@pytest.fixture
def events() -> list[Event]:
    """Collect what the link tells."""
    return []


@pytest.fixture
async def cluster(
    node: RealNode, api: RealApi, events: list[Event]
) -> AsyncIterator[ClusterAccess]:
    """Open the API behind a node that forwards to it."""
    (node.folder / "k3s.yaml").write_text(api.kubeconfig)
    layout = replace(node.layout, api_port=api.port)
    link = Link([node.node], node.key, CLOCK, events.append, layout, PATIENCE)
    async with link, opened(link) as cluster:
        yield cluster


async def test_what_is_applied_is_there(cluster: ClusterAccess) -> None:
    """Apply, get, patch and delete do what they say; deleting twice is no error."""
    path = "/api/v1/namespaces/default/configmaps/one"
    await cluster.kube.apply(config_map("one", a="1"))
    await cluster.kube.patch(path, {"data": {"b": "2"}})
    assert (await cluster.kube.get(path))["data"] == {"a": "1", "b": "2"}
    await cluster.kube.delete(path)
    await cluster.kube.delete(path)
    with pytest.raises(ClusterError) as gone:
        await cluster.kube.get(path)
    assert gone.value.code == "cluster_not_found"


async def test_a_kind_that_was_just_defined_can_be_applied(cluster: ClusterAccess) -> None:
    """A manifest of a new CRD is accepted without waiting for it by hand."""
    await cluster.kube.apply(definition("fresh.test/v1", "Leaf"))
    leaf = {"apiVersion": "fresh.test/v1", "kind": "Leaf", "metadata": {"name": "one"}, "spec": {}}
    assert (await cluster.kube.apply(leaf))["metadata"]["namespace"] == "default"


async def test_a_kind_that_nobody_serves_is_named(cluster: ClusterAccess) -> None:
    """After a short while an unknown kind is an error that names it."""
    odd = {"apiVersion": "nobody.test/v1", "kind": "Odd", "metadata": {"name": "one"}}
    with pytest.raises(ClusterError) as missing:
        await cluster.kube.apply(odd)
    assert missing.value.code == "cluster_missing_kind"
    assert missing.value.facts["kind"] == "Odd"


async def test_a_refusal_repeats_no_secret(cluster: ClusterAccess) -> None:
    """An invalid Secret is refused with field and reason, and without its value."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "one"},
        "type": "kubernetes.io/dockerconfigjson",
        "stringData": {".dockerconfigjson": "SENTINEL-7f3a"},
    }
    with pytest.raises(ClusterError) as refused:
        await cluster.kube.apply(secret)
    assert refused.value.code == "cluster_invalid"
    assert "data[.dockerconfigjson]" in refused.value.facts["said"]
    assert "SENTINEL" not in str(refused.value)


async def test_a_field_of_another_manager_is_a_conflict(cluster: ClusterAccess) -> None:
    """Without force, a field that was set in another way is not overwritten, and is named."""
    path = "/api/v1/namespaces/default/configmaps/owned"
    await cluster.kube.apply(config_map("owned", a="1"))
    await cluster.kube.patch(path, {"data": {"a": "2"}})
    with pytest.raises(ClusterError) as conflict:
        await cluster.kube.apply(config_map("owned", a="3"), force=False)
    assert conflict.value.code == "cluster_conflict"
    assert ".data.a" in conflict.value.facts["said"]


async def test_an_api_of_another_authority_is_not_believed(node: RealNode, api: RealApi) -> None:
    """A server that this cluster's authority did not sign gets no request."""
    foreign = replace(api.identity, authority=Authority().pem)
    (node.folder / "k3s.yaml").write_text(render(foreign, "default", "https://127.0.0.1:6443"))
    layout = replace(node.layout, api_port=api.port)
    link = Link([node.node], node.key, CLOCK, lambda _: None, layout, PATIENCE)
    async with link, opened(link) as cluster:
        with pytest.raises(ClusterError) as untrusted:
            await cluster.kube.get("/version")
    assert untrusted.value.code == "cluster_untrusted"


async def test_a_clock_that_is_an_hour_behind_is_named(node: RealNode, tmp_path: Path) -> None:
    """A right certificate that is not valid yet is a matter of clocks, not of an impostor."""
    authority = Authority(ahead=timedelta(hours=1))
    nobody, usage = x509.Name([]), ExtendedKeyUsageOID
    certificate, key = authority.issue(nobody, usage.SERVER_AUTH)
    (tmp_path / "server.pem").write_text(certificate + key)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(tmp_path / "server.pem")
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=served
    )
    own, secret = authority.issue(nobody, usage.CLIENT_AUTH)
    identity = Identity(authority.pem, own, SecretStr(secret))
    (node.folder / "k3s.yaml").write_text(render(identity, "default", "https://127.0.0.1:6443"))
    layout = replace(node.layout, api_port=server.sockets[0].getsockname()[1])
    link = Link([node.node], node.key, CLOCK, lambda _: None, layout, PATIENCE)
    async with server, link, opened(link) as cluster:
        with pytest.raises(ClusterError) as early:
            await cluster.kube.get("/version")
    assert early.value.code == "cluster_clock"


async def test_nothing_is_left_on_the_disk(cluster: ClusterAccess) -> None:
    """While the API is in use its folder is private and holds the socket alone, no key."""
    await cluster.kube.get("/version")
    folder = cluster.link.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == ["api"]


async def test_requests_outlive_a_broken_link(
    cluster: ClusterAccess, node: RealNode, events: list[Event]
) -> None:
    """A request sent while the node is away is answered when it is back, and the gap is told."""
    await cluster.kube.get("/version")
    await node.stop()
    asking = asyncio.create_task(cluster.kube.get("/version"))
    await asyncio.sleep(0.2)
    await node.start()
    assert (await asking)["major"] == "1"
    assert any(isinstance(event, Remarked) and "lost" in event.text for event in events)


async def test_a_node_that_comes_back_with_another_key_stops_everything(
    cluster: ClusterAccess, node: RealNode
) -> None:
    """After a reconnect to a changed key every request fails with the reason."""
    await node.stop()
    node.new_host_key()
    await node.start()
    with pytest.raises(AccessError) as changed:
        await cluster.kube.get("/version")
    assert changed.value.code == "host_key_changed"


async def test_a_watch_goes_on_after_the_node_died(cluster: ClusterAccess, node: RealNode) -> None:
    """Killed in the middle of a watch: Lost is told, then the truth, then what follows."""
    await cluster.kube.apply(config_map("watched", round="0"))
    watch = cluster.kube.watch(MAPS)
    async with asyncio.timeout(90):
        assert isinstance(await anext(watch), Snapshot)
        await node.stop()
        assert isinstance(await anext(watch), Lost)
        await node.start()
        await cluster.kube.apply(config_map("watched", round="1"))
        rounds = []
        while "2" not in rounds:
            seen = await anext(watch)
            found = seen.objects if isinstance(seen, Snapshot) else ()
            found = (seen.object,) if isinstance(seen, Changed) else found
            rounds += [o["data"]["round"] for o in found if o["metadata"]["name"] == "watched"]
            if rounds and rounds[-1] == "1":
                await cluster.kube.apply(config_map("watched", round="2"))
        assert rounds in (["1", "2"], ["0", "1", "2"])
    await watch.aclose()


async def test_another_control_plane_takes_over(
    node: RealNode, api: RealApi, tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> None:
    """With two control planes, the API stays reachable when one of them dies."""
    other = RealNode(tmp_path_factory.mktemp("cp-2"), "cp-2")
    other.private_key, other.key = node.private_key, node.key
    (other.folder / "authorized_keys").write_bytes((node.folder / "authorized_keys").read_bytes())
    await other.start()
    try:
        (node.folder / "k3s.yaml").write_text(api.kubeconfig)
        layout = replace(node.layout, api_port=api.port)
        link = Link([node.node, other.node], node.key, CLOCK, events.append, layout, PATIENCE)
        async with link, opened(link) as cluster:
            await cluster.kube.get("/version")
            await node.stop()
            await cluster.kube.get("/version")
            assert cluster.node.name == "cp-2"
    finally:
        await other.stop()


async def test_a_probe_speaks_tls(cluster: ClusterAccess, api: RealApi) -> None:
    """A probe of an HTTPS service reads its status line."""
    said = await cluster.probe("127.0.0.1", api.port, "/livez", tls=True)
    assert said == (True, "200 OK")


async def test_kubectl_gets_a_port_that_outlives_the_connection(
    cluster: ClusterAccess, api: RealApi, node: RealNode
) -> None:
    """It carries the API, verified by the name in the kubeconfig, also after a reconnect."""
    verify = context(api.identity, cluster.link.folder)
    asked = {"sni_hostname": "kubernetes.default.svc"}
    async with gateway(cluster.link) as served:
        for _ in range(2):
            url = f"https://127.0.0.1:{served.port}"
            async with httpx2.AsyncClient(verify=verify, base_url=url) as client:
                assert (await client.get("/version", extensions=asked)).is_success
            assert node.cut()
        with pytest.raises(AccessError, match="local_port_taken"):
            async with gateway(cluster.link, served.port):
                pass
        await node.stop()
        node.new_host_key()
        await node.start()
        with suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            assert await reader.read() == b""
            writer.close()
        assert (await served.broken()).code == "host_key_changed"
