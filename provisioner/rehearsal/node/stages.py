"""The stage file of a first boot, as the module's scripts write it."""

from __future__ import annotations

import msgspec

from provisioner.rehearsal.clock import WorldClock, stamp
from provisioner.rehearsal.node.disk import Disk

STAGE = "/var/lib/catalyst/stage.json"
BOOTED = "/var/lib/catalyst/booted"
LOG = "/var/log/catalyst-boot.log"
LAST_LINES = 20


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says."""

    stage: str
    index: int
    of: int
    since: str
    state: str
    lines: tuple[str, ...] = ()


class StageFile:
    """Writes a node's stage file and its log."""

    def __init__(self, disk: Disk, clock: WorldClock, stages: tuple[str, ...]) -> None:
        self._disk = disk
        self._clock = clock
        self.stages = stages
        self._since = ""

    def begun(self) -> str:
        """Return the stage that an earlier boot was in, or the first."""
        try:
            known = msgspec.json.decode(self._disk.read(STAGE), type=Stage)
        except (OSError, msgspec.MsgspecError):
            return self.stages[0]
        return known.stage if known.stage in self.stages else self.stages[0]

    @property
    def booted(self) -> bool:
        """Whether the first boot is done."""
        return self._disk.exists(BOOTED)

    def enter(self, stage: str) -> None:
        """Begin a stage."""
        self._since = stamp(self._clock.now())
        self.say(f"stage {stage}")
        self._report(stage, "running")

    def say(self, line: str) -> None:
        """Add a line to the boot's log."""
        self._disk.append(LOG, f"{stamp(self._clock.now())} {line}")

    def fail(self, stage: str, lines: tuple[str, ...]) -> None:
        """End the boot in a stage that failed."""
        for line in lines:
            self.say(line)
        self.say(f"stage {stage} failed with exit code 1")
        told = self._disk.read(LOG).decode("utf-8", "replace").splitlines()[-LAST_LINES:]
        self._report(stage, "failed", tuple(told))

    def finish(self) -> None:
        """Say that the boot is done."""
        self._disk.write(BOOTED, b"")
        self._report(self.stages[-1], "done")

    def _report(self, stage: str, state: str, lines: tuple[str, ...] = ()) -> None:
        told = Stage(
            stage=stage,
            index=self.stages.index(stage) + 1,
            of=len(self.stages),
            since=self._since or stamp(self._clock.now()),
            state=state,
            lines=lines,
        )
        self._disk.write(STAGE, msgspec.json.encode(told))
