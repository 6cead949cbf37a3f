"""Git credentials: what opens a repository, here and in the cluster.

They are one secret: for https a token, or ``user:password``; for ssh a private key.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from provisioner.errors import GitError
from provisioner.git.address import Address

TOKEN_USER = "git"  # noqa: S105 - what hosts take as the user beside a token
KNOWN_HOSTS = (Path("~/.ssh/known_hosts"), Path("/etc/ssh/ssh_known_hosts"))


@dataclass(frozen=True)
class GitCredentials:
    """What opens one repository."""

    user: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    key: SecretStr | None = None
    known_hosts: str = ""
    """The host's keys as the operator knows them; with ``key``."""

    @property
    def helper_lines(self) -> str:
        """What git's credential helpers answer."""
        return f"username={self.user}\npassword={self.password.get_secret_value()}\n"

    def secret_data(self) -> dict[str, str]:
        """Return the data of the Secret that Flux reads, encoded (spec.secretRef)."""
        if self.key is None:
            plain = {"username": self.user, "password": self.password.get_secret_value()}
        else:
            plain = {"identity": self.key.get_secret_value(), "known_hosts": self.known_hosts}
        return {name: base64.b64encode(text.encode()).decode() for name, text in plain.items()}


async def credentials_for(
    address: Address, secret: SecretStr | None, files: Iterable[Path] = KNOWN_HOSTS
) -> GitCredentials | None:
    """Return what opens ``address``, or None for a public one.

    Raises GitError for an ssh repository without a key, or whose host key nobody has seen: it
    would have to be believed at first sight, here and by the cluster.
    """
    if not address.by_ssh:
        return _by_password(secret)
    if secret is None:
        raise GitError("git_key_missing", url=address.url)
    known = await asyncio.to_thread(_known, address.host, [each.expanduser() for each in files])
    if not known:
        raise GitError("git_host_unknown", host=address.host)
    text = secret.get_secret_value().strip() + "\n"
    return GitCredentials(key=SecretStr(text), known_hosts=known)


def _by_password(secret: SecretStr | None) -> GitCredentials | None:
    if secret is None:
        return None
    user, colon, password = secret.get_secret_value().strip().partition(":")
    if not colon:
        user, password = TOKEN_USER, user
    return GitCredentials(user=user, password=SecretStr(password))


def _known(host: str, files: Iterable[Path]) -> str:
    """Return the lines about a host in known_hosts files, whose names may be hashed."""
    # Only where a host is looked up: whoever plans need not hold what speaks SSH.
    import asyncssh

    lines = []
    for file in files:
        try:
            known = asyncssh.read_known_hosts(str(file))
        except (OSError, ValueError):
            continue
        name, _, port = host.strip("[").partition("]:")
        keys = known.match(name, "", int(port) if port else 22)[0]
        lines += [f"{host} {key.export_public_key().decode().strip()}" for key in keys]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))
