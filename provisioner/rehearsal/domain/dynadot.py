"""Dynadot's API3 as an application, with everything in it that has tripped its callers.

Errors come with HTTP 200; envelopes and the kind of a code differ from command to command; a key
that is wrong and an unknown field each answer in a shape of their own; ``set_dns2`` replaces.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from provisioner.dns.records import Record
from provisioner.rehearsal.domain.registrar import Domain, Registrar, digest

PATH = "/api3.json"
_PLAIN = frozenset({"key", "secret", "command", "domain", "ttl", "add_dns_to_current_setting"})
_NUMBERED = re.compile(
    r"(main_record_type|main_recordx|main_record|subdomain|sub_record_type|sub_recordx|sub_record)"
    r"(\d+)"
)
_TYPES = frozenset(
    {"a", "aaaa", "cname", "forward", "txt", "mx", "stealth", "email", "srv", "ns", "caa"}
)
Json = dict[str, Any]


class Faults:
    """What the next answers are to be instead of the right ones, in order."""

    def __init__(self) -> None:
        self.next: list[str] = []
        """``html``, ``truncated``, ``plain``, ``empty``, ``unavailable``, ``busy`` or ``hang``; one
        that begins with ``late-`` strikes after a change was carried out."""

    def take(self, *, late: bool) -> str:
        """Return the fault that strikes now, or nothing."""
        if not self.next or self.next[0].startswith("late-") is not late:
            return ""
        return self.next.pop(0).removeprefix("late-")


def create_dynadot(
    registrar: Registrar, accounts: Container[str], faults: Faults | None = None
) -> Starlette:
    """Return the application; ``accounts`` holds the digests of each key with its secret."""
    api = Api(registrar, accounts, faults or Faults())
    return Starlette(routes=[Route(PATH, api.answer, methods=["GET", "POST"])])


class Api:
    """The commands of one account, one at a time."""

    def __init__(self, registrar: Registrar, accounts: Container[str], faults: Faults) -> None:
        self._registrar = registrar
        self._accounts = accounts
        self._faults = faults
        self._one = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        told = dict(request.query_params)
        if request.method == "POST":
            told |= dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        async with self._one:
            if fault := self._faults.take(late=False):
                return await _faulty(fault, b"{}")
            body = msgspec.json.encode(self._obey(told))
            await asyncio.to_thread(self._registrar.save)
            changes = told.get("command") == "set_dns2"
            fault = self._faults.take(late=True) if changes else ""
            return await _faulty(fault, body) if fault else _json(body)

    def _obey(self, told: Mapping[str, str]) -> Json:
        if digest(told.get("key", ""), told.get("secret", "")) not in self._accounts:
            return {"Response": {"ResponseCode": "-1", "Error": "invalid key"}}
        command = told.get("command", "")
        domain = self._registrar.domains.get(told.get("domain", "").lower())
        match command:
            case "domain_info":
                return _domain_info(domain)
            case "set_dns2":
                return self._set_dns2(domain, told)
        return {"Response": {"ResponseCode": "-1", "Error": f"unknown command {command}"}}

    def _set_dns2(self, domain: Domain | None, told: Mapping[str, str]) -> Json:
        if domain is None:
            return _set_answer("-1", "error", "could not find domain in your account")
        if domain.locked:
            return _set_answer(-1, "error", "domain is locked")
        records = _records(told)
        if not records:
            return {
                "ResponseHeader": {"ResponseCode": "-1", "Error": "Invalid field in API request"}
            }
        append = told.get("add_dns_to_current_setting", "") in ("yes", "1", "true")
        name = domain.zone.domain
        self._registrar.write(name, records, append=append, ttl=told.get("ttl", ""))
        return _set_answer("0", "success", "")


def _domain_info(domain: Domain | None) -> Json:
    if domain is None:
        header = {"ResponseCode": -1, "Status": "error", "Error": "domain not in your account"}
        return {"DomainInfoResponse": header}
    zone = domain.zone
    settings = {
        "Type": "Dynadot DNS",
        "WithAds": "No",
        "TTL": zone.ttl,
        "MainDomains": [_entry(each) for each in zone.records if not each.name],
        "SubDomains": [{"Subhost": each.name} | _entry(each) for each in zone.records if each.name],
    }
    info = {
        "Name": zone.domain,
        "Locked": "yes",
        "Status": "active",
        "NameServerSettings": settings,
    }
    return {"DomainInfoResponse": {"ResponseCode": 0, "Status": "success", "DomainInfo": info}}


def _entry(record: Record) -> Json:
    entry: Json = {"RecordType": record.type, "Value": record.value}
    if record.extra:
        entry["Value2"] = record.extra
    if record.ttl:
        entry["TTL"] = int(record.ttl)
    return entry


def _set_answer(code: str | int, status: str, error: str) -> Json:
    header: Json = {"ResponseCode": code, "Status": status}
    if error:
        header["Error"] = error
    return {"SetDns2Response": {"ResponseHeader": header}}


def _records(told: Mapping[str, str]) -> list[Record] | None:
    """Return the records of numbered fields, or None if a field is unknown or one is missing."""
    fields: dict[tuple[str, int], str] = {}
    for name, value in told.items():
        found = _NUMBERED.fullmatch(name)
        if found:
            fields[found[1], int(found[2])] = value
        elif name not in _PLAIN:
            return None
    try:
        main = [_record(fields, "main_record", n, "") for n in _numbers(fields, "main_record")]
        below = [
            _record(fields, "sub_record", n, fields["subdomain", n])
            for n in _numbers(fields, "subdomain")
        ]
    except (KeyError, ValueError):
        return None
    return [*main, *below]


def _numbers(fields: Mapping[tuple[str, int], str], name: str) -> list[int]:
    return sorted(number for each, number in fields if each == name)


def _record(fields: Mapping[tuple[str, int], str], kind: str, number: int, name: str) -> Record:
    told = fields[f"{kind}_type", number]
    if told.lower() not in _TYPES:
        raise ValueError(told)
    beside = fields.get((f"{kind}x", number), "")
    # One field, two meanings: the priority of mail, the code of a forward, else a TTL.
    keeps = told.lower() in {"mx", "forward", "stealth", "email", "srv"}
    return Record(
        name=name.lower(),
        type=told.upper(),
        value=fields[kind, number],
        extra=beside if keeps else "",
        ttl="" if keeps else beside,
    )


async def _faulty(fault: str, body: bytes) -> Response:
    match fault:
        case "html":
            page = b"<html><head><title>Error</title></head><body>Oops</body></html>"
            return Response(page, media_type="text/html")
        case "truncated":
            return _json(body[: len(body) // 2] or b"{")
        case "plain":
            return Response(b"error: too many requests, try again later")
        case "empty":
            return Response(b"")
        case "busy":
            return _json(b'{"Response":{"ResponseCode":5,"Error":"previous request in progress"}}')
        case "hang":
            await asyncio.sleep(3600)
    return Response(b"unavailable", status_code=503)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
