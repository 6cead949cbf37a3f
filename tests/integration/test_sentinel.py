"""Secrets that are planted are found nowhere: not in files, screens, archives or complaints."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tarfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from catalyst_tui.app import CatalystApp
from catalyst_tui.backend.engine import EngineBackend
from provisioner.facts import Outcome
from provisioner.redaction import MARK
from provisioner.run import Consent
from tests.integration.program import CATALYST
from tests.integration.pseudo_terminal import PseudoTerminal
from tests.integration.rented import PASSPHRASE, TOKEN, Rented, rented

CARELESS = f"Error: request with token {TOKEN} failed, passphrase {PASSPHRASE}"
"""What a program of others might write into its log."""


@pytest.fixture
async def sovereign(
    tmp_path: Path, tools: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rented]:
    """Return a Sovereign whose run failed, started by somebody who debugs OpenTofu."""
    monkeypatch.setenv("TF_LOG", "trace")
    monkeypatch.setenv("TF_LOG_PATH", str(tmp_path / "trace.log"))
    async with rented(tmp_path, tools, speed=60, scale=0.1) as made:
        made.cloud.state.settings.quota["server"] = 0
        ended = await made.run("apply", Consent(any_price=True))
        assert ended.outcome is Outcome.NEEDS_DECISION
        _speak(made)
        yield made


@pytest.fixture
def environment(sovereign: Rented, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of a viewer who has the secrets."""
    given = {
        "CATALYST_HOME": str(sovereign.home.path),
        "HCLOUD_TOKEN": TOKEN,
        "CATALYST_STATE_PASSPHRASE": PASSPHRASE,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **given}


async def test_neither_screens_nor_files_nor_archives_hold_a_secret(
    sovereign: Rented, environment: dict[str, str], tmp_path: Path
) -> None:
    """What is drawn, written to a terminal, traced, packed or complained of is masked."""
    assert not (tmp_path / "trace.log").exists(), "OpenTofu was told to trace"
    written = dict(_written(sovereign))
    written["svg"] = await _drawn(sovereign)
    written["terminal"] = await asyncio.to_thread(_shown, sovereign, environment)
    written |= _packed(environment, tmp_path)
    assert MARK.encode() in written["svg"]
    assert MARK.encode() in written["terminal"]
    assert MARK.encode() in written["logs/0001-careless.log"]
    private = sovereign.secrets["ssh_private_key"].get_secret_value().splitlines()[3]
    for name, content in written.items():
        for secret in (TOKEN, PASSPHRASE, private):
            assert secret.encode() not in content, name


def _written(sovereign: Rented) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the home but what was planted."""
    for path in sovereign.home.path.rglob("*"):
        if path.is_file() and "careless" not in path.name:
            yield str(path), path.read_bytes()


async def _drawn(sovereign: Rented) -> bytes:
    """Return the picture of the run's screen, as the application exports it."""
    app = CatalystApp(EngineBackend(sovereign.home), begin=None, plain_glyphs=False)
    async with app.run_test(size=(120, 40)) as pilot:
        app.watch_sovereign(sovereign.folder.fqdn)
        async with asyncio.timeout(90):
            drawn = ""
            while "Spent so far" not in drawn:
                # Whichever screen the run's end opens, the key leads to its log.
                await pilot.press("l")
                await pilot.pause(0.2)
                drawn = _picture(app)
            while MARK not in drawn:
                # Again and again: it is seen where the log goes on, once that is read.
                _speak(sovereign)
                await pilot.pause(0.2)
                drawn = _picture(app)
        return drawn.encode()


def _picture(app: CatalystApp) -> str:
    return app.export_screenshot().replace("&#160;", " ")


def _shown(sovereign: Rented, environment: Mapping[str, str]) -> bytes:
    """Return every byte that the program writes to its terminal, and every picture it gives."""
    terminal = PseudoTerminal(CATALYST, environment)
    try:
        # The list is there once the remedy of its first line is.
        terminal.until("limit at Hetzner")
        terminal.press("\r")
        terminal.until("What would do instead")
        terminal.press("l")
        terminal.until("Spent so far")
        terminal.until(MARK, meanwhile=lambda: _speak(sovereign))
    finally:
        terminal.close()
    return terminal.written + "\n".join(terminal.pictures).encode()


def _speak(sovereign: Rented) -> None:
    """Have a careless program write to its log."""
    with (sovereign.folder.logs / "0001-careless.log").open("a") as log:
        log.write(f"{CARELESS}\n")


def _packed(environment: Mapping[str, str], folder: Path) -> dict[str, bytes]:
    """Return what is in a bundle, and what the commands said."""
    target = folder / "bundle.tar.gz"
    said = b""
    for command in (("bundle", "--output", str(target)), ("status",), ("attach", "--json")):
        done = subprocess.run(
            [*CATALYST, *command], env=dict(environment), capture_output=True, check=False
        )
        said += done.stdout + done.stderr
    parts = {"said": said}
    with tarfile.open(target) as archive:
        for each in archive.getmembers():
            file = archive.extractfile(each)
            assert file is not None
            parts[each.name.partition("/")[2]] = file.read()
    return parts
