"""How far a Sovereign's name has come: at the servers of its zone, and at resolvers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from provisioner.dns import wanted
from provisioner.dns.answers import Answers, remaining, resolves, wrong
from provisioner.dns.ask import Reply, Server, ask
from provisioner.dns.delegation import Authority
from provisioner.dns.judging import judge
from provisioner.facts import DnsAnswer, NameState

__all__ = ["Answers", "look", "remaining", "resolves", "wrong"]


async def look(
    fqdn: str,
    address: str,
    authority: Authority,
    resolvers: Sequence[Server],
    *,
    former: Collection[str] = (),
    known: Answers = (),
) -> Answers:
    """Return how each host stands at each server; what is right in ``known`` is not asked again."""
    held = {(each.name, each.server): each for each in known if each.state is NameState.RIGHT}
    asked = [
        (name, server, is_authority)
        for servers, is_authority in ((authority.servers, True), (resolvers, False))
        for server in servers
        for name in wanted.names(fqdn)
    ]
    open_ = [each for each in asked if (each[0], str(each[1])) not in held]
    found = await asyncio.gather(*(_answer(*each, address, former) for each in open_))
    fresh = {(each.name, each.server): each for each in found} | held
    return _settled(tuple(fresh[name, str(server)] for name, server, _ in asked))


async def _answer(
    name: str, server: Server, authority: bool, address: str, former: Collection[str]
) -> DnsAnswer:
    if authority:
        reply, ipv6 = await asyncio.gather(ask(server, name, "A"), ask(server, name, "AAAA"))
    else:
        reply, ipv6 = await ask(server, name, "A", recursive=True), None
    saw = reply.values or ((reply.cname,) if reply.cname else ())
    return DnsAnswer(
        name=name,
        server=str(server),
        authority=authority,
        state=judge(address, reply, ipv6=ipv6, former=former),
        saw=saw if ipv6 is None or not ipv6.values else (*saw, *ipv6.values),
        ttl=_kept(reply),
    )


def _kept(reply: Reply) -> int:
    return reply.ttl if reply.rcode in ("NOERROR", "NXDOMAIN") else 0


def _settled(answers: Answers) -> Answers:
    """Call stale what a resolver still says although the zone itself is right."""
    at_home = {each.name for each in answers if each.authority and each.state is NameState.RIGHT}
    old = (NameState.WRONG, NameState.MISSING)
    return tuple(
        _stale(each) if not each.authority and each.state in old and each.name in at_home else each
        for each in answers
    )


def _stale(answer: DnsAnswer) -> DnsAnswer:
    return DnsAnswer(
        name=answer.name,
        server=answer.server,
        authority=False,
        state=NameState.STALE,
        saw=answer.saw,
        ttl=answer.ttl,
    )
