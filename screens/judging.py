"""What answers are worth, judged by the engine's rules: the same for every backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.answers import partial_check
from provisioner.checks.wanted import chosen_fqdn
from provisioner.spec import slug_of
from screens.ports import Answers, Judged

if TYPE_CHECKING:
    from provisioner.settings import Settings


def judged(answers: Answers, settings: Settings | None = None) -> Judged:
    """Judge answers as far as they go, by a house's own settings if any; under a millisecond."""
    spec, findings = partial_check(answers, settings)
    fqdn = chosen_fqdn(answers) or ""
    return Judged(findings=findings, spec=spec, fqdn=fqdn, slug=slug_of(fqdn) if fqdn else "")
