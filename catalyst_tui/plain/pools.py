"""Worker pools in plain lines: a list that one adds to, changes, and takes from."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from catalyst_tui.plain.asking import BACK, HELP, Asking, Turn
from catalyst_tui.plain.console import Console
from catalyst_tui.plain.sheet import Sheet
from screens.questions import MANY, questions, step_of

ADD = "a"
_REMOVE = re.compile(r"-\s*(\d{1,3})")
PROMPT = "Workers [go on]: "
KEYS = f"{ADD} adds a pool, its number changes it, - and its number removes it, Enter goes on."
NO_SUCH = "There is no such pool. {keys}"


class Pools:
    """The conversation about worker pools."""

    def __init__(self, sheet: Sheet, asking: Asking, console: Console) -> None:
        self._sheet = sheet
        self._asking = asking
        self._console = console

    async def ask(self) -> Turn:
        """Add, change and remove pools until the operator goes on or back."""
        self._show()
        while True:
            text = (await self._console.read(PROMPT)).strip()
            removed = _REMOVE.fullmatch(text)
            if text == BACK:
                return Turn.BACK
            if not text:
                if await self._hold():
                    return Turn.NEXT
                continue
            if text == HELP:
                self._console.say(step_of("workers").help)
            elif text.lower() == ADD:
                await self._change(await self._added())
            elif removed is not None and self._is_one(removed[1]):
                await self._remove(int(removed[1]) - 1)
            elif self._is_one(text):
                await self._change(int(text) - 1)
            else:
                self._console.say(NO_SUCH.format(keys=KEYS))
                continue
            self._show()

    def _show(self) -> None:
        self._console.say()
        pools = self._sheet.pools
        if not pools:
            self._console.say("Worker pools: none. The control plane runs everything.")
        for number, pool in enumerate(pools, 1):
            self._console.say(f"  {number}  {said(pool)}")
        self._console.say(KEYS)

    def _is_one(self, text: str) -> bool:
        return text.isdecimal() and 1 <= int(text[:4]) <= len(self._sheet.pools)

    async def _added(self) -> int:
        """Add a pool like the last one, and return its number from 0."""
        pools = self._sheet.pools
        control = self._sheet.get("sizing.control_plane.type")
        kind = pools[-1].get("type") if pools else control
        await self._put([*pools, {"type": kind} if kind else {}])
        return len(pools)

    async def _change(self, index: int) -> None:
        """Ask everything about one pool; going back before its first question ends it."""
        asked = [
            msgspec.structs.replace(each, answers=each.answers.replace(MANY, _place(index)))
            for each in questions("workers")
        ]
        at = 0
        while 0 <= at < len(asked):
            turn = await self._asking.ask(asked[at])
            at += 1 if turn is Turn.NEXT else -1
        if self._sheet.pools[index].get("name") is None:
            await self._remove(index)

    async def _remove(self, index: int) -> None:
        pools = self._sheet.pools
        del pools[index]
        await self._put(pools)

    async def _put(self, pools: list[dict[str, Any]]) -> None:
        await self._sheet.put("sizing.workers", pools or None)
        await self._sheet.keep("workers")

    async def _hold(self) -> bool:
        wrong = self._sheet.problem("sizing.workers")
        if wrong is not None:
            self._console.say(f"{wrong.field}: {wrong.reason} {wrong.remedy}")
        return wrong is None


def said(pool: dict[str, Any]) -> str:
    """Return one pool in a line."""
    where = f" in {pool['location']}" if pool.get("location") else ""
    ingress = ", takes the load balancer's traffic" if pool.get("ingress") else ""
    servers = f"{pool.get('count', '?')} x {pool.get('type', '?')}"
    return f"{pool.get('name', '?')}: {servers}{where}{ingress}"


def _place(index: int) -> str:
    return MANY.replace("[]", f"[{index}]")
