"""Visits to a cluster beside its run: details, logs, wishes to Flux, and a way in for kubectl."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from ruamel.yaml import YAML

from catalyst_tui.backend.engine import EngineBackend, RehearsalOptions
from provisioner.cluster.kubeconfig import API_NAME, Identity, parse
from provisioner.home import Home
from tests.integration.program import CATALYST

FQDN = "oman.omani.works"
BROKEN = "nats-jetstream"
SECONDS = 30.0


class Sovereign:
    """A rehearsed Sovereign of which one component is broken, and the commands on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = os.environ | {"CATALYST_HOME": str(home)}

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*CATALYST, command, *arguments],
            env=self.env, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    def objects(self, command: str, *arguments: str) -> list[Any]:
        """Return the JSON lines that a command prints; it must succeed."""
        done = self.run(command, FQDN, *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that goes on until Ctrl-C."""
        return subprocess.Popen(
            [*CATALYST, command, FQDN, *arguments],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def sovereign(
    tools: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sovereign]:
    """Rehearse once, until the run has failed on its broken component."""
    assert tools
    home = tmp_path_factory.mktemp("visit") / "home"
    made = Sovereign(home)
    done = made.run("rehearse", "--headless", "--speed", "180", "--scenario", "crash-loop")
    assert done.returncode == 5, done.stdout
    yield made
    shutil.rmtree(home, ignore_errors=True)


def release(sovereign: Sovereign, component: str, kind: str) -> str:
    """Return the status of one condition of a component's HelmRelease; empty if it has none."""
    (found,) = sovereign.objects("describe", component)
    told = [c for c in found["conditions"] if c["object"].startswith("HelmRelease")]
    return next((c["status"] for c in told if c["type"] == kind), "")


def until(question: Callable[[], bool]) -> None:
    """Return once a question is answered with yes."""
    deadline = time.monotonic() + SECONDS
    while not question():
        assert time.monotonic() < deadline, "it did not happen in time"


def test_details_name_what_is_wrong_and_where_to_look(sovereign: Sovereign) -> None:
    """Conditions of the whole ladder, Events newest first, the failing container, commands."""
    (found,) = sovereign.objects("describe", BROKEN)
    kinds = {each.partition(" ")[0] for each in found["objects"]}
    assert {"HelmRepository", "HelmChart", "HelmRelease"} <= kinds
    stalled = [each for each in found["conditions"] if each["type"] == "Stalled"]
    assert [each["reason"] for each in stalled] == ["RetriesExceeded"]
    times = [each["last"] for each in found["events"]]
    assert times == sorted(times, reverse=True)
    assert any(each["reason"] == "BackOff" for each in found["events"])
    worst = found["containers"][0]
    assert (worst["pod"], worst["failing"]) == ("nats-0", True)
    assert "CrashLoopBackOff" in worst["said"]
    assert f"catalyst reconcile {FQDN} {BROKEN}" in found["commands"]


def test_the_failing_containers_last_words_can_be_read(sovereign: Sovereign) -> None:
    """The log comes from the kubelet through the API server, without naming pod or container."""
    said = sovereign.run("logs", FQDN, BROKEN).stdout.splitlines()
    assert said[-2].startswith("FATAL: nats")
    one = sovereign.objects("logs", BROKEN, "--lines", "1")
    assert [(each["pod"], each["container"], each["line"]) for each in one] == [
        ("nats-0", "nats", said[-1])
    ]


def test_a_log_is_followed_into_the_next_run_of_its_container(sovereign: Sovereign) -> None:
    """What is written later comes by itself; Ctrl-C ends it."""
    with sovereign.start("logs", BROKEN, "--follow", "--lines", "1") as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "nats ends with exit code 1\n"
        assert following.stdout.readline() == "nats is starting\n"
        following.send_signal(signal.SIGINT)
        following.wait(20)


def test_a_container_that_never_ran_has_no_log_and_the_kubelet_says_why(
    sovereign: Sovereign,
) -> None:
    """Our words, around the kubelet's own."""
    done = sovereign.run("logs", FQDN, "cert-manager", "--previous")
    assert done.returncode == 4
    assert "previous terminated container" in done.stderr


def test_a_release_that_has_given_up_tries_again_when_asked(sovereign: Sovereign) -> None:
    """Reset and wish have one token: the stalled release leaves its end and begins anew."""
    until(lambda: release(sovereign, BROKEN, "Stalled") == "True")
    acted = sovereign.objects("reconcile", BROKEN)
    assert [(each["kind"], each["asked"]) for each in acted] == [
        ("HelmRepository", "reconcile"),
        ("HelmChart", "reconcile"),
        ("HelmRelease", "retry"),
    ]
    until(lambda: release(sovereign, BROKEN, "Stalled") == "")


def test_a_suspended_release_is_left_alone_until_it_is_taken_up(sovereign: Sovereign) -> None:
    """It can be suspended, is not asked for anything meanwhile, and can go on."""
    (asked,) = sovereign.objects("suspend", "cert-manager")
    assert (asked["name"], asked["asked"]) == ("cert-manager", "suspend")
    refused = sovereign.run("reconcile", FQDN, "cert-manager/cert-manager")
    assert refused.returncode == 4
    assert "suspended" in refused.stderr
    assert sovereign.objects("unsuspend", "cert-manager")[0]["asked"] == "resume"
    assert sovereign.run("reconcile", FQDN, "cert-manager").returncode == 0


def test_the_board_tells_without_a_run_what_the_run_told_at_its_end(sovereign: Sovereign) -> None:
    """Whoever looks long after sees the same states, then what changes, and Ctrl-C ends it."""
    until(lambda: release(sovereign, BROKEN, "Stalled") == "True")
    (told,) = sovereign.objects("status")
    ended = {name: each["state"] for name, each in told["view"]["components"].items()}
    with sovereign.start("status", "--watch", "--json") as watching:
        assert watching.stdout is not None
        seen: dict[str, str] = {}
        first: dict[str, Any] = {}
        for line in watching.stdout:
            first = json.loads(line)
            if first["type"] == "component_changed":
                seen[first["component"]] = first["state"]
            if seen == ended:
                break
        assert (first["seq"], first["fqdn"], bool(first["at"])) == (0, FQDN, True)
        sovereign.objects("suspend", "cert-manager")
        changes = map(json.loads, watching.stdout)
        assert next(each["state"] for each in changes if each.get("component") == "cert-manager")
        sovereign.objects("unsuspend", "cert-manager")
        watching.send_signal(signal.SIGINT)
        watching.stdout.read()
        assert watching.wait(20) == 0


async def test_the_screens_visit_the_same_cluster(sovereign: Sovereign) -> None:
    """One way in serves a component's details, its container's log, and wishes to Flux."""
    cluster = EngineBackend(Home(sovereign.home), RehearsalOptions()).cluster(FQDN)
    async with aclosing(cluster.details(BROKEN)) as details:
        found = await anext(details)
        assert found.containers[0].failing
        async with aclosing(cluster.log(found.containers[0])) as log:
            lines: list[str] = []
            while not any(line.startswith("FATAL: nats") for line in lines):
                lines += await anext(log)
        for suspended, asked in ((True, "suspend"), (False, "resume")):
            acted = await cluster.suspend("cert-manager", suspended=suspended)
            assert [each.asked for each in acted] == [asked]
        assert (await cluster.reconcile("cert-manager"))[-1].kind == "HelmRelease"


@pytest.mark.parametrize(("name", "said"), [("no-such", "keycloak"), ("flux", "themselves")])
def test_what_flux_does_not_install_is_refused(sovereign: Sovereign, name: str, said: str) -> None:
    """An unknown name is answered with those there are, Flux itself with why."""
    done = sovereign.run("reconcile", FQDN, name)
    assert done.returncode != 0
    assert said in done.stderr


def test_a_kubeconfig_works_while_it_is_served(sovereign: Sovereign, tmp_path: Path) -> None:
    """Written 0600, its TLS is verified, and its port ends with the command."""
    file = tmp_path / "config"
    with sovereign.start("kubeconfig", "--write", str(file)) as serving:
        assert serving.stderr is not None
        assert "Written" in serving.stderr.readline()
        serving.stderr.readline()
        assert file.stat().st_mode & 0o777 == 0o600
        identity = parse(file.read_text())
        server = YAML(typ="safe").load(file.read_text())["clusters"][0]["cluster"]["server"]
        assert version(server, identity).startswith("v1.")
        serving.send_signal(signal.SIGINT)
        assert serving.wait(20) == 0
    with pytest.raises(httpx2.ConnectError):
        version(server, identity)


def test_a_merge_keeps_what_is_there_and_never_switches(
    sovereign: Sovereign, tmp_path: Path
) -> None:
    """The operator's current context stays; the file as it was is kept beside it."""
    file = tmp_path / "config"
    head = "apiVersion: v1\nkind: Config\ncurrent-context: mine # keep\n"
    file.write_text(f"{head}clusters: []\ncontexts: []\nusers: []\n")
    with sovereign.start("kubeconfig", "--merge", str(file)) as serving:
        assert serving.stderr is not None
        said = [serving.stderr.readline() for _ in range(3)]
        serving.send_signal(signal.SIGINT)
        assert serving.wait(20) == 0
    assert any(f"--context {FQDN}" in line for line in said)
    assert "current-context: mine # keep" in file.read_text()
    (backup,) = tmp_path.glob("config.*.bak")
    assert "clusters: []" in backup.read_text()


def version(server: str, identity: Identity) -> str:
    """Ask an API server for its version, believing only the cluster's own authority."""
    context = ssl.create_default_context(cadata=identity.authority)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
        pem.write(identity.certificate + identity.key.get_secret_value())
        pem.flush()
        context.load_cert_chain(pem.name)
    with httpx2.Client(verify=context, trust_env=False) as client:
        answer = client.get(f"{server}/version", extensions={"sni_hostname": API_NAME})
        return str(answer.json()["gitVersion"])
