"""The answers that the last run went by: what takes a Sovereign down needs no better ones.

Whoever edits ``sovereign.yaml`` by hand may leave it torn, and what it rented costs money still.
"""

from __future__ import annotations

from provisioner.answers import load_spec, save_spec, to_yaml
from provisioner.errors import AnswersRefused
from provisioner.home import SovereignFolder
from provisioner.spec import SovereignSpec

TAKING_DOWN = frozenset({"destroy", "inventory"})
"""Commands that can do with the answers of the run before."""


def spec_for(folder: SovereignFolder, command: str) -> tuple[SovereignSpec, AnswersRefused | None]:
    """Return what a command goes by, and why that is not what the answers say now, if it is not.

    Blocks on the disk. Raises AnswersRefused where nothing else will do.
    """
    try:
        return _of(folder), None
    except AnswersRefused as refused:
        if command not in TAKING_DOWN or not folder.kept_spec.exists():
            raise
        return load_spec(folder.kept_spec), refused


def _of(folder: SovereignFolder) -> SovereignSpec:
    spec = load_spec(folder.spec)
    if spec.fqdn != folder.fqdn:
        # By that name everything is labelled and found, and the folder is the old name's.
        raise AnswersRefused("edit_renames", fqdn=folder.fqdn, wanted=spec.fqdn)
    return spec


def keep_spec(folder: SovereignFolder, spec: SovereignSpec) -> None:
    """Remember what a run goes by; blocks on the disk, raises HomeError."""
    kept = folder.kept_spec
    if not kept.exists() or kept.read_text("utf-8") != to_yaml(spec):
        save_spec(kept, spec)
