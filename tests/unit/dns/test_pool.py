"""Labels in a pool's zone: nothing of others is lost, whoever writes at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.dns import wanted
from provisioner.dns.pool import Standing, claim, release, standing
from provisioner.dns.records import Record, Zone
from provisioner.dns.turn import NAME as TURN
from provisioner.errors import DnsError
from tests.unit.dns.interleaving import SharedZone, SteppedClock, Writer, interleaved, stepped

POOL = "omani.works"
ME, OTHER = "1" * 32, "2" * 32
OLD, NEW, THEIRS = "192.0.2.1", "192.0.2.2", "192.0.2.9"

_names = st.sampled_from(["", "www", "*", "mail", "console", "oman2", "console.oman2", "xoman"])
_foreign = st.lists(
    st.builds(
        Record,
        name=_names,
        type=st.sampled_from(["A", "AAAA", "TXT", "MX", "CNAME", "FORWARD"]),
        value=st.sampled_from(["192.0.2.7", "mail.example.org", "v=spf1 -all", "https://e.org/"]),
        extra=st.sampled_from(["", "10", "301"]),
        ttl=st.sampled_from(["", "60", "86400"]),
    ),
    min_size=1,
    max_size=8,
)
_choices = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 30)), max_size=12).map(
    lambda stretches: [who for who, steps in stretches for _ in range(steps)]
)
"""Stretches in which one writer moves alone: that is where writes are computed from old reads."""


def zone(*records: Record) -> Zone:
    """Return the pool's zone."""
    return Zone(domain=POOL, records=records, ttl="300")


def held(label: str, owner: str, address: str) -> list[Record]:
    """Return what a Sovereign has in the zone."""
    return [wanted.claim(label, owner), *wanted.addresses(label, address)]


def claiming(label: str, owner: str, address: str) -> Writer:
    """Return a writer that claims."""
    return lambda api, clock: claim(api, clock, label, owner, address)


def releasing(label: str, owner: str) -> Writer:
    """Return a writer that gives back."""
    return lambda api, clock: release(api, clock, label, owner)


def run(start: Zone, writer: Writer) -> tuple[Zone, Any]:
    """Let one writer work alone."""
    end, results = interleaved(start, (), writer)
    return end, results[0]


def under(records: Zone, label: str) -> set[tuple[str, str, str]]:
    """Return what stands below a label."""
    return {(r.name, r.type, r.value) for r in records.records if r.is_below(label)}


WRITERS = {
    "claims anew": ([], claiming("oman", ME, NEW)),
    "moves": (held("oman", ME, OLD), claiming("oman", ME, NEW)),
    "has two addresses": (
        [*held("oman", ME, OLD), *wanted.addresses("oman", NEW)],
        claiming("oman", ME, NEW),
    ),
    "leaves": (held("oman", ME, OLD), releasing("oman", ME)),
}
BESIDE = {
    "claims anew": ([], claiming("qatar", OTHER, THEIRS)),
    "moves": (held("qatar", OTHER, OLD), claiming("qatar", OTHER, THEIRS)),
    "leaves": (held("qatar", OTHER, OLD), releasing("qatar", OTHER)),
}


def both_end_well(foreign: list[Record], one: str, two: str, choices: list[int]) -> None:
    """Let two of us work in this order, and hold the zone to what it must be then."""
    ours, writer = WRITERS[one]
    theirs, beside = BESIDE[two]
    start = zone(*foreign, *ours, *theirs)
    end, ends = interleaved(start, choices, writer, beside)
    assert [each for each in ends if isinstance(each, Exception)] == []
    below = ("oman", "qatar", TURN)
    kept = [each for each in end.records if not any(each.is_below(name) for name in below)]
    assert kept == foreign
    expected = held("oman", ME, NEW) if one != "leaves" else []
    assert under(end, "oman") == {(r.name, r.type, r.value) for r in expected}
    expected = held("qatar", OTHER, THEIRS) if two != "leaves" else []
    assert under(end, "qatar") == {(r.name, r.type, r.value) for r in expected}
    assert end.at(TURN, "TXT") == ()
    assert end.ttl == "300"


@settings(max_examples=400)
@given(_foreign, st.sampled_from(sorted(WRITERS)), st.sampled_from(sorted(BESIDE)), _choices)
def test_no_interleaving_of_two_writers_loses_a_record(
    foreign: list[Record], one: str, two: str, choices: list[int]
) -> None:
    """Whatever two of us do at the same time, others' records stay, and both get what they want."""
    both_end_well(foreign, one, two, choices)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("two", BESIDE)
@pytest.mark.parametrize("one", WRITERS)
def test_a_writer_may_be_held_up_anywhere(one: str, two: str, first: int) -> None:
    """One stops after each of its steps in turn, while the other one does all that it can."""
    foreign = [Record(name="www", type="A", value=OLD, ttl="60")]
    for steps in range(40):
        both_end_well(foreign, one, two, [first] * steps + [1 - first] * 40)


@settings(max_examples=300)
@given(_foreign, _choices)
def test_of_two_that_want_one_label_exactly_one_gets_it(
    foreign: list[Record], choices: list[int]
) -> None:
    """The first mark counts; the other one is refused and leaves nothing behind."""
    end, ends = interleaved(
        zone(*foreign), choices, claiming("oman", ME, NEW), claiming("oman", OTHER, THEIRS)
    )
    refused = [each for each in ends if isinstance(each, DnsError)]
    assert [each.code for each in refused] == ["dns_label_claimed"]
    winner, address = (ME, NEW) if isinstance(ends[1], DnsError) else (OTHER, THEIRS)
    assert under(end, "oman") == {(r.name, r.type, r.value) for r in held("oman", winner, address)}
    assert [each for each in end.records if not each.is_below("oman")] == foreign


@settings(max_examples=200)
@given(_foreign, _foreign, _choices)
def test_what_a_stranger_appends_while_we_claim_stays(
    foreign: list[Record], added: list[Record], choices: list[int]
) -> None:
    """A new label is only ever appended, so that even writers who know no turns lose nothing."""

    async def stranger(api: SharedZone, _clock: SteppedClock) -> None:
        for each in added:
            await api.add([each])

    end, ends = interleaved(zone(*foreign), choices, claiming("oman", ME, NEW), stranger)
    assert not isinstance(ends[0], Exception)
    assert end.lacks([*foreign, *added]) == ()


@given(_foreign)
def test_giving_back_restores_the_zone_exactly(foreign: list[Record]) -> None:
    """After claim and release the zone is what it was, in order and with its TTLs."""
    start = zone(*foreign)
    claimed, _ = run(start, claiming("oman", ME, NEW))
    end, found = run(claimed, releasing("oman", ME))
    assert found is True
    assert end == start
    assert run(end, releasing("oman", ME)) == (start, False)


def test_a_claim_that_holds_already_writes_nothing() -> None:
    """A run that is resumed looks, and leaves the zone alone."""
    start = zone(Record(name="", type="A", value=OLD), *held("oman", ME, NEW))
    end, seen = run(start, claiming("oman", ME, NEW))
    assert end is start
    assert seen is start


def test_anothers_label_is_never_touched() -> None:
    """Neither claim nor release changes anything of a label that another Sovereign has."""
    start = zone(*held("oman", OTHER, THEIRS))
    end, error = run(start, claiming("oman", ME, NEW))
    assert error.code == "dns_label_claimed"
    assert end is start
    assert run(start, releasing("oman", ME)) == (start, False)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (Record(name="www.oman", type="A", value=THEIRS), "dns_label_used"),
        (Record(name="console.oman", type="A", value=THEIRS), "dns_label_used"),
        (Record(name="oman", type="NS", value="ns1.example.org"), "dns_label_used"),
    ],
)
def test_records_without_a_mark_are_somebodys(record: Record, code: str) -> None:
    """A label that has records but no mark is in use, and stays as it is."""
    start = zone(record)
    end, error = run(start, claiming("oman", ME, NEW))
    assert error.code == code
    assert end is start


def test_a_cname_at_one_of_our_names_is_told_and_kept() -> None:
    """A CNAME and an address exclude each other; whose it is we cannot know."""
    start = zone(wanted.claim("oman", ME), Record(name="api.oman", type="CNAME", value="e.org"))
    end, error = run(start, claiming("oman", ME, NEW))
    assert error.code == "dns_cname_in_the_way"
    assert error.facts["name"] == f"api.oman.{POOL}"
    assert end is start


def test_a_dead_writers_turn_passes() -> None:
    """A turn that nobody ends is waited for, once, and then taken out."""

    async def late(api: SharedZone, _clock: SteppedClock) -> Any:
        clock = _Fast()
        await release(api, clock, "oman", ME)

    dead = Record(name=TURN, type="TXT", value="gone")
    end, ends = interleaved(zone(*held("oman", ME, OLD), dead), (), late)
    assert ends == [None]
    assert end.records == ()


class _Fast(SteppedClock):
    """A clock on which a second passes with each pause."""

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.passed[0] += seconds
        await super().sleep(0)


def test_availability_comes_from_the_zone_alone() -> None:
    """A wildcard of the pool's own says nothing about a label."""
    seen = zone(
        Record(name="*", type="A", value="185.53.179.128"),
        *held("oman", ME, NEW),
        *held("qatar", OTHER, NEW),
        Record(name="a.used", type="A", value=NEW),
    )
    labels = ("free", "oman", "qatar", "used", "atar")
    assert [standing(seen, label, ME) for label in labels] == [
        Standing.FREE,
        Standing.OURS,
        Standing.CLAIMED,
        Standing.USED,
        Standing.FREE,
    ]


class Lossy(SharedZone):
    """A provider that takes a foreign record out of what it is told to write, some times."""

    def __init__(self, zone: Zone, times: int) -> None:
        super().__init__(zone)
        self._times = times

    async def replace(self, zone: Zone) -> None:
        """Write all but one."""
        await super().replace(self._without(zone))

    async def add(self, records: Sequence[Record]) -> None:
        """Append, and lose it again."""
        await super().add(records)
        if any(each.name == "www" for each in records):
            self.zone = self._without(self.zone)

    def _without(self, zone: Zone) -> Zone:
        if not self._times:
            return zone
        self._times -= 1
        return zone.having(each for each in zone.records if each.name != "www")


@pytest.mark.parametrize("times", [1, 2])
def test_what_a_provider_loses_of_others_is_put_back_or_named(times: int) -> None:
    """The zone is read after every write: once is mended, a provider that insists is an error."""
    www = Record(name="www", type="A", value=OLD, ttl="60")
    lossy = Lossy(zone(www, *held("oman", ME, OLD)), times)
    end, ends = stepped(lossy, (), claiming("oman", ME, NEW))
    if times == 1:
        assert not isinstance(ends[0], Exception)
        assert end.at("www", "A") == (www,)
    else:
        assert (ends[0].code, ends[0].facts["names"]) == ("dns_zone_damaged", "www")


def test_a_zone_that_somebody_writes_all_the_time_is_given_up() -> None:
    """Whoever takes our mark out each time is not fought for ever, and loses nothing."""

    class Hostile(SharedZone):
        async def add(self, records: Sequence[Record]) -> None:
            del records

    foreign = zone(Record(name="www", type="A", value=OLD))
    end, ends = stepped(Hostile(foreign), (), claiming("oman", ME, NEW))
    assert ends[0].code == "dns_zone_contended"
    assert end == foreign
