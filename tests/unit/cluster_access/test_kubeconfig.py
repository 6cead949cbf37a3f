"""Kubeconfigs are read strictly, written privately, and merged without taking anything over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from provisioner.cluster import kubeconfig
from provisioner.cluster.kubeconfig import Identity
from provisioner.errors import AccessError

IDENTITY = Identity("the authority", "the certificate", SecretStr("the key"))
OTHER = Identity("another authority", "another certificate", SecretStr("another key"))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SERVER = "https://127.0.0.1:16443"
OWN = """\
# my clusters
apiVersion: v1
kind: Config
current-context: home
clusters:
- name: home  # the one under the stairs
  cluster: {server: https://home:6443}
contexts:
- name: home
  context: {cluster: home, user: me}
users: []
"""

PARTS = "clusters: []\ncontexts: []\nusers: []\n"
FOREIGN = [
    "[",
    "- a\n- b\n",
    "clusters: seven\n",
    "services: {web: {image: nginx}}\n",
    PARTS,
    f"kind: List\n{PARTS}",
    "kind: Config\nclusters: []\n",
]


def test_what_is_rendered_is_parsed() -> None:
    """A kubeconfig of ours holds the identity, and the name by which the API is verified."""
    text = kubeconfig.render(IDENTITY, "oman", SERVER)
    assert kubeconfig.parse(text) == IDENTITY
    assert YAML(typ="safe").load(text)["clusters"][0]["cluster"]["server"] == SERVER
    assert "tls-server-name: kubernetes.default.svc" in text


@pytest.mark.parametrize("text", ["", "[", "clusters: []", "a: &a [*a]", "users: {}\nclusters: 7"])
def test_what_is_no_kubeconfig_is_refused_without_quoting_it(text: str) -> None:
    """A node's file that is damaged is named, and nothing of it is repeated."""
    with pytest.raises(AccessError) as refused:
        kubeconfig.parse(text)
    assert (refused.value.code, refused.value.__cause__) == ("kubeconfig_unreadable", None)


def test_a_file_of_its_own_is_private(tmp_path: Path) -> None:
    """Only its owner reads the file, however it was before."""
    path = tmp_path / "kubeconfig"
    path.touch(0o644)
    kubeconfig.write(path, IDENTITY, "oman", SERVER)
    assert path.stat().st_mode & 0o777 == 0o600
    assert kubeconfig.parse(path.read_text()) == IDENTITY


def test_a_merge_keeps_everything_else(tmp_path: Path) -> None:
    """Comments, other clusters and the current context stay; the file as it was is kept."""
    path = tmp_path / "config"
    path.write_text(OWN)
    merged = kubeconfig.merge(path, IDENTITY, "oman", SERVER, NOW)
    content = YAML(typ="safe").load(path.read_text())
    assert not merged.current
    assert content["current-context"] == "home"
    assert [each["name"] for each in content["contexts"]] == ["home", "oman"]
    assert "# my clusters" in path.read_text()
    assert "# the one under the stairs" in path.read_text()
    assert merged.backup is not None
    assert merged.backup.read_text() == OWN
    assert {p.stat().st_mode & 0o777 for p in (path, merged.backup)} == {0o600}


def test_merging_again_replaces_only_the_own_entries(tmp_path: Path) -> None:
    """A second merge of the same name renews it in place."""
    path = tmp_path / "config"
    path.write_text(OWN)
    kubeconfig.merge(path, OTHER, "oman", SERVER, NOW)
    kubeconfig.merge(path, IDENTITY, "oman", SERVER, NOW)
    content = YAML(typ="safe").load(path.read_text())
    assert [each["name"] for each in content["users"]] == ["oman"]
    assert [each["name"] for each in content["clusters"]] == ["home", "oman"]


def test_the_first_context_becomes_the_current_one(tmp_path: Path) -> None:
    """Where there was no kubeconfig, there is nothing to switch from."""
    path = tmp_path / "new" / "config"
    merged = kubeconfig.merge(path, IDENTITY, "oman", SERVER, NOW)
    assert (merged.current, merged.backup) == (True, None)
    assert kubeconfig.parse(path.read_text()) == IDENTITY


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A kubeconfig that is a symbolic link is written where it points."""
    (tmp_path / "real").write_text(OWN)
    (tmp_path / "config").symlink_to(tmp_path / "real")
    kubeconfig.merge(tmp_path / "config", IDENTITY, "oman", SERVER, NOW)
    assert (tmp_path / "config").is_symlink()
    assert "oman" in (tmp_path / "real").read_text()


@pytest.mark.parametrize("text", FOREIGN)
def test_a_foreign_file_is_left_alone(tmp_path: Path, text: str) -> None:
    """What is no kubeconfig is refused and not touched."""
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(AccessError, match="kubeconfig_foreign"):
        kubeconfig.merge(path, IDENTITY, "oman", SERVER, NOW)
    assert [each.name for each in tmp_path.iterdir()] == ["config"]
    assert path.read_text() == text
