"""What a node is told before its first boot: small, well-formed, without secrets of others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from provisioner.tofu.nodekeys import sensitive_variables
from tests.integration.module import SOURCE, Module

LIMIT = 32 * 1024
SCRIPTS = sorted((SOURCE / "first-boot" / "files").glob("*.sh"))
STAGES = json.loads((SOURCE / "stages.json").read_text())["stages"]


def told(control_planes: int, workers: int, **more: Any) -> dict[str, Any]:
    """Return the variables of the first boot for one sizing, as long as they may be."""
    label = {f"{'d' * 60}.example.com/{'k' * 60}{n}": "v" * 63 for n in range(8)}
    nodes: dict[str, tuple[str, dict[str, str], list[str]]] = {
        f"cp{n + 1}": ("control-plane", {}, []) for n in range(control_planes)
    }
    taints = [f"{'t' * 60}{n}={'v' * 60}:NoSchedule" for n in range(8)]
    nodes |= {f"{'w' * 16}{n + 1}": ("worker", label, taints) for n in range(workers)}
    secrets = sensitive_variables(nodes)
    return {
        "fqdn": "a" * 55 + ".example",
        "cluster_init": True,
        "control_planes": {f"cp{n + 1}": f"10.0.1.{n + 2}" for n in range(control_planes)},
        "worker_range": "10.0.2.0/24",
        "volume_label": "catalyst.openova.io/sovereign",
        "nodes": {
            key: {"name": f"catalyst-{'n' * 32}-{key}", "role": role, "labels": own, "taints": bad}
            for key, (role, own, bad) in nodes.items()
        },
        "first_contact": secrets["first_contact"],
        "tokens": {"join": secrets["join_token"], "agent": secrets["agent_token"]},
        "downloads": json.loads((SOURCE / "versions.json").read_text()),
        "stages": STAGES,
        "most_bytes": LIMIT,
        **more,
    }


class Rendered:
    """The user data of every node, as text and as the files it writes."""

    def __init__(self, given: dict[str, Any], text: dict[str, str]) -> None:
        self.given, self.text = given, text
        self.config = {key: YAML(typ="safe").load(each) for key, each in text.items()}

    def file(self, node: str, path: str) -> str:
        """Return what is written to a path on a node."""
        files = {each["path"]: each["content"] for each in self.config[node]["write_files"]}
        return str(files[path])

    def k3s(self, node: str) -> dict[str, Any]:
        """Return k3s's configuration on a node."""
        return dict(YAML(typ="safe").load(self.file(node, "/etc/rancher/k3s/config.yaml")))

    def environment(self, node: str) -> dict[str, str]:
        """Return what the boot scripts read on a node."""
        lines = self.file(node, "/etc/catalyst/node.env").splitlines()
        return {
            name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)
        }


@pytest.fixture(scope="module")
def first_boot(tools: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Module:
    """Return the part of the module that renders; it needs no provider."""
    return Module(tmp_path_factory.mktemp("first-boot") / "work", tools).prepare("first-boot")


def render(module: Module, given: dict[str, Any]) -> Rendered:
    """Render for real, with OpenTofu."""
    return Rendered(given, module.apply(given)["user_data"])


@pytest.fixture(scope="module")
def largest(first_boot: Module) -> Rendered:
    """Render three control planes and ninety workers, with the longest names there may be."""
    return render(first_boot, told(3, 90))


@pytest.fixture(scope="module")
def solo(first_boot: Module, largest: Rendered) -> Rendered:
    """Render one control plane and nothing else."""
    assert largest.text
    return render(first_boot, told(1, 0))


def test_fits_what_hetzner_takes(largest: Rendered) -> None:
    """No node's user data exceeds 32 KiB, not even with ninety workers and the longest names."""
    assert len(largest.text) == 93
    assert {
        key: len(text) for key, text in largest.text.items() if len(text.encode()) > LIMIT
    } == {}


@pytest.mark.parametrize("node", ["cp1", "cp3", "w" * 16 + "90"])
def test_is_a_valid_cloud_config(largest: Rendered, node: str, tmp_path: Path) -> None:
    """`cloud-init schema` accepts what is sent."""
    sent = tmp_path / "user-data"
    sent.write_text(largest.text[node])
    done = subprocess.run(
        ["cloud-init", "schema", "--config-file", sent], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Valid" in done.stdout


def test_scripts_are_clean() -> None:
    """Nothing is found by shellcheck in the scripts that nodes run."""
    done = subprocess.run(
        ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *SCRIPTS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (len(SCRIPTS), done.stdout) == (4, "")


def test_scripts_arrive_as_they_are(largest: Rendered) -> None:
    """Rendering changes no byte of a script, whatever signs it holds."""
    for role, node in (("control-plane", "cp1"), ("worker", "w" * 16 + "1")):
        source = SOURCE / "first-boot" / "files"
        assert (
            largest.file(node, "/usr/local/lib/catalyst/boot")
            == (source / f"{role}.sh").read_text()
        )
        assert (
            largest.file(node, "/usr/local/lib/catalyst/common.sh")
            == (source / "common.sh").read_text()
        )


def test_nothing_is_left_unfilled(largest: Rendered) -> None:
    """No placeholder of any kind reaches a node, but the one that k3s itself fills."""
    for node in ("cp1", "w" * 16 + "1"):
        for each in largest.config[node]["write_files"]:
            if "/catalyst/" not in each["path"] or each["path"].endswith((".yaml", ".env")):
                assert not re.search(r"@\w+@|\$\{|%(?!\{KUBERNETES_API\}%/)[{]", each["content"])


def test_each_role_goes_through_its_stages(largest: Rendered) -> None:
    """The stages a script enters are those the data file promises for its role, in that order."""
    for role, node in (("control-plane", "cp1"), ("worker", "w" * 16 + "1")):
        promised = [stage["name"] for stage in STAGES if role in stage["roles"]]
        script = largest.file(node, "/usr/local/lib/catalyst/boot")
        assert re.findall(r"^enter (\w+)$", script, re.MULTILINE) == promised
        assert largest.environment(node)["STAGES"].split() == promised


def test_a_node_boots_with_its_own_host_key(largest: Rendered) -> None:
    """Each node holds its own first-contact key and nobody else's."""
    pairs = largest.given["first_contact"]
    for node, text in largest.text.items():
        assert largest.config[node]["ssh_keys"] == {
            "ed25519_private": pairs[node]["private_key"],
            "ed25519_public": pairs[node]["public_key"],
        }
        assert text.count("BEGIN OPENSSH PRIVATE KEY") == 1


def test_workers_hold_only_the_agent_token(largest: Rendered) -> None:
    """A worker that is taken over cannot join as a control plane."""
    tokens = largest.given["tokens"]
    assert tokens["join"] in largest.text["cp1"]
    for n in range(90):
        text = largest.text[f"{'w' * 16}{n + 1}"]
        assert tokens["join"] not in text
        assert tokens["agent"] in text


def test_secrets_are_private_on_the_node(largest: Rendered) -> None:
    """A file that holds a token is readable by root alone."""
    tokens = set(largest.given["tokens"].values())
    for config in largest.config.values():
        for each in config["write_files"]:
            if any(token in each["content"] for token in tokens):
                assert each["permissions"] == "0600"


def test_only_the_first_apply_founds(first_boot: Module, largest: Rendered) -> None:
    """cp1 may found the cluster on the first apply; nobody else may, and later not even cp1."""
    founders = [key for key in largest.text if largest.environment(key)["MAY_FOUND"] == "yes"]
    assert founders == ["cp1"]
    assert "cluster-init" not in largest.file("cp1", "/etc/rancher/k3s/config.yaml")
    later = render(first_boot, told(3, 1, cluster_init=False))
    assert {later.environment(key)["MAY_FOUND"] for key in later.text} == {"no"}


def test_a_joining_node_knows_every_other_control_plane(largest: Rendered) -> None:
    """Whoever joins asks all control planes but itself."""
    assert largest.environment("cp2")["PEERS"] == "10.0.1.2 10.0.1.4"
    assert largest.environment("w" * 16 + "7")["PEERS"] == "10.0.1.2 10.0.1.3 10.0.1.4"
    assert largest.environment("cp2")["PRIVATE_ADDRESS"] == "10.0.1.3"
    assert largest.environment("w" * 16 + "7")["PRIVATE_ADDRESS"] == "10.0.2.*"


def test_k3s_leaves_network_and_balancing_to_others(largest: Rendered) -> None:
    """k3s brings no CNI, no proxy, no ingress, no balancer and no cloud of its own."""
    config = largest.k3s("cp1")
    assert config["flannel-backend"] == "none"
    assert config["disable-network-policy"] is True
    assert config["disable-kube-proxy"] is True
    assert config["disable-cloud-controller"] is True
    assert config["secrets-encryption"] is True
    assert config["disable"] == ["traefik", "servicelb", "local-storage"]
    assert {"10.0.1.2", "10.0.1.3", "10.0.1.4", "a" * 55 + ".example"} <= set(config["tls-san"])


def test_solo_keeps_local_storage(solo: Rendered) -> None:
    """A single node has k3s's own storage, and one operator of Cilium."""
    assert solo.k3s("cp1")["disable"] == ["traefik", "servicelb"]
    assert values_of_cilium(solo)["operator"]["replicas"] == 1


def test_agents_are_given_no_server_options(largest: Rendered) -> None:
    """A worker's configuration holds what an agent knows, with the pool's labels and taints."""
    node = "w" * 16 + "1"
    config = largest.k3s(node)
    assert set(config) == {"token", "node-name", "node-label", "node-taint"}
    assert len(config["node-label"]) == len(config["node-taint"]) == 8


def values_of_cilium(rendered: Rendered) -> dict[str, Any]:
    """Return the values with which Cilium is installed."""
    chart = YAML(typ="safe").load(rendered.file("cp1", "/var/lib/catalyst/manifests/cilium.yaml"))
    assert (chart["kind"], chart["spec"]["bootstrap"]) == ("HelmChart", True)
    assert chart["spec"]["chart"].startswith("https://%{KUBERNETES_API}%/static/charts/cilium-")
    return dict(YAML(typ="safe").load(chart["spec"]["valuesContent"]))


def test_cilium_reaches_the_api_without_a_proxy(largest: Rendered) -> None:
    """Cilium replaces kube-proxy, so it must find the API by itself, on every node."""
    values = values_of_cilium(largest)
    assert values["kubeProxyReplacement"] is True
    assert (values["k8sServiceHost"], values["k8sServicePort"]) == ("127.0.0.1", 6444)
    assert values["gatewayAPI"]["hostNetwork"]["enabled"] is True
    assert values["operator"]["replicas"] == 2


def test_pods_may_not_read_the_metadata(largest: Rendered) -> None:
    """The user data can be read again from 169.254.169.254, so pods are kept from it."""
    text = largest.file("cp1", "/var/lib/catalyst/manifests/metadata.yaml")
    rules = YAML(typ="safe").load(text)["specs"]
    for rule in rules:
        assert rule["egressDeny"] == [{"toCIDR": ["169.254.169.254/32"]}]
        assert rule["enableDefaultDeny"] == {"egress": False, "ingress": False}
    kept = [rule["endpointSelector"]["matchExpressions"][0] for rule in rules]
    assert [(each["operator"], each["values"]) for each in kept] == [
        ("NotIn", ["hcloud-csi"]),
        ("NotIn", ["kube-system"]),
    ]


STORAGE = "/var/lib/catalyst/manifests/storage.yaml"


def test_several_control_planes_rent_volumes_that_name_their_sovereign(largest: Rendered) -> None:
    """The storage driver labels what it rents, runs on tainted nodes too, and holds no token."""
    chart = YAML(typ="safe").load(largest.file("cp1", STORAGE))
    version = largest.given["downloads"]["hcloud_csi"]["version"]
    assert (chart["kind"], chart["spec"]["version"]) == ("HelmChart", version)
    assert chart["spec"]["chart"].endswith(f"%/static/charts/hcloud-csi-{version}.tgz")
    assert largest.environment("cp2")["HCLOUD_CSI_URL"].endswith(f"/hcloud-csi-{version}.tgz")
    values = YAML(typ="safe").load(chart["spec"]["valuesContent"])
    labels = values["controller"]["volumeExtraLabels"]
    assert labels == {"catalyst.openova.io/sovereign": largest.given["fqdn"]}
    assert values["node"]["tolerations"] == [{"operator": "Exists"}]
    assert "hcloudToken" not in values["controller"]


def test_a_single_node_rents_no_volumes(solo: Rendered, largest: Rendered) -> None:
    """Only control planes that are several are told of the storage driver."""
    for rendered, node in ((solo, "cp1"), (largest, "w" * 16 + "1")):
        assert STORAGE not in {each["path"] for each in rendered.config[node]["write_files"]}


KIT = SOURCE.parent / "bootstrap-kit"


def test_the_kit_takes_over_what_is_installed(largest: Rendered) -> None:
    """Flux adopts Cilium only with the version and the values that the first boot installed."""
    release = (KIT / "cilium" / "release.yaml").read_text().replace("${REPLICAS}", "2")
    spec = YAML(typ="safe").load(release)["spec"]
    assert spec["values"] == values_of_cilium(largest)
    pins = largest.given["downloads"]
    assert spec["chart"]["spec"]["version"] == pins["cilium"]["version"]
    kit = YAML(typ="safe").load((KIT / "kit.yaml").read_text())
    assert f"v{kit['flux']['version']}" == pins["flux"]["version"]
    assert f"v{kit['gatewayApi']}" == pins["gateway_api"]["version"]
