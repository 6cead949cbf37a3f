"""What goes wrong in one run of the campaign, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from provisioner.rehearsal.hetzner.model import Fault

STRIKES = (
    "runner",
    "tofu",
    "provider",
    "runner and tofu",
    "reboot",
    "cancel",
    "cancel twice",
    "terminate",
    "hang up",
    "logout",
    "token",
    "network",
    "network blinks",
    "cloud",
)
"""Whose end comes without a word, or what the operator or the cloud does."""
LATE = tuple(each for each in STRIKES if each != "cloud")
"""What a destroy can be struck by; what the cloud does is drawn apart."""
STRUCK_LATE = 0.3
LAST_OF_DESTROY = 30
"""A destroy has about as many events."""
LAST_EVENT = 45
"""A run that rents a solo Sovereign has about as many events before the machines are reached."""
BETWEEN = 0.12
"""Real seconds: about what passes between two events while things are rented."""
PATHS: tuple[tuple[Literal["GET", "POST", "DELETE"], str], ...] = (
    ("POST", "/servers"),
    ("POST", "/networks"),
    ("POST", "/networks/*/actions/*"),
    ("POST", "/firewalls"),
    ("POST", "/load_balancers"),
    ("POST", "/load_balancers/*/actions/*"),
    ("POST", "/ssh_keys"),
    ("POST", "/placement_groups"),
    ("POST", "/servers/*/actions/*"),
    ("GET", "/actions"),
    ("GET", "/**"),
    ("DELETE", "/**"),
)
CODES = (
    ("unavailable", 503),
    ("server_error", 500),
    ("rate_limit_exceeded", 429),
    ("conflict", 409),
    ("resource_unavailable", 412),
    ("locked", 423),
    ("timeout", 504),
)


@dataclass(frozen=True)
class Blow:
    """A strike and its moment."""

    strike: str
    after: int
    """How many events of the run are seen first."""
    delay: float
    """Real seconds more, so that it can fall between two events."""


@dataclass(frozen=True)
class Plan:
    """One Sovereign's misfortune."""

    blow: Blow
    """What strikes while it is rented."""
    faults: tuple[Fault, ...]
    destroy_fault: Fault | None
    """What the cloud does wrong while everything is taken down."""
    late: Blow | None
    """What strikes while it is taken down."""
    goes_on: bool
    """Whether it is built up again after that, before it is taken down for good."""


def draw(random: Random, strike: str | None = None) -> Plan:
    """Return a plan, with this strike if one is named; the same seed gives the same one."""
    drawn = random.choice(STRIKES)
    strike = strike or drawn
    faults = tuple(_fault(random) for _ in range(random.randint(1, 2) if strike == "cloud" else 0))
    blow = Blow(strike, random.randint(1, LAST_EVENT), random.random() * BETWEEN)
    destroy_fault = _fault(random) if random.random() < 0.3 else None
    late = Blow(random.choice(LATE), random.randint(1, LAST_OF_DESTROY), random.random() * BETWEEN)
    return Plan(
        blow=blow,
        faults=faults,
        destroy_fault=destroy_fault,
        late=late if random.random() < STRUCK_LATE else None,
        goes_on=random.random() < 0.5,
    )


def _fault(random: Random) -> Fault:
    method, path = random.choice(PATHS)
    code, status = random.choice(CODES)
    kinds: list[Literal["answer", "reset", "half", "action_error"]]
    kinds = ["answer", "answer", "reset", "half"]
    if method == "POST":
        kinds += ["action_error"]
    return Fault(
        method=method,
        path=path,
        nth=random.randint(1, 3),
        times=random.choice((1, 1, 2, 6)),
        do=random.choice(kinds),
        code=code,
        status=status,
    )
