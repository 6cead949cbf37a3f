"""Faults that only a real connection can show, and a cloud that outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.integration.simulated import TOKEN, Simulated, simulated

HEADERS = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def cloud() -> Iterator[Simulated]:
    """Return a served cloud."""
    with simulated() as served:
        yield served


def plan(cloud: Simulated, do: str) -> None:
    """Let the next look at the servers go wrong."""
    cloud.sim("POST", "/faults", [{"method": "GET", "path": "/servers", "do": do}])


def look(cloud: Simulated) -> httpx2.Response:
    """Ask for the servers."""
    return httpx2.get(f"{cloud.endpoint}/servers", headers=HEADERS, timeout=0.5)


def test_a_connection_is_reset_before_the_answer(cloud: Simulated) -> None:
    """The caller sees no byte of an answer; the next call goes well."""
    plan(cloud, "reset")
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        look(cloud)
    assert look(cloud).status_code == 200


def test_an_answer_never_comes(cloud: Simulated) -> None:
    """The caller waits as long as it wants to; others are answered meanwhile."""
    plan(cloud, "hang")
    with pytest.raises(httpx2.ReadTimeout):
        look(cloud)
    assert look(cloud).status_code == 200


def test_half_an_answer_comes(cloud: Simulated) -> None:
    """The connection ends in the middle of the body."""
    plan(cloud, "half")
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        look(cloud)
    assert look(cloud).status_code == 200


def test_a_killed_cloud_forgets_nothing_that_it_answered(tmp_path: Path) -> None:
    """After kill -9 the next process shows what was promised, and ends what was running."""
    command = ("-m", "catalyst_tui.cli", "sandbox", "hetzner", "--folder", str(tmp_path))
    program = [sys.executable, *command]

    def start() -> tuple[subprocess.Popen[str], str]:
        environment = {**os.environ, "HCLOUD_TOKEN": TOKEN}
        process = subprocess.Popen(program, stdout=subprocess.PIPE, env=environment, text=True)
        assert process.stdout
        said = process.stdout.readline() + process.stdout.readline()
        assert f"export HCLOUD_TOKEN={TOKEN}\n" in said
        return process, said.split()[1].removeprefix("HCLOUD_ENDPOINT=")

    process, endpoint = start()
    order = {"name": "web", "server_type": "cx23", "image": "debian-12"}
    made = httpx2.post(f"{endpoint}/servers", json=order, headers=HEADERS).json()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert TOKEN not in (tmp_path / "cloud.json").read_text()

    process, endpoint = start()
    key = made["server"]["id"]
    shown = httpx2.get(f"{endpoint}/servers/{key}", headers=HEADERS).json()["server"]
    assert (shown["name"], shown["created"]) == ("web", made["server"]["created"])
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 0
