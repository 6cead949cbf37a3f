"""Progress that never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from provisioner.cluster.progress import MOST, Progress
from provisioner.events import AllHealthy, ComponentChanged, KitApplied
from provisioner.facts import Rung, State
from tests.unit.cluster.objects import component

START = datetime(2026, 1, 1, tzinfo=UTC)
KIT = KitApplied(
    components=(component("a", usual=30), component("b", "a", usual=90, probed=True)),
    deadline=START,
)
changes = st.builds(
    ComponentChanged,
    component=st.sampled_from(["a", "b", "foreign"]),
    state=st.sampled_from(list(State)),
    rungs=st.lists(st.sampled_from(list(Rung)), unique=True).map(tuple),
)


@given(st.lists(st.tuples(changes, st.floats(0, 100)), max_size=20))
def test_progress_never_goes_back_and_is_not_whole_before_it_settled(
    steps: list[tuple[ComponentChanged, float]],
) -> None:
    """Whatever falls back, the bar does not; it is full only after everything was healthy."""
    progress, at, shown = Progress(), START, 0.0
    progress.advance(KIT, at)
    for event, seconds in steps:
        at += timedelta(seconds=seconds)
        progress.advance(event, at)
        assert shown <= progress.value(at) <= MOST
        shown = progress.value(at)
    progress.advance(AllHealthy(seconds=1), at)
    assert progress.value(at) == 1.0


@given(st.lists(st.tuples(changes, st.floats(0, 100)), max_size=20), st.integers(0, 19))
def test_who_looks_late_sees_what_an_early_viewer_sees(
    steps: list[tuple[ComponentChanged, float]], first: int
) -> None:
    """Looking changes nothing: the value follows from the events and the time alone."""
    watched, unseen, at = Progress(), Progress(), START
    for progress in (watched, unseen):
        progress.advance(KIT, at)
    for number, (event, seconds) in enumerate(steps):
        at += timedelta(seconds=seconds)
        watched.advance(event, at)
        unseen.advance(event, at)
        if number >= first:
            watched.value(at)
    assert watched == unseen


def test_the_whole_is_taken_back_when_something_falls() -> None:
    """Full means healthy now; what falls later takes it a little back, and no further."""
    progress = Progress()
    progress.advance(KIT, START)
    progress.advance(AllHealthy(seconds=1), START)
    progress.advance(ComponentChanged(component="a", state=State.DEGRADED), START)
    assert progress.value(START) == MOST


def test_components_weigh_what_they_usually_take() -> None:
    """The one of 30 s is a quarter of the way when the other takes 90."""
    progress = Progress()
    progress.advance(KIT, START)
    rungs = (Rung.SOURCE, Rung.RELEASE, Rung.WORKLOADS)
    progress.advance(ComponentChanged(component="a", state=State.HEALTHY, rungs=rungs), START)
    assert progress.value(START) == 0.25


def test_time_passes_while_a_release_installs_but_only_up_to_its_share() -> None:
    """A bar that stands still for minutes looks dead; one that runs ahead lies."""
    progress = Progress()
    progress.advance(KIT, START)
    event = ComponentChanged(component="b", state=State.INSTALLING, rungs=(Rung.SOURCE,))
    progress.advance(event, START)
    shown = [progress.value(START + timedelta(seconds=s)) for s in (0, 45, 90, 900)]
    assert shown == sorted(shown)
    assert shown[1] > shown[0]
    assert shown[2] == shown[3] < 0.75 * 0.7
