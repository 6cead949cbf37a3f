"""Sizing: what can be rented where, what it has, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import bar, gigabytes, money, short, with_vat

if TYPE_CHECKING:
    from provisioner.facts import Finding, Price
    from screens.ports import Alternative, Market, ServerKind, Site

LABEL = 17
CORES, MEMORY, DISK, CPU, STOCK, EACH, ALL = 16, 24, 31, 33, 44, 68, 78
"""Columns; numbers end at theirs, words begin at theirs."""
SECOND = 49
"""Where the second column of alternatives begins."""
USUAL_ARCHITECTURE = "x86"
_CPUS = {"dedicated": "dedic."}


def site_row(site: Site | None, width: int) -> Row:
    """Return the location that was chosen."""
    row = Row(" ").add("Location").to(LABEL)
    if site is None:
        return row.add("not known yet", "quiet")
    where = f"{site.city}, {site.country}" if site.city else ""
    row.add(site.name, "strong").add(f"  {where}  ").add(site.zone, "quiet")
    return row.to(61).add("l", "key").add("  next location").cut(width - 1)


def plane_row(count: int, width: int) -> Row:
    """Return the number of control planes."""
    row = Row(" ").add("Control planes").to(LABEL).add(str(count), "strong")
    row.add("     highly available" if count > 1 else "     not highly available", "quiet")
    return row.to(61).add("c", "key").add("  1 or 3").cut(width - 1)


def heading(currency: str, count: int) -> Rows:
    """Return the names of the columns."""
    first = Row("").right("net", ALL, "quiet")
    row = Row("   type").right("cores", CORES).right("memory", MEMORY).right("disk", DISK)
    row.to(CPU).add("cpu").to(STOCK).add("stock").right(f"{currency}/month", EACH)
    row.right(f"x {count}", ALL)
    return [first, Row("", "").add(row.plain, "quiet")]


def offered(market: Market, site: str, text: str, order: str) -> list[ServerKind]:
    """Return the kinds to choose from: those that this location has, filtered and sorted."""
    found = [kind for kind in market.kinds if site in kind.monthly and not kind.deprecated]
    if text:
        found = [k for k in found if text.lower() in f"{k.name} {k.cpu} {k.architecture}".lower()]
    keys = {
        "price": lambda kind: (kind.monthly[site], kind.name),
        "memory": lambda kind: (kind.memory, kind.monthly[site]),
        "cores": lambda kind: (kind.cores, kind.monthly[site]),
        "name": lambda kind: (kind.name,),
    }
    return sorted(found, key=keys[order])


def kind_row(kind: ServerKind, site: str, count: int, *, fits: bool = True) -> Row:
    """Return one server type, to stand behind the mark of the chosen row."""
    can = site in kind.stock and fits
    role = "" if can else "quiet"
    row = Row(" ").add(kind.name, role)
    row.right(str(kind.cores), CORES - 2, role).right(f"{kind.memory:g} GB", MEMORY - 2, role)
    row.right(str(kind.disk), DISK - 2, role).to(CPU - 2)
    arm = f" {kind.architecture}" if kind.architecture != USUAL_ARCHITECTURE else ""
    row.add(f"{_CPUS.get(kind.cpu, kind.cpu) if arm else kind.cpu}{arm}", role).to(STOCK - 2)
    _add_stock(row, kind, site, role)
    if not fits:
        return row.right("below the kit's need", ALL - 2, role)
    price = kind.monthly[site]
    row.right(money(price), EACH - 2, role)
    return row.right(money(price * count), ALL - 2, role)


def _add_stock(row: Row, kind: ServerKind, site: str, role: str) -> None:
    others = sorted(kind.stock - {site})
    if site in kind.stock and site in kind.going:
        row.add("! ", "warn").add(f"till {kind.going[site]}", role)
    elif site in kind.stock:
        row.add("● ", "ok").add(", ".join(["here", *others[:1]]), role)
    elif others:
        row.add("○ ", "warn").add(f"{', '.join(others[:2])} only", role)
    else:
        row.add("○ ", "bad").add("nowhere", role)


def fits(market: Market, answers: dict[str, Any], kind: str | None = None) -> bool:
    """Return whether all nodes together hold the kit, with ``kind`` for the control planes."""
    total, nodes = _memory(market, answers, kind)
    return market.kit_memory is None or total - nodes * market.overhead >= market.kit_memory


def _memory(market: Market, answers: dict[str, Any], kind: str | None) -> tuple[float, int]:
    """Return the memory that is rented, in GB, and on how many nodes."""
    kinds = {each.name: each for each in market.kinds}
    sizing = answers.get("sizing", {})
    plane = sizing.get("control_plane", {})
    groups = [(kind or plane.get("type"), plane.get("count") or 1)]
    groups += [(each.get("type"), each.get("count") or 0) for each in sizing.get("workers") or ()]
    # A count is kept as it was typed, right or wrong.
    sound = [(name, n) for name, n in groups if name in kinds and isinstance(n, int)]
    return sum(kinds[name].memory * n for name, n in sound), sum(n for _, n in sound)


def instead_rows(found: Sequence[Alternative], width: int) -> Rows:
    """Return what else would do, each behind the key that takes it, and what it has less of."""
    half = (len(found) + 1) // 2
    rows = [Row(" ").add("Instead" if n == 0 else "").to(LABEL) for n in range(half)]
    for number, each in enumerate(found, 1):
        at = LABEL if number <= half else SECOND
        row = rows[(number - 1) % half]
        if at == SECOND:
            row.to(at)
        row.add(f"{number} ", "key").add(f"{each.type} {each.location}").right(
            f"{each.difference:+.2f}", at + 22, "quiet"
        )
        row.add("  anew", "bad") if each.lost else row.add("  less" if each.less else "", "warn")
    less = [f"{number} has less: {each.less}." for number, each in enumerate(found, 1) if each.less]
    said = wrapped(" ".join(less), width - 2, role="warn", most=2)
    anew = " and ".join(str(number) for number, each in enumerate(found, 1) if each.lost)
    if anew:
        lost = f"With {anew} servers that exist are made anew: what is on them is lost."
        said = [*said[:1], *wrapped(lost, width - 2, role="bad", most=1)]
    return [*(row.cut(width - 1) for row in rows), *said]


def worker_rows(pools: Sequence[dict[str, Any]], width: int) -> Rows:
    """Return the worker pools in one line each."""
    rows = []
    for number, pool in enumerate(pools[:2]):
        row = Row(" ").add("Workers" if number == 0 else "").to(LABEL)
        row.add(str(pool.get("name", "?"))).to(LABEL + 12)
        row.add(f"{pool.get('count', '?')} x {pool.get('type', '?')}")
        row.add(f"  {pool['location']}" if pool.get("location") else "", "quiet")
        rows.append(row.cut(width - 1))
    if not pools:
        none = Row(" ").add("Workers").to(LABEL).add("none: the control plane runs everything")
        rows.append(none.cut(width - 1))
    if len(pools) > 2:
        rows[-1].add(f"  and {len(pools) - 2} more", "quiet")
    rows[0].to(61).add("w", "key").add("  edit")
    return rows


def memory_rows(market: Market, answers: dict[str, Any], width: int) -> Rows:
    """Return what the kit needs of the memory that is rented, and for which kit that is."""
    row = _memory_row(market, answers, width)
    if not from_git(answers):
        return [row]
    said = "for the kit of this release; your repository's is unknown"
    return [row, Row(" " * LABEL).add(said, "quiet").cut(width - 1)]


def from_git(answers: dict[str, Any]) -> bool:
    """Return whether the kit is a repository's, whose needs nobody knows before."""
    return bool((answers.get("source") or {}).get("mode") == "git")


def _memory_row(market: Market, answers: dict[str, Any], width: int) -> Row:
    total, nodes = _memory(market, answers, None)
    need, system = market.kit_memory, nodes * market.overhead
    row = Row(" ").add("Memory").to(LABEL)
    if need is None or not total:
        return row.add(gigabytes(total) if total else "choose a type", "" if total else "quiet")
    full, empty = bar(min((need + system) / total, 1), 10)
    enough = need + system <= total
    row.add(f"kit {gigabytes(need)}")
    row.add(f", system {gigabytes(system)}" if system else "").add(f" of {gigabytes(total)}   ")
    row.add(full, "ok" if enough else "bad").add(empty, "quiet")
    left = f"   {gigabytes(round(total - need - system, 1))} left" if enough else "   ✗ too little"
    return row.add(left, "" if enough else "bad").cut(width - 1)


def cost_rows(price: Price | None, width: int) -> Rows:
    """Return the price of everything, and what it is made of."""
    if price is None:
        return [Row(" ").add("Per month").to(LABEL).add("choose a type to see it", "quiet"), Row()]
    row = Row(" ").add("Per month").to(LABEL)
    row.add(f"{money(price.monthly)} {price.currency} net", "strong")
    row.add(f" · {with_vat(price.monthly, price.vat_rate)} with {short(price.vat_rate)} % VAT")
    row.add(f" · {Decimal(price.hourly):.3f} an hour", "quiet")
    parts: dict[str, Decimal] = {}
    for line in price.lines:
        amount = Decimal(line.monthly) * line.count
        name = {"server": "servers", "primary_ip": "IPv4", "load_balancer": "load balancer"}
        title = name.get(line.kind, line.kind)
        parts[title] = parts.get(title, Decimal(0)) + amount
    said = " · ".join(f"{title} {money(amount)}" for title, amount in parts.items())
    return [row.cut(width - 1), Row(" " * LABEL).add(said, "quiet").cut(width - 1)]


def finding_rows(findings: Sequence[Finding], width: int, most: int) -> Rows:
    """Return what is to be said about these choices."""
    rows: Rows = []
    for each in findings:
        role = "bad" if each.severity == "blocking" else "warn"
        text = wrapped(f"{each.reason} {each.remedy}", width - 2, indent=3, most=2)
        if text:
            text[0] = Row(" ").add("✗ " if role == "bad" else "! ", role).add(text[0].plain.strip())
        rows += text
    return rows[:most]
