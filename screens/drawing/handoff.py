"""Hand-off: the page of the engine, with what is not as it should be where the eye falls."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.facts import State
from screens.drawing.rows import Row, Rows
from screens.drawing.values import ago, spent_words

if TYPE_CHECKING:
    from pydantic import SecretStr

    from provisioner.handoff import Administrator, Fact, Handoff, Section
    from provisioner.view import View

NARROWEST, WIDEST = 17, 36
"""Columns of the names of a section."""
TOGETHER = "Platform"
"""The section whose good lines are told in one."""
BRIEF = "Addresses"
"""The section whose good lines are told in one row each: there what is wrong must be seen."""
COST = "Cost"
"""The section to which belongs what was spent so far."""


def page(view: View, found: Handoff, now: datetime, width: int) -> Rows:
    """Return the whole page."""
    rows = [_title(view, now)]
    for section in found.sections:
        rows += [Row(), *_section(section, width)]
        if section.title == COST and view.confirmed is not None:
            said = f"{spent_words(view, now)} net"
            rows.append(
                Row("   ").add("spent so far", "quiet").to(_column(section.facts)).add(said)
            )
    return rows


def standing(found: Handoff, verdict: str, width: int) -> Row:
    """Return in one line whether everything is as it should be."""
    mark, role = ("✓ ", "ok") if found.whole else ("! ", "warn")
    return Row(" ").add(mark, role).add(verdict, "" if found.whole else "warn").cut(width - 1)


def administrator(found: Administrator, fqdn: str, width: int) -> Rows:
    """Return the first administrator, in clear: the caller shows it only while it is looked at."""
    lines = (("Username", found.username), ("Password", found.password.get_secret_value()))
    rows = [Row(" ").add(f"The first administrator of {fqdn}", "title"), Row()]
    rows += [Row("   ").add(name, "quiet").to(14).add(value, "strong") for name, value in lines]
    said = (
        "Read from the cluster just now, and stored nowhere: it is gone when this page closes. "
        "Sign in with it, then change the password."
    )
    return [*rows, Row(), *_wrapped(said, 3, width, "")]


def passphrase(found: SecretStr, fqdn: str, width: int) -> Rows:
    """Return the passphrase of the state, in clear: shown only while it is looked at."""
    said = (
        "Store it where it outlives this machine: in CATALYST_STATE_PASSPHRASE it opens the state "
        f"on another one. `catalyst secrets {fqdn} --show state_passphrase --to FILE` writes it."
    )
    rows = [Row(" ").add(f"The passphrase of the state of {fqdn}", "title"), Row()]
    rows.append(Row("   ").add(found.get_secret_value(), "strong"))
    return [*rows, Row(), *_wrapped(said, 3, width, "")]


def _title(view: View, now: datetime) -> Row:
    lines = view.components.values()
    healthy = sum(line.state is State.HEALTHY for line in lines)
    whole = healthy == len(view.components) and view.components
    row = Row(" ").add("✓ " if whole else "! ", "ok" if whole else "warn")
    said = f"{view.fqdn} is ready" if whole else f"{view.fqdn} was ready"
    row.add(said, "title").add(f"   {healthy} of {len(view.components)} components healthy")
    since = ago(view.ready_at, now)
    return row.add(f", since {since}" if since else "", "quiet")


def _section(section: Section, width: int) -> Rows:
    facts = list(section.facts)
    rows = [Row(" ").add(section.title, "strong")]
    brief = section.title == BRIEF
    if section.title == TOGETHER:
        well = [each for each in facts if each.ok and each.component]
        facts = [each for each in facts if each not in well]
        if well:
            rows += _wrapped(", ".join(_named(each) for each in well), 3, width, "")
    column = _column(facts)
    for fact in facts:
        rows += _fact(fact, column, width, brief=brief)
    return rows


def _named(fact: Fact) -> str:
    """Return a component with the versions it is made of; a chart of its own name once only."""
    head, rest = fact.versions[:1], fact.versions[1:]
    if head and not rest and head[0].startswith(f"{fact.name} "):
        return head[0]
    return f"{fact.name} ({', '.join(fact.versions)})" if head else fact.name


def _column(facts: Iterable[Fact]) -> int:
    longest = max((len(each.name) for each in facts), default=0)
    return 3 + min(max(longest + 2, NARROWEST), WIDEST)


def _fact(fact: Fact, column: int, width: int, *, brief: bool) -> Rows:
    """Return a line, on as many rows as it takes, or on one if it is ``brief`` and well."""
    role = "" if fact.ok else "warn"
    first = Row(" ").add("  " if fact.ok else "! ", role)
    first.add(fact.name, "quiet" if fact.ok else role)
    if brief and fact.ok:
        return [first.to(column).add(fact.value).cut(width - 1)]
    head, *rest = _wrapped(fact.value, column, width, role) or [Row()]
    return [first.to(column).add(head.plain.strip(), role).cut(width - 1), *rest]


def _wrapped(text: str, indent: int, width: int, role: str) -> Rows:
    lines = textwrap.wrap(text, max(width - indent - 1, 8), break_on_hyphens=False)
    return [Row(" " * indent).add(line, role) for line in lines]
