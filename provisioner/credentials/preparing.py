"""What a runner is given: every secret of a Sovereign, those made that nobody has to choose."""

from __future__ import annotations

import base64

import asyncssh
from pydantic import SecretStr

from provisioner.cluster.operator_key import GENERATED, operator_key
from provisioner.credentials.ladder import Credentials
from provisioner.credentials.names import generate_passphrase
from provisioner.errors import CredentialError
from provisioner.spec import SovereignSpec


async def prepare_secrets(credentials: Credentials, spec: SovereignSpec) -> dict[str, SecretStr]:
    """Return the secrets by name; a missing state passphrase and SSH key are made and kept first.

    ``ssh_public_key`` is among them, though no secret: it follows from the key. Raises
    CredentialError, also when state passphrase or generated key would end with this process, and
    AccessError when the SSH key cannot be used.
    """
    if await credentials.get("state_passphrase") is None:
        if credentials.closed is not None:
            # The one that opens an existing state may be in there; a second one would open nothing.
            raise CredentialError("vault_locked", path=credentials.closed)
        await credentials.put("state_passphrase", generate_passphrase())
    await credentials.require_kept_passphrase()
    if spec.access.ssh_key == GENERATED:
        if await credentials.get("ssh_private_key") is None:
            await credentials.put("ssh_private_key", generate_ssh_key(spec.fqdn))
        await credentials.require_kept("ssh_private_key")
    found = await credentials.secrets()
    found["ssh_public_key"] = SecretStr(await public_key(spec.access.ssh_key, found))
    return found


def generate_ssh_key(fqdn: str) -> SecretStr:
    """Return a new ed25519 private key in OpenSSH's form."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=f"catalyst@{fqdn}")
    return SecretStr(key.export_private_key().decode())


async def public_key(choice: str, secrets: dict[str, SecretStr]) -> str:
    """Return the public key, in one line, of the key that ``access.ssh_key`` names."""
    key = await operator_key(choice, secrets)
    async with key.offered() as pairs:
        blob = pairs[0].public_data
    # The blob begins with its own type, as a string with its length (RFC 4253, 6.6).
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii")
    return f"{kind} {base64.b64encode(blob).decode()}"
