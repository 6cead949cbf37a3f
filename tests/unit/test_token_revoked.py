"""A token that Hetzner refuses in the middle of a run, when something is rented already."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import cast

import pytest

from provisioner.cancellation import Cancellation
from provisioner.errors import HetznerError
from provisioner.facts import Outcome
from provisioner.remedies import explain
from provisioner.run import Run
from provisioner.runner import road
from provisioner.runner.road import walk
from provisioner.view import View
from tests.unit.builders import FQDN, START


@pytest.mark.parametrize(
    ("rented", "code"), [(START, "token_revoked"), (None, "hetzner_unauthorized")]
)
async def test_an_ending_tells_what_stays_rented(
    rented: datetime | None, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names what goes on; where nothing was rented, the token alone is the matter."""

    async def works(_run: Run, _view: View) -> Outcome:
        raise HetznerError("hetzner_unauthorized")

    monkeypatch.setitem(road._ROADS, "apply", works)
    run = cast(Run, SimpleNamespace(cancellation=Cancellation(), fqdn=FQDN, folder=None))
    ending = await walk(run, "apply", View(fqdn=FQDN, rented_since=rented))
    assert ending.remedy is not None
    assert ending.remedy.code == code


@pytest.mark.parametrize(
    "code", ["hetzner_unauthorized", "hetzner_token_readonly", "hetzner_forbidden"]
)
def test_no_refusal_of_a_token_says_that_all_is_free(code: str) -> None:
    """It may come when servers are rented already."""
    assert "costs nothing" not in explain(code).means
    assert "stays so" in explain(code).means
