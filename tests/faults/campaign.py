"""One run of the campaign: rent, be struck, go on, take down; and what must hold always."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from random import Random

import msgspec

from provisioner.attach import cancel, runner_of, watch
from provisioner.errors import CatalystError
from provisioner.events import OutputsSaved, RunFinished
from provisioner.facts import DESTRUCTIVE, Outcome
from provisioner.hetzner.inventory import LABEL
from provisioner.journal import JournalReader
from provisioner.lock import Holder
from provisioner.process import Identity
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.run import Consent
from provisioner.tofu import planfile
from tests.faults.plans import Blow, Plan, draw
from tests.integration.rented import PASSPHRASE, TOKEN, Rented, rented

SPEED = 200.0
POLL = 0.02
"""Real seconds: at latencies near zero, a longer wait between two looks is all that is waited."""
GOOD = (Outcome.PLANNED, Outcome.READY, Outcome.DESTROYED)
DOWN = Consent(destroy=True, keep_volumes=False)
ROUNDS = 5
"""After so many tries without a fault, a Sovereign must be rented, or taken down."""
TOFU_LOCK = ".terraform.tfstate.lock.info"
"""What an OpenTofu that was killed leaves of its own lock."""
BLINK = 12
"""Connections that are cut before the network is back by itself."""
SIGNALS = {"terminate": signal.SIGTERM, "hang up": signal.SIGHUP}
TABLES = ("servers", "networks", "firewalls", "load_balancers", "ssh_keys", "placement_groups")


async def play(
    seed: int, folder: Path, tools: Mapping[str, Path], strike: str | None = None
) -> Plan:
    """Play one run and return what went wrong in it; raises AssertionError for a broken promise.

    ``strike`` takes the place of the one that the seed would draw.
    """
    plan = draw(Random(seed), strike)
    async with rented(folder, tools, speed=SPEED, scale=0.02, poll=POLL) as sovereign:
        settings = sovereign.cloud.state.settings
        settings.faults.extend(plan.faults)
        await _struck(sovereign, await sovereign.start("apply"), plan.blow)
        _made_good(sovereign)
        await _rented(sovereign, plan)
        await check_in_state(sovereign)
        if plan.late is not None:
            await _struck(sovereign, await sovereign.start("destroy", DOWN), plan.late)
            _made_good(sovereign)
            if plan.goes_on and sovereign.view.outcome is not Outcome.DESTROYED:
                await _rented(sovereign, plan)
                await check_in_state(sovereign)
        if plan.destroy_fault is not None:
            settings.faults.append(plan.destroy_fault)
        await _taken_down(sovereign)
        check_journal(sovereign)
        _check_secrets(sovereign)
    return plan


def _made_good(sovereign: Rented) -> None:
    """Let the cloud be as ever; what it holds has an owner, whatever happened."""
    sovereign.cloud.state.settings.faults.clear()
    sovereign.admit()
    _check_owned(sovereign)


async def _struck(sovereign: Rented, after: int, blow: Blow) -> None:
    """Strike the run behind ``after`` at the moment of the blow, and see it end."""
    seen, struck = 0, blow.strike == "cloud"
    try:
        async for batch in watch(sovereign.folder, after):
            seen += len(batch)
            if not struck and seen >= blow.after:
                struck = True
                await asyncio.sleep(blow.delay)
                await _strike(sovereign, blow.strike)
            if any(isinstance(each.event, OutputsSaved) for each in batch):
                cancel(sovereign.folder)
    except CatalystError as error:
        if error.code != "runner_lost":
            raise


async def _strike(sovereign: Rented, strike: str) -> None:
    if strike == "token":
        sovereign.revoke()
        return
    if strike.startswith("network"):
        times = BLINK if strike == "network blinks" else 0
        sovereign.cloud.state.settings.faults.append(Fault(do="reset", times=times))
        return
    if strike == "logout":
        # The end of a session asks all that runs in it to end, at the same moment.
        kill(sovereign, "", signal.SIGTERM)
        return
    if strike in SIGNALS:
        sovereign.runner.send(SIGNALS[strike])
        return
    if strike.startswith("cancel"):
        cancel(sovereign.folder)
        if strike == "cancel twice":
            await asyncio.sleep(0.2)
            cancel(sovereign.folder, force=True)
        return
    parts = "runner and tofu and provider" if strike == "reboot" else strike
    for name in parts.split(" and "):
        if name == "runner":
            sovereign.runner.send(signal.SIGKILL)
        else:
            kill(sovereign, {"tofu": "tofu", "provider": "terraform-provider"}[name])
    if strike == "reboot":
        _boot_anew(sovereign)


def _boot_anew(sovereign: Rented) -> None:
    """Leave what a machine that was switched off leaves: a holder of another boot, tofu's lock."""
    lock = sovereign.folder.lock
    owner = msgspec.json.decode(lock.read_bytes(), type=Holder)
    before = msgspec.structs.replace(Identity.mine(), boot="the boot before")
    lock.write_bytes(msgspec.json.encode(msgspec.structs.replace(owner, identity=before)))
    assert runner_of(sovereign.folder) is None
    left = {"ID": "1", "Operation": "OperationTypeApply", "Info": "", "Who": "root@here"}
    (sovereign.folder.tofu / TOFU_LOCK).write_bytes(msgspec.json.encode(left))


def kill(sovereign: Rented, program: str, number: signal.Signals = signal.SIGKILL) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            inside = (process / "cwd").readlink().is_relative_to(sovereign.folder.path)
            if inside and (process / "exe").readlink().name.startswith(program):
                os.kill(int(process.name), number)
        except OSError:
            continue


async def _rented(sovereign: Rented, plan: Plan) -> None:
    """Go on, as an operator would, until everything is rented."""
    consent = Consent(any_price=True)
    ended = None
    for _ in range(ROUNDS):
        after = await sovereign.start("resume", consent)
        if await sovereign.reached(after, OutputsSaved):
            cancel(sovereign.folder)
            ended = await sovereign.ended(after)
            return
        ended = await sovereign.ended(after)
        saved = sovereign.view.plan
        if ended is not None and ended.outcome is Outcome.NEEDS_DECISION and saved is not None:
            lost = [each for each in saved.changes if each.action in DESTRUCTIVE]
            # Only a cloud that breaks what it made gives a reason to make it anew.
            assert plan.blow.strike == "cloud" or not lost, f"would be made anew: {lost}"
            consent = Consent(plan=saved.sha256)
    raise AssertionError(f"not rented after {ROUNDS} tries: {ended}")


async def _taken_down(sovereign: Rented) -> None:
    """Destroy, as often as the cloud's faults make necessary, until nothing is left."""
    for _ in range(ROUNDS):
        ended = await sovereign.run("destroy", DOWN)
        if ended.outcome is Outcome.DESTROYED:
            assert sovereign.names() == set(), "destroyed, and something is left"
            assert sovereign.cloud.state.primary_ips == {}, "an address is left"
            return
        sovereign.cloud.state.settings.faults.clear()
    raise AssertionError(f"not destroyed after {ROUNDS} tries: {ended}")


def _check_owned(sovereign: Rented) -> None:
    """Hold that what is rented carries our label, once each, so that none can be forgotten."""
    for table in TABLES:
        found = getattr(sovereign.cloud.state, table).values()
        names = [each.name for each in found]
        assert len(names) == len(set(names)), f"twice: {names}"
        lost = [each.name for each in found if each.labels.get(LABEL) != sovereign.folder.fqdn]
        assert lost == [], f"without an owner: {lost}"


async def check_in_state(sovereign: Rented) -> None:
    """Once all is rented, the state knows each resource, and each only once."""
    shown = planfile.in_state(await sovereign.open_tofu().show())
    known = {(each.type, each.id) for each in shown}
    for table in TABLES:
        rented_ids = set(getattr(sovereign.cloud.state, table))
        kind = f"hcloud_{table.removesuffix('s')}"
        in_state = {int(key) for type_, key in known if type_ == kind}
        assert in_state == rented_ids, f"{kind}: state {in_state}, cloud {rented_ids}"
    assert len(sovereign.cloud.state.servers) == 1


def check_journal(sovereign: Rented) -> None:
    """Hold that every event can be read, in order and without a gap, and that each end is named."""
    with JournalReader(sovereign.folder.journal, sovereign.folder.fqdn) as reader:
        events = list(reader.read_all())
    assert [each.seq for each in events] == list(range(1, len(events) + 1))
    ends = [each.event for each in events if isinstance(each.event, RunFinished)]
    assert events[-1].event is ends[-1]
    named = [each.remedy.code for each in ends if each.remedy is not None]
    assert "unexpected" not in named, named
    unsaid = [each for each in ends if each.outcome not in GOOD and each.remedy is None]
    assert unsaid == []


def _check_secrets(sovereign: Rented) -> None:
    """No file of the Sovereign holds a secret in clear."""
    for path in sovereign.home.path.rglob("*"):
        if path.is_file() and not path.is_symlink() and "terraform-provider" not in path.name:
            content = path.read_bytes()
            assert TOKEN.encode() not in content, path
            assert PASSPHRASE.encode() not in content, path
