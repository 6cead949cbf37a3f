"""A real etcd and a real kube-apiserver: started, waited for, stopped; their data stays."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
from collections.abc import Mapping
from pathlib import Path

import httpx2

from provisioner.errors import RehearsalError
from provisioner.rehearsal.cluster.api import HttpApi
from provisioner.rehearsal.cluster.child import Child
from provisioner.rehearsal.cluster.kubelets import Kubelets
from provisioner.rehearsal.cluster.pki import Pki
from provisioner.rehearsal.ports import free_port

START = 120.0
"""Real seconds that the two programs may take until they are ready."""
LOOK = 0.1


class ControlPlane:
    """The control plane of one rehearsed cluster."""

    def __init__(self, folder: Path, tools: Mapping[str, Path]) -> None:
        self._folder = folder
        self._tools = tools
        self._pki = Pki(folder / "pki")
        self.kubelets = Kubelets(self._pki)
        self._etcd: Child | None = None
        self._etcd_port = 0
        self._server: Child | None = None
        self._port = free_port()

    @property
    def port(self) -> int:
        """Where the API server listens on the loopback address; 0 while it does not."""
        return self._port if self._server is not None and self._server.running else 0

    async def start(self) -> None:
        """Start what does not run, and wait until the API is ready; raises RehearsalError."""
        await asyncio.to_thread(self._pki.make)
        await self.kubelets.start()
        if self._etcd is None:
            self._etcd_port = await self._start_etcd()
        flags = self._flags(self._etcd_port, self._port)
        self._server = server = await self._start("kube-apiserver", flags)
        api = self.api()
        try:
            async with asyncio.timeout(START):
                while not await api.ready():
                    if not server.running:
                        raise self._broken("kube-apiserver ended at once")
                    await asyncio.sleep(LOOK)
        except TimeoutError as error:
            raise self._broken("kube-apiserver was not ready in time") from error
        finally:
            await api.close()

    def api(self) -> HttpApi:
        """Return the API, as an administrator; it is the same over restarts of the server."""
        return HttpApi(self._client(self._port))

    async def interrupt(self) -> None:
        """End the API server, and only it, at once."""
        if self._server is not None:
            await self._server.kill()
            self._server = None

    async def stop(self) -> None:
        """End both programs, the API server first."""
        for child in (self._server, self._etcd):
            if child is not None:
                await child.kill()
        self._server = self._etcd = None
        await self.kubelets.stop()

    async def remove(self) -> None:
        """End both programs and forget the cluster."""
        await self.stop()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def kubeconfig(self) -> str:
        """Return the file that k3s leaves on a control plane."""
        certificate, key = self._pki.administrator
        return _KUBECONFIG.format(
            authority=_encoded(self._pki.authority),
            certificate=_encoded(certificate),
            key=_encoded(key),
        )

    def tls(self) -> tuple[Path, Path]:
        """Return certificate and key for Services that speak TLS."""
        return self._pki.server

    def _client(self, port: int) -> httpx2.AsyncClient:
        context = ssl.create_default_context(cafile=str(self._pki.authority))
        context.load_cert_chain(*self._pki.administrator)
        transport = httpx2.AsyncHTTPTransport(
            verify=context,
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=50),
        )
        return httpx2.AsyncClient(
            transport=transport, base_url=f"https://127.0.0.1:{port}", timeout=30
        )

    async def _start(self, program: str, flags: Mapping[str, object]) -> Child:
        told = (f"--{name}={value}" for name, value in flags.items())
        command = [str(self._tools[program]), *told]
        return await Child.start(command, self._folder / f"{program}.log")

    async def _start_etcd(self) -> int:
        client, peer = free_port(), free_port()
        certificate, key = self._pki.server
        here = f"https://127.0.0.1:{client}"
        among = f"https://127.0.0.1:{peer}"
        flags: dict[str, object] = {
            "name": "rehearsal",
            "data-dir": self._folder / "etcd",
            "listen-client-urls": here,
            "advertise-client-urls": here,
            "listen-peer-urls": among,
            "initial-advertise-peer-urls": among,
            "initial-cluster": f"rehearsal={among}",
            "log-level": "warn",
            # What is lost in a power cut is a rehearsal.
            "unsafe-no-fsync": "true",
        }
        for who in ("", "peer-"):
            flags |= {
                f"{who}cert-file": certificate,
                f"{who}key-file": key,
                f"{who}trusted-ca-file": self._pki.authority,
                f"{who}client-cert-auth": "true",
            }
        self._etcd = await self._start("etcd", flags)
        return client

    def _flags(self, etcd: int, port: int) -> dict[str, object]:
        certificate, key = self._pki.server
        return {
            "etcd-servers": f"https://127.0.0.1:{etcd}",
            "etcd-cafile": self._pki.authority,
            "etcd-certfile": certificate,
            "etcd-keyfile": key,
            "bind-address": "127.0.0.1",
            # Where there is only lo, nothing else can be found out.
            "advertise-address": "127.0.0.1",
            "secure-port": port,
            "tls-cert-file": certificate,
            "tls-private-key-file": key,
            "client-ca-file": self._pki.authority,
            "kubelet-client-certificate": self._pki.administrator[0],
            "kubelet-client-key": self._pki.administrator[1],
            "egress-selector-config-file": self.kubelets.selector(self._folder / "egress.yaml"),
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": self._pki.accounts,
            "service-account-signing-key-file": self._pki.accounts,
            "service-cluster-ip-range": "10.43.0.0/16",
            "authorization-mode": "RBAC",
            # Nobody makes service accounts' tokens here, and a loopback address is no endpoint.
            "disable-admission-plugins": "ServiceAccount",
            "endpoint-reconciler-type": "none",
            "enable-priority-and-fairness": "false",
            "profiling": "false",
        }

    def _broken(self, reason: str) -> RehearsalError:
        log = self._folder / "kube-apiserver.log"
        return RehearsalError("world_not_started", seconds=f"{START:g}", reason=reason, log=log)


def _encoded(place: Path) -> str:
    return base64.b64encode(place.read_bytes()).decode()


_KUBECONFIG = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {{}}
users:
- name: default
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"""
