"""First boots, for real: the rendered files run in a Debian until they end, or say why not."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.integration.module import SOURCE, Module
from tests.integration.node_root import RUSHED, Node, published
from tests.integration.test_module_first_boot import Rendered, render, told

WORKER = "w" * 16 + "1"
ADDRESSES = {"cp1": "10.0.1.2", "cp2": "10.0.1.3", WORKER: "10.0.2.7"}
PRIVATE = {"/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/config.yaml.d/50-join.yaml"}
JOIN = "/etc/rancher/k3s/config.yaml.d/50-join.yaml"
FLUX = "--namespace=flux-system wait deployment --all --for=condition=Available"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """Return what is published, and the versions with its checksums."""
    folder = tmp_path_factory.mktemp("published") / "served"
    return folder, published(folder, json.loads((SOURCE / "versions.json").read_text()))


@pytest.fixture(scope="module")
def rendered(
    tools: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    served: tuple[Path, dict[str, object]],
) -> Rendered:
    """Render the first boots of three control planes and a worker."""
    work = Module(tmp_path_factory.mktemp("boots") / "work", tools).prepare("first-boot")
    return render(work, told(3, 1, downloads=served[1]))


MakeNode = Callable[[str], Node]


@pytest.fixture
def node(tmp_path: Path, rendered: Rendered, served: tuple[Path, dict[str, object]]) -> MakeNode:
    """Return how to make a node by its key, with all that it was told."""
    numbers = count()
    return lambda key: Node(
        tmp_path / str(next(numbers)), rendered.config[key], served[0], ADDRESSES[key]
    )


def test_the_first_control_plane_founds_its_cluster(node: MakeNode) -> None:
    """It goes through every stage, repeats what arrived broken, and applies things in order."""
    made = node("cp1")
    (made.files / "served/fails").write_text("k3s")
    booted = made.boot()
    assert (booted.stage["stage"], booted.stage["state"]) == ("ready", "done"), booted.log
    assert booted.text(JOIN) == 'cluster-init: true\nnode-ip: "10.0.1.2"\n'
    assert (booted.asked("k3s"), booted.asked("flux")) == (2, 1)
    asked = booted.kubectl
    order = (
        "get --raw=/readyz",
        "gateway-api.yaml",
        "get node",
        "metadata.yaml",
        "flux.yaml",
        FLUX,
    )
    first = [next(n for n, line in enumerate(asked) if part in line) for part in order]
    assert first == sorted(first)
    for name in ("cilium", "storage"):
        assert booted.mode(f"/var/lib/rancher/k3s/server/manifests/{name}.yaml") == 0o600
    charts = booted.out / "var/lib/rancher/k3s/server/static/charts"
    assert len(list(charts.glob("*.tgz"))) == 2
    assert {booted.mode(path) for path in PRIVATE} == {0o600}


@pytest.mark.parametrize("key", ["cp1", "cp2", WORKER])
def test_a_node_joins_the_control_plane_that_answers(node: MakeNode, key: str) -> None:
    """Whoever may found, too, once there is a cluster; and nothing is applied a second time."""
    booted = node(key).boot(peers=["10.0.1.4"])
    assert booted.stage["state"] == "done", booted.log
    joined = f'server: "https://10.0.1.4:6443"\nnode-ip: "{ADDRESSES[key]}"\n'
    assert booted.text(JOIN) == joined
    assert not any("apply" in line for line in booted.kubectl)
    assert not (booted.out / "var/lib/rancher/k3s/server/manifests").exists()
    service = "k3s-agent.service" if key == WORKER else "k3s"
    assert f"enable --now --no-block {service}".removesuffix(".service") in booted.text(
        "/var/log/systemctl.log"
    )


@pytest.mark.parametrize(
    ("key", "but", "stage", "said"),
    [
        ("cp1", "network", "network", "gave up waiting for the private address 10.0.1.2"),
        ("cp1", "k3s", "k3s", 'fatal: "the disk" is broken'),
        ("cp1", "cilium", "cilium", "gave up waiting for Cilium on this node"),
        ("cp1", "flux", "flux", "stage flux failed with exit code 1"),
        ("cp2", "", "k3s", "gave up waiting for a control plane that answers"),
        (WORKER, "", "k3s", "gave up waiting for a control plane that answers"),
    ],
)
def test_a_boot_that_fails_ends_and_says_at_what(
    node: MakeNode, key: str, but: str, stage: str, said: str
) -> None:
    """Every wait ends; the stage file names the stage and brings the service's last lines too."""
    booted = node(key).boot(but=but, speed=RUSHED)
    assert (booted.stage["stage"], booted.stage["state"]) == (stage, "failed"), booted.log
    assert any(said in line for line in booted.stage["lines"]), booted.stage["lines"]
    assert not (booted.out / "var/lib/catalyst/booted").exists()
    assert stat.S_IMODE((booted.out / "var/lib/catalyst/stage.json").stat().st_mode) == 0o644


def test_what_is_not_what_was_pinned_is_never_run(node: MakeNode) -> None:
    """A download with another checksum is tried again, thrown away, and named."""
    made = node("cp1")
    (made.files / "served/k3s").write_text("#!/bin/sh\nexec evil\n")
    booted = made.boot(speed=RUSHED)
    assert (booted.stage["stage"], booted.stage["state"]) == ("download", "failed"), booted.log
    assert "k3s could not be downloaded" in booted.stage["lines"][-2]
    assert booted.asked("k3s") == 5
    assert booted.text("/var/log/k3s.log") == ""


def test_a_restart_goes_on_and_a_booted_node_does_not_boot_again(node: MakeNode) -> None:
    """What was downloaded and decided is kept; a third start does nothing at all."""
    mended = "rm /run/no-flux"
    booted = node("cp1").boot(but="flux", again=mended)
    assert booted.stage["state"] == "done", booted.log
    assert [booted.asked(name) for name in ("k3s", "cilium", "flux")] == [1, 1, 1]
    assert booted.text(JOIN).startswith("cluster-init: true")
    assert booted.log.count("stage flux failed") == 1
    once = node("cp1").boot(again="cp /var/lib/catalyst/stage.json /var/log/first")
    assert once.log.count("stage network") == 1
    assert once.text("/var/log/first") == once.text("/var/lib/catalyst/stage.json")
