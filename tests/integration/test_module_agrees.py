"""The spec and the module agree: what one accepts or refuses, so does the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provisioner.phases.opentofu import node_keys
from provisioner.tofu.nodekeys import sensitive_variables
from provisioner.tofu.variables import to_module_variables
from tests.integration.generated import KEY, Draw, Drawn, sound
from tests.integration.module import SOURCE, Module

SEED, ROUNDS, PLANS = 8, 102, 20
TOGETHER = 10
"""Rounds in one file: a failure hides the later ones of its file only."""


def test_agrees_on_generated_values(tools: dict[str, Path], tmp_path: Path) -> None:
    """Each of some hundred values, sound or not, is refused by both or by neither."""
    rounds = list(Draw(SEED).rounds(ROUNDS))
    drawn = [each for values in rounds for each in values]
    judged = Counter((each.variable, each.accepted) for each in drawn)
    assert len(drawn) >= 500
    assert len(judged) == 11
    assert min(judged.values()) > 15, judged
    work = Module(tmp_path / "hetzner", tools).prepare()
    for old in (work.folder / "tests").iterdir():
        old.unlink()
    head = (SOURCE / "tests" / "refusals.tftest.hcl").read_text().split('run "')[0]
    for first in range(0, ROUNDS, TOGETHER):
        some = enumerate(rounds[first : first + TOGETHER], first)
        runs = [head, *(_run(number, values) for number, values in some)]
        file = work.folder / "tests" / f"from_{first}.tftest.hcl"
        file.write_text("\n".join(runs))
    done = work.attempt("test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ROUNDS} passed, 0 failed" in done.stdout


def test_plans_what_generated_answers_ask_for(tools: dict[str, Path], tmp_path: Path) -> None:
    """Twenty sound answers, planned for real, rent exactly the nodes that they ask for, by tens."""
    work = Module(tmp_path / "hetzner", tools).prepare()
    for spec in sound(PLANS, SEED):
        given = to_module_variables(spec, network_zone="eu-central", ssh_public_key=KEY)
        work.answer(given | sensitive_variables(node_keys(spec)))
        told = work.run("plan", "-input=false", "-json", "-refresh=false", "-parallelism=40")
        planned = [
            each["change"]["resource"]
            for each in map(json.loads, told.splitlines())
            if each["type"] == "planned_change"
        ]
        kinds = Counter(each["resource_type"] for each in planned)
        nodes = [
            each["resource_key"] for each in planned if each["resource_type"] == "hcloud_server"
        ]
        assert sorted(nodes) == sorted(node_keys(spec))
        tens = sum(-(-pool.count // 10) for pool in spec.sizing.workers)
        assert kinds["hcloud_placement_group"] == 1 + tens


def _run(number: int, values: list[Drawn]) -> str:
    """Return one run of ``tofu test`` that refuses exactly what the spec refuses."""
    refused = [f"var.{each.variable}" for each in values if not each.accepted]
    given = "\n".join(f"    {each.variable} = {_hcl(each.sent)}" for each in values)
    keys = ["cp1"] if refused else _nodes({each.variable: each.sent for each in values})
    pair = {"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\n", "public_key": KEY}
    ending = f"expect_failures = [{', '.join(refused)}]" if refused else NODES % _hcl(sorted(keys))
    return RUN.format(
        number=number,
        given=given,
        first_contact=_hcl(dict.fromkeys(keys, pair)),
        ending=ending,
    )


def _nodes(sent: Mapping[str, Any]) -> list[str]:
    """Return the keys of the nodes that sound values ask for."""
    pools = [("cp", sent["control_plane"]["count"])]
    pools += [(pool["name"], pool["count"]) for pool in sent["workers"]]
    return [f"{name}{n + 1}" for name, number in pools for n in range(number)]


RUN = """
run "round_{number}" {{
  command = plan
  variables {{
{given}
    load_balancer_type = "any"
    first_contact = {first_contact}
  }}
  {ending}
}}
"""
NODES = """assert {
    condition = keys(hcloud_server.node) == %s
    error_message = "The nodes are those of the answers."
  }
"""


def _hcl(value: Any) -> str:
    """Return a value as HCL: a string of JSON, decoded there."""
    quoted = json.dumps(json.dumps(value))
    return f"jsondecode({quoted.replace('${', '$${').replace('%{', '%%{')})"
