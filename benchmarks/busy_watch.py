"""The watching half of the busy board: what a runner does in its bootstrap, and nothing else.

``python -m benchmarks.busy_watch FOLDER`` reads authority, certificate, key and port of an API
server from its input.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
from pydantic import SecretStr

from benchmarks import busy_cluster
from benchmarks.sovereign import FQDN, opening
from provisioner.clock import Clock
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.kubeconfig import Identity
from provisioner.cluster.ports import Answer, Cluster
from provisioner.home import SovereignFolder
from provisioner.journal import Journal
from provisioner.lock import acquire
from provisioner.phases.bootstrap import bootstrap
from provisioner.run import Run
from provisioner.runner.recorder import Recorder
from provisioner.view import View
from provisioner.world import World


class Direct:
    """A cluster without SSH in between: see provisioner.cluster.ports.Cluster."""

    def __init__(self, kube: KubeClient) -> None:
        self.kube = kube

    async def probe(self, *_where: Any, **_how: Any) -> Answer:
        """Answer for components that are not probed here."""
        return Answer(True, "open")


async def main(path: str, given: list[Any]) -> None:
    """Watch until killed; bootstraps that end are begun anew, for the cluster never settles."""
    authority, certificate, key, port = given
    identity = Identity(authority, certificate, SecretStr(key))
    folder, expected = SovereignFolder(Path(path)), busy_cluster.expected()
    await acquire(folder.lock, FQDN, datetime.now(UTC))
    journal = Journal(folder.journal, FQDN, Clock())
    recorder = Recorder(journal, View(fqdn=FQDN), lambda event: event)
    for event in opening(expected):
        recorder.emit(event)
    async with busy_cluster.connected(identity, port) as api, asyncio.TaskGroup() as all_:
        all_.create_task(recorder.run())
        cluster = cast("Cluster", Direct(KubeClient(api)))
        run = Run(spec=cast("Any", None), folder=folder, world=World(), emit=recorder.emit)
        while True:
            await bootstrap(run, cluster, expected)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], msgspec.json.decode(sys.stdin.buffer.read())))
