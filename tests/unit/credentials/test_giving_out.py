"""Secrets that were made here can be had, and reach a terminal or a private file only."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from catalyst_tui.cli import main
from catalyst_tui.exits import Exit
from provisioner.credentials.seal import Password
from provisioner.credentials.vault import Vault
from provisioner.home import Home

FQDN = "oman.omani.works"
PASSPHRASE = "SENTINEL-of-the-state"
KEY = "-----BEGIN-----\nSENTINEL-of-the-key\n-----END-----\n"
SHOW = ("secrets", FQDN, "--show")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home whose vault holds both, with the environment that opens it."""
    home = Home(tmp_path / "home").create()
    home.sovereign(FQDN).create()
    for name in ("HCLOUD_TOKEN", "CATALYST_STATE_PASSPHRASE", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CATALYST_HOME", str(home.path))
    monkeypatch.setenv("CATALYST_VAULT_PASSWORD", "of the vault")
    return home


@pytest.fixture
async def kept(home: Home) -> None:
    """Keep both."""
    vault = Vault(home.vault, Password(SecretStr("of the vault")))
    await vault.put(f"{FQDN}/state_passphrase", SecretStr(PASSPHRASE))
    await vault.put(f"{FQDN}/ssh_private_key", SecretStr(KEY))


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("name", "content"), [("state_passphrase", f"{PASSPHRASE}\n"), ("ssh_private_key", KEY)]
)
def test_a_file_holds_it_for_its_owner_alone(
    name: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output names the file; what stands there already is never replaced."""
    file = tmp_path / "file"
    before = os.umask(0)
    try:
        assert main([*SHOW, name, "--to", str(file)]) == Exit.DONE
    finally:
        os.umask(before)
    assert file.read_text() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr()
    assert str(file) in said.err
    assert "SENTINEL" not in said.out + said.err
    file.write_text("mine")
    assert main([*SHOW, name, "--to", str(file)]) == Exit.REFUSED
    assert file.read_text() == "mine"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_pipe_is_told_nothing(form: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever reads a command's output may keep it."""
    assert main([*SHOW, "state_passphrase", *form]) == Exit.REFUSED
    said = capsys.readouterr()
    assert "SENTINEL" not in said.out + said.err
    assert "--to FILE" in said.out + said.err


@pytest.mark.usefixtures("kept")
def test_a_terminal_shows_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone on its line, so that it can be copied."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main([*SHOW, "state_passphrase"]) == Exit.DONE
    assert capsys.readouterr().out == f"{PASSPHRASE}\n"


@pytest.mark.usefixtures("kept")
def test_without_a_name_only_the_places_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Each secret has one line, with no value in it."""
    assert main(["secrets", FQDN, "--json"]) == Exit.DONE
    said = capsys.readouterr().out
    rungs = {each["name"]: each["rung"] for each in map(json.loads, said.splitlines())}
    assert rungs["state_passphrase"] == rungs["ssh_private_key"] == "vault"
    assert rungs["hcloud_token"] is None
    assert "SENTINEL" not in said


def test_a_secret_that_was_never_made_is_said_to_be_missing(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No empty file is left that looks like a key."""
    assert home.sovereign(FQDN).exists()
    assert main([*SHOW, "ssh_private_key", "--to", str(tmp_path / "key")]) == Exit.REFUSED
    assert not (tmp_path / "key").exists()
    assert "SSH key is not known" in capsys.readouterr().err
