"""A log that is followed through restarts: nothing twice, nothing lost, and an end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from provisioner.cluster import following
from provisioner.cluster.detail import Container
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.ports import LogLine
from provisioner.errors import ClusterError

WHERE = Container(namespace="n", pod="p", name="c")


class Kubelet:
    """Answers one list of lines after another, as one run after another ends."""

    def __init__(self, *answers: list[LogLine] | ClusterError) -> None:
        self._answers = iter(answers)
        self.asked: list[dict[str, Any]] = []

    async def log(self, *_where: str, **wanted: Any) -> AsyncGenerator[LogLine]:
        """Yield the next answer."""
        self.asked.append(wanted)
        answer = next(self._answers)
        if isinstance(answer, ClusterError):
            raise answer
        for line in answer:
            yield line


async def told(*answers: list[LogLine] | ClusterError) -> list[str]:
    kube = cast(KubeClient, Kubelet(*answers))
    return [line.text async for line in following.followed(kube, WHERE, lines=10)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again without waiting."""
    monkeypatch.setattr(following, "LOOK", 0.0)


GONE = ClusterError("cluster_not_found")


async def test_lines_of_the_last_moment_come_once() -> None:
    """What was written in the same second as the last line is told, what was told is not."""
    first = [LogLine("1", "a"), LogLine("2", "b"), LogLine("2", "c")]
    again = [*first[1:], LogLine("2", "d"), LogLine("3", "e")]
    assert await told(first, again, again[3:], GONE) == ["a", "b", "c", "d", "e"]


async def test_a_pause_between_two_runs_is_waited_out() -> None:
    """A container that waits to start has no log for a while; the next run's is told whole."""
    waits = ClusterError("log_refused")
    assert await told([LogLine("1", "a")], waits, [LogLine("2", "a")], GONE) == ["a", "a"]


async def test_any_other_refusal_is_raised() -> None:
    """A log that broke is no end of the pod."""
    with pytest.raises(ClusterError) as raised:
        await told([LogLine("1", "a")], ClusterError("log_broken"))
    assert raised.value.code == "log_broken"


async def test_a_first_refusal_is_raised() -> None:
    """Without any run there is nothing to follow, and the kubelet says why."""
    with pytest.raises(ClusterError):
        await told(ClusterError("log_refused"))
