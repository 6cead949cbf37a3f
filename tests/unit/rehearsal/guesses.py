"""Requests that mostly make sense, made at random: for every route, with what the cloud holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any, get_args, get_origin

import msgspec

from provisioner.rehearsal.hetzner.call import Route
from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.rehearsal.hetzner.model import State
from provisioner.rehearsal.hetzner.registry import ROUTES
from tests.unit.rehearsal.words import BODIES, JUNK, QUERIES, READY, WORDS, Scene, keys

TABLES = {"server": "servers", "assignee_id": "servers", "network": "networks",
          "networks": "networks", "firewall": "firewalls", "volumes": "volumes",
          "placement_group": "placement_groups", "ssh_keys": "ssh_keys", "ipv4": "primary_ips",
          "ipv6": "primary_ips", "certificates": "certificates", "id": "servers",
          "servers": "servers"}  # fmt: skip
SPARSE = 0.4
"""How often a field that may be left out is not."""
BROKEN = 0.01
"""How often a value is junk."""
LOST = 0.03
"""How often what a request is about is nothing that is there."""
CATALOGUE = Catalogue.default()
TRIES = 20
"""How often another route is taken before one about which nothing is there."""
UNDOING = [route for route in ROUTES if route.path.rpartition("/")[2] in READY]
ORDERS = [route for route in ROUTES if route.method == "POST" and route.path.count("/") == 1]


class Guesser:
    """Makes requests to one cloud."""

    def __init__(self, random: Random, state: State) -> None:
        self.random = random
        self.state = state
        self._numbers = count()
        self._key = 0

    def request(self) -> tuple[str, str, Any]:
        """Return method, path and body; orders come often enough that there is much to change."""
        route = self.random.choice(ORDERS)
        if not self._often(0.25):
            among = UNDOING if self._often(0.15) else ROUTES
            route = self.random.choice(among)
            for _ in range(TRIES):
                if self._about(route) or self._often(LOST):
                    break
                route = self.random.choice(among)
        query = self.random.choice(QUERIES) if route.method == "GET" else ""
        return route.method, self._path(route) + query, self._body(route)

    def _often(self, share: float) -> bool:
        return self.random.random() < share

    def _about(self, route: Route) -> list[Any]:
        """Return what is there that a path's first variable can be."""
        kind = route.path.split("/")[1]
        if "{}" not in route.path:
            return ["nothing"]
        held = getattr(self.state, kind, None)
        if held is None:
            return keys(CATALOGUE, kind)
        ready = READY.get(route.path.rpartition("/")[2], lambda _record: True)
        return [key for key, record in held.items() if ready(record)]

    def _path(self, route: Route) -> str:
        parts = route.path.split("/")
        held = self._about(route)
        lost = not held or self._often(LOST)
        parts = [self._odd() if part == "{}" and lost else part for part in parts]
        self._key = 0
        if "{}" in parts and parts[2] != "actions":
            self._key = self.random.choice(held)
            parts[parts.index("{}")] = str(self._key)
        if "rrsets" in parts and "{}" in parts:
            at = parts.index("{}")
            held = list(self.state.zones[self._key].rrsets)
            parts[at : at + 2] = self.random.choice(held or ["www/A"]).split("/")
        if "{}" in parts:
            parts[parts.index("{}")] = str(self.random.choice(list(self.state.actions) or [7]))
        return "/".join(parts)

    def _odd(self) -> str:
        return self.random.choice(["7", "-1", "www", "%2F", "%00", "@", "9" * 30])

    def _body(self, route: Route) -> Any:
        if route.body is None:
            return None
        return self.random.choice(JUNK) if self._often(BROKEN) else self._struct(route.body)

    def _struct(self, kind: Any) -> dict[str, Any]:
        whole = BODIES.get(f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}")
        made = self._whole(whole) if whole and self._often(0.8) else self._parts(kind)
        for name in made:
            if self._often(BROKEN):
                made[name] = self.random.choice(JUNK)
        return made

    def _whole(self, choices: Sequence[Any]) -> dict[str, Any]:
        scene = Scene(self.random, self.state, self._key)
        chosen = self.random.choice(choices)
        made = chosen(scene) if callable(chosen) else chosen
        return {name: part(scene) if callable(part) else part for name, part in made.items()}

    def _parts(self, kind: Any) -> dict[str, Any]:
        return {
            field.encode_name: self._value(kind, field.encode_name, field.type)
            for field in msgspec.structs.fields(kind)
            if field.required or self._often(SPARSE)
        }

    def _value(self, owner: Any, name: str, kind: Any) -> Any:
        if name == "name" and owner.__name__ == "Create" and self._often(0.9):
            return self._fresh(owner)
        arguments = [kind, *get_args(kind)]
        for arg in arguments:
            if get_origin(arg) is list:
                inner = get_args(arg)[0]
                return [self._value(owner, name, inner) for _ in range(self.random.randint(0, 2))]
        for arg in arguments:
            if isinstance(arg, type) and issubclass(arg, msgspec.Struct):
                return self._struct(arg)
        held = list(getattr(self.state, TABLES.get(name, ""), ()))
        if name in TABLES:
            return self.random.choice(held) if held and not self._often(LOST) else 7
        words = literals(kind) or WORDS.get(name) or [True, False, 5]
        return self.random.choice(words)

    def _fresh(self, owner: Any) -> str:
        """Return a name that nothing has; a zone's is a domain."""
        domain = ".org" if owner.__module__.endswith(".zones") else ""
        return f"n{next(self._numbers)}{domain}"


def literals(kind: Any) -> list[str]:
    """Return the words that a type allows, if it is a choice of words."""
    found = []
    for arg in get_args(kind):
        found += [arg] if isinstance(arg, str) else literals(arg)
    return found
