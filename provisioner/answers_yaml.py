"""YAML in and out: plain values with the line of each, and nothing that YAML could smuggle in.

Source: YAML 1.2 as ruamel.yaml's round-trip loader reads it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from provisioner.errors import AnswersRefused

LARGEST = 256 * 1024
"""Bytes; the largest meaningful answers are a tenth of it."""
MOST_VALUES = 20_000
"""Values after aliases are followed, so that a small file cannot grow without bound."""
MOST_BRACKETS = 1_000
"""The parser takes seconds to lose itself in deeper nesting than that."""

Place = tuple[str | int, ...]


def read_text(path: Path) -> str:
    """Return a file's text; raises AnswersRefused with the reason when there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise AnswersRefused("answers_unreadable", path=path, reason=error.strerror) from error
    if len(content) > LARGEST:
        raise AnswersRefused("answers_too_large", path=path, largest=LARGEST // 1024)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswersRefused("answers_unreadable", path=path, reason="it is not UTF-8") from error


def parse(text: str, name: str) -> tuple[dict[str, Any], dict[Place, int]]:
    """Return the plain values of a YAML mapping and the line of each, from 1.

    ``name`` stands for the file in errors. Raises AnswersRefused for anything but one mapping.
    """
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise AnswersRefused("answers_too_complex", path=name)
    try:
        loaded = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else "?"
        raise AnswersRefused(
            "answers_not_yaml", path=name, line=line, reason=_reason(error)
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or ["?"])[0]
        raise AnswersRefused("answers_not_yaml", path=name, line="?", reason=reason) from None
    if not isinstance(loaded, CommentedMap):
        raise AnswersRefused("answers_not_mapping", path=name)
    return _Plain(name).mapping(loaded)


def render(values: dict[str, Any]) -> str:
    """Return block-style YAML of plain values, keys in their order."""
    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(values, out)
    return out.getvalue()


def _reason(error: MarkedYAMLError) -> str:
    said = ((error.problem or error.context or "").splitlines() or ["?"])[0]
    # The loader repeats the values of a duplicate key, and one of them may be a secret.
    return said.partition(" with value ")[0]


class _Plain:
    """Turns what the loader made into plain values, counting them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = MOST_VALUES
        self._lines: dict[Place, int] = {}

    def mapping(self, loaded: CommentedMap) -> tuple[dict[str, Any], dict[Place, int]]:
        """Return the values and the lines of a document."""
        try:
            values = self._value(loaded, ())
        except RecursionError:
            self._too_complex()
        return values, self._lines

    def _value(self, value: Any, place: Place) -> Any:
        self._left -= 1
        if self._left < 0:
            self._too_complex()
        if isinstance(value, CommentedMap):
            return {
                key: self._value(inner, (*place, key)) for key, inner in self._items(value, place)
            }
        if isinstance(value, CommentedSeq):
            return [self._element(value, index, place) for index in range(len(value))]
        return _scalar(value)

    def _items(self, value: CommentedMap, place: Place) -> Iterator[tuple[str, Any]]:
        for key, inner in value.items():
            name = str(key)
            if value.lc.data and key in value.lc.data:
                self._lines[(*place, name)] = value.lc.data[key][0] + 1
            yield name, inner

    def _element(self, value: CommentedSeq, index: int, place: Place) -> Any:
        here = (*place, index)
        if value.lc.data and index in value.lc.data:
            self._lines[here] = value.lc.data[index][0] + 1
        return self._value(value[index], here)

    def _too_complex(self) -> NoReturn:
        raise AnswersRefused("answers_too_complex", path=self._name)


def _scalar(value: Any) -> Any:
    # The loader's own subclasses keep how a number was written; only its value matters here.
    if isinstance(value, bool) or value is None:
        return value
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain(value)
    if type(value).__name__ == "ScalarBoolean":
        return bool(value)
    return value
