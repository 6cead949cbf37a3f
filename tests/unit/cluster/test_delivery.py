"""A release that is not there yet waits for the repository and the folder that bring it."""

from __future__ import annotations

from typing import Any

from provisioner.cluster.evidence import kinds
from provisioner.cluster.ports import Object
from provisioner.facts import State
from tests.unit.cluster.objects import Stage, component, condition

REFUSED = "failed to checkout: authentication required"


def brought(name: str, *said: dict[str, Any], observed: int = -1) -> Object:
    """Return a GitRepository or Kustomization that says these conditions."""
    meta = {"namespace": "flux-system", "name": name, "generation": 1, "finalizers": ["f"]}
    return {
        "metadata": meta,
        "spec": {},
        "status": {"conditions": list(said), "observedGeneration": observed},
    }


def failing(reason: str, message: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a controller says of a failure that it tries again."""
    trying = condition("Reconciling", "True", "ProgressingWithRetry", "again")
    return trying, condition("Ready", "False", reason, message)


def fetched() -> Object:
    """Return the repository once it was fetched."""
    return brought("catalyst", condition("Ready", "True", "Succeeded"), observed=1)


def test_what_cannot_be_fetched_is_waited_for_and_fails_in_the_end() -> None:
    """The exact object and its own words; through its retries it is the same failure."""
    stage = Stage(component("a"), component("b", "a"))
    failed = brought("catalyst", *failing("GitOperationFailed", REFUSED))
    stage.see(kinds.GIT_REPOSITORIES, failed)
    stage.wait(10)
    line = stage.board.lines["a"]
    assert (line.state, line.reason, line.code) == (State.WAITING, "repository", "kit_undelivered")
    assert "GitRepository flux-system/catalyst" in line.detail
    assert REFUSED in line.detail
    trying = condition("Reconciling", "True", "Progressing", "building artifact")
    for _ in range(4):
        stage.see(kinds.GIT_REPOSITORIES, brought("catalyst", trying))
        stage.wait(40)
        stage.see(kinds.GIT_REPOSITORIES, failed)
        stage.wait(40)
    assert {line.state for line in stage.board.lines.values()} == {State.FAILED}


def test_a_folder_that_waits_for_its_repository_has_not_failed() -> None:
    """Only what the folder itself lacks is held against it."""
    stage = Stage(component("a"))
    stage.see(kinds.GIT_REPOSITORIES, fetched())
    unsourced = failing("ArtifactFailed", "Source artifact not found, retrying in 30s")[1]
    stage.see(kinds.KUSTOMIZATIONS, brought("catalyst", unsourced))
    stage.wait(400)
    line = stage.board.lines["a"]
    assert (line.state, line.reason, line.code) == (State.WAITING, "manifests", "")
    lost = failing("ArtifactFailed", "kustomization path not found: stat /tmp/x")
    stage.see(kinds.KUSTOMIZATIONS, brought("catalyst", *lost))
    stage.wait(400)
    assert stage.board.lines["a"].state is State.FAILED


def test_once_all_is_brought_or_where_others_bring_theirs_a_release_is_missing() -> None:
    """A release that nothing of ours has yet to bring is simply not there."""
    stage = Stage(component("a"))
    failed = brought("theirs", *failing("GitOperationFailed", REFUSED))
    stage.see(kinds.GIT_REPOSITORIES, failed, fetched())
    stage.see(kinds.KUSTOMIZATIONS, fetched())
    stage.wait(10)
    line = stage.board.lines["a"]
    assert (line.state, line.code) == (State.MISSING, "release_missing")
