"""Keys with their certificates: authorities that sign, and servers that show what was signed.

Validity is wide at its beginning, because clocks differ, and certificates live as long as those of
Let's Encrypt.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEFORE = timedelta(hours=1)
VALID = timedelta(days=90)
YEARS = timedelta(days=3650)
Key = ec.EllipticCurvePrivateKey


class Pair(NamedTuple):
    """A certificate with its key, both as PEM; behind a server's own stand those above it."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        """Return what it is, without the key."""
        return f"Pair({self.leaf.subject.rfc4514_string()})"

    @property
    def leaf(self) -> x509.Certificate:
        """The first certificate; raises ValueError if there is none."""
        return x509.load_pem_x509_certificate(self.certificate.encode())


def authority(name: str, organisation: str = "") -> Pair:
    """Return a new certificate authority."""
    key, root = new_key(), _named(name, organisation)
    return Pair(_pem(_signed(root, key, root, key, YEARS, ())), private(key))


def issue(signer: Pair, names: Sequence[str], valid: timedelta = VALID) -> Pair:
    """Return a server's certificate for ``names``, signed by an authority.

    One with a negative validity has expired.
    """
    key, above = new_key(), signer.leaf
    made = _signed(_named(names[0][:64]), key, above.subject, load_key(signer.key), valid, names)
    return Pair(_pem(made), private(key))


def context(pair: Pair) -> ssl.SSLContext:
    """Return a server's context that shows a certificate; blocks on the disk."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # Python reads keys from files only; this one is nobody else's, and gone at once.
    descriptor, place = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{pair.key}\n{pair.certificate}")
        made.load_cert_chain(place)
    finally:
        os.unlink(place)  # noqa: PTH108  the path of mkstemp
    return made


def new_key() -> Key:
    """Return a new key."""
    return ec.generate_private_key(ec.SECP256R1())


def load_key(pem: str) -> Key:
    """Return the key in a PEM; raises ValueError."""
    found = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError("no elliptic curve key")
    return found


def private(key: Key) -> str:
    """Return a key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def request(key: Key, names: Sequence[str]) -> bytes:
    """Return a signing request for ``names`` as DER."""
    held = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return (
        asked.add_extension(held, critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


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


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
