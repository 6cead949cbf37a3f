"""Decision: what could not be rented, and what would do in its place, from stock and prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from screens.drawing.kinds import kind_name
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import ago, money

if TYPE_CHECKING:
    from provisioner.events import DecisionOffered
    from provisioner.facts import Choice
    from provisioner.view import View
    from screens.drawing.frame import Key
    from screens.ports import Market

TITLE, STOCK, PRICE = 5, 34, 62
WAITED = "Wait until {value} has stock again"
LIMIT = "hetzner_resource_limit_exceeded"
"""A limit of the account is lifted by people: nothing to wait for."""


def lead_rows(view: View, width: int, keys: Sequence[Key]) -> Rows:
    """Return what happened, and what it means for what is rented already.

    Of a limit, what there is to do: no choice below lifts it.
    """
    remedy, decision = view.remedy, view.decision
    value = decision.value if decision is not None else ""
    rows = [Row(" ").add(f"! {value} cannot be rented", "warn").cut(width - 1)]
    if remedy is not None:
        limited = decision is not None and decision.question == LIMIT
        said = f"{remedy.what} {remedy.action if limited else remedy.means}"
        rows += keyed_rows(said, keys, width - 2, indent=3, most=3)
    return [*rows, Row()]


def heading(decision: DecisionOffered, looked: str, width: int) -> Row:
    """Return the names of the columns."""
    row = Row(" ").add("What would do instead", "title").to(STOCK).add(f"stock {looked}", "quiet")
    return row.right(f"{decision.currency} a month, net", min(PRICE + 15, width - 2), "quiet")


def choice_rows(
    decision: DecisionOffered, market: Market | None, width: int, *, waits: bool
) -> Rows:
    """Return one row a choice, best first, and one for waiting; to stand behind a mark."""
    rows = []
    for each in decision.choices:
        row = Row("   ").add(each.title).add("  less" if each.less else "", "warn").to(STOCK - 2)
        row.add(*stock_of(each, market))
        cost = Decimal(each.monthly_difference or 0)
        said = f"{'+' if cost > 0 else ''}{money(cost)}"
        role = "warn" if cost > 0 else "ok" if cost < 0 else ""
        rows.append(row.right(said, min(PRICE + 15, width - 2) - 2, role).cut(width - 3))
    if waits:
        row = Row("   ").add(WAITED.format(value=decision.value))
        rows.append(row.right("0.00", min(PRICE + 15, width - 2) - 2).cut(width - 3))
    return rows


def stock_of(choice: Choice, market: Market | None) -> tuple[str, str]:
    """Return whether a choice can be rented now, as the API lists it, with a role."""
    kind, _, site = choice.title.partition(" in ")
    known = {each.name: each for each in market.kinds} if market is not None else {}
    if kind not in known or not site:
        return "", ""
    if site in known[kind].stock:
        return "● now", "ok"
    return "○ gone meanwhile", "bad"


def choice_detail(choice: Choice, width: int) -> Rows:
    """Return what a choice changes in the answers, and what it does to what exists."""
    rows = [Row(" ").add("Sets ", "quiet").add(", ".join(choice.set)).cut(width - 1)]
    if choice.less:
        rows += wrapped(f"Has less: {choice.less}.", width - 2, role="warn", most=2)
    if choice.touches:
        said = f"{touched(choice.touches)} exist already and are resized or made anew: what is on "
        rows += wrapped(f"{said}their disks may be lost.", width - 2, role="bad", most=2)
    else:
        rows.append(Row(" ").add("Nothing that exists is touched.", "quiet"))
    said = "The next run plans it, and asks first if it costs more or replaces anything."
    return [*rows, *wrapped(said, width - 2, role="quiet", most=2)]


def wait_detail(value: str, width: int) -> Rows:
    """Return what waiting means."""
    said = (
        f"The next run looks for {value} every few minutes and goes on by itself once it is "
        "there. What is rented already goes on costing money. You may leave meanwhile."
    )
    return wrapped(said, width - 2, most=3)


def touched(addresses: Sequence[str]) -> str:
    """Return addresses of OpenTofu as people say them: ``server cp1, balancer ingress``."""
    told = []
    for address in addresses:
        kind, _, name = address.removeprefix("hcloud_").partition(".")
        key = name.partition('["')[2].rstrip('"]') or name
        told.append(f"{kind_name(kind)} {key}")
    return ", ".join(told)


def looked_at(moment: datetime | None, now: datetime) -> str:
    """Return when the stock was looked at."""
    return f"{ago(moment, now)} ago" if moment is not None else "is looked up"
