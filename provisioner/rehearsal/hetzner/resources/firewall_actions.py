"""What takes time at a firewall: setting rules, applying it, taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.labels import parse_selector
from provisioner.rehearsal.hetzner.model import Action, Application, Firewall, Ref
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import action_view, find
from provisioner.rehearsal.hetzner.resources.firewall_rules import Rule, checked_rules
from provisioner.rehearsal.hetzner.resources.selecting import match_application

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "firewall"


class ServerRef(msgspec.Struct):
    """A server by id."""

    id: int


class SelectorRef(msgspec.Struct):
    """Servers by labels."""

    selector: str


class ApplyTo(msgspec.Struct):
    """To what a firewall shall be applied."""

    type: Literal["server", "label_selector"]
    server: ServerRef | None = None
    label_selector: SelectorRef | None = None


class SetRules(msgspec.Struct):
    """The body of set_rules."""

    rules: list[Rule]


class Apply(msgspec.Struct):
    """The body of apply_to_resources."""

    apply_to: list[ApplyTo]


class Remove(msgspec.Struct):
    """The body of remove_from_resources."""

    remove_from: list[ApplyTo]


def of_server(cloud: Cloud, key: int) -> list[tuple[int, str]]:
    """Return the firewalls of a server: id and whether it is ``applied`` or ``pending``."""
    return [
        (firewall.id, "pending" if application.pending else "applied")
        for firewall in cloud.state.firewalls.values()
        for application in firewall.applied
        if application.server == key or key in application.matched
    ]


def forget_server(cloud: Cloud, key: int) -> None:
    """Take a deleted server from all firewalls."""
    for firewall in cloud.state.firewalls.values():
        firewall.applied = [entry for entry in firewall.applied if entry.server != key]
        for entry in firewall.applied:
            entry.matched = [matched for matched in entry.matched if matched != key]


def check_applications(cloud: Cloud, wanted: list[ApplyTo], missing: int) -> list[Application]:
    """Return what a request wants a firewall applied to.

    Unknown servers are refused with the status that the endpoint has for them.
    """
    found = []
    for entry in wanted:
        if entry.type == "label_selector" and entry.label_selector is not None:
            parse_selector(entry.label_selector.selector, "label_selector.selector")
            found.append(Application(selector=entry.label_selector.selector, pending=True))
        elif entry.type == "server" and entry.server is not None:
            if entry.server.id not in cloud.state.servers:
                said = f"server {entry.server.id} not found"
                raise Refused("firewall_resource_not_found", said, {}, status=missing)
            found.append(Application(server=entry.server.id, pending=True))
        else:
            raise invalid("type", f"{entry.type} needs the field of that name")
    return found


def _position(firewall: Firewall, wanted: Application) -> int | None:
    for at, entry in enumerate(firewall.applied):
        if (entry.server, entry.selector) == (wanted.server, wanted.selector):
            return at
    return None


def require_applicable(
    cloud: Cloud, firewall: Firewall | None, wanted: Sequence[Application]
) -> None:
    """Refuse applications that are there already, or are asked for twice, or cannot be."""
    for at, entry in enumerate(wanted):
        if any((entry.server, entry.selector) == (o.server, o.selector) for o in wanted[:at]):
            raise Refused("firewall_already_applied", "firewall is applied twice", {})
        _require_one(cloud, firewall, entry)


def _require_one(cloud: Cloud, firewall: Firewall | None, wanted: Application) -> None:
    if firewall is not None and _position(firewall, wanted) is not None:
        raise Refused("firewall_already_applied", "firewall was already applied", {})
    if wanted.server is None:
        return
    server = cloud.state.servers[wanted.server]
    if not server.ipv4 and not server.ipv6:
        raise Refused("private_net_only_server", "server has no public interface", {})
    if len(of_server(cloud, server.id)) >= cloud.catalogue.limits.firewalls_per_server:
        raise Refused(
            "resource_limit_exceeded",
            "firewalls per server limit exceeded",
            {"limits": [{"name": "firewalls_per_server_limit"}]},
        )


def _resources(firewall: Firewall, entry: Application) -> list[Ref]:
    server = [] if entry.server is None else [Ref("server", entry.server)]
    return [Ref(KIND, firewall.id), *server]


def begin_apply(cloud: Cloud, firewall: Firewall, entry: Application) -> Action:
    """Begin to apply a firewall to a server or a selector."""
    firewall.applied.append(entry)
    data = {"server": entry.server, "selector": entry.selector}
    return cloud.actions.begin("apply_firewall", *_resources(firewall, entry), data=data)


def applied(cloud: Cloud, action: Action) -> None:
    """Let the firewall hold for what it was applied to."""
    firewall = cloud.state.firewalls.get(action.resources[0].id)
    wanted = Application(action.data["server"], action.data["selector"])
    at = None if firewall is None else _position(firewall, wanted)
    if firewall is not None and at is not None:
        firewall.applied[at].pending = False
        match_application(cloud, firewall.applied[at])


def removed(cloud: Cloud, action: Action) -> None:
    """Let the firewall hold no more for what it was taken from, or never came to."""
    firewall = cloud.state.firewalls.get(action.resources[0].id)
    wanted = Application(action.data["server"], action.data["selector"])
    at = None if firewall is None else _position(firewall, wanted)
    if firewall is not None and at is not None:
        del firewall.applied[at]


def _free(cloud: Cloud, call: Call) -> Firewall:
    firewall = find(cloud.state.firewalls, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, firewall.id))
    return firewall


def _answer(cloud: Cloud, begun: list[Action]) -> Answer:
    return Answer({"actions": [action_view(action, cloud.now()) for action in begun]}, 201)


def set_rules(cloud: Cloud, call: Call) -> Answer:
    """Begin to replace the rules; servers that have the firewall get them one by one."""
    firewall = _free(cloud, call)
    own = Ref(KIND, firewall.id)
    data = {"rules": checked_rules(call.body.rules, cloud.catalogue.limits)}
    begun = [cloud.actions.begin("set_firewall_rules", own, data=data)]
    for entry in firewall.applied:
        for key in entry.matched if entry.server is None else [entry.server]:
            refs = (own, Ref("server", key))
            begun.append(cloud.actions.begin("apply_firewall", *refs, effect="nothing"))
    return _answer(cloud, begun)


def rules_set(cloud: Cloud, action: Action) -> None:
    """Let the new rules hold."""
    firewall = cloud.state.firewalls.get(action.resources[0].id)
    if firewall is not None:
        firewall.rules = action.data["rules"]


def apply(cloud: Cloud, call: Call) -> Answer:
    """Begin to apply a firewall to servers and selectors."""
    firewall = _free(cloud, call)
    wanted = check_applications(cloud, call.body.apply_to, missing=404)
    require_applicable(cloud, firewall, wanted)
    return _answer(cloud, [begin_apply(cloud, firewall, entry) for entry in wanted])


def remove(cloud: Cloud, call: Call) -> Answer:
    """Begin to take a firewall from servers and selectors."""
    firewall = _free(cloud, call)
    wanted = check_applications(cloud, call.body.remove_from, missing=404)
    for entry in wanted:
        if _position(firewall, entry) is not None:
            continue
        if any(entry.server in other.matched for other in firewall.applied):
            said = "firewall is applied by a label selector"
            raise Refused("firewall_managed_by_label_selector", said, {})
        raise Refused("firewall_already_removed", "firewall was already removed", {})
    begun = [
        cloud.actions.begin(
            "remove_firewall",
            *_resources(firewall, entry),
            data={"server": entry.server, "selector": entry.selector},
        )
        for entry in wanted
    ]
    return _answer(cloud, begun)


_AT = "/firewalls/{}/actions"
ROUTES = (
    Route("POST", f"{_AT}/set_rules", set_rules, SetRules),
    Route("POST", f"{_AT}/apply_to_resources", apply, Apply),
    Route("POST", f"{_AT}/remove_from_resources", remove, Remove),
)
EFFECTS: dict[str, Effect] = {
    "set_firewall_rules": rules_set,
    "apply_firewall": applied,
    "remove_firewall": removed,
}
FAILURES: dict[str, Effect] = {"apply_firewall": removed}
