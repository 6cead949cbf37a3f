"""The SSH server of one machine: its host key, its operator's keys, and what it forwards."""

from __future__ import annotations

import asyncssh

from provisioner.rehearsal.node.disk import Disk
from provisioner.rehearsal.node.forwarding import Forwarding
from provisioner.rehearsal.node.shell import HOST_KEY, Shell

USER = "root"
LOGIN = 30
"""Real seconds in which a client must have logged in."""


class Session(asyncssh.SSHServer):
    """One connection."""

    def __init__(
        self,
        keys: frozenset[bytes],
        forwarding: Forwarding,
        connected: set[asyncssh.SSHServerConnection],
    ) -> None:
        self._keys = keys
        self._connected = connected
        self._forwarding = forwarding
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, for what is forwarded through it."""
        self._connection = conn
        self._connected.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        if self._connection is not None:
            self._connected.discard(self._connection)

    def public_key_auth_supported(self) -> bool:
        """Return that keys are the only way in."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Return whether this is the operator."""
        return username == USER and key.public_data in self._keys

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> asyncssh.SSHTCPSession[bytes]:
        """Forward to what listens there from the node's point of view."""
        del orig_host, orig_port
        if self._connection is None:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "no connection")
        host, port = self._forwarding.find(dest_host, dest_port)
        # The library takes a coroutine here as well as a session; its types name the session only.
        return _forwarded(self._connection, host, port)  # type: ignore[return-value]  # see above


async def _forwarded(
    connection: asyncssh.SSHServerConnection, host: str, port: int
) -> asyncssh.SSHForwarder:
    """Connect to where a channel leads; what refuses is told in OpenSSH's words."""
    try:
        return await connection.forward_connection(host, port)
    except asyncssh.ChannelOpenError as error:
        raise asyncssh.ChannelOpenError(
            asyncssh.OPEN_CONNECT_FAILED, "Connection refused"
        ) from error


class Sshd:
    """A listening SSH server."""

    def __init__(
        self, name: str, disk: Disk, authorized: tuple[str, ...], forwarding: Forwarding
    ) -> None:
        self._disk = disk
        self._keys = frozenset(asyncssh.import_public_key(key).public_data for key in authorized)
        self._forwarding = forwarding
        self._shell = Shell(name, disk, self.reload)
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connected: set[asyncssh.SSHServerConnection] = set()

    async def start(self, address: str, port: int) -> None:
        """Listen; raises OSError if somebody else does."""
        root = str(self._disk.root).encode()
        self._acceptor = await asyncssh.listen(
            address,
            port,
            server_factory=lambda: Session(self._keys, self._forwarding, self._connected),
            server_host_keys=[self._host_key()],
            process_factory=self._shell.run,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
            allow_scp=False,
            agent_forwarding=False,
            login_timeout=LOGIN,
            reuse_address=True,
            config=[],
        )

    def reload(self) -> None:
        """Show the host key that is on the disk now to whoever connects from now on."""
        if self._acceptor is not None:
            self._acceptor.update(server_host_keys=[self._host_key()])

    async def stop(self) -> None:
        """Stop listening and drop who is connected."""
        if self._acceptor is not None:
            acceptor, self._acceptor = self._acceptor, None
            acceptor.close()
            self.drop()
            await acceptor.wait_closed()

    def drop(self) -> int:
        """Drop who is connected, and return how many there were."""
        connected = tuple(self._connected)
        for connection in connected:
            connection.abort()
        return len(connected)

    def _host_key(self) -> asyncssh.SSHKey:
        return asyncssh.import_private_key(self._disk.read(HOST_KEY))
