"""Every command takes ``--json``, and README lists every command."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from catalyst_tui.cli import main
from catalyst_tui.commands import kubeconfig
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from catalyst_tui.parser import parser
from provisioner.cluster.kubeconfig import Identity, parse
from provisioner.home import Home
from tests.unit.builders import FQDN

README = Path(__file__).parents[2] / "README.md"
IDENTITY = Identity("authority", "certificate", SecretStr("key"))


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    actions: Any = parser()._subparsers
    return dict(actions._group_actions[0].choices)


def test_readme_lists_every_command() -> None:
    """A command that stands nowhere is found by nobody."""
    text = README.read_text("utf-8")
    missing = [
        name for name in commands() if not re.search(rf"(catalyst |`|also |, ){name}\b", text)
    ]
    assert missing == []


def test_every_command_takes_json_also_before_its_name() -> None:
    """Where it stands makes no difference."""
    for typed in (["--json"], ["--json", "status"], ["status", "--json"]):
        read = parser().parse_args(typed)
        assert (read.command, read.json) == ("status:status", True), typed
    assert not parser().parse_args(["status"]).json
    for name, each in commands().items():
        assert "--json" in each.format_help(), name


@pytest.mark.parametrize("typed", [["--json"], ["schema", "--json"], ["--json", "schema"]])
def test_each_line_is_one_object(
    typed: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A script reads line by line, also from the program that is called without a command."""
    home = Home(tmp_path / "home").create()
    home.sovereign(FQDN).create()
    monkeypatch.setenv("CATALYST_HOME", str(home.path))
    assert main(typed) == Exit.DONE
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 1
    assert {"fqdn", "properties"} & set(told[0])


@pytest.mark.parametrize("how", ["", "write", "merge"])
def test_a_kubeconfig_is_told_as_an_object(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds the kubeconfig, or says into which file it went."""
    chosen = dict.fromkeys(("write", "merge")) | ({how: tmp_path / "file"} if how else {})

    class Visit:
        folder = Home(tmp_path).sovereign(FQDN)

        class cluster:  # noqa: N801
            identity = IDENTITY

    give: Any = kubeconfig._give
    give(argparse.Namespace(**chosen), Printer(as_json=True), Visit, "https://127.0.0.1:1")
    told = json.loads(capsys.readouterr().out)
    assert (told["fqdn"], told["server"]) == (FQDN, "https://127.0.0.1:1")
    text = Path(told["path"]).read_text() if how else told["kubeconfig"]
    assert parse(text) == IDENTITY
