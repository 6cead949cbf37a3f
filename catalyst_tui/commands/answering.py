"""From an answers file to a spec: all that is wrong with it is said at once."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from pydantic import SecretStr

from provisioner.answers import Raw, check, located, read
from provisioner.checks.live import live_findings
from provisioner.credentials import check_token
from provisioner.errors import AnswersRefused
from provisioner.facts import Finding
from provisioner.hetzner.client import Hetzner
from provisioner.home import Home
from provisioner.settings import Settings, load_settings
from provisioner.spec import SovereignSpec
from provisioner.world import World


def read_answers(answers: Path | None) -> Raw:
    """Return the raw answers of a file, or of the rehearsal's example; raises AnswersRefused."""
    if answers is not None:
        return read(answers)
    with as_file(files("provisioner.rehearsal") / "example.yaml") as example:
        return read(example)


def formed(home: Home, raw: Raw) -> tuple[SovereignSpec | None, tuple[Finding, ...]]:
    """Judge answers by form and by the house alone."""
    return check(raw, load_settings(home))


async def refusal(
    home: Home, raw: Raw, findings: tuple[Finding, ...], world: World, token: SecretStr | None
) -> AnswersRefused:
    """Return the error for answers that make no spec, with what reality has to say as well.

    Live checks run on every field that parses, so that nothing is left for a second try.
    """
    found = await _in_reality(raw, load_settings(home), world, token)
    return AnswersRefused(findings=located((*findings, *found), raw))


async def _in_reality(
    raw: Raw, settings: Settings, world: World, token: SecretStr | None
) -> tuple[Finding, ...]:
    form = check_token(token)
    if token is None or form:
        return form
    async with Hetzner(world, token) as hetzner:
        return await live_findings(raw.values, hetzner, settings)
