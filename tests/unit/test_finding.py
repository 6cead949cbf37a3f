"""Which Sovereign a command means: a real and a rehearsed one are never mixed up."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from catalyst_tui.commands.finding import find
from catalyst_tui.parser import parser
from provisioner.errors import CatalystError
from provisioner.home import Home
from provisioner.remedies import remedy_of
from screens.words import line_of
from tests.unit.builders import FQDN, run_started


def _home(path: Path, *, real: tuple[str, ...] = (), rehearsed: tuple[str, ...] = ()) -> Home:
    home = Home(path)
    for name in real:
        home.sovereign(name).create()
    for name in rehearsed:
        home.rehearsal.sovereign(name).create()
    return home


def _refused(home: Home, *line: str) -> CatalystError:
    with pytest.raises(CatalystError) as caught:
        find(home, parser().parse_args(line))
    return caught.value


@pytest.mark.parametrize("command", ["destroy", "apply", "resume", "cancel", "forget", "status"])
def test_a_name_in_both_homes_is_refused_until_it_is_said_which(
    command: str, tmp_path: Path
) -> None:
    """Neither is guessed; each can be meant."""
    home = _home(tmp_path, real=(FQDN,), rehearsed=(FQDN,))
    refused = _refused(home, command, FQDN)
    assert refused.code == "sovereign_real_or_rehearsed"
    assert "--rehearsal" in remedy_of(refused).action
    real = find(home, parser().parse_args([command, FQDN, "--real"]))
    rehearsed = find(home, parser().parse_args([command, FQDN, "--rehearsal"]))
    assert (real.path, home.rehearses(real)) == (home.sovereign(FQDN).path, False)
    assert (rehearsed.path, home.rehearses(rehearsed)) == (
        home.rehearsal.sovereign(FQDN).path,
        True,
    )


def test_without_a_name_both_are_named_apart(tmp_path: Path) -> None:
    """``x, x`` would help nobody; and one flag is enough where it leaves one."""
    home = _home(tmp_path, real=(FQDN,), rehearsed=(FQDN,))
    assert _refused(home, "resume").facts["names"] == f"{FQDN}, {FQDN} (REHEARSAL)"
    assert find(home, parser().parse_args(["resume", "--rehearsal"])).path.is_relative_to(
        home.rehearsal.path
    )


def test_a_name_that_one_home_holds_needs_no_flag(tmp_path: Path) -> None:
    """The other home is not asked about; a flag that leaves nothing is said."""
    home = _home(tmp_path, rehearsed=(FQDN,))
    assert find(home, parser().parse_args(["destroy", FQDN])).fqdn == FQDN
    assert _refused(home, "destroy", FQDN, "--real").code == "journal_missing"


def test_the_log_of_a_rehearsed_run_says_so() -> None:
    """Real and rehearsed logs begin with another word."""
    real = run_started(command="destroy")
    line = line_of(structs.replace(real, world="rehearsal"))
    assert line is not None
    assert line[1].startswith("REHEARSAL: destroy began")
    assert "REHEARSAL" not in str(line_of(real))
