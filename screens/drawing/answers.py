"""What was answered so far: the wizard's steps with their answers, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provisioner.spec import label_of
from screens.drawing.frame import LABEL
from screens.drawing.rows import Row, Rows

if TYPE_CHECKING:
    from screens.wizard import Wizard

_NAMES = 20
_ASKS = {
    "organisation": "name and address of whom it is for",
    "domain": "under which name it is reached",
    "credentials": "Hetzner token, keys, who may come in",
    "sizing": "how much is rented, and where",
    "review": "the plan, its exact price, and your word",
}


def heading(text: str) -> Rows:
    """Return the question of a step, with room around it."""
    return [Row(), Row("   ").add(text, "title"), Row()]


def slug_row(name: str, width: int) -> Row:
    """Return what the name becomes where only letters, digits and hyphens may stand."""
    slug = label_of(name)
    row = Row("   ").add("Slug", "quiet").to(LABEL)
    if not slug:
        return row.add("comes of the name" if not name else "none: choose a label", "quiet")
    row.add(slug, "strong").add("   proposed as the label of its domain", "quiet")
    return row.cut(width - 1)


def so_far(wizard: Wizard, step: str, width: int) -> Rows:
    """Return each step with its answer, or with what it will ask."""
    rows = [Row("   ").add("─" * (width - 6), "rule")]
    steps = list(_ASKS)
    for at, noun in enumerate(steps):
        said = _summary(noun, wizard)
        now = noun == step
        row = Row("   ").add(
            "▸ " if now else "✓ " if said and at < steps.index(step) else "· ",
            "key" if now else "ok" if said else "quiet",
        )
        row.add(noun.title(), "title" if now else "").to(_NAMES)
        rows.append(row.add(said or _ASKS[noun], "" if said else "quiet").cut(width - 3))
    return rows


def _summary(noun: str, wizard: Wizard) -> str:
    get = wizard.get
    match noun:
        case "organisation":
            return _joined(get("organisation.name"), get("organisation.admin_email"))
        case "domain":
            return wizard.judged.fqdn
        case "credentials":
            cidrs = get("access.operator_cidrs")
            return f"SSH from {', '.join(map(str, cidrs))}" if cidrs else ""
        case "sizing":
            return _sizing(wizard)
        case _:
            return ""


def _sizing(wizard: Wizard) -> str:
    plane = wizard.get("sizing.control_plane.type")
    if not plane:
        return ""
    pools = wizard.get("sizing.workers") or []
    parts = [f"{wizard.get('sizing.control_plane.count') or 1} x {plane}"]
    parts += [f"{each.get('count', '?')} x {each.get('type', '?')}" for each in pools]
    return f"{' + '.join(parts)} in {wizard.get('sizing.location') or '?'}"


def _joined(*values: Any) -> str:
    return " · ".join(str(value) for value in values if value)
