"""The reflector misses no state and tells none twice, whatever breaks."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.cluster.ports import Snapshot
from provisioner.cluster.reflector import reflect
from tests.unit.cluster_access.fake_api import MAPS, FakeApi, Model

NAMES = st.sampled_from("abcde")
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("compact"), st.just("")),
    st.tuples(st.just("break"), st.sampled_from(["refuse", "500", "410", "404"])),
    st.tuples(st.just("break"), st.integers(0, 400).map(lambda size: f"cut {size}")),
    st.tuples(st.just("rest"), st.just("")),
)


async def followed(fake: FakeApi, model: Model) -> None:
    """Fold what the reflector tells, for ever."""
    async with aclosing(reflect(fake.api(), MAPS)) as sights:
        async for sight in sights:
            model.take(sight)


async def agreed(fake: FakeApi, model: Model) -> None:
    """Return when the viewer knows what is; fails if it never does."""
    async with asyncio.timeout(90):
        while model.snapshots == 0 or model.objects != fake.objects:  # noqa: ASYNC110  a test
            await asyncio.sleep(0)


async def played(fake: FakeApi, model: Model, steps: list[tuple[str, str]]) -> None:
    """Let the API live through ``steps`` while it is followed, and wait for the last change."""
    following = asyncio.create_task(followed(fake, model))
    acts = {"write": fake.write, "remove": fake.remove, "break": fake.faults.append}
    for step, argument in steps:
        if step in acts:
            acts[step](argument)
        elif step == "rest":
            await agreed(fake, model)
        else:
            {"compact": fake.compact, "restore": fake.restore}[step]()
    fake.write("last")
    await agreed(fake, model)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=40))
def test_what_is_told_ends_as_what_is(steps: list[tuple[str, str]]) -> None:
    """After any faults the viewer knows exactly what is; no change was told twice or backwards."""
    model = Model()
    asyncio.run(_with_fake(model, steps))
    versions = [int(version) for _, version, _ in model.changes]
    assert versions == sorted(set(versions))


async def _with_fake(model: Model, steps: list[tuple[str, str]]) -> None:
    await played(FakeApi(), model, steps)


async def test_a_cut_watch_goes_on_where_it_was() -> None:
    """A watch that breaks in the middle of a line is taken up: each change once, nothing lost."""
    fake, model = FakeApi(), Model()
    fake.faults.extend(["", "cut 150", "cut 250", "cut 200"])
    rounds = [("write", "a"), ("rest", ""), *[("write", "b")] * 6]
    await played(fake, model, rounds)
    assert fake.requests == ["list", "watch cut 150", "watch cut 250", "watch cut 200", "watch"]
    assert (model.snapshots, model.lost) == (1, [])
    assert [version for _, version, _ in model.changes] == [str(n) for n in range(12, 19)]


async def test_an_expired_version_is_a_silent_new_list() -> None:
    """After 410 the newest list is read, and nobody is told of a loss."""
    fake, model = FakeApi(), Model()
    fake.faults.extend(["", "410"])
    await played(fake, model, [("write", "a"), ("rest", "")])
    assert (model.snapshots, model.lost) == (2, [])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("404", "this kind is not served yet"),
        ("403", "no right to read this kind"),
        ("500", "the API answers 500"),
        ("refuse", "no connection to the API"),
        ("hang", "the API does not answer"),
    ],
)
async def test_a_loss_is_told_once_and_ends_with_a_list(fault: str, reason: str) -> None:
    """A kind that does not answer is lost for one reason, told once, and then listed."""
    fake, model = FakeApi(), Model()
    fake.faults.extend([fault] * 5)
    await played(fake, model, [("write", "a")])
    assert (model.lost, model.snapshots) == ([reason], 1)
    assert fake.way.doubts == (5 if fault in {"refuse", "hang"} else 0)


async def test_a_loss_in_the_middle_ends_with_a_list() -> None:
    """A watch that cannot be taken up at once is Lost, and a new list says that it is over."""
    fake, model = FakeApi(), Model()
    fake.faults.extend(["", "cut 0", "refuse"])
    await played(fake, model, [("write", "a"), ("rest", ""), ("write", "b")])
    assert (model.lost, model.snapshots) == (["no connection to the API"], 2)


async def test_a_restored_store_is_believed() -> None:
    """An API that has gone back in time is not asked for the future for ever."""
    fake, model = FakeApi(), Model()
    before = [("write", name) for name in "abcd"]
    await played(fake, model, [*before, ("rest", ""), ("restore", ""), ("write", "e")])
    assert (model.objects, model.lost) == ({"e": "2", "last": "3"}, ["the API answers 504"])


async def test_a_list_comes_in_pages() -> None:
    """Many objects are one snapshot, read page by page, each saying its kind."""
    fake = FakeApi(page=2)
    for name in "abcde":
        fake.write(name)
    async with aclosing(reflect(fake.api(), MAPS)) as sights:
        snapshot = await anext(sights)
    assert isinstance(snapshot, Snapshot)
    assert fake.requests == ["list"] * 3
    assert {item["kind"] for item in snapshot.objects} == {"ConfigMap"}
    assert len(snapshot.objects) == 5
