"""A container's log through its restarts: the kubelet ends a followed log with the run it is of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

from provisioner.errors import ClusterError

if TYPE_CHECKING:
    from provisioner.cluster.detail import Container
    from provisioner.cluster.kube import KubeClient
    from provisioner.cluster.ports import LogLine

LOOK = 1.0
"""Real seconds between two looks for the container's next run."""


async def followed(
    kube: KubeClient, container: Container, *, lines: int
) -> AsyncGenerator[LogLine]:
    """Yield the last lines of a container's log and all that comes behind, run after run.

    Ends when the pod is gone. Raises ClusterError, also when there has been no run yet.
    """
    where = (container.namespace, container.pod, container.name)
    shown = _Shown()
    async for line in kube.log(*where, lines=lines, follow=True):
        shown.add(line)
        yield line
    while True:
        await asyncio.sleep(LOOK)
        again = shown.repeated()
        try:
            async for line in kube.log(*where, since=shown.last, follow=True):
                if next(again, None) == line:
                    continue
                shown.add(line)
                yield line
        except ClusterError as error:
            if error.code == "cluster_not_found":
                return
            if error.code != "log_refused":
                raise


class _Shown:
    """The lines of the last moment: whoever asks for what came since gets them again, in order."""

    def __init__(self) -> None:
        self.last = ""
        self._lines: list[LogLine] = []

    def add(self, line: LogLine) -> None:
        self._lines = [*self._lines, line] if line.at == self.last else [line]
        self.last = line.at

    def repeated(self) -> Iterator[LogLine]:
        return iter(tuple(self._lines))
