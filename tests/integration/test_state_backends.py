"""Where the state is kept: the folder, PostgreSQL, S3 or behind HTTP; ciphertext everywhere."""

from __future__ import annotations

import base64
import json
import os
import pwd
import shutil
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from provisioner.errors import TofuError
from provisioner.facts import Outcome
from provisioner.hetzner.client import Hetzner
from provisioner.phases.opentofu import lay_out
from provisioner.run import Consent, Run
from provisioner.settings import load_settings
from provisioner.tofu.command import Tofu
from provisioner.tofu.workspace import STATE
from tests.integration.rented import QUICK, TOKEN, Rented, rented
from tests.integration.state_stores import PASSWORD, Database, Shelf, postgresql, shelf

KEPT = "terraform_data.tokens"
"""The one resource that needs no cloud; it holds the join tokens."""


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=60, scale=0.1) as made:
        yield made


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with postgresql() as running:
        yield running


@pytest.fixture
def store() -> Iterator[Shelf]:
    with shelf() as running:
        yield running


def choose(sovereign: Rented, text: str, secret: str | None = None) -> None:
    """Write the settings of the house, and put the backend's secret where a runner gets it."""
    sovereign.home.settings.write_text(f"{QUICK}{text}")
    sovereign.secrets = dict(sovereign.secrets)
    if secret is not None:
        sovereign.secrets["state_backend"] = SecretStr(secret)


async def laid(sovereign: Rented) -> Tofu:
    """Return OpenTofu, initialised as a plan would, with the settings as they are."""
    run = Run(
        spec=sovereign.spec,
        folder=sovereign.folder,
        world=sovereign.world,
        emit=lambda _: None,
        secrets=sovereign.secrets,
        tools=sovereign.tools,
        settings=load_settings(sovereign.home),
    )
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        return await lay_out(run, hetzner, first=True)


async def keep(tofu: Tofu) -> None:
    """Have a state that is worth keeping."""
    await tofu.run("apply", "apply", "-input=false", "-auto-approve", f"-target={KEPT}")


async def holds(tofu: Tofu) -> list[str]:
    """Return the addresses in the state."""
    shown: Any = await tofu.show()
    return [each["address"] for each in shown["values"]["root_module"]["resources"]]


def is_ciphertext(state: bytes) -> bool:
    """Return whether a state shows nothing but how its key is derived."""
    return {"encrypted_data", "meta"} <= json.loads(state).keys() and b"resources" not in state


async def test_a_sovereign_lives_in_postgresql_even_when_its_folder_is_lost(
    sovereign: Rented, database: Database
) -> None:
    """It is applied, planned again and destroyed from the database, which sees only ciphertext."""
    choose(sovereign, '[state]\nbackend = "pg"\n', database.secret)
    await sovereign.apply_only()
    assert not (sovereign.folder.tofu / STATE).exists()
    table = f'"catalyst_{sovereign.spec.slug}".states'
    assert is_ciphertext(database.query(f"select data from {table}").encode())
    for file in sovereign.home.path.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file
    shutil.rmtree(sovereign.folder.tofu)
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    assert sovereign.view.plan is not None
    assert {each.action for each in sovereign.view.plan.changes} == {"noop"}
    shutil.rmtree(sovereign.folder.tofu)
    assert (await sovereign.run("destroy", Consent(destroy=True))).outcome is Outcome.DESTROYED
    assert sovereign.names() == set()


async def test_a_state_that_its_backend_lost_is_made_anew_from_what_is_rented(
    sovereign: Rented, store: Shelf
) -> None:
    """Nothing here tells that it is gone; the plan does, and nothing is made twice."""
    where = f'[state]\nbackend = "http"\nconfig.address = "{store.address}/{{fqdn}}"\n'
    choose(sovereign, where + 'config.username = "me"\n', PASSWORD)
    await sovereign.apply_only()
    servers = set(sovereign.cloud.state.servers)
    store.kept.clear()
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    assert sovereign.view.plan is not None
    made = {each.kind for each in sovereign.view.plan.changes if each.action == "create"}
    assert made <= {"load_balancer_target"}
    assert set(sovereign.cloud.state.servers) == servers


def lock(store: Shelf, sovereign: Rented, who: str) -> None:
    """Have the backend hold the lock of an OpenTofu that was killed, and not what that rented."""
    store.kept.clear()
    sovereign.interrupt()
    left = {"ID": "11112222-3333-4444-5555-666677778888", "Operation": "OperationTypeApply"}
    left |= {"Who": who, "Version": "1.12.6", "Created": "2026-11-28T09:00:00.5Z", "Path": ""}
    store.locks[f"/{sovereign.spec.fqdn}"] = json.dumps(left).encode()


async def test_a_lock_that_a_killed_opentofu_left_is_cleared_and_that_of_another_named(
    sovereign: Rented, store: Shelf
) -> None:
    """Only a backend elsewhere keeps such a lock, and nobody else would ever give it back."""
    address = f'"{store.address}/{{fqdn}}"'
    where = f'[state]\nbackend = "http"\nconfig.address = {address}\n'
    where += f"config.lock_address = {address}\nconfig.unlock_address = {address}\n"
    choose(sovereign, where)
    await sovereign.apply_only()
    assert not store.locks
    mine = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
    lock(store, sovereign, mine)
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    assert not store.locks
    said = [text for _, source, _, text in sovereign.view.remarks if source == "tofu"]
    assert any(mine in text and "cleared" in text for text in said), said
    lock(store, sovereign, "root@elsewhere")
    refused = await sovereign.run("plan")
    assert refused.remedy is not None
    assert (refused.outcome, refused.remedy.code) == (Outcome.FAILED, "tofu_state_locked")
    assert "root@elsewhere, since 2026-11-28 09:00:00" in refused.remedy.what
    assert "force-unlock 11112222-3333-4444-5555-666677778888" in refused.remedy.action


async def test_a_state_moves_to_the_backend_that_is_chosen_later(
    sovereign: Rented, store: Shelf
) -> None:
    """What the folder held is behind HTTP afterwards, and comes back when nothing is chosen."""
    await keep(await laid(sovereign))
    where = f'[state]\nbackend = "http"\nconfig.address = "{store.address}/{{fqdn}}"\n'
    choose(sovereign, where + 'config.username = "me"\n', PASSWORD)
    assert await holds(await laid(sovereign)) == [KEPT]
    assert is_ciphertext(store.kept[f"/{sovereign.spec.fqdn}"])
    login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    assert store.seen == {f"Basic {login}"}
    choose(sovereign, "")
    assert await holds(await laid(sovereign)) == [KEPT]
    assert is_ciphertext((sovereign.folder.tofu / STATE).read_bytes())


async def test_s3_keeps_a_state_under_the_sovereigns_name(sovereign: Rented, store: Shelf) -> None:
    """A bucket of any maker will do; the secret key is handed over by environment."""
    skipped = [
        "credentials_validation",
        "region_validation",
        "requesting_account_id",
        "metadata_api_check",
        "s3_checksum",
    ]
    config = ['bucket = "bucket"', 'region = "any"', 'access_key = "me"', "use_path_style = true"]
    config += [f"skip_{each} = true" for each in skipped]
    config += [f'endpoints = {{ s3 = "{store.address}" }}']
    where = '[state]\nbackend = "s3"\n[state.config]\n'
    choose(sovereign, where + "\n".join(config), PASSWORD)
    tofu = await laid(sovereign)
    await keep(tofu)
    assert await holds(tofu) == [KEPT]
    name = f"/bucket/catalyst/{sovereign.spec.fqdn}/terraform.tfstate"
    assert is_ciphertext(store.kept[name])


async def test_a_backend_that_is_away_is_said_in_a_sentence(sovereign: Rented) -> None:
    """Nothing is planned, and neither the cloud is blamed nor the secret told."""
    gone = f"postgres://owner:{PASSWORD}@127.0.0.1:9/postgres?sslmode=disable"
    choose(sovereign, '[state]\nbackend = "pg"\n', gone)
    with pytest.raises(TofuError) as refused:
        await laid(sovereign)
    assert refused.value.code == "tofu_backend"
    assert refused.value.facts["backend"] == "pg"
    assert "connection refused" in refused.value.facts["reason"]
    assert PASSWORD not in str(refused.value.facts) + TOKEN


async def test_a_state_is_read_however_its_key_was_derived(
    tmp_path: Path, tools: Mapping[str, Path]
) -> None:
    """What stands in the settings is for what is written from then on."""
    async with rented(tmp_path, tools, speed=200, scale=0.02) as sovereign:
        await sovereign.apply_only()
        assert _hash_of(sovereign) == "sha256"
        sovereign.home.settings.write_text(QUICK.replace("sha256", "sha512"))
        ended = await sovereign.run("destroy", Consent(destroy=True))
        assert ended.outcome is Outcome.DESTROYED
        assert _hash_of(sovereign) == "sha512"


def _hash_of(sovereign: Rented) -> str:
    """Return by what hash the key of the state was derived, as the state itself says."""
    written = json.loads((sovereign.folder.tofu / STATE).read_bytes())
    (meta,) = written["meta"].values()
    return str(json.loads(base64.b64decode(meta))["hash_function"])
