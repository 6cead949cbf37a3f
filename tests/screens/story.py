"""The story of the pictures: a highly available Sovereign, from plan to hand-off and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from provisioner import events as e
from provisioner.cluster.graph import expected_components
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.events import Event
from provisioner.facts import (
    Change,
    DnsAnswer,
    DnsRecord,
    ExpectedComponent,
    NameState,
    Outcome,
    OutsideCheck,
    PartPrice,
    PhaseName,
    Price,
    PriceLine,
    Release,
    ResourceItem,
    Rung,
    State,
)
from screens.scripted_wizard import NOON

FQDN = "oman.omani.works"
HOSTS = ("console", "gitea", "harbor", "admin", "api")
SHA = "3f9a1c22b7e04d5599aa" + "0" * 44
ANSWERS: dict[str, Any] = {
    "organisation": {"name": "Sultanate of Oman", "admin_email": "ops@omani.works"},
    "domain": {"mode": "pool", "label": "oman", "pool": "omani.works"},
    "sizing": {
        "location": "fsn1",
        "control_plane": {"type": "cpx42", "count": 3},
        "workers": [{"name": "general", "type": "cpx32", "count": 2}],
    },
    "access": {"operator_cidrs": ["203.0.113.7/32"]},
}
_NODES = ("cp1", "cp2", "cp3", "general1", "general2")
_TYPES = {f"catalyst-oman-{n}": "cpx42 in fsn1" for n in _NODES[:3]}
_TYPES |= {f"catalyst-oman-{n}": "cpx32 in fsn1" for n in _NODES[3:]}
CHANGES = (
    *(("server", f"catalyst-oman-{n}", f'hcloud_server.node["{n}"]') for n in _NODES),
    ("network", "catalyst-oman", "hcloud_network.main"),
    ("network_subnet", "10.0.1.0/24", "hcloud_network_subnet.main"),
    ("firewall", "catalyst-oman", "hcloud_firewall.nodes"),
    ("load_balancer", "catalyst-oman", "hcloud_load_balancer.main"),
    ("load_balancer_service", "catalyst-oman 80", "hcloud_load_balancer_service.http"),
    ("load_balancer_service", "catalyst-oman 443", "hcloud_load_balancer_service.https"),
    ("load_balancer_target", "catalyst-oman", "hcloud_load_balancer_target.nodes"),
    ("placement_group", "catalyst-oman-cp", "hcloud_placement_group.control_plane"),
    ("ssh_key", "catalyst-oman", "hcloud_ssh_key.operator"),
)
PRICE = Price(
    currency="EUR",
    vat_rate="19",
    monthly="289.44",
    hourly="0.464",
    lines=(
        PriceLine(kind="load_balancer", type="lb11", count=1, monthly="7.49", hourly="0.012"),
        PriceLine(kind="primary_ip", type="ipv4", count=5, monthly="0.50", hourly="0.001"),
        PriceLine(kind="server", type="cpx32", count=2, monthly="35.49", hourly="0.057"),
        PriceLine(kind="server", type="cpx42", count=3, monthly="69.49", hourly="0.111"),
    ),
)
PRICE = msgspec.structs.replace(
    PRICE,
    parts={
        "load_balancer catalyst-oman": PartPrice(hourly="0.012", monthly="7.49"),
        **{f"server catalyst-oman-{n}": PartPrice(hourly="0.112", monthly="69.99")
           for n in _NODES[:3]},
        **{f"server catalyst-oman-{n}": PartPrice(hourly="0.058", monthly="35.99")
           for n in _NODES[3:]},
    },
)  # fmt: skip
_ALL = (Rung.SOURCE, Rung.RELEASE, Rung.WORKLOADS, Rung.PROBE)
_KIT = (
    ("cilium", 90, ()),
    ("cert-manager", 50, ("cilium",)),
    ("flux", 40, ()),
    ("sealed-secrets", 30, ("cilium",)),
    ("spire", 70, ("cilium",)),
    ("crossplane", 80, ("cilium",)),
    ("openbao", 90, ("cert-manager",)),
    ("nats-jetstream", 50, ("cilium",)),
    ("keycloak", 160, ("cert-manager",)),
    ("gitea", 110, ("keycloak",)),
    ("catalyst-platform", 60, ("gitea",)),
)
_SHIPPED = {each.name: each for each in expected_components(packaged_kit())}
"""What the hand-off says of the kit is the kit's own."""
COMPONENTS = tuple(
    ExpectedComponent(
        name=name,
        depends_on=below,
        rungs=_ALL[2:] if name == "flux" else _ALL,
        usual=float(usual),
        releases=() if name == "flux" else (Release(namespace=name, name=name),),
        versions=_SHIPPED[name].versions,
        hosts=_SHIPPED[name].hosts,
        administrator=_SHIPPED[name].administrator,
        authority=_SHIPPED[name].authority,
    )
    for name, usual, below in _KIT
)


def saved(*, for_destroy: bool = False) -> e.PlanSaved:
    """Return the plan of the story."""
    action = "delete" if for_destroy else "create"
    return e.PlanSaved(
        sha256=SHA,
        changes=tuple(
            Change(address=a, kind=k, name=n, action=action, rents=_TYPES.get(n, ""))
            for k, n, a in CHANGES
        ),
        price=PRICE,
        destroys=for_destroy,
        for_destroy=for_destroy,
    )


def planned() -> list[Event]:
    """Return a run that planned."""
    return [
        e.PhaseStarted(phase=PhaseName.PREFLIGHT, usual=5),
        e.PhaseFinished(phase=PhaseName.PREFLIGHT, seconds=2.1),
        e.PhaseStarted(phase=PhaseName.PLAN, usual=8),
        saved(),
        e.PhaseFinished(phase=PhaseName.PLAN, seconds=6.4),
        e.RunFinished(outcome=Outcome.PLANNED, seconds=9),
    ]


def applying() -> list[Event]:
    """Return the first half of an apply: some done, some at work, some waiting."""
    found: list[Event] = [
        e.PlanConfirmed(sha256=SHA, by="hash"),
        e.PhaseStarted(phase=PhaseName.APPLY, usual=70),
        e.ApplyStarted(sha256=SHA, total=len(CHANGES)),
    ]
    for kind, name, address in CHANGES[5:9]:
        found += _made(kind, name, address, 1.2)
    for kind, name, address in (*CHANGES[12:], CHANGES[0]):
        found += _made(kind, name, address, 11.4)
    for kind, name, address in CHANGES[1:4]:
        found.append(e.ResourceStarted(address=address, kind=kind, name=name, action="create"))
    return found


def applied() -> list[Event]:
    """Return the rest of the apply, and the way in."""
    found: list[Event] = []
    for kind, name, address in (*CHANGES[1:5], *CHANGES[9:12]):
        found += _made(kind, name, address, 14.0)
    return [
        *found,
        e.OutputsSaved(outputs={"load_balancer": {"ipv4": "49.12.20.7"}}),
        e.PhaseFinished(phase=PhaseName.APPLY, seconds=61),
        e.PhaseStarted(phase=PhaseName.ACCESS, usual=150),
        *(
            e.NodeStageChanged(node=f"catalyst-oman-{n}", stage="kubernetes", index=4, of=6)
            for n in _NODES
        ),
    ]


def bootstrapping() -> list[Event]:
    """Return the bootstrap with one component that is broken."""
    states: dict[str, dict[str, Any]] = {
        "crossplane": {"state": State.INSTALLING, "rungs": _ALL[:2], "reason": "1/2 pods"},
        "openbao": {
            "state": State.FAILED,
            "rungs": _ALL[:2],
            "reason": "image",
            "code": "image_pull",
            "detail": "openbao-0 cannot pull quay.io/openbao/openbao:2.6.2: 429 too many requests.",
        },
        "nats-jetstream": {"state": State.INSTALLED, "rungs": _ALL[:3], "reason": "no answer"},
        "keycloak": {"state": State.RETRYING, "rungs": _ALL[:2], "attempt": 1, "attempts": 3},
        "gitea": {"state": State.WAITING, "waits_on": ("keycloak",)},
        "catalyst-platform": {"state": State.WAITING, "waits_on": ("gitea",)},
    }
    sources = (
        e.SourceChanged(kind="HelmRepository", namespace="flux-system", name=n, ready=True)
        for n in ("cilium", "jetstack", "openbao")
    )
    return [
        e.AccessEstablished(
            node="catalyst-oman-cp1", fingerprint="SHA256:4vJm…k0Q", kubernetes="v1.36.2+k3s1"
        ),
        e.PhaseFinished(phase=PhaseName.ACCESS, seconds=131),
        e.PhaseStarted(phase=PhaseName.BOOTSTRAP, usual=600),
        e.KitApplied(components=COMPONENTS, deadline=NOON + timedelta(minutes=40)),
        *(e.NodeChanged(node=f"catalyst-oman-{n}", ready=True) for n in _NODES),
        *sources,
        *(
            e.ComponentChanged(component=name, **states[name]) if name in states else healthy(name)
            for name, _, _ in _KIT
        ),
    ]


def healthy(name: str) -> Event:
    """Return a component that stands on its top rung."""
    expected = next(each for each in COMPONENTS if each.name == name)
    return e.ComponentChanged(component=name, state=State.HEALTHY, rungs=expected.rungs)


def outside(**ill: tuple[str, str]) -> list[Event]:
    """Return a look from outside; ``ill`` gives what a host showed instead, and its code."""
    looks = [
        OutsideCheck(what="dns", target=f"{host}.{FQDN}", ok=True, saw="leads to 49.12.20.7")
        for host in HOSTS
    ]
    for host in HOSTS:
        saw, code = ill.get(host, ("", ""))
        page = host in ("console", "gitea", "api")
        well = "200 OK" if page else "signed by (STAGING) Ersatz Edamame E1, valid until 2026-04-01"
        what = "http" if page else "tls"
        looks.append(
            OutsideCheck(
                what=what, target=f"{host}.{FQDN}", ok=not code, saw=saw or well, code=code
            )
        )
    targets = OutsideCheck(
        what="targets", target="catalyst-oman-lb", ok=True, saw="3 of 3 servers healthy"
    )
    return [
        e.PhaseStarted(phase=PhaseName.VERIFY, usual=20),
        e.OutsideChecked(checks=(*looks, targets), seconds=1.2),
        e.PhaseFinished(phase=PhaseName.VERIFY, seconds=1.2, ok=not ill),
    ]


def named(by: str, states: tuple[NameState, ...] = ()) -> list[Event]:
    """Return what dns journals: who sets the records, and how they stand at the zone's server."""
    names = [f"{host}.{FQDN}" for host in ("*", *HOSTS)]
    address = "49.12.20.7"
    saw = {NameState.RIGHT: (address,), NameState.WRONG: ("192.0.2.9",)}
    answers = tuple(
        DnsAnswer(name=name, server="ns1", authority=True, state=state, saw=saw.get(state, ()))
        for name, state in zip(names, states, strict=False)
    )
    records = tuple(DnsRecord(name=name, type="A", value=address, ttl=300) for name in names)
    return [
        e.PhaseStarted(phase=PhaseName.DNS, usual=60),
        e.DnsRecordsWanted(zone="omani.works", records=records, by=by),
        e.WaitStarted(key="dns", what=f"{FQDN} to lead to {address}", usual=60),
        *([e.DnsRecordsChecked(answers=answers)] if answers else []),
    ]


def ready(seen: list[Event] | None = None) -> list[Event]:
    """Return the end of the road; ``seen`` is another look from outside than the usual one."""
    return [
        *(healthy(name) for name, _, _ in _KIT),
        e.AllHealthy(seconds=30),
        e.PhaseFinished(phase=PhaseName.BOOTSTRAP, seconds=702),
        *(outside() if seen is None else seen),
        e.RunFinished(outcome=Outcome.READY, seconds=905),
    ]


def items() -> tuple[ResourceItem, ...]:
    """Return what the cloud lists before a destroy."""
    kinds = [
        (kind, name) for kind, name, _ in CHANGES if "_" not in kind or kind == "load_balancer"
    ]
    found = [
        ResourceItem(kind=kind, id=str(4711 + at), name=name, owner="state")
        for at, (kind, name) in enumerate(kinds)
    ]
    volume = ResourceItem(kind="volume", id="9001", name="pvc-7d1e", owner="attached")
    return (*found, volume)


def destroying() -> list[Event]:
    """Return a destroy that is under way."""
    return [
        e.PhaseStarted(phase=PhaseName.DESTROY, usual=60),
        e.InventoryListed(when="before", items=items(), foreign=2),
        saved(for_destroy=True),
        e.PlanConfirmed(sha256=SHA, by="name"),
        e.ApplyStarted(sha256=SHA, total=len(CHANGES)),
    ]


def destroyed() -> list[Event]:
    """Return the end of a destroy."""
    return [
        e.InventoryListed(when="after", items=(), foreign=2),
        e.PhaseFinished(phase=PhaseName.DESTROY, seconds=44),
        e.RunFinished(outcome=Outcome.DESTROYED, seconds=45),
    ]


def _made(kind: str, name: str, address: str, seconds: float) -> list[Event]:
    return [
        e.ResourceStarted(address=address, kind=kind, name=name, action="create"),
        e.ResourceFinished(
            address=address, kind=kind, name=name, action="create", id="1", seconds=seconds
        ),
    ]
