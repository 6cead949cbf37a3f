"""Fetches one commit with the operator's own git, and reads folders of it.

Nothing is checked out: what a commit holds is read as an archive, so that no file of a foreign
repository ever lands on the disk under a name of its choosing. Credentials reach git through memory
that only it inherits; a key for ssh, which wants a file, through a private one that goes at once.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioner.errors import GitError
from provisioner.git.address import Address
from provisioner.git.credentials import GitCredentials
from provisioner.git.failures import failure

PATIENCE = 120.0
"""Real seconds that one command may take."""
_KEPT = {name: name for name in ("PATH", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")} | {
    "SSL_CERT_FILE": "GIT_SSL_CAINFO",
    "SSL_CERT_DIR": "GIT_SSL_CAPATH",
}
"""What git is given of this process's environment, and under which name it looks for it."""
_SETTINGS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "LC_ALL": "C",
}
"""Nobody is asked, and no setting of the operator's sends anything elsewhere."""


@dataclass(frozen=True)
class Repository:
    """A bare repository that holds the commit."""

    folder: Path
    commit: str

    async def tree(self, path: str) -> zipfile.Path:
        """Return a folder of the commit, to be read like any; raises GitError without one."""
        place = "" if path in ("", ".") else path.strip("/")
        spot = f"{self.commit}:{place}"
        try:
            kind = (await git(self.folder, "cat-file", "-t", spot)).strip()
            packed = await git(self.folder, "archive", "--format=zip", spot)
        except GitError as error:
            raise GitError("git_path_missing", path=path, commit=self.commit) from error
        if kind != b"tree":
            raise GitError("git_path_missing", path=path, commit=self.commit)
        archive = zipfile.ZipFile(io.BytesIO(packed))
        archive.filename = place or "repository"  # how what is in it calls itself
        return zipfile.Path(archive)

    async def subject(self) -> str:
        """Return the first line of what the commit says of itself."""
        return (await git(self.folder, "log", "-1", "--format=%s", self.commit)).decode().strip()


@asynccontextmanager
async def repository(
    address: Address, commit: str, credentials: GitCredentials | None
) -> AsyncIterator[Repository]:
    """Yield a repository with ``commit`` in it for as long as the block lasts; raises GitError."""
    with tempfile.TemporaryDirectory(prefix="catalyst-git-") as name:
        folder = Path(name)
        bare = folder / "repository"
        await git(folder, "init", "--quiet", "--bare", str(bare))
        with _opened(credentials, address, folder) as (options, settings, inherited):
            await _fetch(bare, address, commit, options, settings, inherited)
        yield Repository(bare, commit)


async def _fetch(
    bare: Path,
    address: Address,
    commit: str,
    options: tuple[str, ...],
    settings: Mapping[str, str],
    inherited: tuple[int, ...],
) -> None:
    fetch = (*options, "fetch", "--quiet", "--no-tags")
    try:
        await git(bare, *fetch, "--depth=1", address.url, commit, env=settings, fds=inherited)
    except GitError as error:
        if error.code != "git_commit_missing":
            raise
        # Not every host gives a commit by its name alone: then its branches must bring it.
        every = "+refs/heads/*:refs/remotes/origin/*"
        await git(bare, *fetch, address.url, every, env=settings, fds=inherited)
    try:
        await git(bare, "cat-file", "-e", f"{commit}^{{commit}}")
    except GitError as error:
        raise GitError("git_commit_missing", url=address.url, commit=commit) from error


@contextmanager
def _opened(
    credentials: GitCredentials | None, address: Address, folder: Path
) -> Iterator[tuple[tuple[str, ...], Mapping[str, str], tuple[int, ...]]]:
    """Yield git's options, environment and descriptors that carry credentials to it."""
    if credentials is None:
        yield (), {}, ()
    elif credentials.key is None:
        memory = os.memfd_create("git-credentials")
        try:
            os.write(memory, credentials.helper_lines.encode())
            # For this host alone: one that it redirects to is given nothing.
            helper = f"credential.{address.origin}.helper=!cat /dev/fd/{memory} 2>/dev/null; :"
            yield ("-c", "credential.helper=", "-c", helper), {}, (memory,)
        finally:
            os.close(memory)
    else:
        key, known = folder / "key", folder / "known_hosts"
        _write(key, credentials.key.get_secret_value())
        _write(known, credentials.known_hosts)
        command = (
            f"ssh -F none -i {key} -o UserKnownHostsFile={known} -o IdentitiesOnly=yes"
            " -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentityAgent=none"
        )
        try:
            yield (), {"GIT_SSH_COMMAND": command}, ()
        finally:
            key.unlink()


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)


async def git(
    folder: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    fds: tuple[int, ...] = (),
) -> bytes:
    """Return what a git command prints; raises GitError with the remedy that fits."""
    program = shutil.which("git")
    if program is None:
        raise GitError("git_program_missing")
    kept = {theirs: os.environ[ours] for ours, theirs in _KEPT.items() if ours in os.environ}
    process = await asyncio.create_subprocess_exec(
        program, *arguments,
        cwd=folder,
        env=kept | _SETTINGS | dict(env or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=fds,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            printed, complaint = await process.communicate()
    except TimeoutError as error:
        raise GitError("git_unreachable", reason=f"no answer in {PATIENCE:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise failure(complaint.decode("utf-8", "replace"))
    return printed
