"""What a load balancer listens to: services as asked for, as kept with all defaults, as changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from provisioner.rehearsal.hetzner.catalogue import LoadBalancerType
from provisioner.rehearsal.hetzner.model import LoadBalancer
from provisioner.rehearsal.hetzner.refusal import Refused, invalid, not_found

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

Protocol = Literal["tcp", "http", "https"]
LAST_PORT = 65535
USUAL_PORT = {"http": 80, "https": 443}
HTTP: dict[str, Any] = {
    "cookie_name": "HCLBSTICKY",
    "cookie_lifetime": 300,
    "certificates": [],
    "redirect_http": False,
    "sticky_sessions": False,
    "timeout_idle": 60,
}
CHECK: dict[str, Any] = {"interval": 15, "timeout": 10, "retries": 3}
CHECK_HTTP: dict[str, Any] = {
    "domain": "",
    "path": "/",
    "response": "",
    "status_codes": ["2??", "3??"],
    "tls": False,
}


class Http(msgspec.Struct, omit_defaults=True):
    """HTTP options of a service."""

    cookie_name: str | None = None
    cookie_lifetime: int | None = None
    certificates: list[int] | None = None
    redirect_http: bool | None = None
    sticky_sessions: bool | None = None
    timeout_idle: int | None = None


class CheckHttp(msgspec.Struct, omit_defaults=True):
    """HTTP options of a health check."""

    domain: str | None = None
    path: str | None = None
    response: str | None = None
    status_codes: list[str] | None = None
    tls: bool | None = None


class Check(msgspec.Struct, omit_defaults=True):
    """A health check."""

    protocol: Protocol | None = None
    port: int | None = None
    interval: int | None = None
    timeout: int | None = None
    retries: int | None = None
    http: CheckHttp | None = None


class Service(msgspec.Struct, omit_defaults=True):
    """A service as it is asked for; a change names only what becomes different."""

    protocol: Protocol | None = None
    listen_port: int | None = None
    destination_port: int | None = None
    proxyprotocol: bool | None = None
    http: Http | None = None
    health_check: Check | None = None


def completed(wanted: Service) -> dict[str, Any]:
    """Return a new service with every default that the API fills in; raises invalid_input."""
    if wanted.protocol is None:
        raise invalid("protocol", "is required")
    listen = wanted.listen_port or USUAL_PORT.get(wanted.protocol)
    destination = wanted.destination_port or (80 if wanted.protocol != "tcp" else None)
    if listen is None or destination is None:
        raise invalid("listen_port", "listen_port and destination_port are required for tcp")
    fresh: dict[str, Any] = {
        "protocol": wanted.protocol,
        "listen_port": listen,
        "destination_port": destination,
        "proxyprotocol": False,
        "http": None if wanted.protocol == "tcp" else dict(HTTP),
        "health_check": {
            "protocol": "tcp" if wanted.protocol == "tcp" else "http",
            "port": destination,
            **CHECK,
            "http": None if wanted.protocol == "tcp" else dict(CHECK_HTTP),
        },
    }
    return changed(fresh, wanted)


def changed(service: dict[str, Any], wanted: Service) -> dict[str, Any]:
    """Return a service with what a request changes; raises invalid_input."""
    merged = _merge(service, msgspec.to_builtins(wanted))
    check = merged["health_check"]
    if check["protocol"] == "tcp":
        check["http"] = None
    elif check["http"] is None or len(check["http"]) < len(CHECK_HTTP):
        check["http"] = CHECK_HTTP | (check["http"] or {})
    if merged["protocol"] == "tcp":
        merged["http"] = None
    elif merged["http"] is None or len(merged["http"]) < len(HTTP):
        merged["http"] = HTTP | (merged["http"] or {})
    _check(merged)
    return merged


def require_certificates(cloud: Cloud, kind: LoadBalancerType, services: list[Any]) -> None:
    """Refuse services of which one names a certificate that there is not, or all too many."""
    wanted = [key for one in services for key in (one["http"] or {}).get("certificates", ())]
    for key in wanted:
        if key not in cloud.state.certificates:
            raise not_found("certificate", key)
    if len(set(wanted)) > kind.max_assigned_certificates:
        raise Refused(
            "resource_limit_exceeded",
            "load balancer certificates limit exceeded",
            {"limits": [{"name": "load_balancer_certificates_limit"}]},
        )


def _merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = _merge(before, value) if both and before is not None else value
    return merged


def _check(service: dict[str, Any]) -> None:
    check = service["health_check"]
    limits = {
        "listen_port": (service["listen_port"], 1, LAST_PORT),
        "destination_port": (service["destination_port"], 1, LAST_PORT),
        "health_check.port": (check["port"], 1, LAST_PORT),
        "health_check.interval": (check["interval"], 3, 60),
        "health_check.timeout": (check["timeout"], 1, check["interval"]),
        "health_check.retries": (check["retries"], 1, 5),
    }
    for field, (value, least, most) in limits.items():
        if not least <= value <= most:
            raise invalid(field, f"must be between {least} and {most}")
    if service["protocol"] == "https" and not service["http"]["certificates"]:
        raise invalid("http.certificates", "is required for https")


def require_port_free(balancer: LoadBalancer, kind: LoadBalancerType, port: int) -> None:
    """Refuse a service whose port is taken, or one too many."""
    if any(service["listen_port"] == port for service in balancer.services):
        raise Refused("source_port_already_used", f"listen port {port} is already used", {})
    if len(balancer.services) >= kind.max_services:
        raise Refused(
            "resource_limit_exceeded",
            "load balancer services limit exceeded",
            {"limits": [{"name": "load_balancer_services_limit"}]},
        )
