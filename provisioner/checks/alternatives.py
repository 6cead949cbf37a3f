"""What else would do where servers cannot be had as they were chosen: the one place that ranks it.

First the same type in another location of the zone, then types that are as good in everything, the
cheapest first, then those that have less of something but still hold the bootstrap kit. Nothing is
offered that cannot be ordered now, that the check of the sizing would refuse, or to which a server
that exists cannot be changed: Hetzner never shrinks a disk. What would make servers anew that exist
comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from provisioner.checks.memory import from_repository, room_mib
from provisioner.checks.reality import Reality
from provisioner.checks.wanted import Place, Servers, chosen_location, wanted_servers
from provisioner.hetzner.catalogue import ServerType

MOST = 4
"""Alternatives that are offered: enough to choose from, few enough to read."""
_OTHERS = 2
"""Other types as good that go before those with less."""
_ORDERED = frozenset({None, "hetzner_type_deprecated"})
"""What may speak against a type that can be ordered all the same."""


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Another choice that can be rented now."""

    type: str
    location: str
    monthly_difference: Decimal
    """Net, for all servers that change by it; positive is dearer."""
    less: str = ""
    """What of it is less than was asked for, in words; empty where nothing is."""
    lost: int = 0
    """How many servers exist and would be made anew elsewhere, with all that is on them."""


class _Question(NamedTuple):
    """Servers that cannot be had, among all that are wanted."""

    values: Mapping[str, Any]
    wanted: Servers
    all: tuple[Servers, ...]
    reality: Reality

    @property
    def asked(self) -> ServerType:
        return self.reality.catalogue.server_types[self.wanted.type]

    def instead(self, kind: str, place: str) -> tuple[Servers, ...]:
        """Return all that is wanted, with these servers of another type, or elsewhere.

        Pools without a location of their own go with the control plane.
        """
        at = self.wanted.location_at if self.wanted.at[1] != "workers" else None
        elsewhere = [
            each._replace(location=place) if each.location_at == at else each for each in self.all
        ]
        return tuple(
            each._replace(type=kind, location=place) if each.at == self.wanted.at else each
            for each in elsewhere
        )


class _Candidate(NamedTuple):
    found: Alternative
    rank: tuple[Any, ...]


def alternatives(
    values: Mapping[str, Any], at: Place, reality: Reality, most: int = MOST
) -> tuple[Alternative, ...]:
    """Return what could be rented instead of the servers that the answers name at ``at``.

    The best come first. Of those with less at least one is among them, where there is any.
    """
    servers = wanted_servers(values)
    wanted = next((each for each in servers if each.at == at), None)
    catalogue = reality.catalogue
    if wanted is None or wanted.type not in catalogue.server_types:
        return ()
    if wanted.location not in catalogue.locations:
        return ()
    ranked = sorted(_candidates(_Question(values, wanted, servers, reality)), key=lambda c: c.rank)
    return _best(list(_each_type_once(ranked, wanted.type)), wanted.type, most)


def _each_type_once(ranked: Iterable[_Candidate], wanted: str) -> Iterator[Alternative]:
    """Yield another type only where it does best; the one that is wanted wherever it is."""
    seen: set[str] = set()
    for each in ranked:
        if each.found.type not in seen or each.found.type == wanted:
            yield each.found
        seen.add(each.found.type)


def _best(ranked: Sequence[Alternative], wanted: str, most: int) -> tuple[Alternative, ...]:
    """Return some of each, in their order: one with less is there, and few that are only dearer."""
    safe = [each for each in ranked if not each.lost]
    lesser = [each for each in safe if each.less]
    others = [each for each in safe if not each.less and each.type != wanted]
    good = [each for each in safe if not each.less and each not in others[_OTHERS:]]
    before, after = good[: most - 1], good[most - 1 :]
    lost = [each for each in ranked if each.lost]
    chosen = [*before, *lesser[:1], *after, *lesser[1:], *others[_OTHERS:], *lost][:most]
    return tuple(each for each in ranked if each in chosen)


def _candidates(question: _Question) -> Iterator[_Candidate]:
    catalogue, wanted = question.reality.catalogue, question.wanted
    home = catalogue.locations.get(chosen_location(question.values) or wanted.location)
    for kind in catalogue.server_types.values():
        if kind.architecture != question.asked.architecture:
            continue
        for place in catalogue.locations.values():
            same = (kind.name, place.name) == (wanted.type, wanted.location)
            if same or home is None or place.network_zone != home.network_zone:
                continue
            found = _judged(question, kind, place.name)
            if found is not None:
                yield found


def _judged(question: _Question, kind: ServerType, place: str) -> _Candidate | None:
    """Return a type in a location as an alternative, or None where it would not do."""
    reality, wanted = question.reality, question.wanted
    servers = question.instead(kind.name, place)
    pairs = [pair for pair in zip(question.all, servers, strict=True) if pair[0] != pair[1]]
    moved = [new for _, new in pairs]
    # What comes along and cannot be had where it is either is a question of its own.
    judged = [new for old, new in pairs if new.at == wanted.at or _can_be_had(old, reality)]
    less = tuple(_less(kind, question.asked))
    if not (
        all(_can_be_had(each, reality) for each in judged)
        and not any(reality.unfit(each) for each in judged)
        and _holds_the_kit(question, servers, strictly=bool(less))
    ):
        return None
    difference = _monthly(servers, reality) - _monthly(question.all, reality)
    found = Alternative(
        type=kind.name,
        location=place,
        monthly_difference=difference,
        less=_in_words(less, question.values),
        lost=_lost(moved, reality),
    )
    return _Candidate(found, _rank(question, kind, found))


def _can_be_had(servers: Servers, reality: Reality) -> bool:
    known = servers.type in reality.catalogue.server_types
    return known and reality.against(servers)[0] in _ORDERED


def _lost(moved: Iterable[Servers], reality: Reality) -> int:
    """Return how many servers exist and would be made anew elsewhere."""
    return sum(
        machine.pool == each.pool and machine.location != each.location
        for each in moved
        for machine in reality.machines
    )


def _holds_the_kit(question: _Question, servers: Sequence[Servers], *, strictly: bool) -> bool:
    """Return whether the check of the memory lets it pass; ``strictly``: and would not warn."""
    reality = question.reality
    room = room_mib(servers, reality.catalogue, reality.settings)
    if strictly:
        return room is not None and room >= reality.kit_mib
    return room is None or room >= reality.kit_mib or from_repository(question.values)


def _monthly(servers: Iterable[Servers], reality: Reality) -> Decimal:
    """Return the net price of all; a type that is never there counts as it does elsewhere."""
    total = Decimal(0)
    for each in servers:
        kind = reality.catalogue.server_types.get(each.type)
        price = kind and (kind.price(each.location) or next(iter(kind.prices), None))
        total += price.price_monthly.net * max(each.number, 0) if price else 0
    return total


def _rank(question: _Question, kind: ServerType, found: Alternative) -> tuple[Any, ...]:
    """Return what an alternative is sorted by: closeness first, and of the same the price.

    To pay more for less is what one does last.
    """
    asked, wanted = question.asked, question.wanted
    offer = kind.offer(found.location)
    return (
        found.lost,
        2 if found.less else found.type != wanted.type,
        offer is not None and offer.deprecation is not None,
        bool(found.less) and found.monthly_difference > 0,
        -min(kind.memory, asked.memory),
        -min(kind.cores, asked.cores),
        found.monthly_difference,
        found.location != wanted.location,
        found.type,
        found.location,
    )


def _less(kind: ServerType, asked: ServerType) -> Iterator[str]:
    """Yield what a type has less of, what weighs most first."""
    if kind.memory < asked.memory:
        yield f"{kind.memory:g} GB of memory instead of {asked.memory:g}"
    if kind.cores < asked.cores:
        yield f"{kind.cores} {'core' if kind.cores == 1 else 'cores'} instead of {asked.cores}"
    if kind.disk < asked.disk:
        yield f"{kind.disk} GB of disk instead of {asked.disk}"
    if kind.cpu_type == "shared" != asked.cpu_type:
        yield "shared cores instead of dedicated"


def _in_words(less: Sequence[str], values: Mapping[str, Any]) -> str:
    if not less:
        return ""
    kit = "the kit of this release" if from_repository(values) else "the kit"
    return f"{', '.join(less)}; {kit} still fits"
