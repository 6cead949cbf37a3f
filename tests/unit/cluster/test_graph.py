"""The graph of a kit: closed, acyclic, in order, and with an end in time."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.cluster.evidence.trouble import RANK
from provisioner.cluster.graph import depths, expected_components, longest, usually
from provisioner.cluster.kitfiles import FluxPin, Kit, KitSheet, Part, Sheet, packaged_kit
from provisioner.errors import KitError
from provisioner.facts import Rung
from provisioner.remedies import catalogue

ELEVEN = {
    "cilium", "cert-manager", "flux", "sealed-secrets", "spire", "crossplane", "openbao",
    "nats-jetstream", "keycloak", "gitea", "catalyst-platform",
}  # fmt: skip


def _kit(needs: dict[str, list[str]], timeout: str = "5m", retries: int = 0) -> Kit:
    """Return a kit of one release a component."""
    parts = tuple(
        Part(
            name=name,
            sheet=Sheet(title=name, usual=1, memory=1),
            objects=(
                {
                    "kind": "HelmRelease",
                    "metadata": {"namespace": "ns", "name": name},
                    "spec": {
                        "timeout": timeout,
                        "dependsOn": [{"name": each} for each in below],
                        "install": {"remediation": {"retries": retries}},
                    },
                },
            ),
        )
        for name, below in needs.items()
    )
    sheet = KitSheet(
        format=1,
        flux=FluxPin(namespace="flux-system", version="1"),
        gateway_api="1",
        components=tuple(needs),
    )
    return Kit(sheet=sheet, parts=parts)


graphs = st.integers(1, 25).flatmap(
    lambda size: st.tuples(
        *(st.lists(st.integers(0, max(n - 1, 0)), max_size=3, unique=True) for n in range(size))
    )
).map(
    lambda rows: {f"c{n}": [f"c{m}" for m in row if m < n] for n, row in enumerate(rows)}
)  # fmt: skip


@given(graphs, st.randoms())
def test_each_component_follows_what_it_needs(needs: dict[str, list[str]], random: Random) -> None:
    """Whatever the order of the folders, the order of what is expected is a topological one."""
    shuffled = list(needs.items())
    random.shuffle(shuffled)
    made = expected_components(_kit(dict(shuffled)))
    place = {each.name: index for index, each in enumerate(made)}
    depth = depths(made)
    assert set(place) == set(needs)
    for each in made:
        assert set(each.depends_on) == set(needs[each.name])
        assert all(place[below] < place[each.name] for below in each.depends_on)
        assert depth[each.name] == max((depth[b] + 1 for b in each.depends_on), default=0)


@given(graphs, st.data())
def test_a_circle_is_refused_and_named(needs: dict[str, list[str]], data: st.DataObject) -> None:
    """One edge back, from any component to one above it or itself, is refused by its members."""
    low = data.draw(st.sampled_from(sorted(needs)))
    above = {low}
    while more := {n for n, below in needs.items() if above & set(below)} - above:
        above |= more
    high = data.draw(st.sampled_from(sorted(above)))
    with pytest.raises(KitError) as caught:
        expected_components(_kit(needs | {low: [*needs[low], high]}))
    assert caught.value.code == "kit_cycle"
    assert low in caught.value.facts["circle"].split(" → ")


@given(graphs)
def test_a_dependency_outside_the_kit_is_refused(needs: dict[str, list[str]]) -> None:
    """A release that waits for something that never comes is refused by name."""
    with pytest.raises(KitError) as caught:
        expected_components(_kit(needs | {"c0": [*needs["c0"], "absent"]}))
    assert caught.value.code == "kit_missing_dependency"
    assert caught.value.facts["missing"] == "ns/absent"


@given(graphs)
def test_the_deadline_leaves_time_for_the_longest_chain(needs: dict[str, list[str]]) -> None:
    """It is longer than the timeouts of any chain, and grows with nothing beside the longest."""
    made = expected_components(_kit(needs))
    deepest = max(depths(made).values()) + 1
    assert deepest * 300 < longest(made) < deepest * 330 + 200


def test_retries_lengthen_the_deadline_once() -> None:
    """One component may need all its attempts; not every one of a chain."""
    chain = {"a": [], "b": ["a"], "c": ["b"]}
    once = longest(expected_components(_kit(chain)))
    assert longest(expected_components(_kit(chain, retries=1))) == once + 315


def test_the_whole_usually_takes_its_slowest_chain_and_the_settling() -> None:
    """Not its slowest component alone, and not all of them one after another."""
    made = expected_components(_kit({"a": [], "b": ["a"], "c": ["b"], "d": []}))
    times = {"a": 50.0, "b": 160.0, "c": 110.0, "d": 180.0}
    timed = [msgspec.structs.replace(each, usual=times[each.name]) for each in made]
    assert usually(timed, 30.0) == 30 + 50 + 160 + 110


def test_the_packaged_kit_is_the_eleven() -> None:
    """Its graph is right, and each component has the rungs that it can have."""
    made = {each.name: each for each in expected_components(packaged_kit())}
    assert set(made) == ELEVEN
    every = (Rung.SOURCE, Rung.RELEASE, Rung.WORKLOADS, Rung.PROBE)
    assert {each.name: each.rungs for each in made.values() if each.rungs != every} == {
        "flux": (Rung.WORKLOADS, Rung.PROBE)
    }
    assert {each.name for each in made.values() if len(each.releases) > 1} == {"spire", "keycloak"}
    assert made["catalyst-platform"].depends_on == ("cert-manager", "gitea", "keycloak")


def test_every_code_of_a_component_has_its_remedy() -> None:
    """What the rules can name, the operator is told what to do about."""
    codes = {
        "release_missing", "release_deleting", "release_suspended", "release_failed",
        "values_missing", "test_failed", "chart_missing", "source_failed", "source_missing",
        "probe_silent", "no_workloads", "workload_missing", "flux_silent", "bootstrap_incomplete",
        "kit_unreadable", "kit_unknown_variable", "kit_outputs", "kit_missing_dependency",
        "kit_cycle", "kit_undelivered",
    }  # fmt: skip
    assert codes | set(RANK) <= set(catalogue())
