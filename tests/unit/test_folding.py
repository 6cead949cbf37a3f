"""Viewers fold the journal: whenever they attach, they see the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from provisioner import events as e
from provisioner.clock import Clock
from provisioner.facts import (
    DnsAnswer,
    DnsRecord,
    ExpectedComponent,
    Finding,
    NameState,
    Outcome,
    OutsideCheck,
    PhaseName,
    ResourceItem,
    Rung,
    Severity,
    State,
)
from provisioner.folding import fold, load
from provisioner.journal import Journal
from provisioner.remedies import explain
from provisioner.view import FOLD, REMARKS, View
from tests.unit.builders import FQDN, START, change, plan, recorded, run_started

KIT = e.KitApplied(
    components=tuple(ExpectedComponent(name=name) for name in ("cilium", "flux", "gitea")),
    deadline=START + timedelta(minutes=30),
)
SERVER = change("cp1")
STORY = [
    run_started(),
    e.PhaseStarted(phase=PhaseName.PLAN, usual=8),
    plan([SERVER]),
    e.PhaseFinished(phase=PhaseName.PLAN, seconds=3),
    e.PlanConfirmed(sha256="a" * 64, by="hash"),
    e.ApplyStarted(sha256="a" * 64, total=1),
    e.WaitStarted(key="boot", what="first boot"),
    e.ResourceStarted(address=SERVER.address, kind="server", name="cp1", action="create"),
    e.ResourceFinished(address=SERVER.address, kind="server", name="cp1", action="create", id="7"),
    e.OutputsSaved(outputs={"network": {"id": "1"}}),
    e.WaitFinished(key="boot", seconds=4),
    e.Remarked(source="tofu", text="hello"),
    KIT,
    e.ComponentChanged(component="flux", state=State.HEALTHY, rungs=(Rung.WORKLOADS,)),
    e.DnsRecordsWanted(
        zone="omani.works",
        records=(DnsRecord(name=f"api.{FQDN}", type="A", value="192.0.2.1", ttl=300),),
        by="Dynadot",
    ),
    e.DnsRecordsWritten(zone="omani.works", records=9),
    e.DnsRecordsChecked(
        answers=(
            DnsAnswer(name=f"api.{FQDN}", server="ns1", authority=True, state=NameState.RIGHT),
        )
    ),
    e.AllHealthy(seconds=30),
    e.OutsideChecked(
        checks=(OutsideCheck(what="tcp", target="192.0.2.1:443", ok=True, saw="open"),), seconds=1
    ),
    e.RunFinished(outcome=Outcome.READY, seconds=60),
]


def test_a_whole_run_ends_ready() -> None:
    """The story of a run leaves what every viewer needs."""
    view = fold(View(fqdn=FQDN), recorded(*STORY))
    assert view.outcome is Outcome.READY
    assert view.applied
    assert view.rented_since is not None
    assert view.resources[SERVER.address].state == "done"
    assert view.resources[SERVER.address].id == "7"
    assert view.components["flux"].state is State.HEALTHY
    assert view.components["gitea"].state is State.WAITING
    assert view.waits == {}
    assert (view.zone, view.records_written) == ("omani.works", True)
    assert [each.state for each in view.answers] == [NameState.RIGHT]
    assert [each.ok for each in view.outside] == [True]
    assert view.seq == len(STORY)


@given(st.lists(st.sampled_from(STORY), max_size=40), st.integers(0, 40))
def test_attaching_late_ends_on_the_same_digest(events: list[e.Event], at: int) -> None:
    """A fold kept anywhere and taken up again equals the fold from the start."""
    story = recorded(*events)
    whole = fold(View(fqdn=FQDN), story)
    kept = msgspec.json.encode(fold(View(fqdn=FQDN), story[:at]))
    late = fold(msgspec.json.decode(kept, type=View), story[at:])
    assert late.digest() == whole.digest()


def test_a_checkpoint_of_this_fold_is_used_and_another_is_not(tmp_path: Path) -> None:
    """Loading starts at the newest checkpoint, unless another release's fold wrote it."""
    path = tmp_path / "journal.db"
    journal = Journal(path, FQDN, Clock())
    journal.append([e.Remarked(source="a", text="first")])
    forged = msgspec.json.encode(View(fqdn=FQDN, seq=1, foreign=42))
    journal.checkpoint(1, FOLD, forged)
    assert load(path, FQDN).foreign == 42
    journal.checkpoint(1, "another", forged)
    assert load(path, FQDN).foreign == 0
    journal.close()


def test_a_destroyed_sovereign_has_nothing_left() -> None:
    """After destroy nothing is shown as rented, planned or healthy."""
    gone = [
        run_started(2, "destroy"),
        e.InventoryListed(when="after", items=()),
        e.RunFinished(outcome=Outcome.DESTROYED),
    ]
    view = fold(View(fqdn=FQDN), recorded(*STORY, *gone))
    assert view.rented_since is None
    assert view.resources == {}
    assert view.components == {}
    assert view.confirmed is None
    assert view.inventory == ()


def test_a_new_run_starts_with_clean_phases_but_keeps_what_is_rented() -> None:
    """Phases, findings and waits are the run's; resources and plans are the Sovereign's."""
    view = fold(View(fqdn=FQDN), recorded(*STORY, run_started(2, "resume")))
    assert view.phases == {}
    assert view.outcome is None
    assert view.resources
    assert view.confirmed is not None


def test_what_is_not_named_in_the_story_moves_the_view_too() -> None:
    """Findings, failures, nodes, sources, cancel and interruption are all folded."""
    finding = Finding(
        field="x", value="y", code="c", reason="r", remedy="m", severity=Severity.WARNING
    )
    item = ResourceItem(kind="server", id="1", name="n", owner="label")
    view = fold(
        View(fqdn=FQDN),
        recorded(
            run_started(),
            e.FindingReported(finding=finding),
            e.ResourceFailed(
                address="a",
                kind="server",
                name="n",
                code="c",
                message="m",
                remedy=explain("cancelled"),
            ),
            e.ResourceProgressed(address="a", seconds=12),
            e.NodeStageChanged(node="cp1", stage="k3s", index=3, of=6),
            e.HostKeyPinned(node="cp1", fingerprint="SHA256:x"),
            e.AccessEstablished(node="cp1", fingerprint="SHA256:y", kubernetes="v1.36"),
            e.NodeChanged(node="cp1", ready=True),
            e.SourceChanged(kind="HelmRepository", namespace="f", name="s", ready=False),
            e.InventoryListed(when="cancel", items=(item,), foreign=3),
            e.CancelRequested(),
            e.RunInterrupted(run=1),
        ),
    )
    assert view.findings == (finding,)
    assert view.resources["a"].state == "failed"
    assert view.resources["a"].seconds == 12
    assert (view.nodes["cp1"].stage, view.nodes["cp1"].ready) == ("k3s", True)
    assert view.nodes["cp1"].fingerprint == "SHA256:y"
    assert not view.sources["HelmRepository/f/s"].ready
    assert (view.inventory, view.foreign) == ((item,), 3)
    assert view.cancelling
    assert view.interrupted


def test_every_event_is_folded_or_known_to_need_no_fold() -> None:
    """A new event that nobody thought about in the fold is noticed here."""
    from provisioner.folding import _STEPS

    printed_only = {e.AnswersRefused}
    tells_no_state = {e.NetworksPlanned}
    assert set(e.EVENTS) - set(_STEPS) == printed_only | tells_no_state


def test_a_run_beside_the_road_leaves_the_sovereign_where_it_stood() -> None:
    """Whatever comes of a change of the firewall alone, the road's plan, phases and end stay."""
    stood = fold(View(fqdn=FQDN), recorded(*STORY))
    beside = [
        run_started(2, "access"),
        e.PhaseStarted(phase=PhaseName.PLAN),
        e.NetworksPlanned(networks=("203.0.113.7/32",)),
        e.ApplyStarted(sha256="b" * 64, total=1),
        e.WaitStarted(key="actions", what="something"),
        e.RunFinished(outcome=Outcome.FAILED, remedy=explain("cancelled"), seconds=1),
    ]
    view = fold(View(fqdn=FQDN), recorded(*STORY, *beside))
    assert (view.runs, view.waits) == (2, {})
    for name in ("run", "outcome", "remedy", "phases", "plan", "confirmed", "resources", "settled"):
        assert getattr(view, name) == getattr(stood, name), name
    after = fold(View(fqdn=FQDN), recorded(*STORY, *beside, run_started(), *STORY[1:]))
    assert (after.beside, after.outcome) == (None, Outcome.READY)


def test_other_records_are_not_written_yet_and_released_ones_are_gone() -> None:
    """What was seen belongs to the records that it was seen of."""
    other = e.DnsRecordsWanted(zone="omani.works", records=(), by="operator")
    view = fold(View(fqdn=FQDN), recorded(*STORY, other))
    assert (view.records_written, view.answers, view.records_by) == (False, (), "operator")
    view = fold(View(fqdn=FQDN), recorded(*STORY, e.DnsRecordsReleased(zone="omani.works")))
    assert (view.records, view.answers, view.records_written) == ((), (), False)


def test_remarks_are_bounded() -> None:
    """A talkative run does not grow the view without end."""
    talk = [e.Remarked(source="t", text=str(number)) for number in range(5 * REMARKS)]
    view = fold(View(fqdn=FQDN), recorded(*talk))
    assert REMARKS <= len(view.remarks) <= 2 * REMARKS
    assert view.remarks[-1][3] == str(5 * REMARKS - 1)


def test_a_bootstrap_usually_takes_what_its_own_kit_does() -> None:
    """The wait for the whole kit knows it; the phase and the wait say the same."""
    begun = e.PhaseStarted(phase=PhaseName.BOOTSTRAP, usual=600)
    waits = e.WaitStarted(key="bootstrap", what="the whole kit to be healthy", usual=470)
    view = fold(View(fqdn=FQDN), recorded(run_started(), begun, waits))
    assert view.phases[PhaseName.BOOTSTRAP].usual == view.waits["bootstrap"].usual == 470
