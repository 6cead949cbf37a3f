"""The total that is shown while one chooses."""

from __future__ import annotations

from provisioner.checks.cost import rented_by_answers
from provisioner.hetzner.prices import Rented, price, read_prices
from provisioner.settings import default_settings
from tests.unit.answers.examples import answers
from tests.unit.hetzner.cloud import client, project


async def test_the_total_counts_all_that_is_rented() -> None:
    """Servers of every pool, an address each, and the load balancer, at the list's prices."""
    workers = [{"name": "a", "type": "cx33", "count": 2, "location": "nbg1"}]
    rented = rented_by_answers(answers(sizing__workers=workers), default_settings())
    assert rented == {
        Rented("server", "cx43", "fsn1"): 1,
        Rented("server", "cx33", "nbg1"): 2,
        Rented("primary_ip", "ipv4", "fsn1"): 1,
        Rented("primary_ip", "ipv4", "nbg1"): 2,
        Rented("load_balancer", "lb11", "fsn1"): 1,
    }
    async with client(project()) as hetzner:
        assert price(rented, await read_prices(hetzner)).monthly == "41.96"


def test_several_control_planes_rent_volumes() -> None:
    """Their storage is rented too, ten gigabytes at least for each claim of the kit."""
    plane = {"type": "cx33", "count": 3}
    rented = rented_by_answers(answers(sizing__control_plane=plane), default_settings())
    assert rented[Rented("volume", "10", "fsn1")] == 7


def test_answers_without_sizing_cost_nothing() -> None:
    """Gaps are no servers."""
    assert rented_by_answers({}, default_settings()) == {}
