"""What else would do: the nearest first, smaller where the kit fits, nothing that is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.answers_findings import dotted
from provisioner.checks.alternatives import MOST, Alternative, alternatives
from provisioner.checks.memory import check_memory
from provisioner.checks.reality import Reality
from provisioner.checks.sizing import check_locations, check_types, suggest
from provisioner.checks.wanted import CONTROL_PLANE, Place, wanted_servers
from provisioner.facts import Severity
from provisioner.hetzner.catalogue import (
    Amount,
    Catalogue,
    Deprecation,
    LocatedPrice,
    Location,
    Offer,
    ServerType,
    read_catalogue,
)
from provisioner.hetzner.machines import Machine
from provisioner.settings import default_settings
from tests.unit.answers.examples import answers
from tests.unit.hetzner.cloud import client, project

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KIT_MIB = 4102
POOL: Place = ("sizing", "workers", 0)
WORKERS = [{"name": "general", "type": "cx43", "count": 2}]


async def shipped(stock: dict[str, dict[str, str]], *machines: Machine) -> Reality:
    """Return the rehearsed catalogue with this stock, and what of the Sovereign exists."""
    async with client(project(stock=stock)) as hetzner:
        catalogue = await read_catalogue(hetzner)
    return Reality(catalogue, default_settings(), NOW, KIT_MIB, machines)


def told(found: tuple[Alternative, ...]) -> list[str]:
    """Return alternatives in short, those with less marked."""
    return [f"{each.type} {each.location}{' less' * bool(each.less)}" for each in found]


def machine(pool: str = "cp", kind: str = "cx43", disk: int = 160) -> Machine:
    """Return a server that exists in fsn1."""
    return Machine(pool=pool, type=kind, location="fsn1", disk=disk)


async def test_the_same_comes_first_then_what_is_as_good_then_what_is_less() -> None:
    """The same type nearby, the cheapest that is as good, and the smaller one that still does."""
    reality = await shipped({"cx43": {"fsn1": "none"}})
    found = alternatives(answers(), CONTROL_PLANE, reality)
    assert told(found) == ["cx43 hel1", "cx43 nbg1", "cx53 hel1", "cx33 fsn1 less"]
    assert [float(each.monthly_difference) for each in found] == [0, 0, 13.5, -7.5]
    assert found[-1].less == (
        "8 GB of memory instead of 16, 4 cores instead of 8, 80 GB of disk instead of 160; "
        "the kit still fits"
    )


async def test_what_is_smaller_takes_a_place_of_its_own() -> None:
    """However many are as good, the best of those with less is among what is offered."""
    reality = await shipped({"cx43": {"fsn1": "none"}})
    assert told(alternatives(answers(), CONTROL_PLANE, reality, 1)) == ["cx33 fsn1 less"]
    many = alternatives(answers(), CONTROL_PLANE, reality, 50)
    assert len(many) > MOST
    assert [bool(each.less) for each in many] == sorted(bool(each.less) for each in many)


async def test_not_all_that_is_offered_is_dearer() -> None:
    """Of types that are as good and cost more and more two are enough, where less would do."""
    gone = {"cx53": dict.fromkeys(("fsn1", "nbg1", "hel1"), "none")}
    values = answers(sizing__control_plane__type="cx53")
    found = alternatives(values, CONTROL_PLANE, await shipped(gone))
    assert told(found) == ["cpx62 fsn1", "ccx43 fsn1", "cx43 fsn1 less", "cx33 fsn1 less"]
    reality = await shipped(gone)
    large = [each for each in reality.catalogue.server_types.values() if each.memory >= 32]
    types = {each.name: each for each in large}
    only = reality._replace(catalogue=Catalogue(reality.catalogue.locations, types))
    assert len(alternatives(values, CONTROL_PLANE, only)) == MOST


async def test_a_smaller_type_that_would_not_hold_the_kit_is_never_offered() -> None:
    """4 GB are below the kit's need for one server, and enough for one of three."""
    reality = await shipped({"cx43": {"fsn1": "none"}})
    solo = alternatives(answers(), CONTROL_PLANE, reality, 50)
    three = answers(sizing__control_plane__count=3)
    many = alternatives(three, CONTROL_PLANE, reality, 50)
    assert "cx23 fsn1 less" not in told(solo)
    assert "cx23 fsn1 less" in told(many)
    assert "cpx12 fsn1 less" not in told(many)


async def test_disk_and_kind_of_cores_count_too() -> None:
    """The same memory and cores with half the disk, or with shared cores, are less, and said so."""
    reality = await shipped({"cpx42": {"fsn1": "none"}, "ccx23": {"fsn1": "none"}})
    large = alternatives(answers(sizing__control_plane__type="cpx42"), CONTROL_PLANE, reality)
    assert "160 GB of disk instead of 320; the kit still fits" in [each.less for each in large]
    own = alternatives(answers(sizing__control_plane__type="ccx23"), CONTROL_PLANE, reality, 50)
    (shared,) = [each for each in own if each.type == "cx43"]
    assert shared.less == "shared cores instead of dedicated; the kit still fits"


async def test_a_server_that_exists_is_never_given_a_smaller_disk() -> None:
    """Hetzner shrinks none: of one that exists only types with as much disk are offered."""
    gone = {"cx43": {"fsn1": "none"}}
    values = answers(sizing__control_plane__count=3)
    found = alternatives(values, CONTROL_PLANE, await shipped(gone, machine()), 50)
    here = [each for each in found if each.location == "fsn1"]
    assert "cx33 fsn1 less" not in told(tuple(here))
    assert "cpx32 fsn1 less" in told(tuple(here))
    assert here[-1].less.endswith("the kit still fits")


async def test_what_would_make_anew_what_exists_comes_last() -> None:
    """A control plane that exists is rather changed than lost, although its type is elsewhere."""
    found = alternatives(answers(), CONTROL_PLANE, await shipped({}, machine(kind="cx33")), 50)
    places = [each.location == "fsn1" for each in found]
    assert places == sorted(places, reverse=True)
    assert not all(places)
    assert [each.lost for each in found] == [0 if here else 1 for here in places]
    only = await shipped({"cx43": {"fsn1": "none"}}, machine())
    assert not any(each.lost for each in alternatives(answers(), CONTROL_PLANE, only))
    gone = {"cx43": {"fsn1": "none"}, "cpx42": {"fsn1": "none"}, "cx33": {"fsn1": "none"}}
    said = suggest(answers(), CONTROL_PLANE, await shipped(gone, machine(disk=640)))
    assert "cx43 in hel1 (+0.00 a month, net; makes anew what exists, all on it is lost)" in said


async def test_a_pool_that_moves_along_must_have_stock_there_too() -> None:
    """A pool without a location of its own goes where the control plane goes, or nobody goes."""
    gone = {"cx43": {"fsn1": "none"}, "cpx32": {"nbg1": "none"}}
    workers = [{"name": "general", "type": "cpx32", "count": 2}]
    values = answers(sizing__workers=workers)
    found = alternatives(values, CONTROL_PLANE, await shipped(gone), 50)
    assert {each.location for each in found} == {"fsn1", "hel1"}


async def test_the_price_is_of_all_servers_that_change() -> None:
    """Two workers of a dearer type cost twice the difference."""
    reality = await shipped({"cx43": dict.fromkeys(("fsn1", "nbg1", "hel1"), "none")})
    (first, *_) = alternatives(answers(sizing__workers=WORKERS), POOL, reality)
    assert (first.type, first.monthly_difference) == ("cx53", Decimal("27.00"))


async def test_what_stands_needs_no_stock() -> None:
    """A Sovereign whose type has sold out since can go on; one server more of it cannot."""
    reality = await shipped({"cx43": {"fsn1": "none"}}, machine())
    assert check_types(answers(), reality) == ()
    three = answers(sizing__control_plane__count=3)
    assert [each.code for each in check_types(three, reality)] == ["hetzner_type_no_stock"]


def with_going(reality: Reality, name: str) -> Reality:
    """Return the same with a type that can be ordered for a year only."""
    going = Deprecation(announced=NOW, unavailable_after=NOW.replace(year=2027))
    kind = reality.catalogue.server_types[name]
    offers = tuple(msgspec.structs.replace(each, deprecation=going) for each in kind.locations)
    changed = msgspec.structs.replace(kind, locations=offers)
    types = {**reality.catalogue.server_types, name: changed}
    return reality._replace(catalogue=Catalogue(reality.catalogue.locations, types))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("cx33", "its disk has 80 GB, theirs 160 GB, and a disk never shrinks"),
        ("cax31", "its processors are arm, theirs x86"),
    ],
)
async def test_what_exists_is_not_given_a_type_that_hetzner_refuses(kind: str, why: str) -> None:
    """Found before the server is switched off for it; one that is still to be made takes any."""
    values = answers(sizing__control_plane__type=kind)
    (found,) = check_types(values, await shipped({}, machine()))
    assert (found.code, found.severity) == ("hetzner_type_unfit", Severity.BLOCKING)
    assert why in found.reason
    assert check_types(values, await shipped({})) == ()
    assert check_types(values, await shipped({}, machine("general"))) == ()


async def test_a_type_that_is_going_is_no_alternative_to_itself() -> None:
    """What can still be ordered is a warning; the suggestion names something else."""
    changed = with_going(await shipped({}), "cx43")
    assert "cx43 in fsn1" not in suggest(answers(), CONTROL_PLANE, changed)


async def test_what_stays_comes_before_what_is_going_and_here_before_elsewhere() -> None:
    """A cheaper type that goes next year is not the first choice; at one price, here is."""
    gone = {"cx43": dict.fromkeys(("fsn1", "nbg1", "hel1"), "none")}
    values = answers(sizing__location="nbg1")
    found = alternatives(values, CONTROL_PLANE, with_going(await shipped(gone), "cx53"), 50)
    good = [each for each in told(found) if "less" not in each]
    assert good[0] == "cpx42 nbg1"
    assert good[-1] == "cx53 hel1"


async def test_of_a_repositorys_kit_no_more_is_said_than_is_known() -> None:
    """Only the kit of this release is known to fit."""
    reality = await shipped({"cx43": {"fsn1": "none"}})
    found = alternatives(answers(source={"mode": "git"}), CONTROL_PLANE, reality)
    assert found[-1].less.endswith("; the kit of this release still fits")
    said = suggest(answers(source={"mode": "git"}), CONTROL_PLANE, reality)
    assert "cx33 in fsn1 (-7.50 a month, net; less: 8 GB of memory instead of 16" in said


LOCATIONS = {
    name: Location(name=name, network_zone=zone)
    for name, zone in (("a1", "one"), ("a2", "one"), ("b1", "two"))
}


@st.composite
def kinds(draw: st.DrawFn, name: str) -> ServerType:
    """Return a server type that some locations have."""
    going = Deprecation(
        announced=NOW, unavailable_after=NOW.replace(year=draw(st.sampled_from([2025, 2027])))
    )
    places = draw(st.sets(st.sampled_from(sorted(LOCATIONS)), min_size=1))
    price = Amount(Decimal(draw(st.integers(1, 99))), Decimal(0))
    return ServerType(
        name=name,
        cores=draw(st.sampled_from([1, 2, 4])),
        memory=draw(st.sampled_from([2, 4, 8])),
        disk=draw(st.sampled_from([40, 80])),
        architecture=draw(st.sampled_from(["x86", "x86", "arm"])),
        cpu_type=draw(st.sampled_from(["shared", "dedicated"])),
        prices=tuple(
            LocatedPrice(location=p, price_hourly=price, price_monthly=price)
            for p in sorted(places)
        ),
        locations=tuple(
            Offer(
                name=place,
                available=draw(st.sampled_from([True, True, False])),
                deprecation=draw(st.sampled_from([None, None, going])),
            )
            for place in sorted(places)
        ),
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[dict[str, Any], Place, Reality]:
    """Return answers, which of their servers cannot be had, and what there is."""
    names = [f"t{n}" for n in range(draw(st.integers(1, 5)))]
    types = {name: draw(kinds(name)) for name in names}
    kind, place = st.sampled_from(names), st.sampled_from(sorted(LOCATIONS))
    pool = st.fixed_dictionaries(
        {"name": st.just("w"), "type": kind, "count": st.integers(1, 3)},
        optional={"location": place},
    )
    workers = draw(st.lists(pool, max_size=1))
    values = answers(
        sizing__location=draw(place),
        sizing__control_plane__type=draw(kind),
        sizing__control_plane__count=draw(st.sampled_from([1, 3])),
        sizing__workers=workers,
    )
    if draw(st.booleans()):
        values["source"] = {"mode": "git"}
    machines = st.builds(
        Machine,
        pool=st.sampled_from(["cp", "w"]),
        type=kind,
        location=place,
        disk=st.sampled_from([40, 80]),
    )
    reality = Reality(
        Catalogue(LOCATIONS, types),
        default_settings(),
        NOW,
        KIT_MIB,
        tuple(draw(st.lists(machines, max_size=3))),
    )
    return values, draw(st.sampled_from([CONTROL_PLANE, *[POOL] * len(workers)])), reality


def changed(values: Mapping[str, Any], at: Place, kind: str, place: str) -> dict[str, Any]:
    """Return the answers with an alternative taken, as the screens and the decision take it."""
    raw = msgspec.json.decode(msgspec.json.encode(values))
    group = raw["sizing"]["control_plane"] if at == CONTROL_PLANE else raw["sizing"]["workers"][0]
    group["type"] = kind
    (raw["sizing"] if at == CONTROL_PLANE else group)["location"] = place
    return dict(raw)


def refused(values: Mapping[str, Any], reality: Reality) -> set[str]:
    """Return the fields that the check of the sizing refuses."""
    catalogue, settings = reality.catalogue, reality.settings
    found = check_locations(values, catalogue) + check_types(values, reality)
    found += check_memory(values, catalogue, settings, reality.kit_mib)
    return {each.field for each in found if each.severity is Severity.BLOCKING}


def cost(values: Mapping[str, Any], reality: Reality) -> Decimal:
    """Return what the servers of answers cost, each type the same everywhere."""
    types = reality.catalogue.server_types
    return sum(
        (
            types[each.type].prices[0].price_monthly.net * each.number
            for each in wanted_servers(values)
        ),
        Decimal(0),
    )


def short(kind: ServerType, asked: ServerType) -> bool:
    """Return whether a type has less of anything."""
    shared = kind.cpu_type == "shared" and asked.cpu_type == "dedicated"
    return (
        shared or kind.memory < asked.memory or kind.cores < asked.cores or kind.disk < asked.disk
    )


def acceptable(values: Mapping[str, Any], at: Place, reality: Reality) -> Iterator[tuple[str, str]]:
    """Yield each type and location that may be offered, found by taking it and checking."""
    (wanted,) = [each for each in wanted_servers(values) if each.at == at]
    asked = reality.catalogue.server_types[wanted.type]
    # What was refused before, of other servers, is no argument.
    before = refused(values, reality) - {"sizing", f"{dotted(at)}.type", f"{dotted(at)}.location"}
    zone = LOCATIONS[values["sizing"]["location"]].network_zone
    for kind in reality.catalogue.server_types.values():
        for place in LOCATIONS.values():
            after = changed(values, at, kind.name, place.name)
            here = (wanted.pool, place.name)
            disks = [each.disk for each in reality.machines if (each.pool, each.location) == here]
            warned = check_memory(after, reality.catalogue, reality.settings, reality.kit_mib)
            if (
                (kind.name, place.name) != (wanted.type, wanted.location)
                and place.network_zone == zone
                and kind.architecture == asked.architecture
                and not refused(after, reality) - before
                and kind.disk >= max(disks, default=0)
                and not (short(kind, asked) and warned)
            ):
                yield kind.name, place.name


@given(questions())
def test_all_that_is_offered_passes_the_check_and_all_that_passes_is_looked_at(
    asked: tuple[dict[str, Any], Place, Reality],
) -> None:
    """Found by taking each alternative and holding the answers against the sizing's own check."""
    values, at, reality = asked
    types = reality.catalogue.server_types
    (wanted,) = [each for each in wanted_servers(values) if each.at == at]
    want = types[wanted.type]
    may = set(acceptable(values, at, reality))
    found = alternatives(values, at, reality, 50)
    assert {(each.type, each.location) for each in found} <= may
    assert {each.type for each in found} == {name for name, _ in may}
    same = {place for name, place in may if name == wanted.type}
    assert {each.location for each in found if each.type == wanted.type} == same
    for each in found:
        assert bool(each.less) == short(types[each.type], want)
        after = changed(values, at, each.type, each.location)
        assert each.monthly_difference == cost(after, reality) - cost(values, reality)
    best = alternatives(values, at, reality)
    assert len(best) <= MOST
    safe = [each for each in found if not each.lost]
    assert any(each.less for each in best) or not any(each.less for each in safe)
    assert sum(not each.lost for each in best) == min(len(safe), MOST)
