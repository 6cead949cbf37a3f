"""The Dynadot client against the simulated account, with everything that has tripped callers."""

from __future__ import annotations

import logging
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.dns import dynadot_reply, wanted
from provisioner.dns.pool import claim, release
from provisioner.dns.records import Record, Zone
from provisioner.errors import DnsError
from tests.unit.dns.registrar import FAST, KEY, POOL, SECRET, Account

OTHERS = [
    Record(name="", type="A", value="192.0.2.10", ttl="300"),
    Record(name="", type="MX", value="mail.omani.works", extra="10"),
    Record(name="*", type="A", value="192.0.2.128", ttl="3600"),
    Record(name="txt", type="TXT", value='a "quoted"; value & more = 100% ü', ttl="60"),
    Record(name="old", type="FORWARD", value="https://omani.works/?a=b&c", extra="301"),
]
ME = "1" * 32

_records = st.lists(
    st.builds(
        Record,
        name=st.sampled_from(["", "www", "*", "a.b", "_dmarc"]),
        type=st.sampled_from(["A", "AAAA", "TXT", "CNAME"]),
        value=st.text(min_size=1, max_size=30),
        ttl=st.sampled_from(["60", "300", "3600"]),
    ),
    min_size=1,
    max_size=5,
)


@given(_records)
async def test_a_zone_that_is_read_and_written_back_is_the_same(records: list[Record]) -> None:
    """Whatever the values hold, nothing is lost or changed on the way."""
    account = Account(sorted(records, key=lambda each: bool(each.name)))
    async with account.client() as dynadot:
        seen = await dynadot.read()
        await dynadot.replace(seen)
    assert account.zone == seen
    assert list(account.zone.records) == sorted(records, key=lambda each: bool(each.name))


async def test_claim_and_release_leave_all_others_alone() -> None:
    """The whole way of a label through the real client, the traps of the API included."""
    account = Account(OTHERS)
    before = account.zone
    async with account.client() as dynadot:
        await claim(dynadot, FAST, "oman", ME, "192.0.2.1")
        await claim(dynadot, FAST, "oman", ME, "192.0.2.2")
        found = account.zone.records
        assert [each for each in found if not each.is_below("oman")] == OTHERS
        below = {(each.name, each.value) for each in found if each.type == "A"}
        assert {("console.oman", "192.0.2.2"), ("*.oman", "192.0.2.2")} <= below
        assert "192.0.2.1" not in {each.value for each in found}
        await release(dynadot, FAST, "oman", ME)
    assert account.zone == before


async def test_a_new_claim_is_five_requests() -> None:
    """Look, mark, look, records, look: and a claim that holds is one look."""
    account = Account(OTHERS)
    async with account.client() as dynadot:
        await claim(dynadot, FAST, "oman", ME, "192.0.2.1")
        assert dynadot.requests == 5
        await claim(dynadot, FAST, "oman", ME, "192.0.2.1")
        assert dynadot.requests == 6


async def test_a_zone_of_a_thousand_records_is_carried_whole() -> None:
    """What no URL can hold goes as a form."""
    many = [
        Record(name=f"host-{number}", type="A", value="192.0.2.7", ttl="300")
        for number in range(1000)
    ]
    account = Account([*many, wanted.claim("oman", ME), *wanted.addresses("oman", "192.0.2.1")])
    async with account.client() as dynadot:
        await claim(dynadot, FAST, "oman", ME, "192.0.2.2")
        await release(dynadot, FAST, "oman", ME)
    assert list(account.zone.records) == many


@pytest.mark.parametrize(
    ("domain", "key", "code"),
    [
        (POOL, "wrong-key", "dns_provider_key"),
        ("another.example", KEY, "dns_provider_domain"),
    ],
)
async def test_refusals_that_come_with_status_200_are_errors(
    domain: str, key: str, code: str
) -> None:
    """Each of the API's envelopes is understood."""
    async with Account(OTHERS).client(domain, key) as dynadot:
        with pytest.raises(DnsError) as refused:
            await dynadot.read()
        assert refused.value.code == code
        with pytest.raises(DnsError) as refused:
            await dynadot.add([Record(name="a", type="A", value="192.0.2.1")])
        assert refused.value.code == code


async def test_a_locked_domain_and_an_unknown_field_say_so() -> None:
    """Both answer in shapes of their own, and change nothing."""
    account = Account(OTHERS, locked=True)
    async with account.client() as dynadot:
        with pytest.raises(DnsError) as refused:
            await dynadot.replace(Zone(domain=POOL, records=(OTHERS[0],)))
        assert refused.value.code == "dns_provider_locked"
    account = Account(OTHERS)
    async with account.client() as dynadot:
        with pytest.raises(DnsError) as refused:
            await dynadot.add([Record(name="a", type="BOGUS", value="x")])
        assert refused.value.code == "dns_provider_refused"
        assert "Invalid field" in refused.value.facts["reason"]
    assert list(account.zone.records) == OTHERS


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("html", "dns_provider_malformed"),
        ("truncated", "dns_provider_malformed"),
        ("empty", "dns_provider_malformed"),
    ],
)
async def test_answers_that_are_none_are_told_and_change_nothing(fault: str, code: str) -> None:
    """HTML, half an answer, or nothing: each a sentence, and the zone is as it was."""
    account = Account(OTHERS)
    account.faults.next = [fault]
    async with account.client() as dynadot:
        with pytest.raises(DnsError) as refused:
            await claim(dynadot, FAST, "oman", ME, "192.0.2.1")
    assert refused.value.code == code
    assert list(account.zone.records) == OTHERS


@pytest.mark.parametrize("fault", ["busy", "plain", "unavailable"])
async def test_what_passes_is_waited_for(fault: str) -> None:
    """An API that is busy is asked again, and a write whose answer was lost is not done twice."""
    account = Account(OTHERS)
    account.faults.next = [fault, fault, "late-unavailable", "late-unavailable"]
    async with account.client() as dynadot:
        await claim(dynadot, FAST, "oman", ME, "192.0.2.1")
    ours = [each for each in account.zone.records if each.is_below("oman")]
    assert len(ours) == 1 + len(wanted.HOSTS)


async def test_an_api_that_hangs_meets_the_deadline() -> None:
    """No request is waited for longer than its deadline."""
    account = Account(OTHERS)
    account.faults.next = ["hang"] * 4
    async with account.client(deadline=0.05) as dynadot:
        with pytest.raises(DnsError) as refused:
            await dynadot.read()
    assert refused.value.code == "dns_provider_unreachable"


@pytest.mark.parametrize("fault", ["html", "hang", "truncated"])
async def test_key_and_secret_are_in_no_error_and_no_log(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Although they travel in the query, whatever fails tells neither."""
    caplog.set_level(logging.DEBUG)
    account = Account(OTHERS)
    account.faults.next = [fault] * 4
    said = ""
    async with account.client(deadline=0.05) as dynadot:
        try:
            await dynadot.read()
        except DnsError as error:
            said = "".join(traceback.format_exception(error)) + repr(error) + repr(error.facts)
        said += repr(dynadot) + repr(vars(dynadot))
    said += caplog.text
    assert fault != "html" or "Oops" in said
    for hidden in (KEY, SECRET, "key-of-the-pool", "of%the", "of%25the"):
        assert hidden not in said


async def test_a_zone_never_becomes_empty() -> None:
    """The API has no way to write an empty zone; it is told before anything is sent."""
    async with Account(OTHERS).client() as dynadot:
        with pytest.raises(DnsError) as refused:
            await dynadot.replace(Zone(domain=POOL, records=()))
    assert refused.value.code == "dns_zone_emptied"
    assert dynadot.requests == 0


async def test_an_api_that_stays_busy_is_told_as_busy() -> None:
    """It is asked some times, and then somebody is told to wait."""
    account = Account(OTHERS)
    account.faults.next = ["busy"] * 4
    async with account.client() as dynadot:
        with pytest.raises(DnsError) as refused:
            await dynadot.read()
    assert refused.value.code == "dns_provider_busy"
    assert dynadot.requests == 4


def test_a_zone_that_other_servers_hold_is_not_written() -> None:
    """Records at the registrar would reach nobody."""
    settings = {"Type": "Name Servers", "NameServers": [{"ServerName": "ns1.example.net"}]}
    body = {"DomainInfoResponse": {"DomainInfo": {"NameServerSettings": settings}}}
    with pytest.raises(DnsError) as refused:
        dynadot_reply.zone(body, POOL, str)
    assert refused.value.code == "dns_zone_elsewhere"
