"""Where each secret is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from screens.drawing.frame import LABEL
from screens.drawing.kinds import RENTED, kind_name, kinds_name
from screens.drawing.rows import Row, Rows

if TYPE_CHECKING:
    from screens.ports import SecretState, TokenReport

_FEW = 3
"""Kinds that are named; whatever else a project holds is summed up."""
_TITLES = {
    "hcloud_token": "Hetzner token",
    "state_passphrase": "State passphrase",
    "ssh_private_key": "SSH key",
}
_RUNGS = {
    "keyring": "opened by your login; it answers without asking",
    "vault": "our own file, encrypted; it is open",
    "memory": "ends with this program; nothing can be rented then",
}
_VAULTS = {
    "absent": "our own file, encrypted; Enter asks for a password for it",
    "closed": "our own file, encrypted; Enter asks for its password",
}
_MADE = {
    "state_passphrase": "made at the first plan; it opens OpenTofu's state, so it must not be lost",
    "ssh_private_key": "made at the first plan",
    "hcloud_token": "not given yet",
}


def rung_row(rung: str, vault: str, width: int) -> Row:
    """Return one store that secrets can be kept in, to stand behind the mark of the chosen row."""
    says = _RUNGS[rung]
    if rung == "vault" and vault in _VAULTS:
        says = _VAULTS[vault]
    return Row(" ").add(rung).to(LABEL - 2).add(says, "quiet").cut(width - 1)


def kept_rows(secrets: Sequence[SecretState], width: int, *, change: bool = True) -> Rows:
    """Return one line a secret that this road needs; ``change`` tells the key that moves them."""
    top = Row("   ").add("Secrets", "title")
    if change:
        top.right("F4  change where", width - 4, "quiet")
    rows = [Row(), Row("   ").add("─" * (width - 6), "rule"), top]
    known = {each.name: each for each in secrets}
    for name, title in _TITLES.items():
        state = known.get(name)
        row = Row("   ")
        if state is not None and state.present:
            row.add("! ", "warn") if state.passing else row.add("✓ ", "ok")
            row.add(title).to(LABEL + 6).add(f"kept in {state.kept}")
            row.add(f", ends in {state.ending}" if state.ending else "", "quiet")
        else:
            row.add("· ", "quiet").add(title).to(LABEL + 6).add(_MADE[name], "quiet")
        rows.append(row.cut(width - 1))
    return rows


def project_said(report: TokenReport, ending: str) -> str:
    """Return what Hetzner says to a token that may write: its project, by what it holds."""
    token = f"The token{f' ending in {ending}' if ending else ''} may write."
    if not report.held:
        return f"{token} Its project is empty."
    ordered = [kind for kind in RENTED if kind in report.held]
    named = [_counted(report.held[kind], kind) for kind in ordered[:_FEW]]
    rest = sum(report.held[kind] for kind in ordered[_FEW:])
    if rest:
        named.append(f"{rest} more")
    return f"{token} Its project holds {', '.join(named)}."


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind_name(kind) if count == 1 else kinds_name(kind)}"
