"""Where a Sovereign's kit comes from: this release, or one commit of a repository.

From a repository the same kit is read here, to know what to expect, and by Flux, to install it: a
GitRepository at the commit, and a Kustomization for the folder. The credential is delivered before
them, and only through SSH.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from provisioner.cluster.evidence.delivery import NAME
from provisioner.cluster.evidence.kinds import GIT_REPOSITORIES, KUSTOMIZATIONS
from provisioner.cluster.graph import expected_components
from provisioner.cluster.kitfiles import Kit, packaged_kit, read_kit
from provisioner.cluster.ports import Kube, Object, Resource
from provisioner.cluster.variables import Value
from provisioner.errors import ClusterError, GitError, KitError
from provisioner.git import Address, GitCredentials, repository
from provisioner.git.credentials import credentials_for
from provisioner.remedies import remedy_of
from provisioner.run import Run

GIT_API = "source.toolkit.fluxcd.io/v1"
SECRETS = Resource("", "v1", "secrets")
KUSTOMIZE_API = "kustomize.toolkit.fluxcd.io/v1"


async def kit_of(run: Run) -> Kit:
    """Return the kit that a run installs; raises KitError, GitError.

    What is wrong with a kit of somebody else's is a GitError that says where to mend it.
    """
    source = run.spec.source
    if source.url is None or source.commit is None:
        return await asyncio.to_thread(packaged_kit)
    address = Address(source.url)
    rewritten = address.rewritten(run.world.repositories)
    opening = await credentials_of(run)
    async with repository(rewritten, source.commit, opening) as found:
        tree = await found.tree(source.path)
        try:
            kit = await asyncio.to_thread(read_kit, tree)
            expected_components(kit)
        except KitError as error:
            raise GitError("git_kit_wrong", reason=remedy_of(error).what) from error
    return kit


async def credentials_of(run: Run) -> GitCredentials | None:
    """Return what opens the run's repository; raises GitError."""
    address = Address(run.spec.source.url or "")
    return await credentials_for(address, run.secrets.get("git_credentials"))


def flux_objects(
    run: Run, kit: Kit, known: Mapping[str, Value], credentials: GitCredentials | None
) -> list[Object]:
    """Return what has Flux install the kit from its repository, in the order of need."""
    source, namespace = run.spec.source, kit.sheet.flux.namespace
    named = {"metadata": {"name": NAME, "namespace": namespace}}
    repository_spec = {
        "interval": "10m",
        "timeout": "60s",
        "url": source.url,
        "ref": {"commit": source.commit},
    }
    secret: list[Object] = []
    if credentials is not None:
        secret = [_secret(named, credentials)]
        repository_spec["secretRef"] = {"name": NAME}
    path = "" if source.path == "." else source.path.strip("/")
    return [
        *secret,
        {"apiVersion": GIT_API, "kind": "GitRepository", **named, "spec": repository_spec},
        {
            "apiVersion": KUSTOMIZE_API,
            "kind": "Kustomization",
            **named,
            "spec": {
                "interval": "10m",
                "retryInterval": "1m",
                "timeout": "5m",
                "path": f"./{path}",
                "prune": True,
                "sourceRef": {"kind": "GitRepository", "name": NAME},
                "postBuild": {"substitute": {name: _text(each) for name, each in known.items()}},
            },
        },
    ]


async def leave_repository(kube: Kube, namespace: str) -> None:
    """Have Flux forget the repository, where there was one, and keep all that came from it."""
    folder = KUSTOMIZATIONS.object_path(namespace, NAME)
    try:
        # Else what it made would go with it.
        await kube.patch(folder, {"spec": {"prune": False}})
    except ClusterError as error:
        if error.code == "cluster_not_found":
            return
        raise
    await kube.delete(folder)
    await kube.delete(GIT_REPOSITORIES.object_path(namespace, NAME))
    await kube.delete(SECRETS.object_path(namespace, NAME))


def _secret(named: Object, credentials: GitCredentials) -> Object:
    data = credentials.secret_data()
    return {"apiVersion": "v1", "kind": "Secret", **named, "type": "Opaque", "data": data}


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
