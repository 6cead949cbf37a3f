"""A conversation whose other side is a script."""

from __future__ import annotations

from pathlib import Path

from catalyst_tui.plain.conversation import Written, converse
from screens.scripted import ScriptedBackend

Replies = list[tuple[str, str]]
"""How each prompt begins, and what is typed there."""


class ScriptedConsole:
    """Types the next reply where its prompt comes, and ends after the last one."""

    def __init__(self, replies: Replies) -> None:
        self._replies = list(replies)
        self.said: list[str] = []
        self.prompts: list[str] = []

    def say(self, text: str = "") -> None:
        """Remember what is shown."""
        self.said.append(text)

    async def read(self, prompt: str, *, secret: bool = False) -> str:
        """Return the next reply; its prompt must be the expected one."""
        self.prompts.append(prompt)
        if not self._replies:
            raise EOFError
        begins, reply = self._replies.pop(0)
        assert prompt.startswith(begins), f"{begins} was expected: {prompt}, {self.said[-6:]}"
        assert secret == ("not shown" in prompt)
        return reply

    @property
    def all(self) -> str:
        """All that was shown."""
        return "\n".join([*self.said, *self.prompts])


async def talk(
    backend: ScriptedBackend, replies: Replies, wanted: Path | None = None
) -> tuple[Written | None, ScriptedConsole]:
    """Hold a conversation; what was written is None where the script ended before it."""
    console = ScriptedConsole(replies)
    try:
        return await converse(backend, console, wanted), console
    except EOFError:
        return None, console
