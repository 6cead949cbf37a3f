"""How long what has ended at Hetzner waits until OpenTofu notices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, create_app, digest
from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.rehearsal.hetzner.http import Seen
from provisioner.rehearsal.hetzner.serving import serving
from tests.integration.module import TOKEN, Module, answers

INTERVAL = 0.25
"""Seconds between two looks, for both of the module's intervals."""
LONG = {"start_server": 8.1, "add_target": 8.1}
"""An action of each provider; looks that grow rarer (7.75 s, then 15.75 s) lose most on it."""
LATE = 5.0
"""What a busy machine may add to a wait: those looks would add 7.65 s."""


class Looks:
    """A cloud with two long actions, and how long what ended there waited to be seen."""

    def __init__(self) -> None:
        latencies = dict.fromkeys(Catalogue.default().latencies, 0.2)
        self.cloud = Cloud(Clock(), settings=Settings(rate_limit=1e6), latencies=latencies | LONG)
        self.waited: dict[int, float] = {}

    def witness(self, seen: Seen) -> None:
        """Note the actions that a look finds ended."""
        if (seen.method, seen.route) != ("GET", "/actions"):
            return
        for action in json.loads(seen.answered)["actions"]:
            ended = self.cloud.state.actions[action["id"]].finished
            if ended is not None:
                self.waited.setdefault(action["id"], self.cloud.now() - ended)


def test_no_finished_action_waits_longer_than_the_interval(
    tools: dict[str, Path], tmp_path: Path
) -> None:
    """Looks come at a constant interval, however long an action takes, whichever provider asks."""
    looks = Looks()
    polls: dict[str, Any] = {
        "poll_interval": f"{INTERVAL}s",
        "server_poll_interval": f"{INTERVAL}s",
    }
    with serving(
        create_app(looks.cloud, {digest(TOKEN): "write"}, witness=looks.witness)
    ) as served:
        Module(tmp_path / "hetzner", tools, served.endpoint).prepare().apply(answers(**polls))
    actions = looks.cloud.state.actions
    assert {actions[key].command for key in looks.waited} >= LONG.keys()
    late = {
        actions[key].command: wait for key, wait in looks.waited.items() if wait > INTERVAL + LATE
    }
    assert not late
