"""What a Hetzner token must look like before it is worth a request.

Source: the hcloud provider refuses any token that has not exactly 64 characters; tokens are made of
ASCII letters and digits.
"""

from __future__ import annotations

from pydantic import SecretStr

from provisioner.answers_findings import finding
from provisioner.facts import Finding

LENGTH = 64
PLACE = ("hetzner", "token")


def check_token(token: SecretStr | None) -> tuple[Finding, ...]:
    """Return what is wrong with a token's form; nothing of it is repeated."""
    if token is None:
        return (finding("token_missing", PLACE, ""),)
    value = token.get_secret_value()
    if not value:
        return (finding("token_missing", PLACE, ""),)
    found = []
    if len(value) != LENGTH:
        facts = {"length": len(value), "expected": LENGTH}
        found.append(finding("token_length", PLACE, f"{len(value)} characters", facts))
    if not (value.isascii() and value.isalnum()):
        found.append(finding("token_characters", PLACE, "hidden"))
    return tuple(found)
