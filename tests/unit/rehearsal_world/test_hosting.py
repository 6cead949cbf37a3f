"""The kit from a repository: a real git reads it, the actor installs it, the board shows both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from provisioner.checks.source import check_source
from provisioner.clock import Clock
from provisioner.cluster.kit import apply_kit
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.cluster.kitsource import kit_of
from provisioner.cluster.storage import rented_volumes
from provisioner.errors import BootstrapFailed
from provisioner.events import Event, SourceChanged
from provisioner.facts import Outcome, Severity
from provisioner.home import Home
from provisioner.phases.bootstrap import bootstrap
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.kinds import HELM_RELEASES, KUSTOMIZATIONS, SECRETS
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.hetzner.serving import serving
from provisioner.rehearsal.hosting import http
from provisioner.rehearsal.hosting.repository import FOLDER, HOST, URL, Host, digest
from provisioner.run import Run
from provisioner.spec import Source, SovereignSpec
from tests.unit.cluster.memory_cluster import MemoryCluster, install_flux
from tests.unit.rehearsal_world.conftest import playing
from tests.unit.rehearsal_world.test_playing import OUTPUTS, LiveWorld, example, outcome_of

SENTINEL = "sentinel-of-the-repository"
SPEED = 200.0


@pytest.fixture
async def host(tmp_path: Path) -> Host:
    """Return a host with the kit in its repository, and one account."""
    made = Host(tmp_path / "git")
    await made.open()
    made.accounts.add(digest("catalyst", SENTINEL))
    return made


@pytest.fixture
async def served(host: Host) -> AsyncIterator[str]:
    """Serve the host on loopback; yields the URL that stands for its name."""

    async def answer(request: Request) -> Response:
        return await http.answer(host, request)

    routes = [Route(f"{http.PREFIX}/{{path:path}}", answer, methods=["GET", "POST"])]
    with serving(Starlette(routes=routes)) as where:
        yield f"{where.endpoint.removesuffix('/v1')}{http.PREFIX}"


@pytest.fixture
async def run(host: Host, served: str, tmp_path: Path) -> Run:
    """Return a run whose kit comes from the served repository."""
    home = Home(tmp_path / "home")
    source = Source(mode="git", url=URL, commit=await host.newest(), path=FOLDER)
    spec = example(home).model_copy(update={"source": source})
    world = LiveWorld(name="rehearsal", live=Clock(), repositories=((HOST, served),))
    secrets = {"git_credentials": SecretStr(f"catalyst:{SENTINEL}")}
    return Run(spec, home.sovereign(spec.fqdn), world, list[Event]().append, secrets)


def other(run: Run, **answers: str) -> Run:
    """Return the run with other answers about its source."""
    source = run.spec.source.model_copy(update=answers)
    return replace(run, spec=run.spec.model_copy(update={"source": source}))


async def codes(run: Run) -> list[str]:
    """Return what preflight finds wrong with the source."""
    found = await check_source(run)
    assert all(each.severity is Severity.BLOCKING and each.remedy for each in found)
    return [f"{each.field}: {each.code}" for each in found]


async def test_the_kit_of_the_commit_is_the_kit_of_this_release(run: Run, host: Host) -> None:
    """The same commit wherever it is made, so that answers can name it; and nothing is wrong."""
    assert await kit_of(run) == packaged_kit()
    assert await codes(run) == []
    before = await host.newest()
    await host.open()
    assert await host.newest() == before


async def test_volumes_of_a_kit_from_a_repository_are_priced_like_those_of_this_release(
    run: Run,
) -> None:
    """What three control planes will rent beside the plan is known before anybody agrees to it."""
    sizing = run.spec.sizing
    three = sizing.control_plane.model_copy(update={"count": 3})
    spec = run.spec.model_copy(
        update={"sizing": sizing.model_copy(update={"control_plane": three})}
    )
    direct = replace(run, spec=spec.model_copy(update={"source": Source()}))
    assert await rented_volumes(replace(run, spec=spec)) == await rented_volumes(direct) != {}


async def test_a_machine_without_git_is_told_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one program that is the operator's own to install; a kit of this release needs none."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert await codes(run) == ["source.url: git_program_missing"]
    direct = run.spec.model_copy(update={"source": Source()})
    assert await codes(replace(run, spec=direct)) == []


async def test_preflight_names_what_the_repository_lacks(run: Run) -> None:
    """Commit, folder, credentials, repository and host: each is another finding."""
    wrong = replace(run, secrets={"git_credentials": SecretStr("catalyst:wrong")})
    dead = replace(run, world=LiveWorld(live=Clock(), repositories=((HOST, "http://127.0.0.1:9"),)))
    assert await codes(other(run, commit="0" * 40)) == ["source.commit: git_commit_missing"]
    assert await codes(other(run, path="clusters/none")) == ["source.path: git_path_missing"]
    assert await codes(other(run, path=".")) == ["source.path: git_kit_wrong"]
    assert await codes(wrong) == ["source.url: git_refused"]
    assert await codes(replace(run, secrets={})) == ["source.url: git_refused"]
    url = f"{HOST}/none.git"
    assert await codes(other(run, url=url)) == ["source.url: git_repository_missing"]
    assert await codes(dead) == ["source.url: git_unreachable"]
    by_ssh = other(run, url="ssh://git@nowhere.example/kit.git")
    assert await codes(by_ssh) == ["source.url: git_host_unknown"]


async def test_a_host_that_redirects_elsewhere_is_given_nothing(run: Run) -> None:
    """Credentials are for the host that the answers name, not for whom it sends one to."""
    seen = list[str]()

    async def stranger(request: Request) -> Response:
        seen.append(request.headers.get("authorization", ""))
        return Response("who are you", 401, {"WWW-Authenticate": "Basic"})

    with serving(Starlette(routes=[Route("/{path:path}", stranger)])) as elsewhere:
        target = elsewhere.endpoint.removesuffix("/v1")

        async def redirect(request: Request) -> Response:
            return RedirectResponse(f"{target}{request.url.path}?{request.url.query}")

        with serving(Starlette(routes=[Route("/{path:path}", redirect)])) as where:
            rewrites = ((HOST, where.endpoint.removesuffix("/v1")),)
            world = LiveWorld(live=Clock(), repositories=rewrites)
            assert await codes(replace(run, world=world)) == ["source.url: git_refused"]
    assert seen
    assert set(seen) == {""}


async def test_no_secret_is_in_an_argument_or_an_environment(run: Run) -> None:
    """The password reaches git through memory that only it inherits."""
    asking, seen = asyncio.create_task(kit_of(run)), 0
    while not asking.done():
        for place in Path("/proc").glob("[0-9]*"):
            try:
                said = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            except OSError:
                continue
            seen += b"http-backend" in said or b"fetch" in said
            assert SENTINEL.encode() not in said
        await asyncio.sleep(0)
    assert seen
    await asking


async def played(run: Run, host: Host, *, secrets: bool = True) -> tuple[Outcome, list[Event]]:
    """Return how a bootstrap from the repository ended, and what it told."""
    told = list[Event]()
    async with playing(Script(scenarios.load("happy"), host=host), SPEED) as (api, company):
        await install_flux(api)
        clock = company.scene.clock
        world = LiveWorld(name="rehearsal", live=clock, repositories=run.world.repositories)
        cluster = MemoryCluster(api)
        outcome = await outcome_of(replace(run, world=world, emit=told.append), cluster)
        kept = api.get(SECRETS, "flux-system", "catalyst")
        assert (kept is not None) is secrets
        return outcome, told


async def test_flux_installs_the_kit_from_the_repository(run: Run, host: Host) -> None:
    """Repository and folder are headings of the board, and everything becomes healthy."""
    outcome, told = await played(run, host)
    assert outcome is Outcome.READY
    headings = {each.kind: each for each in told if isinstance(each, SourceChanged) and each.ready}
    assert {"GitRepository", "Kustomization", "HelmRepository"} <= set(headings)
    assert headings["Kustomization"].name == "catalyst"
    assert SENTINEL not in repr(told)


@pytest.mark.parametrize("prune", [True, False])
async def test_what_a_folder_made_goes_with_it_only_where_it_prunes(
    run: Run, host: Host, prune: bool
) -> None:
    """Deleting the Kustomization takes the releases along; one without prune leaves them."""
    async with playing(Script(scenarios.load("happy"), host=host), SPEED) as (api, company):
        await install_flux(api)
        clock = company.scene.clock
        world = LiveWorld(name="rehearsal", live=clock, repositories=run.world.repositories)
        mine = replace(run, world=world)
        expected = await apply_kit(mine, MemoryCluster(api), OUTPUTS)
        await bootstrap(mine, MemoryCluster(api), expected)
        ours = {"metadata": {"namespace": "flux-system", "name": "catalyst"}}
        await api.patch(KUSTOMIZATIONS, ours, {"spec": {"prune": prune}}, "test")
        await api.delete(KUSTOMIZATIONS, "flux-system", "catalyst")
        async with asyncio.timeout(90):
            while api.get(KUSTOMIZATIONS, "flux-system", "catalyst") is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        there = api.get(HELM_RELEASES, "gitea", "gitea")
        assert (there is None or "deletionTimestamp" in there["metadata"]) is prune


async def test_what_the_cluster_may_not_read_is_what_every_component_waits_for(
    run: Run, host: Host
) -> None:
    """The board names the repository and its own words, not eleven missing releases."""
    refusing = Host(host.folder)  # the same repository, and no account
    async with playing(Script(scenarios.load("happy"), host=refusing), SPEED) as (api, company):
        await install_flux(api)
        clock, told = company.scene.clock, list[Event]()
        world = LiveWorld(name="rehearsal", live=clock, repositories=run.world.repositories)
        mine = replace(run, world=world, emit=told.append)
        cluster = MemoryCluster(api)
        expected = await apply_kit(mine, cluster, OUTPUTS)
        with pytest.raises(BootstrapFailed) as failed:
            await bootstrap(mine, cluster, expected)
    assert failed.value.code == "kit_undelivered"
    assert "authentication required" in failed.value.facts["detail"]
    assert not [each for each in told if isinstance(each, SourceChanged) and each.ready]


def test_the_answers_take_a_repository(tmp_path: Path) -> None:
    """What a rehearsal fills in is what an operator may write."""
    values = example(Home(tmp_path)).model_dump(mode="json", exclude_none=True)
    values["source"] = {"mode": "git", "url": URL, "commit": "0" * 40, "path": FOLDER}
    assert SovereignSpec.model_validate(values).source.path == FOLDER
