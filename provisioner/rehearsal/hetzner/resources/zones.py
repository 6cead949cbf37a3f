"""DNS zones: primary ones, with the records that every zone has by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.model import Action, RecordSet, Ref, Zone
from provisioner.rehearsal.hetzner.paging import having, named, ordered, page
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    Protect,
    check_unique,
    checked,
    find_any,
    moment,
    require_unprotected,
    started,
)
from provisioner.rehearsal.hetzner.resources.records import RrsetBody, check_ttl, checked_rrset
from provisioner.suffixes import registrable

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "zone"
NAMESERVERS = ("ns1.example.net.", "ns2.example.net.", "ns3.example.net.")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"({_LABEL}\.)+{_LABEL}")
LONGEST = 253


class Create(msgspec.Struct):
    """The body of POST /zones."""

    name: str
    mode: str
    ttl: int | None = None
    labels: Labels | None = None
    rrsets: list[RrsetBody] = []
    zonefile: str | None = None


class UpdateZone(msgspec.Struct):
    """The body of PUT /zones/{id}."""

    labels: Labels | None = None


class Ttl(msgspec.Struct):
    """The body of change_ttl."""

    ttl: int


def view(zone: Zone, now: float) -> JSON:
    """Return a zone's answer; it is delegated to the nameservers that it was assigned."""
    return {
        "id": zone.id,
        "name": zone.name,
        "created": moment(zone.created),
        "ttl": zone.ttl,
        "mode": zone.mode,
        "primary_nameservers": zone.primary_nameservers,
        "protection": {"delete": zone.protected},
        "labels": zone.labels,
        "authoritative_nameservers": {
            "assigned": list(NAMESERVERS),
            "delegated": list(NAMESERVERS),
            "delegation_last_check": moment(now),
            "delegation_status": "valid",
        },
        "registrar": "other",
        "status": "ok",
        "record_count": sum(len(rrset.records) for rrset in zone.rrsets.values()),
    }


def find_zone(cloud: Cloud, key: str) -> Zone:
    """Return a zone by id or name; raises not_found."""
    return find_any(cloud.state.zones, KIND, key)


def _of_its_own() -> dict[str, RecordSet]:
    start = f"{NAMESERVERS[0]} dns.example.net. 2026010100 86400 10800 3600000 3600"
    return {
        "@/SOA": RecordSet(name="@", type="SOA", records=[{"value": start}]),
        "@/NS": RecordSet(name="@", type="NS", records=[{"value": each} for each in NAMESERVERS]),
    }


def list_all(cloud: Cloud, call: Call) -> Answer:
    """Answer the project's zones."""
    kept = having(call, named(call, cloud.state.zones.values()), "mode")
    kept = ordered(call, kept, "id", "name", "created")
    now = cloud.now()
    return page(call, cloud.catalogue.limits, "zones", kept, lambda zone: view(zone, now))


def create(cloud: Cloud, call: Call) -> Answer:
    """Begin to serve a zone; it has its own records and those that came with it."""
    body: Create = call.body
    table = cloud.state.zones
    if len(body.name) > LONGEST or not DOMAIN.fullmatch(body.name):
        raise invalid("name", "must be a domain name in lower case")
    if registrable(body.name) != body.name:
        raise invalid("name", "must be a domain as it is registered, no subdomain")
    if body.mode != "primary" or body.zonefile is not None:
        raise Refused("unsupported_error", "only primary zones without a zone file are served")
    check_unique(table.values(), KIND, body.name)
    labels, ttl = checked(body.labels), check_ttl(body.ttl)
    zone = Zone(id=0, name=body.name, created=cloud.now(), labels=labels, ttl=ttl or 3600)
    zone.rrsets = _of_its_own()
    for entry in body.rrsets:
        rrset = checked_rrset(zone, entry)
        zone.rrsets[f"{rrset.name}/{rrset.type}"] = rrset
    cloud.require_quota(KIND, len(table))
    zone.id = cloud.new_id()
    table[zone.id] = zone
    action = cloud.actions.begin("create_zone", Ref(KIND, zone.id))
    return started(action, zone=view(zone, cloud.now()))


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one zone."""
    return Answer({KIND: view(find_zone(cloud, call.params[0]), cloud.now())})


def put(cloud: Cloud, call: Call) -> Answer:
    """Change a zone's labels."""
    zone = find_zone(cloud, call.params[0])
    if call.body.labels is not None:
        zone.labels = checked(call.body.labels)
    return Answer({KIND: view(zone, cloud.now())})


def _begin(cloud: Cloud, zone: Zone, command: str, data: dict[str, Any]) -> Answer:
    own = Ref(KIND, zone.id)
    cloud.actions.require_free(own)
    return started(cloud.actions.begin(command, own, data=data))


def delete(cloud: Cloud, call: Call) -> Answer:
    """Begin to serve a zone no more."""
    zone = find_zone(cloud, call.params[0])
    require_unprotected(zone, KIND)
    return _begin(cloud, zone, "delete_zone", {})


def deleted(cloud: Cloud, action: Action) -> None:
    """Take the zone out of the project."""
    cloud.state.zones.pop(action.resources[0].id, None)


def change_ttl(cloud: Cloud, call: Call) -> Answer:
    """Begin to change how long records without an own time live."""
    zone = find_zone(cloud, call.params[0])
    return _begin(cloud, zone, "change_zone_ttl", {"ttl": check_ttl(call.body.ttl)})


def ttl_changed(cloud: Cloud, action: Action) -> None:
    """Let the zone have its new time."""
    zone = cloud.state.zones.get(action.resources[0].id)
    if zone is not None:
        zone.ttl = action.data["ttl"]


def change_protection(cloud: Cloud, call: Call) -> Answer:
    """Begin to change whether the zone can be deleted."""
    zone = find_zone(cloud, call.params[0])
    wanted = zone.protected if call.body.delete is None else call.body.delete
    return _begin(cloud, zone, "change_protection", {"table": KIND, "delete": wanted})


_AT = "/zones/{}/actions"
ROUTES = (
    Route("GET", "/zones", list_all),
    Route("POST", "/zones", create, Create),
    Route("GET", "/zones/{}", get),
    Route("PUT", "/zones/{}", put, UpdateZone),
    Route("DELETE", "/zones/{}", delete),
    Route("POST", f"{_AT}/change_ttl", change_ttl, Ttl),
    Route("POST", f"{_AT}/change_protection", change_protection, Protect),
)
EFFECTS: dict[str, Effect] = {"delete_zone": deleted, "change_zone_ttl": ttl_changed}
