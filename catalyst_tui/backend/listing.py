"""What a home holds: Sovereigns, drafts, and what of them cannot be read."""

from __future__ import annotations

from datetime import datetime

from msgspec import structs

from catalyst_tui.backend.following import world_clock
from provisioner.attach import runner_of
from provisioner.clock import Clock
from provisioner.drafts import Draft, load_draft
from provisioner.errors import CatalystError, HomeError, JournalError
from provisioner.facts import Outcome
from provisioner.home import Home, SovereignFolder
from provisioner.remedies import remedy_of
from provisioner.standing import look, may_be_rented
from screens.ports import Entry

STATE_FOLDER = "the state folder"


def listed(home: Home, *, rehearsed: bool) -> list[Entry]:
    """Return the entries of a home, live Sovereigns first, then the newest; blocks on the disk."""
    try:
        home.require_usable()
        folders = home.sovereigns()
        drafts = sorted(home.drafts.glob("*.json")) if home.drafts.is_dir() else []
    except HomeError as error:
        return [Entry(name=STATE_FOLDER, rehearsed=rehearsed, trouble=remedy_of(error))]
    except OSError as error:
        trouble = HomeError("home_unusable", path=home.path, reason=error.strerror)
        return [Entry(name=STATE_FOLDER, rehearsed=rehearsed, trouble=remedy_of(trouble))]
    sovereigns = [_sovereign(folder, rehearsed=rehearsed) for folder in folders]
    found = [each for each in sovereigns if each is not None]
    found.sort(key=_begun, reverse=True)
    found.sort(key=lambda entry: not entry.alive)
    kept = [_draft(home, path.stem, rehearsed=rehearsed) for path in drafts]
    kept.sort(key=lambda entry: entry.draft is not None and entry.draft.saved, reverse=True)
    return joined(found, kept)


def joined(sovereigns: list[Entry], drafts: list[Entry]) -> list[Entry]:
    """Return both, a draft that was planned and no more as one line with its Sovereign."""
    planned = {e.name for e in sovereigns if e.view and e.view.outcome is Outcome.PLANNED}
    by_name = {entry.name: entry for entry in reversed(drafts) if entry.draft is not None}
    found = [
        structs.replace(entry, draft=by_name[entry.name].draft)
        if entry.name in planned and entry.name in by_name
        else entry
        for entry in sovereigns
    ]
    hidden = {entry.draft.id for entry in found if entry.draft is not None}
    return [*found, *(e for e in drafts if e.draft is None or e.draft.id not in hidden)]


def _sovereign(folder: SovereignFolder, *, rehearsed: bool) -> Entry | None:
    alive = runner_of(folder) is not None
    try:
        view = look(folder)
    except JournalError as error:
        return Entry(name=folder.fqdn, rehearsed=rehearsed, trouble=remedy_of(error, folder.fqdn))
    if not view.seq:
        # Its answers were settled and no runner ever began: the draft is still there.
        return None
    return Entry(
        name=folder.fqdn,
        rehearsed=rehearsed,
        view=view,
        alive=alive,
        rented=may_be_rented(folder, view),
        now=world_clock(folder).now(),
    )


def _draft(home: Home, draft_id: str, *, rehearsed: bool) -> Entry:
    try:
        draft = load_draft(home, draft_id)
    except CatalystError as error:
        name = f"draft {draft_id[:8]}"
        return Entry(name=name, rehearsed=rehearsed, trouble=remedy_of(error))
    return Entry(name=name_of(draft), rehearsed=rehearsed, draft=draft, now=Clock().now())


def name_of(draft: Draft) -> str:
    """Return what a draft is called: by its domain, else by its organisation."""
    domain = draft.answers.get("domain") or {}
    if domain.get("fqdn"):
        return str(domain["fqdn"])
    if domain.get("label") and domain.get("pool"):
        return f"{domain['label']}.{domain['pool']}"
    return str((draft.answers.get("organisation") or {}).get("name") or "unnamed")


def _begun(entry: Entry) -> float:
    begun: datetime | None = entry.view.run_started if entry.view is not None else None
    return begun.timestamp() if begun is not None else 0.0
