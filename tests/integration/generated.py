"""Answers that nobody would write, made from sound and unsound ones by a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from provisioner.spec import SovereignSpec
from provisioner.tofu.variables import to_module_variables
from tests.unit.answers.examples import answers

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF" + "0" * 42

CIDRS = (
    "203.0.113.7/32", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/48", "2001:DB8:0::/64", "::/0",
    "::ffff:203.0.113.7/128", "2001:db8::203.0.113.7/128", "203.0.113.7/24", "203.0.113.7",
    "203.0.113.0/33", "2001:db8::1/48", "banana", "", "10.0.0/8", "010.0.0.0/8", "10.0.0.0/08",
)  # fmt: skip
POOLS = (
    "web", "w", "web-1", "a1", "a" * 16, "a" * 17, "cp", "1web", "web-", "Web", "we b", "", "-",
)  # fmt: skip
NAMES = ("fsn1", "cx23", "a", "hel-1", "-a", "a-", "A", "", "a" * 32, "a" * 33, "fsn1\n")
FQDNS = (
    "oman.omani.works", "7eleven.example", "a.b", "x-y.example.com", "Oman.Omani.Works", "oman",
    "oman-.omani.works", "-oman.omani.works", "oman..works", "oman.123", "a" * 58 + ".works",
    "a" * 55 + ".example", "", "m\u00fcnchen.example", "oman.omani.works.", "oman.omani.works\n",
)  # fmt: skip
LABELS = (
    "disk", "example.com/disk", "a_b.c-d", "D", "-disk", "disk-", "a" * 63, "a" * 64, "a/b/c", "/a",
    "Example.com/disk", "kubernetes.io/role", "node.kubernetes.io/x", "notkubernetes.io/x", "",
    "catalyst.openova.io/pool", ".".join(["a" * 60] * 4) + "/disk", ".".join(["a" * 63] * 4) + "/d",
    "hetzner.cloud.example/x", "k8s.io",
)  # fmt: skip
VALUES = ("", "fast", "a" * 63, "a" * 64, "-a", "a-", "a.b_c", "a/b", "\u00e9", "${fast}", "%{if}")
TAINTS = (
    "disk=fast:NoSchedule", "disk:NoExecute", "disk=:PreferNoSchedule", "example.com/d=f:NoExecute",
    "disk=fast", "disk=fast:Never", "=fast:NoSchedule", "disk=f g:NoSchedule", "",
    "kubernetes.io/a=b:NoSchedule", "disk=a=b:NoSchedule", "disk=fast:NoSchedule:NoExecute",
)  # fmt: skip
COUNTS = (1, 2, 11, 90, 0, -1, 91, 1.5)
SIGNS = "az09-._/:=A \t\n$%{}\"'\\\u00e9"


class Drawn(NamedTuple):
    """A value for one variable of the module, and whether the spec takes it."""

    variable: str
    sent: Any
    """What the module is given: the spec's own form where the spec takes it."""
    accepted: bool


class Draw:
    """Draws values of every kind; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.kinds: Mapping[str, Callable[[], dict[str, Any]]] = {
            "fqdn": lambda: {"domain": {"mode": "own", "fqdn": self.text(FQDNS)}},
            "location": lambda: {"sizing__location": self.text(NAMES)},
            "control_plane": self.control_plane,
            "workers": lambda: {"sizing__workers": self.pools()},
            "operator_cidrs": lambda: {"access__operator_cidrs": self.cidrs()},
        }

    def rounds(self, number: int) -> Iterator[list[Drawn]]:
        """Yield so many rounds of one value for each variable."""
        for _ in range(number):
            yield [each for kind, make in self.kinds.items() for each in judged(kind, make())]

    def text(self, known: Sequence[str]) -> str:
        """Return a known text, or one with some signs changed."""
        text = self.random.choice(known)
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            at = self.random.randint(0, len(text))
            text = text[:at] + self.random.choice(SIGNS) + text[at + self.random.randint(0, 1) :]
        return text

    def control_plane(self) -> dict[str, Any]:
        """Return a type and a number, of which one at most is odd."""
        if self.random.random() < 0.5:
            return {"sizing__control_plane": {"type": self.text(NAMES), "count": 3}}
        count = self.random.choice((1, 3, 0, 2, 4, -1))
        return {"sizing__control_plane": {"type": "any1", "count": count}}

    def cidrs(self) -> list[str]:
        """Return networks: few, none, or more than a rule holds."""
        if self.random.random() < 0.1:
            return [f"10.0.{n}.0/24" for n in range(self.random.choice((0, 100, 101)))]
        return [self.text(CIDRS) for _ in range(self.random.choice((1, 1, 1, 3)))]

    def pools(self) -> list[dict[str, Any]]:
        """Return pools of which one has something odd, or which do not go together."""
        pool: dict[str, Any] = {"name": "db", "type": "any1", "count": 1}
        other = {"name": "web", "type": "any2", "count": 2, "ingress": True}
        match self.random.randint(0, 9):
            case 0:
                pool["name"] = self.text(POOLS)
            case 1:
                pool["type"] = self.text(NAMES)
            case 2:
                pool["location"] = self.text(NAMES)
            case 3:
                pool["count"] = self.random.choice(COUNTS)
            case 4 | 5:
                pool["labels"] = {self.text(LABELS): self.random.choice(("x", ""))}
            case 6:
                pool["labels"] = {"disk": self.text(VALUES)}
            case 7:
                pool["taints"] = [self.text(TAINTS)]
            case 8:
                other |= {"name": self.random.choice(("db", "db1", "d")), "count": 11}
                pool["count"] = self.random.choice((1, 11))
            case _:
                number, count = self.random.choice(((20, 1), (21, 1), (2, 45), (2, 46), (0, 0)))
                names = [f"p{chr(ord('a') + n)}" for n in range(number)]
                return [pool | {"name": name, "count": count} for name in names]
        return [pool, other]


def judged(variable: str, changes: dict[str, Any]) -> Iterator[Drawn]:
    """Yield a drawn value with what the spec says of it, and the short name that follows."""
    raw = answers(**changes)
    try:
        spec = SovereignSpec.model_validate(raw)
    except ValidationError:
        (value,) = changes.values()
        yield Drawn(variable, value["fqdn"] if variable == "fqdn" else value, accepted=False)
        return
    sent = to_module_variables(spec, network_zone="eu-central", ssh_public_key=KEY)
    yield Drawn(variable, sent[variable], accepted=True)
    if variable == "fqdn":
        yield Drawn("name", sent["name"], accepted=True)


def sound(number: int, seed: int) -> Iterator[SovereignSpec]:
    """Yield so many specs that are sound as wholes."""
    draw = Draw(seed)
    while number:
        changes: dict[str, Any] = {}
        for make in draw.kinds.values():
            changes |= make()
        try:
            yield SovereignSpec.model_validate(answers(**changes))
        except ValidationError:
            continue
        number -= 1
