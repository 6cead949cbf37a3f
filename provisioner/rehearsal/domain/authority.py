"""The world's own certificate authority: kept with the world, trusted only by its runs.

Validity is wide at its beginning, because clocks differ, and certificates live as long as those of
Let's Encrypt.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "Rehearsal Root"
BEFORE = timedelta(hours=1)
VALID = timedelta(days=90)
YEARS = timedelta(days=3650)
Key = ec.EllipticCurvePrivateKey


class Authority:
    """An authority whose key and certificate lie in ``folder``."""

    def __init__(self, folder: Path, organisation: str = "Rehearsal") -> None:
        self._folder = folder
        self._organisation = organisation
        self._key: Key | None = None
        self._certificate: x509.Certificate | None = None

    @property
    def pem(self) -> str:
        """The certificate that its runs trust; only once it was opened."""
        assert self._certificate is not None, "opened before it is asked"  # noqa: S101
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def open(self) -> Authority:
        """Load the authority, made first if there is none; blocks on the disk."""
        place = self._folder / "authority.pem"
        if not place.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = ec.generate_private_key(ec.SECP256R1())
            root = _named(NAME, self._organisation)
            made = _signed(root, key, root, key, YEARS, ())
            _write(place, _private(key) + made.public_bytes(serialization.Encoding.PEM))
        held = place.read_bytes()
        key_held = serialization.load_pem_private_key(held, None)
        assert isinstance(key_held, ec.EllipticCurvePrivateKey)  # noqa: S101
        self._key, self._certificate = key_held, x509.load_pem_x509_certificate(held)
        return self

    def issue(self, names: Sequence[str], valid: timedelta = VALID) -> ssl.SSLContext:
        """Return a server's context with a new certificate for ``names``; blocks on the disk."""
        assert self._key is not None, "opened before it signs"  # noqa: S101
        root = _named(NAME, self._organisation)
        key = ec.generate_private_key(ec.SECP256R1())
        made = _signed(_named(names[0][:64]), key, root, self._key, valid, names)
        place = self._folder / f"{names[0]}.pem"
        _write(place, _private(key) + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(place)
        finally:
            place.unlink()
        return context


def _signed(
    name: x509.Name,
    key: Key,
    issuer: x509.Name,
    signer: Key,
    valid: timedelta,
    names: Sequence[str],
) -> x509.Certificate:
    now = datetime.now(UTC)
    signs = not names
    mine = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    theirs = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE + min(timedelta(0), valid))
        .not_valid_after(now + valid)
        .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
        .add_extension(mine, critical=False)
        .add_extension(theirs, critical=False)
        .add_extension(_usage(signs=signs), critical=True)
    )
    if names:
        held = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(held, critical=False).add_extension(server, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _named(name: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _private(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(place: Path, content: bytes) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
