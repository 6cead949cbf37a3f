"""A node's first boot, followed from outside, and the host key that it gets of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from provisioner.clock import Clock
from provisioner.cluster.node import Follower
from provisioner.cluster.patience import Bound, Patience
from provisioner.cluster.pins import Pin, Pins, Standing, host_pattern
from provisioner.cluster.rotation import Rotation, known
from provisioner.cluster.ssh import HostKeyRefused, connect
from provisioner.errors import AccessError
from provisioner.events import Event, HostKeyPinned, NodeStageChanged, WaitFinished, WaitStarted
from tests.integration.real_node import RealNode

FAST = Clock(speed=20)
SHORT = Patience(first_boot=Bound(20, 1.5), grace=6, rotation=Bound(60, 5))


def follower(node: RealNode, events: list[Event], patience: Patience = SHORT) -> Follower:
    """Follow ``node`` with a short patience."""
    return Follower(node.node, node.key, FAST, events.append, node.layout, patience)


def rotation(node: RealNode, events: list[Event]) -> Rotation:
    """Rotate the key of ``node``, pinning in its own folder."""
    pins = Pins(node.folder / "known_hosts")
    return Rotation(node.node, node.key, pins, FAST, events.append, node.layout, SHORT)


async def test_the_first_boot_is_followed_from_refused_to_done(node: RealNode) -> None:
    """Each stage is told once, with its last lines, and the wait is shown from its start."""
    await node.stop()
    events: list[Event] = []
    following = asyncio.create_task(follower(node, events).follow())
    await asyncio.sleep(0.1)
    await node.start()
    await asyncio.sleep(0.2)
    for stage, index in (("network", 1), ("k3s", 2)):
        node.stage(stage, index, lines=[f"{stage} goes on"])
        await asyncio.sleep(0.3)
    (node.folder / "stage.json").write_text('{"stage": "fl')
    await asyncio.sleep(0.1)
    node.cut()
    node.stage("flux", 3, "done")
    await following
    assert isinstance(events[0], WaitStarted)
    assert isinstance(events[-1], WaitFinished)
    assert [event for event in events if isinstance(event, NodeStageChanged)] == [
        NodeStageChanged(node="cp-1", stage="network", index=1, of=3, lines=("network goes on",)),
        NodeStageChanged(node="cp-1", stage="k3s", index=2, of=3, lines=("k3s goes on",)),
        NodeStageChanged(node="cp-1", stage="flux", index=3, of=3),
    ]


async def test_a_failed_stage_ends_with_its_last_lines(node: RealNode) -> None:
    """The error names the stage and repeats what the node said last."""
    node.stage("k3s", 2, "failed", lines=["downloading k3s", "no checksum is pinned"])
    with pytest.raises(AccessError) as failed:
        await follower(node, []).follow()
    assert failed.value.code == "node_stage_failed"
    assert failed.value.facts["lines"].endswith("no checksum is pinned")


async def test_a_node_that_never_answers_is_named(node: RealNode) -> None:
    """At the deadline the error says how the node was silent."""
    await node.stop()
    with pytest.raises(AccessError) as silent:
        await follower(node, []).follow()
    assert (silent.value.code, silent.value.facts["reason"]) == ("node_silent", "refused")


async def test_a_boot_that_stands_still_is_named_with_its_stage(node: RealNode) -> None:
    """At the deadline the error says where the boot stood."""
    node.stage("k3s", 2)
    with pytest.raises(AccessError) as late:
        await follower(node, []).follow()
    assert (late.value.code, late.value.facts["stage"]) == ("node_boot_late", "k3s")


async def test_a_wrong_key_is_forgiven_while_the_node_boots(node: RealNode) -> None:
    """Until cloud-init has put the keys in place a mismatch is retried, never logged in to."""
    await node.stop()
    right = (node.host_key).read_bytes()
    node.new_host_key()
    node.stage("flux", 3, "done")
    await node.start()
    following = asyncio.create_task(follower(node, []).follow())
    await asyncio.sleep(0.15)
    assert not following.done()
    await node.stop()
    (node.host_key).write_bytes(right)
    await node.start()
    await following


async def test_a_wrong_key_stops_everything_after_that(node: RealNode) -> None:
    """When the first minutes are over, a changed host key is an error, not a wait."""
    await node.stop()
    node.new_host_key()
    await node.start()
    with pytest.raises(HostKeyRefused) as changed:
        await follower(node, [], replace(SHORT, first_boot=Bound(600, 10))).follow()
    assert changed.value.code == "host_key_changed"


async def test_a_rotated_key_has_no_grace(node: RealNode) -> None:
    """A key that was made on the node does not change by booting: its mismatch stops at once."""
    await rotation(node, []).rotate()
    await node.stop()
    node.new_host_key()
    await node.start()
    pinned = known(node.node, Pins(node.folder / "known_hosts"))
    patient = replace(SHORT, first_boot=Bound(1200, 60), grace=600)
    meeting = replace(follower(node, [], patient), node=pinned, first_contact=False)
    began = FAST.monotonic()
    with pytest.raises(HostKeyRefused):
        await meeting.follow()
    assert FAST.monotonic() - began < patient.grace


async def test_the_node_gets_a_host_key_of_its_own(node: RealNode) -> None:
    """The new key is the only one that opens, is pinned 0600, and is told once."""
    events: list[Event] = []
    pinned = await rotation(node, events).rotate()
    assert pinned.host_key != node.first_contact
    async with await connect(pinned, node.key, user=node.layout.user):
        pass
    with pytest.raises(HostKeyRefused):
        await connect(node.node, node.key, user=node.layout.user)
    assert (node.folder / "known_hosts").stat().st_mode & 0o777 == 0o600
    assert HostKeyPinned(node="cp-1", fingerprint=pinned.fingerprint) in events


async def test_rotating_again_changes_nothing(node: RealNode) -> None:
    """A resumed run uses the pin in the file and asks the node for nothing."""
    first = await rotation(node, []).rotate()
    events: list[Event] = []
    assert await rotation(node, events).rotate() == first
    assert known(node.node, Pins(node.folder / "known_hosts")) == first
    assert events == []


@pytest.mark.parametrize("switched", [True, False])
async def test_a_run_that_died_while_rotating_comes_back(node: RealNode, switched: bool) -> None:
    """Whether or not the node had switched to the pending key, the next run ends with one pin."""
    pins = Pins(node.folder / "known_hosts")
    done = await rotation(node, []).rotate()
    host = host_pattern(done.address, done.port)
    if not switched:
        await node.stop()
        node.new_host_key()
        await node.start()
        node.adopt_first_contact()
    pins.save(Pin(host, done.host_key, done.server, Standing.PENDING))
    again = await rotation(node, []).rotate()
    assert (again == done) is switched
    found = pins.find(done.address, done.port, done.server)
    assert found == Pin(host, again.host_key, done.server, Standing.PINNED)


async def test_a_script_that_fails_is_named(node: RealNode) -> None:
    """A node that makes no key is an error of rotation, and nothing is pinned."""
    node.break_rotation()
    with pytest.raises(AccessError) as failed:
        await rotation(node, []).rotate()
    assert failed.value.code == "host_key_rotation_failed"
    assert not (node.folder / "known_hosts").exists()
