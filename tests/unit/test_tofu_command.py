"""How OpenTofu is started and followed, with a program in its place that plays a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.errors import TofuError
from provisioner.tofu.command import Tofu

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
