"""Actions as a resource: all of a project, of a kind, or of one resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.call import Answer, Call, Route
from provisioner.rehearsal.hetzner.model import Action
from provisioner.rehearsal.hetzner.paging import having, numbers, ordered, page
from provisioner.rehearsal.hetzner.refusal import not_found
from provisioner.rehearsal.hetzner.resources.common import action_view, number_of

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

SORTABLE = ("id", "command", "status", "started", "finished")


def _answer(cloud: Cloud, call: Call, actions: list[Action]) -> Answer:
    kept = having(call, (action for action in actions if not action.hidden), "status")
    kept = ordered(call, kept, *SORTABLE)
    now = cloud.now()
    return page(call, cloud.catalogue.limits, "actions", kept, lambda a: action_view(a, now))


def list_all(cloud: Cloud, call: Call) -> Answer:
    """Answer the actions that were asked for by id, or all of the project."""
    known = cloud.state.actions
    if "id" in call.query:
        return _answer(cloud, call, [known[key] for key in numbers(call, "id") if key in known])
    return _answer(cloud, call, list(known.values()))


def get_one(cloud: Cloud, call: Call) -> Answer:
    """Answer one action."""
    action = cloud.state.actions.get(number_of(call.params[-1]) or 0)
    if action is None or action.hidden:
        raise not_found("action", call.params[-1])
    return Answer({"action": action_view(action, cloud.now())})


def of_kind(kind: str, plural: str) -> tuple[Route, ...]:
    """Return the routes that list the actions of one kind of resource."""

    def list_kind(cloud: Cloud, call: Call) -> Answer:
        mine = [a for a in cloud.state.actions.values() if any(r.type == kind for r in a.resources)]
        return _answer(cloud, call, mine)

    def list_own(cloud: Cloud, call: Call) -> Answer:
        key = number_of(call.params[0])
        if key not in getattr(cloud.state, plural):
            raise not_found(kind, call.params[0])
        mine = [
            action
            for action in cloud.state.actions.values()
            if any(ref.type == kind and ref.id == key for ref in action.resources)
        ]
        return _answer(cloud, call, mine)

    return (
        Route("GET", f"/{plural}/actions", list_kind),
        Route("GET", f"/{plural}/actions/{{}}", get_one),
        Route("GET", f"/{plural}/{{}}/actions", list_own),
        Route("GET", f"/{plural}/{{}}/actions/{{}}", get_one),
    )


ROUTES = (Route("GET", "/actions", list_all), Route("GET", "/actions/{}", get_one))
