"""What the Hetzner API says when it says no, and whether asking again can help.

Source: Hetzner's API documentation on errors. A code that has a remedy of its own in
remedies/hetzner.toml becomes ``hetzner_<code>``; any other becomes ``hetzner_refused``.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import msgspec
from pydantic import SecretStr

from provisioner import remedies
from provisioner.errors import HetznerError
from provisioner.hetzner.codes import PREFIX, classes

SAFE = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent again when it is unknown whether they had an effect."""
LONGEST_MESSAGE = 300


class Refusal(msgspec.Struct, frozen=True):
    """One request that was not granted."""

    error: HetznerError
    again: bool
    """Whether the same request may be sent again."""
    reset: float | None = None
    """Unix time at which the project may ask again, where that is known."""
    at: float | None = None
    """Unix time of the answer by Hetzner's clock, where it says so: this machine's may be wrong."""


def refusal(response: httpx2.Response, method: str, path: str, token: SecretStr) -> Refusal:
    """Return what an unsuccessful answer means."""
    code, message = _envelope(response)
    known = PREFIX + code in remedies.catalogue()
    said = message.replace(token.get_secret_value(), "[redacted]")[:LONGEST_MESSAGE]
    error = HetznerError(
        PREFIX + code if known else "hetzner_refused",
        api_code=code,
        reason=said,
        status=response.status_code,
        request=f"{method} {path}",
    )
    again = code in classes()["untouched"] or (code in classes()["passing"] and method in SAFE)
    limited = code == "rate_limit_exceeded"
    headers = response.headers
    return Refusal(error, again, reset_at(headers) if limited else None, answered_at(headers))


def unreachable(endpoint: str, reason: str, *, again: bool) -> Refusal:
    """Return what it means that no answer came."""
    said = reason.rstrip(".")
    return Refusal(HetznerError("hetzner_unreachable", endpoint=endpoint, reason=said), again)


def malformed(path: str, reason: object) -> HetznerError:
    """Return the error for an answer that is not what the API promises."""
    return HetznerError("hetzner_malformed", request=path, reason=reason)


def _envelope(response: httpx2.Response) -> tuple[str, str]:
    """Return code and message of an error; one without an envelope gets a code by its status."""
    try:
        error: Any = msgspec.json.decode(response.content)["error"]
        return str(error["code"]), str(error.get("message", ""))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Proxies and outages answer with HTML or with nothing at all.
        pass
    status = response.status_code
    return code_of_status(status), f"status {status} without a reason"


def code_of_status(status: int) -> str:
    """Return the code of the API that stands for an answer without one."""
    by_status = {401: "unauthorized", 403: "forbidden", 429: "rate_limit_exceeded"}
    return "unavailable" if status >= 500 else by_status.get(status, "unknown_error")


def reset_at(headers: Mapping[str, str]) -> float | None:
    """Return the Unix time at which the project has its whole budget of requests again."""
    try:
        return float(headers["RateLimit-Reset"])
    except (KeyError, ValueError):
        return None


def answered_at(headers: Mapping[str, str]) -> float | None:
    """Return the Unix time of an answer by Hetzner's clock."""
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None
