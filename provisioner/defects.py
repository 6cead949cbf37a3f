"""What we did wrong, written down: the traceback of a failure that no remedy knows."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from provisioner.credentials.names import SECRETS, VAULT_PASSWORD
from provisioner.errors import HomeError
from provisioner.home import PRIVATE_FILE, Home
from provisioner.redaction import Redactor, masked

MOST = 256 * 1024
"""Bytes; a log that has grown beyond begins anew."""


def write_down(home: Home, error: BaseException) -> Path | None:
    """Append the traceback of an error, secrets masked, and return the log.

    Where none can be written, the traceback goes to standard error, and None is returned.
    """
    said = "".join(traceback.format_exception(error))
    text = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{_of_environment().text(masked(said))}\n"
    try:
        _append(home.create().defects, text.encode("utf-8", "replace"))
    except (OSError, HomeError):
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
        return None
    return home.defects


def _append(log: Path, entry: bytes) -> None:
    long = log.exists() and log.stat().st_size > MOST
    how = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if long else os.O_APPEND)
    with os.fdopen(os.open(log, how, PRIVATE_FILE), "wb") as file:
        file.write(entry)


def _of_environment() -> Redactor:
    """Return what masks the secrets that the environment gave, also where none was asked for."""
    names = [secret.variable for secret in SECRETS.values() if secret.variable]
    values = [os.environ.get(name, "") for name in (*names, VAULT_PASSWORD)]
    return Redactor(SecretStr(value) for value in values if value)
