"""What Dynadot's answers mean: several envelopes, codes as numbers or words, errors with HTTP 200.

The envelope is searched for, not expected: a header is any object that has a code, a status or an
error. Sources: Dynadot's API3 documentation and recorded answers of its commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2
import msgspec

from provisioner.dns.records import Record, Zone
from provisioner.errors import DnsError

Json = dict[str, Any]
Redact = Callable[[str], str]

LONGEST_SAID = 200
DEEPEST = 6
_CODES = ("ResponseCode", "SuccessCode", "code")
_WELL = frozenset({"0", "success", "ok"})
_MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dns_provider_key", ("invalid key", "invalid secret", "invalid api", "auth", "ip address")),
    ("dns_provider_busy", ("rate", "too many", "try again", "being processed", "in progress")),
    ("dns_provider_domain", ("not found", "could not find", "not in your account", "not own")),
    ("dns_provider_locked", ("lock",)),
)
"""Words in an error, and the code of the remedy for it; the first that fits."""


def settings(response: httpx2.Response, command: str, redact: Redact) -> Json:
    """Return the body of a good answer; raises DnsError for any other."""
    if response.status_code != httpx2.codes.OK:
        raise _by_status(response, command, redact)
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _malformed(command, response.text, redact) from None
    header = _header(body)
    if not isinstance(body, dict) or header is None:
        raise _malformed(command, response.text, redact)
    if not _is_well(header):
        raise _refused(command, header, redact)
    return body


def zone(body: Json, domain: str, redact: Redact) -> Zone:
    """Return the zone in the answer to ``domain_info`` or ``get_dns``; raises DnsError."""
    found = next((each["NameServerSettings"] for each in _objects(body) if _has_zone(each)), None)
    if found is None:
        raise _malformed("domain_info", str(sorted(body)), redact)
    kind = str(found.get("Type") or "")
    if "name server" in kind.lower():
        raise DnsError("dns_zone_elsewhere", zone=domain, kind=kind)
    try:
        main = [_record(each, "") for each in found.get("MainDomains") or ()]
        below = [_record(each, each["Subhost"]) for each in found.get("SubDomains") or ()]
    except (KeyError, TypeError, AttributeError):
        raise _malformed("domain_info", str(found), redact) from None
    return Zone(domain=domain, records=(*main, *below), ttl=_text(found.get("TTL")))


def busy(command: str, reason: str) -> DnsError:
    """Return the error for an API that may answer later."""
    return DnsError("dns_provider_busy", provider="Dynadot", request=command, reason=reason)


def _record(entry: Json, name: str) -> Record:
    lowered = name.strip().lower()
    return Record(
        name="" if lowered == "@" else lowered,
        type=str(entry["RecordType"]).upper(),
        value=str(entry["Value"]),
        extra=_text(entry.get("Value2")),
        ttl=_text(entry.get("TTL")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _has_zone(each: Mapping[str, Any]) -> bool:
    return isinstance(each.get("NameServerSettings"), dict)


def _objects(value: Any, depth: int = 0) -> Iterator[Json]:
    """Yield every object in an answer, outermost first."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner, depth + 1)


def _header(body: Any) -> Json | None:
    """Return the outermost object that has a code or an error, else the first with a status."""
    # Domains have a status of their own, further in.
    objects = list(_objects(body))
    sure = (each for each in objects if any(name in each for name in (*_CODES, "Error")))
    likely = (each for each in objects if isinstance(each.get("Status"), str))
    return next(sure, None) or next(likely, None)


def _is_well(header: Json) -> bool:
    """Return whether code, status and error all say so, as far as they are there."""
    told = [header[name] for name in (*_CODES, "Status") if header.get(name) not in (None, "")]
    return not header.get("Error") and all(str(each).strip().lower() in _WELL for each in told)


def _refused(command: str, header: Json, redact: Redact) -> DnsError:
    code = next((str(header[name]) for name in _CODES if name in header), "")
    reason = next(
        (str(header[name]) for name in ("Error", "Message", "Status") if header.get(name)), ""
    )
    return _meaning(command, redact(reason)[:LONGEST_SAID] or f"code {code or 'missing'}", code)


def _meaning(command: str, reason: str, code: str) -> DnsError:
    lowered = reason.lower()
    for meaning, words in _MEANINGS:
        if any(word in lowered for word in words):
            return DnsError(meaning, provider="Dynadot", request=command, reason=reason)
    return DnsError(
        "dns_provider_refused", provider="Dynadot", request=command, reason=reason, api_code=code
    )


def _malformed(command: str, said: str, redact: Redact) -> DnsError:
    shown = " ".join(redact(said).split())[:LONGEST_SAID]
    # Some errors are a bare line of text.
    if shown.isascii() and "<" not in shown and "{" not in shown and shown:
        found = _meaning(command, shown, "")
        if found.code != "dns_provider_refused":
            return found
    return DnsError(
        "dns_provider_malformed",
        provider="Dynadot",
        request=command,
        reason=f'"{shown}"' if shown else "an empty answer",
    )


def _by_status(response: httpx2.Response, command: str, redact: Redact) -> DnsError:
    status = response.status_code
    if status in (401, 403):
        reason = f"status {status}"
        return DnsError("dns_provider_key", provider="Dynadot", request=command, reason=reason)
    if status == 429 or status >= 500:
        return busy(command, f"status {status}")
    return _malformed(command, f"status {status}: {response.text}", redact)
