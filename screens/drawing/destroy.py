"""Destroy: what will go, what stays because it is not ours, and the proof that nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from provisioner.facts import Outcome
from screens.drawing.frame import Key
from screens.drawing.kinds import RENTED, kind_name, kinds_name
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import money

if TYPE_CHECKING:
    from provisioner.facts import ResourceItem
    from provisioner.view import View

OWNERS = {
    "state": "in OpenTofu's state",
    "label": "found by its label",
    "attached": "attached to it",
    "zone": "in its zone",
    "foreign": "not ours",
}
KIND, NAME, OWNER = 3, 19, 58


def inventory_rows(items: Sequence[ResourceItem], width: int, height: int) -> Rows:
    """Return what there is, one line each; what does not fit, of what costs least, is counted."""
    rows = []
    for each in sorted(items, key=lambda item: _weight(item.kind)):
        row = Row(" " * KIND).add(kind_name(each.kind)).to(NAME).add(_named(each))
        rows.append(row.to(OWNER).add(OWNERS.get(each.owner, each.owner), "quiet").cut(width - 1))
    return _fitted(rows, height)


def _fitted(rows: Rows, height: int) -> Rows:
    """Return as many rows as there is room for; the rest is counted."""
    if not len(rows) > height > 0:
        return rows
    hidden = len(rows) - height + 1
    return [*rows[: height - 1], Row("   ").add(f"and {hidden} more", "quiet")]


def _weight(kind: str) -> int:
    """Return the place of a kind in a list: servers first, parts of other resources last."""
    return RENTED.index(kind) if kind in RENTED else len(RENTED)


def _named(item: ResourceItem) -> str:
    """Return what tells it apart: an address says more than the name that Hetzner gave it."""
    return (item.kind == "primary_ip" and item.address) or item.name or item.id


def question_rows(view: View, width: int, keys: Sequence[Key] = ()) -> Rows:
    """Return what the last run asked before it would delete anything.

    With ``keys``, also what is to be done first: where no key answers the question itself.
    """
    remedy = view.remedy
    if remedy is None:
        return []
    rows = wrapped(f"! {remedy.what}", width - 2, role="warn", most=3)
    rows += wrapped(remedy.means, width - 2, indent=3, most=2)
    if keys:
        rows += keyed_rows(remedy.action, keys, width - 2, indent=3, most=3)
    return [*rows, Row()]


def before_rows(view: View, width: int, height: int) -> Rows:
    """Return what is known to exist before anything is asked of the cloud."""
    items = view.inventory
    cost = _cost_rows(view, width)
    height -= len(cost)
    if items is None:
        return [*planned_rows(view, width, height), *cost]
    count = "1 resource" if len(items) == 1 else f"{len(items)} resources"
    belong = "belongs" if len(items) == 1 else "belong"
    rows = [Row(" ").add(f"{count} at Hetzner {belong} to it", "strong"), Row()]
    rows += inventory_rows(items, width, height - 4)
    if view.foreign:
        said = f"{view.foreign} of others in this project are not touched."
        rows += [Row(), Row("   ").add(said, "quiet")]
    return [*rows, *cost]


def _cost_rows(view: View, width: int) -> Rows:
    """Return what it costs while it stands, where the plan that built it tells."""
    plan = view.confirmed
    if plan is None or plan.for_destroy:
        return []
    price = plan.price
    said = f"While it stands it costs up to {money(price.monthly)} {price.currency} a month net."
    return [Row("   ").add(said, "quiet").cut(width - 1)]


def planned_rows(view: View, width: int, height: int) -> Rows:
    """Return what the runs created, as the journal tells it."""
    made = [line for line in view.resources.values() if line.state == "done"]
    if not made:
        return wrapped(
            "The journal knows of nothing that is rented. The runner still looks at the state and "
            "at every labelled resource of the project before it says so.",
            width - 2,
        )
    rows = [Row(" ").add(f"{len(made)} resources were created", "strong"), Row()]
    for line in sorted(made, key=lambda line: _weight(line.kind)):
        row = Row(" " * KIND).add(kind_name(line.kind)).to(NAME).add(line.name)
        rows.append(row.to(OWNER).add(line.id, "quiet").cut(width - 1))
    rows = _fitted(rows, height - 3)
    said = "The runner lists what exists at Hetzner itself: state, labels, and what hangs on them."
    return [*rows, Row(), *wrapped(said, width - 2, role="quiet", indent=3)]


def after_rows(view: View, width: int) -> Rows:
    """Return the proof: the listing after everything was taken down."""
    items = view.inventory or ()
    if view.outcome is Outcome.DESTROYED and not items:
        rows = [Row(" ").add("✓ Nothing is left", "ok"), Row()]
        said = "Hetzner was asked again: nothing of this Sovereign exists, nothing costs."
        rows += [*wrapped(said, width - 2, indent=3), Row(), Row("   ").add("Listed", "quiet")]
        rows += [
            Row(" " * KIND).right("0", KIND + 3).add(f" {kinds_name(kind)}") for kind in RENTED
        ]
        if view.foreign:
            rows += [Row(), Row("   ").add(f"{view.foreign} resources of others were not touched.")]
        return rows
    return [Row(" ").add(f"✗ {len(items)} left", "bad"), Row(), *inventory_rows(items, width, 9)]
