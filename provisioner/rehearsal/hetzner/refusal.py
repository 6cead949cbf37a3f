"""How the simulated API says no: the error envelope and its codes."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

_DATA = tomllib.loads((files(__package__) / "catalogue" / "codes.toml").read_text())
BUSY: dict[str, str] = _DATA.pop("busy")
"""By kind of resource: the code that refuses a change while another action runs."""
STATUS: dict[str, int] = _DATA
"""By error code: the HTTP status it comes with."""


class Refused(Exception):
    """A request that the API refuses; ``code`` decides the HTTP status unless one is given."""

    def __init__(
        self, code: str, message: str, details: Any = None, *, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.status = status or STATUS.get(code, 422)

    @property
    def said(self) -> str:
        """The refusal in one line, with what it says of each field."""
        fields = self.details.get("fields", ()) if isinstance(self.details, dict) else ()
        more = [word for field in fields for word in field.get("messages", ())]
        return ": ".join([self.message, *more])

    @property
    def envelope(self) -> dict[str, Any]:
        """The body that goes over the wire."""
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}


def invalid(field: str, message: str) -> Refused:
    """Return the refusal of one field's value; clients rely on ``details.fields`` being there."""
    return Refused(
        "invalid_input",
        f"invalid input in field '{field}'",
        {"fields": [{"name": field, "messages": [message]}]},
    )


def not_found(kind: str, key: object) -> Refused:
    """Return the refusal of a resource that does not exist."""
    return Refused("not_found", f"{kind} with ID '{key}' not found", {})


def not_unique(field: str, kind: str) -> Refused:
    """Return the refusal of a value that another resource of the project already has."""
    return Refused(
        "uniqueness_error", f"{kind} {field} is already used", {"fields": [{"name": field}]}
    )


def busy(kind: str, key: int) -> Refused:
    """Return the refusal of a change while another action runs on the same resource."""
    code = BUSY.get(kind, "locked")
    said = {
        "locked": f"{kind} {key} is locked: another action is running",
        "conflict": f"{kind} {key} has changed during the request, please retry",
    }
    return Refused(code, said[code], {})
