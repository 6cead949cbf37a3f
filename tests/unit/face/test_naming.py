"""The page of the name: what to set stands there in full, and who waits for what is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provisioner import events as e
from provisioner.events import Event
from provisioner.facts import DnsAnswer, DnsRecord, NameState
from provisioner.folding import fold
from provisioner.view import View
from screens.drawing.frame import Key
from screens.drawing.naming import page, unset
from screens.drawing.rows import width_of
from tests.unit.builders import START, recorded, run_started

LONG = "wolke.abteilung.beispiel-gesellschaft.example.org"
ADDRESS = "192.0.2.100"


def view(fqdn: str, by: str, *events: Event) -> View:
    """Return what is known after records were wanted."""
    names = [f"{host}.{fqdn}" for host in ("*", "console", "api")]
    records = tuple(DnsRecord(name=name, type="A", value=ADDRESS, ttl=300) for name in names)
    wanted = e.DnsRecordsWanted(zone="example.org", records=records, by=by)
    return fold(View(fqdn=fqdn), recorded(run_started(), wanted, *events))


def answers(state: NameState, fqdn: str, *, authority: bool = True) -> e.DnsRecordsChecked:
    """Return the same answer about each host."""
    names = [f"{host}.{fqdn}" for host in ("*", "console", "api")]
    return e.DnsRecordsChecked(
        answers=tuple(
            DnsAnswer(name=name, server="ns1", authority=authority, state=state, ttl=60)
            for name in names
        )
    )


def text(seen: View, *keys: Key, width: int = 80) -> str:
    """Return the page as text."""
    rows = page(seen, START, width, keys)
    assert all(width_of(row.plain) < width for row in rows)
    return "\n".join(row.plain for row in rows)


@pytest.mark.parametrize("fqdn", ["a.example.org", LONG])
def test_what_is_to_be_set_stands_there_in_full(fqdn: str) -> None:
    """A record that is cut cannot be typed in at a provider."""
    said = text(view(fqdn, "operator"))
    assert "to be set by you" in said
    for host in ("*", "console", "api"):
        assert f"{host}.{fqdn}  " in said
    assert said.count(ADDRESS) == 3
    assert "TTL 300" in said


def test_the_operator_is_told_how_many_are_left() -> None:
    """As long as they are not right, and only where nobody else sets them."""
    missing, right = (answers(s, LONG) for s in (NameState.MISSING, NameState.RIGHT))
    assert unset(view(LONG, "operator")) == 3
    assert unset(view(LONG, "operator", missing)) == 3
    assert unset(view(LONG, "operator", right)) == 0
    assert unset(view(LONG, "Dynadot", missing)) == 0
    assert unset(None) == 0


def test_a_wait_says_how_long_it_may_last() -> None:
    """Resolvers keep an old answer for its TTL; without a wait nobody is looking."""
    stale = answers(NameState.STALE, LONG, authority=False)
    until = START + timedelta(seconds=60)
    wait = e.WaitStarted(key="dns", what="the name", until=until)
    assert "for 1:00 at most" in text(view(LONG, "Dynadot", stale, wait))
    over = e.WaitFinished(key="dns", seconds=1)
    unwatched = view(LONG, "Dynadot", stale, wait, over)
    assert f"catalyst dns {LONG}" in text(unwatched)
    assert text(unwatched, Key("v", "look again", ("dns",))).endswith("looks again:\n   v")
    right = answers(NameState.RIGHT, LONG)
    assert "Every name leads to the load balancer." in text(view(LONG, "Dynadot", right))


def test_before_there_is_an_address_nothing_is_claimed() -> None:
    """The page says when it will know."""
    assert "once the load balancer has its address" in text(View(fqdn=LONG))
