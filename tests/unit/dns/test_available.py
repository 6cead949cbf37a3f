"""Before money is spent: whether the label can be had, and a certificate for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from provisioner.checks import domain
from provisioner.dns import wanted
from provisioner.dns.records import Record
from provisioner.facts import Severity
from provisioner.home import SovereignFolder
from provisioner.outside.budget import Ledger
from provisioner.rehearsal.domain.nameserver import serve_dns
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.world import World
from tests.unit.answers.examples import answers
from tests.unit.dns.registrar import KEY, POOL, SECRET, Account

ME = "1" * 32
ZONE = [
    Record(name="*", type="A", value="185.53.179.128"),
    wanted.claim("mine", ME),
    wanted.claim("theirs", "2" * 32),
    Record(name="www.used", type="A", value="192.0.2.1"),
]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Let the check ask a simulated account."""
    made = Account(ZONE)
    monkeypatch.setattr(
        domain,
        "Dynadot",
        lambda _url, zone, key, secret, *_: made.client(
            zone, key.get_secret_value(), secret.get_secret_value()
        ),
    )
    return made


@pytest.mark.parametrize(
    ("label", "code"),
    [("free", ""), ("mine", ""), ("theirs", "dns_label_claimed"), ("used", "dns_label_used")],
)
async def test_the_zone_tells_whether_a_label_is_free(
    account: Account, label: str, code: str
) -> None:
    """A taken label blocks, and the parked wildcard says nothing."""
    key, secret = SecretStr(KEY), SecretStr(SECRET)
    found = await domain.check_label(World(speed=500), label, POOL, ME, key, secret)
    assert [each.code for each in found] == ([code] if code else [])
    assert all(each.severity is Severity.BLOCKING for each in found)
    assert list(account.zone.records) == ZONE


async def test_a_zone_that_cannot_be_read_is_a_warning(account: Account) -> None:
    """Neither a missing nor a wrong key keeps a cluster from being built."""
    without = await domain.check_label(World(speed=500), "a", POOL, ME, None, None)
    wrong = await domain.check_label(
        World(speed=500), "a", POOL, ME, SecretStr("wrong-key"), SecretStr(SECRET)
    )
    assert [each.code for each in (*without, *wrong)] == ["dns_key_missing", "dns_provider_key"]
    assert all(f"`catalyst dns a.{POOL}`" in each.remedy for each in (*without, *wrong))
    assert {each.severity for each in (*without, *wrong)} == {Severity.WARNING}
    assert account.zone.records


@pytest.mark.parametrize(
    ("issued", "code"),
    [(2, ""), (3, "certificate_budget_low"), (5, "certificate_budget_spent")],
)
def test_a_rebuild_is_warned_of_a_spent_budget(tmp_path: Path, issued: int, code: str) -> None:
    """The ledger is the home's, so that it knows of Sovereigns that are gone."""
    spec = SovereignSpec.model_validate(answers())
    folder = SovereignFolder(tmp_path / "sovereigns" / spec.fqdn).create()
    run = Run(spec=spec, folder=folder, world=World(), emit=lambda _: None)
    ledger = Ledger.of(folder, wanted.sites(spec.fqdn))
    for number in range(issued):
        ledger.note("production", str(number), datetime.now(UTC) - timedelta(days=1))
    found = domain.check_budget(run)
    assert [each.code for each in found] == ([code] if code else [])
    assert all(each.severity is Severity.WARNING for each in found)


OTHERS = Record(name="", type="CAA", value='0 issue "ca.example.net"')
NOBODY = Record(name="", type="CAA", value='0 issue ";"')
MAIL = Record(name="", type="CAA", value='0 iodef "mailto:a@example.net"')
OURS = Record(name="", type="CAA", value='0 issue "letsencrypt.org; validationmethods=http-01"')
CLOSER = Record(name="cloud", type="CAA", value='0 issue "letsencrypt.org"')


@pytest.mark.parametrize(
    ("fqdn", "records", "code"),
    [
        ("cloud.omani.works", [], ""),
        ("cloud.example.invalid", [], "dns_domain_unknown"),
        ("cloud.omani.works", [OTHERS], "dns_caa_forbids"),
        ("cloud.omani.works", [NOBODY], "dns_caa_forbids"),
        ("cloud.omani.works", [MAIL], ""),
        ("cloud.omani.works", [OTHERS, OURS], ""),
        ("cloud.omani.works", [OTHERS, CLOSER], ""),
    ],
)
async def test_the_way_to_an_own_domain_is_looked_at_before_money_is_spent(
    fqdn: str, records: list[Record], code: str
) -> None:
    """A domain that nobody registered, or that lets only others sign, is a warning."""
    zones = {POOL: Account([*ZONE, *records]).zone}
    async with serve_dns(lambda: zones) as port:
        world = World(resolvers=(f"127.0.0.1:{port}",), dns_port=port)
        found = await domain.check_own(world, fqdn, "production")
        unsigned = await domain.check_own(world, fqdn, "own")
    assert [each.code for each in found] == ([code] if code else [])
    assert all(each.severity is Severity.WARNING for each in found)
    assert "dns_caa_forbids" not in {each.code for each in unsigned}
