"""How much of a plan may happen at once."""

from __future__ import annotations

import pytest

from provisioner.facts import Change
from provisioner.phases.apply import parallelism
from provisioner.tofu.command import PARALLELISM


@pytest.mark.parametrize(
    ("changed", "action", "at_once"),
    [
        ((), "create", PARALLELISM),
        (("cp1", "cp2", "cp3"), "create", PARALLELISM),
        (("cp1",), "update", PARALLELISM),
        (("web1", "web2", "cpu1"), "replace", PARALLELISM),
        (("cp1", "cp2"), "update", 1),
        (("cp2", "cp3", "web1"), "replace", 1),
    ],
)
def test_control_planes_that_exist_change_one_after_the_other(
    changed: tuple[str, ...], action: str, at_once: int
) -> None:
    """Two of three that are down at once are an API that is down; new ones harm nobody."""
    changes = [
        Change(address=f'hcloud_server.node["{key}"]', kind="server", name=key, action=action)
        for key in changed
    ]
    assert parallelism(changes) == at_once
