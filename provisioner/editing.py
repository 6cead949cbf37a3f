"""Changing the answers of a Sovereign that was begun: ``sizing.control_plane.type=cx43``.

The answers are judged whole before anything is written, and written whole or not at all, under the
Sovereign's lock, so that no run sees a half of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import pairwise
from typing import Any

from provisioner import answers_yaml
from provisioner.answers import Raw, check, load_spec, save_spec
from provisioner.checks.wanted import Place
from provisioner.clock import Clock
from provisioner.errors import AnswersRefused
from provisioner.home import SovereignFolder
from provisioner.lock import acquire
from provisioner.settings import Settings
from provisioner.spec import SovereignSpec

_STEP = re.compile(r"(?P<name>[a-z_]+)(?P<indexes>(?:\[\d+\])*)")
_UNSET = "null"


async def edit(
    folder: SovereignFolder,
    assignments: Iterable[str],
    settings: Settings,
    *,
    on_wait: Callable[[], None] = lambda: None,
) -> SovereignSpec:
    """Change the saved answers and return what they make now.

    Raises AnswersRefused with every finding, and Locked while a run is alive; nothing is written
    then. ``on_wait`` is called if an OpenTofu that outlived its runner must be waited for.
    """
    lock = await acquire(folder.lock, folder.fqdn, Clock().now(), on_wait)
    try:
        before = load_spec(folder.spec)
        values = changed(before.model_dump(mode="json", exclude_none=True), assignments)
        spec, findings = check(Raw(values), settings)
        if spec is None:
            raise AnswersRefused(findings=findings)
        if spec.fqdn != folder.fqdn:
            raise AnswersRefused("edit_renames", fqdn=folder.fqdn, wanted=spec.fqdn)
        save_spec(folder.spec, spec)
    finally:
        lock.release()
    return spec


def changed(values: dict[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """Return answers with each ``key=value`` put in; the value is read as YAML reads it.

    An index one behind the end of a list adds to it; ``null`` leaves an answer out. Raises
    AnswersRefused for what is no assignment, of which nothing is repeated: it may be a secret that
    was pasted in the wrong place.
    """
    result = deepcopy(values)
    for number, each in enumerate(assignments, 1):
        key, equals, value = each.partition("=")
        place = _place(key.strip())
        if not equals or place is None:
            raise AnswersRefused("edit_unreadable", number=number)
        _put(result, place, _value(value), key.strip())
    return result


def _place(key: str) -> Place | None:
    place: list[str | int] = []
    for step in key.split("."):
        found = _STEP.fullmatch(step)
        if found is None:
            return None
        place.append(found["name"])
        place += [int(index) for index in re.findall(r"\d+", found["indexes"])]
    return tuple(place)


def _value(text: str) -> Any:
    values, _ = answers_yaml.parse(f"value: {text.strip() or _UNSET}", "--set")
    return values["value"]


def _put(values: dict[str, Any], place: Place, value: Any, key: str) -> None:
    holder: Any = values
    for step, after in pairwise(place):
        fresh: Any = [] if isinstance(after, int) else {}
        holder = _into(holder, step, fresh, key)
    last = place[-1]
    if value is None and isinstance(holder, dict):
        holder.pop(last, None)
    elif value is None and isinstance(holder, list) and last in range(len(holder)):
        del holder[int(last)]
    else:
        _into(holder, last, value, key, replace=True)


def _into(holder: Any, step: str | int, value: Any, key: str, *, replace: bool = False) -> Any:
    """Return what stands at a step of a holder, put there first if it is missing or replaced."""
    if isinstance(step, str) and isinstance(holder, dict):
        if replace or holder.get(step) is None:
            holder[step] = value
        return holder[step]
    if isinstance(step, int) and isinstance(holder, list) and step <= len(holder):
        if step == len(holder):
            holder.append(value)
        elif replace:
            holder[step] = value
        return holder[step]
    raise AnswersRefused("edit_nowhere", field=key)
