"""What machines are known by outlives a state that was never written, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from provisioner.errors import TofuError
from provisioner.home import SovereignFolder
from provisioner.phases.opentofu import secret_variables
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.tofu.nodekeys import kept_variables
from provisioner.world import World
from tests.unit.answers.examples import answers

PASSPHRASE = SecretStr("a passphrase that nobody else knows")


def test_what_was_given_once_is_given_again(tmp_path: Path) -> None:
    """A node that is wanted later gets a key of its own; the others keep theirs."""
    path = tmp_path / "kept"
    first = kept_variables(path, PASSPHRASE, ["cp1"])
    assert kept_variables(path, PASSPHRASE, ["cp1"]) == first
    more = kept_variables(path, PASSPHRASE, ["cp1", "w1"])
    assert more["first_contact"]["cp1"] == first["first_contact"]["cp1"]
    assert more["first_contact"]["w1"] != first["first_contact"]["cp1"]
    assert more["join_token"] == first["join_token"]


def test_a_node_that_comes_back_has_another_key(tmp_path: Path) -> None:
    """The old one stood in the user data of a server that is gone."""
    path = tmp_path / "kept"
    old = kept_variables(path, PASSPHRASE, ["cp1", "w1"])
    kept_variables(path, PASSPHRASE, ["cp1"])
    new = kept_variables(path, PASSPHRASE, ["cp1", "w1"])
    assert new["first_contact"]["w1"] != old["first_contact"]["w1"]
    assert new["agent_token"] == old["agent_token"]


def test_it_is_private_and_sealed(tmp_path: Path) -> None:
    """Only the state's passphrase opens it, and another one destroys nothing."""
    path = tmp_path / "kept"
    kept = kept_variables(path, PASSPHRASE, ["cp1"])
    content = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept["join_token"].encode() not in content
    assert b"PRIVATE KEY" not in content
    with pytest.raises(TofuError) as refused:
        kept_variables(path, SecretStr("another one"), ["cp1"])
    assert refused.value.code == "tofu_wrong_passphrase"
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff", b"[1]"])
def test_a_damaged_one_is_made_anew(tmp_path: Path, content: bytes) -> None:
    """The state holds the same, unless it was lost too."""
    path = tmp_path / "kept"
    path.write_bytes(content)
    kept = kept_variables(path, PASSPHRASE, ["cp1"])
    assert kept_variables(path, PASSPHRASE, ["cp1"]) == kept


async def test_a_run_opens_it_once(tmp_path: Path) -> None:
    """Settling, and the plan after it, are given the same, without the seal being opened anew."""
    run = Run(
        spec=SovereignSpec.model_validate(answers()),
        folder=SovereignFolder(tmp_path / "oman.omani.works").create(),
        world=World(),
        emit=lambda _: None,
        secrets={"state_passphrase": PASSPHRASE},
    )
    kept = await secret_variables(run)
    run.folder.first_contact.unlink()
    assert await secret_variables(replace(run, number=1)) == kept
    assert not run.folder.first_contact.exists()
    assert kept["join_token"] not in repr(run)
