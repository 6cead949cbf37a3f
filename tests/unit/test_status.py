"""What status says of a Sovereign beside its phases and components."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from catalyst_tui.commands.status import show_view, status
from catalyst_tui.headless.printer import Printer
from catalyst_tui.parser import parser
from provisioner import events as e
from provisioner.errors import CatalystError
from provisioner.facts import Change, Choice, DnsRecord, Outcome, State
from provisioner.folding import fold
from provisioner.home import Home
from provisioner.view import View
from screens.words import line_of
from tests.unit.builders import FQDN, START, change, plan, recorded, run_started


@pytest.mark.parametrize(("by", "shown"), [("operator", 1), ("Dynadot", 0)])
def test_records_that_the_operator_must_set_are_shown_in_full(
    by: str, shown: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name, type, address and TTL, as long as they do not resolve; those of a provider are not."""
    record = DnsRecord(name=f"api.{FQDN}", type="A", value="192.0.2.1", ttl=300)
    wanted = e.DnsRecordsWanted(zone="example.org", records=(record,), by=by)
    view = fold(View(fqdn=FQDN), recorded(run_started(), wanted))
    show_view(Printer(as_json=False), view)
    said = capsys.readouterr().out
    assert said.count(f"to set     api.{FQDN} A 192.0.2.1 TTL 300") == shown


def _destructive() -> e.PlanSaved:
    target = Change(address="t", kind="load_balancer_target", name="lb-cp1", action="delete")
    return plan([target, change("cp1", "replace"), change("w1")], monthly="77.48", sha256="b" * 64)


def test_a_saved_plan_is_shown_with_all_it_destroys(capsys: pytest.CaptureFixture[str]) -> None:
    """Price and hash stand beside the present ones; the server is named before its parts."""
    agreed = plan([change("cp1")], monthly="20.00")
    events = (
        run_started(),
        agreed,
        e.PlanConfirmed(sha256=agreed.sha256, by="hash"),
        e.ApplyStarted(sha256=agreed.sha256, total=1),
        _destructive(),
    )
    show_view(Printer(as_json=False), fold(View(fqdn=FQDN), recorded(*events)))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert f"confirmed  1 to create, 20.00 EUR a month net; sha256 {'a' * 64}" in lines
    at = lines.index(
        f"plan       1 to create, 77.48 EUR a month net, and DELETES OR REPLACES 2; "
        f"sha256 {'b' * 64}"
    )
    assert lines[at + 1 : at + 3] == [
        "server cp1 is deleted and made anew: its disk and its address are lost",
        "target lb-cp1 is deleted, and what is on it is lost",
    ]


def test_a_decision_is_shown_with_what_each_choice_costs_lacks_and_sets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever has no screen can take a choice by what `catalyst edit` is given, and knows it."""
    smaller = Choice(
        title="cx33 in fsn1",
        set=("sizing.control_plane.type=cx33",),
        monthly_difference="-7.50",
        less="80 GB of disk instead of 160; the kit still fits",
    )
    offered = e.DecisionOffered(
        question="hetzner_resource_unavailable",
        address="a",
        value="cx43 in fsn1",
        currency="EUR",
        choices=(smaller,),
    )
    show_view(Printer(as_json=False), fold(View(fqdn=FQDN), recorded(run_started(), offered)))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    less = "less: 80 GB of disk instead of 160; the kit still fits"
    said = f"cx33 in fsn1 (-7.50 EUR a month, {less})"
    assert f"instead    {said}" in lines
    assert "--set sizing.control_plane.type=cx33" in lines
    assert line_of(offered) == ("choose", f"instead of cx43 in fsn1: {said}")


def test_the_log_of_a_plan_names_what_it_destroys(capsys: pytest.CaptureFixture[str]) -> None:
    """Each loss has a line of its own behind the plan's."""
    (event,) = recorded(_destructive())
    Printer(as_json=False).event(event)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    assert "server cp1 is deleted and made anew" in said[1]
    assert "target lb-cp1 is deleted" in said[2]


def test_a_log_says_a_wait_and_a_standing_once(capsys: pytest.CaptureFixture[str]) -> None:
    """What a line does not show is no reason to print it again; what changes it is, and a run."""
    waits = e.WaitStarted(key="dns", what="it to lead to 192.0.2.1", usual=60)
    later = structs.replace(waits, until=START)
    stands = e.ComponentChanged(component="cilium", state=State.WAITING, rungs=())
    told = (waits, later, stands, stands, structs.replace(stands, state=State.HEALTHY), stands)
    printer = Printer(as_json=False)
    for each in recorded(*told, run_started(2), waits):
        printer.event(each)
    said = [line.split(maxsplit=1)[1].split(maxsplit=1) for line in _lines(capsys)]
    assert [what for source, what in said if source == "board"] == [
        "cilium: waiting",
        "cilium: healthy",
        "cilium: waiting",
    ]
    assert [source for source, _ in said].count("wait") == 2


def test_a_ready_run_names_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line is the command that shows what to hand over, with the Sovereign's name."""
    for outcome in (Outcome.READY, Outcome.PLANNED):
        (finished,) = recorded(e.RunFinished(outcome=outcome, seconds=576))
        Printer(as_json=False).event(finished)
    ready, after, planned = _lines(capsys)
    assert ready.endswith("ready after 9:36")
    assert f"`catalyst handoff {FQDN}`" in after
    assert planned.endswith("planned after 9:36")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("known", [0, 2])
async def test_a_look_at_drift_asks_which_one_is_meant(
    known: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a name the flag is not passed over: of several one is to be named."""
    monkeypatch.setenv("CATALYST_HOME", str(tmp_path))
    for number in range(known):
        Home(tmp_path).sovereign(f"s{number}.example.org").create()
    with pytest.raises(CatalystError) as caught:
        await status(parser().parse_args(["status", "--drift"]), Printer(as_json=False))
    assert caught.value.code == ("sovereign_ambiguous" if known else "sovereign_none")


async def test_a_look_at_drift_takes_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is planned, as with its name; here there are no answers to plan from."""
    monkeypatch.setenv("CATALYST_HOME", str(tmp_path))
    Home(tmp_path).sovereign(FQDN).create()
    with pytest.raises(CatalystError) as caught:
        await status(parser().parse_args(["status", "--drift"]), Printer(as_json=False))
    assert FQDN in str(caught.value)
