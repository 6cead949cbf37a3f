"""Every error the engine raises on purpose.

::

    CatalystError               has a code that provisioner.remedies explains
    ├── AnswersRefused          the operator's answers make no spec, or reality contradicts them
    ├── ToolchainError          a program is missing, broken, of another version, or unverified
    ├── HomeError               the state folder cannot be used
    ├── JournalError            the record cannot be read or written
    ├── Locked                  a live runner owns this Sovereign
    ├── CredentialError         a secret is missing, or its store refuses
    ├── HetznerError            the API refused or did not answer
    ├── DnsError                a zone cannot be read, written, or resolved
    ├── TofuError               OpenTofu failed
    ├── AccessError             the node or its cluster cannot be reached safely
    ├── ClusterError            the Kubernetes API refused or did not answer
    ├── GitError                a repository, a commit or a folder of it cannot be read
    ├── KitError                the bootstrap kit contradicts itself, or cannot be read
    ├── Misnamed                what a command names is not there, or not clear
    ├── BootstrapFailed         a component of the kit failed for good
    ├── Incomplete              the deadline passed before the cluster was healthy
    ├── DecisionNeeded          only the operator can say how to go on
    ├── Cancelled               the operator asked the run to end
    └── RehearsalError          the simulated world cannot be started
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioner.facts import Finding


class CatalystError(Exception):
    """A failure that the operator can meet.

    ``code`` names the remedy (see provisioner.remedies); ``facts`` fill the remedy's sentences and
    must hold no secret.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = {name: str(value) for name, value in facts.items()}
        self.phase: str | None = None
        """The phase of the run in which it was raised, once a phase has let it through."""
        said = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        super().__init__(f"{code} ({said})" if said else code)


class AnswersRefused(CatalystError):
    """The answers make no spec, or a blocking finding contradicts them.

    ``findings`` holds all that is wrong, not only the first.
    """

    def __init__(
        self, code: str = "answers_refused", *, findings: Sequence[Finding] = (), **facts: object
    ) -> None:
        super().__init__(code, **facts)
        self.findings = tuple(findings)


class ToolchainError(CatalystError):
    """A program the engine needs is missing, broken, of another version, or unverified."""


class HomeError(CatalystError):
    """The state folder is missing, unreadable, full, or on a filesystem that cannot lock."""


class JournalError(CatalystError):
    """The journal is damaged, or written by a newer release."""


class Locked(CatalystError):
    """Another live runner owns this Sovereign."""


class CredentialError(CatalystError):
    """A secret is missing, or the store that holds it refuses."""


class HetznerError(CatalystError):
    """The Hetzner API refused a request or did not answer in time."""


class DnsError(CatalystError):
    """A zone cannot be read or written, a label is taken, or names do not resolve."""


class TofuError(CatalystError):
    """OpenTofu ended with an error."""


class AccessError(CatalystError):
    """A node cannot be reached, or cannot be trusted."""


class ClusterError(CatalystError):
    """The Kubernetes API refused a request or did not answer in time."""


class GitError(CatalystError):
    """A repository, a commit, or a folder of it cannot be read."""


class KitError(CatalystError):
    """The bootstrap kit contradicts itself, or cannot be read."""


class Misnamed(CatalystError):
    """What a command names is not there, is not clear, or was not typed as it is called."""


class BootstrapFailed(CatalystError):
    """A component of the kit failed and will not recover by itself."""


class Incomplete(CatalystError):
    """The deadline passed while the cluster was not healthy, and nothing had failed for good."""


class DecisionNeeded(CatalystError):
    """The run cannot go on without an answer that only the operator can give."""


class Cancelled(CatalystError):
    """The operator asked the run to end."""


class RehearsalError(CatalystError):
    """The simulated world cannot be started or has ended."""
