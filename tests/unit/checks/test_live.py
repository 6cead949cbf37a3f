"""All checks together, against the simulated project: each contradiction once, with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from provisioner.checks import machine
from provisioner.checks.downloads import check_downloads, pinned
from provisioner.checks.live import live_findings
from provisioner.events import Event, FindingReported
from provisioner.facts import Finding, Severity
from provisioner.hetzner.inventory import LABEL
from provisioner.home import SovereignFolder
from provisioner.phases.preflight import preflight
from provisioner.rehearsal.hetzner import Cloud
from provisioner.run import Run
from provisioner.settings import default_settings
from provisioner.spec import SovereignSpec
from tests.unit.answers.examples import answers
from tests.unit.hetzner.cloud import FAST, READ_ONLY, TOKEN, client, fault, project

FQDN = "oman.omani.works"


async def check(
    values: Mapping[str, Any], cloud: Cloud | None = None, token: str = TOKEN
) -> dict[tuple[str, str], Finding]:
    """Return the findings by field and code."""
    async with client(cloud or project(), token) as hetzner:
        found = await live_findings(values, hetzner, default_settings())
        assert hetzner.requests <= 13
    return {(each.field, each.code): each for each in found}


async def test_sound_answers_have_no_findings() -> None:
    """A solo Sovereign in an empty project passes."""
    assert await check(answers()) == {}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"sizing__location": "xyz1"}, "sizing.location", "hetzner_location_unknown"),
        ({"sizing__control_plane__type": "cx44"}, "sizing.control_plane.type", "type_unknown"),
        ({"sizing__control_plane__type": "cx53"}, "sizing.control_plane.type", "type_no_stock"),
        ({"sizing__control_plane__type": "cx23"}, "sizing", "memory_short"),
        ({"sizing__location": "ash"}, "sizing.control_plane.type", "type_not_here"),
        ({"access__operator_cidrs": ["0.0.0.0/0"]}, "access.operator_cidrs[0]", "cidrs_open"),
        ({"access__operator_cidrs": ["10.0.0.0/8"]}, "access.operator_cidrs[0]", "cidr_private"),
        (
            {"sizing__workers": [{"name": "a", "type": "cx33", "count": 5}]},
            "sizing",
            "new_account_limit",
        ),
        (
            {"sizing__workers": [{"name": "a", "type": "cpx11", "count": 1, "location": "ash"}]},
            "sizing.workers[0].location",
            "zone_mismatch",
        ),
    ],
)
async def test_each_contradiction_is_found_alone(
    changes: dict[str, Any], field: str, code: str
) -> None:
    """One contradiction gives one finding, at its field, in whole sentences."""
    found = await check(answers(**changes))
    (each,) = found.values()
    assert each.field == field
    assert each.code.removeprefix("hetzner_") == code.removeprefix("hetzner_")
    assert "?" not in each.reason + each.remedy


async def test_what_a_repositorys_kit_needs_is_not_claimed_to_be_known() -> None:
    """Too little memory for our kit blocks ours, and is a warning where another is installed."""
    small = {"sizing__control_plane__type": "cx23"}
    (ours,) = (await check(answers(**small))).values()
    (theirs,) = (await check(answers(**small, source={"mode": "git"}))).values()
    assert ours.severity is Severity.BLOCKING
    assert theirs.severity is Severity.WARNING
    assert "your repository's" in theirs.reason


async def test_no_stock_is_answered_with_alternatives() -> None:
    """The remedy names what has stock, with the price difference."""
    cloud = project(stock={"cx43": {"fsn1": "none"}})
    found = await check(answers(), cloud)
    (each,) = found.values()
    assert each.code == "hetzner_type_no_stock"
    assert "cx43 in nbg1 (+0.00 a month, net)" in each.remedy


async def test_everything_is_found_at_once() -> None:
    """Findings of every kind come together."""
    cloud = project(stock={"cx33": {"fsn1": "none"}})
    async with client(cloud) as hetzner:
        for name, labels in (("mine", {LABEL: FQDN}), ("catalyst-oman-omani-works-net", {})):
            body = {"name": name, "ip_range": "10.0.0.0/16", "labels": labels}
            await hetzner.call("POST", "/networks", body=body)
    workers = [{"name": "a", "type": "cx33", "count": 9}]
    found = await check(
        answers(sizing__workers=workers, access__operator_cidrs=["0.0.0.0/0"]), cloud
    )
    assert set(found) == {
        ("access.operator_cidrs[0]", "cidrs_open"),
        ("sizing.workers[0].type", "hetzner_type_no_stock"),
        ("sizing", "hetzner_new_account_limit"),
        ("domain", "hetzner_leftovers"),
        ("domain", "hetzner_name_taken"),
    }
    leftovers = found["domain", "hetzner_leftovers"]
    assert "network mine" in leftovers.reason


@pytest.mark.parametrize(
    ("token", "code"),
    [(READ_ONLY, "hetzner_token_readonly"), ("x" * 64, "hetzner_unauthorized")],
)
async def test_a_token_that_cannot_do_it_is_found_first(token: str, code: str) -> None:
    """With the wrong token nothing else can be asked, and nothing of it is shown."""
    found = await check(answers(), token=token)
    assert set(found) == {("hetzner.token", code)}
    assert token not in repr(found)


async def test_an_api_that_fails_is_a_finding() -> None:
    """An outage blocks with a sentence; it raises nothing."""
    cloud = project(faults=[fault(path="/networks", times=0, code="maintenance", status=503)])
    found = await check(answers(), cloud)
    assert set(found) == {("", "hetzner_maintenance")}
    assert f"`catalyst resume {FQDN}`" in found["", "hetzner_maintenance"].remedy


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"sizing": None},
        {"sizing": {"location": 3, "control_plane": [], "workers": "x"}},
        {"sizing": {"location": "fsn1", "workers": [1, {"type": "cx43", "count": True}]}},
        {"access": {"operator_cidrs": ["x", 1, None]}},
    ],
)
async def test_answers_with_gaps_are_checked_as_far_as_they_go(values: dict[str, Any]) -> None:
    """Wrong shapes are another check's business and make none of these fail."""
    assert await check(values) == {}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run whose every finding but those a test adds is absent."""
    return Run(
        spec=SovereignSpec.model_validate(answers()),
        folder=SovereignFolder(tmp_path / FQDN).create(),
        world=FAST,
        emit=lambda _: None,
        secrets={},
        tools={"tofu": tmp_path, "provider_mirror": tmp_path},
    )


async def test_preflight_reports_what_it_returns(run: Run) -> None:
    """Machine and token are judged without the network, and each finding becomes an event."""
    events: list[Event] = []
    short = {"hcloud_token": SecretStr("a" * 63)}
    world = msgspec.structs.replace(run.world, downloads=False)
    changed = replace(run, world=world, emit=events.append, tools={}, secrets=short)
    found = await preflight(changed)
    assert [each.code for each in found] == [
        *["program_missing"] * 2,
        "token_length",
        "dns_key_missing",
    ]
    assert events == [FindingReported(finding=each) for each in found]
    assert f"then `catalyst dns {FQDN}`" in found[-1].remedy
    assert [each.severity for each in found] == [*[Severity.BLOCKING] * 3, Severity.WARNING]
    real = msgspec.structs.replace(world, downloads=True)
    more = await preflight(replace(changed, world=real))
    assert {*more} - {*found} == {*check_downloads(pinned())}


def test_a_folder_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    """A missing or read-only folder is told apart from a full disk."""
    (missing,) = machine.check_folder(tmp_path / "none", default_settings())
    assert missing.code == "home_not_writable"
    (tmp_path / "file").touch()
    (wrong,) = machine.check_folder(tmp_path / "file", default_settings())
    assert wrong.code == "home_not_writable"
    assert machine.check_folder(tmp_path, default_settings()) == ()
    assert not [each for each in tmp_path.iterdir() if each.name != "file"]
