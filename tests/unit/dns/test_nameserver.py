"""The world's name server answers as the standards want, whatever the registrar was told."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.dns.records import Record, Zone
from provisioner.rehearsal.domain.nameserver import answer

ZONE = Zone(
    domain="omani.works",
    ttl="300",
    records=(
        Record(name="", type="A", value="192.0.2.1"),
        Record(name="*", type="A", value="192.0.2.128", ttl="3600"),
        Record(name="www", type="CNAME", value="omani.works"),
        Record(name="out", type="CNAME", value="example.org"),
        Record(name="*.oman", type="A", value="192.0.2.2"),
        Record(name="api.oman", type="A", value="192.0.2.3"),
        Record(name="old", type="FORWARD", value="https://omani.works/"),
        Record(name="big", type="TXT", value="x" * 2000),
        Record(name="bad", type="A", value="no address"),
    ),
)


def asked(name: str, kind: str = "A", longest: int | None = None) -> dns.message.Message:
    """Return what the server says."""
    said = answer(
        dns.message.make_query(name, kind).to_wire(), {ZONE.domain: ZONE}, "127.0.0.1", longest
    )
    assert said is not None
    return dns.message.from_wire(said)


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("omani.works", "A", ["192.0.2.1"]),
        ("anything.omani.works", "A", ["192.0.2.128"]),
        ("API.oman.Omani.Works", "A", ["192.0.2.3"]),
        ("console.oman.omani.works", "A", ["192.0.2.2"]),
        ("a.b.oman.omani.works", "A", ["192.0.2.2"]),
        ("www.omani.works", "A", ["omani.works.", "192.0.2.1"]),
        ("out.omani.works", "A", ["example.org."]),
        ("omani.works", "NS", ["ns1.omani.works."]),
        ("ns1.omani.works", "A", ["127.0.0.1"]),
        ("oman.omani.works", "A", []),
        ("old.omani.works", "A", ["192.0.2.128"]),
        ("bad.omani.works", "A", []),
        ("api.oman.omani.works", "AAAA", []),
    ],
)
def test_names_are_found_as_the_standards_say(name: str, kind: str, values: list[str]) -> None:
    """Exact names before wildcards, aliases followed, and empty names hide wildcards."""
    reply = asked(name, kind)
    assert [record.to_text() for each in reply.answer for record in each] == values
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.flags & dns.flags.AA


def test_what_is_not_there_is_denied_with_the_zones_soa() -> None:
    """A name below one that exists has no wildcard; another zone does not exist at all."""
    reply = asked("x.api.oman.omani.works")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert reply.authority[0].name.to_text() == "omani.works."
    assert asked("example.org").rcode() == dns.rcode.NXDOMAIN


def test_a_long_answer_is_cut_over_udp() -> None:
    """Whoever gets a cut answer asks again over TCP, and there it is whole."""
    assert asked("big.omani.works", "TXT", 1232).flags & dns.flags.TC
    assert len(b"".join(asked("big.omani.works", "TXT").answer[0][0].strings)) == 2000


@given(st.binary(max_size=80))
def test_no_datagram_breaks_the_server(wire: bytes) -> None:
    """What is no question gets no answer, and ends nothing."""
    answer(wire, {ZONE.domain: ZONE}, "127.0.0.1", 1232)
