"""Secrets: which there are, where each is kept, and how it is checked.

An environment variable overrides; then the OS keyring, where one answers without asking; then our
vault file; else memory, for as long as the process lives.
"""

from __future__ import annotations

from provisioner.credentials.ladder import Credentials, Held
from provisioner.credentials.names import SECRETS, Secret, generate_passphrase
from provisioner.credentials.opening import (
    open_credentials,
    open_rehearsal_credentials,
    rehearsal_account,
    rehearsal_reader,
    rehearsal_token,
)
from provisioner.credentials.token import check_token

__all__ = [
    "SECRETS",
    "Credentials",
    "Held",
    "Secret",
    "check_token",
    "generate_passphrase",
    "open_credentials",
    "open_rehearsal_credentials",
    "rehearsal_account",
    "rehearsal_reader",
    "rehearsal_token",
]
