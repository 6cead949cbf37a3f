"""When a bootstrap is over though not everything is healthy, and whose fault that is.

A failure is final only when nothing else can move any more: what still can may finish first, so
that the operator sees one root cause and not a half-installed cluster.
"""

from __future__ import annotations

from collections.abc import Mapping

from provisioner.cluster.waits import WORST
from provisioner.errors import BootstrapFailed, Incomplete
from provisioner.events import ComponentChanged
from provisioner.facts import State

OVER = frozenset({State.HEALTHY, State.FAILED, State.SUSPENDED, State.MISSING})
"""States that do not change by themselves."""
FLUX = "flux_silent"
"""The code of a dead Flux."""
LINGERING = frozenset({State.INSTALLED, State.DEGRADED})
"""States that may; but not for ever."""


def hopeless(lines: Mapping[str, ComponentChanged], unchanged: Mapping[str, float]) -> bool:
    """Return whether something has failed and nothing else can move.

    ``unchanged`` tells for each component for how many seconds it has been as it is, less the
    seconds that are allowed.
    """
    over = [line for line in lines.values() if line.state is State.FAILED]
    if not over:
        return False
    if any(line.code == FLUX for line in over):
        return True  # with Flux, whatever it was in the middle of has stopped, too
    return all(_still(line, lines, unchanged) for line in lines.values())


def _still(
    line: ComponentChanged,
    lines: Mapping[str, ComponentChanged],
    unchanged: Mapping[str, float],
) -> bool:
    if line.state in OVER:
        return True
    if line.state in LINGERING:
        return unchanged.get(line.component, 0.0) >= 0
    if line.state is not State.WAITING:
        return False
    waited = [lines[name] for name in line.waits_on if name in lines]
    roots = [each for each in waited if each.state is not State.WAITING]
    return any(each.state in OVER - {State.HEALTHY} for each in roots)


def blamed(lines: Mapping[str, ComponentChanged]) -> ComponentChanged | None:
    """Return the component that is most at fault: the worst root; None if all are healthy."""
    ill = [line for line in lines.values() if line.state is not State.HEALTHY]

    def rank(line: ComponentChanged) -> tuple[int, bool, int]:
        holds_up = sum(line.component in each.waits_on for each in ill)
        return WORST.index(line.state), not line.code, -holds_up

    return min(ill, key=rank, default=None)


def failed(lines: Mapping[str, ComponentChanged]) -> BootstrapFailed:
    """Return the last word of a bootstrap that failed."""
    code, facts = _word(lines)
    return BootstrapFailed(code, **facts)


def late(
    lines: Mapping[str, ComponentChanged],
    fallen: ComponentChanged | None,
    unseen: Mapping[str, str] | None = None,
) -> BootstrapFailed | Incomplete:
    """Return the last word at the deadline: failed if something has, else incomplete.

    ``fallen`` is the component that fell back last: to blame where none is ill at this moment.
    ``unseen`` kinds could not be watched, each with the reason: nothing is called healthy then.
    """
    if any(line.state is State.FAILED for line in lines.values()):
        return failed(lines)
    if unseen:
        said = "; ".join(f"{kind}: {reason}" for kind, reason in unseen.items())
        return Incomplete("bootstrap_blind", kinds=said)
    code, facts = _word(lines, fallen)
    return Incomplete(code, **facts)


def _word(
    lines: Mapping[str, ComponentChanged], fallen: ComponentChanged | None = None
) -> tuple[str, dict[str, str]]:
    line = blamed(lines) or fallen
    if line is None:
        facts = {"component": "the cluster", "detail": "Nothing was seen of it.", "waiting": "all"}
        return "bootstrap_incomplete", facts
    waiting = sorted(each.component for each in lines.values() if line.component in each.waits_on)
    facts = {
        "component": line.component,
        "state": line.state.value,
        "detail": line.detail or f"It is {line.state.value}.",
        "waiting": ", ".join(waiting) or "nothing",
    }
    return line.code or "bootstrap_incomplete", facts
