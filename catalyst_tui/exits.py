"""The exit codes, stable for scripts, and which ending means which."""

from __future__ import annotations

from enum import IntEnum

from provisioner.errors import (
    AccessError,
    AnswersRefused,
    BootstrapFailed,
    Cancelled,
    CatalystError,
    CredentialError,
    DecisionNeeded,
    HetznerError,
    HomeError,
    Incomplete,
    JournalError,
    Locked,
    Misnamed,
    TofuError,
    ToolchainError,
)
from provisioner.events import RunFinished
from provisioner.facts import Outcome, PhaseName


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    REFUSED = 3
    INFRASTRUCTURE = 4
    BOOTSTRAP = 5
    INCOMPLETE = 6
    LOCKED = 7
    CANCELLED = 8
    DECISION = 9


_OUTCOMES = {
    Outcome.PLANNED: Exit.DONE,
    Outcome.READY: Exit.DONE,
    Outcome.DESTROYED: Exit.DONE,
    Outcome.CHANGED: Exit.DONE,
    Outcome.NEEDS_DECISION: Exit.DECISION,
    Outcome.CANCELLED: Exit.CANCELLED,
    Outcome.INCOMPLETE: Exit.INCOMPLETE,
}
_FAILED_IN = {PhaseName.PREFLIGHT: Exit.REFUSED, PhaseName.BOOTSTRAP: Exit.BOOTSTRAP}
_ERRORS: tuple[tuple[type[CatalystError], Exit], ...] = (
    (AnswersRefused, Exit.REFUSED),
    (CredentialError, Exit.REFUSED),
    (Misnamed, Exit.USAGE),
    (Locked, Exit.LOCKED),
    (DecisionNeeded, Exit.DECISION),
    (Incomplete, Exit.INCOMPLETE),
    (Cancelled, Exit.CANCELLED),
    (BootstrapFailed, Exit.BOOTSTRAP),
    (HetznerError, Exit.INFRASTRUCTURE),
    (TofuError, Exit.INFRASTRUCTURE),
    (AccessError, Exit.INFRASTRUCTURE),
    (ToolchainError, Exit.INFRASTRUCTURE),
    (HomeError, Exit.INFRASTRUCTURE),
    (JournalError, Exit.INFRASTRUCTURE),
)


def exit_of_run(finished: RunFinished) -> Exit:
    """Return the exit code of a run that has ended."""
    if finished.outcome is not Outcome.FAILED:
        return _OUTCOMES[finished.outcome]
    if finished.remedy is not None and finished.remedy.code == "unexpected":
        return Exit.DEFECT
    return _FAILED_IN.get(finished.phase, Exit.INFRASTRUCTURE) if finished.phase else Exit.DEFECT


def exit_of_error(error: CatalystError) -> Exit:
    """Return the exit code of a command that an error ended."""
    return next((code for kind, code in _ERRORS if isinstance(error, kind)), Exit.INFRASTRUCTURE)
