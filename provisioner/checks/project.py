"""Whether the Hetzner project will take what is planned: token, leftovers, names, limits, image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.answers_findings import finding
from provisioner.checks.wanted import wanted_servers
from provisioner.errors import HetznerError
from provisioner.facts import Finding, Severity
from provisioner.hetzner.catalogue import Catalogue
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Inventory
from provisioner.hetzner.probe import probe_write
from provisioner.settings import Settings

TOKEN = ("hetzner", "token")
_ABOUT_TOKEN = frozenset({"hetzner_unauthorized", "hetzner_token_readonly", "hetzner_forbidden"})
MOST_NAMES = 5


async def check_token_rights(hetzner: Hetzner, fqdn: str = "") -> tuple[Finding, ...]:
    """Return what the API says against the token, or that it does not answer.

    ``fqdn`` names the Sovereign in what is to be done, where there is one.
    """
    try:
        await probe_write(hetzner)
    except HetznerError as error:
        return (api_finding(error, fqdn),)
    return ()


def api_finding(error: HetznerError, fqdn: str = "") -> Finding:
    """Return the finding that an API's refusal or silence amounts to, as said to a Sovereign."""
    place = TOKEN if error.code in _ABOUT_TOKEN else ()
    facts = {"fqdn": fqdn, **error.facts} if fqdn else error.facts
    return finding(error.code, place, "", facts)


def check_leftovers(fqdn: str, inventory: Inventory) -> tuple[Finding, ...]:
    """Return a finding when resources of this Sovereign exist that no run of ours knows."""
    if not inventory.items:
        return ()
    names = [f"{each.kind} {each.name or each.id}" for each in inventory.items]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    facts = {
        "fqdn": fqdn,
        "count": len(names),
        "names": ", ".join(names[:MOST_NAMES]) + more,
    }
    return (finding("hetzner_leftovers", ("domain",), fqdn, facts),)


def check_names(slug: str, inventory: Inventory) -> tuple[Finding, ...]:
    """Return the names that we would give and that others' resources have already."""
    own = f"catalyst-{slug}"
    return tuple(
        finding(
            "hetzner_name_taken", ("domain",), each.name, {"kind": each.kind, "name": each.name}
        )
        for each in inventory.others
        if each.name == own or each.name.startswith(f"{own}-")
    )


def check_limits(
    values: Mapping[str, Any], inventory: Inventory, settings: Settings
) -> tuple[Finding, ...]:
    """Warn when a new account could not rent this many servers; the API tells no limits."""
    planned = sum(each.number for each in wanted_servers(values))
    total = planned + sum(1 for _ in inventory.of_kind("server"))
    if total <= settings.new_account_servers:
        return ()
    facts = {"total": total, "limit": settings.new_account_servers}
    place = ("sizing",)
    warning = Severity.WARNING
    return (finding("hetzner_new_account_limit", place, total, facts, severity=warning),)


async def check_image(
    values: Mapping[str, Any], catalogue: Catalogue, settings: Settings, hetzner: Hetzner
) -> tuple[Finding, ...]:
    """Return a finding for each needed architecture that lacks the image; raises HetznerError."""
    types = {each.type for each in wanted_servers(values)} & set(catalogue.server_types)
    needed = sorted({catalogue.server_types[name].architecture for name in types})
    found = []
    for architecture in needed:
        listed = await hetzner.list(
            "/images", "images", name=settings.image, architecture=architecture
        )
        if not listed:
            facts = {"image": settings.image, "architecture": architecture, "path": "settings.toml"}
            found.append(finding("hetzner_image_missing", (), settings.image, facts))
    return tuple(found)
