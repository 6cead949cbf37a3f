"""What one answer must look like: a pure function a kind of answer.

Each takes the typed text and returns its canonical form, or raises a PydanticCustomError whose type
is the code of a remedy in remedies/answers.toml and whose context fills the remedy's sentences.
The OpenTofu module's ``validation`` blocks accept and refuse the same values.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NoReturn

import idna
from pydantic_core import PydanticCustomError

SCHEMA_VERSION = 1
CONTROL_PLANES = (1, 3)
LABEL = r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
NAME = r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"
POOL_NAME = r"^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$"
COMMIT = r"^[0-9a-f]{40}$"
LONGEST_FQDN = 63
"""The name is also the value of a label at Hetzner, and that is where labels end."""
LONGEST_ORGANISATION = 64
LONGEST_EMAIL = 254
MOST_CIDRS = 100
"""Hetzner takes no more sources in one firewall rule."""
MOST_WORKERS = 90
"""A network holds 100 servers; the rest is for control planes, the balancer, and replacements."""
MOST_POOLS = 20
"""A project holds 50 placement groups, and a pool needs one for each ten servers."""
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_HOST_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_MAIL_LOCAL = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
_CIDR = re.compile(r"^[0-9A-Fa-f:.]+/[0-9]{1,3}$")
_LABEL_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")
_RESERVED_PREFIXES = ("hetzner.cloud/", "kubernetes.io/", "k8s.io/", "catalyst.openova.io/")
_GIT_URL = re.compile(r"^(https|ssh)://(?P<user>[^/@\s]*@)?[A-Za-z0-9.-]+(:[0-9]+)?/[^\s?#]+$")


def refuse(code: str, **facts: object) -> NoReturn:
    """Refuse an answer; ``code`` names the remedy, ``facts`` fill it and hold no secret."""
    raise PydanticCustomError(code, code, {name: str(value) for name, value in facts.items()})


def matches(value: str, pattern: str, code: str) -> str:
    """Return ``value`` if all of it matches ``pattern``."""
    # \Z, because $ would let one newline at the end pass.
    if not re.match(pattern.removesuffix("$") + r"\Z", value):
        refuse(code)
    return value


def organisation(value: str) -> str:
    """Accept a name as people write it: one line, any script, no control characters."""
    name = value.strip()
    if not name:
        refuse("answer_empty")
    if not name.isprintable():
        refuse("answer_unprintable")
    if len(name) > LONGEST_ORGANISATION:
        refuse("answer_too_long", longest=LONGEST_ORGANISATION, length=len(name))
    return name


def domain_label(value: str) -> str:
    """Accept one label of RFC 1035: begins with a letter, then letters, digits, inner hyphens."""
    return matches(value, LABEL, "bad_label")


def fqdn(value: str) -> str:
    """Accept a domain name of at least two labels, in its ASCII form, at most 63 characters."""
    try:
        name = value if value.isascii() else idna.encode(value, uts46=True).decode("ascii")
    except idna.IDNAError:
        refuse("bad_fqdn")
    labels = name.lower().split(".")
    if len(labels) < 2 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        refuse("bad_fqdn")
    if labels[-1].isdigit():
        refuse("bad_fqdn")
    return short_enough(".".join(labels))


def short_enough(name: str) -> str:
    """Return a full name if it fits a label's value at Hetzner."""
    if len(name) > LONGEST_FQDN:
        refuse("fqdn_too_long", longest=LONGEST_FQDN, length=len(name))
    return name


def email(value: str) -> str:
    """Accept an address that a certificate authority takes as contact: ASCII, with a domain."""
    local, at, host = value.rpartition("@")
    labels = host.lower().split(".")
    ok = (
        at
        and len(value) <= LONGEST_EMAIL
        and len(local) <= 64
        and _MAIL_LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(_HOST_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not ok:
        refuse("bad_email")
    return value


def cidr(value: str) -> str:
    """Accept a network as ``address/length`` without host bits, in its canonical form."""
    if not _CIDR.fullmatch(value):
        refuse("bad_cidr")
    try:
        return str(ipaddress.ip_network(value, strict=True))
    except ValueError:
        pass
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        refuse("bad_cidr")
    refuse("cidr_host_bits", network=network)


def catalogue_name(value: str) -> str:
    """Accept the name of a server type or a location, as the catalogue spells names."""
    return matches(value, NAME, "bad_catalogue_name")


def control_planes(value: int) -> int:
    """Accept a number of control planes that etcd can agree with."""
    if value not in CONTROL_PLANES:
        refuse("bad_control_planes")
    return value


def workers(value: int) -> int:
    """Accept a number of servers for one pool."""
    if not 1 <= value <= MOST_WORKERS:
        refuse("bad_worker_count", most=MOST_WORKERS)
    return value


def schema_version(value: int) -> int:
    """Accept the one version of the answers' schema that this release writes."""
    if value != SCHEMA_VERSION:
        refuse("bad_version", known=SCHEMA_VERSION)
    return value


def pool_name(value: str) -> str:
    """Accept the name of a worker pool; it becomes part of its servers' names."""
    matches(value, POOL_NAME, "bad_pool_name")
    if value == "cp":
        refuse("reserved_pool_name")
    return value


def node_label_key(value: str) -> str:
    """Accept the key of a Kubernetes label that an operator may set."""
    prefix, slash, name = value.rpartition("/")
    well_formed = bool(_LABEL_NAME.fullmatch(name)) and (
        not slash or all(_HOST_LABEL.fullmatch(label) for label in prefix.split("."))
    )
    if not well_formed or len(prefix) > 253:
        refuse("bad_node_label")
    if any(f"{prefix}/".endswith(reserved) for reserved in _RESERVED_PREFIXES if slash):
        refuse("reserved_node_label")
    return value


def node_label_value(value: str) -> str:
    """Accept the value of a Kubernetes label; may be empty."""
    if value and not _LABEL_NAME.fullmatch(value):
        refuse("bad_node_label")
    return value


def taint(value: str) -> str:
    """Accept a taint as kubectl writes it: ``key=value:Effect`` or ``key:Effect``."""
    body, colon, effect = value.rpartition(":")
    key, _, content = body.partition("=")
    if not colon or effect not in TAINT_EFFECTS:
        refuse("bad_taint")
    try:
        node_label_key(key)
        node_label_value(content)
    except PydanticCustomError:
        refuse("bad_taint")
    return value


def ssh_key(value: str) -> str:
    """Accept ``generated``, ``agent``, or the path of a private key."""
    if value in ("generated", "agent"):
        return value
    if "/" not in value or not value.isprintable() or value.endswith("/"):
        refuse("bad_ssh_key")
    return value


def commit(value: str) -> str:
    """Accept a full Git commit: 40 hexadecimal digits, lower case."""
    return matches(value, COMMIT, "bad_commit")


def git_url(value: str) -> str:
    """Accept an https or ssh URL of a repository that carries no password."""
    found = _GIT_URL.match(value)
    if not found or found.end() != len(value):
        refuse("bad_git_url")
    user = found["user"] or ""
    if ":" in user or (user and value.startswith("https")):
        refuse("git_url_secret")
    return value


def git_path(value: str) -> str:
    """Accept a folder inside the repository: relative, without ``..``."""
    if value.startswith("/") or ".." in value.split("/") or not value.isprintable() or not value:
        refuse("bad_git_path")
    return value


def with_mode(value: str | None, chosen: str | None, mode: str) -> str | None:
    """Refuse an answer that belongs to ``mode`` where it is needed and lacks, or has no use."""
    if chosen == mode and value is None:
        refuse("required_with_mode", mode=mode)
    if chosen is not None and chosen != mode and value is not None:
        refuse("unused_with_mode", mode=chosen, needs=mode)
    return value
