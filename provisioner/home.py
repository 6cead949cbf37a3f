"""Where things are kept: the layout of CATALYST_HOME.

::

    <home>/                       0700
    ├── settings.toml             pools and other settings of the house
    ├── vault                     secrets, where there is no keyring
    ├── drafts/                   answers not yet a run
    ├── sovereigns/<fqdn>/        one Sovereign
    │   ├── sovereign.yaml        its spec
    │   ├── sovereign.kept.yaml   the spec that the last run went by
    │   ├── world.json            the cloud it lives in
    │   ├── journal.db            its record
    │   ├── lock                  held by the runner and the OpenTofu it started
    │   ├── heartbeat             touched by the live runner
    │   ├── ballast               room in reserve while a runner lives
    │   ├── tofu/                 module, state and plan (both encrypted)
    │   └── logs/                 raw output, append-only
    ├── defects.log               tracebacks of failures that no remedy knows
    ├── durations.json            what components took in earlier runs
    └── rehearsal/                the simulated world; holds a home of its own shape
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from provisioner.errors import HomeError
from provisioner.filesystem import refuse_network

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True)
class SovereignFolder:
    """The folder of one Sovereign."""

    path: Path

    @property
    def fqdn(self) -> str:
        """The Sovereign's name."""
        return self.path.name

    @property
    def spec(self) -> Path:
        """The answers that made it."""
        return self.path / "sovereign.yaml"

    @property
    def kept_spec(self) -> Path:
        """The answers that the last run went by."""
        return self.path / "sovereign.kept.yaml"

    @property
    def world(self) -> Path:
        """The cloud it lives in."""
        return self.path / "world.json"

    @property
    def journal(self) -> Path:
        """Its record."""
        return self.path / "journal.db"

    @property
    def lock(self) -> Path:
        """Held by the runner, and by the OpenTofu that the runner started."""
        return self.path / "lock"

    @property
    def heartbeat(self) -> Path:
        """Touched by the live runner."""
        return self.path / "heartbeat"

    @property
    def ballast(self) -> Path:
        """Room in reserve for a disk that fills up."""
        return self.path / "ballast"

    @property
    def durations(self) -> Path:
        """What components took in earlier runs of the same home."""
        return self.path.parent.parent / "durations.json"

    @property
    def tofu(self) -> Path:
        """OpenTofu's working directory."""
        return self.path / "tofu"

    @property
    def first_contact(self) -> Path:
        """What its machines know before any state does, sealed (see provisioner.tofu.nodekeys)."""
        return self.path / "first-contact.sealed"

    @property
    def logs(self) -> Path:
        """Raw, append-only output of the programs that ran."""
        return self.path / "logs"

    def create(self) -> SovereignFolder:
        """Make the folder and its sub-folders, private to the operator."""
        for folder in (self.path, self.tofu, self.logs):
            _make_private(folder)
        return self

    def exists(self) -> bool:
        """Return whether this Sovereign was ever begun."""
        return self.path.is_dir()


@dataclass(frozen=True)
class Home:
    """The state folder of one operator."""

    path: Path

    @classmethod
    def default(cls) -> Home:
        """Return the home that CATALYST_HOME names, else the user's state directory."""
        named = os.environ.get("CATALYST_HOME")
        if named:
            return cls(Path(named).absolute())  # a run works in another folder
        # Only where it is needed: the first frame of the full screen waits for every import.
        import platformdirs

        return cls(Path(platformdirs.user_state_dir("catalyst")))

    @property
    def vault(self) -> Path:
        """The vault file, for hosts without a keyring."""
        return self.path / "vault"

    @property
    def settings(self) -> Path:
        """The settings of the house."""
        return self.path / "settings.toml"

    @property
    def defects(self) -> Path:
        """Tracebacks of failures that no remedy knows."""
        return self.path / "defects.log"

    @property
    def drafts(self) -> Path:
        """Answers that are not a run yet."""
        return self.path / "drafts"

    @property
    def rehearsal(self) -> Home:
        """The home in which rehearsed Sovereigns live, apart from the real ones."""
        return Home(self.path / "rehearsal")

    def rehearses(self, folder: SovereignFolder) -> bool:
        """Return whether a Sovereign of this home is a rehearsed one."""
        return folder.path.is_relative_to(self.rehearsal.path)

    def create(self) -> Home:
        """Make the folder, private to the operator; raises HomeError with the reason."""
        _make_private(self.path)
        return self

    def require_usable(self) -> Home:
        """Return this home if it is not there yet, or one can work in it; raises HomeError."""
        problem = None
        if self.path.exists() and not self.path.is_dir():
            problem = errno.ENOTDIR
        elif self.path.exists() and not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            problem = errno.EACCES
        if problem is not None:
            raise HomeError("home_unusable", path=self.path, reason=os.strerror(problem))
        return self

    def sovereign(self, fqdn: str) -> SovereignFolder:
        """Return the folder of one Sovereign, whether or not it exists."""
        return SovereignFolder(self.path / "sovereigns" / fqdn)

    def sovereigns(self) -> list[SovereignFolder]:
        """Return the folders of all Sovereigns that were begun, by name."""
        root = self.path / "sovereigns"
        if not root.is_dir():
            return []
        return [SovereignFolder(path) for path in sorted(root.iterdir()) if path.is_dir()]


def cache_directory() -> Path:
    """Return where built and downloaded programs are kept; CATALYST_CACHE moves it."""
    named = os.environ.get("CATALYST_CACHE")
    if named:
        return Path(named).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("catalyst"))


def _make_private(folder: Path) -> None:
    refuse_network(folder)
    try:
        folder.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        folder.chmod(PRIVATE_DIRECTORY)
    except OSError as error:
        raise HomeError("home_unusable", path=folder, reason=error.strerror) from error
