"""Whether the repository that a cluster shall take its kit from holds what is pinned."""

from __future__ import annotations

from provisioner.answers_findings import Place, finding
from provisioner.cluster.kitsource import kit_of
from provisioner.errors import GitError
from provisioner.facts import Finding
from provisioner.run import Run

_FIELDS = {
    "git_commit_missing": "commit",
    "git_path_missing": "path",
    "git_kit_wrong": "path",
}
"""Which answer a failure is about; all others are about the repository itself."""


async def check_source(run: Run) -> tuple[Finding, ...]:
    """Return why the kit cannot be read at its commit and path, if so.

    With ``source.mode: direct`` there is nothing to ask.
    """
    if run.spec.source.mode != "git":
        return ()
    try:
        await kit_of(run)
    except GitError as error:
        name = _FIELDS.get(error.code, "url")
        place: Place = ("source", name)
        facts = {"fqdn": run.fqdn, **error.facts}
        return (finding(error.code, place, getattr(run.spec.source, name), facts),)
    return ()
