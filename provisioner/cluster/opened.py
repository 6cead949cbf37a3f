"""A cluster that access has opened: its API and its probes, over one link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncssh
import httpx2

from provisioner.cluster import kubeconfig, probe, tls
from provisioner.cluster.api import Api, client
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.kubeconfig import Identity
from provisioner.cluster.link import Link
from provisioner.cluster.patience import pause, waiting
from provisioner.cluster.ports import Answer
from provisioner.cluster.ssh import Node
from provisioner.errors import AccessError, CatalystError

LARGEST_KUBECONFIG = 1_000_000


@dataclass(frozen=True)
class ClusterAccess:
    """The way into one cluster (see provisioner.cluster.ports.Cluster)."""

    link: Link
    kube: KubeClient
    identity: Identity

    @property
    def node(self) -> Node:
        """The control plane in use."""
        return self.link.node

    async def probe(self, host: str, port: int, path: str | None, *, tls: bool = False) -> Answer:
        """Ask a Service's address from the node: HTTP GET of ``path``, or TCP connect if None."""
        try:
            connection = await self.link.up()
        except AccessError:
            raise
        except CatalystError:
            return Answer(False, "no connection to the node")
        return await probe.probe(connection, host, port, path, tls)


@asynccontextmanager
async def opened(link: Link) -> AsyncIterator[ClusterAccess]:
    """Yield the cluster behind ``link``; raises AccessError or ClusterError.

    The link must be open. The kubeconfig is read from the node each time and kept in memory.
    """
    identity = kubeconfig.parse(await _read_kubeconfig(link))
    transport = httpx2.AsyncHTTPTransport(
        verify=tls.context(identity, link.folder),
        trust_env=False,
        uds=str(link.socket),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
    )
    async with client(transport) as http:
        yield ClusterAccess(link, KubeClient(Api(http, link, link.clock, link.patience)), identity)


async def _read_kubeconfig(link: Link) -> str:
    """Read the node's kubeconfig; k3s may write it a moment after the node is done."""
    what = f"the kubeconfig of {link.node.name}"
    try:
        async with waiting(link.emit, link.clock, "kubeconfig", what, 1.0, link.patience.api):
            while True:
                text = await _kubeconfig(link)
                if text is not None:
                    return text
                await pause(link.clock, link.patience.poll)
    except TimeoutError as error:
        raise AccessError("kubeconfig_missing", node=link.node.name) from error


async def _kubeconfig(link: Link) -> str | None:
    connection = await link.up()
    try:
        async with (
            connection.start_sftp_client() as sftp,
            sftp.open(link.layout.kubeconfig, "r") as stream,
        ):
            return await stream.read(LARGEST_KUBECONFIG) or None
    except (asyncssh.Error, OSError, UnicodeDecodeError):
        return None
