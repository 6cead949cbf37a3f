"""The graph of the kit: which component needs which, how deep it lies, how long it may take.

Dependencies are those that the HelmReleases state, raised to components. What is not closed or not
acyclic is refused before anything reaches a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import msgspec

from provisioner.cluster.duration import seconds
from provisioner.cluster.ports import Object
from provisioner.cluster.versions import versions
from provisioner.errors import KitError
from provisioner.facts import ExpectedComponent, Release, Rung

if TYPE_CHECKING:
    from provisioner.cluster.kitfiles import FluxPin, Kit, Part

N = TypeVar("N", bound="str | Release")

TIMEOUT = 300.0
"""What Flux takes where a HelmRelease names no timeout."""
ENDLESS = 2
"""Further attempts that count where a release is retried for ever."""
PAUSE = 15.0
"""Seconds between an attempt that failed and the next (13 s were recorded)."""
POLL = 30.0
"""Flux looks at unmet dependencies this often."""
SLACK = 150.0
"""Seconds for sources, the first reconciliation and the settling time."""


class ReleasePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one HelmRelease of the kit says about order and time."""

    component: str
    release: Release
    needs: tuple[Release, ...]
    once: float
    """Seconds that one attempt may take, with the look at its dependencies before it."""
    again: float
    """Seconds that its further attempts may add."""


def expected_components(kit: Kit) -> tuple[ExpectedComponent, ...]:
    """Return what the kit promises, in an order in which each follows what it needs.

    Raises KitError when a release depends on one that is not in the kit, on itself, or in a circle.
    """
    plans = {plan.release: plan for part in kit.parts for plan in _plans(part)}
    _closed(plans)
    _acyclic({each: plan.needs for each, plan in plans.items()}, lambda each: each.name)
    made = {part.name: _expected(part, plans, kit.sheet.flux) for part in kit.parts}
    needs = {name: each.depends_on for name, each in made.items()}
    _acyclic(needs, str)
    depth = depths(made.values())
    return tuple(sorted(made.values(), key=lambda each: depth[each.name]))


def depths(expected: Iterable[ExpectedComponent]) -> dict[str, int]:
    """Return how many components stand below each, at most; what is unknown counts nothing."""
    needs = {each.name: each.depends_on for each in expected}

    @cache
    def depth(name: str) -> int:
        return max((1 + depth(each) for each in needs[name] if each in needs), default=0)

    return {name: depth(name) for name in needs}


def longest(expected: Iterable[ExpectedComponent]) -> float:
    """Return the seconds after which even the slowest chain of components must be healthy.

    Each may use up its own timeout, and one of them all its attempts: a cluster in which more than
    one comes up only at its last attempt is none that becomes healthy.
    """
    known = tuple(expected)
    again = max((each.retrying for each in known), default=0.0)
    return SLACK + again + _chain(known, lambda each: each.timeout)


def usually(expected: Iterable[ExpectedComponent], settle: float) -> float:
    """Return the seconds that the whole usually takes: its slowest chain, then the settling."""
    return settle + _chain(expected, lambda each: each.usual)


def _chain(
    expected: Iterable[ExpectedComponent], time: Callable[[ExpectedComponent], float]
) -> float:
    known = {each.name: each for each in expected}

    @cache
    def until(name: str) -> float:
        before = (until(each) for each in known[name].depends_on if each in known)
        return time(known[name]) + max(before, default=0.0)

    return max((until(name) for name in known), default=0.0)


def _plans(part: Part) -> list[ReleasePlan]:
    return [_plan(part.name, each) for each in part.objects if each["kind"] == "HelmRelease"]


def _plan(component: str, manifest: Object) -> ReleasePlan:
    spec, namespace = manifest.get("spec", {}), manifest["metadata"].get("namespace", "default")
    retries = spec.get("install", {}).get("remediation", {}).get("retries", 0)
    further = retries if retries >= 0 else ENDLESS
    timeout = seconds(spec.get("timeout"), TIMEOUT)
    return ReleasePlan(
        component=component,
        release=Release(namespace=namespace, name=manifest["metadata"]["name"]),
        needs=tuple(
            Release(namespace=each.get("namespace", namespace), name=each["name"])
            for each in spec.get("dependsOn") or ()
        ),
        once=timeout + POLL,
        again=further * (timeout + PAUSE),
    )


def _expected(part: Part, plans: Mapping[Release, ReleasePlan], flux: FluxPin) -> ExpectedComponent:
    own = {each: plan for each, plan in plans.items() if plan.component == part.name}
    below = {plans[need].component for plan in own.values() for need in plan.needs}
    sheet = part.sheet
    held = {
        Rung.SOURCE: bool(own),
        Rung.RELEASE: bool(own),
        Rung.WORKLOADS: bool(own or sheet.workloads or sheet.conditions),
        Rung.PROBE: sheet.probe is not None,
    }
    return ExpectedComponent(
        name=part.name,
        title=sheet.title,
        releases=tuple(own),
        depends_on=tuple(sorted(below - {part.name})),
        rungs=tuple(rung for rung, there in held.items() if there),
        usual=sheet.usual,
        timeout=_within(own) or TIMEOUT,
        retrying=max((plan.again for plan in own.values()), default=0.0),
        memory=sheet.memory,
        workloads=sheet.workloads,
        conditions=sheet.conditions,
        probe=sheet.probe,
        versions=versions(part, flux),
        hosts=sheet.hosts,
        administrator=sheet.administrator,
        authority=sheet.authority,
    )


def _within(own: Mapping[Release, ReleasePlan]) -> float:
    """Return the longest time of a chain of releases inside one component."""

    @cache
    def until(release: Release) -> float:
        before = (until(each) for each in own[release].needs if each in own)
        return own[release].once + max(before, default=0.0)

    return max((until(each) for each in own), default=0.0)


def _closed(plans: Mapping[Release, ReleasePlan]) -> None:
    for plan in plans.values():
        for need in plan.needs:
            if need not in plans:
                raise KitError(
                    "kit_missing_dependency",
                    component=plan.component,
                    release=f"{plan.release.namespace}/{plan.release.name}",
                    missing=f"{need.namespace}/{need.name}",
                )


def _acyclic(needs: Mapping[N, Sequence[N]], name: Callable[[N], str]) -> None:
    done: set[N] = set()
    for start in needs:
        path: list[N] = []
        _descend(start, needs, done, path, name)


def _descend(
    at: N, needs: Mapping[N, Sequence[N]], done: set[N], path: list[N], name: Callable[[N], str]
) -> None:
    if at in path:
        circle = [*path[path.index(at) :], at]
        raise KitError("kit_cycle", circle=" → ".join(name(each) for each in circle))
    if at in done:
        return
    path.append(at)
    for need in needs.get(at, ()):
        _descend(need, needs, done, path, name)
    path.pop()
    done.add(at)
