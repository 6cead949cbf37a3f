"""Kubeconfigs: what a node's own says, and what the operator gets.

The API is reached through SSH only, so a kubeconfig for the operator names a local address, and
``tls-server-name`` keeps the API's certificate verified whatever that address is.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from provisioner.errors import AccessError, HomeError
from provisioner.files import write_private

API_NAME = "kubernetes.default.svc"
"""A name that every cluster's API certificate carries."""


@dataclass(frozen=True)
class Identity:
    """The cluster's authority and an administrator's certificate, all PEM."""

    authority: str
    certificate: str
    key: SecretStr


@dataclass(frozen=True)
class Merged:
    """What a merge did."""

    context: str
    backup: Path | None
    """A copy of the file as it was; None where there was none."""
    current: bool
    """Whether the new context is the current one: only where there was none before."""


def parse(text: str) -> Identity:
    """Return the identity in a node's kubeconfig; raises AccessError if there is none."""
    try:
        content = YAML(typ="safe", pure=True).load(text)
        cluster = content["clusters"][0]["cluster"]
        user = content["users"][0]["user"]
        return Identity(
            authority=_decoded(cluster["certificate-authority-data"]),
            certificate=_decoded(user["client-certificate-data"]),
            key=SecretStr(_decoded(user["client-key-data"])),
        )
    except (YAMLError, LookupError, TypeError, ValueError):
        # Without a cause: the reader's message quotes lines, and the file holds a key.
        raise AccessError("kubeconfig_unreadable") from None


def render(identity: Identity, name: str, server: str) -> str:
    """Return a kubeconfig of one context, ``name``, for the API at ``server``."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        **{section: [entry] for section, entry in _entries(identity, name, server).items()},
        "current-context": name,
    }
    return _dumped(YAML(pure=True), content)


def write(path: Path, identity: Identity, name: str, server: str) -> None:
    """Write a kubeconfig of its own, 0600 and atomically; raises AccessError."""
    _write(path, render(identity, name, server))


def merge(path: Path, identity: Identity, name: str, server: str, now: datetime) -> Merged:
    """Put context ``name`` into the operator's kubeconfig at ``path``; raises AccessError.

    What else stands there stays, with its comments. The current context is never switched; it is
    set only where there was none. The file as it was is kept beside it, with the time in its name.
    """
    yaml = YAML(pure=True)
    content = _read(yaml, path)
    backup = _backed_up(path, now)
    for section, entry in _entries(identity, name, server).items():
        content[section] = _with(content.get(section), entry)
    content["current-context"] = content.get("current-context") or name
    _write(path.resolve(), _dumped(yaml, content))
    return Merged(name, backup, content["current-context"] == name)


def _entries(identity: Identity, name: str, server: str) -> dict[str, dict[str, Any]]:
    cluster = {
        "server": server,
        "tls-server-name": API_NAME,
        "certificate-authority-data": _encoded(identity.authority),
    }
    user = {
        "client-certificate-data": _encoded(identity.certificate),
        "client-key-data": _encoded(identity.key.get_secret_value()),
    }
    return {
        "clusters": {"name": name, "cluster": cluster},
        "users": {"name": name, "user": user},
        "contexts": {"name": name, "context": {"cluster": name, "user": name}},
    }


def _read(yaml: YAML, path: Path) -> Any:
    if not path.exists():
        return {"apiVersion": "v1", "kind": "Config"}
    try:
        content = yaml.load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError, OSError):
        # Without a cause: the reader's message quotes lines, and the file holds keys.
        raise AccessError("kubeconfig_foreign", path=path) from None
    if content is None:
        return {"apiVersion": "v1", "kind": "Config"}
    if not _is_kubeconfig(content):
        raise AccessError("kubeconfig_foreign", path=path)
    return content


def _is_kubeconfig(content: Any) -> bool:
    """Return whether a file says that it is a kubeconfig, and has its parts; ``null`` is empty."""
    if not isinstance(content, dict) or content.get("kind") != "Config":
        return False
    sections = ("clusters", "users", "contexts")
    return all(
        section in content and isinstance(content[section] or [], list) for section in sections
    )


def _write(path: Path, text: str) -> None:
    try:
        write_private(path, text.encode())
    except HomeError as error:
        raise AccessError(
            "kubeconfig_unwritable", path=path, reason=error.facts["reason"]
        ) from error


def _backed_up(path: Path, now: datetime) -> Path | None:
    if not path.exists():
        return None
    backup = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%SZ}.bak")
    _write(backup, path.read_text("utf-8"))
    return backup


def _with(entries: list[Any] | None, entry: dict[str, Any]) -> list[Any]:
    """Put ``entry`` in place of the one of its name, else at the end."""
    kept = entries if entries is not None else []
    for index, other in enumerate(kept):
        if isinstance(other, dict) and other.get("name") == entry["name"]:
            kept[index] = entry
            return kept
    kept.append(entry)
    return kept


def _dumped(yaml: YAML, content: Any) -> str:
    stream = io.StringIO()
    yaml.width = 1_000_000
    yaml.dump(content, stream)
    return stream.getvalue()


def _decoded(data: str) -> str:
    return base64.b64decode(data, validate=True).decode("ascii")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("ascii")).decode("ascii")
