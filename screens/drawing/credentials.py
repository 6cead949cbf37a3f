"""Where each secret is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from screens.drawing.frame import LABEL
from screens.drawing.rows import Row, Rows

if TYPE_CHECKING:
    from screens.ports import SecretState

_TITLES = {
    "hcloud_token": "Hetzner token",
    "state_passphrase": "State passphrase",
    "ssh_private_key": "SSH key",
}
_MADE = {
    "state_passphrase": "made at the first plan; it opens OpenTofu's state, so it must not be lost",
    "ssh_private_key": "made at the first plan",
    "hcloud_token": "not given yet",
}


def kept_rows(secrets: Sequence[SecretState], width: int) -> Rows:
    """Return one line a secret that this road needs."""
    rows = [Row(), Row("   ").add("─" * (width - 6), "rule"), Row("   ").add("Secrets", "title")]
    known = {each.name: each for each in secrets}
    for name, title in _TITLES.items():
        state = known.get(name)
        row = Row("   ")
        if state is not None and state.present:
            row.add("✓ ", "ok").add(title).to(LABEL + 6).add(f"kept in {state.kept}")
            row.add(f", ends in {state.ending}" if state.ending else "", "quiet")
        else:
            row.add("· ", "quiet").add(title).to(LABEL + 6).add(_MADE[name], "quiet")
        rows.append(row.cut(width - 1))
    return rows
