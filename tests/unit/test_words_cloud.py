"""The log's words for what a resume finds at the cloud."""

from __future__ import annotations

from provisioner import events as e
from screens.words import line_of


def test_a_part_without_a_name_is_told_by_its_id() -> None:
    """A service of a load balancer has none."""
    event = e.ResourceReconciled(kind="load_balancer_service", id="7__80", name="", how="untainted")
    assert line_of(event) == ("cloud", "load balancer service 7__80: untainted")


def test_a_listing_after_an_interruption_speaks_of_no_cancel() -> None:
    """A resume that nobody cancelled makes it too."""
    assert line_of(e.InventoryListed(when="cancel", items=())) == (
        "cloud",
        "what there is now: nothing",
    )
