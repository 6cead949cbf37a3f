"""Firewalls: rules, and the servers they are applied to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.model import Action, Application, Firewall, Ref
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    action_view,
    check_name,
    check_unique,
    checked,
    find,
    moment,
)
from provisioner.rehearsal.hetzner.resources.firewall_actions import (
    KIND,
    ApplyTo,
    begin_apply,
    check_applications,
    require_applicable,
)
from provisioner.rehearsal.hetzner.resources.firewall_rules import Rule, checked_rules
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


class Create(msgspec.Struct):
    """The body of POST /firewalls."""

    name: str
    rules: list[Rule] = []
    apply_to: list[ApplyTo] = []
    labels: Labels | None = None


def _application_view(application: Application) -> JSON:
    if application.server is not None:
        return {"type": "server", "server": {"id": application.server}}
    return {
        "type": "label_selector",
        "label_selector": {"selector": application.selector},
        "applied_to_resources": [
            {"type": "server", "server": {"id": key}} for key in application.matched
        ],
    }


def view(firewall: Firewall) -> JSON:
    """Return a firewall's answer."""
    return {
        "id": firewall.id,
        "name": firewall.name,
        "labels": firewall.labels,
        "created": moment(firewall.created),
        "rules": firewall.rules,
        "applied_to": [_application_view(application) for application in firewall.applied],
    }


def views(actions: Iterable[Action], now: float) -> list[JSON]:
    """Return the answers of several actions."""
    return [action_view(action, now) for action in actions]


def create(cloud: Cloud, call: Call) -> Answer:
    """Add a firewall; its rules and applications take effect by actions."""
    body: Create = call.body
    table = cloud.state.firewalls
    check_unique(table.values(), KIND, check_name(body.name))
    rules = checked_rules(body.rules, cloud.catalogue.limits)
    labels = checked(body.labels)
    applications = check_applications(cloud, body.apply_to, missing=422)
    require_applicable(cloud, None, applications)
    cloud.require_quota(KIND, len(table))
    firewall = Firewall(
        id=cloud.new_id(), name=body.name, created=cloud.now(), labels=labels, rules=rules
    )
    table[firewall.id] = firewall
    own = Ref(KIND, firewall.id)
    begun = [cloud.actions.begin("set_firewall_rules", own, effect="nothing")] if rules else []
    begun += [begin_apply(cloud, firewall, application) for application in applications]
    return Answer({KIND: view(firewall), "actions": views(begun, cloud.now())}, 201)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Remove a firewall that is applied to nothing."""
    firewall = find(cloud.state.firewalls, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, firewall.id))
    if firewall.applied:
        raise Refused("resource_in_use", "firewall is still in use", {})
    del cloud.state.firewalls[firewall.id]
    return Answer(None, 204)


FIREWALLS: Kind[Firewall] = Kind(KIND, lambda _, firewall: view(firewall))
ROUTES = (
    *FIREWALLS.reading(),
    Route("POST", "/firewalls", create, Create),
    FIREWALLS.updating(),
    Route("DELETE", "/firewalls/{}", delete),
)
