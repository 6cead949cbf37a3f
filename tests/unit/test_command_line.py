"""What is typed on the command line: judged before anything is done, each with its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalyst_tui import cli
from catalyst_tui.cli import main
from catalyst_tui.exits import Exit
from catalyst_tui.parser import parser
from provisioner.errors import ClusterError
from provisioner.home import Home, cache_directory

FQDN = "oman.omani.works"


@pytest.mark.parametrize("limit", ["abc", "NaN", "sNaN", "Infinity", "-1", ""])
def test_a_price_that_is_none_is_a_usage_error(
    limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It neither ends in a traceback nor begins a run."""
    with pytest.raises(SystemExit) as ended:
        main(["apply", "--yes", f"--max-monthly={limit}"])
    assert ended.value.code == Exit.USAGE
    assert "a price, like 49.90" in capsys.readouterr().err


def test_a_price_is_read_to_the_cent() -> None:
    """No binary fraction stands between what was typed and what is compared."""
    read = parser().parse_args(["apply", "--yes", "--max-monthly", "49.90"])
    assert str(read.max_monthly) == "49.90"


@pytest.mark.parametrize(
    "typed",
    [
        ("kubeconfig", "--port=99999"),
        ("kubeconfig", "--port=-1"),
        ("kubeconfig", "--port=²"),
        ("sandbox", "hetzner", "--port=65536"),
        ("sandbox", "hetzner", "--scale=-1"),
        ("attach", "--after=99999999999999999999"),
        ("attach", "--after=9223372036854775808"),
        ("attach", "--after=-1"),
        ("attach", f"--after={'9' * 5000}"),
        ("logs", FQDN, "nats", "--lines=-5"),
        ("logs", FQDN, "nats", "--lines=0"),
        ("rehearse", "--speed=nan"),
    ],
)
def test_a_number_out_of_its_bounds_is_a_usage_error(
    typed: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The bounds are said."""
    with pytest.raises(SystemExit) as ended:
        main(typed)
    assert ended.value.code == Exit.USAGE
    assert "number between" in capsys.readouterr().err


def test_an_unknown_scenario_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those there are, are named; there is not even a home."""
    monkeypatch.setenv("CATALYST_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit) as ended:
        main(["rehearse", "--headless", "--scenario", "no-such"])
    assert ended.value.code == Exit.USAGE
    assert "image-pull" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("named", ["relative", "./relative/deep"])
def test_a_relative_home_means_where_it_was_named(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A runner works in another folder, and must still find the same home and cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATALYST_HOME", named)
    monkeypatch.setenv("CATALYST_CACHE", named)
    assert Home.default().path == cache_directory() == tmp_path / named


def test_what_a_failed_command_advises_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The names that were typed stand in the commands that are advised."""

    def broken(_name: str) -> None:
        raise ClusterError("log_refused", said="not started")

    monkeypatch.setattr(cli, "import_module", broken)
    assert main(["logs", FQDN, "gitea"]) == Exit.INFRASTRUCTURE
    advised = f"`catalyst describe {FQDN} gitea` for why, and try `catalyst logs {FQDN} gitea --pre"
    assert advised in capsys.readouterr().err


@pytest.mark.parametrize("command", [("status",), ("status", FQDN), ("attach",)])
def test_a_home_that_is_no_folder_is_refused(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody may take it for a home in which nothing was begun."""
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("CATALYST_HOME", str(tmp_path / "file"))
    assert main(command) == Exit.INFRASTRUCTURE
    said = capsys.readouterr()
    assert "cannot be used: Not a directory" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("status", "nope.omani.works"), "There is no run of nope.omani.works"),
        (("status", "--watch"), "more than one Sovereign"),
        (("destroy", FQDN, "--confirm", "oman"), "You typed oman"),
        (("forget", FQDN), "was not typed again"),
    ],
)
def test_a_name_that_is_none_is_a_usage_error(
    typed: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Infrastructure did not fail: the command names what is not there, or not clearly."""
    home = Home(tmp_path / "home").create()
    for name in (FQDN, "other.omani.works"):
        home.sovereign(name).create()
    monkeypatch.setenv("CATALYST_HOME", str(home.path))
    assert main(typed) == Exit.USAGE
    assert said in capsys.readouterr().err
