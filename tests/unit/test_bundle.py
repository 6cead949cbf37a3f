"""A bundle is packed where something is broken, and never takes an older one with it."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from pathlib import Path

import pytest

from provisioner.bundle import write_bundle
from provisioner.clock import Clock
from provisioner.home import Home, SovereignFolder
from provisioner.journal import Journal
from provisioner.redaction import Redactor
from screens.scripted import run_started
from tests.screens import story


@pytest.fixture
def folder(tmp_path: Path) -> SovereignFolder:
    """Return the folder of a Sovereign that was planned, with one log."""
    made = Home(tmp_path / "home").create().sovereign(story.FQDN).create()
    journal = Journal(made.journal, made.fqdn, Clock())
    journal.append([run_started("plan"), *story.planned()])
    journal.close()
    (made.logs / "0001-plan.log").write_text("what was said")
    return made


def _content(target: Path) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(target.read_bytes())) as archive:
        return {
            each.name.partition("/")[2]: (archive.extractfile(each) or io.BytesIO()).read().decode()
            for each in archive.getmembers()
        }


def test_without_a_journal_the_rest_is_packed_and_the_lack_is_said(
    folder: SovereignFolder, tmp_path: Path
) -> None:
    """The logs are what is left to tell."""
    folder.journal.unlink()
    target = tmp_path / "bundle.tar.gz"
    packed = write_bundle(folder, target, Redactor(()), {"tools": []})
    parts = _content(target)
    assert list(parts) == packed.files == ["cause.md", "doctor.json", "logs/0001-plan.log"]
    assert [each.partition(":")[0] for each in packed.missing] == ["journal.jsonl behind event 0"]
    assert packed.missing[0] in parts["cause.md"]


def test_of_a_damaged_journal_what_can_be_read_is_packed(
    folder: SovereignFolder, tmp_path: Path
) -> None:
    """An event that nobody can decode ends what is told, and does not end the bundle."""
    with sqlite3.connect(folder.journal) as journal:
        journal.execute("UPDATE events SET body = 'no event' WHERE seq = 3")
    journal.close()
    target = tmp_path / "bundle.tar.gz"
    packed = write_bundle(folder, target, Redactor(()), {"tools": []})
    parts = _content(target)
    assert len(parts["journal.jsonl"].splitlines()) == 2
    assert "Run 1 (`plan`" in parts["cause.md"]
    assert packed.missing[0].startswith("journal.jsonl behind event 2: ")


def test_an_older_bundle_stays_when_a_newer_one_fails(
    folder: SovereignFolder, tmp_path: Path
) -> None:
    """What doctor said cannot be written down: nothing else is left behind either."""
    target = tmp_path / "bundle.tar.gz"
    target.write_bytes(b"the older one")
    with pytest.raises(TypeError):
        write_bundle(folder, target, Redactor(()), object())
    assert target.read_bytes() == b"the older one"
    assert {each.name for each in tmp_path.iterdir()} == {"home", target.name}
