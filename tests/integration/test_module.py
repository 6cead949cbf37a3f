"""The OpenTofu module by itself: its form, its own tests, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.module import SOURCE, Module, answers, pool


@pytest.fixture(scope="module")
def module(tools: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Module:
    """Return the module, initialised; no cloud answers it."""
    return Module(tmp_path_factory.mktemp("module") / "hetzner", tools).prepare()


def test_is_formatted(module: Module) -> None:
    """Every file has the form that `tofu fmt` gives it."""
    done = module.attempt("fmt", "-check", "-recursive", "-diff", str(SOURCE))
    assert (done.returncode, done.stdout) == (0, "")


def test_is_valid(module: Module) -> None:
    """`tofu validate` finds nothing, not even a warning."""
    assert json.loads(module.run("validate", "-json"))["diagnostics"] == []


def test_own_tests_pass(module: Module) -> None:
    """`tofu test` passes, so graph, names and refusals hold."""
    assert "0 failed" in module.run("test", "-no-color")


def test_readme_tells_every_input_and_output() -> None:
    """The README's generated part is that of the module as it is."""
    script = SOURCE.parents[1] / "scripts" / "module_docs.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


def test_names_no_server_type() -> None:
    """What can be rented changes too often to be written down: the catalogue alone knows types."""
    for file in SOURCE.rglob("*"):
        if file.suffix in {".tf", ".json", ".sh"}:
            for family in ("cx2", "cx3", "cx4", "cx5", "cpx", "ccx", "cax"):
                assert family not in file.read_text(), file


SENTENCES = {
    "fqdn": ("Oman", "fqdn must be a lower-case domain name"),
    "name": ("-oman", "name must have 1 to 32 lower-case letters"),
    "location": ("fsn 1", "location must be the name of a Hetzner location"),
    "network_zone": ("", "network_zone must be the name of a Hetzner network zone"),
    "control_plane": ({"type": "x1", "count": 2}, "control_plane.count must be 1 or 3"),
    "operator_cidrs": ([], "operator_cidrs must name at least one network"),
    "ssh_public_key": ("ssh-ed25519 AAAA", "ssh_public_key must be one line"),
    "join_token": ("short", "join_token must have 32 to 128 letters and digits"),
    "poll_interval": ("soon", "poll_interval must be a duration such as 500ms"),
    "server_poll_interval": ("-1s", "server_poll_interval must be a duration such as 500ms"),
    "load_balancer_type": ("LB 11", "load_balancer_type must be the name of a load balancer"),
    "workers": ([pool("web", 0)], "A worker pool must have 1 to 90 servers."),
    "first_contact": ({"cp1": {"private_key": "", "public_key": ""}}, "first_contact must hold"),
}


def test_refuses_in_our_sentences(module: Module) -> None:
    """Every bad value is refused by the plan, all at once, each in a sentence of ours."""
    wrong = {name: value for name, (value, _) in SENTENCES.items()}
    module.answer(answers() | wrong)
    done = module.attempt("plan", "-input=false", "-no-color")
    said = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == 1
    assert [name for name, (_, sentence) in SENTENCES.items() if sentence not in said] == []
