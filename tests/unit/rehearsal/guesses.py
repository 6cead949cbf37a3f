"""Requests that mostly make sense, made at random: for every route, with what the cloud holds."""

from __future__ import annotations

from random import Random
from typing import Any, get_args, get_origin

import msgspec

from provisioner.rehearsal.hetzner.call import Route
from provisioner.rehearsal.hetzner.model import State
from provisioner.rehearsal.hetzner.registry import ROUTES
from tests.unit.rehearsal.client import KEY

JUNK: list[Any] = [None, True, -1, 0, 2**70, 1.5, "", "x" * 300, "\x00", [], {}, [[]], {"": None}]
QUERIES = ["", "", "", "?page=2&per_page=1", "?name=a", "?sort=id:desc", "?label_selector=tier",
           "?label_selector=a in (b", "?status=off", "?id=10001&id=7", "?page=%00"]  # fmt: skip
NAMES = ["a", "b", "c", "web", "d.e"]
SELECTORS = ["tier=web", "tier", "!tier", "tier in (web,db)", "in ("]
WORDS: dict[str, list[Any]] = {
    "name": NAMES,
    "type": ["cloud", "cloud", "vswitch", "server"],
    "protocol": ["tcp", "http"],
    "public_key": [KEY],
    "server_type": ["cx23", "cx33", "cax11", "ccx23", 101],
    "image": ["ubuntu-24.04", "debian-12", 1001],
    "location": ["fsn1", "nbg1", None],
    "load_balancer_type": ["lb11", "lb21", 1],
    "ip_range": ["10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24", "10.0.0.0/8", None],
    "network_zone": ["eu-central", "eu-central", "us-east"],
    "destination": ["10.9.0.0/24"],
    "gateway": ["10.0.1.7"],
    "user_data": ["#cloud-config"],
    "ip": ["10.0.1.5", "10.0.1.6", None, "127.77.0.1", "127.78.0.1"],
    "alias_ips": ["10.0.1.50", "10.0.1.51"],
    "dns_ptr": ["a.example.com", None],
    "size": [10, 20, 5],
    "vswitch_id": [None, None, 1],
    "port": ["80", "80-90", "x", None],
    "source_ips": ["0.0.0.0/0", "::/0", "1.2.3.4"],
    "destination_ips": ["0.0.0.0/0"],
    "selector": SELECTORS,
    "labels": [{}, {"tier": "web"}, {"tier": "db", "a": "b"}, {"-": ""}],
    "listen_port": [80, 443, 70000],
    "destination_port": [31080],
    "ttl": [60, 3600, None],
    "interval": [15, 1],
    "timeout": [10],
    "retries": [3],
    "certificates": [1],
    "assignee_type": ["server"],
    "value": ["192.0.2.1", '"text"'],
    "mode": ["primary"],
}
TABLES = {"server": "servers", "servers": "servers", "assignee_id": "servers",
          "network": "networks", "networks": "networks", "firewall": "firewalls",
          "volumes": "volumes", "placement_group": "placement_groups",
          "ssh_keys": "ssh_keys", "ipv4": "primary_ips", "ipv6": "primary_ips",
          "id": "servers"}  # fmt: skip
SPARSE = 0.55
"""How often a field that may be left out is not."""
BROKEN = 0.02
"""How often a value is junk."""
ORDERS = [route for route in ROUTES if route.method == "POST" and route.path.count("/") == 1]


class Guesser:
    """Makes requests to one cloud."""

    def __init__(self, random: Random, state: State) -> None:
        self.random = random
        self.state = state

    def request(self) -> tuple[str, str, Any]:
        """Return method, path and body; orders come often enough that there is much to change."""
        routes = ORDERS if self.random.random() < 0.35 else ROUTES
        route = self.random.choice(routes)
        query = self.random.choice(QUERIES) if route.method == "GET" else ""
        return route.method, self._path(route) + query, self._body(route)

    def _path(self, route: Route) -> str:
        parts = route.path.split("/")
        keys = list(getattr(self.state, parts[1], None) or self.state.actions or [7])
        if parts[-2:] == ["actions", "{}"]:
            parts[-1] = str(self.random.choice(list(self.state.actions) or [7]))
        words = ["@", "www", "A", "TXT", "%2F", "-1"]
        first = True
        for at, part in enumerate(parts):
            if part == "{}":
                parts[at] = str(self.random.choice(keys if first else words))
                first = False
        return "/".join(parts)

    def _body(self, route: Route) -> Any:
        if route.body is None:
            return None
        return self._junk() if self.random.random() < BROKEN else self._struct(route.body)

    def _junk(self) -> Any:
        return self.random.choice(JUNK)

    def _struct(self, kind: Any) -> dict[str, Any]:
        made = {}
        for field in msgspec.structs.fields(kind):
            if field.required or self.random.random() < SPARSE:
                broken = self.random.random() < BROKEN
                name = field.encode_name
                made[name] = self._junk() if broken else self._value(name, field.type)
        return made

    def _value(self, name: str, kind: Any) -> Any:
        arguments = [kind, *get_args(kind)]
        for arg in arguments:
            if get_origin(arg) is list:
                inner = get_args(arg)[0]
                return [self._value(name, inner) for _ in range(self.random.randint(0, 2))]
        for arg in arguments:
            if isinstance(arg, type) and issubclass(arg, msgspec.Struct):
                return self._struct(arg)
        if name in TABLES:
            return self.random.choice(list(getattr(self.state, TABLES[name])) or [7])
        words = literals(kind) or WORDS.get(name) or [True, False, 5]
        return self.random.choice(words)


def literals(kind: Any) -> list[str]:
    """Return the words that a type allows, if it is a choice of words."""
    found = []
    for arg in get_args(kind):
        found += [arg] if isinstance(arg, str) else literals(arg)
    return found
