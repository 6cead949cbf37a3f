"""What Hetzner cannot rent out becomes a choice from live stock, or a wait that ends by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.attach import cancel
from provisioner.editing import edit
from provisioner.errors import AnswersRefused, Locked
from provisioner.facts import Outcome
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.run import Consent
from provisioner.settings import default_settings
from tests.integration.rented import Rented, rented


def refuse_servers(sovereign: Rented, code: str, status: int) -> None:
    """Have the next order of a server refused."""
    fault = Fault(method="POST", path="/servers", code=code, status=status)
    sovereign.cloud.state.settings.faults.append(fault)


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=60, scale=0.1) as made:
        yield made


async def test_the_choice_is_offered_from_stock_and_changes_only_what_was_chosen(
    sovereign: Rented,
) -> None:
    """Sold out at apply: alternatives with prices; the chosen one re-plans one server alone."""
    refuse_servers(sovereign, "resource_unavailable", 412)
    finished = await sovereign.run("apply")
    assert finished.outcome is Outcome.NEEDS_DECISION
    assert finished.remedy is not None
    assert finished.remedy.code == "hetzner_resource_unavailable"
    made = sovereign.names()
    offered = sovereign.view.decision
    assert offered is not None
    choice = offered.choices[0]
    assert choice.touches == ()
    assert float(choice.monthly_difference) != 0
    less = [each for each in offered.choices if each.less]
    assert less
    assert all(each.less.endswith("the kit still fits") for each in less)
    assert not choice.less
    spec = await sovereign.change(*choice.set)
    assert spec.sizing.control_plane.type == choice.title.split()[0]
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    plan = sovereign.view.plan
    assert plan is not None
    changed = {each.name: each.action for each in plan.changes if each.action != "noop"}
    assert not set(changed) & made
    assert set(changed.values()) == {"create"}
    assert sovereign.view.decision is None
    (server,) = [each for each in plan.changes if each.kind == "server"]
    assert (server.rents, server.rented) == (choice.title, "")


@pytest.mark.parametrize(
    ("kind", "outcome", "code"),
    [
        ("cx43", Outcome.FAILED, "resize_refused"),
        ("cpx62", Outcome.NEEDS_DECISION, "hetzner_resource_unavailable"),
    ],
)
async def test_no_server_is_switched_off_for_a_type_that_is_refused(
    sovereign: Rented, kind: str, outcome: Outcome, code: str
) -> None:
    """A smaller disk, or no stock: it is said, or asked, before; and the server goes on running."""
    await sovereign.apply_only()
    (server,) = sovereign.cloud.state.servers.values()
    assert (server.type, server.status) == ("cx53", "running")
    sovereign.cloud.state.settings.stock["cpx62"] = {server.location: "none"}
    await sovereign.change(f"sizing.control_plane.type={kind}")
    finished = await sovereign.run("apply")
    assert finished.outcome is outcome
    assert finished.remedy is not None
    assert finished.remedy.code == code
    (finding,) = sovereign.view.findings
    assert (finding.field, finding.value) == ("sizing.control_plane.type", kind)
    assert server.status == "running"
    assert not [each for each in sovereign.cloud.state.actions.values() if "stop" in each.command]


async def test_stock_is_waited_for_where_that_was_asked(sovereign: Rented) -> None:
    """With the wish to wait, the run says so, looks now and then, and goes on by itself."""
    refuse_servers(sovereign, "resource_unavailable", 412)
    after = await sovereign.start("apply", Consent(any_price=True, wait_for_stock=True))
    wait = await sovereign.until(after, lambda each: "stock" in getattr(each, "key", ""))
    assert isinstance(wait, e.WaitStarted)
    await sovereign.until(after, lambda each: isinstance(each, e.OutputsSaved))
    cancel(sovereign.folder)
    await sovereign.finish(after)
    assert len(sovereign.cloud.state.servers) == 1


async def test_a_cancel_before_anything_is_rented_says_that_nothing_costs(
    sovereign: Rented,
) -> None:
    """Whoever waits for stock from the start, and gives it up, is owed nothing."""
    sizing = sovereign.spec.sizing
    stock = sovereign.cloud.state.settings.stock
    stock[sizing.control_plane.type] = {sizing.location: "none"}
    after = await sovereign.start("apply", Consent(any_price=True, wait_for_stock=True))
    await sovereign.until(after, lambda each: "stock" in getattr(each, "key", ""))
    cancel(sovereign.folder)
    ended = await sovereign.finish(after)
    assert ended.remedy is not None
    assert (ended.outcome, ended.remedy.code) == (Outcome.CANCELLED, "cancelled_unrented")
    assert sovereign.names() == set()


async def test_waiting_for_stock_uses_up_none_of_the_attempts(sovereign: Rented) -> None:
    """What is listed and then refused, again and again, leaves an outage as many as it has."""
    settings = sovereign.cloud.state.settings
    settings.faults = [
        Fault(method="POST", path="/servers", code="resource_unavailable", status=412, times=3),
        Fault(method="POST", path="/servers", code="unavailable", status=503, nth=4),
    ]
    after = await sovereign.start("apply", Consent(any_price=True, wait_for_stock=True))
    assert await sovereign.reached(after, e.OutputsSaved)
    cancel(sovereign.folder)
    await sovereign.finish(after)
    assert len(sovereign.cloud.state.servers) == 1


async def test_a_faltering_api_is_waited_for_and_a_limit_is_not(sovereign: Rented) -> None:
    """An outage in the middle of apply costs a pause; a limit of the account asks at once."""
    refuse_servers(sovereign, "unavailable", 503)
    after = await sovereign.start("apply")
    await sovereign.until(after, lambda each: getattr(each, "key", "") == "again")
    await sovereign.until(after, lambda each: isinstance(each, e.OutputsSaved))
    cancel(sovereign.folder)
    await sovereign.finish(after)
    assert (await sovereign.run("destroy", Consent(destroy=True))).outcome is Outcome.DESTROYED
    sovereign.cloud.state.settings.quota["server"] = 0
    finished = await sovereign.run("apply")
    assert finished.outcome is Outcome.NEEDS_DECISION
    assert finished.remedy is not None
    assert finished.remedy.code == "hetzner_resource_limit_exceeded"


async def test_answers_are_not_edited_under_a_live_run_nor_into_nonsense(
    sovereign: Rented,
) -> None:
    """While a runner lives, and for answers that make no spec, nothing is written."""
    before = sovereign.folder.spec.read_bytes()
    after = await sovereign.start("plan")
    with pytest.raises(Locked):
        await edit(sovereign.folder, ["protection.delete=true"], default_settings())
    await sovereign.finish(after)
    for wrong in ("sizing.control_plane.count=2", "sizing.nothing=1", "domain.label=other"):
        with pytest.raises(AnswersRefused):
            await edit(sovereign.folder, [wrong], default_settings())
    assert sovereign.folder.spec.read_bytes() == before
