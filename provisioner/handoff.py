"""The hand-off: what the operator gives to whoever uses the Sovereign, every line of it checked.

It is a pure fold of the journal's view: an address stands here because it answered, a component
because it was healthy. What is not there is said as plainly. The one secret that belongs to it, the
first administrator's password, is read from the cluster when it is asked for, and stands nowhere.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from pydantic import SecretStr

from provisioner.cluster.ports import Kube
from provisioner.dns.answers import wrong
from provisioner.dns.own import explained
from provisioner.errors import CatalystError, ClusterError
from provisioner.facts import ExpectedComponent, OutsideCheck, State
from provisioner.files import write_private
from provisioner.home import SovereignFolder
from provisioner.outside import OWN
from provisioner.remedies import explain
from provisioner.view import View

FILE = "handoff.md"
AUTHORITY = r"kubectl -n {namespace} get secret {name} -o jsonpath='{{.data.tls\.crt}}' | base64 -d"
"""Reads a certificate that the cluster keeps."""
KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the hand-off."""

    name: str
    value: str
    ok: bool = True
    """Whether it was seen to be so; if not, ``value`` says what was seen instead."""
    component: bool = False
    """Whether it is a component of the kit."""
    versions: tuple[str, ...] = ()
    """Of a component: what of it is installed, by name and version."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that belong together."""

    title: str
    facts: tuple[Fact, ...]


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """The whole page."""

    fqdn: str
    at: datetime | None
    """When the Sovereign was last seen from outside."""
    sections: tuple[Section, ...]

    @property
    def whole(self) -> bool:
        """Whether every line is as it should be."""
        return all(fact.ok for section in self.sections for fact in section.facts)


class Administrator(msgspec.Struct, frozen=True):
    """The first administrator; shown once, on request, and never stored."""

    username: str
    password: SecretStr


def handoff_of(view: View) -> Handoff:
    """Return the page of a Sovereign that was handed over; raises CatalystError."""
    if view.ready_at is None:
        raise CatalystError("handoff_not_ready", fqdn=view.fqdn)
    return handoff(view)


def handoff(view: View) -> Handoff:
    """Return the page of what the journal tells."""
    sections = (
        Section(title="Addresses", facts=(*_addresses(view), *_names(view))),
        Section(title="Access", facts=tuple(_access(view))),
        Section(title="Platform", facts=tuple(_components(view))),
        Section(title="Cost", facts=tuple(_cost(view))),
        Section(title="What is where", facts=tuple(_places(view))),
        Section(title="Next steps", facts=tuple(_steps(view))),
    )
    filled = tuple(each for each in sections if each.facts)
    return Handoff(fqdn=view.fqdn, at=view.outside_at, sections=filled)


def markdown(page: Handoff) -> str:
    """Return the page as a document."""
    lines = [f"# {page.fqdn}", "", verdict(page)]
    for section in page.sections:
        lines += ["", f"## {section.title}", ""]
        lines += [f"- {'' if fact.ok else '! '}{fact.name}: {fact.value}" for fact in section.facts]
    return "\n".join(lines) + "\n"


def verdict(page: Handoff) -> str:
    """Return in a sentence whether everything is as it should be."""
    seen = f"Seen from outside {page.at:%Y-%m-%d %H:%M} UTC; " if page.at else ""
    ill = sum(not fact.ok for section in page.sections for fact in section.facts)
    if not ill:
        return f"{seen}everything is as it should be."
    return f"{seen}{ill} with ! {'is not as it' if ill == 1 else 'are not as they'} should be."


async def write_handoff(folder: SovereignFolder, view: View) -> Handoff:
    """Write the page into the Sovereign's folder, 0600, and return it; raises HomeError."""
    page = handoff(view)
    await asyncio.to_thread(write_private, folder.path / FILE, markdown(page).encode())
    return page


async def first_administrator(kube: Kube, expected: Iterable[ExpectedComponent]) -> Administrator:
    """Return the first administrator, read from the cluster now; raises ClusterError.

    ``expected`` is the kit as it was applied, which names the Secret.
    """
    place = next((each.administrator for each in expected if each.administrator), "")
    namespace, _, name = place.partition("/")
    if not name:
        raise ClusterError("handoff_no_administrator", secret="of the kit")  # noqa: S106
    found = await kube.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    data: Mapping[str, Any] = found.get("data") or {}
    try:
        username, password = (base64.b64decode(data[key]).decode() for key in _KEYS)
    except (KeyError, ValueError, TypeError):
        raise ClusterError("handoff_no_administrator", secret=f"{namespace}/{name}") from None
    return Administrator(username, SecretStr(password))


_KEYS = ("username", "password")
_CENT = Decimal("0.01")


def _addresses(view: View) -> Iterable[Fact]:
    """Yield each host: its page where it was asked for, else its certificate."""
    by_host: dict[str, list[OutsideCheck]] = {}
    for each in view.outside:
        if each.what in ("dns", "tls", "http"):
            by_host.setdefault(each.target, []).append(each)
    purposes = {host: what for each in _expected(view) for host, what in each.hosts.items()}
    if not by_host:
        yield Fact(name="addresses", value="not looked at from outside yet", ok=False)
    for host, checks in by_host.items():
        ill = next((each for each in checks if not each.ok), None)
        label = host.partition(".")[0]
        said = ill or checks[-1]
        name = f"https://{host}/"
        purpose = purposes.get(label, label)
        yield Fact(name=name, value=f"{purpose}; {_said(said, view.fqdn)}", ok=ill is None)
    for each in view.outside:
        if each.what in ("tcp", "targets", "issuance"):
            yield Fact(name=each.target, value=_said(each, view.fqdn), ok=each.ok)


def _said(check: OutsideCheck, fqdn: str) -> str:
    if check.ok or not check.code:
        return check.saw
    remedy = explain(check.code, {"fqdn": fqdn, "target": check.target, "saw": check.saw})
    return f"{check.saw}. {remedy.action}"


def _names(view: View) -> Iterable[Fact]:
    """Yield what does not resolve yet, each name once."""
    told: set[str] = set()
    address = str((view.outputs.get("load_balancer") or {}).get("ipv4") or "")
    for each in wrong(view.answers):
        if each.name not in told:
            told.add(each.name)
            yield Fact(name=each.name, value=explained(each, address).brief, ok=False)


def _components(view: View) -> Iterable[Fact]:
    for name, line in view.components.items():
        healthy = line.state is State.HEALTHY
        versions = line.expected.versions
        said = "; ".join(filter(None, (line.expected.title, ", ".join(versions)))) or "healthy"
        value = said if healthy else f"{line.state}: {line.detail or line.reason or 'not healthy'}"
        yield Fact(name=name, value=value, ok=healthy, component=True, versions=versions)
    if view.run is not None:
        yield Fact(name="Catalyst", value=view.run.version)
    known = view.kubernetes or "its version was not read"
    yield Fact(name="Kubernetes", value=known, ok=bool(view.kubernetes))


def _access(view: View) -> Iterable[Fact]:
    yield Fact(
        name="first administrator",
        value=f"catalyst handoff {view.fqdn} --administrator; it is stored nowhere else",
        ok=any(_is_healthy(view, each.name) for each in _expected(view) if each.administrator),
    )
    yield Fact(
        name="kubectl",
        value=f"catalyst kubeconfig {view.fqdn} --write FILE, through SSH",
        ok=bool(view.kubernetes),
    )
    yield Fact(
        name="SSH key",
        value=f"the one of the answers; one made here: catalyst secrets {view.fqdn} --show "
        "ssh_private_key --to FILE",
    )
    for node, line in view.nodes.items():
        if line.fingerprint:
            yield Fact(name="SSH host key", value=f"{node} {line.fingerprint}")


def _cost(view: View) -> Iterable[Fact]:
    if view.confirmed is None:
        return
    price = view.confirmed.price
    gross = Decimal(price.monthly) * (1 + Decimal(price.vat_rate) / 100)
    net = f"{price.monthly} {price.currency} net a month"
    said = f"{net}, {gross.quantize(_CENT)} with {Decimal(price.vat_rate).normalize():f} % VAT"
    yield Fact(name="all that is rented", value=said)
    for line in price.lines:
        each = f"{line.count} x {line.type} at {line.monthly} {price.currency}"
        yield Fact(name=line.kind.replace("_", " "), value=each)


def _places(view: View) -> Iterable[Fact]:
    balancer = view.outputs.get("load_balancer") or {}
    if balancer:
        known = (str(balancer[each]) for each in ("name", "ipv4") if balancer.get(each))
        yield Fact(name="load balancer", value=", ".join(known))
    for role in ("control_planes", "workers"):
        for node in (view.outputs.get(role) or {}).values():
            ready = view.nodes.get(str(node.get("name")))
            ok = ready is not None and ready.ready is True
            value = f"{node.get('ipv4')}{'' if ok else ', not seen ready'}"
            yield Fact(name=str(node.get("name")), value=value, ok=ok)
    for plane in list((view.outputs.get("control_planes") or {}).values())[:1]:
        place = f"{KUBECONFIG} on {plane.get('name')}, by ssh root@{plane.get('ipv4')}"
        yield Fact(name="Kubernetes' administrator", value=place)
    for each in _expected(view):
        namespace, _, name = each.administrator.partition("/")
        if name:
            value = f"{name} in the namespace {namespace}"
            yield Fact(name="the administrator's Secret", value=value)
    if view.zone:
        how = "by hand" if view.records_by == "operator" else f"through {view.records_by}"
        yield Fact(name="DNS", value=f"{len(view.records)} records in {view.zone}, set {how}")


def _steps(view: View) -> Iterable[Fact]:
    fqdn = view.fqdn
    if any(not each.ok for each in view.outside) or wrong(view.answers):
        yield Fact(name="look again", value=f"catalyst dns {fqdn}, once what is named is mended")
    yield Fact(name="sign in", value="as the first administrator, and change the password")
    for each in _expected(view) if any(OWN in each.saw for each in view.outside) else ():
        namespace, _, name = each.authority.partition("/")
        if name:
            command = AUTHORITY.format(namespace=namespace, name=name)
            yield Fact(name="trust", value=f"give every user the authority: {command}")
    yield Fact(name="rotate", value="replace the Hetzner token that this run used")
    yield Fact(
        name="keep",
        value="store the passphrase of the state where it outlives this machine: "
        f"catalyst secrets {fqdn} --show state_passphrase",
    )
    yield Fact(name="destroy", value=f"catalyst destroy {fqdn} --confirm {fqdn}")


def _expected(view: View) -> tuple[ExpectedComponent, ...]:
    """Return the kit as it was applied."""
    return tuple(line.expected for line in view.components.values())


def _is_healthy(view: View, component: str) -> bool:
    line = view.components.get(component)
    return line is not None and line.state is State.HEALTHY
