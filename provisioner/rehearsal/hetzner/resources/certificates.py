"""Certificates that were uploaded, for load balancers that end TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.model import Certificate
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    check_name,
    check_unique,
    checked,
    find,
    moment,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from cryptography import x509

    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "certificate"


class Create(msgspec.Struct):
    """The body of POST /certificates."""

    name: str
    type: Literal["uploaded", "managed"] = "uploaded"
    certificate: str | None = None
    private_key: str | None = None
    domain_names: list[str] = []
    labels: Labels | None = None


def balancers_with(cloud: Cloud, key: int) -> list[int]:
    """Return the load balancers with a service that has a certificate, by id."""
    return [
        balancer.id
        for balancer in cloud.state.load_balancers.values()
        if any(
            key in (service["http"] or {}).get("certificates", ()) for service in balancer.services
        )
    ]


def view(cloud: Cloud, entry: Certificate) -> JSON:
    """Return a certificate's answer; the private key is never shown."""
    users = balancers_with(cloud, entry.id)
    return {
        "id": entry.id,
        "name": entry.name,
        "type": "uploaded",
        "certificate": entry.certificate,
        "created": moment(entry.created),
        "not_valid_before": moment(entry.not_before),
        "not_valid_after": moment(entry.not_after),
        "domain_names": entry.domain_names,
        "fingerprint": entry.fingerprint,
        "status": None,
        "labels": entry.labels,
        "used_by": [{"id": key, "type": "load_balancer"} for key in users],
    }


def create(cloud: Cloud, call: Call) -> Answer:
    """Keep a certificate whose private key fits; the key itself is forgotten."""
    body: Create = call.body
    table = cloud.state.certificates
    check_unique(table.values(), KIND, check_name(body.name))
    labels = checked(body.labels)
    if body.type == "managed":
        raise Refused("unsupported_error", "only uploaded certificates are simulated")
    pem = body.certificate or ""
    found = _parsed(pem, body.private_key or "")
    cloud.require_quota(KIND, len(table))
    entry = Certificate(
        id=cloud.new_id(),
        name=body.name,
        created=cloud.now(),
        labels=labels,
        certificate=pem,
        fingerprint=_fingerprint(found),
        domain_names=_domains(found),
        not_before=found.not_valid_before_utc.timestamp(),
        not_after=found.not_valid_after_utc.timestamp(),
    )
    table[entry.id] = entry
    return Answer({KIND: view(cloud, entry), "action": None}, 201)


def _parsed(pem: str, key: str) -> x509.Certificate:
    """Return the first certificate of a chain; raises invalid_input, also for another one's key."""
    # Loaded where it is needed: no other kind of resource wants it, and it takes its time.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = x509.load_pem_x509_certificates(pem.encode(errors="replace"))[0]
    except (ValueError, IndexError) as error:
        raise invalid("certificate", "is no certificate in PEM format") from error
    try:
        own: Any = load_pem_private_key(key.encode(errors="replace"), None)
    except (ValueError, TypeError) as error:
        raise invalid("private_key", "is no private key in PEM format") from error
    if own.public_key() != found.public_key():
        raise invalid("private_key", "does not belong to the certificate")
    return found


def _fingerprint(found: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.hashes import SHA1

    return found.fingerprint(SHA1()).hex(":")  # noqa: S303  # the API shows it; nothing trusts it


def _domains(found: x509.Certificate) -> list[str]:
    from cryptography import x509

    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Remove a certificate that no load balancer has."""
    entry = find(cloud.state.certificates, KIND, call.params[0])
    if balancers_with(cloud, entry.id):
        raise Refused("resource_in_use", "certificate is still in use", {})
    remove(cloud, entry.id)
    return Answer(None, 204)


def remove(cloud: Cloud, key: int) -> None:
    """Take a certificate out of the project, and out of every service."""
    for balancer in cloud.state.load_balancers.values():
        for service in balancer.services:
            if service["http"] and key in service["http"]["certificates"]:
                service["http"]["certificates"].remove(key)
    del cloud.state.certificates[key]


CERTIFICATES = Kind(KIND, view, ("type",))
ROUTES = (
    *CERTIFICATES.reading(),
    Route("POST", "/certificates", create, Create),
    CERTIFICATES.updating(),
    Route("DELETE", "/certificates/{}", delete),
)
