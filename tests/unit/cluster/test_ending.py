"""When a bootstrap is over, and whom its last word names."""

from __future__ import annotations

from provisioner.cluster.ending import blamed, failed, hopeless, late
from provisioner.errors import BootstrapFailed, Incomplete
from provisioner.events import ComponentChanged
from provisioner.facts import State
from provisioner.remedies import remedy_of


def _lines(**states: State | ComponentChanged) -> dict[str, ComponentChanged]:
    return {
        name: state
        if isinstance(state, ComponentChanged)
        else ComponentChanged(component=name, state=state)
        for name, state in states.items()
    }


BROKEN = ComponentChanged(
    component="db", state=State.FAILED, code="image_pull", detail="Pod x/y: no image."
)
HELD = ComponentChanged(component="app", state=State.WAITING, waits_on=("db",))


def test_a_failure_is_final_only_when_nothing_else_can_move() -> None:
    """What still installs may finish first, so that one root cause is left."""
    assert not hopeless(_lines(db=State.HEALTHY, app=State.WAITING), {})
    assert not hopeless(_lines(db=BROKEN, app=HELD, web=State.INSTALLING), {})
    assert not hopeless(_lines(db=BROKEN, app=HELD, web=State.RETRYING), {})
    assert not hopeless(_lines(db=BROKEN, web=State.INSTALLED), {"web": -1})
    assert hopeless(_lines(db=BROKEN, web=State.INSTALLED), {"web": 1})
    assert hopeless(_lines(db=BROKEN, app=HELD, web=State.HEALTHY), {})


def test_with_flux_dead_nothing_can_move() -> None:
    """What Flux was in the middle of has stopped, too."""
    dead = ComponentChanged(component="flux", state=State.FAILED, code="flux_silent")
    assert hopeless(_lines(flux=dead, web=State.INSTALLING), {})


def test_the_last_word_names_the_root_its_object_and_who_waits() -> None:
    """The remedy reads as a sentence with the exact object."""
    error = failed(_lines(app=HELD, db=BROKEN, web=State.DEGRADED))
    assert isinstance(error, BootstrapFailed)
    remedy = remedy_of(error)
    assert remedy.code == "image_pull"
    assert remedy.what == "db cannot start. Pod x/y: no image."
    assert "app waits for this component" in remedy.means


def test_the_deadline_is_incomplete_unless_something_has_failed() -> None:
    """Never ready on a timeout; and a failure stays a failure."""
    assert isinstance(late(_lines(db=BROKEN), None), BootstrapFailed)
    slow = ComponentChanged(component="db", state=State.INSTALLING, code="image_pull")
    error = late(_lines(db=slow, app=HELD), None)
    assert isinstance(error, Incomplete)
    assert error.code == "image_pull"
    assert isinstance(late({}, None), Incomplete)
    blind = late(_lines(db=State.HEALTHY), None, {"pods": "no right to read this kind"})
    assert (blind.code, blind.facts["kinds"]) == (
        "bootstrap_blind",
        "pods: no right to read this kind",
    )
    assert isinstance(late(_lines(db=BROKEN), None, {"pods": "no right"}), BootstrapFailed)


def test_what_fell_back_last_is_blamed_where_none_is_ill_at_the_deadline() -> None:
    """A component that comes and goes is named, though it happens to be up."""
    fallen = ComponentChanged(
        component="db", state=State.DEGRADED, code="not_ready", detail="Down."
    )
    error = late(_lines(db=State.HEALTHY), fallen)
    assert (error.code, error.facts["component"]) == ("not_ready", "db")
    assert blamed(_lines(db=State.HEALTHY)) is None
