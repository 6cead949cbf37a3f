"""What helm-controller decides: install, upgrade, or nothing; once more, or never again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.durations import seconds

FORCED = "reconcile.fluxcd.io/forceAt"
RESET = "reconcile.fluxcd.io/resetAt"
_COUNTERS = {"install": "installFailures", "upgrade": "upgradeFailures"}


@dataclass(frozen=True)
class Strategy:
    """What a release's spec says about failures of one action."""

    action: str
    retries: int
    """-1 for ever."""
    remediate_last: bool
    rollback: bool
    """Whether a failed upgrade goes back to the version before, else it is uninstalled."""
    retry_every: float | None
    """With RetryOnFailure: seconds until the next attempt; None otherwise."""

    @classmethod
    def of(cls, spec: dict[str, Any], action: str) -> Strategy:
        """Read the strategy of ``install`` or ``upgrade`` from a HelmRelease's spec."""
        told = spec.get(action, {})
        remedy, strategy = told.get("remediation", {}), told.get("strategy", {})
        retry = strategy.get("name") == "RetryOnFailure"
        return cls(
            action=action,
            retries=int(remedy.get("retries", 0)),
            remediate_last=bool(remedy.get("remediateLastFailure", action == "upgrade"))
            and "retries" in remedy,
            rollback=action == "upgrade" and remedy.get("strategy", "rollback") == "rollback",
            retry_every=seconds(strategy.get("retryInterval", "5m")) if retry else None,
        )

    @property
    def counter(self) -> str:
        """The status field that counts this action's failures."""
        return _COUNTERS[self.action]

    def exhausted(self, failures: int) -> bool:
        """Return whether no further attempt is allowed after so many failures."""
        return self.retry_every is None and 0 <= self.retries < failures


@dataclass(frozen=True)
class Attempted:
    """Which configuration a release was, or is to be, made of."""

    config: str
    revision: str
    generation: int


@dataclass(frozen=True)
class Decision:
    """What to do with a release now."""

    action: str = ""
    """``install``, ``upgrade``, or empty for nothing."""
    stalled: str = ""
    """Set if there is nothing to do because all attempts are used up: which action failed."""
    fresh: bool = False
    """Whether counting begins anew."""
    handled: tuple[tuple[str, str], ...] = ()
    """Status fields that acknowledge annotations."""


def decide(item: Object, wanted: Attempted) -> Decision:
    """Return what a HelmRelease with this spec and status needs."""
    status = item.get("status", {})
    tokens = item["metadata"].get("annotations", {})
    requested = tokens.get("reconcile.fluxcd.io/requestedAt")
    reset = _asked(tokens.get(RESET), requested, status.get("lastHandledResetAt"))
    force = _asked(tokens.get(FORCED), requested, status.get("lastHandledForceAt"))
    handled: tuple[tuple[str, str], ...] = ()
    if reset:
        handled += (("lastHandledResetAt", requested),)
    if force:
        handled += (("lastHandledForceAt", requested),)
    differs = _differs(status, wanted)
    if not (differs or force or reset):
        failed = _exhausted(item["spec"], status)
        if failed:
            return Decision(stalled=failed)
    latest = (status.get("history") or [{}])[0].get("status")
    # What was rolled back is deployed too, in its old version: that upgrade is still to be made.
    if latest == "deployed" and not (differs or force or status.get("upgradeFailures")):
        return Decision(handled=handled)
    action = "upgrade" if latest in ("deployed", "failed") else "install"
    return Decision(action=action, fresh=reset or differs, handled=handled)


def _asked(token: str | None, requested: str | None, handled: str | None) -> bool:
    return token is not None and token == requested and token != handled


def _differs(status: dict[str, Any], wanted: Attempted) -> bool:
    before = status.get("lastAttemptedConfigDigest"), status.get("lastAttemptedRevision")
    return "lastAttemptedGeneration" in status and before != (wanted.config, wanted.revision)


def _exhausted(spec: dict[str, Any], status: dict[str, Any]) -> str:
    for action in ("upgrade", "install"):
        strategy = Strategy.of(spec, action)
        if strategy.exhausted(int(status.get(strategy.counter, 0))):
            return action
    return ""
