"""A domain of one's own: what exactly to set, and what to say about what is there instead."""

from __future__ import annotations

from provisioner.dns import wanted
from provisioner.dns.answers import Answers, wrong
from provisioner.facts import DnsAnswer, DnsRecord, NameState
from provisioner.remedies import Remedy, explain

CODES = {
    NameState.WRONG: "dns_name_wrong",
    NameState.MISSING: "dns_name_missing",
    NameState.STALE: "dns_name_stale",
    NameState.PROXIED: "dns_name_proxied",
    NameState.CNAME: "dns_name_cname",
    NameState.SILENT: "dns_name_silent",
    NameState.BROKEN: "dns_name_broken",
}
"""The remedy of each state that is not right."""


def records(fqdn: str, address: str) -> tuple[DnsRecord, ...]:
    """Return the records to set, each under its full name."""
    return tuple(
        DnsRecord(name=name, type="A", value=address, ttl=wanted.TTL) for name in wanted.names(fqdn)
    )


def advice(answers: Answers, address: str) -> tuple[Remedy, ...]:
    """Return what is wrong and what to do, one remedy a name, the zone's own servers first."""
    first: dict[str, DnsAnswer] = {}
    for each in wrong(answers):
        first.setdefault(each.name, each)
    return tuple(explained(each, address) for each in first.values())


def explained(answer: DnsAnswer, address: str) -> Remedy:
    """Return what an answer that is not right means."""
    facts = {
        "name": answer.name,
        "server": answer.server,
        "address": address,
        "saw": " and ".join(answer.saw) or "nothing",
    }
    return explain(CODES[answer.state], facts)
