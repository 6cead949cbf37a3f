"""Record sets of a zone; they change by actions that do not wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.model import Action, RecordSet, Ref, Zone
from provisioner.rehearsal.hetzner.paging import having, named, ordered, page
from provisioner.rehearsal.hetzner.refusal import Refused, invalid, not_found
from provisioner.rehearsal.hetzner.resources.common import Labels, checked, started
from provisioner.rehearsal.hetzner.resources.records import (
    RecordBody,
    RrsetBody,
    check_ttl,
    checked_records,
    checked_rrset,
    plain,
)
from provisioner.rehearsal.hetzner.resources.zones import KIND, find_zone

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


class UpdateRrset(msgspec.Struct):
    """The body of PUT."""

    labels: Labels | None = None


class Ttl(msgspec.Struct):
    """The body of change_ttl; null is the zone's."""

    ttl: int | None


class Records(msgspec.Struct):
    """The body of the actions that change records."""

    records: list[RecordBody]
    ttl: int | None = None


class Protect(msgspec.Struct):
    """The body of change_protection."""

    change: bool | None = None


def view(zone: Zone, rrset: RecordSet) -> JSON:
    """Return a record set's answer."""
    return {
        "id": f"{rrset.name}/{rrset.type}",
        "name": rrset.name,
        "type": rrset.type,
        "ttl": rrset.ttl,
        "labels": rrset.labels,
        "protection": {"change": rrset.protected},
        "records": rrset.records,
        "zone": zone.id,
    }


def _find(cloud: Cloud, call: Call) -> tuple[Zone, RecordSet]:
    zone, key = find_zone(cloud, call.params[0]), f"{call.params[1]}/{call.params[2]}"
    if key not in zone.rrsets:
        raise not_found("rrset", key)
    return zone, zone.rrsets[key]


def _free(cloud: Cloud, call: Call) -> tuple[Zone, RecordSet]:
    zone, rrset = _find(cloud, call)
    if rrset.protected:
        raise Refused("protected", "record set is protected", {})
    return zone, rrset


def _begin(
    cloud: Cloud, zone: Zone, rrset: RecordSet, command: str, data: dict[str, Any]
) -> Action:
    data = {"rrset": f"{rrset.name}/{rrset.type}"} | data
    return cloud.actions.begin(command, Ref(KIND, zone.id), locks=(), data=data)


def _of(cloud: Cloud, action: Action) -> RecordSet | None:
    zone = cloud.state.zones.get(action.resources[0].id)
    return None if zone is None else zone.rrsets.get(action.data["rrset"])


def list_all(cloud: Cloud, call: Call) -> Answer:
    """Answer a zone's record sets."""
    zone = find_zone(cloud, call.params[0])
    kept = having(call, named(call, zone.rrsets.values()), "type")
    kept = ordered(call, kept, "name", "type")
    return page(call, cloud.catalogue.limits, "rrsets", kept, lambda rrset: view(zone, rrset))


def create(cloud: Cloud, call: Call) -> Answer:
    """Begin to serve a record set."""
    zone = find_zone(cloud, call.params[0])
    rrset = checked_rrset(zone, call.body)
    zone.rrsets[f"{rrset.name}/{rrset.type}"] = rrset
    action = _begin(cloud, zone, rrset, "create_rrset", {})
    return started(action, rrset=view(zone, rrset))


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one record set."""
    return Answer({"rrset": view(*_find(cloud, call))})


def put(cloud: Cloud, call: Call) -> Answer:
    """Change a record set's labels."""
    zone, rrset = _find(cloud, call)
    if call.body.labels is not None:
        rrset.labels = checked(call.body.labels)
    return Answer({"rrset": view(zone, rrset)})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Begin to serve a record set no more."""
    zone, rrset = _free(cloud, call)
    if rrset.type == "SOA":
        raise invalid("type", "the zone needs its SOA")
    return started(_begin(cloud, zone, rrset, "delete_rrset", {}))


def deleted(cloud: Cloud, action: Action) -> None:
    """Take the record set out of its zone."""
    zone = cloud.state.zones.get(action.resources[0].id)
    if zone is not None:
        zone.rrsets.pop(action.data["rrset"], None)


def change_ttl(cloud: Cloud, call: Call) -> Answer:
    """Begin to change how long the records live."""
    zone, rrset = _free(cloud, call)
    return started(
        _begin(cloud, zone, rrset, "change_rrset_ttl", {"ttl": check_ttl(call.body.ttl)})
    )


def ttl_changed(cloud: Cloud, action: Action) -> None:
    """Let the records live as long as asked."""
    rrset = _of(cloud, action)
    if rrset is not None:
        rrset.ttl = action.data["ttl"]


def set_records(cloud: Cloud, call: Call) -> Answer:
    """Begin to replace all records."""
    zone, rrset = _free(cloud, call)
    data = {"records": checked_records(rrset.type, call.body.records)}
    return started(_begin(cloud, zone, rrset, "set_rrset_records", data))


def add_records(cloud: Cloud, call: Call) -> Answer:
    """Begin to add records; a set that is not there yet is made."""
    zone, key = find_zone(cloud, call.params[0]), f"{call.params[1]}/{call.params[2]}"
    if key not in zone.rrsets:
        body = RrsetBody(call.params[1], call.params[2], call.body.ttl, None, call.body.records)
        zone.rrsets[key] = checked_rrset(zone, body)
        return started(
            _begin(cloud, zone, zone.rrsets[key], "add_rrset_records", {"records": None})
        )
    zone, rrset = _free(cloud, call)
    every = rrset.records + [plain(record) for record in call.body.records]
    checked_records(rrset.type, [RecordBody(record["value"]) for record in every])
    return started(_begin(cloud, zone, rrset, "add_rrset_records", {"records": every}))


def update_records(cloud: Cloud, call: Call) -> Answer:
    """Begin to give records other comments; their values name them."""
    zone, rrset = _free(cloud, call)
    comments = {record.value: plain(record) for record in call.body.records}
    if not set(comments) <= {record["value"] for record in rrset.records}:
        raise invalid("records", "the record set has no such record")
    every = [comments.get(record["value"], record) for record in rrset.records]
    return started(_begin(cloud, zone, rrset, "update_rrset_records", {"records": every}))


def remove_records(cloud: Cloud, call: Call) -> Answer:
    """Begin to remove records; a set without any is gone."""
    zone, rrset = _free(cloud, call)
    gone = {record.value for record in call.body.records}
    if not gone <= {record["value"] for record in rrset.records}:
        raise invalid("records", "the record set has no such record")
    left = [record for record in rrset.records if record["value"] not in gone]
    return started(_begin(cloud, zone, rrset, "remove_rrset_records", {"records": left}))


def records_set(cloud: Cloud, action: Action) -> None:
    """Let the records be as asked."""
    rrset = _of(cloud, action)
    if rrset is not None and action.data["records"] is not None:
        rrset.records = action.data["records"]
        if not rrset.records:
            deleted(cloud, action)


def change_protection(cloud: Cloud, call: Call) -> Answer:
    """Begin to change whether the records can be changed."""
    zone, rrset = _find(cloud, call)
    wanted = rrset.protected if call.body.change is None else call.body.change
    action = cloud.actions.begin(
        "change_protection",
        Ref(KIND, zone.id),
        locks=(),
        effect="change_rrset_protection",
        data={"rrset": f"{rrset.name}/{rrset.type}", "change": wanted},
    )
    return started(action)


def protection_changed(cloud: Cloud, action: Action) -> None:
    """Let the records be protected, or not."""
    rrset = _of(cloud, action)
    if rrset is not None:
        rrset.protected = action.data["change"]


_ONE = "/zones/{}/rrsets/{}/{}"
ROUTES = (
    Route("GET", "/zones/{}/rrsets", list_all),
    Route("POST", "/zones/{}/rrsets", create, RrsetBody),
    Route("GET", _ONE, get),
    Route("PUT", _ONE, put, UpdateRrset),
    Route("DELETE", _ONE, delete),
    Route("POST", f"{_ONE}/actions/change_ttl", change_ttl, Ttl),
    Route("POST", f"{_ONE}/actions/set_records", set_records, Records),
    Route("POST", f"{_ONE}/actions/add_records", add_records, Records),
    Route("POST", f"{_ONE}/actions/update_records", update_records, Records),
    Route("POST", f"{_ONE}/actions/remove_records", remove_records, Records),
    Route("POST", f"{_ONE}/actions/change_protection", change_protection, Protect),
)
EFFECTS: dict[str, Effect] = {
    "delete_rrset": deleted,
    "change_rrset_ttl": ttl_changed,
    "set_rrset_records": records_set,
    "add_rrset_records": records_set,
    "update_rrset_records": records_set,
    "remove_rrset_records": records_set,
    "change_rrset_protection": protection_changed,
}
FAILURES: dict[str, Effect] = {"create_rrset": deleted}
