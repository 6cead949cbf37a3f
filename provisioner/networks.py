"""Which networks the firewall lets in: the answers changed by what one command asks."""

from __future__ import annotations

from provisioner.answers import Raw, check
from provisioner.answers_findings import finding
from provisioner.errors import AnswersRefused
from provisioner.run import NetworkChange
from provisioner.settings import Settings
from provisioner.spec import SovereignSpec

PLACE = ("access", "operator_cidrs")


def admitted(spec: SovereignSpec, change: NetworkChange, settings: Settings) -> SovereignSpec:
    """Return the answers with networks let in, and others no more.

    A network that is let in already changes nothing. Raises AnswersRefused with every finding: for
    what is no network, for one to withdraw that nobody let in, and if none would be left.
    """
    before = spec.access.operator_cidrs
    strangers = [each for each in change.withdraw if each not in before]
    if strangers:
        known = {"known": ", ".join(before)}
        found = tuple(finding("cidr_not_admitted", PLACE, each, known) for each in strangers)
        raise AnswersRefused(findings=found)
    kept = [each for each in before if each not in change.withdraw]
    values = spec.model_dump(mode="json", exclude_none=True)
    values["access"]["operator_cidrs"] = [*kept, *change.allow]
    made, findings = check(Raw(values), settings)
    if made is None:
        raise AnswersRefused(findings=findings)
    return made
