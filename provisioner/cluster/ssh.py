"""One SSH connection to a node whose host key is known beforehand.

Nothing of the caller's SSH configuration counts: no config file, no known_hosts, no default keys.
A node is spoken to only after it has proved the one pinned ed25519 key.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import asyncssh

from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.pins import KEY_TYPE, fingerprint, host_pattern
from provisioner.errors import AccessError

KEEPALIVE_SECONDS = 15
KEEPALIVE_MISSES = 3
CONNECT_SECONDS = 10
"""Real seconds, as an sshd takes them in any world."""

HUNG_UP = "closed the connection"
ANY_TYPE = [KEY_TYPE, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"]
"""Host key algorithms, ours first: a server that has it shows it."""


@dataclass(frozen=True)
class NodeLayout:
    """What a node offers and where; written by the module's cloud-init."""

    user: str = "root"
    stage: str = "/var/lib/catalyst/stage.json"
    rotate: str = "/usr/local/lib/catalyst/rotate-host-key"
    kubeconfig: str = "/etc/rancher/k3s/k3s.yaml"
    api_host: str = "127.0.0.1"
    api_port: int = 6443


@dataclass(frozen=True)
class Node:
    """A server to reach, and the host key it must prove."""

    name: str
    server: str
    """Its id at the cloud."""
    address: str
    port: int
    host_key: str
    """``ssh-ed25519 AAAA…``"""

    def proving(self, host_key: str) -> Node:
        """Return the same node with another key to prove."""
        return replace(self, host_key=host_key)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of the key it must prove."""
        return fingerprint(self.host_key)


class Unreachable(Exception):
    """The node does not answer SSH now; the reason is a short phrase."""


class HostKeyRefused(AccessError):
    """The node showed another host key than the pinned one: nothing was sent to it."""


class OperatorKeyRefused(AccessError):
    """The node proved its key but does not accept the operator's."""


class _Witness(asyncssh.SSHClient):
    """Remembers the key that a node showed in place of the pinned one."""

    def __init__(self) -> None:
        self.shown = ""

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Refuse: only the pinned key counts."""
        del host, addr, port
        self.shown = key.get_fingerprint()
        return False


async def connect(
    node: Node, key: OperatorKey, *, user: str = NodeLayout.user
) -> asyncssh.SSHClientConnection:
    """Connect and authenticate.

    Raises Unreachable while nobody answers, HostKeyRefused and OperatorKeyRefused as they say, and
    AccessError when the operator's key cannot be used.
    """
    witness = _Witness()
    async with key.offered() as pairs:
        try:
            # Not asyncssh's own bound: before Python 3.12 it can lose a cancel (decision 0703).
            async with asyncio.timeout(CONNECT_SECONDS):
                connection, _ = await asyncssh.create_connection(
                    lambda: witness,
                    node.address,
                    node.port,
                    username=user,
                    client_keys=pairs,
                    **_options(node),
                )
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise await _judged(node, witness, error) from error
    return connection


def _options(node: Node) -> dict[str, Any]:
    pinned = f"{host_pattern(node.address, node.port)} {node.host_key}\n"
    return {
        "known_hosts": asyncssh.import_known_hosts(pinned),
        "server_host_key_algs": [KEY_TYPE],
        "config": None,
        "agent_path": None,
        "x509_trusted_certs": None,
        "preferred_auth": "publickey",
        "login_timeout": CONNECT_SECONDS,
        "keepalive_interval": KEEPALIVE_SECONDS,
        "keepalive_count_max": KEEPALIVE_MISSES,
    }


async def _judged(node: Node, witness: _Witness, error: Exception) -> Exception:
    facts = {"node": node.name, "address": node.address, "expected": node.fingerprint}
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return HostKeyRefused("host_key_changed", shown=witness.shown or "another key", **facts)
    if isinstance(error, asyncssh.PermissionDenied):
        return OperatorKeyRefused("ssh_key_refused", **facts)
    reason = _reason(error)
    if reason == HUNG_UP and await _has_only_others(node):
        return HostKeyRefused("host_key_wrong_type", **facts)
    return Unreachable(reason)


async def _has_only_others(node: Node) -> bool:
    """Whether the node has host keys, but none of our type.

    An OpenSSH server then just hangs up, as one that boots does, so it is asked for any key at all.
    That is a key exchange and no more: nothing is believed, and nobody is authenticated.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            shown = await asyncssh.get_server_host_key(
                node.address, node.port, server_host_key_algs=ANY_TYPE, config=None
            )
    except (asyncssh.Error, OSError, TimeoutError):
        return False
    return shown is not None and shown.get_algorithm() != KEY_TYPE


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, asyncssh.Error | ConnectionError):
        return HUNG_UP
    strerror = error.strerror if isinstance(error, OSError) else None
    return (strerror or "unreachable").lower()
