"""The kit as data, and what applying it sends to a cluster."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from ruamel.yaml import YAML

from provisioner.cluster.kit import apply_kit, manifests_of
from provisioner.cluster.kitfiles import packaged_kit, read_kit
from provisioner.cluster.ports import Object
from provisioner.cluster.storage import rented_volumes
from provisioner.cluster.variables import filled, variables
from provisioner.errors import KitError
from provisioner.events import Event, KitApplied
from provisioner.hetzner.prices import Rented
from provisioner.home import SovereignFolder
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.world import World
from tests.unit.cluster.memory_cluster import MemoryCluster, MemoryKube
from tests.unit.rehearsal_world.memory_api import MemoryApi

ROOT = Path(__file__).parents[3] / "modules"
KIT = "format: 1\nflux: {namespace: f, version: '1'}\ngatewayApi: '1'\ncomponents: [a]"
OUTPUTS = {"load_balancer": {"ipv4": "203.0.113.9"}}


def spec(count: int = 1, **more: Any) -> SovereignSpec:
    """Return sound answers."""
    return SovereignSpec.model_validate(
        {
            "organisation": {"name": "Oman", "admin_email": "ops@example.org"},
            "domain": {"mode": "pool", "label": "oman", "pool": "omani.works"},
            "sizing": {"location": "fsn1", "control_plane": {"type": "cx33", "count": count}},
            "access": {"operator_cidrs": ["203.0.113.7/32"]},
        }
        | more
    )


def run(told: list[Event], secrets: Mapping[str, SecretStr] | None = None, **more: Any) -> Run:
    """Return a run that remembers what it was told."""
    folder = SovereignFolder(Path("oman.omani.works"))
    answers = spec(**more)
    return Run(spec=answers, folder=folder, world=World(), emit=told.append, secrets=secrets or {})


async def test_kit_is_applied_namespaces_first_and_releases_last() -> None:
    """Secrets and sources come between, so that nothing waits for what is sent after it."""
    cluster, told = MemoryCluster(MemoryApi()), list[Event]()
    expected = await apply_kit(run(told), cluster, OUTPUTS)
    order = [each["kind"] for each in cluster.kube.applied]
    rank = {"Namespace": 0, "Secret": 1, "HelmRepository": 2, "OCIRepository": 2, "HelmRelease": 3}
    assert [rank[kind] for kind in order] == sorted(rank[kind] for kind in order)
    assert order.count("HelmRelease") == sum(len(each.releases) for each in expected)
    applied = [event for event in told if isinstance(event, KitApplied)]
    assert [event.components for event in applied] == [expected]


async def test_what_is_random_is_made_once_and_kept() -> None:
    """A second application changes no password, and journals none."""
    cluster, told = MemoryCluster(MemoryApi()), list[Event]()
    await apply_kit(run(told), cluster, OUTPUTS)
    first = [each for each in cluster.kube.applied if each["kind"] == "Secret"]
    cluster.kube.applied.clear()
    await apply_kit(run(told), cluster, OUTPUTS)
    assert len(first) == 3
    assert not [each for each in cluster.kube.applied if each["kind"] == "Secret"]
    passwords = [base64.b64decode(each["data"]["password"]).decode() for each in first]
    assert len(set(passwords)) == 3
    assert not [word for word in passwords if word in repr(told)]


async def test_the_storage_driver_gets_the_token_where_volumes_are_rented() -> None:
    """Several control planes rent volumes; the token goes to the cluster and nowhere else."""
    cluster, told = MemoryCluster(MemoryApi()), list[Event]()
    several = {"location": "fsn1", "control_plane": {"type": "cx33", "count": 3}}
    token = {"hcloud_token": SecretStr("t" * 64)}
    await apply_kit(run(told, secrets=token, sizing=several), cluster, OUTPUTS)
    given = [each for each in cluster.kube.applied if each["metadata"]["name"] == "hcloud"]
    assert [each["metadata"]["namespace"] for each in given] == ["kube-system"]
    assert base64.b64decode(given[0]["data"]["token"]) == b"t" * 64
    assert "t" * 64 not in repr(told)
    alone = MemoryCluster(MemoryApi())
    await apply_kit(run(told, secrets=token), alone, OUTPUTS)
    assert "hcloud" not in [each["metadata"]["name"] for each in alone.kube.applied]


def claims(values: Any) -> Iterator[int]:
    """Yield the size in GiB of every volume that a release's values ask for."""
    for key, value in values.items() if isinstance(values, dict) else ():
        if key in {"size", "requestedSize"}:
            yield int(str(value).removesuffix("Gi"))
        yield from claims(value)


async def test_every_volume_that_is_claimed_is_priced() -> None:
    """A sheet lists the volumes of its releases; NATS claims one for each of its servers."""
    for part in packaged_kit().parts:
        found = sorted(
            size
            for each in part.objects
            for size in claims(each["spec"].get("values") if "spec" in each else None)
        )
        times = 3 if part.name == "nats-jetstream" else 1
        assert list(part.sheet.volumes) == found * times, part.name
    rented = await rented_volumes(run([], count=3))
    assert rented == {Rented("volume", "10", "fsn1"): 7}
    assert await rented_volumes(run([])) == {}


class Remembering(MemoryKube):
    """An API in which a kit came from a repository, and that remembers what was undone."""

    undone: list[str]

    async def patch(self, path: str, merge: Mapping[str, Any]) -> Object:
        """Change what stands for the repository's folder; nothing else is there."""
        if "/kustomizations/" not in path:
            return await super().patch(path, merge)
        assert merge == {"spec": {"prune": False}}
        self.undone.append("prune")
        return {}

    async def delete(self, path: str) -> None:
        """Remember what goes."""
        assert path.endswith("/namespaces/flux-system/" + path.split("/")[-2] + "/catalyst")
        self.undone.append(path.split("/")[-2])


async def test_a_kit_that_leaves_its_repository_keeps_what_came_from_it() -> None:
    """Pruning ends before the folder goes, so that no release goes with it."""
    api = MemoryApi()
    cluster = MemoryCluster(api)
    cluster.kube = kube = Remembering(api)
    kube.undone = []
    await apply_kit(run([]), cluster, OUTPUTS)
    assert kube.undone == ["prune", "kustomizations", "gitrepositories", "secrets"]


@pytest.mark.parametrize(
    ("count", "replicas", "storage"), [(1, 1, "local-path"), (3, 2, "hcloud-volumes")]
)
def test_solo_and_high_availability_differ_by_variables_alone(
    count: int, replicas: int, storage: str
) -> None:
    """Counts keep their type, and no variable is left in any manifest."""
    made = manifests_of(packaged_kit(), variables(spec(count), OUTPUTS))
    assert "${" not in json.dumps(made)
    values = {
        each["metadata"]["name"]: each["spec"].get("values") for each in made if "spec" in each
    }
    assert values["cilium"]["operator"]["replicas"] == replicas
    assert values["nats"]["config"]["cluster"]["enabled"] is (count == 3)
    assert values["gitea"]["persistence"]["storageClass"] == storage
    assert values["catalyst-platform"]["fqdn"] == "oman.omani.works"


@given(st.text(), st.text())
def test_a_value_never_leaves_its_place(value: str, around: str) -> None:
    """Whatever an answer holds, it stays one scalar; an unknown name is refused."""
    around = around.replace("$", "")
    manifest = {"a": [f"{around}${{X}}{around}", "${X}"], "b": 3}
    assert filled(manifest, {"X": value}, "here") == {"a": [around + value + around, value], "b": 3}
    with pytest.raises(KitError, match="kit_unknown_variable"):
        filled(manifest, {"Y": value}, "here")


def test_every_chart_is_pinned_and_every_release_bounded() -> None:
    """No floating version, no endless retry, no wait without an end, nothing of Bitnami."""
    kit = packaged_kit()
    releases = [o for part in kit.parts for o in part.objects if o["kind"] == "HelmRelease"]
    for each in releases:
        at = each["spec"]
        if "chart" in at:
            assert re.fullmatch(r"v?\d+\.\d+\.\d+", at["chart"]["spec"]["version"])
        assert at["timeout"] == "10m"
        assert at["install"]["remediation"]["retries"] == 1
        assert at["driftDetection"]["mode"] in {"enabled", "warn"}
    assert "bitnami/" not in json.dumps([o for part in kit.parts for o in part.objects])


def test_the_oci_source_names_the_chart_beside_it() -> None:
    """The pinned tag is the version of the chart that this release carries."""
    folder = ROOT / "bootstrap-kit" / "catalyst-platform"
    yaml = YAML(typ="safe", pure=True)
    chart = yaml.load((folder / "chart" / "Chart.yaml").read_text("utf-8"))
    source = yaml.load((folder / "source.yaml").read_text("utf-8"))
    assert source["spec"]["ref"]["tag"] == chart["version"]
    assert source["spec"]["url"].endswith(f"/{chart['name']}")


def test_cilium_is_taken_over_with_what_the_first_boot_gave_it() -> None:
    """Same name, namespace, version and values: Flux's first upgrade changes nothing."""
    kit = packaged_kit()
    cilium = next(part for part in kit.parts if part.name == "cilium")
    own = next(o for o in cilium.objects if o["kind"] == "HelmRelease")
    module = ROOT / "hetzner"
    text = (module / "first-boot" / "files" / "cilium.yaml.tftpl").read_text("utf-8")
    text = re.sub(r"chart: .*", "chart: x", text)
    pins = json.loads((module / "versions.json").read_text("utf-8"))
    given = {
        "version": pins["cilium"]["version"],
        "pods": "10.42.0.0/16",
        "replicas": "${REPLICAS}",
    }
    text = re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], text)
    theirs = YAML(typ="safe", pure=True).load(text)
    assert own["metadata"] == theirs["metadata"]
    assert own["spec"]["chart"]["spec"]["version"] == theirs["spec"]["version"]
    values = YAML(typ="safe", pure=True).load(theirs["spec"]["valuesContent"])
    assert own["spec"]["values"] == values
    assert cilium.sheet.adopts is not None


def test_pins_are_those_of_the_module() -> None:
    """The node installs the Flux and the Gateway API that the kit is written for."""
    pins = json.loads((ROOT / "hetzner" / "versions.json").read_text("utf-8"))
    sheet = packaged_kit().sheet
    assert pins["flux"]["version"] == f"v{sheet.flux.version}"
    assert pins["gateway_api"]["version"] == f"v{sheet.gateway_api}"


def test_kustomize_sees_the_same_kit() -> None:
    """What a repository would install is what is applied directly: the same folders and files."""
    folder = ROOT / "bootstrap-kit"
    yaml = YAML(typ="safe", pure=True)
    listed = yaml.load((folder / "kustomization.yaml").read_text("utf-8"))
    kit = read_kit(folder)
    assert sorted(listed["resources"]) == sorted(kit.sheet.components)
    there = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert there == sorted(kit.sheet.components)
    for part in kit.parts:
        own = yaml.load((folder / part.name / "kustomization.yaml").read_text("utf-8"))
        plain = {p.name for p in (folder / part.name).glob("*.yaml")}
        assert set(own["resources"]) == plain - {"kustomization.yaml", "component.yaml"}


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("a/component.yaml", "title: A\nusual: x\nmemory: 1", "a/component.yaml"),
        ("a/component.yaml", "title: A\nusual: 1\nmemory: 1\nsurprise: 1", "surprise"),
        ("a/release.yaml", "kind: HelmRelease", "no kind or no name"),
        ("a/release.yaml", "a: [", "a/release.yaml"),
        ("kit.yaml", KIT.replace("format: 1", "format: 2"),
         "newer format"),
        ("kit.yaml", KIT.replace("[a]", "[]"),
         "empty kit"),
    ],
)  # fmt: skip
def test_a_kit_that_cannot_be_read_names_the_file(
    tmp_path: Path, file: str, text: str, says: str
) -> None:
    """A broken kit is never a smaller one: it is refused with file and reason."""
    sound = {
        "kit.yaml": KIT,
        "a/component.yaml": "title: A\nusual: 1\nmemory: 1",
        "a/kustomization.yaml": "resources: [release.yaml]",
        "a/release.yaml": "kind: HelmRelease\nmetadata: {name: a}",
    }
    (tmp_path / "a").mkdir()
    for name, content in (sound | {file: text}).items():
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(KitError, match="kit_unreadable") as caught:
        read_kit(tmp_path)
    assert says in str(caught.value)
