"""Review: the plan by action, what would be lost first and in words, and the exact price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from provisioner.facts import DESTRUCTIVE
from screens.drawing.kinds import RENTED, kind_name, kinds_name
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import money, short, with_vat
from screens.losses import losses, resizes

if TYPE_CHECKING:
    from provisioner.events import PlanSaved
    from provisioner.facts import Change, Finding, Price
    from provisioner.view import View

HASH = 4
"""Characters of the plan's hash that are typed to agree to it."""
ACTION, KIND, EACH, ALL = 3, 13, 62, 77
_DOES = {"create": "adds", "update": "changes", "forget": "forgets"}
_ORDER = ("delete", "replace", "update", "create", "forget")

_SPOKEN = {"ipv4": "IPv4", "ipv6": "IPv6"}
"""Types that say by themselves what kind they are of."""


def plan_rows(plan: PlanSaved, fqdn: str, width: int, height: int) -> Rows:
    """Return the plan by action, in at most ``height`` rows."""
    changes = [each for each in plan.changes if each.action in _ORDER]
    counts = {action: sum(c.action == action for c in changes) for action in _ORDER}
    row = Row(" ").add(f"Plan {plan.sha256[:12]}", "strong").add("   ")
    row.add(f"{counts['create']} to create   {counts['update']} to change   ")
    lost = counts["delete"] + counts["replace"]
    said = f"✗ {lost} to delete or replace" if lost else "nothing is deleted"
    row.add(said, "bad" if lost else "")
    rows = [row.cut(width - 1)]
    for said in losses(changes):
        rows += _marked("✗", "bad", said, width)
    for said in resizes(plan):
        rows += _marked("!", "warn", said, width)
    for action in ("update", "create", "forget"):
        rows += _by_kind(action, [c for c in changes if c.action == action], width)
    if len(rows) > height:
        more = f"and more; see catalyst plan {fqdn} --json"
        rows = [*rows[: height - 1], Row("   ").add(more, "quiet")]
    return rows


def standing_row(view: View, plan: PlanSaved, width: int) -> Row | None:
    """Return what the plan means for what is rented already; None where nothing is."""
    if view.rented_since is None:
        return None
    counts = Counter(each.action for each in plan.changes)
    lost = sum(counts[each] for each in DESTRUCTIVE)
    does = [f"{what} {counts[each]}" for each, what in _DOES.items() if counts[each]]
    if does:
        does[0] += " resource" if does[0].endswith(" 1") else " resources"
    row = Row(" ")
    if lost:
        row.add(f"Of what is rented {lost} {'is' if lost == 1 else 'are'} lost", "bad")
        row.add(", the rest stays. ")
    else:
        row.add("What is rented stays. ")
    changes = f"{' and '.join(does)}." if does else "changes nothing else." if lost else ""
    return row.add(f"This plan {changes or 'changes nothing.'}").cut(width - 1)


def against_rows(view: View, plan: PlanSaved, width: int) -> Rows:
    """Return what is paid as it was confirmed, and how the plan differs, where anything is."""
    before, edge = view.confirmed.price if view.confirmed is not None else None, min(ALL, width - 2)
    if view.rented_since is None or before is None or before.currency != plan.price.currency:
        return []
    more = Decimal(plan.price.monthly) - Decimal(before.monthly)
    said = f"{'+' if more > 0 else ''}{money(more)}"
    return [
        Row(" " * ACTION).add("as confirmed before").right(money(before.monthly), edge),
        Row(" " * ACTION).add("difference").right(said, edge, "warn" if more > 0 else "ok"),
    ]


def _by_kind(action: str, changes: Sequence[Change], width: int) -> Rows:
    kinds: dict[str, list[str]] = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change.name)
    single = {kind: names for kind, names in kinds.items() if len(names) == 1}
    rows = []
    for kind, names in sorted(kinds.items(), key=lambda pair: _weight(pair[0])):
        if kind in single:
            continue
        title = f"{len(names)} {kinds_name(kind)}"
        rows.append(Row(" " * KIND).add(title).to(KIND + 14).add(joined(names), "quiet"))
    if single:
        listed = ", ".join(kind_name(kind) for kind in sorted(single, key=_weight))
        rows += wrapped(listed, width - 2, indent=KIND, most=2)
    if rows:
        rows[0] = Row(" " * ACTION).add(action).to(KIND).add(rows[0].plain.strip())
    return [row.cut(width - 1) for row in rows]


def _weight(kind: str) -> int:
    """Return the place of a kind in a list: what costs money first."""
    return RENTED.index(kind) if kind in RENTED else len(RENTED)


def joined(names: Sequence[str]) -> str:
    """Return names with their common beginning said once."""
    first = names[0]
    cut = max(first.rfind("-"), first.rfind(" ")) + 1
    if cut and all(name.startswith(first[:cut]) for name in names):
        return ", ".join([first, *(name[cut:] for name in names[1:])])
    return ", ".join(names)


def price_rows(price: Price, width: int) -> Rows:
    """Return each thing that is rented with its price, the sum, and the sum with VAT."""
    edge = min(ALL, width - 2)
    each = edge - 15
    head = Row(" ").add("Per month, net", "strong").right("each", each, "quiet")
    rows = [head.right(price.currency, edge, "quiet")]
    for line in sorted(price.lines, key=lambda each: _weight(each.kind)):
        kind = _SPOKEN.get(line.type) or f"{kind_name(line.kind)} {line.type}"
        row = Row(" " * ACTION).add(f"{line.count} x ").add(kind)
        row.right(money(line.monthly), each).right(money(Decimal(line.monthly) * line.count), edge)
        rows.append(row)
    total = Row(" " * ACTION).add("together", "strong")
    gross = with_vat(price.monthly, price.vat_rate)
    total.add(f"   {gross} with {short(price.vat_rate)} % VAT", "quiet")
    total.add(f" · {Decimal(price.hourly):.3f} an hour net", "quiet")
    rows.append(total.right(money(price.monthly), edge, "strong"))
    return rows


def finding_rows(findings: Sequence[Finding], width: int) -> Rows:
    """Return what preflight found, what blocks first, each with its remedy."""
    rows: Rows = []
    for each in sorted(findings, key=lambda found: found.severity != "blocking"):
        blocking = each.severity == "blocking"
        name = f"{each.field}: " if each.field else ""
        glyph, role = ("✗", "bad") if blocking else ("!", "warn")
        rows += _marked(glyph, role, f"{name}{each.reason} {each.remedy}", width)
    return rows


def _marked(glyph: str, role: str, text: str, width: int) -> Rows:
    rows = wrapped(text, width - 2, indent=5, most=4)
    if rows:
        rows[0] = Row("   ").add(f"{glyph} ", role).add(rows[0].plain.strip())
    return rows
