"""Destroy gives back what is ours, asks where something could be lost, and touches nothing else."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from pydantic import SecretStr

from provisioner.attach import cancel
from provisioner.dns import wanted
from provisioner.dns.owner import FILE, owner_of
from provisioner.errors import CatalystError
from provisioner.events import DnsRecordsWritten
from provisioner.facts import Outcome
from provisioner.rehearsal.domain.registrar import Registrar, usual
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.run import Consent
from provisioner.world import World
from screens.words import drift_words
from tests.integration.nameservers import free_port
from tests.integration.rented import TOKEN, Rented, rented
from tests.integration.test_dns_phase import KEY, SECRET, domain_world
from tests.toolbench import until

SURE = Consent(destroy=True)
THEIRS = {"name": "theirs", "server_type": "cx33", "image": "debian-12", "location": "fsn1"}
MORE_THAN_A_PAGE = 55
"""Resources of others; the API lists at most 50 on a page."""


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=60, scale=0.1) as made:
        yield made


async def ask(sovereign: Rented, method: str, path: str, body: Any = None) -> Any:
    """Do something in the project by hand."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(headers=headers) as client:
        answer = await client.request(method, f"{sovereign.world.hetzner}{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else {}


def name_by(sovereign: Rented, names: World) -> None:
    """Give the Sovereign a world's registrar and name servers, and the key of the account."""
    keys = {"dynadot_key": SecretStr(KEY), "dynadot_secret": SecretStr(SECRET)}
    sovereign.secrets = {**sovereign.secrets, **keys}
    sovereign.world = msgspec.structs.replace(
        sovereign.world,
        dynadot=names.dynadot,
        resolvers=names.resolvers,
        dns_port=names.dns_port,
    )


async def test_what_is_of_others_stays_and_what_is_ours_goes_even_without_a_state(
    sovereign: Rented,
) -> None:
    """With the state lost, a sweep by label leaves a foreign server, key and volume alone."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"
    await ask(sovereign, "POST", "/ssh_keys", {"name": "theirs", "public_key": key})
    await sovereign.apply_only()
    await ask(sovereign, "POST", "/servers", THEIRS)
    volume = {"name": "theirs", "size": 10, "location": "fsn1"}
    await ask(sovereign, "POST", "/volumes", volume)
    sovereign.cloud.state.settings.quota["placement_group"] = 2 * MORE_THAN_A_PAGE
    for number in range(MORE_THAN_A_PAGE):
        group = {"name": f"theirs-{number:02}", "type": "spread"}
        await ask(sovereign, "POST", "/placement_groups", group)
    shutil.rmtree(sovereign.folder.tofu)
    assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    groups = sovereign.cloud.state.placement_groups.values()
    assert len([each for each in groups if each.name.startswith("theirs")]) == MORE_THAN_A_PAGE
    assert sovereign.names() - {each.name for each in groups} == {"theirs"}
    assert len(groups) == MORE_THAN_A_PAGE
    state = sovereign.cloud.state
    assert [len(each) for each in (state.servers, state.volumes, state.ssh_keys)] == [1, 1, 1]
    assert sovereign.view.inventory == ()
    assert sovereign.view.foreign >= 3 + MORE_THAN_A_PAGE


async def test_a_server_of_others_in_our_network_is_asked_about_before_anything_goes(
    sovereign: Rented,
) -> None:
    """OpenTofu would ask for the subnet for most of an hour; the server is not ours to take out."""
    await sovereign.apply_only()
    (network,) = sovereign.cloud.state.networks
    await ask(sovereign, "POST", "/servers", {**THEIRS, "networks": [network]})
    before = sovereign.names()
    looked = await sovereign.run("inventory", Consent())
    assert looked.remedy is not None
    assert looked.remedy.code == "destroy_unconfirmed"
    assert any("theirs" in text for _, source, _, text in sovereign.view.remarks)
    asked = await sovereign.run("destroy", SURE)
    assert asked.remedy is not None
    assert (asked.outcome, asked.remedy.code) == (Outcome.NEEDS_DECISION, "destroy_shared")
    assert "theirs" in asked.remedy.what
    assert sovereign.names() == before
    (theirs,) = [
        each.id for each in sovereign.cloud.state.servers.values() if each.name == "theirs"
    ]
    out = f"/servers/{theirs}/actions/detach_from_network"
    await ask(sovereign, "POST", out, {"network": network})
    assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    assert sovereign.names() == {"theirs"}


async def test_a_name_that_cannot_be_given_back_is_said_when_all_else_is_gone(
    sovereign: Rented,
) -> None:
    """Nobody goes on paying for servers because a registrar is silent."""
    await sovereign.apply_only()
    owner_of(sovereign.folder)  # as whoever wrote the records has one
    key = {name: SecretStr("of-the-account") for name in ("dynadot_key", "dynadot_secret")}
    sovereign.secrets = {**sovereign.secrets, **key}
    silent = f"http://127.0.0.1:{free_port()}/api3.json"
    sovereign.world = msgspec.structs.replace(sovereign.world, dynadot=silent)
    ended = await sovereign.run("destroy", SURE)
    assert ended.outcome is Outcome.FAILED
    assert ended.remedy is not None
    assert ended.remedy.code == "dns_not_released"
    assert ended.remedy.next == ("destroy",)
    assert sovereign.names() == set()


async def test_what_lost_its_label_is_found_by_the_state_and_the_other_way_round(
    sovereign: Rented,
) -> None:
    """A server whose label was taken is listed and goes; a state nobody can open is no obstacle."""
    await sovereign.apply_only()
    (server,) = sovereign.cloud.state.servers
    await ask(sovereign, "PUT", f"/servers/{server}", {"labels": {}})
    looked = await sovereign.run("destroy", Consent())
    assert looked.remedy is not None
    assert looked.remedy.code == "destroy_unconfirmed"
    listed = {each.kind: each.owner for each in sovereign.view.inventory or ()}
    assert listed["server"] == "state"
    assert {owner for kind, owner in listed.items() if kind != "server"} <= {"label", "attached"}
    label = {"labels": {"catalyst.openova.io/sovereign": sovereign.folder.fqdn}}
    await ask(sovereign, "PUT", f"/servers/{server}", label)
    forgotten = {"state_passphrase": SecretStr("another-passphrase-than-before")}
    sovereign.secrets = {**sovereign.secrets, **forgotten}
    assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    assert sovereign.names() == set()
    said = [text for _, source, _, text in sovereign.view.remarks if source == "tofu"]
    assert any("passphrase does not open" in text for text in said)
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED


async def test_what_stops_a_destroy_is_waited_for_or_says_how_the_destroy_goes_on(
    sovereign: Rented,
) -> None:
    """An outage while it is planned costs a pause; resume would build again what is to go."""
    await sovereign.apply_only()
    sovereign.revoke()
    refused = await sovereign.run("destroy", SURE)
    sovereign.admit()
    assert refused.remedy is not None
    assert (refused.remedy.code, refused.remedy.next) == ("token_revoked", ("destroy",))
    fqdn = sovereign.folder.fqdn
    assert f"`catalyst destroy {fqdn} --confirm {fqdn}`" in refused.remedy.action
    assert "resume" not in refused.remedy.action
    outage = Fault(method="GET", path="/placement_groups/*", code="unavailable", status=503)
    sovereign.cloud.state.settings.faults.append(outage)
    after = await sovereign.start("destroy", SURE)
    await sovereign.until(after, lambda each: getattr(each, "key", "") == "again")
    assert (await sovereign.finish(after)).outcome is Outcome.DESTROYED


async def test_answers_that_were_torn_by_hand_keep_nothing_rented(sovereign: Rented) -> None:
    """A plan needs answers that make a Sovereign; what takes it down goes by those of before."""
    await sovereign.apply_only()
    sovereign.folder.spec.write_text("sizing: [\n")
    with pytest.raises(CatalystError) as refused:
        await sovereign.start("plan")
    assert refused.value.code == "answers_not_yaml"
    assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    assert sovereign.names() == set()
    said = [text for _, source, _, text in sovereign.view.remarks if source == "answers"]
    assert len(said) == 1
    assert "last run" in said[0]


async def test_answers_that_name_another_are_refused_and_never_rename_what_is_rented(
    sovereign: Rented,
) -> None:
    """Its label is how it is found: with another, nothing of it would ever be listed again."""
    await sovereign.apply_only()
    answers = sovereign.folder.spec.read_text()
    sovereign.folder.spec.write_text(answers.replace("label: oman", "label: muscat"))
    with pytest.raises(CatalystError) as refused:
        await sovereign.start("resume")
    assert refused.value.code == "edit_renames"
    assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    assert sovereign.names() == set()


async def test_a_run_that_ends_early_leaves_volumes_alone(sovereign: Rented) -> None:
    """Kubernetes rents volumes under our label; settling what was interrupted never takes one."""
    await sovereign.apply_only()
    label = {"catalyst.openova.io/sovereign": sovereign.folder.fqdn}
    volume = {"name": "pvc-1", "size": 10, "labels": label}
    await ask(
        sovereign,
        "POST",
        "/volumes",
        volume | {"server": next(iter(sovereign.cloud.state.servers))},
    )
    await sovereign.apply_only()
    (left,) = sovereign.cloud.state.volumes.values()
    assert left.server is not None


async def test_volumes_are_asked_about_and_kept_or_deleted_as_said(sovereign: Rented) -> None:
    """Data is never deleted on the name alone; kept volumes outlive their servers."""
    await sovereign.apply_only()
    server = next(iter(sovereign.cloud.state.servers))
    volume = {"name": "data", "size": 10, "server": server}
    await ask(sovereign, "POST", "/volumes", volume)
    asked = await sovereign.run("destroy", SURE)
    assert asked.outcome is Outcome.NEEDS_DECISION
    assert asked.remedy is not None
    assert asked.remedy.code == "destroy_volumes"
    assert len(sovereign.cloud.state.servers) == 1
    label = {"labels": {"catalyst.openova.io/sovereign": sovereign.folder.fqdn}}
    await ask(sovereign, "PUT", f"/volumes/{next(iter(sovereign.cloud.state.volumes))}", label)
    kept = await sovereign.run("destroy", Consent(destroy=True, keep_volumes=True))
    assert kept.outcome is Outcome.DESTROYED
    assert sovereign.names() == set()
    (left,) = sovereign.cloud.state.volumes.values()
    assert left.server is None
    deleted = await sovereign.run("destroy", Consent(destroy=True, keep_volumes=False))
    assert deleted.outcome is Outcome.DESTROYED
    assert sovereign.cloud.state.volumes == {}


async def test_what_is_protected_is_asked_about_and_servers_go_off_first(
    sovereign: Rented,
) -> None:
    """Protection set by hand holds until the operator lifts it; then nothing is left."""
    await sovereign.apply_only()
    server = next(iter(sovereign.cloud.state.servers))
    guard = {"delete": True, "rebuild": True}
    await ask(sovereign, "POST", f"/servers/{server}/actions/change_protection", guard)
    asked = await sovereign.run("destroy", SURE)
    assert asked.remedy is not None
    assert asked.remedy.code == "destroy_protected"
    assert server in sovereign.cloud.state.servers
    fault = Fault(method="DELETE", path="/servers/*", code="locked", status=423, times=2)
    sovereign.cloud.state.settings.faults.append(fault)
    finished = await sovereign.run("destroy", Consent(destroy=True, unprotect=True))
    assert finished.outcome is Outcome.DESTROYED
    assert sovereign.names() == set()
    done = [each for each in sovereign.cloud.state.actions.values() if not each.hidden]
    order = [each.command for each in sorted(done, key=lambda each: each.started)]
    assert order.index("stop_server") < order.index("delete_server")


async def test_what_was_changed_by_hand_is_told_in_words(sovereign: Rented) -> None:
    """A plan says who is gone and what differs; an untouched Sovereign has no drift."""
    await sovereign.apply_only()
    await sovereign.run("plan")
    assert [drift_words(each) for each in sovereign.view.drift] == []
    (server,) = sovereign.cloud.state.servers
    labels = sovereign.cloud.state.servers[server].labels | {"by": "hand"}
    await ask(sovereign, "PUT", f"/servers/{server}", {"labels": labels})
    (balancer,) = sovereign.cloud.state.load_balancers
    path = f"/load_balancers/{balancer}/actions/delete_service"
    await ask(sovereign, "POST", path, {"listen_port": 443})
    await sovereign.run("plan")
    assert {drift_words(each) for each in sovereign.view.drift} == {
        f"server {sovereign.cloud.state.servers[server].name} was changed by hand: labels",
        "load balancer service https was deleted by hand",
    }


async def test_a_label_is_given_back_though_file_and_load_balancer_are_gone(
    sovereign: Rented,
) -> None:
    """The journal knows the id that stands in the zone; nothing has to be freed by hand."""
    registrar = Registrar(usual())
    before = registrar.zones["omani.works"]
    async with domain_world(registrar) as names:
        name_by(sovereign, names)
        after = await sovereign.start("apply")
        await sovereign.until(after, lambda each: isinstance(each, DnsRecordsWritten))
        cancel(sovereign.folder)
        await sovereign.finish(after)
        assert registrar.zones["omani.works"] != before
        (sovereign.folder.path / FILE).unlink()
        (balancer,) = sovereign.cloud.state.load_balancers
        await ask(sovereign, "DELETE", f"/load_balancers/{balancer}")
        assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    assert registrar.zones["omani.works"] == before
    assert not [text for _, _, _, text in sovereign.view.remarks if "_catalyst." in text]


async def test_a_label_that_nothing_proves_ours_is_left_and_said_once(sovereign: Rented) -> None:
    """What was said of it before anything was deleted needs no second time."""
    label = sovereign.folder.fqdn.partition(".")[0]
    registrar = Registrar(usual())
    registrar.write("omani.works", [wanted.claim(label, "0" * 32)], append=True)
    before = registrar.zones["omani.works"]
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    async with domain_world(registrar) as names:
        name_by(sovereign, names)
        assert (await sovereign.run("destroy", SURE)).outcome is Outcome.DESTROYED
    said = [text for _, _, _, text in sovereign.view.remarks if f"_catalyst.{label}" in text]
    assert len(said) == 1
    assert registrar.zones["omani.works"] == before


async def test_a_destroy_that_is_cut_leaves_servers_off_and_going_on_switches_them_on(
    sovereign: Rented,
) -> None:
    """No plan sees that a server is off; whoever waits for it would wait in vain."""
    await sovereign.apply_only()
    (server,) = sovereign.cloud.state.servers.values()
    # The plan of what is to go hangs, so that nothing is deleted before the cancel.
    stuck = Fault(method="GET", path="/networks/*", do="hang", times=0)
    sovereign.cloud.state.settings.faults.append(stuck)
    after = await sovereign.start("destroy", SURE)
    await until(lambda: server.status == "off")
    cancel(sovereign.folder)
    assert (await sovereign.finish(after)).outcome is Outcome.CANCELLED
    sovereign.cloud.state.settings.faults.clear()
    assert server.status == "off"
    after = await sovereign.start("resume")
    told = await sovereign.until(after, lambda each: "switched on" in getattr(each, "text", ""))
    assert server.name in getattr(told, "text", "")
    await until(lambda: server.status == "running")
    cancel(sovereign.folder)
    await sovereign.finish(after)
