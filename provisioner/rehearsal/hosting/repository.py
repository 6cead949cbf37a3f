"""The repository of a world: bare, on disk, with one commit that is the same everywhere."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

from provisioner.errors import GitError
from provisioner.git.reading import Repository, git

HOST = "https://git.rehearsal.example"
"""A name that nobody can own (RFC 6761)."""
NAME = "sovereign.git"
URL = f"{HOST}/{NAME}"
FOLDER = "clusters/sovereign"
"""Where in the repository the kit lies."""
USER = "catalyst"
SUBJECT = "The bootstrap kit of this release"
_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (
        ("NAME", "Catalyst"),
        ("EMAIL", "catalyst@rehearsal.example"),
        ("DATE", "2026-01-01T00:00:00Z"),
    )
}


@dataclass(frozen=True)
class Answer:
    """What a host answers who asks for a commit, or a branch: or why not, in Flux's words."""

    commit: str = ""
    subject: str = ""
    """The first line of what the commit says of itself."""
    reason: str = ""
    refusal: str = ""


class Host:
    """The Git host of one world; its repository lies in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accounts: set[str] = set()
        """The digest of each user and password that may read."""

    @property
    def bare(self) -> Path:
        """The repository."""
        return self.folder / NAME

    async def open(self) -> None:
        """Make the repository, with the kit as it is in this release; raises GitError."""
        await asyncio.to_thread(self.folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        await git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", NAME)
        await git(self.bare, "config", "uploadpack.allowReachableSHA1InWant", "true")
        with tempfile.TemporaryDirectory(prefix="catalyst-kit-") as work:
            await asyncio.to_thread(_lay_out, Path(work) / FOLDER)
            tree = (f"--git-dir={self.bare}", f"--work-tree={work}")
            await git(self.bare, *tree, "add", "--all")
            written = (await git(self.bare, "write-tree")).decode().strip()
        made = await git(self.bare, "commit-tree", written, "-m", SUBJECT, env=_IDENTITY)
        await git(self.bare, "update-ref", "refs/heads/main", made.decode().strip())

    async def newest(self) -> str:
        """Return the commit that the branch is at; raises GitError."""
        return (await git(self.bare, "rev-parse", "main")).decode().strip()

    def admits(self, user: str, password: str) -> bool:
        """Return whether somebody may read."""
        mark = digest(user, password)
        return any(secrets.compare_digest(mark, each) for each in self.accounts)

    async def asked(self, url: str, wanted: str, user: str, password: str) -> Answer:
        """Answer who wants a commit or branch of a repository, as source-controller is answered."""
        told = f"failed to checkout and determine revision: unable to clone '{url}': "
        if not self.admits(user, password):
            refusal = f"{told}authentication required: auth needed"
            return Answer(reason="GitOperationFailed", refusal=refusal)
        if url != URL:
            return Answer(reason="GitOperationFailed", refusal=f"{told}repository not found: ")
        try:
            found = await git(self.bare, "rev-parse", "--verify", f"{wanted}^{{commit}}")
            commit = found.decode().strip()
            return Answer(commit=commit, subject=await Repository(self.bare, commit).subject())
        except GitError:
            missing = f"{told}unable to resolve commit object for '{wanted}': object not found"
            return Answer(reason="GitOperationFailed", refusal=missing)

    async def tree(self, commit: str, path: str) -> Traversable | None:
        """Return a folder of a commit, to be read; None if there is no such folder."""
        try:
            # A path in a zip file is all of Traversable that anybody reads by.
            return cast("Traversable", await Repository(self.bare, commit).tree(path))
        except GitError:
            return None


def digest(user: str, password: str) -> str:
    """Return by what a host knows an account without knowing its password."""
    return hashlib.sha256(f"{user}\0{password}".encode()).hexdigest()


def _lay_out(place: Path) -> None:
    with as_file(files("modules") / "bootstrap-kit") as kit:
        shutil.copytree(kit, place)
