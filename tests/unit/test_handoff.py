"""The hand-off says what was seen, says what is not there, and holds no secret."""

from __future__ import annotations

import base64
import stat
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from provisioner import events as e
from provisioner.cluster.graph import expected_components
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.cluster.ports import Object
from provisioner.errors import CatalystError, ClusterError
from provisioner.facts import (
    DnsAnswer,
    DnsRecord,
    ExpectedComponent,
    NameState,
    Outcome,
    OutsideCheck,
    State,
)
from provisioner.folding import fold
from provisioner.handoff import (
    Fact,
    Handoff,
    first_administrator,
    handoff,
    handoff_of,
    verdict,
    write_handoff,
)
from provisioner.home import SovereignFolder
from provisioner.outside import OWN
from provisioner.view import View
from tests.unit.builders import FQDN, START, change, plan, recorded, run_started
from tests.unit.cluster.partial_kube import PartialKube

ADDRESS = "192.0.2.1"
OUTPUTS = {
    "load_balancer": {"name": "lb", "ipv4": ADDRESS, "id": 1},
    "control_planes": {"cp1": {"name": "cp1", "ipv4": "192.0.2.2"}},
}
KEYCLOAK = ExpectedComponent(
    name="keycloak",
    title="Identity",
    versions=("keycloakx 7.3.2", "postgres 1.6.7"),
    administrator="keycloak/keycloak-admin",
)
PLATFORM = ExpectedComponent(
    name="platform", hosts={"gitea": "Git"}, authority="somewhere/authority"
)
WELL = [
    run_started(),
    plan([change("cp1")]),
    e.PlanConfirmed(sha256="a" * 64, by="hash"),
    e.OutputsSaved(outputs=OUTPUTS),
    e.AccessEstablished(node="cp1", fingerprint="SHA256:x", kubernetes="v1.36.3"),
    e.NodeChanged(node="cp1", ready=True),
    e.KitApplied(components=(KEYCLOAK, PLATFORM), deadline=START),
    e.ComponentChanged(component="keycloak", state=State.HEALTHY),
    e.ComponentChanged(component="platform", state=State.HEALTHY),
]
RECORDS = e.DnsRecordsWanted(
    zone="omani.works",
    records=(DnsRecord(name=f"api.{FQDN}", type="A", value=ADDRESS, ttl=300),),
    by="Dynadot",
)


def check(what: str, host: str, saw: str, code: str = "") -> OutsideCheck:
    """Return one look at a host."""
    return OutsideCheck(what=what, target=f"{host}.{FQDN}", ok=not code, saw=saw, code=code)


def seen(*checks: OutsideCheck) -> e.OutsideChecked:
    """Return what verify journals."""
    return e.OutsideChecked(checks=checks, seconds=1)


def page(*events: e.Event) -> Handoff:
    """Return the hand-off of a story."""
    return handoff(fold(View(fqdn=FQDN), recorded(*WELL, *events)))


def facts(found: Handoff) -> dict[str, Fact]:
    """Return all lines by name."""
    return {fact.name: fact for section in found.sections for fact in section.facts}


def test_what_answered_stands_there_as_it_answered() -> None:
    """All is well, and each line is what was seen."""
    found = page(RECORDS, seen(check("tls", "api", "signed by R"), check("http", "api", "200 OK")))
    assert found.whole
    lines = facts(found)
    assert lines[f"https://api.{FQDN}/"].value.endswith("200 OK")
    assert lines["Kubernetes"].value == "v1.36.3"
    assert "20.00 EUR" in lines["all that is rented"].value
    assert lines["DNS"].value == "1 records in omani.works, set through Dynadot"
    assert f"--confirm {FQDN}" in lines["destroy"].value
    assert "23.80 with 19 % VAT" in lines["all that is rented"].value
    assert "look again" not in lines
    assert found.at is not None
    assert verdict(found).endswith("everything is as it should be.")


def test_what_is_not_there_is_said_with_what_to_do() -> None:
    """A page that fails, a name that is wrong, a component that fell: each is a line of its own."""
    answer = DnsAnswer(
        name=f"api.{FQDN}",
        server="ns1",
        authority=True,
        state=NameState.WRONG,
        saw=("192.0.2.9",),
    )
    found = page(
        RECORDS,
        e.DnsRecordsChecked(answers=(answer,)),
        seen(
            check("tls", "gitea", "expired", "tls_expired"),
            check("http", "gitea", "200 OK"),
            check("http", "api", "503", "http_failing"),
        ),
        e.ComponentChanged(component="keycloak", state=State.DEGRADED, detail="0/1 pods"),
    )
    assert not found.whole
    lines = facts(found)
    assert not lines[f"https://gitea.{FQDN}/"].ok
    assert "entrance" in lines[f"https://gitea.{FQDN}/"].value
    assert f"`catalyst dns {FQDN}` looks again" in lines[f"https://api.{FQDN}/"].value
    assert "192.0.2.9" in lines[f"api.{FQDN}"].value
    assert lines["keycloak"].value == "degraded: 0/1 pods"
    assert not lines["first administrator"].ok
    assert lines["look again"].value.startswith(f"catalyst dns {FQDN}")
    assert verdict(found).endswith("; 5 with ! are not as they should be.")


def test_before_verify_nothing_is_claimed_of_the_outside() -> None:
    """An address that was not asked for is no address."""
    found = page()
    assert not facts(found)["addresses"].ok
    assert not any(name.startswith("https://") for name in facts(found))


def test_an_authority_of_ones_own_is_to_be_given_to_every_user() -> None:
    """Browsers trust it only where it is installed, so the page says where it is."""
    own = page(seen(check("tls", "api", f"signed by {FQDN}; {OWN}")))
    told = facts(own)["trust"].value
    assert r"kubectl -n somewhere get secret authority -o jsonpath='{.data.tls\.crt}'" in told
    assert "trust" not in facts(page(seen(check("tls", "api", "signed by R"))))


def test_hosts_and_versions_are_those_of_the_kit_that_was_applied() -> None:
    """Charts stand with their versions; a host that the kit does not name has no purpose."""
    lines = facts(page(seen(check("http", "gitea", "200 OK"), check("http", "odd", "200 OK"))))
    assert lines["keycloak"].value == "Identity; keycloakx 7.3.2, postgres 1.6.7"
    assert lines[f"https://gitea.{FQDN}/"].value == "Git; 200 OK"
    assert lines[f"https://odd.{FQDN}/"].value == "odd; 200 OK"


def test_the_packaged_kit_tells_the_hand_off_what_it_needs() -> None:
    """Each component has a version; hosts and Secrets are those of the manifests."""
    kit = packaged_kit()
    expected = {each.name: each for each in expected_components(kit)}
    assert all(each.versions for each in expected.values())
    assert expected["flux"].versions == (f"flux {kit.sheet.flux.version}",)
    assert expected["spire"].versions == ("spire-crds 0.6.0", "spire 0.30.0")
    assert expected["catalyst-platform"].versions == ("catalyst-platform 0.1.0",)
    root = files("modules") / "bootstrap-kit" / "catalyst-platform" / "chart"
    values = YAML(typ="safe").load((root / "values.yaml").read_text("utf-8"))
    hosts = expected["catalyst-platform"].hosts
    assert set(hosts) == set(values["hosts"])
    landing = {name for name, to in values["hosts"].items() if to["service"] == "landing"}
    assert {name for name, what in hosts.items() if "landing page" in what} == landing
    made = {f"{s.namespace}/{s.name}" for part in kit.parts for s in part.sheet.secrets}
    assert expected["keycloak"].administrator in made
    namespace, _, name = expected["catalyst-platform"].authority.partition("/")
    assert f"secretName: {name}" in (root / "templates" / "issuer.yaml").read_text("utf-8")
    assert namespace == "catalyst-platform"


def test_what_was_never_ready_is_not_handed_over() -> None:
    """Half a Sovereign has no page; one that is ready has."""
    view = fold(View(fqdn=FQDN), recorded(*WELL))
    with pytest.raises(CatalystError) as error:
        handoff_of(view)
    assert error.value.code == "handoff_not_ready"
    ready = e.RunFinished(outcome=Outcome.READY, seconds=1)
    assert handoff_of(fold(View(fqdn=FQDN), recorded(*WELL, ready))).fqdn == FQDN


async def test_the_file_is_the_operators_alone(tmp_path: Path) -> None:
    """It says where the administrator is to be found, and marks what is not as it should be."""
    view = fold(View(fqdn=FQDN), recorded(*WELL))
    await write_handoff(SovereignFolder(tmp_path), view)
    place = tmp_path / "handoff.md"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    text = place.read_text()
    assert text.startswith(f"# {FQDN}\n")
    assert "- ! addresses: not looked at from outside yet" in text
    assert "keycloak-admin in the namespace keycloak" in text
    assert f"catalyst handoff {FQDN} --administrator" in text


class Secrets(PartialKube):
    """As much of a cluster's API as holds one Secret."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self._data = data

    async def get(self, path: str, **_: str) -> Object:
        """Return the Secret."""
        assert path == "/api/v1/namespaces/keycloak/secrets/keycloak-admin"
        return {"data": dict(self._data)}


async def test_the_first_administrator_is_read_when_asked_for() -> None:
    """The password is a secret in every printed form, and a Secret without one is an error."""
    data = {
        name: base64.b64encode(value.encode()).decode()
        for name, value in {"username": "admin", "password": "s3cret-word"}.items()
    }
    found = await first_administrator(Secrets(data), [KEYCLOAK])
    assert (found.username, found.password.get_secret_value()) == ("admin", "s3cret-word")
    assert "s3cret-word" not in repr(found)
    with pytest.raises(ClusterError) as error:
        await first_administrator(Secrets({}), [KEYCLOAK])
    assert error.value.code == "handoff_no_administrator"
    with pytest.raises(ClusterError) as error:
        await first_administrator(Secrets(data), [PLATFORM])
    assert error.value.code == "handoff_no_administrator"
