"""The names that a domain leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from screens.drawing.frame import LABEL
from screens.drawing.rows import Row, Rows

if TYPE_CHECKING:
    from screens.ports import NameReport

POOL_KEYS = ("dynadot.key", "dynadot.secret")
"""Secrets without which a label cannot be looked up."""
NEEDS_KEY = frozenset({"dns_key_missing", "dns_provider_key"})
"""Codes of findings that the right key mends."""
NOT_CHECKED = "Not yet checked: whether it is free stands in the zone {zone}, which needs its key."

HOSTS = ("console", "gitea", "harbor", "admin", "api", "*")
"""The records under a Sovereign's name that lead to its load balancer."""


def preview(fqdn: str, slug: str, width: int) -> Rows:
    """Return the address of the console, the six records, and the name of the resources."""
    if not fqdn:
        return [Row(" " * LABEL).add("Type a name to see what comes of it.", "quiet")]
    hosts = "  ".join(HOSTS)
    pairs = (
        ("Console", f"https://console.{fqdn}", "strong"),
        ("Records", f"{hosts}", ""),
        ("", "six A records, all to the load balancer", "quiet"),
        ("At Hetzner", f"catalyst-{slug}-…", ""),
    )
    return [
        Row("   ").add(name, "quiet").to(LABEL).add(text, role).cut(width - 1)
        for name, text, role in pairs
    ]


class Said(NamedTuple):
    """What reality says to a name: a sentence, what to do, and its mark."""

    what: str
    then: str
    mark: str


def name_said(report: NameReport) -> Said:
    """Return what is known of a name, in words."""
    if report.findings:
        found = report.findings[0]
        if found.code == "dns_key_missing":
            return Said(NOT_CHECKED.format(zone=report.zone), "", "warn")
        mark = "bad" if report.state == "taken" else "warn"
        return Said(found.reason, found.remedy, mark)
    match report.state:
        case "free":
            return Said(f"Free in {report.zone}, as its registrar holds it now.", "", "ok")
        case "ours":
            return Said(f"This Sovereign's own label in {report.zone}.", "", "ok")
        case "found":
            return Said(_answered(report), "", "ok")
    return Said("Not yet checked whether it is free.", "", "warn")


def _answered(report: NameReport) -> str:
    servers = " and ".join(report.servers[:2])
    here = standing_said(report) or "Nothing stands at its hosts yet."
    return f"In the zone {report.zone}, answered by {servers}. {here}"


def standing_said(report: NameReport) -> str:
    """Return which records stand at the hosts of a name now, those of one value together."""
    hosts: dict[tuple[str, str], list[str]] = {}
    for each in report.there:
        host = each.name.removesuffix(f".{report.fqdn}")
        hosts.setdefault((each.type, each.value), []).append(host)
    said = (f"{', '.join(names)} ({kind} {value})" for (kind, value), names in hosts.items())
    return f"To be changed there: {'; '.join(said)}." if hosts else ""
