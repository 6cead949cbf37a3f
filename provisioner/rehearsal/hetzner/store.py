"""The cloud on disk: one snapshot file, replaced as a whole, so that it is never half written."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner.model import State

_DECODER = msgspec.json.Decoder(State)


class Store:
    """Saves and loads a cloud's state; the file is its owner's alone, for user_data is secret."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> State | None:
        """Return the saved state, or None where there is none yet; raises RehearsalError."""
        try:
            return _DECODER.decode(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise RehearsalError("cloud_unreadable", path=self.path, reason=error) from error

    def save(self, snapshot: bytes) -> None:
        """Replace the file by an encoded state; raises RehearsalError."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(snapshot)
            fresh.replace(self.path)
        except OSError as error:
            raise RehearsalError("cloud_unwritable", path=self.path, reason=error) from error
