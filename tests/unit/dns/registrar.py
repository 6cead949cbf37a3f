"""A simulated account inside the test's process, and a client of it: no socket anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterable

import httpx2
from pydantic import SecretStr

from provisioner.clock import Clock
from provisioner.dns.dynadot import Dynadot
from provisioner.dns.records import Record, Zone
from provisioner.rehearsal.domain.dynadot import PATH, Faults, create_dynadot
from provisioner.rehearsal.domain.registrar import Domain, Registrar, digest

KEY, SECRET = "Ak7/é&=key-of-the-pool", "s3cret+of%the pool"
POOL = "omani.works"
FAST = Clock(500.0, float(int(time.time())))


class Account:
    """One account with one domain."""

    def __init__(self, records: Iterable[Record] = (), *, locked: bool = False) -> None:
        zone = Zone(domain=POOL, records=tuple(records), ttl="300")
        self.registrar = Registrar({POOL: Domain(zone=zone, locked=locked)})
        self.faults = Faults()
        self.seen: list[httpx2.Request] = []
        self._app = create_dynadot(self.registrar, {digest(KEY, SECRET)}, self.faults)

    @property
    def zone(self) -> Zone:
        """The zone as the registrar holds it."""
        return self.registrar.zones[POOL]

    def client(
        self, domain: str = POOL, key: str = KEY, secret: str = SECRET, deadline: float = 10
    ) -> Dynadot:
        """Return a client of the account."""
        return Dynadot(
            f"http://127.0.0.1{PATH}",
            domain,
            SecretStr(key),
            SecretStr(secret),
            FAST,
            transport=httpx2.ASGITransport(self._app),
            deadline=deadline,
        )
