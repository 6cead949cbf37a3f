"""A domain of one's own whose zone lies in the same Hetzner project: its records set by API.

Hetzner changes one set of records at a time, so that nothing else of the zone is ever at stake.
What is ours bears the Sovereign's label; what has another value and no such label is somebody's,
and is left as it is. Source: Hetzner's API documentation on zones and RRSets.
"""

from __future__ import annotations

from typing import Any

import msgspec

from provisioner.dns import wanted
from provisioner.errors import DnsError, HetznerError
from provisioner.hetzner.client import Hetzner, Json
from provisioner.hetzner.inventory import LABEL


class HetznerZone(msgspec.Struct, frozen=True):
    """A zone of the project."""

    id: int
    name: str
    writable: bool


async def find_zone(hetzner: Hetzner, fqdn: str) -> HetznerZone | None:
    """Return the project's zone that ``fqdn`` lies in, the closest one; raises HetznerError."""
    try:
        listed = await hetzner.list("/zones", "zones")
    except HetznerError as error:
        # An API that knows no zones has none.
        if error.facts.get("api_code") != "not_found":
            raise
        return None
    held = [each for each in listed if f".{fqdn}".endswith(f".{each.get('name')}")]
    best = max(held, key=lambda each: len(each["name"]), default=None)
    if best is None:
        return None
    return HetznerZone(int(best["id"]), str(best["name"]), best.get("mode") == "primary")


async def set_records(hetzner: Hetzner, zone: HetznerZone, fqdn: str, address: str) -> int:
    """Have every host of ``fqdn`` lead to ``address``; returns how many records were changed.

    Raises DnsError: ``dns_zone_secondary``, or ``dns_record_foreign`` for the first name that leads
    elsewhere and is not ours, after all others are set. Raises HetznerError.
    """
    if not zone.writable:
        raise DnsError("dns_zone_secondary", zone=zone.name)
    there = {each["name"]: each for each in await _rrsets(hetzner, zone) if each["type"] == "A"}
    aliases = {each["name"] for each in await _rrsets(hetzner, zone, "CNAME")}
    changed = 0
    foreign: DnsError | None = None
    for name in _relative(fqdn, zone):
        known = there.get(name)
        if name in aliases:
            full = f"{name}.{zone.name}"
            foreign = foreign or DnsError("dns_cname_in_the_way", name=full, zone=zone.name)
        elif known is None:
            await _create(hetzner, zone, name, fqdn, address)
            changed += 1
        elif _values(known) == [address]:
            continue
        elif (known.get("labels") or {}).get(LABEL) == fqdn:
            await _set(hetzner, zone, name, address)
            changed += 1
        else:
            foreign = foreign or _foreign(zone, name, known, address)
    if foreign is not None:
        raise foreign
    return changed


async def remove_records(hetzner: Hetzner, zone: HetznerZone, fqdn: str) -> int:
    """Remove what bears the Sovereign's label, and only that; returns how many; HetznerError."""
    ours = await held_records(hetzner, zone, fqdn)
    for name in ours:
        try:
            await hetzner.call("DELETE", f"{_path(zone)}/{name}/A")
        except HetznerError as error:
            if error.facts.get("api_code") != "not_found":
                raise
    return len(ours)


async def held_records(hetzner: Hetzner, zone: HetznerZone, fqdn: str) -> tuple[str, ...]:
    """Return the names, as the zone calls them, that bear the Sovereign's label; HetznerError."""
    names = set(_relative(fqdn, zone))
    return tuple(
        each["name"]
        for each in await _rrsets(hetzner, zone)
        if each["name"] in names and (each.get("labels") or {}).get(LABEL) == fqdn
    )


async def _rrsets(hetzner: Hetzner, zone: HetznerZone, kind: str = "A") -> list[Json]:
    return await hetzner.list(_path(zone), "rrsets", type=kind)


async def _create(hetzner: Hetzner, zone: HetznerZone, name: str, fqdn: str, address: str) -> None:
    body = {
        "name": name,
        "type": "A",
        "ttl": wanted.TTL,
        "labels": {LABEL: fqdn},
        "records": [{"value": address}],
    }
    await hetzner.call("POST", _path(zone), body=body)


async def _set(hetzner: Hetzner, zone: HetznerZone, name: str, address: str) -> None:
    body: dict[str, Any] = {"records": [{"value": address}]}
    await hetzner.call("POST", f"{_path(zone)}/{name}/A/actions/set_records", body=body)


def _foreign(zone: HetznerZone, name: str, known: Json, address: str) -> DnsError:
    return DnsError(
        "dns_record_foreign",
        zone=zone.name,
        name=f"{name}.{zone.name}",
        saw=" and ".join(_values(known)),
        address=address,
    )


def _values(rrset: Json) -> list[str]:
    return [str(each["value"]) for each in rrset.get("records") or ()]


def _relative(fqdn: str, zone: HetznerZone) -> tuple[str, ...]:
    """Return our names as the zone calls them."""
    return tuple(each.removesuffix(f".{zone.name}") for each in wanted.names(fqdn))


def _path(zone: HetznerZone) -> str:
    return f"/zones/{zone.id}/rrsets"
