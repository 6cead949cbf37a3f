"""A live world's clock changes its speed without a jump, and wakes who sleeps on it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from provisioner.clock import Clock
from provisioner.rehearsal.clock import WorldClock

SLACK = timedelta(seconds=1)


@given(st.lists(st.floats(min_value=0.5, max_value=100), min_size=1, max_size=6))
def test_no_change_of_speed_makes_the_clock_jump(speeds: list[float]) -> None:
    """The moments before and after a change are one, however many changes there are."""
    clock = WorldClock(1.0, time.time())
    for speed in speeds:
        fastest, began = max(clock.speed, speed), time.monotonic()
        before, since = clock.now(), clock.monotonic()
        clock.change(speed)
        after, passed = clock.now(), clock.monotonic() - since
        # However long the machine took for these lines, the clock cannot have run for longer.
        most = (time.monotonic() - began) * fastest + 0.01
        assert before <= after + timedelta(milliseconds=1)
        assert after - before <= timedelta(seconds=most)
        assert 0 <= passed <= most


def test_another_process_shares_the_time_after_a_change() -> None:
    """Speed, origin and offset make the same clock elsewhere."""
    clock = WorldClock(60.0, time.time() - 100)
    clock.change(5.0)
    other = Clock(clock.speed, clock.origin, clock.offset)
    assert abs(other.now() - clock.now()) < SLACK


async def test_a_sleeper_goes_on_at_the_new_speed() -> None:
    """Ten minutes that were begun at the machine's pace end at once at 60,000 times that."""
    clock = WorldClock(1.0, time.time())
    sleeper = asyncio.ensure_future(clock.sleep(600))
    await asyncio.sleep(0)
    clock.change(60_000)
    await asyncio.wait_for(sleeper, 2)


async def test_waiting_ends_with_the_event_or_with_the_time() -> None:
    """The answer says which of both came first."""
    clock, event = WorldClock(1000.0, time.time()), asyncio.Event()
    assert not await clock.wait(event, 10)
    event.set()
    assert await clock.wait(event, 10_000)
