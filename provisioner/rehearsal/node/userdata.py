"""What a machine is told at its first boot: the parts of a cloud-config that the world plays."""

from __future__ import annotations

import base64
import gzip
import shlex
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

NODE_ENV = "/etc/catalyst/node.env"
K3S_CONFIG = "/etc/rancher/k3s/config.yaml"


@dataclass(frozen=True)
class File:
    """A file that cloud-init writes."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class UserData:
    """A machine's cloud-config."""

    hostname: str = ""
    host_key: str = ""
    """Its first ed25519 host key, private, in OpenSSH's or PEM form; empty for a random one."""
    files: tuple[File, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    """The variables of the node's first boot."""
    k3s: dict[str, Any] = field(default_factory=dict)
    """The configuration of its k3s."""


def parse(text: str) -> UserData:
    """Return what a cloud-config says; a text that is none says nothing."""
    if not text.startswith("#cloud-config"):
        return UserData()
    try:
        content = _yaml(text)
    except YAMLError:
        return UserData()
    files = tuple(_file(entry) for entry in content.get("write_files", ()))
    texts = {file.path: file.content.decode("utf-8", "replace") for file in files}
    return UserData(
        hostname=str(content.get("hostname", "")),
        host_key=str(content.get("ssh_keys", {}).get("ed25519_private", "")),
        files=files,
        environment=_environment(texts.get(NODE_ENV, "")),
        k3s=_yaml(texts.get(K3S_CONFIG, "")),
    )


def _yaml(text: str) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load(text) or {})


def _file(entry: dict[str, Any]) -> File:
    content = entry.get("content", "")
    data = content if isinstance(content, bytes) else str(content).encode()
    encoding = str(entry.get("encoding", ""))
    if "b64" in encoding or "base64" in encoding:
        data = base64.b64decode(data)
    if encoding.startswith("gz"):
        data = gzip.decompress(data)
    return File(str(entry["path"]), data, int(str(entry.get("permissions", "0644")), 8))


def _environment(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in shlex.split(text, comments=True))
    return {name: value for name, _, value in pairs}
