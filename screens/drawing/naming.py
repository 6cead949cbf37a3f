"""The name: which records lead to the Sovereign, who sets them, and who has seen them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.dns.answers import resolves, wrong
from provisioner.dns.own import advice
from provisioner.facts import NameState
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows, wrapped
from screens.words import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provisioner.facts import DnsAnswer, DnsRecord
    from provisioner.view import View
    from screens.drawing.frame import Key

OPERATOR = "operator"
WAIT = "dns"
HEADS = ("name", "type", "address", "zone", "resolvers")
MOST_ADVICE = 2


def page(view: View, now: datetime, width: int, keys: Sequence[Key]) -> Rows:
    """Return the whole page."""
    if not view.records:
        said = "The records are known once the load balancer has its address."
        return [Row(" ").add(said, "quiet")]
    rows = [*_head(view), Row(), *_table(view, width), Row()]
    address = view.records[0].value
    for each in advice(view.answers, address)[:MOST_ADVICE]:
        rows += wrapped(each.what, width - 1, role="warn")
        rows += keyed_rows(each.action, keys, width - 1)
    return [*rows, *_waiting(view, now, width, keys)]


def unset(view: View | None) -> int:
    """Return how many names the operator is still to set, as far as is known."""
    if view is None or view.records_by != OPERATOR or resolves(view.answers):
        return 0
    open_ = {each.name for each in wrong(view.answers) if each.authority}
    return len(open_) if view.answers else len(view.records)


def _head(view: View) -> Rows:
    row = Row(" ").add(f"in the zone {view.zone}, ")
    if view.records_by == OPERATOR:
        row.add("to be set by you, exactly so:", "strong")
    else:
        row.add(f"set through {view.records_by}{', and read back' * view.records_written}")
    return [Row(" ").add(view.fqdn, "title"), row]


def _table(view: View, width: int) -> Rows:
    """Return the records in full; what servers say of them as far as there is room."""
    columns = _columns(view.records)
    rows = [_row(("  ", ""), columns, [(each, "quiet") for each in HEADS])]
    for record in view.records:
        mine = [each for each in view.answers if each.name == record.name]
        at_home = _worst(each for each in mine if each.authority)
        beyond = _worst(each for each in mine if not each.authority)
        well = at_home is NameState.RIGHT and beyond in (NameState.RIGHT, None)
        mark = ("✓ ", "ok") if well else ("· ", "quiet") if at_home is None else ("! ", "warn")
        said = [(state or "not asked", _role(state)) for state in (at_home, beyond)]
        cells = [(record.name, ""), (record.type, ""), (record.value, ""), *said]
        rows.append(_row(mark, columns, cells))
    return [row.cut(width - 1) for row in rows]


def _columns(records: Iterable[DnsRecord]) -> list[int]:
    names, values = ([*each] for each in zip(*((r.name, r.value) for r in records), strict=True))
    widths = (max(map(len, names)), 4, max(map(len, (*values, HEADS[2]))), 9)
    return [3 + sum(widths[:at]) + 2 * at for at in range(5)]


def _row(mark: tuple[str, str], columns: list[int], cells: Iterable[tuple[str, str]]) -> Row:
    row = Row(" ").add(*mark)
    for at, (text, role) in zip(columns, cells, strict=True):
        (row if row.width == at else row.to(at)).add(text, role)
    return row


def _worst(answers: Iterable[DnsAnswer]) -> NameState | None:
    """Return what is not right at one of some servers; one that is silent tells least."""
    states = [each.state for each in answers]
    ill = [each for each in states if each not in (NameState.RIGHT, NameState.SILENT)]
    return ill[0] if ill else min(states, key=lambda s: s is NameState.SILENT, default=None)


def _role(state: NameState | None) -> str:
    return "quiet" if state is None else "" if state is NameState.RIGHT else "warn"


def _waiting(view: View, now: datetime, width: int, keys: Sequence[Key]) -> Rows:
    ttl = f"TTL {view.records[0].ttl} s, or the least that your provider has."
    rows = [Row(" ").add(ttl, "quiet")] if view.records_by == OPERATOR else []
    wait = view.waits.get(WAIT)
    if resolves(view.answers):
        return [*rows, Row(" ").add("Every name leads to the load balancer.", "ok")]
    if wait is None:
        nobody = Row(" ").add("Nobody is looking now. This looks again:", "warn")
        return [*rows, nobody, *keyed_rows(f"`catalyst dns {view.fqdn}`", keys, width, indent=3)]
    since = duration(max((now - wait.since).total_seconds(), 0))
    row = Row(" ").add(f"Looked for all the time, since {since}", "quiet")
    if wait.until is not None:
        left = duration(max((wait.until - now).total_seconds(), 0))
        row.add(f"; resolvers keep the old for {left} at most", "quiet")
    return [*rows, row]
