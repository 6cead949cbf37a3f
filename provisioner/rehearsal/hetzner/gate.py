"""What a request must pass before the cloud looks at it: the token, and the rate limit."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from provisioner.rehearsal.hetzner.refusal import Refused

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

Access = Literal["read", "write"]
BEARER = "Bearer "


def digest(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal: the only form in which it is kept."""
    return sha256(token.encode()).hexdigest()


class Gate:
    """Knows tokens by their hash, and counts calls; the mapping's owner may admit more tokens."""

    def __init__(self, cloud: Cloud, tokens: Mapping[str, Access]) -> None:
        self._cloud = cloud
        self._tokens = tokens

    def admit(self, authorization: str, method: str) -> None:
        """Raise unauthorized or token_readonly unless the token allows the method."""
        if not authorization.startswith(BEARER) or not authorization[len(BEARER) :]:
            raise Refused("unauthorized", "token is required", None)
        access = self._tokens.get(digest(authorization[len(BEARER) :]))
        if access is None:
            raise Refused("unauthorized", "the token you have provided is invalid", None)
        if access == "read" and method != "GET":
            raise Refused("token_readonly", "the token is only allowed to perform GET requests")

    def spend(self) -> dict[str, str]:
        """Take one call from the bucket and return the headers that tell of it.

        An empty bucket is not the caller's to overdraw: ``exhausted`` says so afterwards.
        """
        state, settings, now = self._cloud.state, self._cloud.state.settings, self._cloud.now()
        gained = max(0.0, now - state.bucket_at) * settings.rate_per_second
        state.bucket = min(settings.rate_limit, state.bucket + gained)
        state.bucket_at = now
        self.exhausted = state.bucket < 1
        if not self.exhausted:
            state.bucket -= 1
        missing = settings.rate_limit - state.bucket
        wait = missing / settings.rate_per_second if settings.rate_per_second else 0
        return {
            "RateLimit-Limit": str(int(settings.rate_limit)),
            "RateLimit-Remaining": str(int(state.bucket)),
            "RateLimit-Reset": str(int(now + wait)),
        }

    exhausted: bool = False
    """Whether the last call that was counted found the bucket empty."""


def too_many() -> Refused:
    """Return the refusal of a call beyond the rate limit."""
    return Refused("rate_limit_exceeded", "rate limit exceeded", None)
