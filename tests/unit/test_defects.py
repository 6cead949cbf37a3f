"""A failure that no remedy knows leaves a traceback that can be reported, without a secret."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from catalyst_tui import cli
from catalyst_tui.exits import Exit
from provisioner import redaction
from provisioner.bundle import write_bundle
from provisioner.clock import Clock
from provisioner.defects import MOST, write_down
from provisioner.home import Home
from provisioner.journal import Journal
from provisioner.redaction import Redactor
from tests.unit.builders import FQDN, run_started

KNOWN = "SENTINEL-that-the-process-knows"
GIVEN = "SENTINEL-of-the-environment"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home, and a program whose status has a defect that quotes two secrets."""
    monkeypatch.setenv("CATALYST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CATALYST_VAULT_PASSWORD", GIVEN)

    def broken(_name: str) -> None:
        raise ZeroDivisionError(f"{KNOWN} and {GIVEN}")

    monkeypatch.setattr(cli, "import_module", broken)
    monkeypatch.setattr(redaction, "_GUARDS", [Redactor([SecretStr(KNOWN)])])
    return Home(tmp_path / "home")


def test_a_defect_is_written_down_and_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The error's type is said, the log is private, and both defects stand in it."""
    for _ in range(2):
        assert cli.main(["status"]) == Exit.DEFECT
    said = capsys.readouterr().err
    assert "does not know: ZeroDivisionError." in said
    assert str(home.defects) in said
    written = home.defects.read_text()
    assert written.count("Traceback (most recent call last)") == 2
    assert stat.S_IMODE(home.defects.stat().st_mode) == 0o600
    assert "SENTINEL" not in written + said


def test_a_script_is_told_in_its_own_form(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--json`` the defect is an object like any other failure."""
    assert cli.main(["status", "--json"]) == Exit.DEFECT
    told = json.loads(capsys.readouterr().out)
    assert (told["type"], told["remedy"]["class"]) == ("command_failed", "defect")
    assert home.defects.exists()


def test_a_home_that_cannot_be_written_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The traceback is shown instead."""
    (tmp_path / "file").touch()
    assert write_down(Home(tmp_path / "file"), ValueError("odd")) is None
    assert "ValueError: odd" in capsys.readouterr().err


def test_the_log_does_not_grow_for_ever(home: Home) -> None:
    """A script that fails each minute fills no disk."""
    home.create().defects.write_text("x" * (MOST + 1))
    assert write_down(home, ValueError("odd")) == home.defects
    assert home.defects.stat().st_size < MOST


def test_a_bundle_packs_it(home: Home, tmp_path: Path) -> None:
    """So that one file is all that has to be sent."""
    write_down(home, ValueError("odd"))
    folder = home.sovereign(FQDN).create()
    journal = Journal(folder.journal, FQDN, Clock())
    journal.append([run_started()])
    journal.close()
    names = write_bundle(folder, tmp_path / "b.tar.gz", Redactor([]), {}, home.defects).files
    assert "defects.log" in names
