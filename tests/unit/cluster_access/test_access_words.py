"""What access says: every code has a remedy, and no error repeats a secret."""

from __future__ import annotations

import re
from pathlib import Path

import asyncssh
import msgspec
import pytest
from pydantic import SecretStr

import provisioner
from provisioner.cluster.operator_key import operator_key
from provisioner.cluster.refusals import refusal
from provisioner.errors import AccessError
from provisioner.phases.access import nodes_of
from provisioner.remedies import catalogue

ROOT = Path(provisioner.__file__).parent
RAISED = re.compile(r'(?:Error|Refused)\(\s*"([a-z_]+)"|(?:: |= )"((?:cluster|ssh_key)_[a-z_]+)"')
SENTINEL = "SENTINEL-51c0ffee"


def test_every_code_has_a_remedy() -> None:
    """Whatever access raises is explained in three sentences."""
    files = [ROOT / "phases/access.py", *(ROOT / "cluster").glob("*.py")]
    text = "".join(path.read_text() for path in files)
    codes = {code for found in RAISED.findall(text) for code in found if code}
    assert len(codes) > 25
    assert codes <= set(catalogue())


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 500, 599])
def test_a_refusal_of_a_secret_quotes_nothing(code: int) -> None:
    """Whatever the API writes about a Secret stays with it."""
    cause = {"field": "data.password", "reason": "FieldValueInvalid", "message": SENTINEL}
    status = {"message": SENTINEL, "reason": "Invalid", "details": {"causes": [cause]}}
    error = refusal(code, "/api/v1/secrets/one", msgspec.json.encode(status), secret=True)
    assert SENTINEL not in str(error)
    assert "data.password" in error.facts["said"]


def test_an_answer_that_is_no_status_is_still_a_refusal() -> None:
    """A proxy's page in place of a Status does not hide the status code."""
    error = refusal(502, "/version", b"<html>")
    assert (error.code, error.facts["status"]) == ("cluster_failing", "502")


async def test_a_generated_key_never_shows() -> None:
    """The key is taken from the run's secrets, and no representation shows it."""
    private = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    key = await operator_key("generated", {"ssh_private_key": SecretStr(private)})
    async with key.offered() as pairs:
        assert [pair.algorithm for pair in pairs] == [b"ssh-ed25519"]
    assert "PRIVATE" not in repr(key)


async def test_a_key_file_is_opened_if_it_is_not_locked(tmp_path: Path) -> None:
    """A plain file gives its key; one with a passphrase, or with anything else, is named."""
    made = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "key"
    path.write_bytes(made.export_private_key())
    opened = await operator_key(str(path), {})
    assert opened.key is not None
    assert opened.key.get_fingerprint() == made.get_fingerprint()
    path.write_bytes(made.export_private_key("pkcs8-pem", passphrase=SENTINEL))
    with pytest.raises(AccessError, match="ssh_key_encrypted"):
        await operator_key(str(path), {})
    path.write_text(SENTINEL)
    with pytest.raises(AccessError, match="ssh_key_unreadable") as unreadable:
        await operator_key(str(path), {})
    assert SENTINEL not in str(unreadable.value)


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ("generated", "ssh_key_missing"),
        ("agent", "ssh_agent_silent"),
        ("/nowhere/key", "ssh_key_unreadable"),
    ],
)
async def test_a_key_that_is_not_there_is_named(
    choice: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each choice that cannot be met has its own remedy."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(AccessError, match=code):
        await operator_key(choice, {})


@pytest.mark.parametrize("outputs", [{}, {"control_planes": {}}, {"control_planes": {"a": {}}}])
def test_outputs_without_nodes_are_named(outputs: dict[str, object]) -> None:
    """Outputs that do not say how to reach a node are an error, no traceback."""
    with pytest.raises(AccessError, match="outputs_incomplete"):
        nodes_of(outputs, 22)
