"""Lines that are saved: new, private, where the operator works."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalyst_tui.backend.keeping import keep_lines


def test_lines_are_written_where_the_operator_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new file that nobody else may read."""
    monkeypatch.chdir(tmp_path)
    path = Path(keep_lines("oman.omani.works", ["one", "two"]))
    assert path.parent == tmp_path
    assert path.read_text() == "one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_home_takes_what_the_working_directory_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written here is written there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Path(keep_lines("oman.omani.works", ["one"])).parent == tmp_path
