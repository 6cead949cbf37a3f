"""The OpenTofu module by itself: its form, its own tests, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from provisioner import rules
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


def _spec_takes(rule: Callable[[str], str], value: str) -> bool:
    try:
        rule(value)
    except PydanticCustomError:
        return False
    return True


CIDRS = [
    "203.0.113.7/32", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/48", "2001:DB8:0::/64", "::/0",
    "203.0.113.7/24", "203.0.113.7", "203.0.113.0/33", "2001:db8::1/48", "banana", "", "10.0.0/8",
]  # fmt: skip
POOLS = [
    "web",
    "w",
    "web-1",
    "a1",
    "a" * 16,
    "a" * 17,
    "cp",
    "1web",
    "web-",
    "Web",
    "we b",
    "",
    "-",
]
NAMES = ["fsn1", "cx23", "a", "hel-1", "-a", "a-", "A", "", "a" * 32, "a" * 33]
FQDNS = [
    "oman.omani.works", "7eleven.example", "a.b", "x-y.example.com", "oman", "oman-.omani.works",
    "-oman.omani.works", "oman..works", "oman.123", "a" * 58 + ".works", "a" * 55 + ".example", "",
]  # fmt: skip
LABEL_KEYS = [
    "disk", "example.com/disk", "a_b.c-d", "D", "-disk", "disk-", "a" * 63, "a" * 64, "a/b/c",
    "/a", "Example.com/disk", "kubernetes.io/role", "node.kubernetes.io/x", "",
    "catalyst.openova.io/pool",
]  # fmt: skip
TAINTS = [
    "disk=fast:NoSchedule", "disk:NoExecute", "disk=:PreferNoSchedule", "example.com/d=f:NoExecute",
    "disk=fast", "disk=fast:Never", "=fast:NoSchedule", "disk=f g:NoSchedule", "",
    "kubernetes.io/a=b:NoSchedule", "disk=a=b:NoSchedule", "disk=fast:NoSchedule:NoExecute",
]  # fmt: skip

RULES: dict[str, tuple[str, Callable[[str], str], list[str], Callable[[str], Any]]] = {
    "cidr": ("operator_cidrs", rules.cidr, CIDRS, lambda value: [value]),
    "pool": ("workers", rules.pool_name, POOLS, lambda value: [pool(value, 1)]),
    "type": ("workers", rules.catalogue_name, NAMES, lambda value: [pool("w", 1, type=value)]),
    "location": ("location", rules.catalogue_name, NAMES, str),
    "fqdn": ("fqdn", rules.fqdn, FQDNS, str),
    "label": (
        "workers",
        rules.node_label_key,
        LABEL_KEYS,
        lambda value: [pool("w", 1, labels={value: "x"})],
    ),
    "taint": ("workers", rules.taint, TAINTS, lambda value: [pool("w", 1, taints=[value])]),
}


@pytest.mark.parametrize("kind", RULES)
def test_agrees_with_the_spec(kind: str, tools: dict[str, Path], tmp_path: Path) -> None:
    """The spec and the module accept and refuse the same values of one kind."""
    variable, rule, values, shape = RULES[kind]
    runs = [(SOURCE / "tests" / "refusals.tftest.hcl").read_text().split('run "')[0]]
    for number, value in enumerate(values):
        given = shape(value)
        pools = given if variable == "workers" else []
        refused = "" if _spec_takes(rule, value) else f"expect_failures = [var.{variable}]"
        runs.append(
            RUN.format(
                number=number,
                variable=variable,
                value=_hcl(given),
                first_contact=_hcl(answers(1, *pools)["first_contact"]),
                refused=refused,
            )
        )
    work = Module(tmp_path / "hetzner", tools).prepare()
    for old in (work.folder / "tests").iterdir():
        old.unlink()
    (work.folder / "tests" / "values.tftest.hcl").write_text("\n".join(runs))
    done = work.attempt("test", "-no-color")
    assert done.returncode == 0, f"{values}\n{done.stdout}{done.stderr}"


RUN = """
run "value_{number}" {{
  command = plan
  variables {{
    {variable} = {value}
    first_contact = {first_contact}
  }}
  {refused}
}}
"""


def _hcl(value: Any) -> str:
    """Return a value as HCL: a string of JSON, decoded there."""
    return f"jsondecode({json.dumps(json.dumps(value))})"
