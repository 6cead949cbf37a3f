"""The wizard where something is wrong, or where an answer has not come yet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import structs

from provisioner.errors import CatalystError, CredentialError, HetznerError
from provisioner.facts import DnsRecord, Finding, Severity
from provisioner.remedies import explain
from screens.ports import Alternative, Keeping, NameReport, TokenReport
from screens.scripted import ScriptedBackend
from screens.scripted_wizard import NOON
from tests.screens import scenes, story
from tests.screens.market import SECRETS, market

CREATING = Keeping(rungs=("memory",), vault="absent")
CLOSED = Keeping(rungs=("memory",), vault="closed")


def at(step: str, **changes: Any) -> ScriptedBackend:
    """Return a home whose one draft was left at a step."""
    return scenes.with_draft(step, **changes)


def own_domain(**changes: Any) -> ScriptedBackend:
    """Return a draft with a domain of its own, at its step."""
    answers = story.ANSWERS | {"domain": {"mode": "own", "fqdn": "cloud.example.org"}}
    draft = structs.replace(scenes.draft("domain"), answers=answers)
    return ScriptedBackend(scenes.script(**changes), drafts=[draft])


def taken() -> ScriptedBackend:
    """Another Sovereign has the label."""
    found = _finding("dns_label_claimed", "domain.label", label="oman", zone="omani.works")
    return at("domain", name=NameReport(state="taken", zone="omani.works", findings=(found,)))


def keyless() -> ScriptedBackend:
    """Nobody gave the pool's key, so that the label cannot be checked."""
    found = _finding("dns_key_missing", "domain.pool", zone="omani.works")
    return at("domain", name=NameReport(zone="omani.works", findings=(found,)))


def delegated() -> ScriptedBackend:
    """Return a draft whose own domain has servers that answer."""
    servers = ("ns1.example.net", "ns2.example.net")
    hosts = (("console", "198.51.100.7"), ("gitea", "198.51.100.7"), ("api", "192.0.2.44"))
    there = tuple(
        DnsRecord(name=f"{host}.cloud.example.org", type="A", value=value, ttl=300)
        for host, value in hosts
    )
    found = NameReport(state="found", zone="example.org", servers=servers, there=there)
    return own_domain(name=found)


def occupied() -> ScriptedBackend:
    """Return a draft whose own domain has a record in the way."""
    facts = {"fqdn": "cloud.example.org", "names": "console (CNAME old.example.net)"}
    found = _finding("dns_names_occupied", "domain.fqdn", zone="example.org", **facts)
    return own_domain(name=NameReport(state="found", zone="example.org", findings=(found,)))


def tokenless(**changes: Any) -> ScriptedBackend:
    """No secret is known, no network was named, and a vault would have to be made."""
    answers = {name: each for name, each in story.ANSWERS.items() if name != "access"}
    draft = structs.replace(scenes.draft("credentials"), answers=answers)
    absent = tuple(structs.replace(each, present=False, kept="", ending="") for each in SECRETS)
    known: dict[str, Any] = {"secrets": absent, "keeping": CREATING}
    return ScriptedBackend(scenes.script(**known | changes), drafts=[draft])


def in_memory() -> ScriptedBackend:
    """Return a good token that would end with the program."""
    passing = tuple(
        structs.replace(each, kept="memory alone, until this program ends", passing=True)
        if each.present
        else each
        for each in SECRETS
    )
    return at("credentials", secrets=passing, keeping=CREATING)


def refused() -> ScriptedBackend:
    """Return a token that may not write."""
    return at("credentials", token=TokenReport(problem=explain("hetzner_token_readonly")))


def crowded() -> ScriptedBackend:
    """Return a project that holds what would be in the way."""
    facts = {"fqdn": story.FQDN, "count": "2", "names": "server catalyst-oman-cp1, network x"}
    found = _finding("hetzner_leftovers", "domain", **facts)
    held = {"server": 3, "network": 2, "volume": 1, "firewall": 2}
    return at("credentials", token=TokenReport(servers=3, held=held, findings=(found,)))


def out_of_stock() -> ScriptedBackend:
    """Return a market in which the chosen type is gone and others would do."""
    gone = Finding(
        field="sizing.control_plane.type",
        value="cpx42",
        code="hetzner_type_no_stock",
        reason="cpx42 has no stock in fsn1.",
        remedy="Choose cpx42 in nbg1 (+0.00 a month, net).",
    )
    warning = Finding(
        field="sizing",
        value="5",
        code="hetzner_new_account_limit",
        reason="5 servers are all that a new account may rent.",
        remedy="Ask Hetzner to raise the limit if the plan is refused.",
        severity=Severity.WARNING,
    )
    less = (
        "8 GB of memory instead of 16, 4 cores instead of 8, 160 GB of disk instead of 320; "
        "the kit still fits"
    )
    others = (
        ("cpx42", "nbg1", "0", ""),
        ("cx53", "hel1", "-120.00", ""),
        ("ccx33", "fsn1", "306.00", ""),
        ("cpx32", "fsn1", "-102.00", less),
    )
    instead = tuple(
        Alternative(type=t, location=p, difference=Decimal(d), less=said)
        for t, p, d, said in others
    )
    kinds = tuple(
        structs.replace(kind, stock=kind.stock - {"fsn1"}) if kind.name == "cpx42" else kind
        for kind in market().kinds
    )
    offer = structs.replace(market(), kinds=kinds)
    return at("sizing", findings=(gone, warning), alternatives=instead, market=offer)


def going() -> ScriptedBackend:
    """Return a market with types that are going, or of another architecture."""
    changed: dict[str, dict[str, Any]] = {
        "cx43": {"going": {"fsn1": "2026-12-31"}},
        "ccx23": {"architecture": "arm"},
    }
    kinds = tuple(structs.replace(k, **changed.get(k.name, {})) for k in market().kinds)
    return at("sizing", market=structs.replace(market(), kinds=kinds))


def of_repository() -> ScriptedBackend:
    """Return answers whose kit is a repository's."""
    source = {"mode": "git", "url": "https://git.example/kit", "commit": "0" * 40}
    draft = scenes.draft("sizing", source=source)
    return ScriptedBackend(scenes.script(), drafts=[draft])


def unreachable() -> CatalystError:
    """Return what it means that Hetzner does not answer."""
    return HetznerError(
        "hetzner_unreachable", endpoint="https://api.hetzner.cloud/v1", reason="timed out"
    )


def unplanned() -> ScriptedBackend:
    """No plan could be made."""
    return at("review", refusing={"plan": unreachable()})


def vault_asked(*, new: bool, **changes: Any) -> ScriptedBackend:
    """Planning needs the vault."""
    keeping = CREATING if new else CLOSED
    code = "secret_not_kept" if new else "vault_locked"
    error = CredentialError(code, name="passphrase of OpenTofu's state", path="vault")
    known = {"keeping": keeping, "password": "right", "refusing": {"plan": error}}
    return at("review", **known | changes)


def home_with_all() -> ScriptedBackend:
    """One Sovereign at work, one handed over, one draft."""
    backend = scenes.at_bootstrap()
    backend.journals["muscat.omani.works"] = list(scenes.at_ready().journals[story.FQDN])
    backend.drafts = {scenes.DRAFT: structs.replace(scenes.draft("sizing"), saved=NOON)}
    return backend


def _finding(code: str, field: str, **facts: str) -> Finding:
    remedy = explain(code, facts)
    return Finding(
        field=field,
        value="",
        code=code,
        reason=remedy.what,
        remedy=remedy.action,
        severity=Severity.BLOCKING if code == "dns_label_claimed" else Severity.WARNING,
    )
