"""The certificates of one rehearsed cluster: an authority, the server's, an administrator's.

Validity is wide on both sides, because the world's clock runs ahead of the machine's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = (
    "kubernetes", "kubernetes.default", "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local", "localhost",
)  # fmt: skip
ADDRESSES = ("127.0.0.1", "10.43.0.1", "10.0.1.2", "10.0.1.3", "10.0.1.4")
YEARS = timedelta(days=3650)
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pki:
    """Where the certificates and keys are; all files are the operator's alone."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate."""
        return self.folder / "ca.crt"

    @property
    def server(self) -> tuple[Path, Path]:
        """Certificate and key of the API server, and of etcd."""
        return self.folder / "server.crt", self.folder / "server.key"

    @property
    def administrator(self) -> tuple[Path, Path]:
        """Certificate and key of a member of system:masters."""
        return self.folder / "admin.crt", self.folder / "admin.key"

    @property
    def accounts(self) -> Path:
        """The key that signs service account tokens."""
        return self.folder / "accounts.key"

    def make(self) -> None:
        """Make everything, unless it is there."""
        if self.accounts.exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal-ca")])
        signer = _key()
        _write(self.authority, _pem(_signed(issuer, signer, issuer, signer, authority=True)))
        for (certificate, place), name, groups in (
            (self.server, "kube-apiserver", ()),
            (self.administrator, "system:admin", ("system:masters",)),
        ):
            key = _key()
            subject = _name(name, groups)
            _write(certificate, _pem(_signed(subject, key, issuer, signer)))
            _write(place, _private(key))
        _write(self.accounts, _private(_key()))


def _key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _name(name: str, groups: tuple[str, ...]) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _signed(
    subject: x509.Name, key: Key, issuer: x509.Name, signer: Key, *, authority: bool = False
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - YEARS)
        .not_valid_after(now + YEARS)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    builder = _identified(builder, key, signer)
    if authority:
        return _usage(builder, signs=True).sign(signer, hashes.SHA256())
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ip_address(address)) for address in ADDRESSES]
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == []:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _usage(builder, signs=False).sign(signer, hashes.SHA256())


def _identified(builder: x509.CertificateBuilder, key: Key, signer: Key) -> x509.CertificateBuilder:
    """Name both keys: strict verifiers want it (RFC 5280, 4.2.1.1)."""
    mine = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    theirs = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(mine, critical=False).add_extension(theirs, critical=False)


def _usage(builder: x509.CertificateBuilder, *, signs: bool) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return builder.add_extension(usage, critical=True)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _write(place: Path, content: bytes) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
