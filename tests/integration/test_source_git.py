"""A whole rehearsal with the kit from a repository, on real programs."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest
from pydantic import SecretStr

from provisioner.errors import GitError
from provisioner.git import Address, repository
from provisioner.git.credentials import credentials_for
from provisioner.home import Home
from provisioner.rehearsal.hosting.repository import FOLDER, URL, Host
from tests.integration.program import told
from tests.integration.real_node import RealNode

FQDN = "oman.omani.works"
ANSWERS = """\
organisation: {{name: Oman, admin_email: ops@omani.works}}
domain: {{mode: pool, label: oman, pool: omani.works}}
sizing: {{location: hel1, control_plane: {{type: cx53, count: 1}}}}
access: {{operator_cidrs: [203.0.113.7/32]}}
source: {{mode: git, url: "{url}", commit: "{commit}", path: "{path}"}}
"""


def test_a_rehearsal_from_a_repository_ends_ready(home: Path, tmp_path: Path) -> None:
    """A wrong commit stops it before anything is rented; the right one is installed by Flux."""
    answers = tmp_path / "sovereign.yaml"
    answers.write_text(ANSWERS.format(url=URL, commit="0" * 40, path=FOLDER))
    road = ("rehearse", "--headless", "--speed", "120")
    events, code = told(home, *road, "--answers", str(answers))
    assert code == 3
    found = {each["finding"]["code"] for each in events if each["type"] == "finding_reported"}
    assert "git_commit_missing" in found
    assert not [each for each in events if each["type"] == "plan_saved"]

    events, code = told(home, *road, "--source", "git")
    assert (code, events[-1]["outcome"]) == (0, "ready")
    ready = {(each["kind"], each["name"]) for each in events
             if each["type"] == "source_changed" and each["ready"]}  # fmt: skip
    assert {("GitRepository", "catalyst"), ("Kustomization", "catalyst")} <= ready
    healthy = {each["component"] for each in events
               if each["type"] == "component_changed" and each["state"] == "healthy"}  # fmt: skip
    assert len(healthy) == 11
    journal = Home(home).rehearsal.sovereign(FQDN).journal.read_bytes()
    assert b"catalyst:" not in journal


@pytest.mark.parametrize("node", ["openssh"], indirect=True)
async def test_a_repository_behind_ssh_needs_a_known_host_and_its_key(
    node: RealNode, tmp_path: Path
) -> None:
    """Read with the deploy key; an unknown or another host, and another key, are named."""
    host, known = Host(tmp_path / "git"), tmp_path / "known"
    await host.open()
    address = Address(f"ssh://{node.layout.user}@127.0.0.1:{node.port}{host.bare}")
    deploy = SecretStr(node.private_key)
    assert await failing(address, deploy, known) == "git_host_unknown"
    assert await failing(address, None, known) == "git_key_missing"

    known.write_text(f"[127.0.0.1]:{node.port} {node.first_contact}\n")
    opening = await credentials_for(address, deploy, [known])
    assert opening is not None
    async with repository(address, await host.newest(), opening) as found:
        assert (await found.tree(FOLDER) / "kit.yaml").is_file()
    assert set(opening.secret_data()) == {"identity", "known_hosts"}

    other = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(2)]
    stranger = SecretStr(other[0].export_private_key().decode())
    assert await failing(address, stranger, known) == "git_refused"
    known.write_text(f"[127.0.0.1]:{node.port} {other[1].export_public_key().decode()}")
    assert await failing(address, deploy, known) == "git_host_unknown"


async def failing(address: Address, secret: SecretStr | None, known: Path) -> str:
    """Return the code of what keeps a repository from being read."""
    with pytest.raises(GitError) as failed:
        async with repository(address, "0" * 40, await credentials_for(address, secret, [known])):
            pass
    return failed.value.code
