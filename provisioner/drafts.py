"""Drafts: answers that are no run yet, and the step at which the operator left them.

One JSON file a draft under ``<home>/drafts``. Answers are kept as typed, right or wrong, so that
nothing is lost; secrets are never among them.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from provisioner.clock import Clock
from provisioner.errors import AnswersRefused
from provisioner.files import write_private
from provisioner.home import Home

DRAFT_VERSION = 1
_NAME = re.compile(r"[0-9a-f]{16}")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Partly answered questions."""

    id: str
    saved: datetime
    step: str
    """The screen that was open, by its noun: ``sizing``."""
    answers: dict[str, Any]
    """In the shape of sovereign.yaml, with gaps."""
    edits: str = ""
    """The Sovereign whose answers these will be; empty for one that is to begin."""
    version: int = DRAFT_VERSION


class _Version(msgspec.Struct):
    version: int


def new_draft(clock: Clock, answers: dict[str, Any] | None = None) -> Draft:
    """Return an unsaved draft that begins at the first step."""
    return Draft(
        id=secrets.token_hex(8), saved=clock.now(), step="organisation", answers=answers or {}
    )


def save_draft(home: Home, draft: Draft, clock: Clock) -> Draft:
    """Write a draft, whole or not at all, and return it with its new time."""
    stamped = msgspec.structs.replace(draft, saved=clock.now())
    write_private(_path(home, draft.id), msgspec.json.encode(stamped))
    return stamped


def load_draft(home: Home, draft_id: str) -> Draft:
    """Return one draft; raises AnswersRefused when it is gone, damaged or of a newer release."""
    path = _path(home, draft_id)
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=_Version).version
        if version > DRAFT_VERSION:
            raise AnswersRefused("draft_newer", path=path, version=version, known=DRAFT_VERSION)
        return msgspec.json.decode(content, type=Draft)
    except OSError as error:
        raise AnswersRefused("draft_unreadable", path=path, reason=error.strerror) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise AnswersRefused("draft_unreadable", path=path, reason=error) from error


def list_drafts(home: Home) -> tuple[Draft, ...]:
    """Return the drafts that can be opened, latest first."""
    found = []
    for path in home.drafts.glob("*.json"):
        try:
            found.append(load_draft(home, path.stem))
        except AnswersRefused:
            continue
    return tuple(sorted(found, key=lambda draft: draft.saved, reverse=True))


def forget_draft(home: Home, draft_id: str) -> None:
    """Remove a draft; one that is gone is no error."""
    _path(home, draft_id).unlink(missing_ok=True)


def _path(home: Home, draft_id: str) -> Path:
    if not _NAME.fullmatch(draft_id):
        raise AnswersRefused("draft_unreadable", path=draft_id, reason="it is no draft's name")
    return home.drafts / f"{draft_id}.json"
