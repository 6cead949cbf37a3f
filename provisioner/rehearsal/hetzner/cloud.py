"""The simulated cloud: one project's resources, and the rules of how they change.

It knows nothing of HTTP. Time is the clock that was passed in; every question first settles what
has become due since the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import registry
from provisioner.rehearsal.hetzner.actions import Actions
from provisioner.rehearsal.hetzner.addresses import public_ipv4, public_ipv6
from provisioner.rehearsal.hetzner.call import JSON
from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.rehearsal.hetzner.hooks import Happening, Machine
from provisioner.rehearsal.hetzner.model import Action, Settings, State
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.resources.selecting import evaluate_selectors

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.store import Store


@dataclass(frozen=True)
class Pools:
    """Where public addresses come from; loopback, so that real programs can listen on them."""

    servers: str = "127.77.0.0/16"
    load_balancers: str = "127.78.0.0/16"
    ipv6: str = "2001:db8::/32"


class Cloud:
    """One project at the simulated Hetzner.

    ``store`` keeps the state over restarts; ``settings`` are used only where it holds none yet.
    """

    def __init__(
        self,
        clock: Clock,
        catalogue: Catalogue | None = None,
        *,
        store: Store | None = None,
        settings: Settings | None = None,
        pools: Pools | None = None,
        latencies: Mapping[str, float] | None = None,
    ) -> None:
        self.clock = clock
        self.catalogue = catalogue or Catalogue.default()
        self.pools = pools or Pools()
        self.store = store
        self._latencies = dict(latencies or self.catalogue.latencies)
        self._moment: float | None = None
        self._encoded: dict[Hashable, msgspec.Raw] = {}
        self.probe: Callable[[Machine, int], bool] | None = None
        """Tells whether a machine answers on a port; without it, one that runs is healthy."""
        self.changes = 0
        """Counts changes, so that a saver knows whether there is something to save."""
        self.outbox: list[tuple[Happening, Machine]] = []
        """What happened to machines and was not told yet."""
        self.state = (store.load() if store else None) or self._fresh(settings or Settings())
        self.actions = Actions(self)

    def _fresh(self, settings: Settings) -> State:
        return State(settings=settings, bucket=settings.rate_limit, bucket_at=self.now())

    # --- time -----------------------------------------------------------------------------------

    def now(self) -> float:
        """Return the present moment, or the one at which what is being settled was due."""
        return self._moment if self._moment is not None else self.clock.now().timestamp()

    def latency(self, name: str) -> float:
        """Return how long a step takes now, in seconds of the clock."""
        return self._latencies[name] * self.state.settings.scale

    def next_due(self) -> float | None:
        """Return when something will happen by itself next."""
        due = [d for d in (self.actions.next_due(), self.state.selectors_due) if d is not None]
        return min(due, default=None)

    def settle(self) -> None:
        """Let everything happen that was due until now, in its order and at its own moment."""
        now = self.clock.now().timestamp()
        while (due := self.next_due()) is not None and due <= now:
            self._moment = due
            try:
                self._happen(due)
            finally:
                self._moment = None

    def _happen(self, due: float) -> None:
        if self.state.selectors_due is not None and self.state.selectors_due <= due:
            self.state.selectors_due = None
            evaluate_selectors(self)
            self.touch()
        else:
            self.actions.finish_next()

    def reconsider_selectors(self) -> None:
        """Have label selectors evaluated after the usual moment, if that is not arranged yet."""
        if self.state.selectors_due is None:
            self.state.selectors_due = self.now() + self.latency("label_selector")

    def apply_effect(self, action: Action) -> None:
        """Do what an action was for."""
        effect = registry.EFFECTS.get(action.effect or action.command)
        if effect is not None:
            effect(self, action)

    def apply_failure(self, action: Action) -> None:
        """Undo what a failed action had begun to change."""
        undo = registry.FAILURES.get(action.effect or action.command)
        if undo is not None:
            undo(self, action)

    # --- book-keeping ---------------------------------------------------------------------------

    def touch(self) -> None:
        """Note that the state is no longer what was saved."""
        self.changes += 1

    def new_id(self) -> int:
        """Return an id that no resource has had."""
        key = self.state.next_id
        self.state.next_id += 1
        return key

    def new_ipv4(self, pool: str, taken: set[str]) -> str:
        """Return the next free public IPv4 of a pool; addresses are reused as late as possible."""
        while True:
            number = self.state.next_ipv4.get(pool, 0)
            self.state.next_ipv4[pool] = number + 1
            address = public_ipv4(pool, number)
            if address not in taken:
                return address

    def new_server_ipv4(self) -> str:
        """Return the next free public IPv4 that servers can have."""
        held = {address.ip for address in self.state.primary_ips.values()}
        held |= {address.ip for address in self.state.floating_ips.values()}
        return self.new_ipv4(self.pools.servers, held)

    def new_ipv6(self) -> str:
        """Return the next public /64."""
        number = self.state.next_ipv6
        self.state.next_ipv6 += 1
        return public_ipv6(self.pools.ipv6, number)

    def require_quota(self, kind: str, held: int, wanted: int = 1) -> None:
        """Refuse to rent more than the project may hold."""
        quota = self.catalogue.limits.quota | self.state.settings.quota
        if held + wanted > quota.get(kind, held + wanted):
            raise Refused(
                "resource_limit_exceeded",
                f"{kind} limit exceeded",
                {"limits": [{"name": f"{kind}_limit"}]},
            )

    def stock(self, server_type: str, location: str) -> str:
        """Return how much of a type a location has left: ``here``, ``few`` or ``none``."""
        chosen = self.state.settings.stock.get(server_type, {}).get(location)
        left = chosen or self.catalogue.stock.get(server_type, {}).get(location, "here")
        if left != "few":
            return left
        sold = sum(
            server.type == server_type and server.location == location
            for server in self.state.servers.values()
        )
        return "none" if sold >= self.catalogue.limits.few else "few"

    def encoded(self, key: Hashable, make: Callable[[], JSON]) -> msgspec.Raw:
        """Return an answer that is the same for the same key, made and encoded once."""
        known = self._encoded.get(key)
        if known is None:
            known = self._encoded[key] = msgspec.Raw(msgspec.json.encode(make()))
        return known

    # --- machines -------------------------------------------------------------------------------

    def machine(self, key: int) -> Machine:
        """Return a server as the world around must know it."""
        server, addresses = self.state.servers[key], self.state.primary_ips
        return Machine(
            id=key,
            name=server.name,
            ipv4=addresses[server.ipv4].ip if server.ipv4 else None,
            ipv6=addresses[server.ipv6].ip if server.ipv6 else None,
            private_ips=tuple(net.ip for net in server.nets),
            labels=dict(server.labels),
            user_data=server.user_data,
            ssh_keys=tuple(server.keys),
            server_type=server.type,
            location=server.location,
            image=self.catalogue.image[server.image].name,
        )

    def healthy(self, key: int, port: int) -> bool:
        """Return whether a load balancer's check of a server's port succeeds."""
        server = self.state.servers.get(key)
        if server is None or server.status != "running":
            return False
        return self.probe is None or self.probe(self.machine(key), port)

    def machines(self) -> list[Machine]:
        """Return the servers that are switched on."""
        on = [s.id for s in self.state.servers.values() if s.status == "running"]
        return [self.machine(key) for key in on]

    def tell(self, what: Happening, key: int) -> None:
        """Put what happened to a machine into the outbox."""
        self.outbox.append((what, self.machine(key)))
