"""A real Kubernetes API for the tests: etcd and kube-apiserver on loopback."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import SecretStr

from provisioner.clock import Clock
from provisioner.cluster.api import Api, client
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.kubeconfig import API_NAME, Identity, render
from provisioner.cluster.tls import context
from tests.integration.real_node import free_port
from tests.unit.cluster_access.fake_api import Standing

START_SECONDS = 120


class Authority:
    """A certificate authority of one test run, whose certificates begin at ``ahead`` of now."""

    def __init__(self, ahead: datetime.timedelta = datetime.timedelta(minutes=-5)) -> None:
        self._ahead = ahead
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("catalyst test authority")
        builder = self._builder(self._name, self._key, authority=True)
        self.pem = _pem(builder.sign(self._key, hashes.SHA256()))

    def issue(self, name: x509.Name, usage: x509.ObjectIdentifier) -> tuple[str, str]:
        """Return certificate and key, PEM, for a server or a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, key, authority=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        names = [x509.DNSName(API_NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        return _pem(builder.sign(self._key, hashes.SHA256())), private.decode()

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + self._ahead)
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )


class RealApi:
    """One API server and its etcd; ``kill`` and ``start`` let it die and come back."""

    def __init__(self, folder: Path, tools: Mapping[str, Path]) -> None:
        self.port = free_port()
        self._folder = folder
        self._tools = tools
        self._etcd_port = free_port()
        self._etcd: subprocess.Popen[bytes] | None = None
        self._api: subprocess.Popen[bytes] | None = None
        authority = Authority()
        self.identity = Identity(
            authority.pem,
            *_secret(
                authority.issue(_name("admin", "system:masters"), ExtendedKeyUsageOID.CLIENT_AUTH)
            ),
        )
        certificate, key = authority.issue(_name("api"), ExtendedKeyUsageOID.SERVER_AUTH)
        for name, text in (("ca.crt", authority.pem), ("api.crt", certificate), ("api.key", key)):
            (folder / name).write_text(text)
        self._log = (folder / "log").open("wb")

    @property
    def kubeconfig(self) -> str:
        """What the node keeps for its administrator."""
        return render(self.identity, "default", "https://127.0.0.1:6443")

    def start(self) -> None:
        """Start what does not run, and return when the API is ready."""
        if self._etcd is None:
            self._etcd = self._run("etcd", *self._etcd_flags())
        self._api = self._run("kube-apiserver", *self._api_flags())
        verify = context(self.identity, self._folder)
        deadline = time.monotonic() + START_SECONDS
        with httpx2.Client(verify=verify, base_url=f"https://127.0.0.1:{self.port}") as client:
            while time.monotonic() < deadline:
                assert self._api.poll() is None, (self._folder / "log").read_text()[-2000:]
                with contextlib.suppress(httpx2.TransportError):
                    if client.get("/readyz").is_success:
                        return
                time.sleep(0.1)
        raise TimeoutError("the API server is not ready")

    @contextlib.asynccontextmanager
    async def kube(self, socket: Path | None = None) -> AsyncIterator[KubeClient]:
        """Open a client, direct or through a unix socket that leads here."""
        verify = context(self.identity, self._folder)
        uds = str(socket) if socket else None
        async with client(httpx2.AsyncHTTPTransport(verify=verify, uds=uds)) as http:
            if socket is None:
                http.base_url = httpx2.URL(f"https://127.0.0.1:{self.port}")
            yield KubeClient(Api(http, Standing(), Clock(speed=20)))

    def kill(self) -> None:
        """Kill the API server alone, as a crash does."""
        if self._api:
            self._api.kill()
            self._api.wait()

    def stop(self) -> None:
        """End both programs."""
        self.kill()
        if self._etcd:
            self._etcd.kill()
            self._etcd.wait()
        self._log.close()

    def _run(self, name: str, *flags: str) -> subprocess.Popen[bytes]:
        command = [str(self._tools[name]), *flags]
        return subprocess.Popen(
            command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )

    def _etcd_flags(self) -> list[str]:
        client = f"http://127.0.0.1:{self._etcd_port}"
        return [
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            "--listen-peer-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync",
        ]

    def _api_flags(self) -> list[str]:
        key = self._folder / "api.key"
        return [
            f"--etcd-servers=http://127.0.0.1:{self._etcd_port}",
            "--bind-address=127.0.0.1",
            # Where there is only lo, nothing else can be found out.
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self.port}",
            f"--tls-cert-file={self._folder / 'api.crt'}",
            f"--tls-private-key-file={key}",
            f"--client-ca-file={self._folder / 'ca.crt'}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--service-account-issuer=https://{API_NAME}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.43.0.0/16",
        ]


def definition(version: str, kind: str) -> dict[str, Any]:
    """Return a CRD without rules, for ``kind`` of apiVersion ``version``."""
    group, _, bare = version.partition("/")
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": bare, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    plural = kind.lower() + "s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [served],
        },
    }


@contextlib.contextmanager
def running(folder: Path, tools: Mapping[str, Path]) -> Iterator[RealApi]:
    """Yield a ready API server, and leave nothing of it behind."""
    api = RealApi(folder, tools)
    try:
        api.start()
        yield api
    finally:
        api.stop()
        shutil.rmtree(folder / "etcd", ignore_errors=True)


def _secret(issued: tuple[str, str]) -> tuple[str, SecretStr]:
    return issued[0], SecretStr(issued[1])


def _name(common: str, organisation: str = "catalyst") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
