"""A sweep goes on until a listing is empty, deletes nothing twice, and never what is foreign."""

from __future__ import annotations

import httpx2
import pytest

from provisioner.errors import HetznerError
from provisioner.events import Event, ResourceReconciled
from provisioner.hetzner.inventory import LABEL, sort_out
from provisioner.hetzner.sweep import sweep
from tests.unit.hetzner.cloud import FAST, scripted

FQDN = "oman.omani.works"
OURS = {LABEL: FQDN}


class Lingering:
    """An API whose resources are listed for some looks more after they were deleted."""

    def __init__(self, looks: int) -> None:
        self.deleted: list[str] = []
        self._looks = looks

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as the API does, where a deletion takes its time."""
        path = request.url.path.removeprefix("/v1")
        if request.method == "DELETE":
            if path in self.deleted:
                said = {"error": {"code": "not_found", "message": "it is gone", "details": None}}
                return httpx2.Response(404, json=said)
            self.deleted.append(path)
            return httpx2.Response(204)
        kind = path.strip("/")
        listed = [{"id": 9, "name": "theirs", "labels": {}}]
        if kind == "networks":
            listed.append({"id": 1, "name": "ours", "labels": OURS})
            if self.deleted:
                self._looks -= 1
            if self._looks < 0:
                listed.pop()
        return httpx2.Response(200, json={kind: listed if kind == "networks" else []})


@pytest.mark.parametrize("looks", [0, 3])
async def test_a_deleted_resource_that_is_still_listed_is_waited_for(looks: int) -> None:
    """It is reported as removed once, and the last listing is the empty one."""
    api = Lingering(looks)
    said: list[Event] = []
    async with scripted(api.answer) as hetzner:
        after = await sweep(hetzner, FQDN, FAST.clock, said.append)
    assert api.deleted == ["/networks/1"]
    assert [type(each) for each in said] == [ResourceReconciled]
    assert (after.items, after.foreign) == ((), 1)


async def test_what_never_goes_ends_in_an_error_that_names_it() -> None:
    """The listing is not looked at for ever."""
    async with scripted(Lingering(10**9).answer) as hetzner:
        with pytest.raises(HetznerError) as endless:
            await sweep(hetzner, FQDN, FAST.clock, lambda _: None)
    assert endless.value.code == "hetzner_not_empty"
    assert endless.value.facts["left"] == "network ours"


def test_what_the_state_knows_is_ours_and_so_is_what_hangs_on_it() -> None:
    """A label that somebody took away hides neither the server nor its volume."""
    found = sort_out(
        {
            "server": [{"id": 1, "labels": {}, "protection": {"delete": True}}, {"id": 2}],
            "volume": [{"id": 3, "server": 1}, {"id": 4, "server": 2}],
        },
        FQDN,
        frozenset({("server", "1")}),
    )
    assert [(each.kind, each.id, each.owner) for each in found.items] == [
        ("server", "1", "state"),
        ("volume", "3", "attached"),
    ]
    assert [each.id for each in found.protected] == ["1"]
    assert found.foreign == 2


async def test_a_server_that_goes_while_its_firewall_is_lifted_is_no_failure() -> None:
    """Hetzner refuses to take a firewall off what is gone; the next look lists it no more."""
    lifted: list[str] = []
    said = {"code": "firewall_resource_not_found", "message": "server 3 not found"}

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/v1")
        wall = {"id": 1, "name": "wall", "labels": OURS, "applied_to": []}
        if not lifted:
            wall["applied_to"] = [{"type": "server", "server": {"id": 3}}]
        if request.method == "POST":
            lifted.append(path)
            return httpx2.Response(404, json={"error": {**said, "details": None}})
        if request.method == "DELETE":
            lifted.append(path)
            return httpx2.Response(204)
        if path == "/firewalls/1":
            return httpx2.Response(200, json={"firewall": wall})
        listed = [] if "/firewalls/1" in lifted or path != "/firewalls" else [wall]
        return httpx2.Response(200, json={path.strip("/"): listed})

    async with scripted(answer) as hetzner:
        after = await sweep(hetzner, FQDN, FAST.clock, lambda _: None)
    assert lifted == ["/firewalls/1/actions/remove_from_resources", "/firewalls/1"]
    assert after.items == ()
