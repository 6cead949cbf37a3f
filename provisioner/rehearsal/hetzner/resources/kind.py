"""What all kinds of resources answer alike: their list, one of them, other names and labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.paging import having, named, ordered, page
from provisioner.rehearsal.hetzner.resources.common import (
    LONGEST_NAME,
    Protect,
    R,
    Update,
    find,
    protect,
    update,
)

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of resource, with the routes that need to know no more of it."""

    name: str
    """In the singular, as answers and errors call it."""
    view: Callable[[Cloud, R], JSON]
    filters: tuple[str, ...] = ()
    """By which fields the list can be filtered, beside name and labels."""
    sorts: tuple[str, ...] = ("id", "name", "created")
    """By which fields the list can be sorted."""
    longest_name: int = LONGEST_NAME

    def table(self, cloud: Cloud) -> dict[int, R]:
        """Return all of this kind by their ids."""
        found: dict[int, R] = getattr(cloud.state, f"{self.name}s")
        return found

    def answer(self, cloud: Cloud, record: R) -> Answer:
        """Answer one of them."""
        return Answer({self.name: self.view(cloud, record)})

    def reading(self) -> tuple[Route, ...]:
        """Return the routes that list them and show one."""
        root = f"/{self.name}s"
        return Route("GET", root, self._list), Route("GET", f"{root}/{{}}", self._get)

    def updating(self) -> Route:
        """Return the route that changes name and labels."""
        return Route("PUT", f"/{self.name}s/{{}}", self._put, Update)

    def protecting(self) -> Route:
        """Return the route that begins to change whether one can be deleted."""
        at = f"/{self.name}s/{{}}/actions/change_protection"
        return Route("POST", at, self._protect, Protect)

    def _list(self, cloud: Cloud, call: Call) -> Answer:
        kept = having(call, named(call, self.table(cloud).values()), *self.filters)
        kept = ordered(call, kept, *self.sorts) if self.sorts else kept
        return page(
            call, cloud.catalogue.limits, f"{self.name}s", kept, lambda r: self.view(cloud, r)
        )

    def _get(self, cloud: Cloud, call: Call) -> Answer:
        return self.answer(cloud, find(self.table(cloud), self.name, call.params[0]))

    def _put(self, cloud: Cloud, call: Call) -> Answer:
        return self.answer(cloud, update(self.table(cloud), self.name, call, self.longest_name))

    def _protect(self, cloud: Cloud, call: Call) -> Answer:
        return protect(cloud, self.table(cloud), self.name, call)
