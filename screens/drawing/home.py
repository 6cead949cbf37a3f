"""Home: what there is, how it stands, since when, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import structs

from provisioner.facts import Outcome
from provisioner.meter import monthly
from screens.drawing.frame import STOPPED
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import ago, money, short, spent_words, with_vat

if TYPE_CHECKING:
    from provisioner.remedies import Remedy
    from provisioner.view import View
    from screens.drawing.frame import Key
    from screens.ports import Entry

State = tuple[str, str, str]
"""(glyph, word, role)."""

DETAIL = 19
MARK = "REHEARSAL"
DECIDE = "Enter shows what there is to choose or to agree to."
LOST = "The last run ended without a word. `catalyst resume` goes on from what exists."
STATE, AGE, MOST = 36, 60, 90
"""Columns of the state, of the age, and of the end of a line."""
_ENDINGS: dict[Outcome, State] = {
    Outcome.PLANNED: ("·", "planned", ""),
    Outcome.READY: ("✓", "ready", "ok"),
    Outcome.DESTROYED: ("·", "destroyed", "quiet"),
    Outcome.NEEDS_DECISION: ("!", "needs a decision", "warn"),
    Outcome.CANCELLED: (STOPPED, "cancelled", "warn"),
    Outcome.FAILED: ("✗", "failed", "bad"),
    Outcome.INCOMPLETE: ("!", "incomplete", "warn"),
}


def state_of(view: View, *, alive: bool) -> State:
    """Return how a Sovereign stands."""
    if view.standing is not None:
        return _ENDINGS[view.standing]
    if not alive:
        return "!", "interrupted", "warn"
    going = [name for name, phase in view.phases.items() if phase.seconds is None]
    if view.cancelling:
        return "▸", "cancelling", "warn"
    return "▸", f"at {going[-1]}" if going else "begins", "going"


def heading(width: int) -> Row:
    """Return the names of the columns."""
    row = Row("     name").to(STATE).add("state").to(AGE).add("since")
    row.right("a month", min(width, MOST) - 1)
    return Row("", "").add(row.plain, "quiet")


def entry_row(entry: Entry, width: int, *, marked: bool = False) -> Row:
    """Return one line of the list, to stand behind the mark of the chosen row.

    ``marked`` says that it is rehearsed where others are not: its price is nobody's money.
    """
    row = _entry(entry)
    edge = min(width, MOST) - 3
    if marked and (entry.view or entry.draft or entry.trouble):
        return row.right(MARK, edge, "warn")
    if entry.view is not None and (plan := entry.view.priced) and _costs(entry.view):
        price = plan.price
        cost = f"{money(monthly(entry.view))} {price.currency}"
        row.right(cost, edge, "" if entry.view.rented_since else "quiet")
    return row


def _costs(view: View) -> bool:
    return view.outcome is not Outcome.DESTROYED


def _entry(entry: Entry) -> Row:
    if entry.trouble is not None:
        return _line("✗", "bad", entry.name, "cannot be read", "bad")
    if entry.draft is not None and entry.view is None:
        row = _line("·", "quiet", entry.name, f"draft, at {entry.draft.step.title()}", "quiet")
        return row.to(AGE - 2).add(ago(entry.draft.saved, entry.now))
    if entry.view is None:
        return _line("+", "key", entry.name, "", "")
    glyph, word, role = state_of(entry.view, alive=entry.alive)
    row = _line(glyph, role, entry.name, word, role)
    return row.to(AGE - 2).add(ago(entry.view.finished_at or entry.view.run_started, entry.now))


def _line(glyph: str, glyph_role: str, name: str, word: str, role: str) -> Row:
    row = Row(" ").add(glyph, glyph_role).add(" ").add(name)
    return row.to(STATE - 2).add(word, role)


def welcome_rows(width: int) -> Rows:
    """Return what a first start needs to know."""
    text = (
        "A Sovereign is an organisation's own Kubernetes platform on Hetzner Cloud. "
        "Five questions make one; you see the plan and its exact price before anything is rented. "
        "Every step can be taken back, and everything can be taken down again."
    )
    need = (
        ("organisation", "whose platform it is, and an address for certificates"),
        ("domain", "a label in a pool domain, or a domain of your own"),
        ("token", "of a Hetzner Cloud project, with Read & Write"),
        ("half an hour", "most of it waiting, and the terminal may be closed meanwhile"),
    )
    rows = [Row(), *wrapped(text, width - 2, indent=3), Row(), Row("   Have at hand", "title")]
    rows += [Row("   ").add(name, "quiet").to(19).add(why).cut(width - 1) for name, why in need]
    return rows


def trouble_rows(remedy: Remedy, keys: Sequence[Key], width: int) -> Rows:
    """Return what is wrong with the chosen line, and what to do."""
    rows = keyed_rows(remedy.what, keys, width - 2, indent=3, role="bad", most=3)
    return rows + keyed_rows(remedy.action, keys, width - 2, indent=3, most=4)


def entry_detail(entry: Entry, width: int, keys: Sequence[Key], *, marked: bool = False) -> Rows:
    """Return what there is to say about the chosen line; of a ``marked`` one that it is played."""
    rows = _detail(entry, keys, width)
    if marked and entry.view is not None:
        said = "on a simulated cloud: nothing of it is rented, and nothing of it is paid"
        rows = [Row("   ").add("Rehearsal", "warn").to(DETAIL).add(said).cut(width - 1), *rows]
    return rows


def _detail(entry: Entry, keys: Sequence[Key], width: int) -> Rows:
    if entry.trouble is not None:
        return trouble_rows(entry.trouble, keys, width)
    if entry.draft is not None and entry.view is None:
        return [Row("   Enter goes on with these answers where they were left.", "quiet")]
    view = entry.view
    if view is None:
        return [
            Row("   Enter asks the first question. Nothing is rented before you agree to a plan.")
        ]
    if view.remedy is not None and view.outcome is not Outcome.READY:
        remedy = view.remedy
        if view.outcome is Outcome.NEEDS_DECISION:
            # There it is looked at in full, and agreed to by what is shown beside it.
            remedy = structs.replace(remedy, action=DECIDE)
        return trouble_rows(remedy, keys, width)
    if view.outcome is None and not entry.alive:
        return keyed_rows(LOST, keys, width - 2, indent=3)
    return [*_money_rows(view, entry.now), Row(), Row("   Enter shows it.", "quiet")]


def _money_rows(view: View, now: datetime | None) -> Rows:
    """Return what a Sovereign is made of, and what it has cost so far."""
    if view.priced is None or not _costs(view):
        return []
    price = view.priced.price
    parts = [f"{each.count} x {each.type}" for each in price.lines if each.kind == "server"]
    rows = [Row("   ").add("Servers", "quiet").to(DETAIL).add(", ".join(parts))]
    net = monthly(view)
    gross = f"{with_vat(net, price.vat_rate)} with {short(price.vat_rate)} % VAT"
    cost = f"{money(net)} {price.currency} net, {gross}"
    rows.append(Row("   ").add("A month", "quiet").to(DETAIL).add(cost))
    if view.rented_since is not None and now is not None:
        so_far = f"{spent_words(view, now)} net"
        since = f", rented {ago(view.rented_since, now)} ago"
        rows.append(Row("   ").add("Spent so far", "quiet").to(DETAIL).add(so_far + since))
    return rows


def sum_row(entries: Sequence[Entry], width: int) -> Row | None:
    """Return what all that is rented costs a month, where that is more than one."""
    views = [each.view for each in entries if each.view and each.view.rented_since]
    prices = [view.priced.price for view in views if view.priced]
    currencies = {price.currency for price in prices}
    if len(prices) < 2 or len(currencies) != 1:
        return None
    total = sum((Decimal(monthly(view)) for view in views if view.priced), Decimal(0))
    row = Row("     ").add(f"{len(prices)} rented", "quiet")
    return row.right(f"{money(total)} {currencies.pop()}", min(width, MOST) - 1, "quiet")
