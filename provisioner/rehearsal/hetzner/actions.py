"""The action engine: things that take time, hold locks, and have an effect when they end.

Nothing here waits. What is due is done when somebody asks (settle), at the moment it was due, so
that a cloud that slept, or was restarted, ends in the same state.
"""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Any

from provisioner.rehearsal.hetzner.model import Action, ActionError, Fault, Ref
from provisioner.rehearsal.hetzner.refusal import busy

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


KEPT = 1000
"""Ended actions that can still be looked up, at least."""


class Actions:
    """The actions of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._due: list[tuple[float, int]] = []
        self._locks: Counter[Ref] = Counter()
        self.running: dict[int, Action] = {}
        self.doom: Fault | None = None
        """A fault that the next action takes with it."""
        for action in cloud.state.actions.values():
            if action.status == "running":
                self._watch(action)

    def begin(
        self,
        command: str,
        *resources: Ref,
        latency: str | None = None,
        locks: tuple[Ref, ...] | None = None,
        after: Action | None = None,
        effect: str | None = None,
        hidden: bool = False,
        data: dict[str, Any] | None = None,
    ) -> Action:
        """Start an action on resources; it locks the first one unless ``locks`` says otherwise.

        ``latency`` names the entry of the latency list where it is not the command itself. A hidden
        action is nobody's to see: something that happens inside a machine.
        """
        now = self._cloud.now()
        seconds = self._cloud.latency(latency or command)
        begins = now if after is None or after.finished is not None else after.ends
        action = Action(
            id=self._cloud.new_id(),
            command=command,
            resources=list(resources),
            started=now,
            ends=None if begins is None else begins + seconds,
            locks=list(resources[:1] if locks is None else locks),
            after=after.id if after else None,
            effect=effect,
            hidden=hidden,
            data=data or {},
        )
        self._take_doom(action)
        self._cloud.state.actions[action.id] = action
        self._watch(action)
        self._finish_at_once(action, now)
        return action

    def _finish_at_once(self, action: Action, now: float) -> None:
        """End an action that takes no time, unless it waits for another one."""
        if action.ends is not None and action.ends <= now and action.after not in self.running:
            self._finish(action)

    def require_free(self, *resources: Ref) -> None:
        """Refuse a change of resources on which an action runs."""
        for ref in resources:
            if self._locks[ref]:
                raise busy(ref.type, ref.id)

    def locked(self, ref: Ref) -> bool:
        """Return whether an action holds the resource."""
        return self._locks[ref] > 0

    @property
    def locks(self) -> int:
        """How many resources are locked now."""
        return len(self._locks)

    def next_due(self) -> float | None:
        """Return when the next action ends."""
        while self._due and self._stale(self._due[0]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def finish_next(self) -> None:
        """End the action that is due next."""
        _, key = heapq.heappop(self._due)
        self._finish(self._cloud.state.actions[key])

    def abandon(self, ref: Ref) -> None:
        """End in error whatever runs on a resource that is suddenly gone."""
        for action in list(self.running.values()):
            if action.id in self.running and ref in action.resources:
                action.error = ActionError("action_failed", f"{ref.type} {ref.id} is gone")
                self._finish(action)

    def _stale(self, entry: tuple[float, int]) -> bool:
        return entry[1] not in self.running

    def _watch(self, action: Action) -> None:
        self.running[action.id] = action
        self._locks.update(action.locks)
        if action.ends is not None:
            heapq.heappush(self._due, (action.ends, action.id))

    def _take_doom(self, action: Action) -> None:
        if self.doom is None or action.hidden:
            return
        if self.doom.do == "action_stuck":
            action.ends = None
        else:
            action.error = ActionError(self.doom.code, self.doom.message)
        self.doom = None

    def _finish(self, action: Action) -> None:
        action.status = "error" if action.error else "success"
        action.finished = self._cloud.now()
        del self.running[action.id]
        self._release(action.locks)
        self._cloud.touch()
        if action.error is None:
            self._cloud.apply_effect(action)
        else:
            self._cloud.apply_failure(action)
            self._fail_followers(action)
        if action.hidden:
            self._cloud.state.actions.pop(action.id, None)
        action.data = {}
        self._forget_oldest()

    def _release(self, locks: list[Ref]) -> None:
        for ref in locks:
            self._locks[ref] -= 1
            if not self._locks[ref]:
                del self._locks[ref]

    def _forget_oldest(self) -> None:
        """Drop ended actions of long ago, so that what is saved stays small."""
        known = self._cloud.state.actions
        if len(known) > 2 * KEPT:
            for key in [key for key in known if key not in self.running][:KEPT]:
                del known[key]

    def _fail_followers(self, action: Action) -> None:
        for follower in list(self.running.values()):
            if follower.after == action.id and follower.id in self.running:
                follower.error = action.error
                self._finish(follower)
