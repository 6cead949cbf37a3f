"""The answers by the names that questions have: worker pools by number, the key's file apart."""

from __future__ import annotations

import re
from typing import Any

from provisioner.facts import Finding
from screens.questions import Question, questions
from screens.wizard import Wizard

KEY, KEY_FILE = "access.ssh_key", "access.ssh_key_path"
WORKERS, OPTIONS = "sizing.workers", "options"
"""Stops that are no single question: the worker pools, and whether to see the options."""
NO_FILE = "/"
"""Stands for the file of a key until it is named; the rules refuse it."""
_POOL = re.compile(r"sizing\.workers\[(?P<index>\d+)\]\.(?P<name>\w+)")
_KEEPS = {"workers": "sizing", "advanced": "review"}


class Sheet:
    """One draft, question by question."""

    def __init__(self, wizard: Wizard) -> None:
        self.wizard = wizard
        self._aside: dict[str, Any] = {}
        """Answers that have no use with another one as it is now."""

    @property
    def pools(self) -> list[dict[str, Any]]:
        """The worker pools as they are now."""
        return [dict(each) for each in self.wizard.get("sizing.workers") or ()]

    def get(self, answers: str) -> Any:
        """Return an answer, or None."""
        pool = _POOL.fullmatch(answers)
        if pool is not None:
            return self.pools[int(pool["index"])].get(pool["name"])
        if answers not in (KEY, KEY_FILE):
            return self.wizard.get(answers)
        key = self.wizard.get(KEY)
        named = key not in (None, "generated", "agent")
        if answers == KEY:
            return "file" if named else key
        return key if named and key != NO_FILE else None

    async def put(self, answers: str, value: Any) -> None:
        """Answer a question and judge all answers anew; None takes an answer back."""
        pool = _POOL.fullmatch(answers)
        if pool is not None:
            self._put_pool(int(pool["index"]), pool["name"], value)
        elif answers == KEY_FILE:
            self.wizard.put(KEY, value or NO_FILE)
        elif answers == KEY:
            self.wizard.put(KEY, (self.get(KEY_FILE) or NO_FILE) if value == "file" else value)
        else:
            self.wizard.put(answers, value)
            self._fit()
        await self.wizard.check()

    def _put_pool(self, index: int, name: str, value: Any) -> None:
        pools = self.pools
        pools[index].pop(name, None)
        if value is not None:
            pools[index][name] = value
        self.wizard.put("sizing.workers", pools)

    def _fit(self) -> None:
        """Put aside what has no use now, and take back what has one again."""
        for each in questions():
            if not each.when or each.answers == KEY_FILE:
                continue
            answer = self.wizard.get(each.answers)
            if answer is not None and not self.applies(each):
                self._aside[each.answers] = answer
                self.wizard.put(each.answers, None)
            elif answer is None and each.answers in self._aside and self.applies(each):
                self.wizard.put(each.answers, self._aside.pop(each.answers))

    def applies(self, question: Question) -> bool:
        """Return whether a question has a use with the answers as they are now."""
        return all(
            (self.get(name) or _usual(name)) == wanted for name, wanted in question.when.items()
        )

    def problem(self, answers: str) -> Finding | None:
        """Return what is wrong with an answer."""
        if answers == KEY and self.get(KEY) == "file":
            return None
        return self.wizard.problem(KEY if answers == KEY_FILE else answers)

    async def keep(self, step: str) -> None:
        """Save the draft, at a step."""
        await self.wizard.keep(screen_of(step))


def screen_of(step: str) -> str:
    """Return the step of the full screen on which the questions of a step belong."""
    return _KEEPS.get(step, step)


def _usual(answers: str) -> str:
    return next(each.usual for each in questions() if each.answers == answers)
