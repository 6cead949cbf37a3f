"""What a certificate that a server shows is worth: for whom, by whom, until when."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioner.outside import OWN

STAGING = "(STAGING)"
"""What Let's Encrypt's staging authorities bear in their names."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate as a server showed it."""

    issuer: str
    organisation: str
    """The issuer's."""
    names: tuple[str, ...]
    serial: str
    begins: datetime
    ends: datetime

    def covers(self, names: Iterable[str]) -> bool:
        """Return whether it holds all of ``names``, by themselves or by a wildcard."""
        return all(
            name in self.names or f"*.{name.partition('.')[2]}" in self.names for name in names
        )


class Judged(msgspec.Struct, frozen=True):
    """How a certificate stands."""

    ok: bool
    saw: str
    code: str = ""


def read(der: bytes) -> Shown:
    """Return what stands in a certificate; raises ValueError."""
    parsed = x509.load_der_x509_certificate(der)
    issuer = parsed.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    signer = parsed.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    try:
        held = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(held.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = ()
    return Shown(
        issuer=str(issuer[0].value) if issuer else "nobody",
        organisation=str(signer[0].value) if signer else "",
        names=names,
        serial=f"{parsed.serial_number:x}",
        begins=parsed.not_valid_before_utc,
        ends=parsed.not_valid_after_utc,
    )


def judge(
    shown: Shown,
    site: str,
    policy: str,
    distrust: ssl.SSLCertVerificationError | None,
    now: datetime,
) -> Judged:
    """Return how a certificate for ``site`` stands.

    ``policy`` is the issuer of the spec, ``distrust`` what the verification of its chain said, and
    ``now`` real time: certificates know no other.
    """
    said = f"signed by {shown.issuer}, valid until {shown.ends:%Y-%m-%d}"
    if shown.ends <= now:
        return Judged(False, f"{said}: expired", "tls_expired")
    if shown.begins > now:
        return Judged(False, f"valid only from {shown.begins:%Y-%m-%d} on", "tls_early")
    if not shown.covers([site]):
        held = ", ".join(shown.names[:3]) or "no name"
        return Judged(False, f"a certificate for {held}", "tls_foreign")
    if distrust is None:
        return Judged(True, said)
    if policy == "staging" and STAGING in shown.issuer:
        return Judged(True, f"{said}; a staging certificate, which browsers do not trust")
    if policy == "own":
        return Judged(True, f"{said}; {OWN}")
    reason = (distrust.verify_message or "not trusted").rstrip(".")
    return Judged(False, f"{said}: {reason}", "tls_untrusted")
