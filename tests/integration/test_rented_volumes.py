"""Three control planes rehearsed: their volumes are rented, labelled, priced, and given back."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import pytest

from catalyst_tui.exits import Exit
from provisioner.credentials import rehearsal_token
from provisioner.home import Home
from provisioner.rehearsal.record import WorldFolder
from tests.integration.program import told

pytestmark = pytest.mark.timeout(900)

FQDN = "oman.omani.works"
SPEED = "120"


async def rented(home: Path, kind: str) -> list[dict[str, Any]]:
    """Return what the rehearsed project holds of a kind."""
    token = (await rehearsal_token(Home(home).rehearsal, {})).get_secret_value()
    port = WorldFolder.of(Home(home)).load().api_port
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(
            f"http://127.0.0.1:{port}/v1/{kind}", headers={"Authorization": f"Bearer {token}"}
        )
    found: list[dict[str, Any]] = answer.json()[kind]
    return found


async def test_claimed_volumes_are_rented_as_priced_and_asked_about(
    home: Path, tmp_path: Path
) -> None:
    """What Review priced is what the cluster rents; destroy asks first, and then leaves none."""
    answers = tmp_path / "sovereign.yaml"
    example = (files("provisioner.rehearsal") / "example.yaml").read_text()
    answers.write_text(example.replace("count: 1", "count: 3"))
    events, code = told(home, "rehearse", "--headless", "--speed", SPEED, "--answers", str(answers))
    assert code == Exit.DONE, events[-1]
    (plan,) = (each for each in events if each["type"] == "plan_saved")
    priced = sum(each["count"] for each in plan["price"]["lines"] if each["kind"] == "volume")
    volumes = await rented(home, "volumes")
    servers = {each["id"]: each["location"]["name"] for each in await rented(home, "servers")}
    assert len(volumes) == priced
    assert {each["size"] for each in volumes} == {10}
    assert {each["labels"]["catalyst.openova.io/sovereign"] for each in volumes} == {FQDN}
    assert {each["location"]["name"] for each in volumes} == {servers[v["server"]] for v in volumes}

    asked, code = told(home, "destroy", FQDN, "--confirm", FQDN)
    assert (code, asked[-1]["remedy"]["code"]) == (Exit.DECISION, "destroy_volumes")
    assert await rented(home, "volumes") == volumes

    _, code = told(home, "destroy", FQDN, "--confirm", FQDN, "--delete-volumes")
    assert code == Exit.DONE
    assert await rented(home, "volumes") == await rented(home, "servers") == []
