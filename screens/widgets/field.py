"""One question: its name, the place for the answer, a mark, and what there is to say about it.

What is wrong stands under the answer it concerns, with the way out. A placeholder is never a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from screens.drawing.frame import LABEL
from screens.drawing.rows import Row, wrapped
from screens.widgets.lines import Lines
from screens.widgets.roles import STAND_INS

if TYPE_CHECKING:
    from provisioner.facts import Finding
    from screens.ports import Face

MARKS = {"ok": "✓", "bad": "✗", "wait": "…", "warn": "!"}
_ROLE = {"ok": "ok", "bad": "bad", "wait": "quiet", "warn": "warn"}


LONGEST = 2000
"""Characters of one answer; whatever is longer is none."""
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)|[\x00-\x1f\x7f]"
)


class AnswerInput(Input):
    """A one-line input without a border, whose cursor stands still."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f3", "reveal", "Show or hide a secret")]

    DEFAULT_CSS = """
    AnswerInput { background: ansi_default; color: ansi_default; text-style: underline dim; }
    AnswerInput:focus { text-style: underline; background: ansi_default; background-tint: 0%; }
    AnswerInput:ansi > .input--cursor { text-style: reverse; background: ansi_default;
        color: ansi_default; }
    AnswerInput:ansi > .input--selection { text-style: reverse; background: ansi_default;
        color: ansi_default; }
    AnswerInput > .input--placeholder { text-style: dim; }
    """

    def __init__(
        self,
        value: str,
        *,
        example: str,
        secret: bool = False,
        id: str | None = None,  # noqa: A002  (the framework's own word)
    ) -> None:
        super().__init__(
            value,
            placeholder=example,
            password=secret,
            compact=True,
            select_on_focus=False,
            id=id,
        )
        self.cursor_blink = False
        self.max_length = LONGEST
        self._secret = secret

    def render_line(self, y: int) -> Strip:
        """Return one line as it is painted; what hides a secret has a stand-in, too."""
        strip = super().render_line(y)
        face: Face = self.app  # type: ignore[assignment]  # whose screens these are
        if not (self.password and face.plain_glyphs):
            return strip
        return Strip(
            Segment(text.translate(STAND_INS), style, control) for text, style, control in strip
        )

    def action_reveal(self) -> None:
        """Show a secret as it is typed, or hide it again."""
        self.password = not self.password

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Leave the key to the screen where nothing is hidden."""
        return action != "reveal" or self._secret

    def on_blur(self) -> None:
        """Hide a secret that nobody is typing."""
        self.password = self._secret

    def _on_paste(self, event: events.Paste) -> None:
        """Take pasted lines as one line, without what only a terminal understands."""
        event.stop()
        event.prevent_default()
        text = one_line(event.text, joined="" if self._secret else " ")
        start, end = sorted(self.selection)
        room = LONGEST - len(self.value) + end - start
        self.replace(text[:room], start, end)


def one_line(text: str, *, joined: str) -> str:
    """Return pasted text as one line: lines joined, escape sequences and controls taken out."""
    lines = (_ESCAPES.sub("", line).strip() for line in text.splitlines())
    return joined.join(line for line in lines if line)[:LONGEST]


class Field(Vertical):
    """A question with a text for an answer."""

    DEFAULT_CSS = f"""
    Field {{ height: auto; }}
    Field Horizontal {{ height: 1; }}
    Field .label {{ width: {LABEL}; height: 1; }}
    Field .mark {{ width: 3; height: 1; }}
    Field AnswerInput {{ width: 1fr; }}
    Field .note {{ height: auto; }}
    """

    @dataclass
    class Changed(Message):
        """The answer changed."""

        field: Field
        value: str

        @property
        def control(self) -> Field:
            """The question."""
            return self.field

    def __init__(
        self,
        name: str,
        label: str,
        *,
        value: str = "",
        hint: str = "",
        example: str = "",
        secret: bool = False,
        terse: bool = False,
    ) -> None:
        super().__init__(id=name.replace(".", "-"))
        self.answers = name
        self.touched = False
        """Whether the operator has been here: before that, a gap is no mistake."""
        self._label = label
        self._hint = hint
        self._terse = terse
        """Whether the hint is only shown while the question is being answered."""
        self._note = ""
        """What reality or a rule says to the answer, in place of the hint."""
        self._mark = ""
        self._input = AnswerInput(value, example=example, secret=secret)

    def compose(self) -> ComposeResult:
        """Put name, answer and mark on one line, and what there is to say under it."""
        with Horizontal():
            yield Lines(classes="label")
            yield self._input
            yield Lines(classes="mark")
        yield Lines(classes="note")

    def on_mount(self) -> None:
        """Show the question, as soon as its parts are there to be drawn on."""
        self.call_after_refresh(self._draw)

    @property
    def exact(self) -> str:
        """What was typed, blanks and all: a password may have them."""
        return self._input.value

    @property
    def value(self) -> str:
        """What was typed, without blanks around it."""
        return self._input.value.strip()

    @value.setter
    def value(self, value: str) -> None:
        if value != self._input.value:
            self._input.value = value

    @property
    def active(self) -> bool:
        """Whether the cursor is here."""
        return self._input.has_focus

    def focus_answer(self) -> None:
        """Put the cursor here."""
        self._input.focus()

    def hint(self, text: str) -> None:
        """Change the sentence that stands here while nothing is wrong."""
        self._hint = text
        self._draw()

    def judge(self, finding: Finding | None, *, mark: str = "ok") -> None:
        """Show what is wrong, or that nothing is; ``mark`` is then shown if there is an answer."""
        quiet = finding is not None and finding.code == "answer_missing" and not self.touched
        if finding is None or quiet:
            self._note, self._mark = "", mark if self.value and not quiet else ""
        else:
            reason = finding.reason.replace(f"`{finding.field}`", self._label)
            self._note = f"{reason} {finding.remedy}".strip()
            self._mark = "bad"
        self._draw()

    def tell(self, what: str, then: str, mark: str = "bad") -> None:
        """Show what reality says to this answer."""
        self._note, self._mark = f"{what} {then}".strip(), mark
        self._draw()

    def on_resize(self) -> None:
        """Draw for the width there is: something may stand beside the question."""
        self._draw()

    def _draw(self) -> None:
        # Its rows come after it is mounted, and go before it does.
        if not self.query(".label"):
            return
        here = self.active
        label = (
            Row(" ").add("▸ " if here else "  ", "key").add(self._label, "title" if here else "")
        )
        self.query_one(".label", Lines).show([label])
        mark = Row(" ").add(MARKS.get(self._mark, ""), _ROLE.get(self._mark, ""))
        self.query_one(".mark", Lines).show([mark])
        shown = self._hint if here or not self._terse else ""
        room = (self.size.width or self.app.size.width) - 2
        hint = wrapped(shown, room, indent=LABEL, role="quiet", most=2)
        note = wrapped(self._note, room, indent=LABEL, most=5)
        self.query_one(".note", Lines).show(note or hint)

    def on_descendant_focus(self) -> None:
        """Mark the question that is being answered."""
        self._draw()

    def on_descendant_blur(self) -> None:
        """Whoever leaves a question has seen it."""
        self.touched = self.touched or bool(self.value)
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the screen, under this question's name."""
        event.stop()
        self.post_message(self.Changed(self, self.value))
