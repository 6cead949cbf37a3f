"""SSH keys."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.model import SshKey
from provisioner.rehearsal.hetzner.refusal import invalid, not_unique
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    check_name,
    check_unique,
    checked,
    find,
    moment,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "ssh_key"
ALGORITHMS = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")


class Create(msgspec.Struct):
    """The body of POST /ssh_keys."""

    name: str
    public_key: str
    labels: Labels | None = None


def view(key: SshKey) -> JSON:
    """Return a key's answer."""
    return {
        "id": key.id,
        "name": key.name,
        "fingerprint": key.fingerprint,
        "public_key": key.public_key,
        "labels": key.labels,
        "created": moment(key.created),
    }


def fingerprint(public_key: str) -> str:
    """Return the MD5 fingerprint of a public key, as the API shows it; raises invalid_input."""
    parts = public_key.split()
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except (IndexError, ValueError) as error:
        raise invalid("public_key", "is not a public key in OpenSSH's format") from error
    if not parts[0].startswith(ALGORITHMS) or parts[0].encode() not in blob[:40]:
        raise invalid("public_key", "is not a public key in OpenSSH's format")
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


def create(cloud: Cloud, call: Call) -> Answer:
    """Add a key; name and fingerprint must be new."""
    body: Create = call.body
    table = cloud.state.ssh_keys
    mark = fingerprint(body.public_key)
    check_unique(table.values(), KIND, check_name(body.name))
    if any(key.fingerprint == mark for key in table.values()):
        raise not_unique("fingerprint", KIND)
    labels = checked(body.labels)
    cloud.require_quota(KIND, len(table))
    key = SshKey(
        id=cloud.new_id(),
        name=body.name,
        created=cloud.now(),
        labels=labels,
        public_key=body.public_key,
        fingerprint=mark,
    )
    table[key.id] = key
    return Answer({KIND: view(key)}, 201)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Remove a key; servers that were given it keep it."""
    key = find(cloud.state.ssh_keys, KIND, call.params[0])
    del cloud.state.ssh_keys[key.id]
    return Answer(None, 204)


KEYS: Kind[SshKey] = Kind(KIND, lambda _, key: view(key), ("fingerprint",), ("id", "name"))
ROUTES = (
    *KEYS.reading(),
    Route("POST", "/ssh_keys", create, Create),
    KEYS.updating(),
    Route("DELETE", "/ssh_keys/{}", delete),
)
