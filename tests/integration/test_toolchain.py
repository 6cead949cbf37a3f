"""Tools are found in order, made once, and never left half made; the compiler is a stand-in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from catalyst_tui.cli import main
from provisioner.errors import ToolchainError
from provisioner.remedies import remedy_of
from provisioner.toolchain import Cache, Progress, Source, Step, ensure, find, pins, survey
from tests.toolbench import Toolbench, until, use, widget, write_program


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toolbench]:
    """Two small tools, an empty cache, and a Go that behaves as told."""
    made = Toolbench(tmp_path)
    use(made, tmp_path, monkeypatch)
    yield made
    pins.catalogue.cache_clear()


async def refused(*names: str) -> ToolchainError:
    """Return the error with which these tools cannot be had."""
    with pytest.raises(ToolchainError) as caught:
        await ensure(names)
    return caught.value


@contextlib.asynccontextmanager
async def building(bench: Toolbench) -> AsyncIterator[tuple[asyncio.Task[object], list[Progress]]]:
    """Start a build that lasts until it is told otherwise; gives it and what it reports."""
    bench.set("slow")
    reports: list[Progress] = []
    task: asyncio.Task[object] = asyncio.create_task(ensure(["widget"], reports.append))
    await until(lambda: '"build"' in bench.calls())
    yield task, reports
    task.cancel()
    await asyncio.wait({task})


# --- the order ----------------------------------------------------------------------------------


async def test_a_setting_goes_before_path_and_path_before_the_cache(
    bench: Toolbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each earlier place hides the later ones."""
    assert await find("widget") is None
    assert (await ensure(["widget"]))["widget"].source is Source.BUILD
    on_path = widget(tmp_path / "bin" / "widget", "1.2.9")
    found = await find("widget")
    assert found
    assert (found.path, found.version, found.source) == (on_path, "1.2.9", Source.PATH)
    named = widget(tmp_path / "mine" / "a-widget", "1.2.0")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text(f'[tools]\nwidget = "{named}"\n')
    found = await find("widget")
    assert found
    assert (found.path, found.source) == (named, Source.SETTING)
    monkeypatch.setenv("CATALYST_WIDGET", str(on_path))
    found = await find("widget")
    assert found
    assert (found.path, found.source) == (on_path, Source.SETTING)
    assert bench.calls().count('"build"') == 1


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("#!/bin/sh\necho Widget v1.1.9\n", "tool_wrong_version", "1.1.9"),
        ("#!/bin/sh\necho cannot load libwidget >&2; exit 3\n", "tool_broken", "libwidget"),
        ("#!/nowhere/interpreter\n", "tool_broken", "No such file"),
        ("\x7fELF of another machine", "tool_broken", "Exec format"),
    ],
    ids=["another version", "does not start", "no interpreter", "another machine"],
)
@pytest.mark.usefixtures("bench")
async def test_a_named_program_is_used_or_refused(
    text: str, code: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the operator named is never replaced by something else behind his back."""
    path = write_program(tmp_path / "mine" / "widget", text)
    monkeypatch.setenv("CATALYST_WIDGET", str(path))
    error = await refused("widget")
    assert error.code == code
    assert told in remedy_of(error).what
    assert str(path) in remedy_of(error).what


async def test_an_unfit_program_on_path_is_passed_over_and_named(
    bench: Toolbench, tmp_path: Path
) -> None:
    """Catalyst gets its own, and both the progress and doctor say what was wrong with the other."""
    other = widget(tmp_path / "bin" / "widget", "1.4.0")
    reports: list[Progress] = []
    tool = (await ensure(["widget"], reports.append))["widget"]
    assert (tool.version, tool.source) == ("1.2.3", Source.BUILD)
    assert any(r.step is Step.REMARK and str(other) in r.line for r in reports)
    surveyed = {item.name: item for item in await survey()}["widget"]
    assert surveyed.path == str(tool.path)
    assert surveyed.problem
    assert surveyed.problem.code == "tool_wrong_version"
    assert "1.4.0" in surveyed.problem.what
    assert bench.calls()


async def test_doctor_says_what_is_absent_without_making_it(bench: Toolbench) -> None:
    """A survey changes nothing."""
    before = await survey()
    assert [(item.name, item.path, item.usable) for item in before] == [
        ("widget", None, False),
        ("kit", None, False),
    ]
    assert all(item.problem and item.problem.code == "tool_absent" for item in before)
    assert not bench.calls()
    assert not Cache().root.exists()


async def test_doctor_makes_what_is_missing_when_asked(
    bench: Toolbench, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the remedy of an absent tool names is a command that ends the trouble, and says so."""
    assert await asyncio.to_thread(main, ["doctor"]) == 4
    assert "`catalyst doctor --make`" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["doctor", "--make"]) == 0
    told = capsys.readouterr()
    assert "widget 1.2.3: ready" in told.err
    assert "1.2.3 (build)" in told.out
    assert bench.calls()


# --- the build ----------------------------------------------------------------------------------


async def test_a_build_leaves_only_what_it_made(
    bench: Toolbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Go's caches are private and gone afterwards, read-only folders included."""
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOPROXY", "https://modules.example")
    monkeypatch.setenv("HCLOUD_TOKEN", "secret")
    tools = await ensure(["widget", "kit"])
    left = [path for path in Cache().root.rglob("*") if path.is_file()]
    assert {path.name for path in left if path.parent.name != "records"} == {
        "lock",
        "widget",
        "a.yaml",
        "b.yaml",
    }
    assert not Cache().making.exists()
    assert (tools["kit"].path / "b.yaml").read_text() == "kind: B\n"
    calls = [json.loads(line) for line in bench.calls().splitlines()]
    build = next(call for call in calls if call["argv"][0] == "build")
    assert "-s -w -X main.version=1.2.3" in build["argv"]
    assert "-mod=readonly" in build["env"]["GOFLAGS"]
    assert "-mod=mod" not in build["env"]["GOFLAGS"]
    assert build["env"]["GOPROXY"] == "https://modules.example"
    assert build["env"]["GOMODCACHE"].startswith(str(Cache().making))
    assert "HCLOUD_TOKEN" not in build["env"]
    taken = next(call for call in calls if call["argv"][0] == "mod")
    assert taken["env"]["GOTOOLCHAIN"] == "local"


def test_read_only_folders_are_removed_without_privileges(tmp_path: Path) -> None:
    """Go's read-only module folders go away for an operator who is not root, too."""
    package = tmp_path / "modules" / "example.com@v1"
    package.mkdir(parents=True)
    (package / "go.mod").write_text("")
    package.chmod(0o555)
    (tmp_path / "modules").chmod(0o555)
    powers = "-dac_override,-dac_read_search,-fowner"
    powerless = ["setpriv", f"--bounding-set={powers}"] if os.geteuid() == 0 else []
    code = (
        "import pathlib, shutil, sys; from provisioner.toolchain.folders import remove;"
        "shutil.rmtree(sys.argv[1], ignore_errors=True);"
        "assert pathlib.Path(sys.argv[1]).exists(), 'a plain removal does it';"
        "remove(pathlib.Path(sys.argv[1]))"
    )
    subprocess.run(
        [*powerless, sys.executable, "-c", code, str(tmp_path / "modules")],
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert not (tmp_path / "modules").exists()


async def test_a_failed_build_says_what_the_compiler_said(bench: Toolbench) -> None:
    """The compiler's last line reaches the operator, and the cache stays as it was."""
    bench.set("fails")
    error = await refused("widget")
    assert error.code == "tool_build_failed"
    assert "does not compile" in remedy_of(error).what
    assert not Cache().making.exists()
    assert await find("widget") is None


async def test_what_was_built_must_say_the_pinned_version(bench: Toolbench) -> None:
    """A build of something else never gets into the cache."""
    bench.set("builds", "1.4.0")
    assert (await refused("widget")).code == "tool_wrong_version"
    assert await find("widget") is None


async def test_a_damaged_tool_is_made_anew(bench: Toolbench) -> None:
    """What somebody changed in the cache is not used, and said."""
    tool = (await ensure(["widget"]))["widget"]
    tool.path.write_text("#!/bin/sh\necho Widget v1.2.3; steal\n")
    assert await find("widget") is None
    surveyed = {item.name: item for item in await survey()}["widget"]
    assert surveyed.problem
    assert surveyed.problem.code == "tool_broken"
    reports: list[Progress] = []
    await ensure(["widget"], reports.append)
    assert any(r.step is Step.REMARK and "is not what was put there" in r.line for r in reports)
    assert "steal" not in tool.path.read_text()
    assert bench.calls().count('"build"') == 2


@pytest.mark.parametrize(
    ("version", "told"),
    [("go version go1.25.9 linux/amd64", "go1.25.9"), (None, "no Go toolchain")],
)
async def test_without_a_fit_go_every_way_that_failed_is_named(
    version: str | None, told: str, bench: Toolbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator reads why there is no download and why there is no build."""
    if version:
        bench.set("version", version)
    else:
        monkeypatch.setenv("CATALYST_GO", str(bench.go / "absent"))
    error = await refused("widget")
    assert error.code == "tool_missing"
    assert "No checksum is pinned" in remedy_of(error).what
    assert told in remedy_of(error).what


# --- several at once, and the end ---------------------------------------------------------------


async def test_two_processes_build_a_tool_once(bench: Toolbench) -> None:
    """The second waits visibly and then finds what the first made."""
    async with building(bench) as (first, reports):
        waiting: list[Progress] = []
        second = asyncio.create_task(ensure(["widget"], waiting.append))
        await until(lambda: any(report.step is Step.WAITING for report in waiting))
        bench.unset("slow")
        made, found = await asyncio.gather(first, second)
        assert made == found
    assert bench.calls().count('"build"') == 1
    steps = [report.step for report in reports]
    assert steps[0] is Step.BUILDING
    assert steps[-1] is Step.READY


async def test_a_long_build_is_reported_every_second(bench: Toolbench) -> None:
    """A listener hears what is under way, for how long, and the compiler's last line."""
    async with building(bench) as (_task, reports):
        await until(lambda: any(report.elapsed > 1 for report in reports))
        last = reports[-1]
        assert (last.tool, last.step, last.usual) == ("widget", Step.BUILDING, 2)
        assert last.line == "go: downloading example.com/widget"


async def test_cancelling_kills_the_compiler_and_clears_up(bench: Toolbench) -> None:
    """Nothing runs on and nothing half made stays."""
    async with building(bench) as (task, _reports):
        assert compilers(bench)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not compilers(bench)
    assert not Cache().making.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_command_ends_cleanly_when_told_to(
    number: signal.Signals, bench: Toolbench
) -> None:
    """Ctrl-C, a stop or a lost terminal kills the compiler, clears up and says so."""
    bench.set("slow")
    command = start(bench, "widget")
    await until(lambda: '"build"' in bench.calls())
    command.send_signal(number)
    _out, err = await asyncio.to_thread(command.communicate)
    assert command.returncode == 130
    assert "half made is removed" in err
    assert not compilers(bench)
    assert not Cache().making.exists()


async def test_what_a_killed_process_left_is_cleared_by_the_next(bench: Toolbench) -> None:
    """After kill -9 the next one waits for the orphaned compiler, then starts from nothing."""
    bench.set("slow")
    command = start(bench, "widget")
    await until(lambda: '"build"' in bench.calls())
    command.kill()
    await asyncio.to_thread(command.communicate)
    reports: list[Progress] = []
    task = asyncio.create_task(ensure(["widget"], reports.append))
    await until(lambda: any(report.step is Step.WAITING for report in reports))
    bench.unset("slow")
    assert (await task)["widget"].source is Source.BUILD
    assert not Cache().making.exists()


async def test_the_command_prints_lines_and_then_the_remedy(bench: Toolbench) -> None:
    """Without a terminal the command is still readable, and its exit code tells."""
    done = start(bench, "kit")
    out, _err = await asyncio.to_thread(done.communicate)
    assert done.returncode == 0
    assert "kit 1.0.0: building" in out
    assert "kit 1.0.0: ready" in out
    bench.set("fails")
    failed = start(bench, "widget")
    _out, err = await asyncio.to_thread(failed.communicate)
    assert failed.returncode == 1
    assert "does not compile" in err
    assert "GOPROXY" in err


def compilers(bench: Toolbench) -> list[str]:
    """Return the processes of this bench's compiler that live."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(bench.program).encode() in process.read_bytes().split(b"\0"):
                found.append(process.parent.name)
    return found


def start(bench: Toolbench, *names: str) -> subprocess.Popen[str]:
    """Start the plain command on this bench's pins, in a process of its own."""
    code = (
        "import sys, pathlib; from provisioner.toolchain import pins, __main__;"
        "pins.HERE = pathlib.Path(sys.argv[1]); sys.exit(__main__.main(sys.argv[2:]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(bench.pins), *names],
        cwd=Path(__file__).parents[2],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
