"""How OpenTofu is started and followed, with a program in its place that plays a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.errors import TofuError
from provisioner.remedies import remedy_of
from provisioner.tofu.command import Tofu
from tests.unit.builders import FQDN

PLAYED = """\
#!/bin/sh
for each; do case $each in -json-into=*) into=${each#-json-into=};; esac; done
say() { echo "{\\"@message\\":\\"$1\\",\\"type\\":\\"log\\"}"; }
"""
"""The beginning of a program that is called as OpenTofu is."""


def played(folder: Path, script: str) -> Tofu:
    """Return an OpenTofu that is a shell script, with logs beside it."""
    program = folder / "tofu"
    program.write_text(PLAYED + script)
    program.chmod(0o700)
    return Tofu(program=program, directory=folder, logs=folder, env={}, tag="0007")


async def test_a_second_apply_of_one_run_is_told_by_itself_and_whole(tmp_path: Path) -> None:
    """OpenTofu begins its messages anew: no old one is told again, and no new one is missed."""
    script = 'echo >> attempts; n=$(wc -l < attempts); : > "$into"; sleep 0.3; say "$n" >> "$into"'
    tofu = played(tmp_path, script)
    told = []
    for _ in range(2):
        running = await tofu.start("apply", "apply")
        told.append([each.message async for each in running.messages()])
        assert await running.wait() == 0
    assert told == [["1"], ["2"]]
    kept = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert kept == ["0007-apply-2.jsonl", "0007-apply.jsonl"]
    assert '"1"' in (tmp_path / "0007-apply.jsonl").read_text()


async def test_an_attempt_that_fails_names_its_own_log_and_the_command_alone(
    tmp_path: Path,
) -> None:
    """The log to read is that of the attempt, and what is quoted can be typed."""
    tofu = played(tmp_path, 'echo "Error: $(ls *.log | wc -l) logs"; exit 1')
    with pytest.raises(TofuError):
        await tofu.run("init", "init")
    with pytest.raises(TofuError) as failed:
        await tofu.run("init", "init")
    facts = failed.value.facts
    assert (facts["command"], facts["log"]) == ("init", "0007-init-2.log")
    assert facts["reason"] == "Error: 2 logs"


async def test_an_opentofu_that_was_killed_is_told_as_killed(tmp_path: Path) -> None:
    """Nobody can say that no more was changed than its log shows: it had no time to write it."""
    with pytest.raises(TofuError) as failed:
        await played(tmp_path, "kill -9 $$").run("apply", "apply")
    assert failed.value.code == "tofu_killed"
    remedy = remedy_of(failed.value, FQDN)
    assert "signal 9" in remedy.what
    assert (remedy.class_, remedy.next) == ("passing", ("resume",))


@pytest.mark.parametrize(
    ("does", "code"), [("kill -9 $$", "tofu_read_killed"), ("exit 1", "tofu_unreadable")]
)
async def test_a_look_that_ends_without_a_word_has_a_name(
    tmp_path: Path, does: str, code: str
) -> None:
    """Killed, it is no state that cannot be opened: that would be destroyed without it."""
    with pytest.raises(TofuError) as failed:
        await played(tmp_path, does).show()
    assert failed.value.code == code
    assert remedy_of(failed.value, FQDN).action


@pytest.mark.parametrize(("said", "code"), [("", "disk_full"), ("Error: odd", "tofu_failed")])
async def test_one_that_could_say_nothing_is_asked_for_its_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: str
) -> None:
    """On a full disk not even the reason can be written; what it does say comes first."""
    monkeypatch.setattr("provisioner.ballast.LOW", 1 << 62)
    with pytest.raises(TofuError) as failed:
        await played(tmp_path, f'echo "{said}"; exit 1').run("apply", "apply")
    assert failed.value.code == code
