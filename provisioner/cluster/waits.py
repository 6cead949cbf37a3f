"""Who waits for whom: a component that only waits is drawn as waiting for the root of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from provisioner.cluster.evidence.shapes import Key
from provisioner.cluster.ladder import Standing
from provisioner.facts import State

WORST = (
    State.FAILED,
    State.MISSING,
    State.SUSPENDED,
    State.DEGRADED,
    State.RETRYING,
    State.INSTALLING,
    State.FETCHING,
    State.INSTALLED,
    State.HEALTHY,
    State.WAITING,
)
"""Root causes in the order in which they deserve to be named."""


def waits_on(
    component: str,
    standings: Mapping[str, Standing],
    owner: Callable[[Key], str | None],
    flux: str | None = None,
) -> tuple[str, ...]:
    """Return the components that ``component`` waits for: root causes first, then those between.

    ``owner`` names the component of a release; circles and unknown releases end a chain. ``flux``
    names the component that everything waits for which waits for nothing else, where it is ill.
    """
    if standings[component].state is not State.WAITING:
        return ()
    roots: dict[str, None] = {}
    between: dict[str, None] = {}
    seen = {component}
    ahead = _needed(component, standings, owner, flux)
    while ahead:
        name = ahead.pop(0)
        if name in seen or name not in standings:
            continue
        seen.add(name)
        further = _needed(name, standings, owner, flux)
        if standings[name].state is State.WAITING and further:
            between[name] = None
            ahead += further
        else:
            roots[name] = None
    return (*sorted(roots, key=lambda each: WORST.index(standings[each].state)), *between)


def _needed(
    component: str,
    standings: Mapping[str, Standing],
    owner: Callable[[Key], str | None],
    flux: str | None,
) -> list[str]:
    own = standings[component]
    if own.queued and flux is not None:
        return [flux]
    owners: Iterable[str | None] = (owner(need) for need in own.needs)
    return [name for name in owners if name is not None and name != component]
